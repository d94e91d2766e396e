// SPDX-License-Identifier: BSD-3-Clause
// Sending: free what the NIC reported as done, mbufs become descriptors, one TDT write per burst.
//
// What the NIC could choke on never reaches it: such a frame is dropped, counted by name, and counts as taken.
// Nic answers for the process that sends: ring_tdt(tail), dma_find, dma_epoch. Chip and Offload were chosen at set-up;
// without Offload the mbufs' offload flags are not looked at.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_io.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstddef>

#include "tx_offload.h"
#include "tx_queue.h"
#include "tx_vector.h"

namespace bifurc::net {
// Internal linkage: every file that includes this may be compiled for another CPU (burst_variant.h).
namespace {

inline std::uint16_t next_slot(const TxQueue& queue, std::uint16_t slot) noexcept {
    return static_cast<std::uint16_t>(slot + 1 == queue.size ? 0 : slot + 1);
}

// Follows the NIC's reports, in order. It writes DD only where RS asked for it (DS 7.2.3.5.1).
inline void collect_reports(TxQueue& queue) noexcept {
    while (queue.report_count != 0) {
        const std::uint16_t slot = queue.reports[queue.report_first];
        const std::uint32_t status = __atomic_load_n(&queue.ring[slot].wb.status, __ATOMIC_ACQUIRE);
        if ((status & hw::TxStatus::DD::mask) == 0) return;
        queue.done = next_slot(queue, slot);
        queue.report_first = next_slot(queue, queue.report_first);
        --queue.report_count;
    }
}

// mbufs on their way back to their pools, in bulk.
class Freed {
public:
    explicit Freed(bool fast) noexcept : fast_(fast) {}
    Freed(const Freed&) = delete;
    Freed& operator=(const Freed&) = delete;
    ~Freed() { flush(); }

    void add(rte_mbuf* frame) noexcept {
        if (!fast_) return put(frame);
        // One pool, no other users: a segment needs no more than the values that a mempool's mbufs have.
        while (frame != nullptr) {
            rte_mbuf* next = frame->next;
            if (unlikely(frame->nb_segs != 1 || next != nullptr)) {
                frame->next = nullptr;
                frame->nb_segs = 1;
            }
            put(frame);
            frame = next;
        }
    }

private:
    static constexpr unsigned kBatch = 32;
    void put(rte_mbuf* mbuf) noexcept {
        batch_[count_++] = mbuf;
        if (count_ == kBatch) flush();
    }
    void flush() noexcept {
        if (count_ == 0) return;
        if (fast_)
            rte_mempool_put_bulk(batch_[0]->pool, reinterpret_cast<void**>(batch_), count_);
        else
            rte_pktmbuf_free_bulk(batch_, count_);
        count_ = 0;
    }

