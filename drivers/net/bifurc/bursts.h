// SPDX-License-Identifier: BSD-3-Clause
// Which burst a port runs: chosen once, when it starts. What a burst does beyond that, it does without asking.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

#include "rx_queue.h"

namespace bifurc::net {

// May a frame be larger than one of the queue's buffers?
bool needs_scatter(const rte_eth_dev* dev, const RxQueue& queue);

// Has the application asked for something that takes a context descriptor? The choice is the port's.
bool uses_tx_offloads(const rte_eth_dev* dev);

void choose_bursts(rte_eth_dev* dev);
// From now on the port moves nothing and touches no register, also while it counts as started.
void silence_bursts(rte_eth_dev* dev);

int rx_burst_mode_get(rte_eth_dev* dev, std::uint16_t port_queue, rte_eth_burst_mode* mode);
int tx_burst_mode_get(rte_eth_dev* dev, std::uint16_t port_queue, rte_eth_burst_mode* mode);

}  // namespace bifurc::net
