// SPDX-License-Identifier: BSD-3-Clause
#include "offloads.h"

#include <linux/ethtool.h>

#include "chip.h"
#include "ethtool.h"
#include "log.h"
#include "port.h"

namespace bifurc::net {
namespace {

// ETHTOOL_G* that answers with one word.
std::uint32_t ask(const rte_eth_dev* dev, std::uint32_t command) {
    ethtool_value value{};
    value.cmd = command;
    return ask_ethtool(dev, &value) == 0 ? value.data : 0;
}

OffloadCapabilities capabilities_with(const rte_eth_dev* dev, const Features& on) {
    const std::uint32_t chip = port_of(dev).info.chip;
    const bool own_strip = with_chip(chip, []<class Chip>(Chip) { return bool{Chip::kQueueStripsVlan}; });
    const bool coalesces = with_chip(chip, []<class Chip>(Chip) { return bool{Chip::kCoalesces}; });
    OffloadCapabilities all{};
    all.rx = RTE_ETH_RX_OFFLOAD_SCATTER;
    if (on.rx_checksum)
        all.rx |= RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM |
                  RTE_ETH_RX_OFFLOAD_SCTP_CKSUM;
    if (on.rx_hash) all.rx |= RTE_ETH_RX_OFFLOAD_RSS_HASH;
    if (on.lro && coalesces) all.rx |= RTE_ETH_RX_OFFLOAD_TCP_LRO;
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

void explain(const rte_eth_dev* dev, std::uint64_t offloads, const char* (*name)(std::uint64_t)) {
    for (; offloads != 0; offloads &= offloads - 1)
        rte_log(RTE_LOG_ERR, bifurc_net_init_log,
                "%s: %s is asked for, and the kernel has it off: ethtool -K %s switches it on, ethtool -k shows it\n",
                iface_of(dev), name(offloads & -offloads), iface_of(dev));
}

}  // namespace

Features features_in_force(const rte_eth_dev* dev) {
    const std::uint32_t flags = ask(dev, ETHTOOL_GFLAGS);
    return {.rx_checksum = ask(dev, ETHTOOL_GRXCSUM) != 0,
            .tx_checksum = ask(dev, ETHTOOL_GTXCSUM) != 0,
            .tso = ask(dev, ETHTOOL_GTSO) != 0,
            .rx_vlan = (flags & ETH_FLAG_RXVLAN) != 0,
            .tx_vlan = (flags & ETH_FLAG_TXVLAN) != 0,
            .rx_hash = (flags & ETH_FLAG_RXHASH) != 0,
            .lro = (flags & ETH_FLAG_LRO) != 0};
}

OffloadCapabilities offload_capabilities(const rte_eth_dev* dev) {
    return capabilities_with(dev, features_in_force(dev));
}

void explain_what_is_off(const rte_eth_dev* dev, const OffloadCapabilities& now) {
    constexpr Features kAll{.rx_checksum = true,
                            .tx_checksum = true,
                            .tso = true,
                            .rx_vlan = true,
                            .tx_vlan = true,
                            .rx_hash = true,
                            .lro = true};
    const OffloadCapabilities could = capabilities_with(dev, kAll);
    const rte_eth_conf& asked = dev->data->dev_conf;
    explain(dev, asked.rxmode.offloads & could.rx & ~now.rx, rte_eth_dev_rx_offload_name);
    explain(dev, asked.txmode.offloads & could.tx & ~now.tx, rte_eth_dev_tx_offload_name);
}

}  // namespace bifurc::net
