// SPDX-License-Identifier: BSD-3-Clause
#include "tx_prepare.h"

#include <netinet/in.h>
#include <rte_errno.h>
#include <rte_ip.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "chip.h"
#include "port.h"
#include "tx_burst.h"

namespace bifurc::net {
namespace {

constexpr std::uint32_t kIpv4ChecksumAt = 10, kTcpChecksumAt = 16, kUdpChecksumAt = 6;

// Writes bytes of the frame that may lie across segments. The caller has checked that they are inside pkt_len.
bool write_bytes(rte_mbuf& frame, std::uint32_t at, const void* from, std::uint32_t len) noexcept {
    const auto* bytes = static_cast<const std::byte*>(from);
    for (rte_mbuf* segment = &frame; segment != nullptr && len != 0; segment = segment->next) {
        if (at >= segment->data_len) {
            at -= segment->data_len;
            continue;
        }
        const std::uint32_t part = std::min<std::uint32_t>(len, segment->data_len - at);
        std::memcpy(rte_pktmbuf_mtod_offset(segment, std::byte*, at), bytes, part);
        bytes += part;
        len -= part;
        at = 0;
    }
    return len == 0;
}

// As the burst counts it: segments without data are allowed.
bool well_formed(const rte_mbuf& frame) noexcept {
    unsigned segments = 0;
    std::uint32_t bytes = 0;
    for (const rte_mbuf* segment = &frame; segment != nullptr; segment = segment->next) {
        if (segments++ == frame.nb_segs) return false;
        bytes += segment->data_len;
    }
    return segments == frame.nb_segs && bytes == frame.pkt_len;
}

// The pseudo header's sum (DS 7.2.5.2), in the order of the wire. With TSO it leaves out the length, which differs from
// segment to segment.
bool pseudo_header(const rte_mbuf& frame, std::uint8_t protocol, std::uint16_t& sum) noexcept {
    if ((frame.ol_flags & RTE_MBUF_F_TX_IPV6) != 0) {
        rte_ipv6_hdr copy;
        const void* ip = rte_pktmbuf_read(&frame, frame.l2_len, sizeof(copy), &copy);
        if (ip == nullptr) return false;
        if (ip != &copy) std::memcpy(&copy, ip, sizeof(copy));
        // What follows the header may be extensions, which are no part of the sum: l3_len counts them.
        const std::uint32_t extensions = frame.l3_len - std::uint32_t{sizeof(copy)};
        const std::uint32_t payload = rte_be_to_cpu_16(copy.payload_len);
        if (extensions > payload) return false;
        copy.payload_len = rte_cpu_to_be_16(static_cast<std::uint16_t>(payload - extensions));
        copy.proto = protocol;
        sum = rte_ipv6_phdr_cksum(&copy, frame.ol_flags);
        return true;
    }
    rte_ipv4_hdr copy;
    const void* ip = rte_pktmbuf_read(&frame, frame.l2_len, sizeof(copy), &copy);
    if (ip == nullptr) return false;
    if (ip != &copy) std::memcpy(&copy, ip, sizeof(copy));
    sum = rte_ipv4_phdr_cksum(&copy, frame.ol_flags);
    return true;
}

template <class Chip>
std::uint16_t tx_prepare(void* raw, rte_mbuf** frames, std::uint16_t count) {
    const auto& queue = *static_cast<const TxQueue*>(raw);
    for (std::uint16_t i = 0; i < count; ++i) {
        rte_mbuf& frame = *frames[i];
        int rc = frame.pkt_len < Chip::kMinTxFrameBytes ? -EINVAL : 0;
        if (rc == 0) rc = prepare(frame, kMaxTxFrameBytes<Chip>, queue.max_segments);
        if (rc == 0) continue;
        rte_errno = -rc;
        return i;
    }
    return count;
}

}  // namespace

int prepare(rte_mbuf& frame, std::uint32_t max_bytes, unsigned max_segments) noexcept {
    const std::uint64_t flags = frame.ol_flags;
    if ((flags & RTE_MBUF_F_TX_OFFLOAD_MASK & ~kKnownTxFlags) != 0) return -ENOTSUP;
    const bool segment = (flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
    if (frame.nb_segs == 0 || frame.nb_segs > max_segments || !well_formed(frame)) return -EINVAL;
    if ((!segment && frame.pkt_len > max_bytes) || !can_offload(frame, max_bytes)) return -EINVAL;

    const std::uint32_t l3 = frame.l2_len;
    const std::uint32_t l4 = l3 + frame.l3_len;
    constexpr std::uint16_t kNone = 0;
    // The NIC adds to what it finds there.
    if ((flags & RTE_MBUF_F_TX_IP_CKSUM) != 0 && !write_bytes(frame, l3 + kIpv4ChecksumAt, &kNone, sizeof(kNone)))
        return -EINVAL;
    const std::uint64_t l4_flags = flags & RTE_MBUF_F_TX_L4_MASK;
    const bool tcp = segment || l4_flags == RTE_MBUF_F_TX_TCP_CKSUM;
    if (!tcp && l4_flags != RTE_MBUF_F_TX_UDP_CKSUM) return 0;  // SCTP has no pseudo header
    std::uint16_t sum = 0;
    if (!pseudo_header(frame, tcp ? IPPROTO_TCP : IPPROTO_UDP, sum)) return -EINVAL;
    return write_bytes(frame, l4 + (tcp ? kTcpChecksumAt : kUdpChecksumAt), &sum, sizeof(sum)) ? 0 : -EINVAL;
}

eth_tx_prep_t tx_prepare_for(const rte_eth_dev* dev) {
    return with_chip(port_of(dev).info.chip,
                     []<class Chip>(Chip) { return static_cast<eth_tx_prep_t>(tx_prepare<Chip>); });
}

}  // namespace bifurc::net
