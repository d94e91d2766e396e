// SPDX-License-Identifier: BSD-3-Clause
// The netlink part against the running system: which sends to look at, and who is asked.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

namespace bifurc::shim {

// A request of ethtool's kind is short; a longer datagram cannot be one and is not copied.
inline constexpr std::size_t kMaxNetlinkRequest = 4096;

// The datagram that is to be sent instead.
class Replacement {
public:
    // What the program sends through fd. False from needed(): send that as it is.
    Replacement(int fd, std::span<const iovec> parts) noexcept;

    [[nodiscard]] bool needed() const noexcept { return needed_; }
    [[nodiscard]] std::span<const std::byte> datagram() const noexcept { return std::span(bytes_).first(len_); }

private:
    bool gather(std::span<const iovec> parts) noexcept;

    std::array<std::byte, kMaxNetlinkRequest> bytes_;
    std::size_t len_ = 0;
    bool needed_ = false;
};

}  // namespace bifurc::shim
