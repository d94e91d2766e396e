// SPDX-License-Identifier: BSD-3-Clause
// What the port can do, and what it suggests: limits from the owner's INFO, the rest from the chip.
#include "device_info.h"

#include "chip.h"
#include "kernel_info.h"
#include "offloads.h"
#include "port.h"
#include "queue_setup.h"

namespace bifurc::net {
namespace {

constexpr std::uint16_t kDefaultBurst = 32;

template <class Chip>
void describe_chip(const bifurc_info& nic, rte_eth_dev_info& info) {
    info.max_mtu = static_cast<std::uint16_t>(RTE_MIN(nic.mtu_max, Chip::kMaxFrameBytes - kFrameOverhead));
    info.max_rx_pktlen = info.max_mtu + kFrameOverhead;
    info.speed_capa = Chip::kSpeeds;
    info.tx_desc_lim.nb_seg_max = Chip::kMaxTxSegments;
    info.tx_desc_lim.nb_mtu_seg_max = Chip::kMaxTxSegments;
    info.default_rxconf.rx_thresh = {Chip::kRxThresholds.prefetch, Chip::kRxThresholds.host,
                                     Chip::kRxThresholds.write_back};
    info.default_txconf.tx_thresh = {Chip::kTxThresholds.prefetch, Chip::kTxThresholds.host,
                                     Chip::kTxThresholds.write_back};
}

void describe_rings(const bifurc_info& nic, rte_eth_dev_info& info) {
    for (rte_eth_desc_lim* limits : {&info.rx_desc_lim, &info.tx_desc_lim}) {
        limits->nb_min = static_cast<std::uint16_t>(nic.ring_min);
        limits->nb_max = static_cast<std::uint16_t>(nic.ring_max);
        limits->nb_align = static_cast<std::uint16_t>(nic.ring_multiple);
    }
    for (rte_eth_dev_portconf* conf : {&info.default_rxportconf, &info.default_txportconf}) {
        conf->burst_size = kDefaultBurst;
        conf->ring_size = kDefaultRingSize;
        conf->nb_queues = 1;
    }
}

}  // namespace

int dev_infos_get(rte_eth_dev* dev, rte_eth_dev_info* info) {
    const Port& port = port_of(dev);
    info->if_index = port.info.ifindex;
    info->max_rx_queues = static_cast<std::uint16_t>(port.pairs);
    info->max_tx_queues = static_cast<std::uint16_t>(port.pairs);
    info->max_mac_addrs = kMaxMacs;
    info->min_mtu = RTE_ETHER_MIN_MTU;
    info->min_rx_bufsize = 1024;  // SRRCTL.BSIZEPACKET counts KiB
    const OffloadCapabilities offloads = offload_capabilities(dev);
    info->rx_offload_capa = offloads.rx;
    info->rx_queue_offload_capa = offloads.rx_queue;
    info->tx_offload_capa = offloads.tx;
    info->tx_queue_offload_capa = offloads.tx_queue;
    if ((offloads.rx & RTE_ETH_RX_OFFLOAD_TCP_LRO) != 0) info->max_lro_pkt_size = kMaxLroBytes;
    explain_what_is_off(dev, offloads);
    const RssSizes rss = rss_sizes(dev);
    info->reta_size = rss.table_entries;
    info->hash_key_size = rss.key_bytes;
    info->dev_capa = RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP | RTE_ETH_DEV_CAPA_RUNTIME_TX_QUEUE_SETUP;
    info->default_rxconf.rx_free_thresh = kDefaultRxFreeThresh;
    info->default_rxconf.rx_drop_en = 1;
    info->default_txconf.tx_free_thresh = 0;  // it depends on the ring
    info->default_txconf.tx_rs_thresh = kDefaultTxRsThresh;
    describe_rings(port.info, *info);
    with_chip(port.info.chip, [&]<class Chip>(Chip) { describe_chip<Chip>(port.info, *info); });
    return 0;
}

}  // namespace bifurc::net
