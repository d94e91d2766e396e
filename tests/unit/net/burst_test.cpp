// SPDX-License-Identifier: BSD-3-Clause
// Bursts on memory-backed rings: the test is the NIC and writes completions by hand. In every scenario all mbufs are
// back in their pool at the end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "net/bifurc/tx_prepare.h"
#include "rx_fixture.h"
#include "tx_fixture.h"

using namespace bifurc;
using namespace bifurc::net;
using namespace bifurc::test;

namespace {

TEST_F(Rx, AnIdleRingGivesNothingAndRingsNoBell) {
    EXPECT_TRUE(burst().empty());
    EXPECT_TRUE(nic.rdt.empty());
}

TEST_F(Rx, DescribesEachFrame) {
    complete(60);
    complete(1514);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0]->pkt_len, 60u);
    EXPECT_EQ(frames[1]->data_len, 1514u);
    EXPECT_EQ(frames[1]->port, 7u);
    EXPECT_EQ(frames[1]->nb_segs, 1u);
    EXPECT_EQ(frames[1]->data_off, RTE_PKTMBUF_HEADROOM);
    EXPECT_EQ(count.packets.get(), 2u);
    EXPECT_EQ(count.bytes.get(), 1574u);
    release(frames);
}

TEST_F(Rx, TakesNoMoreThanAskedFor) {
    for (int i = 0; i < 10; ++i) complete(60);
    auto frames = burst(4);
    EXPECT_EQ(frames.size(), 4u);
    release(frames);
    frames = burst(32);
    EXPECT_EQ(frames.size(), 6u);
    release(frames);
}

TEST_F(Rx, RingsTheBellOncePerBurstWithTheLastRefilledSlot) {
    for (int i = 0; i < 40; ++i) complete(60);
    release(burst(40));
    EXPECT_EQ(nic.rdt, (std::vector<std::uint32_t>{31}));  // two chunks of 16; the rest waits
    EXPECT_EQ(queue.held, 8);
}

TEST_F(Rx, GoesRoundTheRingManyTimesWithoutTheTailCatchingTheHead) {
    std::mt19937 random{1};
    std::uint64_t sent = 0, got = 0;
    while (sent < 20 * kSize) {
        for (auto n = random() % 48; n != 0 && complete(60); --n) ++sent;
        auto frames = burst(static_cast<std::uint16_t>(1 + random() % 48));
        got += frames.size();
        release(frames);
        // What the NIC owns by head and tail is all that is armed and not yet complete.
        const std::uint32_t tail = nic.rdt.empty() ? kSize - 1u : nic.rdt.back();
        EXPECT_EQ((tail + kSize - hw_next) % kSize,
                  kSize - 1u - queue.held - static_cast<unsigned>(rx_queue_count(&queue)));
    }
    for (auto frames = burst(); !frames.empty(); frames = burst()) {
        got += frames.size();
        release(frames);
    }
    EXPECT_EQ(got, sent);
}

TEST_F(Rx, AThresholdThatDoesNotDivideTheRingStillRefillsAllOfIt) {
    open(kSize * 4, 16);
    queue.free_thresh = 24;
    std::uint64_t got = 0;
    for (int round = 0; round < 50; ++round) {
        while (complete(60)) {
        }
        auto frames = burst(64);
        got += frames.size();
        release(frames);
    }
    EXPECT_GT(got, 49u * 24);
}

TEST_F(Rx, AnEmptyPoolIsCountedAndTheQueueRecovers) {
    open(kSize, kThresh);  // the ring holds them all
    while (complete(60)) {
    }
    auto frames = burst(64);
    ASSERT_EQ(frames.size(), kSize - 1u);
    EXPECT_EQ(count.nombuf.get(), kSize - 1u);
    EXPECT_TRUE(nic.rdt.empty());
    EXPECT_TRUE(burst().empty());  // and never runs into its own empty slots
    EXPECT_EQ(count.nombuf.get(), kSize - 1u) << "of buffers, not of polls";
    release(frames);
    EXPECT_TRUE(burst().empty());
    EXPECT_EQ(nic.rdt.size(), 1u);
    EXPECT_TRUE(complete(60));
    frames = burst();
    EXPECT_EQ(frames.size(), 1u);
    release(frames);
}

