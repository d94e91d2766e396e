// SPDX-License-Identifier: BSD-3-Clause
// Which offloads are in force on the port. Its owner may have switched them off (ethtool -K): what is off is not
// claimed.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

// What takes a context descriptor.
inline constexpr std::uint64_t kTxContextOffloads = RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |
                                                    RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
                                                    RTE_ETH_TX_OFFLOAD_SCTP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO;

struct Features {
    bool rx_checksum, tx_checksum, tso, rx_vlan, tx_vlan, rx_hash, lro;
};

// Asks the kernel. What it does not answer counts as off.
Features features_in_force(const rte_eth_dev* dev);

// RTE_ETH_RX_OFFLOAD_* and RTE_ETH_TX_OFFLOAD_* of the whole port, and what can be chosen queue by queue.
struct OffloadCapabilities {
    std::uint64_t rx, rx_queue, tx, tx_queue;
};
OffloadCapabilities offload_capabilities(const rte_eth_dev* dev);

// Says which of the offloads that the application asked for the kernel has off. ethdev refuses those with their bits
// only; it asks for the capabilities just before.
void explain_what_is_off(const rte_eth_dev* dev, const OffloadCapabilities& now);

}  // namespace bifurc::net
