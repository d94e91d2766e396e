// SPDX-License-Identifier: BSD-3-Clause
// Making and releasing queues, and what ethdev may ask about their set-up.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

inline constexpr std::uint16_t kDefaultRingSize = 512;
inline constexpr std::uint16_t kDefaultRxFreeThresh = 32;
inline constexpr std::uint16_t kDefaultTxRsThresh = 32;
inline constexpr std::uint32_t kMaxLroBytes = 65535;  // DS 4.6.7.2.2: 64 KiB less 1, as an IP packet
// What was sent is looked after once so many descriptors are under way, if the application does not say otherwise: the
// mbufs are then still in the nearest cache when they go back to their pool.
inline constexpr std::uint16_t kTxUnderWay = 128;

int rx_queue_setup(rte_eth_dev* dev, std::uint16_t port_queue, std::uint16_t size, unsigned socket,
                   const rte_eth_rxconf* conf, rte_mempool* pool);
void rx_queue_release(rte_eth_dev* dev, std::uint16_t port_queue);
void rxq_info_get(rte_eth_dev* dev, std::uint16_t port_queue, rte_eth_rxq_info* info);

int tx_queue_setup(rte_eth_dev* dev, std::uint16_t port_queue, std::uint16_t size, unsigned socket,
                   const rte_eth_txconf* conf);
void tx_queue_release(rte_eth_dev* dev, std::uint16_t port_queue);
void txq_info_get(rte_eth_dev* dev, std::uint16_t port_queue, rte_eth_txq_info* info);

}  // namespace bifurc::net