TEST_F(Rx, ABufferThatIsNotMappedIsNeverPosted) {
    for (int i = 0; i < kThresh; ++i) complete(60);
    ++nic.epoch;
    nic.hole = 0;
    nic.hole_len = SIZE_MAX;
    release(burst());
    EXPECT_EQ(count.unmapped.get(), kThresh);
    EXPECT_TRUE(nic.rdt.empty());
    nic.hole_len = 0;
    EXPECT_TRUE(burst().empty());
    EXPECT_EQ(nic.rdt.size(), 1u);
}

TEST_F(Rx, LooksUpAddressesOnceWhileNothingIsUnmapped) {
    const unsigned before = nic.lookups;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < kThresh; ++i) complete(60);
        release(burst());
    }
    EXPECT_EQ(nic.lookups, before);
    ++nic.epoch;
    for (int i = 0; i < kThresh; ++i) complete(60);
    release(burst());
    EXPECT_EQ(nic.lookups, before + 1);
}

TEST_F(Rx, BadFramesAreCountedByNameAndFreed) {
    complete(60, hw::RxStatus::EOP::mask | hw::RxStatus::RXE::mask);
    complete(0);
    complete(2049);
    complete(60);
    auto frames = burst();
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_EQ(count.bad_frame.get(), 1u);
    EXPECT_EQ(count.bad_length.get(), 2u);
    EXPECT_EQ(count.packets.get(), 1u);
    release(frames);
}

TEST_F(Rx, The82576HasItsErrorBitElsewhere) {
    complete(60, hw::RxStatus::EOP::mask | 1u << 31);
    complete(60, hw::RxStatus::EOP::mask | hw::RxStatus::RXE::mask);  // there: a bad TCP checksum, no reason to drop
    rte_mbuf* frames[2];
    ASSERT_EQ(1, (receive<Chip82576, false>(queue, nic, frames, 2)));
    EXPECT_EQ(count.bad_frame.get(), 1u);
    rte_pktmbuf_free(frames[0]);
}

TEST_F(Rx, WithoutScatterAFrameOfSeveralDescriptorsIsOneDropAlsoAcrossBursts) {
    complete(2048, 0);
    complete(2048, 0);
    EXPECT_TRUE(burst().empty());
    complete(100);
    complete(60);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->pkt_len, 60u);
    EXPECT_EQ(count.oversize.get(), 1u);
    release(frames);
}

TEST_F(Rx, ScatterChainsAFrameAlsoAcrossBursts) {
    complete(2048, 0);
    EXPECT_TRUE(burst<true>().empty());
    complete(2048, 0);
    EXPECT_TRUE(burst<true>().empty());
    complete(100);
    complete(60);
    auto frames = burst<true>();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0]->pkt_len, 4196u);
    EXPECT_EQ(frames[0]->nb_segs, 3u);
    EXPECT_EQ(frames[0]->next->next->data_len, 100u);
    EXPECT_EQ(frames[0]->next->next->next, nullptr);
    EXPECT_EQ(frames[1]->nb_segs, 1u);
    EXPECT_EQ(count.bytes.get(), 4256u);
    rte_mbuf_sanity_check(frames[0], 1);
    release(frames);
}

TEST_F(Rx, ScatterLeavesOutALastBufferThatHeldOnlyTheCrc) {
    complete(2048, 0);
    complete(0);
    auto frames = burst<true>();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->nb_segs, 1u);
    EXPECT_EQ(frames[0]->pkt_len, 2048u);
    release(frames);
}

