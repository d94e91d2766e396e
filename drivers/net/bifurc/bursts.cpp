// SPDX-License-Identifier: BSD-3-Clause
#include "bursts.h"

#include <cstdio>

#include "chip.h"
#include "offloads.h"
#include "port.h"
#include "rx_burst.h"
#include "tx_burst.h"
#include "tx_prepare.h"

namespace bifurc::net {
namespace {

template <class Chip, bool Scatter>
std::uint16_t rx_burst(void* raw, rte_mbuf** frames, std::uint16_t count) {
    auto& queue = *static_cast<RxQueue*>(raw);
    LocalNic nic{queue.port_id, queue.port_queue};
    return receive<Chip, Scatter>(queue, nic, frames, count);
}

template <class Chip, bool Offload>
std::uint16_t tx_burst(void* raw, rte_mbuf** frames, std::uint16_t count) {
    auto& queue = *static_cast<TxQueue*>(raw);
    LocalNic nic{queue.port_id, queue.port_queue};
    return transmit<Chip, Offload>(queue, nic, frames, count);
}

int name_mode(rte_eth_burst_mode* mode, const char* chip, const char* what) {
    mode->flags = 0;
    std::snprintf(mode->info, sizeof(mode->info), "Scalar %s %s", chip, what);
    return 0;
}

}  // namespace

bool needs_scatter(const rte_eth_dev* dev, const RxQueue& queue) {
    if ((queue.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) return true;
    // The kernel's MTU decides what the NIC lets in, also where the application counts on less.
    const std::uint32_t mtu = RTE_MAX(std::uint32_t{dev->data->mtu}, port_of(dev).info.mtu);
    return mtu + kFrameOverhead + kVlanTagsBytes > queue.buffer_bytes;
}

bool uses_tx_offloads(const rte_eth_dev* dev) {
    return (dev->data->dev_conf.txmode.offloads & kTxContextOffloads) != 0;
}

void choose_bursts(rte_eth_dev* dev) {
    bool scatter = false;
    for (unsigned q = 0; q < dev->data->nb_rx_queues; ++q)
        scatter |= needs_scatter(dev, *static_cast<const RxQueue*>(dev->data->rx_queues[q]));
    dev->data->scattered_rx = scatter;
    const bool offload = uses_tx_offloads(dev);
    with_chip(port_of(dev).info.chip, [&]<class Chip>(Chip) {
        dev->rx_pkt_burst = scatter ? rx_burst<Chip, true> : rx_burst<Chip, false>;
        dev->tx_pkt_burst = offload ? tx_burst<Chip, true> : tx_burst<Chip, false>;
    });
    dev->tx_pkt_prepare = tx_prepare_for(dev);
}

void silence_bursts(rte_eth_dev* dev) {
    dev->rx_pkt_burst = rte_eth_pkt_burst_dummy;
    dev->tx_pkt_burst = rte_eth_pkt_burst_dummy;
    // The application's calls go through this copy.
    struct rte_eth_fp_ops& calls = rte_eth_fp_ops[dev->data->port_id];
    calls.rx_pkt_burst = rte_eth_pkt_burst_dummy;
    calls.tx_pkt_burst = rte_eth_pkt_burst_dummy;
}

int rx_burst_mode_get(rte_eth_dev* dev, std::uint16_t, rte_eth_burst_mode* mode) {
    if (dev->rx_pkt_burst == rte_eth_pkt_burst_dummy || dev->rx_pkt_burst == nullptr) return -EINVAL;
    return with_chip(port_of(dev).info.chip, [&]<class Chip>(Chip) {
        return name_mode(mode, Chip::kName, dev->data->scattered_rx ? "Scattered" : "Single buffer");
    });
}

int tx_burst_mode_get(rte_eth_dev* dev, std::uint16_t, rte_eth_burst_mode* mode) {
    if (dev->tx_pkt_burst == rte_eth_pkt_burst_dummy || dev->tx_pkt_burst == nullptr) return -EINVAL;
    return with_chip(port_of(dev).info.chip, [&]<class Chip>(Chip) {
        return name_mode(mode, Chip::kName, uses_tx_offloads(dev) ? "Offloads" : "Multi-segment");
    });
}

}  // namespace bifurc::net
