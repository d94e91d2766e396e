// SPDX-License-Identifier: BSD-3-Clause
#include <rte_malloc.h>

#include <memory>

#include "bursts.h"
#include "chip.h"
#include "log.h"
#include "offloads.h"
#include "port.h"
#include "queue_control.h"
#include "queue_setup.h"
#include "rx_burst.h"

namespace bifurc::net {
namespace {

constexpr char kRingName[] = "rx_ring";
constexpr unsigned kRingAlign = 128;  // DS 8.2.3.8.1 RDBAL

constexpr unsigned kMinLroBuffer = 2048;

struct PoolCheck {
    LocalNic nic;
    CachedStretch stretch;
    unsigned bad;
};

// Do the pool's mbufs have buffers of their own elsewhere, for good?
bool is_pinned(rte_mempool* pool) { return (rte_pktmbuf_priv_flags(pool) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF) != 0; }

// The buffer that the NIC would get with this mbuf must be mapped, in one piece.
void check_buffer(rte_mempool* pool, void* opaque, void* object, unsigned) {
    auto& check = *static_cast<PoolCheck*>(opaque);
    auto* mbuf = static_cast<rte_mbuf*>(object);
    // An mbuf in use may be attached to somebody else's buffer; it comes back with its own. Pinned ones keep theirs.
    const void* buffer = is_pinned(pool) ? mbuf->buf_addr : rte_mbuf_buf_addr(mbuf, pool);
    const auto va = reinterpret_cast<std::uintptr_t>(buffer);
    if (bus_address(check.stretch, check.nic, va, rte_pktmbuf_data_room_size(pool)) == RTE_BIFURC_BUS_INVALID)
        ++check.bad;
}

int check_pool(const rte_eth_dev* dev, std::uint16_t q, rte_mempool* pool) {
    PoolCheck check{LocalNic{dev->data->port_id, q}, {}, 0};
    refresh(check.stretch, check.nic);
    rte_mempool_obj_iter(pool, check_buffer, &check);
    if (check.bad == 0) return 0;
    rte_log(
        RTE_LOG_ERR, bifurc_net_init_log,
        "%s: Rx queue %u: %u of %u buffers of pool %s are not mapped for DMA in one piece; take the pool from EAL's "
        "memory, or register its memory with rte_dev_dma_map() first\n",
        iface_of(dev), q, check.bad, pool->populated_size, pool->name);
    return -EFAULT;
}

int refuse(const rte_eth_dev* dev, std::uint16_t q, const char* why) {
    rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: Rx queue %u: %s\n", iface_of(dev), q, why);
    return -EINVAL;
}

struct FreeQueue {
    void operator()(RxQueue* queue) const {
        rte_free(queue->chains);
        rte_free(queue->buffers);
        rte_free(queue);
    }
};
using OwnedQueue = std::unique_ptr<RxQueue, FreeQueue>;

// Nothing, or what dev_infos_get() suggests, means the default, which fits every ring.
std::uint16_t fitting_free_thresh(std::uint16_t asked, std::uint16_t size) {
    if (asked != 0 && asked != kDefaultRxFreeThresh) return asked;
    return RTE_MIN(kDefaultRxFreeThresh, static_cast<std::uint16_t>(size / 2));
}

// What the NIC may put together, in bytes. An application that names no size gets the largest frame's from ethdev, in
// which nothing could be put together.
std::uint32_t lro_limit(const rte_eth_dev* dev) {
    const std::uint32_t asked = dev->data->dev_conf.rxmode.max_lro_pkt_size;
    return asked > dev->data->mtu + kFrameOverhead ? RTE_MIN(asked, kMaxLroBytes) : kMaxLroBytes;
}

// The queue and its ring in memory of the NIC's node; nullptr if there is none.
OwnedQueue allocate(rte_eth_dev* dev, std::uint16_t q, std::uint16_t size, int socket, bool lro) {
    OwnedQueue queue{
        static_cast<RxQueue*>(rte_zmalloc_socket("bifurc_rxq", sizeof(RxQueue), RTE_CACHE_LINE_SIZE, socket))};
    if (!queue) return nullptr;
    queue->buffers = static_cast<rte_mbuf**>(
        rte_zmalloc_socket("bifurc_rxb", size * sizeof(rte_mbuf*), RTE_CACHE_LINE_SIZE, socket));
    if (queue->buffers == nullptr) return nullptr;
    if (lro) {
        queue->chains = static_cast<RxChain*>(
            rte_zmalloc_socket("bifurc_rxc", size * sizeof(RxChain), RTE_CACHE_LINE_SIZE, socket));
        if (queue->chains == nullptr) return nullptr;
        queue->lro_bytes = lro_limit(dev);
    }
    const rte_memzone* zone =
        rte_eth_dma_zone_reserve(dev, kRingName, q, size * sizeof(hw::RxDesc), kRingAlign, socket);
    if (zone == nullptr) return nullptr;
    queue->ring = static_cast<hw::RxDesc*>(zone->addr);
    queue->ring_bus = rte_bifurc_dma_bus(process_of(dev).nic, zone->addr, size * sizeof(hw::RxDesc));
    queue->size = size;
    return queue;
}

// A running port keeps the burst that it was started with. nullptr: that one is for this queue too.
const char* unfit_for_running_port(const rte_eth_dev* dev, const RxQueue& queue) {
    if (!dev->data->dev_started) return nullptr;
    if (!dev->data->lro && queue.chains != nullptr) return "the running port was started without LRO";
    if (!dev->data->scattered_rx && needs_scatter(dev, queue))
        return "frames need several of its buffers, and the running port was started without scattered Rx";
    return nullptr;
}

}  // namespace

int rx_queue_setup(rte_eth_dev* dev, std::uint16_t q, std::uint16_t size, unsigned socket, const rte_eth_rxconf* conf,
                   rte_mempool* pool) {
    Port& port = port_of(dev);
    const std::uint16_t free_thresh = fitting_free_thresh(conf->rx_free_thresh, size);
    if (size * sizeof(hw::RxDesc) % kRingAlign != 0)
        return refuse(dev, q, "the number of descriptors must be a multiple of 8");
    if (free_thresh >= size) return refuse(dev, q, "rx_free_thresh must be below the number of descriptors");
    const unsigned room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
    if (rte_pktmbuf_data_room_size(pool) < RTE_PKTMBUF_HEADROOM + 1024)
        return refuse(dev, q, "the pool's buffers must have room for 1024 bytes behind the headroom");
    if (int rc = check_pool(dev, q, pool); rc != 0) return rc;

    const std::uint64_t offloads = conf->offloads | dev->data->dev_conf.rxmode.offloads;
    const bool lro = (offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO) != 0;
    if (lro && room < kMinLroBuffer)
        return refuse(dev, q, "LRO needs buffers with room for 2048 bytes behind the headroom");
    OwnedQueue queue = allocate(dev, q, size, static_cast<int>(socket), lro);
    if (!queue || queue->ring_bus == RTE_BIFURC_BUS_INVALID) {
        rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: Rx queue %u: no DMA memory for a ring of %u descriptors\n",
                iface_of(dev), q, size);
        rte_eth_dma_zone_free(dev, kRingName, q);
        return -ENOMEM;
    }
    const unsigned max_kib =
        with_chip(port.info.chip, []<class Chip>(Chip) { return unsigned{Chip::kMaxRxBufferKib}; });
    queue->count = &port.counters[q].rx;
    queue->free_thresh = free_thresh;
    queue->buffer_bytes = static_cast<std::uint16_t>(RTE_MIN(room / 1024, max_kib) * 1024);
    queue->port_id = dev->data->port_id;
    queue->port_queue = q;
    queue->pool = pool;
    queue->buffer_flags = is_pinned(pool) ? RTE_MBUF_F_EXTERNAL : 0;
    queue->offloads = offloads;
    with_chip(port.info.chip, [&]<class Chip>(Chip) {
        const bool asked = (queue->offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
        set_vlan_strip(*queue, Chip::kQueueStripsVlan ? asked : features_in_force(dev).rx_vlan);
        queue->udp_zero_erratum = Chip::has_udp_zero_erratum(port.info.pci_device);
    });
    queue->thresholds = {conf->rx_thresh.pthresh, conf->rx_thresh.hthresh, conf->rx_thresh.wthresh};
    queue->hw_queue = static_cast<std::uint16_t>(port.first + q);
    queue->deferred_start = conf->rx_deferred_start != 0;
    if (const char* why = unfit_for_running_port(dev, *queue); why != nullptr) {
        rte_eth_dma_zone_free(dev, kRingName, q);
        return refuse(dev, q, why);
    }
    empty(*queue);
    dev->data->rx_queues[q] = queue.release();
    return 0;
}

void rx_queue_release(rte_eth_dev* dev, std::uint16_t q) {
    OwnedQueue queue{static_cast<RxQueue*>(dev->data->rx_queues[q])};
    if (!queue) return;
    if (rx_queue_stop(dev, q) != 0) {
        // The NIC may still write into this ring: its memory must never be anybody else's.
        static_cast<void>(queue.release());
        dev->data->rx_queues[q] = nullptr;
        return;
    }
    dev->data->rx_queues[q] = nullptr;
    rte_eth_dma_zone_free(dev, kRingName, q);
}

void rxq_info_get(rte_eth_dev* dev, std::uint16_t q, rte_eth_rxq_info* info) {
    const auto& queue = *static_cast<const RxQueue*>(dev->data->rx_queues[q]);
    info->mp = queue.pool;
    info->scattered_rx = dev->data->scattered_rx;
    info->nb_desc = queue.size;
    info->rx_buf_size = queue.buffer_bytes;
    info->conf.rx_thresh.pthresh = queue.thresholds.prefetch;
    info->conf.rx_thresh.hthresh = queue.thresholds.host;
    info->conf.rx_thresh.wthresh = queue.thresholds.write_back;
    info->conf.rx_free_thresh = queue.free_thresh;
    info->conf.rx_drop_en = 1;
    info->conf.rx_deferred_start = queue.deferred_start;
    info->conf.offloads = queue.offloads;
}

}  // namespace bifurc::net
