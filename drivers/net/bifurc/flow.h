// SPDX-License-Identifier: BSD-3-Clause
// rte_flow on the kernel's rules (ethtool -N): they are added, listed and deleted like anybody's, and end with the
// port.
#pragma once

#include <ethdev_driver.h>
#include <rte_flow_driver.h>

namespace bifurc::net {

int flow_ops_get(rte_eth_dev* dev, const rte_flow_ops** ops);

// The kernel drops rules to queues that it resets: those that are missing are added again. Logs what it refuses.
void restore_flows(rte_eth_dev* dev);
// All of the port's rules, and what is known of them.
void drop_flows(rte_eth_dev* dev);

}  // namespace bifurc::net