TEST_F(Rx, ScatterDropsAFrameWhoseLastDescriptorIsBadAndOneThatNeverEnds) {
    complete(2048, 0);
    complete(100, hw::RxStatus::EOP::mask | hw::RxStatus::RXE::mask);
    for (int i = 0; i < kMaxRxSegments + 3; ++i) complete(2048, 0);
    complete(100);
    complete(60);
    auto frames = burst<true>();
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_EQ(count.bad_frame.get(), 1u);
    EXPECT_EQ(count.overlong.get(), 1u);
    release(frames);
}

TEST_F(Rx, ScatterStoppedInsideAFrameLosesNoMbuf) {
    complete(2048, 0);
    complete(2048, 0);
    EXPECT_TRUE(burst<true>().empty());  // TearDown counts
}

TEST_F(Rx, WhateverTheNicWritesEveryMbufIsInOnePlace) {
    std::mt19937 random{3};
    open(kSize + 40, kThresh);  // now and then the pool is empty
    std::vector<rte_mbuf*> kept;
    for (int round = 0; round < 20'000; ++round) {
        const bool scatter = round / 1000 % 2 != 0;
        while (random() % 4 != 0) {
            const std::uint32_t flags =
                random() % 3 == 0 ? static_cast<std::uint32_t>(random()) : hw::RxStatus::EOP::mask;
            const auto length = static_cast<std::uint16_t>(random() % 8 == 0 ? random() : random() % 2100);
            if (!complete(length, flags)) break;
        }
        // The burst in use changes only where a queue starts anew.
        if (round % 1000 == 0) {
            release(kept);
            kept.clear();
            open(kSize + 40, kThresh);
        }
        for (rte_mbuf* frame : scatter ? burst<true>() : burst()) {
            const char* reason = nullptr;
            ASSERT_EQ(0, rte_mbuf_check(frame, 1, &reason)) << reason;
            ASSERT_LE(frame->nb_segs, scatter ? kMaxRxSegments : 1);
            kept.push_back(frame);
        }
        if (random() % 4 == 0) {
            release(kept);
            kept.clear();
        }
    }
    release(kept);  // TearDown counts
}

TEST_F(Rx, CountIsWhatIsCompleteAndStatusTellsTheOwner) {
    EXPECT_EQ(rx_queue_count(&queue), 0);
    for (int i = 0; i < 21; ++i) complete(60);
    EXPECT_EQ(rx_queue_count(&queue), 21);
    EXPECT_EQ(rx_descriptor_status(&queue, 20), RTE_ETH_RX_DESC_DONE);
    EXPECT_EQ(rx_descriptor_status(&queue, 21), RTE_ETH_RX_DESC_AVAIL);
    EXPECT_EQ(rx_descriptor_status(&queue, kSize - 1), RTE_ETH_RX_DESC_UNAVAIL);
    EXPECT_EQ(rx_descriptor_status(&queue, kSize), -EINVAL);
    release(burst(5));
    EXPECT_EQ(rx_queue_count(&queue), 16);
    EXPECT_EQ(rx_descriptor_status(&queue, kSize - 6), RTE_ETH_RX_DESC_UNAVAIL);
}

constexpr std::uint32_t info_of(unsigned packet_bits, unsigned rss_type = 0) {
    return packet_bits << hw::RxInfo::PACKET_TYPE::lo | rss_type;
}

