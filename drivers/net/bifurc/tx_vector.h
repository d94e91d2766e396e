// SPDX-License-Identifier: BSD-3-Clause
// Sending several frames at a time, as long as each is one segment in the known stretch of memory and asks for nothing.
// Whatever is not so is left to the scalar code, so that the results are always the same.
#pragma once

#include <rte_mbuf.h>

#include <cstddef>

#include "lanes.h"
#include "tx_offload.h"
#include "tx_queue.h"

namespace bifurc::net {
// Internal linkage: every file that includes this may be compiled for another CPU (burst_variant.h).
namespace {

// What the group code takes from an mbuf: three times 16 bytes, the latter two as the Rx groups wrote them. What was
// just stored is not at hand for a load that begins elsewhere.
static_assert(offsetof(rte_mbuf, nb_segs) == offsetof(rte_mbuf, data_off) + 4 &&
              offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, data_off) + 8 &&
              offsetof(rte_mbuf, pkt_len) == offsetof(rte_mbuf, packet_type) + 4 &&
              offsetof(rte_mbuf, data_len) == offsetof(rte_mbuf, packet_type) + 8);

// What plain frames have in common. A plain frame is one segment, and begins in the stretch's room.
struct TxPlain {
    rte_bifurc_dma dma;
    std::uint64_t room;      // bytes from the stretch's begin where a frame may begin, at least 1
    std::uint32_t min, max;  // of a frame's length
    std::uint64_t asking;    // ol_flags that a plain frame has not
    std::uint32_t command;   // cmd_type_len but for the length
    std::uint32_t olinfo;    // olinfo_status but for the length
};

// The same in registers. Each frame has a word of 64 bits in each.
template <unsigned Bytes>
class TxGroup {
public:
    using L = Lanes<Bytes>;
    using Wide = typename L::Wide;
    static constexpr unsigned kCount = L::kObjects;

    explicit TxGroup(const TxPlain& plain) noexcept
        : base_(Wide{} + plain.dma.va),
          last_(L::bound(plain.room - 1)),
          delta_(Wide{} + plain.dma.delta),
          fixed_(Wide{} + (plain.command | std::uint64_t{plain.olinfo} << 32)),
          min_(Wide{} + plain.min),
          span_(L::bound(plain.max - plain.min)),
          asking_(plain.asking) {}

    // Writes the descriptors of kCount frames, and adds their lengths up word by word; false, and nothing written, if
    // one of them is not plain.
    bool describe(rte_mbuf* const* frames, hw::TxDesc* descs, Wide& sum) const noexcept {
        constexpr std::uint64_t kSegments = 0xffffull << 32, kOneSegment = 1ull << 32;
        const Wide buffer = L::words(frames, offsetof(rte_mbuf, buf_addr)).first;
        const auto [counts, flags] = L::words(frames, offsetof(rte_mbuf, data_off));
        const auto [sizes, segment] = L::words(frames, offsetof(rte_mbuf, packet_type));
        const Wide va = buffer + (counts & 0xffff);
        const Wide length = segment & 0xffff;  // data_len

        const Wide beyond = L::above(va - base_, last_) | L::above(length - min_, span_);
        const Wide unlike = (sizes >> 32 ^ length) | ((counts ^ kOneSegment) & kSegments);  // pkt_len, nb_segs
        if (!L::none_set(beyond, L::kSign) || !L::none_set(unlike, ~0ull)) return false;
        if (asking_ != 0 && !L::none_set(flags, asking_)) return false;

        L::store_objects(va + delta_, fixed_ | length | length << (32 + hw::TxOlinfo::PAYLEN::lo), descs);
        sum += length;
        return true;
    }

private:
    Wide base_, last_, delta_, fixed_, min_, span_;
    std::uint64_t asking_;
};

// Fills descriptors for plain frames in whole groups, at most `count`: the widest first, then narrower ones. Adds their
// lengths up. Returns how many frames.
template <unsigned Bytes>
unsigned place_groups(const TxPlain& plain, hw::TxDesc* descs, rte_mbuf** kept, rte_mbuf* const* frames, unsigned count,
                      std::uint64_t& bytes) noexcept {
    using Group = TxGroup<Bytes>;
    const Group group{plain};
    typename Group::Wide sum{};
    unsigned placed = 0;
    for (; placed + Group::kCount <= count; placed += Group::kCount) {
        if (!group.describe(frames + placed, descs + placed, sum)) break;
        std::memcpy(kept + placed, frames + placed, Group::kCount * sizeof(*kept));
    }
    for (unsigned i = 0; i < Group::kCount; ++i) bytes += sum[i];
    if constexpr (Bytes > 32)
        placed += place_groups<Bytes / 2>(plain, descs + placed, kept + placed, frames + placed, count - placed, bytes);
    return placed;
}

}  // namespace
}  // namespace bifurc::net
