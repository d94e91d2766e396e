// SPDX-License-Identifier: BSD-3-Clause
// What an mbuf's offload flags ask of the NIC, as a context descriptor and as bits of the data descriptors
// (DS 7.2.3.2.3, 7.2.3.2.4, 7.2.4, 7.2.5). The datasheets of both families agree on all of it.
#pragma once

#include <rte_branch_prediction.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include <cstdint>

#include "hw/desc.h"
#include "hw/reg.h"

namespace bifurc::net {

// Any of these needs a context.
inline constexpr std::uint64_t kContextFlags =
    RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_VLAN;
// These only describe the frame.
inline constexpr std::uint64_t kDescribingFlags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6;
inline constexpr std::uint64_t kKnownTxFlags = kContextFlags | kDescribingFlags;
// These ask for something, be it possible or not.
inline constexpr std::uint64_t kAskingFlags = RTE_MBUF_F_TX_OFFLOAD_MASK & ~kDescribingFlags;

inline constexpr std::uint64_t kChecksumFlags = RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG;

// The context descriptor without the number of the context: two frames that agree here may share one.
struct TxContextKey {
    std::uint32_t vlan_macip_lens;
    std::uint32_t type_tucmd;
    std::uint32_t mss_l4len;
    friend bool operator==(const TxContextKey&, const TxContextKey&) = default;
};

struct TxOffload {
    TxContextKey key;
    std::uint32_t command;  // to be ORed into cmd_type_len of every data descriptor
    std::uint32_t olinfo;   // with PAYLEN, without IDX
};

// What follows the headers, and so what PAYLEN counts of a frame to be segmented.
inline std::uint32_t header_bytes(const rte_mbuf& frame) noexcept {
    return static_cast<std::uint32_t>(frame.l2_len + frame.l3_len + frame.l4_len);
}

// Are the lengths and flags such that the NIC can do what they ask for? max_bytes: of the longest frame on the wire.
inline bool can_offload(const rte_mbuf& frame, std::uint32_t max_bytes) noexcept {
    constexpr unsigned kMaxL2 = hw::TxMacIpLens::MACLEN::mask >> hw::TxMacIpLens::MACLEN::lo;
    const std::uint64_t flags = frame.ol_flags;
    if ((flags & RTE_MBUF_F_TX_OFFLOAD_MASK & ~kKnownTxFlags) != 0) return false;
    if ((flags & kChecksumFlags) == 0) return true;
    const std::uint64_t l4 = flags & RTE_MBUF_F_TX_L4_MASK;
    const bool segment = (flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
    // The shortest header of each kind; l4_len is the application's word for TSO only.
    const unsigned least_l3 = (flags & RTE_MBUF_F_TX_IPV6) != 0 ? 40 : 20;
    const unsigned least_l4 = segment || l4 == RTE_MBUF_F_TX_TCP_CKSUM ? 20
                              : l4 == RTE_MBUF_F_TX_UDP_CKSUM          ? 8
                              : l4 == RTE_MBUF_F_TX_SCTP_CKSUM         ? 12
                                                                       : 0;
    const std::uint64_t version = flags & kDescribingFlags;  // of IP: the application must say
    if (least_l4 != 0 && version != RTE_MBUF_F_TX_IPV4 && version != RTE_MBUF_F_TX_IPV6) return false;
    if ((flags & RTE_MBUF_F_TX_IP_CKSUM) != 0 && version == RTE_MBUF_F_TX_IPV6) return false;
    if (frame.l2_len < RTE_ETHER_HDR_LEN || frame.l2_len > kMaxL2 || frame.l3_len < least_l3) return false;
    if (frame.pkt_len < frame.l2_len + frame.l3_len + least_l4) return false;
    if (!segment) return true;
    // DS 7.2.3.2.3: MSS not 0, headers below 512 bytes; 7.2.4: IPv4 headers change from segment to segment.
    constexpr unsigned kMaxHeaders = 511;
    constexpr std::uint32_t kMaxPayload = hw::TxOlinfo::PAYLEN::mask >> hw::TxOlinfo::PAYLEN::lo;
    const bool v4_alone = version == RTE_MBUF_F_TX_IPV4 && (flags & RTE_MBUF_F_TX_IP_CKSUM) == 0;
    const std::uint32_t headers = header_bytes(frame);
    return frame.l4_len >= least_l4 && headers <= kMaxHeaders && headers < frame.pkt_len &&
           frame.pkt_len - headers <= kMaxPayload && frame.tso_segsz != 0 && headers + frame.tso_segsz <= max_bytes &&
           !v4_alone;
}

// Needs can_offload.
inline TxOffload describe_offload(const rte_mbuf& frame) noexcept {
    using namespace hw;
    const std::uint64_t flags = frame.ol_flags;
    const bool checksums = (flags & kChecksumFlags) != 0;
    const bool segment = (flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
    const std::uint64_t l4 = flags & RTE_MBUF_F_TX_L4_MASK;
    TxOffload offload{};
    Value<TxMacIpLens> lens{};
    Value<TxTucmd> tucmd{TxCmd::DEXT::mask | TxCmd::kContext << TxCmd::DTYP::lo};
    std::uint32_t payload = frame.pkt_len;
    // Where only a tag is inserted the lengths stay out of the context, so that all frames may share it.
    lens = lens.with<TxMacIpLens::MACLEN>(checksums ? frame.l2_len : unsigned{RTE_ETHER_HDR_LEN});
    if (checksums) lens = lens.with<TxMacIpLens::IPLEN>(frame.l3_len);
    if ((flags & RTE_MBUF_F_TX_VLAN) != 0) {
        lens = lens.with<TxMacIpLens::VLAN>(frame.vlan_tci);
        offload.command |= TxCmd::VLE::mask;
    }
    if ((flags & RTE_MBUF_F_TX_IP_CKSUM) != 0) {
        tucmd = tucmd.with<TxTucmd::IPV4>(1);
        offload.olinfo |= TxOlinfo::IXSM::mask;
    }
    if (l4 != 0 || segment) offload.olinfo |= TxOlinfo::TXSM::mask;
    if (segment || l4 == RTE_MBUF_F_TX_TCP_CKSUM) tucmd = tucmd.with<TxTucmd::L4T>(TxTucmd::kTcp);
    if (l4 == RTE_MBUF_F_TX_SCTP_CKSUM && !segment) tucmd = tucmd.with<TxTucmd::L4T>(TxTucmd::kSctp);
    if (segment) {
        offload.command |= TxCmd::TSE::mask;
        payload -= header_bytes(frame);
        offload.key.mss_l4len =
            Value<TxMssL4len>{}.with<TxMssL4len::L4LEN>(frame.l4_len).with<TxMssL4len::MSS>(frame.tso_segsz).raw;
    }
    offload.key.vlan_macip_lens = lens.raw;
    offload.key.type_tucmd = tucmd.raw;
    offload.olinfo |= payload << TxOlinfo::PAYLEN::lo;
    return offload;
}

// The queue's two contexts (DS 7.2.3.2.3), as the NIC will have them once it has got to the tail.
struct TxContexts {
    TxContextKey keys[2];
    std::uint8_t last;  // the one used last: a new one goes into the other

    struct Use {
        std::uint8_t index;
        bool write;  // the NIC must be told first
    };
    [[nodiscard]] Use find(const TxContextKey& key) const noexcept {
        if (likely(keys[last] == key)) return {last, false};
        const auto other = static_cast<std::uint8_t>(last ^ 1);
        return {other, !(keys[other] == key)};
    }
    void use(Use use, const TxContextKey& key) noexcept {
        if (use.write) keys[use.index] = key;
        last = use.index;
    }
};

}  // namespace bifurc::net
