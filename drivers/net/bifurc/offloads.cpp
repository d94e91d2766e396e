// SPDX-License-Identifier: BSD-3-Clause
#include "offloads.h"

#include <linux/ethtool.h>

#include "chip.h"
#include "ethtool.h"
#include "port.h"

namespace bifurc::net {
namespace {

// ETHTOOL_G* that answers with one word.
std::uint32_t ask(const rte_eth_dev* dev, std::uint32_t command) {
    ethtool_value value{};
    value.cmd = command;
    return ask_ethtool(dev, &value) == 0 ? value.data : 0;
}

}  // namespace

Features features_in_force(const rte_eth_dev* dev) {
    const std::uint32_t flags = ask(dev, ETHTOOL_GFLAGS);
    return {.rx_checksum = ask(dev, ETHTOOL_GRXCSUM) != 0,
            .tx_checksum = ask(dev, ETHTOOL_GTXCSUM) != 0,
            .tso = ask(dev, ETHTOOL_GTSO) != 0,
            .rx_vlan = (flags & ETH_FLAG_RXVLAN) != 0,
            .tx_vlan = (flags & ETH_FLAG_TXVLAN) != 0,
            .rx_hash = (flags & ETH_FLAG_RXHASH) != 0};
}

OffloadCapabilities offload_capabilities(const rte_eth_dev* dev) {
    const Features on = features_in_force(dev);
    const bool own_strip =
        with_chip(port_of(dev).info.chip, []<class Chip>(Chip) { return bool{Chip::kQueueStripsVlan}; });
    OffloadCapabilities all{};
    all.rx = RTE_ETH_RX_OFFLOAD_SCATTER;
    if (on.rx_checksum)
        all.rx |= RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM |
                  RTE_ETH_RX_OFFLOAD_SCTP_CKSUM;
    if (on.rx_hash) all.rx |= RTE_ETH_RX_OFFLOAD_RSS_HASH;
    if (own_strip) all.rx_queue |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
    if (own_strip || on.rx_vlan) all.rx |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;

    all.tx_queue = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
    all.tx = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | all.tx_queue;
    if (on.tx_checksum)
        all.tx |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
                  RTE_ETH_TX_OFFLOAD_SCTP_CKSUM;
    if (on.tso) all.tx |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
    if (on.tx_vlan) all.tx |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
    return all;
}

}  // namespace bifurc::net
