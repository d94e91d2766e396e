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

// The same in registers, and what it is compared with: two registers of words of 64 bits, and one of 32, for the frames
// of a group.
template <unsigned Bytes>
class TxGroup {
public:
    using L = Lanes<Bytes>;
    using Vector = typename L::Vector;
    using Wide = typename L::Wide;
    static constexpr unsigned kCount = 2 * L::kObjects;

    explicit TxGroup(const TxPlain& plain) noexcept
        : base_(Wide{} + plain.dma.va),
          last_(L::bound(plain.room - 1)),
          delta_(Wide{} + plain.dma.delta),
          asking_(plain.asking),
          min_(Vector{} + plain.min),
          max_(Vector{} + plain.max),
          command_(Vector{} + plain.command),
          olinfo_(Vector{} + plain.olinfo) {}

    // Writes the descriptors of kCount frames, and adds their lengths up lane by lane; false, and nothing written, if
    // one of them is not plain.
    bool describe(rte_mbuf* const* frames, hw::TxDesc* descs, Vector& sum) const noexcept {
        const Half a{frames}, b{frames + L::kObjects};
        const Vector length = L::template shuffle<L::kOdd>(a.sizes, b.sizes) & 0xffff;  // data_len
        const Vector whole = L::template shuffle<L::kEven>(a.sizes, b.sizes);           // pkt_len

        constexpr std::uint64_t kSegments = 0xffffull << 32, kOneSegment = 1ull << 32;
        const Wide beyond = L::above(a.va - base_, last_) | L::above(b.va - base_, last_);
        const Wide segments = ((a.counts ^ kOneSegment) | (b.counts ^ kOneSegment)) & kSegments;
        const Vector sizes = (whole ^ length) | ((length - min_) | (max_ - length)) >> 31;
        if (!L::all_zero(sizes | (Vector)(segments | beyond >> 63))) return false;
        if (asking_ != 0 && !L::none_set(a.flags | b.flags, asking_)) return false;

        const auto ends = L::zip(command_ | length, olinfo_ | length << hw::TxOlinfo::PAYLEN::lo);
        L::store_objects(a.va + delta_, ends.first, descs);
        L::store_objects(b.va + delta_, ends.second, descs + L::kObjects);
        sum += length;
        return true;
    }

private:
    struct Half {
        Wide va, counts, flags;
        Vector sizes;

        explicit Half(rte_mbuf* const* frames) noexcept
            : sizes(L::template pick<L::kMiddle>(frames, offsetof(rte_mbuf, packet_type))) {
            const auto words = L::words(frames, offsetof(rte_mbuf, data_off));
            counts = words.first;
            flags = words.second;
            va = L::words(frames, offsetof(rte_mbuf, buf_addr)).first + (counts & 0xffff);
        }
    };

    Wide base_, last_, delta_;
    std::uint64_t asking_;
    Vector min_, max_, command_, olinfo_;
};

// Fills descriptors for plain frames in whole groups, at most `count`: the widest first, then narrower ones. Adds their
// lengths up. Returns how many frames.
template <unsigned Bytes>
unsigned place_groups(const TxPlain& plain, hw::TxDesc* descs, rte_mbuf** kept, rte_mbuf* const* frames, unsigned count,
                      std::uint64_t& bytes) noexcept {
    using Group = TxGroup<Bytes>;
    unsigned placed = 0;
    if (count >= Group::kCount) {
        const Group group{plain};
        typename Group::Vector sum{};
        for (; placed + Group::kCount <= count; placed += Group::kCount) {
            if (!group.describe(frames + placed, descs + placed, sum)) break;
            std::memcpy(kept + placed, frames + placed, Group::kCount * sizeof(*kept));
        }
        for (unsigned i = 0; i < Lanes<Bytes>::kCount; ++i) bytes += sum[i];
    }
    if constexpr (Bytes > 16)
        placed += place_groups<Bytes / 2>(plain, descs + placed, kept + placed, frames + placed, count - placed, bytes);
    return placed;
}

}  // namespace
}  // namespace bifurc::net
