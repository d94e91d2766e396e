// SPDX-License-Identifier: BSD-3-Clause
// Sending: free what the NIC reported as done, mbufs become descriptors, one TDT write per burst.
//
// What the NIC could choke on never reaches it: such a frame is dropped, counted by name, and counts as taken.
// Nic answers for the process that sends: ring_tdt(tail), dma_find, dma_epoch.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_io.h>
#include <rte_mbuf.h>

#include "tx_queue.h"

namespace bifurc::net {

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

// Frees frames that are done, at most `limit`. Returns how many.
inline unsigned free_done(TxQueue& queue, unsigned limit) noexcept {
    constexpr unsigned kBatch = 32;
    rte_mbuf* batch[kBatch];
    unsigned in_batch = 0;
    unsigned freed = 0;
    while (queue.clean != queue.done && freed < limit) {
        if (rte_mbuf* frame = queue.frames[queue.clean]; frame != nullptr) {
            queue.frames[queue.clean] = nullptr;
            batch[in_batch++] = frame;
            ++freed;
        }
        queue.clean = next_slot(queue, queue.clean);
        ++queue.free;
        if (in_batch == kBatch) {
            rte_pktmbuf_free_bulk(batch, in_batch);
            in_batch = 0;
        }
    }
    if (in_batch != 0) rte_pktmbuf_free_bulk(batch, in_batch);
    return freed;
}

inline void reclaim(TxQueue& queue) noexcept {
    collect_reports(queue);
    free_done(queue, ~0u);
}

// What the frame's own numbers rule out, or nullptr.
template <class Chip>
Counter* defect(const TxQueue& queue, const rte_mbuf& frame) noexcept {
    TxCounters& count = *queue.count;
    constexpr std::uint32_t kMaxBytes = Chip::kMaxFrameBytes - RTE_ETHER_CRC_LEN;
    if (likely(frame.pkt_len - Chip::kMinTxFrameBytes <= kMaxBytes - Chip::kMinTxFrameBytes &&
               static_cast<std::uint16_t>(frame.nb_segs - 1) < queue.max_segments))
        return nullptr;
    if (frame.pkt_len == 0) return &count.zero_length;
    if (frame.pkt_len < Chip::kMinTxFrameBytes) return &count.too_short;
    if (frame.pkt_len > kMaxBytes) return &count.too_long;
    return frame.nb_segs == 0 ? &count.malformed : &count.too_many_segments;
}

// Writes the frame's descriptors from the tail on, where the NIC does not look yet; there is room for nb_segs of them.
// Advances the tail and returns nullptr, or returns why the frame cannot be sent and leaves the queue as it was.
template <class Chip, class Nic>
Counter* place(TxQueue& queue, Nic& nic, rte_mbuf* frame) noexcept {
    using namespace hw;
    if (Counter* reason = defect<Chip>(queue, *frame); unlikely(reason != nullptr)) return reason;
    constexpr std::uint32_t kCommand = TxCmd::DEXT::mask | TxCmd::IFCS::mask | (TxCmd::kData << TxCmd::DTYP::lo);
    const std::uint32_t olinfo = frame->pkt_len << TxOlinfo::PAYLEN::lo;

    std::uint16_t slot = queue.tail;
    std::uint16_t last = slot;
    std::uint16_t segments = 0;
    std::uint32_t bytes = 0;
    for (const rte_mbuf* segment = frame; segment != nullptr; segment = segment->next) {
        const std::uint16_t len = segment->data_len;
        if (unlikely(segments == frame->nb_segs)) return &queue.count->malformed;
        if (unlikely(len == 0)) return &queue.count->zero_length;
        const auto va = reinterpret_cast<std::uintptr_t>(segment->buf_addr) + segment->data_off;
        const std::uint64_t bus = bus_address(queue.stretch, nic, va, len);
        if (unlikely(bus == RTE_BIFURC_BUS_INVALID)) return &queue.count->unmapped;
        queue.ring[slot].read = {bus, kCommand | len, olinfo};  // STA, where DD will be, is 0
        last = slot;
        slot = next_slot(queue, slot);
        bytes += len;
        ++segments;
    }
    if (unlikely(segments != frame->nb_segs || bytes != frame->pkt_len)) return &queue.count->malformed;

    std::uint32_t command = queue.ring[last].read.cmd_type_len | TxCmd::EOP::mask;
    queue.since_report = static_cast<std::uint16_t>(queue.since_report + segments);
    if (queue.since_report >= queue.rs_thresh) {
        command |= TxCmd::RS::mask;
        queue.since_report = 0;
        const unsigned at = queue.report_first + queue.report_count;
        queue.reports[at < queue.size ? at : at - queue.size] = last;
        ++queue.report_count;
    }
    queue.ring[last].read.cmd_type_len = command;
    queue.frames[last] = frame;
    queue.tail = slot;
    queue.free = static_cast<std::uint16_t>(queue.free - segments);
    return nullptr;
}

template <class Chip, class Nic>
std::uint16_t transmit(TxQueue& queue, Nic& nic, rte_mbuf** frames, std::uint16_t count) noexcept {
    const std::uint16_t tail = queue.tail;
    std::uint64_t sent = 0;
    std::uint64_t bytes = 0;
    std::uint16_t taken = 0;
    refresh(queue.stretch, nic);
    if (queue.free < queue.free_thresh) reclaim(queue);

    for (; taken < count; ++taken) {
        rte_mbuf* frame = frames[taken];
        if (unlikely(frame->nb_segs > queue.free && frame->nb_segs <= queue.max_segments)) {
            reclaim(queue);
            if (frame->nb_segs > queue.free) {
                queue.count->ring_full.add(1);
                break;
            }
        }
        const std::uint32_t frame_bytes = frame->pkt_len;
        if (Counter* reason = place<Chip>(queue, nic, frame); unlikely(reason != nullptr)) {
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

}  // namespace bifurc::net
