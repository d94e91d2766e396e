// SPDX-License-Identifier: BSD-3-Clause
// Receiving what the NIC has coalesced (82599 DS 7.11): chains of buffers by NEXTP, and descriptors that make no sense.
#include "net/bifurc/rx_lro.h"

#include <gtest/gtest.h>
#include <linux/ethtool.h>

#include <cstring>
#include <random>
#include <vector>

#include "port_fixture.h"
#include "rx_fixture.h"

using namespace bifurc;
using namespace bifurc::net;
using namespace bifurc::test;

namespace {

constexpr std::uint32_t kEop = hw::RxStatus::EOP::mask;

constexpr std::uint32_t next_is(std::uint32_t slot) { return slot << hw::RxStatus::NEXTP::lo; }
// RSCCNT: so many frames begin in the buffer behind the first.
constexpr std::uint32_t with_frames(std::uint32_t appended) { return (appended + 1) << hw::RxInfo::RSCCNT::lo; }

class Lro : public Rx {
protected:
    void SetUp() override {
        Rx::SetUp();
        queue.chains = chains.data();
    }
    void open_again(unsigned mbufs) {
        open(mbufs, kThresh);
        queue.chains = chains.data();
    }
    std::vector<rte_mbuf*> burst(std::uint16_t want = 32) {
        std::vector<rte_mbuf*> frames(want);
        frames.resize(receive_lro<Chip82599>(queue, nic, frames.data(), want));
        for (const rte_mbuf* frame : frames) {
            const char* reason = nullptr;
            EXPECT_EQ(0, rte_mbuf_check(frame, 1, &reason)) << reason;
        }
        return frames;
    }
    // What the first buffer of a large receive holds: a header whose TCP part has this length.
    void put_header(std::uint32_t slot, std::uint8_t tcp_words, bool tagged = false) {
        auto* bytes = static_cast<std::uint8_t*>(buffers[slot]->buf_addr) + RTE_PKTMBUF_HEADROOM;
        std::memset(bytes, 0, 64);
        bytes[12] = tagged ? 0x81 : 8;
        bytes[14 + (tagged ? 4 : 0) + 20 + 12] = static_cast<std::uint8_t>(tcp_words << 4);
    }
    static std::vector<std::uint16_t> lengths(const rte_mbuf* frame) {
        std::vector<std::uint16_t> all;
        for (; frame != nullptr; frame = frame->next) all.push_back(frame->data_len);
        return all;
    }

    std::vector<RxChain> chains = std::vector<RxChain>(kSize);
};

using Lengths = std::vector<std::uint16_t>;

TEST_F(Lro, AFrameByItselfIsAsEver) {
    complete(60, kEop | hw::RxStatus::IPCS::mask, with_frames(0));
    complete(1514);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0]->ol_flags, RTE_MBUF_F_RX_IP_CKSUM_GOOD);
    EXPECT_EQ(frames[1]->pkt_len, 1514u);
    EXPECT_EQ(count.bytes.get(), 1574u);
    release(frames);
}

TEST_F(Lro, BuffersThatLieOneBehindTheOtherAreOneFrame) {
    complete(2048, next_is(1), with_frames(1));
    complete(2048, next_is(2), with_frames(1));
    complete(412, kEop | hw::RxStatus::L4I::mask, with_frames(0) | 0x110);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(lengths(frames[0]), (Lengths{2048, 2048, 412}));
    EXPECT_EQ(frames[0]->pkt_len, 4508u);
    EXPECT_EQ(frames[0]->ol_flags, RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_LRO);
    EXPECT_EQ(count.packets.get(), 1u);
    release(frames);
}

TEST_F(Lro, FlowsWhoseBuffersInterleaveAreEachWhole) {
    complete(1001, next_is(2), with_frames(1));
    complete(1002, next_is(4), with_frames(1));
    complete(1003, next_is(3), with_frames(0));
    complete(1005, kEop, with_frames(0));
    complete(1004, kEop, with_frames(0));
    auto frames = burst();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(lengths(frames[0]), (Lengths{1001, 1003, 1005}));
    EXPECT_EQ(lengths(frames[1]), (Lengths{1002, 1004}));
    release(frames);
}

