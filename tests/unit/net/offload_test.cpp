// SPDX-License-Identifier: BSD-3-Clause
// What mbufs ask of the NIC, as descriptors; and what frames look like when the NIC gets them.
#include <gtest/gtest.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <cstring>
#include <vector>

#include "net/bifurc/tx_prepare.h"
#include "tx_fixture.h"

using namespace bifurc;
using namespace bifurc::net;
using namespace bifurc::test;

namespace {

constexpr std::uint32_t kData = 0x20000000 | 0x02000000 | 0x00300000;  // DEXT, IFCS, DTYP data
constexpr std::uint32_t kEop = 0x01000000, kVle = 0x40000000, kTse = 0x80000000;
constexpr std::uint32_t kContext = 0x20000000 | 0x00200000;
constexpr std::uint32_t kIxsm = 0x100, kTxsm = 0x200;
constexpr std::uint64_t kTcp4 = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM;

struct IdentityNic {
    void ring_tdt(std::uint32_t tail) { tdt = tail; }
    [[nodiscard]] std::uint32_t dma_epoch() const { return 1; }
    bool dma_find(std::uintptr_t, rte_bifurc_dma& found) {
        found = {0, SIZE_MAX, 0};
        return true;
    }
    std::uint32_t tdt = 0;
};

class Offload : public TxRing {
protected:
    rte_mbuf* frame(std::uint64_t flags, const std::vector<std::uint16_t>& segments = {200}, unsigned l3 = 20,
                    unsigned l4 = 20) {
        rte_mbuf* const head = frame_of(segments);
        head->ol_flags = flags;
        head->l2_len = 14;
        head->l3_len = static_cast<std::uint16_t>(l3 & 511);
        head->l4_len = static_cast<std::uint8_t>(l4);
        return head;
    }
    void send(rte_mbuf* mbuf) {
        IdentityNic nic;
        ASSERT_EQ(1, (transmit<Chip82599, true, kScalar>(queue, nic, &mbuf, 1)));
    }
    // How many descriptors a frame took.
    unsigned taken(rte_mbuf* mbuf) {
        const unsigned before = queue.tail;
        send(mbuf);
        return queue.tail - before;
    }
    int prepared(rte_mbuf* mbuf) { return prepare(*mbuf, 15868, 40); }
};

TEST_F(Offload, AFrameThatAsksForNothingTakesNoContext) {
    EXPECT_EQ(1u, taken(frame(RTE_MBUF_F_TX_IPV4)));
    EXPECT_EQ(ring[0].read.cmd_type_len, kData | kEop | 200u);
    EXPECT_EQ(ring[0].read.olinfo_status, 200u << 14);
}

TEST_F(Offload, ChecksumsAreAskedForByContextAndData) {  // DS 7.2.3.2.3, 7.2.5
    const struct {
        std::uint64_t flags;
        std::uint32_t tucmd, olinfo;
    } rows[] = {
        {kTcp4, 0x400 | 0x800, kIxsm | kTxsm},
        {RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM, 0x400, kIxsm},
        {RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM, 0, kTxsm},
        {RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_SCTP_CKSUM, 0x1000, kTxsm},
    };
    for (const auto& row : rows) {
        const unsigned at = queue.tail;
        EXPECT_EQ(2u, taken(frame(row.flags)));
        EXPECT_EQ(ring[at].ctx.vlan_macip_lens, 14u << 9 | 20u);
        EXPECT_EQ(ring[at].ctx.type_tucmd, kContext | row.tucmd);
        EXPECT_EQ(ring[at].ctx.mss_l4len_idx & ~0x10u, 0u);
        EXPECT_EQ(ring[at + 1].read.cmd_type_len, kData | kEop | 200u);
        EXPECT_EQ(ring[at + 1].read.olinfo_status, 200u << 14 | row.olinfo | (ring[at].ctx.mss_l4len_idx & 0x10));
    }
}

TEST_F(Offload, SegmentationTellsPayloadAndSegmentSize) {  // DS 7.2.4
    rte_mbuf* mbuf = frame(kTcp4 | RTE_MBUF_F_TX_TCP_SEG, {2000, 2000, 2000}, 20, 32);
    mbuf->tso_segsz = 1400;
    EXPECT_EQ(4u, taken(mbuf));
    EXPECT_EQ(ring[0].ctx.type_tucmd, kContext | 0x400 | 0x800);
    EXPECT_EQ(ring[0].ctx.mss_l4len_idx & ~0x10u, 1400u << 16 | 32u << 8);
    for (int i = 1; i < 4; ++i) {
        EXPECT_EQ(ring[i].read.cmd_type_len & ~kEop, kData | kTse | 2000u);
        EXPECT_EQ(ring[i].read.olinfo_status >> 14, 6000u - 14 - 20 - 32);
        EXPECT_EQ(ring[i].read.olinfo_status & (kIxsm | kTxsm), kIxsm | kTxsm);
    }
}

TEST_F(Offload, ATagIsInsertedFromTheContext) {
    rte_mbuf* mbuf = frame(RTE_MBUF_F_TX_VLAN);
    mbuf->vlan_tci = 0x6123;
    EXPECT_EQ(2u, taken(mbuf));
    EXPECT_EQ(ring[0].ctx.vlan_macip_lens, 0x6123u << 16 | 14u << 9);
    EXPECT_EQ(ring[1].read.cmd_type_len, kData | kEop | kVle | 200u);
    EXPECT_EQ(ring[1].read.olinfo_status & (kIxsm | kTxsm), 0u);
}

TEST_F(Offload, ContextsAreReusedAndTheOlderOfTwoIsReplaced) {
    EXPECT_EQ(2u, taken(frame(kTcp4)));
    EXPECT_EQ(1u, taken(frame(kTcp4)));
    EXPECT_EQ(1u, taken(frame(RTE_MBUF_F_TX_IPV4)));  // needs none and disturbs none
    const std::uint64_t udp = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM;
    EXPECT_EQ(2u, taken(frame(udp)));
    EXPECT_EQ(1u, taken(frame(kTcp4)));
    EXPECT_EQ(1u, taken(frame(udp)));
    EXPECT_EQ(2u, taken(frame(kTcp4, {200}, 24)));  // replaces kTcp4's
    EXPECT_EQ(1u, taken(frame(udp)));
    EXPECT_EQ(2u, taken(frame(kTcp4)));
}

TEST_F(Offload, ARestartedQueueKnowsNoContexts) {
    EXPECT_EQ(2u, taken(frame(kTcp4)));
    empty(queue);
    open_ring(queue);
    EXPECT_EQ(2u, taken(frame(kTcp4)));
}

TEST_F(Offload, AFrameThatIsDroppedLeavesNoContextBehind) {
    rte_mbuf* broken = frame(kTcp4);
    broken->pkt_len = 300;
    EXPECT_EQ(0u, taken(broken));
    EXPECT_EQ(count.malformed.get(), 1u);
    EXPECT_EQ(2u, taken(frame(kTcp4)));
}

TEST_F(Offload, WhatTheNicCannotDoIsDroppedByName) {
    struct Case {
        const char* what;
        rte_mbuf* mbuf;
    };
    const std::uint64_t tso = kTcp4 | RTE_MBUF_F_TX_TCP_SEG;
    rte_mbuf* no_mss = frame(tso);
    rte_mbuf* huge_mss = frame(tso);
    huge_mss->tso_segsz = 15868;
    rte_mbuf* no_payload = frame(tso, {54});
    no_payload->tso_segsz = 100;
    rte_mbuf* stale_ip = frame((tso & ~RTE_MBUF_F_TX_IP_CKSUM));
    stale_ip->tso_segsz = 100;
    rte_mbuf* short_l2 = frame(kTcp4);
    short_l2->l2_len = 0;
    const Case cases[] = {
        {"no segment size", no_mss},
        {"segments longer than frames may be", huge_mss},
        {"nothing to segment", no_payload},
        {"IPv4 segments with a stale checksum", stale_ip},
        {"no Ethernet header", short_l2},
        {"headers longer than the frame", frame(kTcp4, {50})},
        {"IP header too short", frame(kTcp4, {200}, 16)},
        {"IPv6 header too short", frame(RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM, {200}, 20)},
        {"no IP version", frame(RTE_MBUF_F_TX_TCP_CKSUM)},
        {"second tag", frame(RTE_MBUF_F_TX_QINQ)},
        {"outer checksum", frame(kTcp4 | RTE_MBUF_F_TX_OUTER_IP_CKSUM | RTE_MBUF_F_TX_OUTER_IPV4)},
        {"UDP segmentation", frame(RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_SEG)},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.what);
        EXPECT_NE(0, prepared(c.mbuf));
        const std::uint64_t before = count.bad_offload.get();
        EXPECT_EQ(0u, taken(c.mbuf));
        EXPECT_EQ(count.bad_offload.get(), before + 1);
    }
}

