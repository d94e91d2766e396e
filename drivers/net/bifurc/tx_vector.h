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

// What the group code takes from an mbuf: three times 16 bytes.
static_assert(offsetof(rte_mbuf, buf_addr) == 0 && offsetof(rte_mbuf, data_off) == 16 &&
              offsetof(rte_mbuf, nb_segs) == 20 && offsetof(rte_mbuf, ol_flags) == 24 &&
              offsetof(rte_mbuf, packet_type) == 32 && offsetof(rte_mbuf, pkt_len) == 36 &&
              offsetof(rte_mbuf, data_len) == 40);

// What frames of one burst have in common. A frame of two 64-bit halves in each 16 bytes, as its descriptor will have.
template <unsigned Bytes>
struct TxGroup {
    using L = Lanes<Bytes>;
    using Vector = typename L::Vector;
    using Wide = typename L::Wide;
    static constexpr unsigned kCount = L::kDescriptors;

    TxGroup(const rte_bifurc_dma& dma, std::uint64_t room, std::uint32_t min, std::uint32_t max, std::uint64_t asking,
            std::uint32_t command, std::uint32_t olinfo) noexcept
        : base_(L::halves(dma.va, 0)),
          last_(L::halves(room - 1, 0)),
          delta_(L::halves(dma.delta, 0)),
          looked_at_(L::halves(0xffffull << 32, asking)),
          fixed_(L::halves(0, command | std::uint64_t{olinfo} << 32)),
          min_(min),
          max_(max) {}

    // The descriptors of kCount frames; false if one of them is not for us. `lengths` has each frame's in all its
    // words.
    bool describe(rte_mbuf* const* frames, Vector& descs, Vector& lengths) const noexcept {
        const auto buffer = (Wide)L::gather(frames, offsetof(rte_mbuf, buf_addr));
        const auto head = (Wide)L::gather(frames, offsetof(rte_mbuf, data_off));
        const Vector body = L::gather(frames, offsetof(rte_mbuf, packet_type));
        const Wide va = buffer + (head & L::halves(0xffff, 0));
        lengths = L::template shuffle<0b10101010>(body, body) & 0xffff;
        const Vector whole = L::template shuffle<0b01010101>(body, body);

        // A difference below zero has its sign set. What is compared is far below half of what its word holds.
        const Wide offset = va - base_;
        const Wide outside = (offset | (last_ - offset)) & L::halves(1ull << 63, 0);
        const Vector unfit = ((lengths - min_) | (max_ - lengths)) & 0x8000'0000u;
        const Wide unusual = (head & looked_at_) ^ L::halves(1ull << 32, 0);
        if (!L::all_zero((Vector)(outside | unusual) | (whole ^ lengths) | unfit)) return false;

        // The length goes into the command's word as it is, and behind PAYLEN's place into the next.
        constexpr std::uint64_t kPlaces = 1 | (1ull << hw::TxOlinfo::PAYLEN::lo) << 32;
        const Vector said = lengths * (Vector)L::halves(0, kPlaces);
        descs = (Vector)(((va + delta_) & L::halves(~0ull, 0)) | (Wide)said | fixed_);
        return true;
    }

private:
    Wide base_, last_, delta_, looked_at_, fixed_;
    std::uint32_t min_, max_;
};

// Fills descriptors for frames in whole groups, at most `count`; adds their lengths up. Returns how many frames.
template <unsigned Bytes>
unsigned place_groups(const TxGroup<Bytes>& group, hw::TxDesc* descs, rte_mbuf** kept, rte_mbuf* const* frames,
                      unsigned count, std::uint64_t& bytes) noexcept {
    using Group = TxGroup<Bytes>;
    typename Group::Vector sum{}, filled, lengths;
    unsigned placed = 0;
    for (; placed + Group::kCount <= count; placed += Group::kCount) {
        if (!group.describe(frames + placed, filled, lengths)) break;
        std::memcpy(descs + placed, &filled, sizeof(filled));
        std::memcpy(kept + placed, frames + placed, Group::kCount * sizeof(*kept));
        sum += lengths;
    }
    for (unsigned i = 0; i < Group::kCount; ++i) bytes += sum[4 * i];
    return placed;
}

}  // namespace
}  // namespace bifurc::net