TEST_F(Lro, AFrameMayGoOnInALaterBurst) {
    complete(1001, next_is(2), with_frames(1));
    complete(60);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(lengths(frames[0]), Lengths{60});
    release(frames);
    complete(1003, kEop, with_frames(0));
    frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(lengths(frames[0]), (Lengths{1001, 1003}));
    release(frames);
}

TEST_F(Lro, WhatWasNotCoalescedGoesOnInTheNextSlot) {
    complete(2048, next_is(40));  // without RSCCNT there is no NEXTP
    complete(2048, 0);
    complete(100);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(lengths(frames[0]), (Lengths{2048, 2048, 100}));
    EXPECT_EQ(frames[0]->ol_flags, 0u);
    release(frames);
}

TEST_F(Lro, SegmentSizeIsTheFramesPayloadOnTheAverage) {
    const struct {
        std::uint8_t tcp_words;
        bool tagged;
        std::uint16_t header;
    } rows[] = {{5, false, 54}, {8, false, 66}, {5, true, 58}};
    for (const auto& row : rows) {
        const auto slot = static_cast<std::uint32_t>(hw_next);
        put_header(slot, row.tcp_words, row.tagged);
        complete(2048, next_is(slot + 1), with_frames(1));
        complete(static_cast<std::uint16_t>(row.header + 3 * 1000 - 2048), kEop, with_frames(1));
        auto frames = burst();
        ASSERT_EQ(frames.size(), 1u);
        EXPECT_EQ(frames[0]->ol_flags, RTE_MBUF_F_RX_LRO);
        EXPECT_EQ(frames[0]->tso_segsz, 1000);
        release(frames);
    }
}

TEST_F(Lro, AHeaderThatIsLongerThanTheFrameIsNoFault) {
    put_header(0, 15);
    complete(20, kEop, with_frames(1));
    auto frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->tso_segsz, 10);
    release(frames);
}

TEST_F(Lro, AChainMayGoAroundTheRingsEnd) {
    for (int i = 0; i < kSize - 2; ++i) complete(60);
    release(burst(kSize));
    complete(2048, next_is(1), with_frames(1));
    complete(60);
    complete(61);
    complete(100, kEop, with_frames(0));
    auto frames = burst();
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_EQ(lengths(frames[2]), (Lengths{2048, 100}));
    release(frames);
}

TEST_F(Lro, ChainsGoRoundTheRingManyTimes) {
    std::uint64_t got = 0;
    for (int round = 0; round < 500; ++round) {
        // Two flows of two buffers each, in turn.
        const std::uint32_t first = hw_next;
        complete(1001, next_is((first + 2) % kSize), with_frames(1));
        complete(1002, next_is((first + 3) % kSize), with_frames(1));
        complete(11, kEop, with_frames(0));
        complete(12, kEop, with_frames(0));
        for (rte_mbuf* frame : burst()) {
            EXPECT_EQ(lengths(frame), (got % 2 == 0 ? Lengths{1001, 11} : Lengths{1002, 12}));
            ++got;
            rte_pktmbuf_free(frame);
        }
    }
    EXPECT_EQ(got, 1000u);
    EXPECT_EQ(count.bad_link.get(), 0u);
}

// Each names, in the second slot, one where its frame cannot go on; the first begins a frame that goes on in the
// fourth.
TEST_F(Lro, ANextDescriptorThatTheNicCouldNotUseIsCountedAndTheRestGoesOn) {
    constexpr std::uint32_t kFirst = kThresh;  // in the middle of a ring whose slots are all armed
    const struct {
        const char* what;
        std::uint32_t slot;
    } rows[] = {{"just beyond the ring", kSize},
                {"far beyond the ring", 0xffff},
                {"itself", kFirst + 1},
                {"one that is done with", kFirst},
                {"where another frame goes on", kFirst + 3}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.what);
        nic.rdt.clear();
        open_again(kSize * 4);
        for (std::uint32_t i = 0; i < kFirst; ++i) complete(60);
        release(burst());
        count = {};
        complete(1000, next_is(kFirst + 3), with_frames(1));
        complete(1001, next_is(row.slot), with_frames(1));
        complete(60);
        complete(1003, kEop, with_frames(0));
        complete(61);
        auto frames = burst();
        ASSERT_EQ(frames.size(), 3u);
        EXPECT_EQ(lengths(frames[1]), (Lengths{1000, 1003}));
        EXPECT_EQ(count.bad_link.get(), 1u);
        EXPECT_EQ(count.packets.get(), 3u);
        release(frames);
    }
}