TEST_F(Rx, PacketTypesAreWhatTheNicParsed) {  // DS 7.1.6.2
    using namespace packet_bit;
    const struct {
        unsigned bits;
        std::uint32_t type;
    } rows[] = {
        {0, RTE_PTYPE_L2_ETHER},
        {kIpv4, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4},  // also a fragment
        {kIpv4 | kTcp, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP},
        {kIpv4 | kIpv4Options | kUdp, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4_EXT | RTE_PTYPE_L4_UDP},
        {kIpv4 | kSctp, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_SCTP},
        {kIpv6 | kTcp, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6 | RTE_PTYPE_L4_TCP},
        {kIpv6 | kIpv6Extensions | kUdp, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6_EXT | RTE_PTYPE_L4_UDP},
        {kIpv4 | kIpv6 | kUdp, RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_TUNNEL_IP | RTE_PTYPE_INNER_L3_IPV6 |
                                   RTE_PTYPE_INNER_L4_UDP},
        {1u << 11 | kIpv4 | kTcp, RTE_PTYPE_L2_ETHER},  // an EtherType filter's number, no types
    };
    for (const auto& row : rows) {
        rte_mbuf* frame = described(0, info_of(row.bits));
        EXPECT_EQ(frame->packet_type, row.type) << row.bits;
        EXPECT_EQ(frame->ol_flags, 0u);
        rte_pktmbuf_free(frame);
    }
}

TEST_F(Rx, ChecksumsAreGoodBadOrNotLookedAt) {  // DS 7.1.11
    using S = hw::RxStatus;
    constexpr std::uint32_t kIp = S::IPCS::mask, kL4 = S::L4I::mask;
    const struct {
        std::uint32_t status;
        std::uint64_t flags;
    } rows[] = {
        {0, 0},
        {S::IPE::mask | S::TCPE::mask, 0},
        {kIp, RTE_MBUF_F_RX_IP_CKSUM_GOOD},
        {kIp | S::IPE::mask, RTE_MBUF_F_RX_IP_CKSUM_BAD},
        {kL4, RTE_MBUF_F_RX_L4_CKSUM_GOOD},
        {kIp | kL4, RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD},
        {kIp | kL4 | S::TCPE::mask, RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD},
    };
    for (const auto& row : rows) {
        rte_mbuf* frame = described(row.status, info_of(packet_bit::kIpv4 | packet_bit::kTcp));
        EXPECT_EQ(frame->ol_flags, row.flags) << row.status;
        rte_pktmbuf_free(frame);
    }
}

TEST_F(Rx, ABadUdpChecksumIsNoNewsFromAnNicThatConfusesItWithNone) {
    constexpr std::uint32_t kBad = hw::RxStatus::L4I::mask | hw::RxStatus::TCPE::mask;
    for (const bool erratum : {false, true}) {
        queue.udp_zero_erratum = erratum;
        rte_mbuf* udp = described(kBad, info_of(packet_bit::kIpv4 | packet_bit::kUdp));
        rte_mbuf* tcp = described(kBad, info_of(packet_bit::kIpv4 | packet_bit::kTcp));
        EXPECT_EQ(udp->ol_flags, erratum ? 0 : RTE_MBUF_F_RX_L4_CKSUM_BAD);
        EXPECT_EQ(tcp->ol_flags, RTE_MBUF_F_RX_L4_CKSUM_BAD);
        rte_pktmbuf_free(udp);
        rte_pktmbuf_free(tcp);
    }
}

TEST_F(Rx, The82576SaysTheSameOfChecksumsInOtherBits) {  // 82576 DS 7.1.5.2
    using S = hw::RxStatus;
    complete(60, S::EOP::mask | S::IPCS::mask | S::UDPCS::mask | 1u << 29);
    complete(60, S::EOP::mask | S::IPCS::mask | S::L4I::mask | 1u << 30);
    rte_mbuf* frames[2];
    ASSERT_EQ(2, (receive<Chip82576, false>(queue, nic, frames, 2)));
    EXPECT_EQ(frames[0]->ol_flags, RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD);
    EXPECT_EQ(frames[1]->ol_flags, RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_GOOD);
    rte_pktmbuf_free(frames[0]);
    rte_pktmbuf_free(frames[1]);
}

