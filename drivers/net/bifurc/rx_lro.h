// SPDX-License-Identifier: BSD-3-Clause
// Receiving where the NIC may put frames of a TCP flow together (82599 DS 7.11). The buffers of one large receive are
// in the ring's order, but those of other flows may lie between them: each descriptor but the last names the one that
// goes on (NEXTP). Frames that were not coalesced go on in the next slot, as ever.
#pragma once

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "rx_burst.h"

namespace bifurc::net {
// Internal linkage: every file that includes this may be compiled for another CPU (burst_variant.h).
namespace {

inline constexpr std::uint32_t kNoSlot = UINT32_MAX;

constexpr std::uint32_t rsc_count(std::uint32_t info) noexcept {
    return (info & hw::RxInfo::RSCCNT::mask) >> hw::RxInfo::RSCCNT::lo;
}

// Where the frame in slot `at`, which was just taken, goes on. kNoSlot: nowhere that the NIC could have put it. It must
// be armed and not looked at yet, which also keeps a chain from running in a circle, and no other frame may go on
// there.
inline std::uint32_t going_on(const RxQueue& queue, std::uint16_t at, std::uint32_t info,
                              std::uint32_t status) noexcept {
    const std::uint32_t behind = at + 1u == queue.size ? 0 : at + 1u;
    const std::uint32_t named = (status & hw::RxStatus::NEXTP::mask) >> hw::RxStatus::NEXTP::lo;
    const std::uint32_t slot = rsc_count(info) != 0 ? named : behind;
    if (slot >= queue.size) return kNoSlot;
    const std::uint32_t ahead = slot >= queue.next ? slot - queue.next : slot + queue.size - queue.next;
    if (ahead >= std::uint32_t{queue.size} - queue.held) return kNoSlot;
    const RxChain& chain = queue.chains[slot];
    return chain.head == nullptr && !chain.discard ? slot : kNoSlot;
}

// Frames are coalesced only if they have neither IP options nor an IPv6 header (DS 7.11.1).
inline std::uint32_t header_bytes(const rte_mbuf& frame) noexcept {
    const auto* ethernet = rte_pktmbuf_mtod(&frame, const rte_ether_hdr*);
    const bool tagged = ethernet->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN);
    const std::uint32_t tcp_at = sizeof(rte_ether_hdr) + (tagged ? sizeof(rte_vlan_hdr) : 0) + sizeof(rte_ipv4_hdr);
    const auto* tcp = rte_pktmbuf_mtod_offset(&frame, const rte_tcp_hdr*, tcp_at);
    return tcp_at + (tcp->data_off >> 4) * 4u;
}

// The NIC does not say how long its frames were: so long on the average, the last being shorter as a rule.
inline void mark_coalesced(rte_mbuf& frame, unsigned frames) noexcept {
    const std::uint32_t header = header_bytes(frame);
    const std::uint32_t payload = frame.pkt_len > header ? frame.pkt_len - header : frame.pkt_len;
    frame.tso_segsz = static_cast<std::uint16_t>(RTE_MIN((payload + frames - 1) / frames, std::uint32_t{UINT16_MAX}));
    frame.ol_flags |= RTE_MBUF_F_RX_LRO;
}

// Gives up the frame that `mbuf` belongs to. What the NIC still has of it in `next` is freed when its turn comes.
inline void give_up_chain(RxQueue& queue, const RxChain& chain, rte_mbuf* mbuf, std::uint32_t next) noexcept {
    rte_pktmbuf_free_seg(mbuf);
    rte_pktmbuf_free(chain.head);  // nullptr is allowed
    if (next != kNoSlot) queue.chains[next].discard = true;
}

// Adds the buffer of slot `at` to its frame. Returns the frame if that completed it.
template <class Chip>
rte_mbuf* link(RxQueue& queue, std::uint16_t at, rte_mbuf* mbuf, std::uint32_t status) noexcept {
    const hw::RxDesc& desc = queue.ring[at];
    const std::uint32_t info = desc.wb.pkt_info;
    const std::uint16_t length = desc.wb.length;
    RxChain chain = queue.chains[at];
    queue.chains[at] = {};
    const bool ends = (status & hw::RxStatus::EOP::mask) != 0;
    const std::uint32_t next = ends ? kNoSlot : going_on(queue, at, info, status);
    Counter* reason = defect<Chip>(queue, chain.head, status, length);
    if (reason == nullptr && !ends && next == kNoSlot) reason = &queue.count->bad_link;
    if (unlikely(chain.discard || reason != nullptr)) {
        if (!chain.discard) reason->add(1);
        give_up_chain(queue, chain, mbuf, next);
        return nullptr;
    }
    fill_mbuf(mbuf, queue.port_id, queue.buffer_flags, length);
    if (chain.head == nullptr)
        chain.head = chain.last = mbuf;
    else
        append(chain.head, chain.last, mbuf);
    if (rsc_count(info) > 1) chain.appended = static_cast<std::uint16_t>(chain.appended + rsc_count(info) - 1);
    if (!ends) {
        queue.chains[next] = chain;
        return nullptr;
    }
    describe<Chip>(queue, *chain.head, desc, status);
    if (chain.appended != 0) mark_coalesced(*chain.head, chain.appended + 1u);
    return chain.head;
}

template <class Chip, class Nic>
std::uint16_t receive_lro(RxQueue& queue, Nic& nic, rte_mbuf** frames, std::uint16_t want) noexcept {
    std::uint16_t got = 0;
    std::uint64_t bytes = 0;
    // The last armed slot is never the NIC's: whatever the ring says, we stop before it.
    while (got < want && queue.held + 1 < queue.size) {
        const std::uint16_t at = queue.next;
        const std::uint32_t status = load_status(queue.ring[at]);
        if ((status & hw::RxStatus::DD::mask) == 0) break;
        rte_mbuf* const frame = link<Chip>(queue, at, take_slot(queue), status);
        if (frame == nullptr) continue;
        bytes += frame->pkt_len;
        frames[got++] = frame;
    }
    return end_burst(queue, nic, got, bytes);
}

}  // namespace
}  // namespace bifurc::net
