// SPDX-License-Identifier: BSD-3-Clause
#include "bursts.h"

#include <cstdio>

#include "burst_variant.h"
#include "chip.h"
#include "offloads.h"
#include "port.h"
#include "simd_bits.h"
#include "tx_prepare.h"

namespace bifurc::net {
namespace {

// The best that EAL allows and the CPU has.
const BurstVariant& best_variant() {
    const unsigned bits = max_simd_bits();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (bits >= kAvx512Bursts.simd_bits && avx512) return kAvx512Bursts;
    if (bits >= kAvx2Bursts.simd_bits && __builtin_cpu_supports("avx2")) return kAvx2Bursts;
    if (bits >= kSseBursts.simd_bits && __builtin_cpu_supports("sse4.2")) return kSseBursts;
    return kScalarBursts;
}

const BurstVariant::Chip& bursts_for(const BurstVariant& variant, std::uint32_t chip) {
    return chip == BIFURC_CHIP_82576 ? variant.chip_82576 : variant.chip_82599;
}

// The variant whose table the port's bursts come from, by the address of the one that always does.
const BurstVariant& variant_in_use(const rte_eth_dev* dev) {
    for (const BurstVariant* variant : {&kAvx512Bursts, &kAvx2Bursts, &kSseBursts}) {
        const BurstVariant::Chip& bursts = bursts_for(*variant, port_of(dev).info.chip);
        if (dev->tx_pkt_burst == bursts.tx || dev->tx_pkt_burst == bursts.tx_offload) return *variant;
    }
    return kScalarBursts;
}

int name_mode(const rte_eth_dev* dev, rte_eth_burst_mode* mode, const char* variant, const char* what) {
    mode->flags = 0;
    const char* chip = with_chip(port_of(dev).info.chip, []<class Chip>(Chip) { return Chip::kName; });
    std::snprintf(mode->info, sizeof(mode->info), "%s %s %s", variant, chip, what);
    return 0;
}

}  // namespace

bool needs_scatter(const rte_eth_dev* dev, const RxQueue& queue) {
    if ((queue.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) return true;
    // The netdev's MTU may let longer frames in: what fits no buffer is dropped, and counted.
    return dev->data->mtu + kFrameOverhead + kVlanTagsBytes > queue.buffer_bytes;
}

bool uses_tx_offloads(const rte_eth_dev* dev) {
    return (dev->data->dev_conf.txmode.offloads & kTxContextOffloads) != 0;
}

void choose_bursts(rte_eth_dev* dev) {
    bool scatter = false;
    bool lro = false;
    for (unsigned q = 0; q < dev->data->nb_rx_queues; ++q) {
        const auto& queue = *static_cast<const RxQueue*>(dev->data->rx_queues[q]);
        lro |= queue.chains != nullptr;
        scatter |= lro || needs_scatter(dev, queue);
    }
    dev->data->scattered_rx = scatter;
    dev->data->lro = lro;
    const bool offload = uses_tx_offloads(dev);
    const BurstVariant::Chip& bursts = bursts_for(best_variant(), port_of(dev).info.chip);
    dev->rx_pkt_burst = lro ? kLroBurst : scatter ? bursts.rx_scattered : bursts.rx;
    dev->tx_pkt_burst = offload ? bursts.tx_offload : bursts.tx;
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
    if (dev->data->lro) return name_mode(dev, mode, kScalarBursts.name, "LRO");
    return name_mode(dev, mode, variant_in_use(dev).name, dev->data->scattered_rx ? "Scattered" : "Single buffer");
}

int tx_burst_mode_get(rte_eth_dev* dev, std::uint16_t, rte_eth_burst_mode* mode) {
    if (dev->tx_pkt_burst == rte_eth_pkt_burst_dummy || dev->tx_pkt_burst == nullptr) return -EINVAL;
    return name_mode(dev, mode, variant_in_use(dev).name, uses_tx_offloads(dev) ? "Offloads" : "Multi-segment");
}

}  // namespace bifurc::net