    rte_mbuf* batch_[kBatch];
    unsigned count_ = 0;
    bool fast_;
};

// Frees frames that are done, at most `limit`. Returns how many.
inline unsigned free_done(TxQueue& queue, unsigned limit) noexcept {
    Freed batch{queue.fast_free};
    unsigned freed = 0;
    while (queue.clean != queue.done && freed < limit) {
        if (rte_mbuf* frame = queue.frames[queue.clean]; frame != nullptr) {
            batch.add(frame);
            ++freed;
        }
        queue.clean = next_slot(queue, queue.clean);
        ++queue.free;
    }
    return freed;
}

// Can these go back to one mempool as they are: nobody else uses them, no chain, no foreign buffer? An mbuf with
// nb_segs 1 has no next, by the mbuf library's rules.
inline bool are_plain(rte_mbuf* const* frames, unsigned count, const rte_mempool* pool) noexcept {
    // data_off, refcnt, nb_segs and port, then ol_flags: 16 bytes, aligned as such.
    typedef std::uint64_t Words __attribute__((vector_size(16), may_alias));
    static_assert(offsetof(rte_mbuf, data_off) % sizeof(Words) == 0 &&
                  offsetof(rte_mbuf, refcnt) == offsetof(rte_mbuf, data_off) + 2 &&
                  offsetof(rte_mbuf, nb_segs) == offsetof(rte_mbuf, data_off) + 4 &&
                  offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, data_off) + 8);
    constexpr Words kAlone{0x0000'0001'0001'0000, 0};
    constexpr Words kLookedAt{0x0000'ffff'ffff'0000, RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL};
    Words odd{};
    std::uintptr_t pools = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < count; ++i) {
        const void* words = &frames[i]->data_off;
        odd |= *static_cast<const Words*>(words) ^ kAlone;
        pools |= reinterpret_cast<std::uintptr_t>(frames[i]->pool) ^ reinterpret_cast<std::uintptr_t>(pool);
    }
    odd &= kLookedAt;
    return (odd[0] | odd[1] | pools) == 0;
}

// The slots from `clean` to `end`, around no border, each a frame of its own.
inline void free_run(TxQueue& queue, unsigned end) noexcept {
    constexpr unsigned kChunk = 32;  // small enough to be in the nearest cache when it is put back
    while (queue.clean != end) {
        rte_mbuf** frames = &queue.frames[queue.clean];
        const unsigned count = RTE_MIN(kChunk, end - queue.clean);
        rte_mempool* pool = frames[0]->pool;
        if (likely(queue.fast_free || are_plain(frames, count, pool)))
            rte_mempool_put_bulk(pool, reinterpret_cast<void**>(frames), count);
        else
            rte_pktmbuf_free_bulk(frames, count);
        queue.clean = static_cast<std::uint16_t>(queue.clean + count);
        queue.free = static_cast<std::uint16_t>(queue.free + count);
    }
}

// Frees what was sent, at most `most` frames of it: not a whole long ring at once, which would go through the pool's
// cache into the ring behind it, and come back cold.
inline void reclaim(TxQueue& queue, unsigned most) noexcept {
    collect_reports(queue);
    if (unlikely(!queue.one_by_one)) {
        free_done(queue, most);
        return;
    }
    if (queue.done < queue.clean) {
        const unsigned end = RTE_MIN(unsigned{queue.size}, queue.clean + most);
        most -= end - queue.clean;
        free_run(queue, end);
        if (end != queue.size) return;
        queue.clean = 0;
    }
    free_run(queue, RTE_MIN(unsigned{queue.done}, queue.clean + most));
}

// The longest frame on the wire, without CRC.
template <class Chip>
inline constexpr std::uint32_t kMaxTxFrameBytes = Chip::kMaxFrameBytes - RTE_ETHER_CRC_LEN;

// What the frame's own numbers rule out, or nullptr. A frame that is segmented may be longer: see can_offload.
template <class Chip>
Counter* defect(const TxQueue& queue, const rte_mbuf& frame, bool segmented) noexcept {
    TxCounters& count = *queue.count;
    constexpr std::uint32_t kMin = Chip::kMinTxFrameBytes;
    constexpr std::uint32_t kMax = kMaxTxFrameBytes<Chip>;
    const bool fits = frame.pkt_len - kMin <= kMax - kMin || (segmented && frame.pkt_len > kMax);
    if (likely(fits && static_cast<std::uint16_t>(frame.nb_segs - 1) < queue.max_segments)) return nullptr;
    if (frame.pkt_len == 0) return &count.zero_length;
    if (frame.pkt_len < kMin) return &count.too_short;
    if (!fits) return &count.too_long;
    return frame.nb_segs == 0 ? &count.malformed : &count.too_many_segments;
}

// How a frame's data descriptors look, and where the first of them goes.
struct TxPlan {
    std::uint32_t command;
    std::uint32_t olinfo;
    std::uint16_t first;
    TxContexts::Use context;
    TxContextKey key;
};

// Adds what the frame's flags ask for, with a context descriptor in front if the NIC knows none like it. Returns why it
// cannot be done, or nullptr.
template <class Chip>
Counter* plan_offload(TxQueue& queue, const rte_mbuf& frame, TxPlan& plan) noexcept {
    if (unlikely(!can_offload(frame, kMaxTxFrameBytes<Chip>))) return &queue.count->bad_offload;
    const TxOffload offload = describe_offload(frame);
    plan.key = offload.key;
    plan.context = queue.contexts.find(offload.key);
    const std::uint32_t index = std::uint32_t{plan.context.index} << hw::TxOlinfo::IDX::lo;
    plan.command |= offload.command;
    plan.olinfo = offload.olinfo | index;
    if (plan.context.write) {
        queue.ring[plan.first].ctx = {plan.key.vlan_macip_lens, 0, plan.key.type_tucmd, plan.key.mss_l4len | index};
        queue.frames[plan.first] = nullptr;
        plan.first = next_slot(queue, plan.first);
    }
    return nullptr;
}

// Descriptors since the last one with RS; the one in slot `last` may have to ask as well.
inline void count_report(TxQueue& queue, std::uint16_t last, unsigned used) noexcept {
    queue.since_report = static_cast<std::uint16_t>(queue.since_report + used);
    if (queue.since_report < queue.rs_thresh) return;
    queue.ring[last].read.cmd_type_len |= hw::TxCmd::RS::mask;
    queue.since_report = 0;
    const unsigned at = queue.report_first + queue.report_count;
    queue.reports[at < queue.size ? at : at - queue.size] = last;
    ++queue.report_count;
}

// Hands over `used` descriptors up to slot `last`, which ends the frame.
inline void commit(TxQueue& queue, rte_mbuf* frame, std::uint16_t last, std::uint16_t used) noexcept {
    queue.ring[last].read.cmd_type_len |= hw::TxCmd::EOP::mask;
    count_report(queue, last, used);
    if (used != 1) queue.one_by_one = false;
    queue.frames[last] = frame;
    queue.tail = next_slot(queue, last);
    queue.free = static_cast<std::uint16_t>(queue.free - used);
}

inline constexpr std::uint32_t kDataCommand =
    hw::TxCmd::DEXT::mask | hw::TxCmd::IFCS::mask | (hw::TxCmd::kData << hw::TxCmd::DTYP::lo);

// Frames of one segment in the known stretch of memory that ask for nothing, as long as they are so: one descriptor
// each. At most up to the ring's end and the next report. Returns how many; place() sees to the next one.
template <class Chip, bool Offload, unsigned Bytes>
std::uint16_t place_plain(TxQueue& queue, rte_mbuf** frames, unsigned count, std::uint64_t& bytes) noexcept {
    constexpr std::uint32_t kMin = Chip::kMinTxFrameBytes, kMax = kMaxTxFrameBytes<Chip>;
    const rte_bifurc_dma dma = queue.stretch.dma;
    if (unlikely(dma.len <= kMax)) return 0;
    const TxPlain plain{
        .dma = dma,
        .room = dma.len - kMax,
        .min = kMin,
        .max = kMax,
        .asking = Offload ? kAskingFlags : 0,
        .command = kDataCommand | hw::TxCmd::EOP::mask,
        .olinfo = Offload ? std::uint32_t{queue.contexts.last} << hw::TxOlinfo::IDX::lo : 0,
    };
    count = RTE_MIN(count, unsigned{queue.free});
    count = RTE_MIN(count, unsigned{queue.size} - queue.tail);
    count = RTE_MIN(count, unsigned{queue.rs_thresh} - queue.since_report);
    hw::TxDesc* const descs = &queue.ring[queue.tail];
    rte_mbuf** const kept = &queue.frames[queue.tail];
    std::uint64_t sum = 0;
    unsigned placed = 0;
    if constexpr (Bytes != kScalar) placed = place_groups<Bytes>(plain, descs, kept, frames, count, sum);
    for (; placed < count; ++placed) {
        rte_mbuf* frame = frames[placed];
        const std::uint32_t len = frame->data_len;
        const auto va = reinterpret_cast<std::uintptr_t>(frame->buf_addr) + frame->data_off;
        if (unlikely(frame->nb_segs != 1 || frame->pkt_len != len || len - kMin > kMax - kMin)) break;
        if (unlikely(va - dma.va >= plain.room || (frame->ol_flags & plain.asking) != 0)) break;
        descs[placed].read = {va + dma.delta, plain.command | len, len << hw::TxOlinfo::PAYLEN::lo | plain.olinfo};
        kept[placed] = frame;
        sum += len;
    }
    if (placed == 0) return 0;
    bytes += sum;
    const auto last = static_cast<std::uint16_t>(queue.tail + placed - 1);
    count_report(queue, last, placed);
    queue.tail = next_slot(queue, last);
    queue.free = static_cast<std::uint16_t>(queue.free - placed);
    return static_cast<std::uint16_t>(placed);
}

// Writes the frame's descriptors from the tail on, where the NIC does not look yet; there is room for nb_segs of them,
// and with Offload for one more. Segments without data are left out: a descriptor may not be empty. Advances the tail
// and returns nullptr, or returns why the frame cannot be sent and leaves the queue as it was.
template <class Chip, bool Offload, class Nic>
Counter* place(TxQueue& queue, Nic& nic, rte_mbuf* frame) noexcept {
    const bool segmented = Offload && (frame->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
    if (Counter* reason = defect<Chip>(queue, *frame, segmented); unlikely(reason != nullptr)) return reason;
    TxPlan plan{kDataCommand, frame->pkt_len << hw::TxOlinfo::PAYLEN::lo, queue.tail, {queue.contexts.last, false}, {}};
    if constexpr (Offload) {
        if ((frame->ol_flags & kAskingFlags) != 0)
            if (Counter* reason = plan_offload<Chip>(queue, *frame, plan); unlikely(reason != nullptr)) return reason;
    }

    std::uint16_t slot = plan.first;
    std::uint16_t last = slot;
    std::uint16_t segments = 0, used = plan.context.write ? 1 : 0;
    std::uint32_t bytes = 0;
    for (const rte_mbuf* segment = frame; segment != nullptr; segment = segment->next) {
        const std::uint16_t len = segment->data_len;
        if (unlikely(segments == frame->nb_segs)) return &queue.count->malformed;
        ++segments;
        if (unlikely(len == 0)) continue;
        const auto va = reinterpret_cast<std::uintptr_t>(segment->buf_addr) + segment->data_off;
        const std::uint64_t bus = bus_address(queue.stretch, nic, va, len);
        if (unlikely(bus == RTE_BIFURC_BUS_INVALID)) return &queue.count->unmapped;
        queue.ring[slot].read = {bus, plan.command | len, plan.olinfo};  // STA, where DD will be, is 0
        queue.frames[slot] = nullptr;
        last = slot;
        slot = next_slot(queue, slot);
        bytes += len;
        ++used;
    }
    if (unlikely(segments != frame->nb_segs || bytes != frame->pkt_len)) return &queue.count->malformed;

    if constexpr (Offload) queue.contexts.use(plan.context, plan.key);
    commit(queue, frame, last, used);
    return nullptr;
}

// May place_plain() take this frame, as far as a first look tells?
template <bool Offload>
bool looks_plain(const rte_mbuf& frame) noexcept {
    return frame.nb_segs == 1 && (!Offload || (frame.ol_flags & kAskingFlags) == 0);
}

template <class Chip, bool Offload, unsigned Bytes, class Nic>
std::uint16_t transmit(TxQueue& queue, Nic& nic, rte_mbuf** frames, std::uint16_t count) noexcept {
    const std::uint16_t tail = queue.tail;
    std::uint64_t sent = 0;
    std::uint64_t bytes = 0;
    std::uint16_t taken = 0;
    refresh(queue.stretch, nic);
    // About as many as come, or the pool's cache would overflow; a few more, so that what piled up shrinks.
    if (queue.free < queue.free_thresh) reclaim(queue, RTE_MAX(count + count / 8u, unsigned{queue.rs_thresh}));

    while (taken < count) {
        rte_mbuf* frame = frames[taken];
        if (likely(looks_plain<Offload>(*frame))) {
            const unsigned left = count - taken;
            if (const auto plain = place_plain<Chip, Offload, Bytes>(queue, frames + taken, left, bytes); plain != 0) {
                sent += plain;
                taken = static_cast<std::uint16_t>(taken + plain);
                continue;
            }
        }
        const unsigned needed = frame->nb_segs + (Offload ? 1u : 0u);
        if (unlikely(needed > queue.free && frame->nb_segs <= queue.max_segments)) {
            reclaim(queue, queue.size);
            if (needed > queue.free) {
                queue.count->ring_full.add(1);
                break;
            }
        }
        ++taken;
        const std::uint32_t frame_bytes = frame->pkt_len;
        if (Counter* reason = place<Chip, Offload>(queue, nic, frame); unlikely(reason != nullptr)) {
            reason->add(1);
            rte_pktmbuf_free(frame);
            continue;
        }
        ++sent;
        bytes += frame_bytes;
    }
    if (queue.tail != tail) {
        rte_io_wmb();  // the descriptors before the tail
        nic.ring_tdt(queue.tail);
        queue.count->packets.add(sent);
        queue.count->bytes.add(bytes);
    }
    return taken;
}

}  // namespace
}  // namespace bifurc::net
