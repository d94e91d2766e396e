// SPDX-License-Identifier: BSD-3-Clause
// Rx interrupts: one eventfd per queue, which the port's owner signals once per arming. They exist while the port runs
// and was configured with intr_conf.rxq, in the primary process.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

// On error there are none, and the reason is logged.
int open_rx_interrupts(rte_eth_dev* dev);
void close_rx_interrupts(rte_eth_dev* dev);

int rx_queue_intr_enable(rte_eth_dev* dev, std::uint16_t port_queue);
int rx_queue_intr_disable(rte_eth_dev* dev, std::uint16_t port_queue);

// Wakes whoever sleeps on a queue that will not move any more.
void wake_sleepers(rte_eth_dev* dev);

}  // namespace bifurc::net