TEST_F(Lro, ASlotWithoutABufferIsNoPlaceToGoOn) {
    open_again(kSize);  // the ring holds all mbufs: nothing is refilled
    for (int i = 0; i < 20; ++i) complete(60);
    auto kept = burst();
    complete(1000, next_is(5), with_frames(1));
    EXPECT_TRUE(burst().empty());
    EXPECT_EQ(count.bad_link.get(), 1u);
    release(kept);
}

TEST_F(Lro, AFrameThatIsGivenUpTakesItsLaterBuffersWithIt) {
    complete(1000, next_is(2), with_frames(1));
    complete(60);
    complete(2049, next_is(3), with_frames(1));  // longer than its buffer
    complete(3000, next_is(4), with_frames(1));  // again, but the frame is lost already
    complete(1000, kEop, with_frames(1));
    complete(61);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[1]->pkt_len, 61u);
    EXPECT_EQ(count.bad_length.get(), 1u);
    EXPECT_EQ(count.packets.get(), 2u);
    release(frames);
}

TEST_F(Lro, AFrameThatTheNicMarkedAsBadIsOneDrop) {
    complete(1000, next_is(1), with_frames(1));
    complete(1000, kEop | hw::RxStatus::RXE::mask, with_frames(1));
    complete(0, kEop, with_frames(0));
    complete(60);
    auto frames = burst();
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_EQ(count.bad_frame.get(), 1u);
    EXPECT_EQ(count.bad_length.get(), 1u);
    release(frames);
}

TEST_F(Lro, MoreBuffersThanALargeReceiveCanHaveAreGivenUp) {
    for (std::uint32_t i = 0; i < kMaxRxSegments + 3u; ++i) complete(100, next_is(i + 1), with_frames(0));
    complete(100, kEop, with_frames(0));
    complete(60);
    auto frames = burst();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->pkt_len, 60u);
    EXPECT_EQ(count.overlong.get(), 1u);
    release(frames);
}

TEST_F(Lro, StoppedInsideSeveralFramesItLosesNoMbuf) {
    complete(1000, next_is(4), with_frames(1));
    complete(1000, next_is(5), with_frames(1));
    complete(1000, next_is(6), with_frames(1));
    complete(2049, next_is(7), with_frames(1));
    EXPECT_TRUE(burst().empty());
    empty(queue);
    EXPECT_TRUE(whole(pool));
    for (const RxChain& chain : chains) EXPECT_TRUE(chain.head == nullptr && !chain.discard);
}

TEST_F(Lro, WhateverTheNicWritesEveryMbufIsInOnePlace) {
    std::mt19937 random{5};
    open_again(kSize + 40);  // now and then the pool is empty
    std::vector<rte_mbuf*> kept;
    const auto let_go = [&] {
        release(kept);
        kept.clear();
    };
    for (int round = 0; round < 20'000; ++round) {
        while (random() % 4 != 0) {
            const std::uint32_t near = next_is((hw_next + 1 + random() % 4) % kSize);
            const std::uint32_t any = static_cast<std::uint32_t>(random());
            const std::uint32_t flags = random() % 3 == 0 ? any : random() % 2 == 0 ? near : kEop;
            const std::uint32_t info = random() % 3 == 0 ? any : with_frames(random() % 3);
            const auto length = static_cast<std::uint16_t>(random() % 8 == 0 ? any : 1 + any % 2048);
            if (!complete(length, flags, info)) break;
        }
        for (rte_mbuf* frame : burst()) {
            ASSERT_LE(frame->nb_segs, kMaxRxSegments);
            kept.push_back(frame);
        }
        if (random() % 4 == 0) let_go();
    }
    let_go();  // TearDown counts
    EXPECT_GT(count.packets.get(), 1000u);
    EXPECT_GT(count.bad_link.get(), 1000u);
}

