// SPDX-License-Identifier: BSD-3-Clause
#include "floor.h"

#include <rte_malloc.h>

#include <cstddef>
#include <cstring>

namespace bifurc::bench {
namespace {

void arm(FloorQueue& queue) {
    const std::uint32_t at = queue.rx_armed & queue.mask;
    rte_mbuf** buffers = &queue.rx_buffers[at];
    if (rte_mempool_get_bulk(queue.pool, reinterpret_cast<void**>(buffers), kThreshold) != 0) return;
    for (unsigned i = 0; i < kThreshold; ++i)
        queue.rx[at + i].read = {reinterpret_cast<std::uintptr_t>(buffers[i]->buf_addr) + RTE_PKTMBUF_HEADROOM, 0};
    queue.rx_armed += kThreshold;
}

std::uint16_t receive(void* raw, rte_mbuf** frames, std::uint16_t count) {
    FloorQueue& queue = *static_cast<FloorQueue*>(raw);
    std::uint16_t got = 0;
    for (; got < count; ++got) {
        const std::uint32_t at = queue.rx_next & queue.mask;
        const hw::RxDesc& desc = queue.rx[at];
        if ((__atomic_load_n(&desc.wb.status_error, __ATOMIC_ACQUIRE) & hw::RxStatus::DD::mask) == 0) break;
        rte_mbuf* mbuf = queue.rx_buffers[at];
        // data_off, refcnt, nb_segs and port in one store, as DPDK lays them out for that.
        const std::uint64_t rearm = RTE_PKTMBUF_HEADROOM | 1ull << 16 | 1ull << 32;
        std::memcpy(&mbuf->rearm_data, &rearm, sizeof(rearm));
        mbuf->ol_flags = 0;
        mbuf->packet_type = 0;
        mbuf->pkt_len = desc.wb.length;
        mbuf->data_len = desc.wb.length;
        frames[got] = mbuf;
        ++queue.rx_next;
    }
    if (queue.mask + 1 - (queue.rx_armed - queue.rx_next) >= kThreshold) {
        while (queue.mask + 1 - (queue.rx_armed - queue.rx_next) >= kThreshold) arm(queue);
        queue.rdt = (queue.rx_armed - 1) & queue.mask;
    }
    return got;
}

// All frames of a report go back to the one pool.
void reclaim(FloorQueue& queue) {
    const std::uint32_t at = queue.tx_clean & queue.mask;
    if ((queue.tx[at + kThreshold - 1].wb.status & hw::TxStatus::DD::mask) == 0) return;
    rte_mempool_put_bulk(queue.pool, reinterpret_cast<void**>(&queue.tx_buffers[at]), kThreshold);
    queue.tx_clean += kThreshold;
}

std::uint16_t transmit(void* raw, rte_mbuf** frames, std::uint16_t count) {
    FloorQueue& queue = *static_cast<FloorQueue*>(raw);
    constexpr std::uint32_t kCommand = hw::TxCmd::DEXT::mask | hw::TxCmd::IFCS::mask | hw::TxCmd::EOP::mask |
                                       (hw::TxCmd::kData << hw::TxCmd::DTYP::lo);
    while (queue.mask + 1 - (queue.tx_next - queue.tx_clean) < std::uint32_t{count} + kThreshold) reclaim(queue);
    for (std::uint16_t i = 0; i < count; ++i) {
        const std::uint32_t at = queue.tx_next & queue.mask;
        rte_mbuf* mbuf = frames[i];
        const std::uint32_t report = at % kThreshold == kThreshold - 1 ? hw::TxCmd::RS::mask : 0;
        queue.tx[at].read = {reinterpret_cast<std::uintptr_t>(mbuf->buf_addr) + mbuf->data_off,
                             kCommand | report | mbuf->data_len, mbuf->pkt_len << hw::TxOlinfo::PAYLEN::lo};
        queue.tx_buffers[at] = mbuf;
        ++queue.tx_next;
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    queue.tdt = queue.tx_next & queue.mask;
    return count;
}

}  // namespace

std::string Floor::start(const Setup& setup) {
    const std::size_t bytes = setup.ring * sizeof(hw::RxDesc);
    ring_memory_ = rte_zmalloc("floor", 2 * bytes, RTE_CACHE_LINE_SIZE);
    if (ring_memory_ == nullptr) return "no memory for the floor's rings";
    rx_buffers_.assign(setup.ring, nullptr);
    tx_buffers_.assign(setup.ring, nullptr);
    queue_.rx = static_cast<hw::RxDesc*>(ring_memory_);
    queue_.tx = reinterpret_cast<hw::TxDesc*>(static_cast<std::byte*>(ring_memory_) + bytes);
    queue_.rx_buffers = rx_buffers_.data();
    queue_.tx_buffers = tx_buffers_.data();
    queue_.pool = setup.pool;
    queue_.mask = setup.ring - 1u;
    queue_.rx_next = queue_.rx_armed = queue_.tx_next = queue_.tx_clean = 0;
    queue_.rdt = 0;
    queue_.tdt = 0;
    for (unsigned i = 0; i < setup.ring; i += kThreshold) arm(queue_);
    if (queue_.rx_armed != setup.ring) return "the pool is too small for the floor";
    queue_.rdt = queue_.mask;
    return {};
}

void Floor::stop() {
    for (; queue_.rx_next != queue_.rx_armed; ++queue_.rx_next)
        rte_mbuf_raw_free(queue_.rx_buffers[queue_.rx_next & queue_.mask]);
    for (; queue_.tx_clean != queue_.tx_next; ++queue_.tx_clean)
        rte_mbuf_raw_free(queue_.tx_buffers[queue_.tx_clean & queue_.mask]);
    rte_free(ring_memory_);
    ring_memory_ = nullptr;
}

Bursts Floor::bursts() const { return {receive, &queue_, transmit, &queue_}; }

Rings Floor::rings() const {
    return {queue_.rx, queue_.tx, &queue_.rdt, &queue_.tdt, static_cast<std::uint16_t>(queue_.mask + 1)};
}

}  // namespace bifurc::bench
