// SPDX-License-Identifier: BSD-3-Clause
// Queues on and off, for the whole port and one by one.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

// All but deferred ones. All or nothing.
int start_queues(rte_eth_dev* dev);
// All, and their mbufs back. On error (the NIC did not come to rest) the mbufs stay where they are.
int stop_queues(rte_eth_dev* dev);

int rx_queue_start(rte_eth_dev* dev, std::uint16_t port_queue);
int rx_queue_stop(rte_eth_dev* dev, std::uint16_t port_queue);
int tx_queue_start(rte_eth_dev* dev, std::uint16_t port_queue);
int tx_queue_stop(rte_eth_dev* dev, std::uint16_t port_queue);

// VLAN stripping of running queues, all or one: where the NIC has a switch per queue.
int vlan_offload_set(rte_eth_dev* dev, int mask);
void vlan_strip_queue_set(rte_eth_dev* dev, std::uint16_t port_queue, int on);

}  // namespace bifurc::net
