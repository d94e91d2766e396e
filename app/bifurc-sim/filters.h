// SPDX-License-Identifier: BSD-3-Clause
// The port's address filters, from what the kernel says of the netdev.
#pragma once

#include "netdev_watch.h"
#include "nic_bar.h"

namespace bifurc::sim {

void program_filters(NicBar& bar, const NetdevState& netdev);

// 82599 DS 8.2.3.7.7: which of MTA's 4096 bits stands for this multicast address when MCSTCTRL.MO is 0.
[[nodiscard]] unsigned multicast_bit(const MacAddress& mac) noexcept;

}  // namespace bifurc::sim
