// SPDX-License-Identifier: BSD-3-Clause
// Receive side scaling: 82599 DS 7.1.2.8.
#pragma once

#include <array>

#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

struct RssResult {
    std::uint32_t type = 0;  // RxInfo::RSS_TYPE
    std::uint32_t hash = 0;
    unsigned queue = 0;
};

// The Toeplitz hash with the 40-byte key as RSSRK holds it. What each value of each byte of the input adds to it is
// computed beforehand: the hash is linear.
class ToeplitzTable {
public:
    static constexpr std::size_t kLongest = 36;  // IPv6 addresses and ports

    void load(const RegisterFile& regs) noexcept;
    // `at`: where in the whole input these bytes stand.
    [[nodiscard]] std::uint32_t hash(Bytes input, std::size_t at = 0) const noexcept {
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < input.size(); ++i) sum ^= of_byte_[at + i][byte_at(input, i)];
        return sum;
    }

private:
    std::array<std::array<std::uint32_t, 256>, kLongest> of_byte_{};
};

// type 0 and queue 0 where RSS is off or does not know the packet.
[[nodiscard]] RssResult spread(const RegisterFile& regs, const ToeplitzTable& table, const Packet& packet) noexcept;

}  // namespace bifurc::model
