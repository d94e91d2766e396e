// SPDX-License-Identifier: BSD-3-Clause
// Receiving several descriptors at a time, as long as each is complete and holds a whole good frame. Whatever is not so
// is left to the scalar code, so that the results are always the same.
#pragma once

#include <cstddef>

#include "lanes.h"
#include "rx_describe.h"

namespace bifurc::net {
// Internal linkage: every file that includes this may be compiled for another CPU (burst_variant.h).
namespace {

// Four registers of descriptors, with the same word of all of them in one register. Element e of its part p (of 16
// bytes) is descriptor e * L::kDescriptors + p.
template <unsigned Bytes>
struct DescriptorGroup {
    using L = Lanes<Bytes>;
    using Vector = typename L::Vector;
    static constexpr unsigned kCount = L::kCount;

    // Each descriptor is loaded at once, with its DD: what else it says is then complete if DD is set.
    explicit DescriptorGroup(const hw::RxDesc* from) noexcept {
        const Vector a = L::load(from), b = L::load(from + L::kDescriptors);
        const Vector c = L::load(from + 2 * L::kDescriptors), d = L::load(from + 3 * L::kDescriptors);
        const Vector even_low = L::template shuffle<L::kEven>(a, b), even_high = L::template shuffle<L::kEven>(c, d);
        const Vector odd_low = L::template shuffle<L::kOdd>(a, b), odd_high = L::template shuffle<L::kOdd>(c, d);
        info = L::template shuffle<L::kEven>(even_low, even_high);
        status = L::template shuffle<L::kOdd>(even_low, even_high);
        length = L::template shuffle<L::kOdd>(odd_low, odd_high) & 0xffff;
    }