TEST_F(Rx, TheHashWordIsAnRssHashOrAFlowDirectorMark) {
    rte_mbuf* hashed = described(0, info_of(packet_bit::kIpv4, 2), 0x12345678);
    EXPECT_EQ(hashed->ol_flags, RTE_MBUF_F_RX_RSS_HASH);
    EXPECT_EQ(hashed->hash.rss, 0x12345678u);
    rte_mbuf* marked = described(hw::RxStatus::FLM::mask, info_of(packet_bit::kIpv4, 15), 0x1a2b'07fd);
    EXPECT_EQ(marked->ol_flags, RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID);
    EXPECT_EQ(marked->hash.fdir.hi, 0x7fdu);
    rte_pktmbuf_free(hashed);
    rte_pktmbuf_free(marked);
}

TEST_F(Rx, ATagThatWasTakenOutIsInTheMbufAndOneThatStayedIsInTheType) {
    constexpr std::uint32_t kTagged = hw::RxStatus::VP::mask;
    set_vlan_strip(queue, true);
    rte_mbuf* stripped = described(kTagged, info_of(packet_bit::kIpv4), 0, 0x6123);
    EXPECT_EQ(stripped->ol_flags, RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED);
    EXPECT_EQ(stripped->vlan_tci, 0x6123);
    EXPECT_EQ(stripped->packet_type, std::uint32_t{RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4});
    set_vlan_strip(queue, false);
    rte_mbuf* kept = described(kTagged, info_of(packet_bit::kIpv4));
    EXPECT_EQ(kept->ol_flags, 0u);
    EXPECT_EQ(kept->packet_type, std::uint32_t{RTE_PTYPE_L2_ETHER_VLAN | RTE_PTYPE_L3_IPV4});
    rte_pktmbuf_free(stripped);
    rte_pktmbuf_free(kept);
}

TEST_F(Rx, AFrameOfSeveralBuffersIsDescribedByItsLastDescriptor) {
    complete(2048, 0, 0xffff, 0xffffffff, 0xffff);
    complete(100, hw::RxStatus::EOP::mask | hw::RxStatus::L4I::mask, info_of(packet_bit::kIpv6 | packet_bit::kUdp, 8),
             77);
    auto frames = burst<true>();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->ol_flags, RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_RSS_HASH);
    EXPECT_EQ(frames[0]->hash.rss, 77u);
    EXPECT_EQ(frames[0]->packet_type, std::uint32_t{RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6 | RTE_PTYPE_L4_UDP});
    release(frames);
}

class Tx : public TxRing {
protected:
    rte_mbuf* frame(const std::vector<std::uint16_t>& segments = {60}) { return frame_of(segments); }
    template <bool Offload = false>
    std::uint16_t send(std::vector<rte_mbuf*> burst) {
        return transmit<Chip82599, Offload, kScalar>(queue, nic, burst.data(),
                                                     static_cast<std::uint16_t>(burst.size()));
    }
    std::uint16_t send_many(unsigned n) {
        std::vector<rte_mbuf*> burst;
        for (unsigned i = 0; i < n; ++i) burst.push_back(frame());
        const std::uint16_t taken = send(burst);
        for (unsigned i = taken; i < n; ++i) rte_pktmbuf_free(burst[i]);
        return taken;
    }
    unsigned pool_in_use() const { return rte_mempool_in_use_count(pool.get()); }
    // The NIC sends everything up to the tail and reports where it was asked to.
    void drain() {
        while (!nic.tdt.empty() && hw_next != nic.tdt.back()) {
            hw::TxDesc& desc = ring[hw_next];
            if (desc.read.cmd_type_len & hw::TxCmd::RS::mask) desc.wb.status = hw::TxStatus::DD::mask;
            hw_next = (hw_next + 1) % kSize;
        }
    }

    TestNic nic;
    std::uint32_t hw_next = 0;
};