// The whole driver.
class LroPort : public Port {
protected:
    void switch_on() { fake.ethtool_word(ETHTOOL_GFLAGS, ETH_FLAG_LRO); }
    rte_eth_conf lro_conf(std::uint32_t max_bytes = 0) {
        rte_eth_conf conf{};
        conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_TCP_LRO;
        conf.rxmode.max_lro_pkt_size = max_bytes;
        return conf;
    }
    std::string rx_mode() {
        rte_eth_burst_mode mode{};
        EXPECT_EQ(0, rte_eth_rx_burst_mode_get(port, 0, &mode));
        return mode.info;
    }
};

TEST_F(LroPort, IsClaimedOnlyWhileTheKernelHasItOn) {
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_LRO, 0u);
    EXPECT_EQ(info.max_lro_pkt_size, 0u);
    rte_eth_conf conf = lro_conf();
    EXPECT_EQ(-EINVAL, rte_eth_dev_configure(port, 1, 1, &conf));
    switch_on();
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_NE(info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_LRO, 0u);
    EXPECT_EQ(info.max_lro_pkt_size, 65535u);
}

TEST_F(LroPort, TheQueueCoalescesOnlyWhereItWasAskedTo) {
    switch_on();
    start();
    EXPECT_EQ(reg<RSCCTL>(), 0u);
    EXPECT_TRUE(rx_mode().ends_with(" 82599 Single buffer")) << rx_mode();
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    start(lro_conf());
    EXPECT_EQ(reg<RSCCTL>(), RSCCTL::RSCEN::mask | RSCCTL::MAXDESC::mask);
    EXPECT_EQ(reg<SRRCTL>() & SRRCTL::BSIZEHEADER::mask, 2u << SRRCTL::BSIZEHEADER::lo);
    EXPECT_EQ(rx_mode(), "Scalar 82599 LRO");
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    start();
    EXPECT_EQ(reg<RSCCTL>(), 0u);
}

TEST_F(LroPort, ALimitThatTheApplicationSetIsKept) {
    switch_on();
    start(lro_conf(8192));
    EXPECT_EQ(reg<RSCCTL>(), RSCCTL::RSCEN::mask | 1u << RSCCTL::MAXDESC::lo);
}

TEST_F(LroPort, ALargeReceiveArrivesThroughEthdev) {
    switch_on();
    start(lro_conf());
    hw::RxDesc* ring = rx_ring();
    ring[0].wb = {with_frames(1), 0, hw::RxStatus::DD::mask | next_is(2), 2048, 0};
    ring[1].wb = {0, 0, hw::RxStatus::DD::mask | kEop, 60, 0};
    ring[2].wb = {with_frames(0), 0, hw::RxStatus::DD::mask | kEop, 100, 0};
    const auto frames = receive();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[1]->nb_segs, 2);
    EXPECT_NE(frames[1]->ol_flags & RTE_MBUF_F_RX_LRO, 0u);
    for (rte_mbuf* frame : frames) rte_pktmbuf_free(frame);
}

TEST_F(LroPort, AQueueFromBeforeItWasAskedForGoesOnWithout) {
    switch_on();
    configure();
    rte_eth_conf conf = lro_conf();
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(reg<RSCCTL>(), 0u);
    EXPECT_FALSE(rx_mode().ends_with("LRO")) << rx_mode();
}

TEST(LroChip, The82576HasNone) {
    FakeDevice fake{1, 1, BIFURC_CHIP_82576};
    fake.ethtool_word(ETHTOOL_GFLAGS, ETH_FLAG_LRO);
    ASSERT_EQ(0, fake.probe());
    std::uint16_t port = 0;
    ASSERT_EQ(0, rte_eth_dev_get_port_by_name("rte_bifurc0", &port));
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_LRO, 0u);
    EXPECT_EQ(0, fake.remove());
}

}  // namespace