// Headers with addresses, so that the sums are not 0.
struct Ipv4Tcp {
    rte_ether_hdr ether;
    rte_ipv4_hdr ip;
    rte_tcp_hdr tcp;
};
static_assert(sizeof(Ipv4Tcp) == 54);

Ipv4Tcp ipv4_tcp(std::uint16_t ip_bytes) {
    Ipv4Tcp headers{};
    headers.ip.version_ihl = 0x45;
    headers.ip.total_length = rte_cpu_to_be_16(ip_bytes);
    headers.ip.next_proto_id = IPPROTO_TCP;
    headers.ip.hdr_checksum = 0xdead;
    headers.ip.src_addr = 0x0100000a;
    headers.ip.dst_addr = 0x0200000a;
    headers.tcp.cksum = 0xbeef;
    return headers;
}

void fill(rte_mbuf* mbuf, const void* from, std::size_t len) {
    const auto* bytes = static_cast<const char*>(from);
    for (; len != 0; mbuf = mbuf->next) {
        const std::size_t part = std::min<std::size_t>(len, mbuf->data_len);
        std::memcpy(rte_pktmbuf_mtod(mbuf, char*), bytes, part);
        bytes += part;
        len -= part;
    }
}

// 10 + 6 + 10.0.0.1 + 10.0.0.2, and the length where it belongs in.
std::uint16_t pseudo_sum(std::uint32_t l4_bytes) {
    std::uint32_t sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + l4_bytes;
    return rte_cpu_to_be_16(static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16)));
}