TEST_F(Tx, ADataDescriptorSaysWhatTheDatasheetAsksFor) {
    rte_mbuf* mbuf = frame({1514});
    const std::uint64_t bus = reinterpret_cast<std::uintptr_t>(rte_pktmbuf_mtod(mbuf, char*)) + TestNic::kDelta;
    EXPECT_EQ(1, send({mbuf}));
    EXPECT_EQ(ring[0].read.buffer_addr, bus);
    EXPECT_EQ(ring[0].read.cmd_type_len, 0x20000000u | 0x02000000u | 0x01000000u | 0x00300000u | 1514u);
    EXPECT_EQ(ring[0].read.olinfo_status, 1514u << 14);
    EXPECT_EQ(nic.tdt, (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(count.packets.get(), 1u);
    EXPECT_EQ(count.bytes.get(), 1514u);
}

TEST_F(Tx, EverySegmentHasADescriptorAndOnlyTheLastEndsThePacket) {
    EXPECT_EQ(1, send({frame({100, 200, 300})}));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ((ring[i].read.cmd_type_len & hw::TxCmd::EOP::mask) != 0, i == 2);
        EXPECT_EQ(ring[i].read.olinfo_status >> 14, 600u);
        EXPECT_EQ(ring[i].read.cmd_type_len & 0xffff, 100u * (i + 1));
    }
    EXPECT_EQ(nic.tdt.back(), 3u);
}

TEST_F(Tx, AsksForAReportEveryRsThreshDescriptorsAndOneBellPerBurst) {
    EXPECT_EQ(70, send_many(70));
    EXPECT_EQ(nic.tdt, (std::vector<std::uint32_t>{70}));
    for (int i = 0; i < 70; ++i)
        EXPECT_EQ((ring[i].read.cmd_type_len & hw::TxCmd::RS::mask) != 0, i == 31 || i == 63) << i;
}

TEST_F(Tx, AFullRingTakesWhatFitsAndNothingIsLost) {
    EXPECT_EQ(kSize - 1, send_many(200));
    EXPECT_EQ(count.ring_full.get(), 1u);
    EXPECT_EQ(0, send_many(1));
    EXPECT_EQ(nic.tdt.size(), 1u);  // no bell for nothing
    drain();
    EXPECT_EQ(96, send_many(96));
}

TEST_F(Tx, FreesOnlyWhatTheNicReported) {
    send_many(64);
    ring[31].wb.status = hw::TxStatus::DD::mask;
    EXPECT_EQ(tx_done_cleanup(&queue, 0), 32);
    EXPECT_EQ(tx_done_cleanup(&queue, 0), 0);
    ring[63].wb.status = hw::TxStatus::DD::mask;
    EXPECT_EQ(tx_done_cleanup(&queue, 5), 5);
    EXPECT_EQ(tx_done_cleanup(&queue, 0), 27);
    EXPECT_TRUE(whole(pool));
}

TEST_F(Tx, FreesALongBacklogAFewAtATime) {
    send_many(kSize - 1);
    drain();
    const unsigned held = pool_in_use();
    EXPECT_EQ(1, send_many(1));
    EXPECT_EQ(pool_in_use(), held + 1 - 32);  // rs_thresh: few came
    EXPECT_EQ(16, send_many(16));
    EXPECT_EQ(pool_in_use(), held + 17 - 64);
    EXPECT_EQ(8, send_many(8));
    EXPECT_EQ(pool_in_use(), held + 25 - 64);  // there is room enough: free_thresh is 32
}

TEST_F(Tx, GoesRoundTheRingWithFramesOfAllShapes) {
    std::mt19937 random{2};
    unsigned sent = 0;
    while (sent < 5000) {
        std::vector<rte_mbuf*> burst;
        for (unsigned n = random() % 8; n != 0; --n)
            burst.push_back(frame(std::vector<std::uint16_t>(1 + random() % 40, 64)));
        const std::uint16_t taken = send(burst);
        for (std::size_t i = taken; i < burst.size(); ++i) rte_pktmbuf_free(burst[i]);
        sent += taken;
        drain();
    }
    EXPECT_EQ(count.packets.get(), sent);
}

TEST_F(Tx, TheLargestFrameAlwaysFitsOnceTheNicIsDone) {
    for (int round = 0; round < 200; ++round) {
        send_many(static_cast<unsigned>(round % 31));
        drain();
        ASSERT_EQ(1, send({frame(std::vector<std::uint16_t>(40, 64))})) << round;
        drain();
    }
}

TEST_F(Tx, WhatTheNicCouldChokeOnIsDroppedByNameAndTheRestGoesOn) {
    rte_mbuf* no_length = frame({0});
    rte_mbuf* tiny = frame({16});
    rte_mbuf* huge = frame({2048, 2048, 2048, 2048, 2048, 2048, 2048, 2048});
    rte_mbuf* many = frame(std::vector<std::uint16_t>(41, 64));
    rte_mbuf* liar = frame({60});
    liar->pkt_len = 61;
    rte_mbuf* longer = frame({60, 60, 60});
    longer->nb_segs = 2;
    longer->pkt_len = 120;
    rte_mbuf* none = frame({60});
    none->nb_segs = 0;
    rte_mbuf* good = frame();
    EXPECT_EQ(9, send({frame(), no_length, tiny, huge, many, liar, longer, none, good}));
    EXPECT_EQ(count.zero_length.get(), 1u);
    EXPECT_EQ(count.too_short.get(), 1u);
    EXPECT_EQ(count.too_long.get(), 1u);
    EXPECT_EQ(count.too_many_segments.get(), 1u);
    EXPECT_EQ(count.malformed.get(), 3u);
    EXPECT_EQ(count.packets.get(), 2u);
    EXPECT_EQ(nic.tdt.back(), 2u);
    EXPECT_EQ(queue.free, kSize - 3);
}

// A descriptor may not be empty, but an mbuf may.
TEST_F(Tx, SegmentsWithoutDataAreLeftOut) {
    for (const auto& lengths :
         std::vector<std::vector<std::uint16_t>>{{100, 0, 100}, {0, 100, 100}, {100, 100, 0}, {0, 0, 200}}) {
        const std::uint16_t tail = queue.tail;
        rte_mbuf* hollow = frame(lengths);
        EXPECT_EQ(0, net::prepare(*hollow, 15868, 40));
        ASSERT_EQ(1, send({hollow}));
        const unsigned used =
            static_cast<unsigned>(std::count_if(lengths.begin(), lengths.end(), [](auto n) { return n != 0; }));
        ASSERT_EQ(queue.tail, tail + used);
        unsigned bytes = 0;
        for (unsigned i = 0; i < used; ++i) {
            const std::uint32_t word = ring[tail + i].read.cmd_type_len;
            EXPECT_EQ((word & hw::TxCmd::EOP::mask) != 0, i + 1 == used);
            EXPECT_NE(word & 0xffff, 0u);
            bytes += word & 0xffff;
        }
        EXPECT_EQ(bytes, 200u);
    }
    EXPECT_EQ(count.packets.get(), 4u);
    EXPECT_EQ(count.malformed.get() + count.zero_length.get(), 0u);
}

// What a look at the mbuf tells is told by tx_prepare, in the same words: it refuses what the burst would drop.
TEST_F(Tx, WhatIsDroppedForItsShapeIsRefusedBefore) {
    rte_mbuf* liar = frame({60});
    liar->pkt_len = 61;
    rte_mbuf* longer = frame({60, 60, 60});
    longer->nb_segs = 2;
    longer->pkt_len = 120;
    rte_mbuf* shorter = frame({60, 60});
    shorter->nb_segs = 3;
    for (rte_mbuf* bad : {liar, longer, shorter}) EXPECT_EQ(-EINVAL, net::prepare(*bad, 15868, 40));
    EXPECT_EQ(3, send({liar, longer, shorter}));
    EXPECT_EQ(count.malformed.get(), 3u);
}

TEST_F(Tx, MemoryThatIsNotMappedOrNotContiguousIsNeverHandedOver) {
    rte_mbuf* outside = frame();
    nic.hole = reinterpret_cast<std::uintptr_t>(rte_pktmbuf_mtod(outside, char*));
    nic.hole_len = 1;
    EXPECT_EQ(1, send({outside}));
    EXPECT_EQ(count.unmapped.get(), 1u);
    EXPECT_TRUE(nic.tdt.empty());

    rte_mbuf* across = frame();
    nic.border = reinterpret_cast<std::uintptr_t>(rte_pktmbuf_mtod(across, char*)) + 30;
    nic.hole_len = 0;
    ++nic.epoch;
    EXPECT_EQ(1, send({across}));
    EXPECT_EQ(count.unmapped.get(), 2u);
}

TEST_F(Tx, ExternalBuffersAreFoundByTheirOwnAddress) {
    static char outside[256];
    static rte_mbuf_ext_shared_info info{};  // in use until TearDown
    info.free_cb = [](void*, void*) {};
    rte_mbuf_ext_refcnt_set(&info, 1);
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool.get());
    rte_pktmbuf_attach_extbuf(mbuf, outside, RTE_BAD_IOVA, sizeof(outside), &info);
    ASSERT_NE(rte_pktmbuf_append(mbuf, 64), nullptr);
    EXPECT_EQ(1, send({mbuf}));
    EXPECT_EQ(ring[0].read.buffer_addr, reinterpret_cast<std::uintptr_t>(outside) + TestNic::kDelta);
}