    Vector info, status, length;
};

template <class Vector>
Vector where(Vector mask, std::uint32_t value) noexcept {
    return mask & value;
}

// The same as describe(), but for flow director's mark.
template <class Chip, class Group>
typename Group::Vector group_flags(const RxQueue& queue, const Group& group) noexcept {
    using Vector = typename Group::Vector;
    const auto is_set = [&](std::uint32_t bits) { return (Vector)((group.status & bits) != 0); };
    const Vector ip_bad = is_set(Chip::kRxIpErrorMask);
    const Vector l4_bad = is_set(Chip::kRxL4ErrorMask);
    Vector flags = is_set(hw::RxStatus::IPCS::mask) &
                   (where(ip_bad, RTE_MBUF_F_RX_IP_CKSUM_BAD) | where(Vector(~ip_bad), RTE_MBUF_F_RX_IP_CKSUM_GOOD));
    Vector l4 = where(l4_bad, RTE_MBUF_F_RX_L4_CKSUM_BAD) | where(Vector(~l4_bad), RTE_MBUF_F_RX_L4_CKSUM_GOOD);
    if (queue.udp_zero_erratum) {
        constexpr std::uint32_t kUdpInfo = packet_bit::kUdp << hw::RxInfo::PACKET_TYPE::lo;
        l4 &= ~(l4_bad & (Vector)((group.info & kUdpInfo) != 0));
    }
    flags |= is_set(Chip::kRxL4CheckedMask) & l4;
    flags |= where(is_set(hw::RxStatus::VP::mask), static_cast<std::uint32_t>(queue.vlan_flags));
    flags |= where((Vector)((group.info & hw::RxInfo::RSS_TYPE::mask) != 0), RTE_MBUF_F_RX_RSS_HASH);
    return flags;
}

// Indices into kPacketTypes.
template <class Group>
typename Group::Vector group_types(const RxQueue& queue, const Group& group) noexcept {
    using Vector = typename Group::Vector;
    const Vector by_filter = (Vector)((group.info & kEtherTypeFilter) != 0);
    const Vector tagged = (Vector)((group.status & hw::RxStatus::VP::mask) != 0);
    return (~by_filter & (group.info >> hw::RxInfo::PACKET_TYPE::lo & kPacketBits)) | where(tagged, queue.tag_bit);
}

// Nonzero in the lanes that are not for us.
template <class Chip, class Group>
typename Group::Vector group_oddities(const RxQueue& queue, const Group& group) noexcept {
    using Vector = typename Group::Vector;
    constexpr std::uint32_t kGood = hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask;
    const Vector wrong_status = (group.status & (kGood | Chip::kRxErrorMask)) ^ kGood;
    const Vector wrong_length = (Vector)(group.length - 1 >= std::uint32_t{queue.buffer_bytes});
    const Vector marked = (Vector)((group.info & hw::RxInfo::RSS_TYPE::mask) == kFlowDirectorType);
    return wrong_status | wrong_length | marked;
}

// data_off, refcnt, nb_segs and port, then ol_flags; and packet_type to hash: two stores of 16 bytes each.
static_assert(offsetof(rte_mbuf, data_off) % 16 == 0 &&
              offsetof(rte_mbuf, refcnt) == offsetof(rte_mbuf, data_off) + 2 &&
              offsetof(rte_mbuf, nb_segs) == offsetof(rte_mbuf, data_off) + 4 &&
              offsetof(rte_mbuf, port) == offsetof(rte_mbuf, data_off) + 6 &&
              offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, data_off) + 8);
static_assert(offsetof(rte_mbuf, packet_type) == offsetof(rte_mbuf, data_off) + 16 &&
              offsetof(rte_mbuf, pkt_len) == offsetof(rte_mbuf, packet_type) + 4 &&
              offsetof(rte_mbuf, data_len) == offsetof(rte_mbuf, packet_type) + 8 &&
              offsetof(rte_mbuf, vlan_tci) == offsetof(rte_mbuf, packet_type) + 10 &&
              offsetof(rte_mbuf, hash) == offsetof(rte_mbuf, packet_type) + 12);

// One mbuf of what is in element `Element` of `flags` and `types`. Straight from the registers: what was just written
// as a wide word cannot be read back in pieces without waiting for it.
template <int Element>
void fill_one(const hw::RxDesc& desc, __m128i fresh, __m128i flags, __m128i types, rte_mbuf* mbuf) noexcept {
    // From a descriptor's bytes: 12, 13 the length, 14, 15 the tag, 4 to 7 the hash. The packet type is put in after.
    const __m128i pick = _mm_set_epi8(7, 6, 5, 4, 15, 14, 13, 12, -1, -1, 13, 12, -1, -1, -1, -1);
    auto* const bytes = reinterpret_cast<std::byte*>(mbuf);
    const __m128i head = _mm_blend_epi16(fresh, _mm_shuffle_epi32(flags, Element << 4), 0b0011'0000);
    const auto type = kPacketTypes[static_cast<unsigned>(_mm_extract_epi32(types, Element))];
    const __m128i said = _mm_load_si128(reinterpret_cast<const __m128i*>(&desc));
    const __m128i body = _mm_insert_epi32(_mm_shuffle_epi8(said, pick), static_cast<int>(type), 0);
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes + offsetof(rte_mbuf, data_off)), head);
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes + offsetof(rte_mbuf, packet_type)), body);
}

template <class Group, unsigned Part = 0>
void fill_group(__m128i fresh, const hw::RxDesc* descs, typename Group::Vector flags, typename Group::Vector types,
                rte_mbuf* const* mbufs) noexcept {
    using L = typename Group::L;
    const __m128i flag = L::template part<Part>(flags), type = L::template part<Part>(types);
    constexpr unsigned kStep = L::kDescriptors;
    fill_one<0>(descs[Part], fresh, flag, type, mbufs[Part]);
    fill_one<1>(descs[Part + kStep], fresh, flag, type, mbufs[Part + kStep]);
    fill_one<2>(descs[Part + 2 * kStep], fresh, flag, type, mbufs[Part + 2 * kStep]);
    fill_one<3>(descs[Part + 3 * kStep], fresh, flag, type, mbufs[Part + 3 * kStep]);
    if constexpr (Part + 1 < kStep) fill_group<Group, Part + 1>(fresh, descs, flags, types, mbufs);
}

