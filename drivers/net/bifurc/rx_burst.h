// SPDX-License-Identifier: BSD-3-Clause
// Receiving: completed descriptors become mbufs, empty slots get new buffers in bulk, one RDT write per burst.
//
// Nic answers for the process that polls: ring_rdt(tail), dma_find, dma_epoch. Chip and Scatter were chosen at set-up.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_io.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_prefetch.h>

#include "rx_describe.h"
#include "rx_queue.h"
#include "rx_vector.h"

namespace bifurc::net {
// Internal linkage: every file that includes this may be compiled for another CPU (burst_variant.h).
namespace {

// DS 8.2.3.22.13: no frame is longer than this many of the smallest buffers. DS 8.2.3.8.13: no large receive has more.
inline constexpr std::uint16_t kMaxRxSegments = 16;

inline std::uint32_t load_status(const hw::RxDesc& desc) noexcept {
    // Acquire: nothing else of the descriptor or the buffer is read before DD was seen.
    return __atomic_load_n(&desc.wb.status_error, __ATOMIC_ACQUIRE);
}

// The usual case: all of these buffers lie in the stretch. False: they do not, and nothing that was written counts.
template <unsigned Bytes>
bool arm_quickly(const RxQueue& queue, rte_mbuf* const* buffers, hw::RxDesc* descs, std::uint16_t count) noexcept {
    const rte_bifurc_dma dma = queue.stretch.dma;
    if (unlikely(dma.len < queue.buffer_bytes)) return false;
    const ArmedStretch stretch{dma.va - RTE_PKTMBUF_HEADROOM, dma.len - queue.buffer_bytes, dma.va + dma.delta};
    unsigned armed = 0, outside = 0;
    if constexpr (Bytes != kScalar) armed = arm_groups<Bytes>(stretch, buffers, descs, count, outside);
    for (; armed < count; ++armed) {
        const auto offset = reinterpret_cast<std::uintptr_t>(buffers[armed]->buf_addr) - stretch.base;
        outside += stretch.last < offset;
        descs[armed].read = {stretch.bus + offset, 0};  // the 0 clears DD of the last round
    }
    return outside == 0;
}

// Puts buffers into `count` slots from queue.refill on, which must not wrap. Returns how many it could.
template <unsigned Bytes = kScalar, class Nic>
std::uint16_t arm_slots(RxQueue& queue, Nic& nic, std::uint16_t count) noexcept {
    rte_mbuf** buffers = &queue.buffers[queue.refill];
    if (unlikely(rte_mempool_get_bulk(queue.pool, reinterpret_cast<void**>(buffers), count) != 0)) {
        if (queue.held > queue.missed) queue.count->nombuf.add(queue.held - queue.missed);
        queue.missed = queue.held;
        return 0;
    }
    const bool armed = arm_quickly<Bytes>(queue, buffers, &queue.ring[queue.refill], count);
    for (std::uint16_t i = armed ? count : 0; i < count; ++i) {
        const auto va = reinterpret_cast<std::uintptr_t>(buffers[i]->buf_addr) + RTE_PKTMBUF_HEADROOM;
        const std::uint64_t bus = bus_address(queue.stretch, nic, va, queue.buffer_bytes);
        if (unlikely(bus == RTE_BIFURC_BUS_INVALID)) {
            const auto rest = static_cast<std::uint16_t>(count - i);
            queue.count->unmapped.add(rest);
            rte_mempool_put_bulk(queue.pool, reinterpret_cast<void**>(&buffers[i]), rest);
            count = static_cast<std::uint16_t>(count - rest);
            break;
        }
        hw::RxDesc& desc = queue.ring[queue.refill + i];
        desc.read.pkt_addr = bus;
        desc.read.hdr_addr = 0;  // clears DD of the last round
    }
    queue.refill = static_cast<std::uint16_t>(queue.refill + count == queue.size ? 0 : queue.refill + count);
    queue.held = static_cast<std::uint16_t>(queue.held - count);
    queue.missed = queue.missed < queue.held ? queue.missed : queue.held;
    return count;
}

// Buffers for the held slots, free_thresh at a time, and one doorbell for all of them.
template <unsigned Bytes = kScalar, class Nic>
void refill(RxQueue& queue, Nic& nic) noexcept {
    refresh(queue.stretch, nic);
    bool any = false;
    while (queue.held >= queue.free_thresh) {
        const std::uint16_t to_end = static_cast<std::uint16_t>(queue.size - queue.refill);
        const std::uint16_t want = queue.free_thresh < to_end ? queue.free_thresh : to_end;
        const std::uint16_t got = arm_slots<Bytes>(queue, nic, want);
        any |= got != 0;
        if (got != want) break;
    }
    if (!any) return;
    rte_io_wmb();  // the descriptors before the tail
    nic.ring_rdt(queue.refill == 0 ? queue.size - 1u : queue.refill - 1u);
}

// Takes the completed slot's mbuf out of the ring.
inline rte_mbuf* take_slot(RxQueue& queue) noexcept {
    rte_mbuf* mbuf = queue.buffers[queue.next];
    queue.next = static_cast<std::uint16_t>(queue.next + 1 == queue.size ? 0 : queue.next + 1);
    ++queue.held;
    rte_prefetch0(queue.buffers[queue.next]);
    return mbuf;
}

// A buffer fresh from the pool has refcnt 1, nb_segs 1 and no next.
inline void fill_mbuf(rte_mbuf* mbuf, std::uint16_t port_id, std::uint64_t flags, std::uint16_t length) noexcept {
    mbuf->data_off = RTE_PKTMBUF_HEADROOM;
    mbuf->port = port_id;
    mbuf->ol_flags = flags;
    mbuf->pkt_len = length;
    mbuf->data_len = length;
}

// Frees what is completed of a frame that was given up. The rest comes with a later burst.
inline void discard_frame(RxQueue& queue) noexcept {
    while (queue.discarding && queue.held + 1 < queue.size) {
        const std::uint32_t status = load_status(queue.ring[queue.next]);
        if ((status & hw::RxStatus::DD::mask) == 0) return;
        rte_pktmbuf_free_seg(take_slot(queue));
        queue.discarding = (status & hw::RxStatus::EOP::mask) == 0;
    }
}

// Gives up the frame that `mbuf` belongs to.
inline void give_up_frame(RxQueue& queue, rte_mbuf* mbuf, std::uint32_t status, Counter& reason) noexcept {
    reason.add(1);
    rte_pktmbuf_free_seg(mbuf);
    rte_pktmbuf_free(queue.chain_head);  // nullptr is allowed
    queue.chain_head = nullptr;
    queue.discarding = (status & hw::RxStatus::EOP::mask) == 0;
    discard_frame(queue);
}

// Why this descriptor ends the life of the frame that begins with `head` (nullptr: with this descriptor), or nullptr.
template <class Chip>
Counter* defect(const RxQueue& queue, const rte_mbuf* head, std::uint32_t status, std::uint16_t length) noexcept {
    if ((status & Chip::kRxErrorMask) != 0) return &queue.count->bad_frame;
    if (length > queue.buffer_bytes) return &queue.count->bad_length;
    if (length == 0 && head == nullptr) return &queue.count->bad_length;
    if (head != nullptr && head->nb_segs == kMaxRxSegments) return &queue.count->overlong;
    return nullptr;
}

// Puts a buffer at the end of the frame that begins with `head`. What held only the stripped CRC is freed.
inline void append(rte_mbuf* head, rte_mbuf*& last, rte_mbuf* mbuf) noexcept {
    if (mbuf->data_len == 0) return rte_pktmbuf_free_seg(mbuf);
    head->pkt_len += mbuf->data_len;
    ++head->nb_segs;
    last->next = mbuf;
    last = mbuf;
}

// Adds a descriptor's buffer to the frame under way. Returns the frame if that completed it.
template <class Chip>
rte_mbuf* chain(RxQueue& queue, rte_mbuf* mbuf, const hw::RxDesc& desc, std::uint32_t status) noexcept {
    const std::uint16_t length = desc.wb.length;
    Counter* reason = defect<Chip>(queue, queue.chain_head, status, length);
    if (unlikely(reason != nullptr)) {
        give_up_frame(queue, mbuf, status, *reason);
        return nullptr;
    }
    fill_mbuf(mbuf, queue.port_id, queue.buffer_flags, length);
    if (queue.chain_head == nullptr) {
        queue.chain_head = mbuf;
        queue.chain_last = mbuf;
    } else {
        append(queue.chain_head, queue.chain_last, mbuf);
    }
    if ((status & hw::RxStatus::EOP::mask) == 0) return nullptr;
    rte_mbuf* frame = queue.chain_head;
    queue.chain_head = nullptr;
    describe<Chip>(queue, *frame, desc, status);
    return frame;
}

// What every burst ends with: buffers in the place of those that were taken, once it is worth it, and the counters.
template <unsigned Bytes = kScalar, class Nic>
std::uint16_t end_burst(RxQueue& queue, Nic& nic, std::uint16_t got, std::uint64_t bytes) noexcept {
    if (queue.held >= queue.free_thresh) refill<Bytes>(queue, nic);
    if (got != 0) {
        queue.count->packets.add(got);
        queue.count->bytes.add(bytes);
    }
    return got;
}

// Bytes: of the vector registers to use, kScalar for none.
template <class Chip, bool Scatter, unsigned Bytes = kScalar, class Nic>
std::uint16_t receive(RxQueue& queue, Nic& nic, rte_mbuf** frames, std::uint16_t want) noexcept {
    constexpr std::uint32_t kWhole = hw::RxStatus::EOP::mask;
    std::uint16_t got = 0;
    std::uint64_t bytes = 0;
    if (unlikely(queue.discarding)) discard_frame(queue);

    // Most polls find nothing: they look at one descriptor, and leave the cache lines behind it to the NIC.
    if ((load_status(queue.ring[queue.next]) & hw::RxStatus::DD::mask) == 0) return end_burst<Bytes>(queue, nic, 0, 0);

    // The last armed slot is never the NIC's: whatever the ring says, we stop before it.
    unsigned by_hand = 0;  // descriptors until groups are worth another look
    while (got < want && queue.held + 1 < queue.size) {
        if constexpr (Bytes != kScalar) {
            if (by_hand == 0 && (!Scatter || queue.chain_head == nullptr)) {
                got = static_cast<std::uint16_t>(
                    got +
                    receive_vectors<Chip, Bytes>(queue, frames + got, static_cast<std::uint16_t>(want - got), bytes));
                by_hand = 4;  // of the smallest group, one at least is not for it
                continue;
            }
            --by_hand;
        }
        const hw::RxDesc& desc = queue.ring[queue.next];
        const std::uint32_t status = load_status(desc);
        if ((status & hw::RxStatus::DD::mask) == 0) break;
        const std::uint16_t length = desc.wb.length;
        rte_mbuf* mbuf = take_slot(queue);

        const bool whole = (status & (kWhole | Chip::kRxErrorMask)) == kWhole &&
                           static_cast<std::uint16_t>(length - 1) < queue.buffer_bytes;
        if (likely(whole && (!Scatter || queue.chain_head == nullptr))) {
            fill_mbuf(mbuf, queue.port_id, queue.buffer_flags, length);
            describe<Chip>(queue, *mbuf, desc, status);
        } else if constexpr (Scatter) {
            mbuf = chain<Chip>(queue, mbuf, desc, status);
            if (mbuf == nullptr) continue;
        } else {
            Counter* reason = defect<Chip>(queue, queue.chain_head, status, length);
            give_up_frame(queue, mbuf, status, reason != nullptr ? *reason : queue.count->oversize);
            continue;
        }
        bytes += mbuf->pkt_len;
        frames[got++] = mbuf;
    }
    return end_burst<Bytes>(queue, nic, got, bytes);
}

}  // namespace
}  // namespace bifurc::net
