// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool.h"

#include <cerrno>

namespace bifurc::sim {

EthtoolReply ethtool_ioctl(Port&, std::uint32_t, std::span<const std::byte>) {
    return {.error = -EOPNOTSUPP, .payload = {}};
}

}  // namespace bifurc::sim