// Takes whole groups, at most `want` frames and not around the ring's end. Returns how many frames.
template <class Chip, unsigned Bytes>
std::uint16_t receive_groups(RxQueue& queue, rte_mbuf** frames, std::uint16_t want, std::uint64_t& bytes) noexcept {
    using Group = DescriptorGroup<Bytes>;
    typename Group::Vector sum{};
    const std::uint64_t rearm = RTE_PKTMBUF_HEADROOM | 1ull << 16 | 1ull << 32 | std::uint64_t{queue.port_id} << 48;
    const __m128i fresh = _mm_set_epi64x(static_cast<long long>(queue.buffer_flags), static_cast<long long>(rearm));
    // The last armed slot is never the NIC's, see receive().
    unsigned room = queue.size - 1u - queue.held;
    room = RTE_MIN(RTE_MIN(room, unsigned{want}), unsigned{queue.size} - queue.next);
    unsigned got = 0;
    for (; got + Group::kCount <= room; got += Group::kCount) {
        const hw::RxDesc* descs = &queue.ring[queue.next + got];
        const Group group{descs};
        if (!Lanes<Bytes>::all_zero(group_oddities<Chip>(queue, group))) break;
        rte_mbuf** mbufs = &queue.buffers[queue.next + got];
        std::memcpy(frames + got, mbufs, Group::kCount * sizeof(*frames));
        fill_group<Group>(fresh, descs, group_flags<Chip>(queue, group), group_types(queue, group), mbufs);
        sum += group.length;
    }
    if (got == 0) return 0;
    for (unsigned i = 0; i < Group::kCount; ++i) bytes += sum[i];
    queue.next = static_cast<std::uint16_t>(queue.next + got == queue.size ? 0 : queue.next + got);
    queue.held = static_cast<std::uint16_t>(queue.held + got);
    return static_cast<std::uint16_t>(got);
}

// The stretch of memory that buffers lie in, as descriptors are armed from it.
struct ArmedStretch {
    std::uintptr_t base;  // its begin, less the headroom: a buffer's address from here is its data's from the begin
    std::size_t last;     // the farthest from the begin that data may start
    std::uint64_t bus;    // the begin's
};

// Arms descriptors with whole groups of buffers, at most `count`. Returns how many; counts up `outside` if any of these
// is not in the stretch.
template <unsigned Bytes>
unsigned arm_groups(const ArmedStretch& stretch, rte_mbuf* const* buffers, hw::RxDesc* descs, unsigned count,
                    unsigned& outside) noexcept {
    using L = Lanes<Bytes>;
    using Wide = typename L::Wide;
    constexpr unsigned kCount = L::kObjects;
    const Wide base = Wide{} + stretch.base, last = L::bound(stretch.last), bus = Wide{} + stretch.bus;
    Wide beyond{};
    unsigned armed = 0;
    for (; armed + kCount <= count; armed += kCount) {
        const Wide offset = L::words(buffers + armed, offsetof(rte_mbuf, buf_addr)).first - base;
        beyond |= L::above(offset, last);
        L::store_objects(offset + bus, Wide{}, descs + armed);  // the 0 clears DD of the last round
    }
    outside += !L::none_set(beyond, L::kSign);
    return armed;
}

// The widest groups first, then narrower ones: a burst need not be a multiple of the widest.
template <class Chip, unsigned Bytes>
std::uint16_t receive_vectors(RxQueue& queue, rte_mbuf** frames, std::uint16_t want, std::uint64_t& bytes) noexcept {
    std::uint16_t got = receive_groups<Chip, Bytes>(queue, frames, want, bytes);
    if constexpr (Bytes > 16)
        got = static_cast<std::uint16_t>(
            got + receive_vectors<Chip, Bytes / 2>(queue, frames + got, static_cast<std::uint16_t>(want - got), bytes));
    return got;
}

}  // namespace
}  // namespace bifurc::net
