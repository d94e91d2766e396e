// SPDX-License-Identifier: BSD-3-Clause
// SIOCETHTOOL for a netdev of the simulator.
#pragma once

namespace bifurc::shim {

// 0 or a negative errno. -ENOTTY: not the simulator's netdev, let the kernel decide.
[[nodiscard]] int ethtool_ioctl(void* user_ifreq) noexcept;

}  // namespace bifurc::shim