TEST_F(Offload, PrepareLeavesThePseudoHeadersSumForTheNic) {  // DS 7.2.5.2
    for (const std::vector<std::uint16_t>& cut : {std::vector<std::uint16_t>{200},
                                                  {14, 20, 20, 146},
                                                  {25, 26, 149},  // inside both checksum fields
                                                  {1, 24, 26, 149}}) {
        rte_mbuf* mbuf = frame(kTcp4, cut);
        const Ipv4Tcp headers = ipv4_tcp(186);
        fill(mbuf, &headers, sizeof(headers));
        ASSERT_EQ(0, prepared(mbuf));
        Ipv4Tcp got;
        const void* data = rte_pktmbuf_read(mbuf, 0, sizeof(got), &got);
        if (data != &got) std::memcpy(&got, data, sizeof(got));
        EXPECT_EQ(got.ip.hdr_checksum, 0);
        EXPECT_EQ(got.tcp.cksum, pseudo_sum(166));
        mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
        mbuf->tso_segsz = 100;
        ASSERT_EQ(0, prepared(mbuf));
        data = rte_pktmbuf_read(mbuf, 0, sizeof(got), &got);
        if (data != &got) std::memcpy(&got, data, sizeof(got));
        EXPECT_EQ(got.tcp.cksum, pseudo_sum(0));
        rte_pktmbuf_free(mbuf);
    }
}

TEST_F(Offload, PrepareTellsWhyInErrno) {
    rte_mbuf* second_tag = frame(RTE_MBUF_F_TX_QINQ);
    EXPECT_EQ(-ENOTSUP, prepared(second_tag));
    rte_mbuf* no_mss = frame(kTcp4 | RTE_MBUF_F_TX_TCP_SEG);
    EXPECT_EQ(-EINVAL, prepared(no_mss));
    rte_mbuf* many = frame(0, std::vector<std::uint16_t>(41, 64));
    EXPECT_EQ(-EINVAL, prepared(many));
    for (rte_mbuf* mbuf : {second_tag, no_mss, many}) rte_pktmbuf_free(mbuf);
}

TEST_F(Offload, Ipv6ExtensionsAreNoPartOfThePseudoHeader) {
    rte_mbuf* mbuf = frame(RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_UDP_CKSUM, {14 + 48 + 100}, 48);
    auto* ip = rte_pktmbuf_mtod_offset(mbuf, rte_ipv6_hdr*, 14);
    ip->payload_len = rte_cpu_to_be_16(8 + 100);
    ip->proto = IPPROTO_DSTOPTS;
    ASSERT_EQ(0, prepared(mbuf));
    const std::uint16_t sum = *rte_pktmbuf_mtod_offset(mbuf, std::uint16_t*, 14 + 48 + 6);
    EXPECT_EQ(sum, rte_cpu_to_be_16(100 + IPPROTO_UDP));
    rte_pktmbuf_free(mbuf);
}

}  // namespace
