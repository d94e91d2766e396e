// SPDX-License-Identifier: BSD-3-Clause
#include <rte_malloc.h>

#include <memory>

#include "chip.h"
#include "log.h"
#include "port.h"
#include "queue_control.h"
#include "queue_setup.h"
#include "tx_burst.h"

namespace bifurc::net {
namespace {

constexpr char kRingName[] = "tx_ring";
constexpr unsigned kRingAlign = 128;  // DS 8.2.3.9.1 TDBAL

struct FreeQueue {
    void operator()(TxQueue* queue) const {
        rte_free(queue->frames);
        rte_free(queue->reports);
        rte_free(queue);
    }
};
using OwnedQueue = std::unique_ptr<TxQueue, FreeQueue>;

template <class T>
T* allocate_array(const char* name, std::size_t count, int socket) {
    return static_cast<T*>(rte_zmalloc_socket(name, count * sizeof(T), RTE_CACHE_LINE_SIZE, socket));
}

OwnedQueue allocate(rte_eth_dev* dev, std::uint16_t q, std::uint16_t size, int socket) {
    OwnedQueue queue{allocate_array<TxQueue>("bifurc_txq", 1, socket)};
    if (!queue) return nullptr;
    queue->frames = allocate_array<rte_mbuf*>("bifurc_txf", size, socket);
    queue->reports = allocate_array<std::uint16_t>("bifurc_txr", size, socket);
    if (queue->frames == nullptr || queue->reports == nullptr) return nullptr;
    const rte_memzone* zone =
        rte_eth_dma_zone_reserve(dev, kRingName, q, size * sizeof(hw::TxDesc), kRingAlign, socket);
    if (zone == nullptr) return nullptr;
    queue->ring = static_cast<hw::TxDesc*>(zone->addr);
    queue->ring_bus = rte_bifurc_dma_bus(process_of(dev).nic, zone->addr, size * sizeof(hw::TxDesc));
    queue->size = size;
    return queue;
}

struct Rule {
    bool broken;
    const char* text;
};

// The defaults fit every ring: half of a small one.
unsigned default_free_thresh(unsigned size) {
    return size >= 2 * kTxUnderWay ? size - kTxUnderWay : RTE_MIN(unsigned{kDefaultTxRsThresh}, size / 2);
}

// Nothing, or all of what dev_infos_get() suggests, means the default.
unsigned fitting_rs_thresh(const rte_eth_txconf& conf, unsigned size, unsigned free_thresh) {
    const bool suggested = conf.tx_rs_thresh == kDefaultTxRsThresh && conf.tx_free_thresh == 0;
    if (conf.tx_rs_thresh != 0 && !suggested) return conf.tx_rs_thresh;
    const unsigned beside = size > free_thresh ? size - free_thresh : 1;
    return RTE_MIN(RTE_MIN(unsigned{kDefaultTxRsThresh}, free_thresh), RTE_MIN(size / 2, beside));
}

// The rules that DPDK documents for ixgbe (doc/guides/nics/ixgbe.rst), so that settings made for it work here.
const char* broken_rule(unsigned size, unsigned rs, unsigned free, Thresholds t, unsigned max_threshold) {
    const Rule rules[] = {
        {size * sizeof(hw::TxDesc) % kRingAlign != 0, "the number of descriptors must be a multiple of 8"},
        {rs > free, "tx_rs_thresh must not be above tx_free_thresh"},
        {rs + free > size, "tx_rs_thresh and tx_free_thresh together must not exceed the number of descriptors"},
        {rs + 2 >= size, "tx_rs_thresh must be below the number of descriptors minus 2"},
        {free + 3 >= size, "tx_free_thresh must be below the number of descriptors minus 3"},
        {rs > 1 && t.write_back != 0, "wthresh must be 0 where tx_rs_thresh is above 1"},
        {RTE_MAX(RTE_MAX(t.prefetch, t.host), t.write_back) > max_threshold,
         "pthresh, hthresh and wthresh must fit into the NIC's registers: 127 on the 82599, 31 on the 82576"},
    };
    for (const Rule& rule : rules)
        if (rule.broken) return rule.text;
    return nullptr;
}

}  // namespace

int tx_queue_setup(rte_eth_dev* dev, std::uint16_t q, std::uint16_t size, unsigned socket, const rte_eth_txconf* conf) {
    Port& port = port_of(dev);
    const unsigned free_thresh = conf->tx_free_thresh != 0 ? conf->tx_free_thresh : default_free_thresh(size);
    const unsigned rs_thresh = fitting_rs_thresh(*conf, size, free_thresh);
    const Thresholds thresholds{conf->tx_thresh.pthresh, conf->tx_thresh.hthresh, conf->tx_thresh.wthresh};
    const unsigned max_threshold =
        with_chip(port.info.chip, []<class Chip>(Chip) { return unsigned{Chip::kMaxThreshold}; });
    if (const char* rule = broken_rule(size, rs_thresh, free_thresh, thresholds, max_threshold); rule != nullptr) {
        rte_log(RTE_LOG_ERR, bifurc_net_init_log,
                "%s: Tx queue %u: %s (descriptors %u, tx_rs_thresh %u, tx_free_thresh %u)\n", iface_of(dev), q, rule,
                size, rs_thresh, free_thresh);
        return -EINVAL;
    }
    OwnedQueue queue = allocate(dev, q, size, static_cast<int>(socket));
    if (!queue || queue->ring_bus == RTE_BIFURC_BUS_INVALID) {
        rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: Tx queue %u: no DMA memory for a ring of %u descriptors\n",
                iface_of(dev), q, size);
        rte_eth_dma_zone_free(dev, kRingName, q);
        return -ENOMEM;
    }
    const unsigned chip_segments =
        with_chip(port.info.chip, []<class Chip>(Chip) { return unsigned{Chip::kMaxTxSegments}; });
    queue->count = &port.counters[q].tx;
    queue->free_thresh = static_cast<std::uint16_t>(free_thresh);
    queue->rs_thresh = static_cast<std::uint16_t>(rs_thresh);
    // Frames that wait for the next report keep fewer than rs_thresh descriptors, and a context may take one: this many
    // are always to be had.
    queue->max_segments = static_cast<std::uint16_t>(RTE_MIN(chip_segments, size - rs_thresh - 1));
    queue->port_id = dev->data->port_id;
    queue->port_queue = q;
    queue->offloads = conf->offloads | dev->data->dev_conf.txmode.offloads;
    queue->fast_free = (queue->offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0;
    queue->thresholds = thresholds;
    queue->hw_queue = static_cast<std::uint16_t>(port.first + q);
    queue->deferred_start = conf->tx_deferred_start != 0;
    empty(*queue);
    dev->data->tx_queues[q] = queue.release();
    return 0;
}

void tx_queue_release(rte_eth_dev* dev, std::uint16_t q) {
    OwnedQueue queue{static_cast<TxQueue*>(dev->data->tx_queues[q])};
    if (!queue) return;
    if (tx_queue_stop(dev, q) != 0) {
        // The NIC may still write into this ring: its memory must never be anybody else's.
        static_cast<void>(queue.release());
        dev->data->tx_queues[q] = nullptr;
        return;
    }
    dev->data->tx_queues[q] = nullptr;
    rte_eth_dma_zone_free(dev, kRingName, q);
}

void txq_info_get(rte_eth_dev* dev, std::uint16_t q, rte_eth_txq_info* info) {
    const auto& queue = *static_cast<const TxQueue*>(dev->data->tx_queues[q]);
    info->nb_desc = queue.size;
    info->conf.tx_thresh.pthresh = queue.thresholds.prefetch;
    info->conf.tx_thresh.hthresh = queue.thresholds.host;
    info->conf.tx_thresh.wthresh = queue.thresholds.write_back;
    info->conf.tx_free_thresh = queue.free_thresh;
    info->conf.tx_rs_thresh = queue.rs_thresh;
    info->conf.tx_deferred_start = queue.deferred_start;
    info->conf.offloads = queue.offloads;
}

}  // namespace bifurc::net
