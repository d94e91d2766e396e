// SPDX-License-Identifier: BSD-3-Clause
// The board's EEPROM, 82599 DS 6: what a driver's probe looks for, and a checksum that is right.
#pragma once

#include <array>
#include <cstdint>

namespace bifurc::model {

class Nvm {
public:
    static constexpr unsigned kSizeCode = 7;                   // EEC.EE_Size
    static constexpr unsigned kWords = 1u << (kSizeCode + 6);  // 8192: 16 KiB

    Nvm() noexcept;
    // Words behind the contents are erased: all ones.
    [[nodiscard]] std::uint16_t word(unsigned address) const noexcept {
        return address < contents_.size() ? contents_[address] : std::uint16_t{0xffff};
    }

private:
    std::array<std::uint16_t, 0x80> contents_;
};

}  // namespace bifurc::model
