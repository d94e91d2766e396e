// SPDX-License-Identifier: BSD-3-Clause
// The port in a secondary process: bursts on queues that the primary set up, through a window of its own, and
// questions. Everything that changes the port is the primary's.
#pragma once

#include <ethdev_driver.h>

namespace bifurc::net {

// Bursts as the primary chose them, if the port runs; they move nothing once the kernel has reset it.
void choose_secondary_bursts(rte_eth_dev* dev);

}  // namespace bifurc::net
