// SPDX-License-Identifier: BSD-3-Clause
// SIOCETHTOOL on a simulated port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "port.h"

namespace bifurc::sim {

struct EthtoolReply {
    int error = 0;                   // 0 or negative errno
    std::vector<std::byte> payload;  // the changed structure; empty on errors
};

// cmd: ETHTOOL_*; payload: the command's structure as the program gave it, with what follows it. Not trusted.
[[nodiscard]] EthtoolReply ethtool_ioctl(Port& port, std::uint32_t cmd, std::span<const std::byte> payload);

}  // namespace bifurc::sim
