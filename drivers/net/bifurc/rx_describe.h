// SPDX-License-Identifier: BSD-3-Clause
// What the NIC says about a frame, in mbuf terms: packet type, checksums, hash or flow director mark, VLAN tag. Always
// all of it: the NIC has written it anyway, and two table look-ups cost less than asking which of it is wanted.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include <array>

#include "rx_queue.h"

namespace bifurc::net {
// Internal linkage: every file that includes this may be compiled for another CPU (burst_variant.h).
namespace {

// RxInfo::PACKET_TYPE's bits 6:0 (DS 7.1.6.2), the same in both families.
namespace packet_bit {
inline constexpr unsigned kIpv4 = 1, kIpv4Options = 2, kIpv6 = 4, kIpv6Extensions = 8, kTcp = 16, kUdp = 32, kSctp = 64;
}
inline constexpr unsigned kPacketBits = 0x7f;
inline constexpr std::uint32_t kEtherTypeFilter = 1u << 15;  // the packet type is then a filter's index
inline constexpr std::uint32_t kFlowDirectorType = 15;       // RSS_TYPE
inline constexpr unsigned kTagInFrame = 0x80;                // not the NIC's: puts the tag into the table's index

// The NIC does not tell fragments from other packets without a transport header that it knows.
constexpr std::uint32_t packet_type(unsigned bits) noexcept {
    using namespace packet_bit;
    std::uint32_t type = (bits & kTagInFrame) != 0 ? RTE_PTYPE_L2_ETHER_VLAN : RTE_PTYPE_L2_ETHER;
    const bool v4 = (bits & (kIpv4 | kIpv4Options)) != 0;
    const bool v6 = (bits & (kIpv6 | kIpv6Extensions)) != 0;
    const bool tunnel = v4 && v6;  // IPv6 inside IPv4; DS 7.1.6.2
    if (v4) type |= (bits & kIpv4Options) != 0 ? RTE_PTYPE_L3_IPV4_EXT : RTE_PTYPE_L3_IPV4;
    if (v6 && !tunnel) type |= (bits & kIpv6Extensions) != 0 ? RTE_PTYPE_L3_IPV6_EXT : RTE_PTYPE_L3_IPV6;
    if (tunnel)
        type |= RTE_PTYPE_TUNNEL_IP |
                ((bits & kIpv6Extensions) != 0 ? RTE_PTYPE_INNER_L3_IPV6_EXT : RTE_PTYPE_INNER_L3_IPV6);
    if (!v4 && !v6) return type;
    switch (bits & (kTcp | kUdp | kSctp)) {
        case kTcp:
            return type | (tunnel ? RTE_PTYPE_INNER_L4_TCP : RTE_PTYPE_L4_TCP);
        case kUdp:
            return type | (tunnel ? RTE_PTYPE_INNER_L4_UDP : RTE_PTYPE_L4_UDP);
        case kSctp:
            return type | (tunnel ? RTE_PTYPE_INNER_L4_SCTP : RTE_PTYPE_L4_SCTP);
        default:
            return type;
    }
}

inline constexpr auto kPacketTypes = [] {
    std::array<std::uint32_t, 256> table{};
    for (unsigned i = 0; i < table.size(); ++i) table[i] = packet_type(i);
    return table;
}();

inline std::uint32_t packet_type_of(const RxQueue& queue, std::uint32_t info, std::uint32_t status) noexcept {
    unsigned index = (info & kEtherTypeFilter) != 0 ? 0 : info >> hw::RxInfo::PACKET_TYPE::lo & kPacketBits;
    if ((status & hw::RxStatus::VP::mask) != 0) index |= queue.tag_bit;
    return kPacketTypes[index];
}

// DS 7.1.11: a checksum that the NIC did not look at is neither good nor bad.
template <class Chip>
std::uint64_t checksum_flags(const RxQueue& queue, std::uint32_t info, std::uint32_t status) noexcept {
    std::uint64_t flags = 0;
    if ((status & hw::RxStatus::IPCS::mask) != 0)
        flags |= (status & Chip::kRxIpErrorMask) != 0 ? RTE_MBUF_F_RX_IP_CKSUM_BAD : RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    if ((status & Chip::kRxL4CheckedMask) == 0) return flags;
    if (likely((status & Chip::kRxL4ErrorMask) == 0)) return flags | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
    constexpr std::uint32_t kUdpInfo = packet_bit::kUdp << hw::RxInfo::PACKET_TYPE::lo;
    if (queue.udp_zero_erratum && (info & kUdpInfo) != 0) return flags;
    return flags | RTE_MBUF_F_RX_L4_CKSUM_BAD;
}

// `desc` is the frame's last descriptor: the only one that says all this (DS 7.1.6.2).
template <class Chip>
void describe(const RxQueue& queue, rte_mbuf& frame, const hw::RxDesc& desc, std::uint32_t status) noexcept {
    const std::uint32_t info = desc.wb.pkt_info;
    std::uint64_t flags = checksum_flags<Chip>(queue, info, status);
    if ((status & hw::RxStatus::VP::mask) != 0) flags |= queue.vlan_flags;
    const std::uint32_t rss_type = info & hw::RxInfo::RSS_TYPE::mask;
    if (rss_type == kFlowDirectorType) {
        flags |= RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID;
        frame.hash.fdir.hi = desc.wb.hash & 0xffff;  // the rule's location; above it: its bucket
    } else if (rss_type != 0) {
        flags |= RTE_MBUF_F_RX_RSS_HASH;
        frame.hash.rss = desc.wb.hash;
    }
    frame.ol_flags |= flags;
    frame.packet_type = packet_type_of(queue, info, status);
    frame.vlan_tci = desc.wb.vlan;
}

}  // namespace
}  // namespace bifurc::net