TEST_F(Tx, AnAddressFromBeforeAnUnmapIsNotUsedAgain) {
    send({frame()});
    nic.delta = 0x1000;
    ++nic.epoch;
    rte_mbuf* mbuf = frame();
    const std::uint64_t bus = reinterpret_cast<std::uintptr_t>(rte_pktmbuf_mtod(mbuf, char*)) + 0x1000;
    send({mbuf});
    EXPECT_EQ(ring[1].read.buffer_addr, bus);
}

TEST_F(Tx, StatusTellsWhatTheNicIsDoneWith) {
    send_many(40);
    EXPECT_EQ(tx_descriptor_status(&queue, 0), RTE_ETH_TX_DESC_DONE);  // free
    EXPECT_EQ(tx_descriptor_status(&queue, kSize - 40), RTE_ETH_TX_DESC_FULL);
    EXPECT_EQ(tx_descriptor_status(&queue, kSize), -EINVAL);
    ring[31].wb.status = hw::TxStatus::DD::mask;
    EXPECT_EQ(tx_descriptor_status(&queue, kSize - 40), RTE_ETH_TX_DESC_DONE);
    EXPECT_EQ(tx_descriptor_status(&queue, kSize - 1), RTE_ETH_TX_DESC_FULL);
}

TEST_F(Tx, FastFreeGivesWholeFramesBackToTheirPool) {
    queue.fast_free = true;
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 10; ++i) ASSERT_EQ(1, send({frame({64, 64, 64})}));
        drain();
        tx_done_cleanup(&queue, 0);
    }
    drain();
    tx_done_cleanup(&queue, 0);
    empty(queue);
    ASSERT_TRUE(whole(pool));
    std::vector<rte_mbuf*> all(512);
    ASSERT_EQ(0, rte_pktmbuf_alloc_bulk(pool.get(), all.data(), 512));  // and as a pool's mbufs have to be
    for (rte_mbuf* mbuf : all) {
        const char* reason = nullptr;
        EXPECT_EQ(0, rte_mbuf_check(mbuf, 1, &reason)) << reason;
        EXPECT_EQ(mbuf->nb_segs, 1);
        EXPECT_EQ(mbuf->next, nullptr);
        rte_pktmbuf_free(mbuf);
    }
}

TEST_F(Tx, AStoppedQueueTakesNothing) {
    send_many(10);
    empty(queue);
    EXPECT_TRUE(whole(pool));
    EXPECT_EQ(0, send_many(4));
}

}  // namespace
