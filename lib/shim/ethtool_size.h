// SPDX-License-Identifier: BSD-3-Clause
// How many bytes an ETHTOOL_* command's structure has: the ioctl carries a bare pointer, and only the command and the
// counts inside say how far it may be followed (net/ethtool/ioctl.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bifurc::shim {

// The part whose size the command alone says. Commands without a row have just their number: the simulator refuses
// them.
[[nodiscard]] std::size_t ethtool_head_size(std::uint32_t cmd) noexcept;

struct EthtoolSize {
    std::size_t in;   // bytes that the program gives, the head included; may be above kMaxPayload
    std::size_t out;  // at most so many come back; never above kMaxPayload
};

// head: ethtool_head_size(cmd) bytes.
[[nodiscard]] EthtoolSize ethtool_size(std::uint32_t cmd, std::span<const std::byte> head) noexcept;

}  // namespace bifurc::shim
