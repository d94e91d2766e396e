// SPDX-License-Identifier: BSD-3-Clause
// Receiving, by the 82599 datasheet's rules.
#include <gtest/gtest.h>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;
using hw::RxStatus;

TEST(Rx, FrameLandsInTheFirstBufferAndIsReported) {  // DS 7.1.6
    Bench bench;
    bench.open_rx(0);
    const Frame frame = udp_frame();
    bench.nic.receive(frame);
    EXPECT_EQ(bench.nic.poll(8), 1u);
    EXPECT_EQ(bench.received(0), frame);
    const std::uint32_t status = bench.rx_desc(0).wb.status_error;
    EXPECT_EQ(status & (RxStatus::DD::mask | RxStatus::EOP::mask), RxStatus::DD::mask | RxStatus::EOP::mask);
    EXPECT_EQ(bench.read<RDH>(0).raw, 1u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Rx, MemoryThatIsNotDirectlyReachableWorksTheSame) {
    Bench bench{false};
    bench.open_rx(0);
    bench.nic.receive(udp_frame());
    EXPECT_EQ(bench.nic.poll(8), 1u);
    EXPECT_EQ(bench.received(0), udp_frame());
}

TEST(Rx, LongFrameTakesSeveralDescriptorsAndOnlyTheLastHasEop) {  // DS 7.1.4
    Bench bench;
    bench.write<HLREG0>(HLREG0::value{}.with<HLREG0::JUMBOEN>(1));
    bench.write<MAXFRS>(MAXFRS::value{}.with<MAXFRS::MFS>(9018));
    bench.open_rx(0, 1);
    const Frame frame = udp_frame({}, 2500);
    bench.nic.receive(frame);
    bench.nic.poll(8);
    Frame all;
    for (std::uint32_t slot = 0; slot < 3; ++slot) {
        const Frame part = bench.received(slot);
        all.insert(all.end(), part.begin(), part.end());
        const bool eop = (bench.rx_desc(slot).wb.status_error & RxStatus::EOP::mask) != 0;
        EXPECT_EQ(eop, slot == 2) << slot;
    }
    EXPECT_EQ(all, frame);
    EXPECT_EQ(bench.rx_desc(0).wb.length, 1024);
}

TEST(Rx, EmptyRingDropsWhereDropIsEnabled) {  // DS 8.2.3.8.7 Drop_En
    Bench bench;
    bench.open_rx(0);
    for (std::uint32_t i = 0; i < Bench::kSlots + 4; ++i) bench.nic.receive(udp_frame());
    bench.nic.poll(100);
    EXPECT_EQ(bench.nic.rx_account().delivered, Bench::kSlots - 1);
    EXPECT_EQ(bench.nic.rx_account().no_descriptor, 5u);
    EXPECT_EQ(bench.read<QPRDC>().raw, 5u);
    EXPECT_EQ(bench.read<QPRDC>().raw, 0u) << "the counter clears on read";
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Rx, EmptyRingWithoutDropHoldsUpEveryQueueUntilTheBufferIsFull) {  // DS 7.1.3
    Bench bench{true, 4096};
    bench.open_rx(0, 2, false);
    for (std::uint32_t i = 0; i < Bench::kSlots - 1; ++i) {
        bench.nic.receive(udp_frame());
        bench.nic.poll(1);
    }
    for (int i = 0; i < 100; ++i) bench.nic.receive(udp_frame());
    EXPECT_EQ(bench.nic.poll(100), 0u);
    EXPECT_GT(bench.nic.rx_pending(), 0u);
    EXPECT_EQ(bench.read<RXMPC>().raw, bench.nic.rx_account().missed);
    EXPECT_GT(bench.nic.rx_account().missed, 0u);
    EXPECT_TRUE(adds_up(bench.nic));
    bench.write<QDE>(QDE::value{}.with<QDE::ENABLE>(1).with<QDE::WE>(1));
    bench.nic.poll(1000);
    EXPECT_EQ(bench.nic.rx_pending(), 0u) << "QDE lets the queue drop";
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Rx, MemoryThatIsMappedAnewElsewhereIsFollowed) {
    Bench bench;
    bench.open_rx(0);
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    const std::vector<std::byte> old = bench.memory.move();
    const std::vector<std::byte> before = old;
    bench.nic.receive(udp_frame({.src_port = 7}));
    bench.nic.poll(8);
    EXPECT_EQ(bench.received(1), udp_frame({.src_port = 7}));
    EXPECT_EQ(old, before);
}

TEST(Rx, PacketBufferKeepsOrderAndContentsAroundItsEnd) {
    Bench bench{true, 4096};
    bench.open_rx(0, 2, false);
    std::size_t delivered = 0;
    std::vector<Frame> kept;
    for (std::size_t i = 0; i < 500; ++i) {
        const Frame frame = udp_frame({.src_port = static_cast<std::uint16_t>(i)}, 20 + i * 37 % 1300);
        const auto missed = bench.nic.rx_account().missed;
        bench.nic.receive(frame);
        if (bench.nic.rx_account().missed == missed) kept.push_back(frame);
        if (i % 3 != 2) continue;
        bench.nic.poll(2);
        for (; delivered < bench.nic.rx_account().delivered; ++delivered) {
            const auto slot = static_cast<std::uint32_t>(delivered % Bench::kSlots);
            ASSERT_EQ(bench.received(slot), kept[delivered]) << delivered;
            bench.rx_desc(slot).read = {Bench::buffer(slot), 0};
            bench.write<RDT>(0, {(slot + Bench::kSlots - 1) % Bench::kSlots});
        }
    }
    EXPECT_GT(delivered, 300u);
    EXPECT_GT(bench.nic.rx_account().missed, 0u) << "it was full at times";
}

TEST(Rx, DisabledQueueLosesItsFramesAndTheyAreCounted) {
    Bench bench;
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().queue_disabled, 1u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Rx, UnmappedBufferLosesTheFrameButNotTheDescriptor) {
    Bench bench;
    bench.open_rx(0);
    bench.rx_desc(0).read.pkt_addr = 0x1234;
    bench.nic.receive(udp_frame());
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_NE(bench.rx_desc(0).wb.status_error & RxStatus::RXE::mask, 0u);
    EXPECT_EQ(bench.received(1), udp_frame());
    EXPECT_EQ(bench.nic.rx_account().dma_fault, 1u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Rx, NonsenseRingsTakeNothingAndTouchNothing) {
    struct Case {
        const char* what;
        std::uint64_t base;
        std::uint32_t len, head, tail;
        bool fault;  // the ring makes sense, but its memory is not mapped
    };
    const Case cases[] = {
        {"length 0", Bench::kRxRing, 0, 0, 8, false},
        {"tail beyond the ring", Bench::kRxRing, 256, 0, 99, false},
        {"tail just beyond the ring", Bench::kRxRing, 256, 0, 16, false},
        {"head beyond the ring", Bench::kRxRing, 256, 77, 8, false},
        {"head just beyond the ring", Bench::kRxRing, 256, 16, 8, false},
        {"length beyond the limit", Bench::kRxRing, 0xfff80, 0, 8, false},
        {"not mapped", 0x1000, 256, 0, 8, true},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.what);
        Bench bench;
        bench.write<RDBAL>(0, {static_cast<std::uint32_t>(c.base)});
        bench.write<RDBAH>(0, {static_cast<std::uint32_t>(c.base >> 32)});
        bench.write<RDLEN>(0, {c.len});
        bench.write<RDH>(0, {c.head});
        bench.write<SRRCTL>(
            0, SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(2).with<SRRCTL::DESCTYPE>(1).with<SRRCTL::Drop_En>(1));
        bench.write<RXDCTL>(0, RXDCTL::value{}.with<RXDCTL::ENABLE>(1));
        bench.write<RDT>(0, {c.tail});
        bench.nic.receive(udp_frame());
        bench.nic.poll(8);
        EXPECT_EQ(bench.nic.rx_account().dma_fault, c.fault ? 1u : 0u);
        EXPECT_EQ(bench.nic.rx_account().bad_descriptor, c.fault ? 0u : 1u);
        EXPECT_TRUE(adds_up(bench.nic));
    }
}

TEST(Rx, VlanTagIsStrippedWhereTheQueueWantsIt) {  // DS 7.4.5
    Bench bench;
    bench.open_rx(0);
    bench.write<RXDCTL>(0, RXDCTL::value{}.with<RXDCTL::ENABLE>(1).with<RXDCTL::VME>(1));
    bench.nic.receive(tagged(udp_frame(), 0x2064));
    bench.nic.poll(8);
    EXPECT_EQ(bench.received(0), udp_frame());
    EXPECT_EQ(bench.rx_desc(0).wb.vlan, 0x2064);
    EXPECT_NE(bench.rx_desc(0).wb.status_error & RxStatus::VP::mask, 0u);
}

TEST(Rx, ChecksumsAreReported) {  // DS 7.1.11
    Bench bench;
    bench.open_rx(0);
    Frame bad_ip = udp_frame(), bad_udp = udp_frame();
    bad_ip[24] ^= std::byte{1};
    bad_udp[45] ^= std::byte{1};
    for (const Frame& frame : {udp_frame(), bad_ip, bad_udp}) bench.nic.receive(frame);
    bench.nic.poll(8);
    const auto errors = [&](std::uint32_t slot) {
        return bench.rx_desc(slot).wb.status_error & (RxStatus::IPE::mask | RxStatus::TCPE::mask);
    };
    EXPECT_EQ(errors(0), 0u);
    EXPECT_EQ(errors(1), RxStatus::IPE::mask);
    EXPECT_EQ(errors(2), RxStatus::TCPE::mask);
    EXPECT_NE(bench.rx_desc(0).wb.status_error & RxStatus::IPCS::mask, 0u);
    EXPECT_NE(bench.rx_desc(0).wb.status_error & RxStatus::L4I::mask, 0u);
}

TEST(Rx, Ipv6InsideIpv4ShowsInTheTypeOnly) {  // DS 7.1.6.2
    Bench bench;
    bench.open_rx(0);
    Frame frame = udp_frame({}, 100);
    frame[23] = std::byte{41};
    bench.nic.receive(frame);  // what is inside begins with no 6
    frame[34] = std::byte{0x60};
    bench.nic.receive(frame);
    bench.nic.poll(8);
    const auto type = [&](std::uint32_t slot) { return bench.rx_desc(slot).wb.pkt_info >> 4 & 0x7f; };
    EXPECT_EQ(type(0), 1u);
    EXPECT_EQ(type(1), 1u | 4u);
    EXPECT_EQ(bench.rx_desc(1).wb.status_error & RxStatus::L4I::mask, 0u);
}

TEST(Filter, OnlyFramesForThePortPass) {  // DS 7.1.1
    Bench bench;
    bench.open_rx(0);
    bench.write<FCTRL>({0});
    Frame other = udp_frame();
    other[5] = std::byte{9};
    bench.nic.receive(udp_frame());
    bench.nic.receive(other);
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().delivered, 1u);
    EXPECT_EQ(bench.nic.rx_account().filtered, 1u);
}

TEST(Filter, MulticastHashTableHitsByTwelveBits) {  // DS 8.2.3.7.3, MO 0: bits 47:36
    Bench bench;
    bench.open_rx(0);
    Frame frame = udp_frame();
    const std::uint8_t mac[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb};
    std::memcpy(frame.data(), mac, 6);
    bench.nic.receive(frame);
    const unsigned vector = 0xfb << 4 | 0;
    bench.write<MTA>(vector >> 5, {1u << (vector & 31)});
    bench.write<MCSTCTRL>(MCSTCTRL::value{}.with<MCSTCTRL::MFE>(1));
    bench.nic.receive(frame);
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().filtered, 1u);
    EXPECT_EQ(bench.nic.rx_account().delivered, 1u);
}

TEST(Filter, VlanTableDecidesWhereItIsOn) {  // DS 7.1.1.2
    Bench bench;
    bench.open_rx(0);
    bench.write<VLNCTRL>(VLNCTRL::value{}.with<VLNCTRL::VET>(0x8100).with<VLNCTRL::VFE>(1));
    bench.write<VFTA>(100 / 32, {1u << 100 % 32});
    bench.nic.receive(tagged(udp_frame(), 0x2000 | 100));
    bench.nic.receive(tagged(udp_frame(), 101));
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().delivered, 2u);
    EXPECT_EQ(bench.nic.rx_account().filtered, 1u);
}

TEST(Filter, LengthsBeyondTheLimitAreCounted) {
    Bench bench;
    bench.open_rx(0);
    bench.nic.receive(udp_frame({}, 1472));
    bench.nic.receive(udp_frame({}, 1473));
    bench.nic.receive(Frame(10));
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().delivered, 1u);
    EXPECT_EQ(bench.nic.rx_account().bad_length, 2u);
    EXPECT_EQ(bench.read<ROC>().raw, 1u);
    EXPECT_EQ(bench.read<RUC>().raw, 1u);
}

TEST(Registers, WhatNoRegisterKnowsIsCountedAndNamed) {
    Bench bench;
    EXPECT_EQ(bench.nic.read32(0x1ff00), 0u);
    bench.nic.write32(0x1ff00, 1);
    const auto unknown = bench.nic.unknown_accesses();
    ASSERT_EQ(unknown.size(), 2u);
    EXPECT_EQ(unknown[0].offset, 0x1ff00u);
    EXPECT_EQ(register_name(TDT::at(32)), "TDT[32]");
    EXPECT_EQ(register_name(0x1ff00), "unknown 0x1ff00");
}

TEST(Lent, PagesAreObeyedAndForgotten) {
    Bench bench;
    alignas(4096) static std::byte rx_page[4096], tx_page[4096];
    bench.nic.lend(5, rx_page, tx_page);
    const auto word = [](std::byte* page, std::uint32_t offset) -> std::uint32_t& {
        return reinterpret_cast<std::uint32_t*>(page)[(offset & 4095) / 4];
    };
    for (std::uint32_t slot = 0; slot < Bench::kSlots; ++slot) bench.rx_desc(slot).read = {bench.buffer(slot), 0};
    word(rx_page, RDBAL::at(5)) = static_cast<std::uint32_t>(Bench::kRxRing);
    word(rx_page, RDBAH::at(5)) = static_cast<std::uint32_t>(Bench::kRxRing >> 32);
    word(rx_page, RDLEN::at(5)) = Bench::kSlots * 16;
    word(rx_page, SRRCTL::at(5)) =
        SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(2).with<SRRCTL::DESCTYPE>(1).with<SRRCTL::Drop_En>(1).raw;
    word(rx_page, RXDCTL::at(5)) = RXDCTL::ENABLE::mask;
    word(rx_page, RDT::at(5)) = 4;
    bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x800).with<ETQF::Filter_Enable>(1));
    bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(5).with<ETQS::Queue_Enable>(1));
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.received(0), udp_frame());
    EXPECT_EQ(word(rx_page, RDH::at(5)), 1u);
    EXPECT_EQ(bench.nic.queue_account(5).rx_frames, 1u);

    word(rx_page, RDBAL::at(5) + 0x1c) = 7;  // no register lies there
    bench.nic.take_back(5);
    EXPECT_EQ(bench.nic.unknown_accesses().size(), 1u);
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(word(rx_page, RDH::at(5)), 1u) << "nothing moves after take_back";
    EXPECT_EQ(bench.nic.rx_account().queue_disabled, 1u);
}

TEST(Lent, ClearedEnableEndsDmaAtTheNextSync) {
    Bench bench;
    bench.open_rx(0);
    bench.write<RXDCTL>(0, {0});
    bench.nic.sync();
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.rx_desc(0).wb.status_error & RxStatus::DD::mask, 0u);
}

// Frames for queue 0, two more than the NIC has descriptors there; then one for a queue that is off.
struct Arrival {
    Arrival() {
        for (std::size_t i = 0; i < Bench::kSlots + 1; ++i) frames.push_back(udp_frame({}, 18 + i));
        frames.push_back(udp_frame());
        frames.back()[12] = std::byte{0x08};
        frames.back()[13] = std::byte{0x06};
        spans.assign(frames.begin(), frames.end());
        bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x0806).with<ETQF::Filter_Enable>(1));
        bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(1).with<ETQS::Queue_Enable>(1));
        bench.open_rx(0, 2, false);
    }
    Bench bench;
    std::vector<Frame> frames;
    std::vector<model::Frame> spans;
};

TEST(Arrived, WhatComesBehindAFrameThatWaitsWaitsToo) {
    Arrival t;
    EXPECT_EQ(t.bench.nic.poll(64, t.spans), Bench::kSlots - 1);
    EXPECT_EQ(t.bench.nic.rx_account().delivered, Bench::kSlots - 1);
    EXPECT_EQ(t.bench.nic.rx_account().queue_disabled, 0u) << "the packet buffer is one line for all queues";
    EXPECT_EQ(t.bench.nic.rx_pending(), 3u);
    for (std::uint32_t slot = 0; slot < Bench::kSlots - 1; ++slot) EXPECT_EQ(t.bench.received(slot), t.frames[slot]);
    for (std::uint32_t slot = 0; slot < 4; ++slot) t.bench.rx_desc(slot).read = {Bench::buffer(slot), 0};
    t.bench.write<RDT>({4});
    EXPECT_EQ(t.bench.nic.poll(64), 3u);
    EXPECT_EQ(t.bench.received(Bench::kSlots - 1), t.frames[Bench::kSlots - 1]);
    EXPECT_EQ(t.bench.received(0), t.frames[Bench::kSlots]);
    EXPECT_EQ(t.bench.nic.rx_account().queue_disabled, 1u);
    EXPECT_TRUE(adds_up(t.bench.nic));
}

TEST(Arrived, NoMoreMoveThanTheBudgetAllows) {
    Arrival t;
    t.bench.nic.receive(t.frames[0]);
    EXPECT_EQ(t.bench.nic.poll(3, std::span{t.spans}.subspan(1, 5)), 3u);
    EXPECT_EQ(t.bench.nic.rx_pending(), 3u);
    EXPECT_EQ(t.bench.nic.poll(64), 3u);
    for (std::uint32_t slot = 0; slot < 6; ++slot) EXPECT_EQ(t.bench.received(slot), t.frames[slot]);
    EXPECT_TRUE(adds_up(t.bench.nic));
}

TEST(Arrived, ManyOfAllLengthsComeInTheirOrder) {
    Bench bench;
    bench.write<HLREG0>(HLREG0::value{}.with<HLREG0::JUMBOEN>(1));
    bench.write<MAXFRS>(MAXFRS::value{}.with<MAXFRS::MFS>(9018));
    bench.open_rx(0, 16, false);
    std::vector<Frame> frames;
    for (std::size_t i = 0; i < 220; ++i)  // short ones by the hundred, then each of another length
        frames.push_back(udp_frame({.src_port = static_cast<std::uint16_t>(i)}, i < 150 ? 18 : i * i % 8900));
    const std::vector<model::Frame> spans(frames.begin(), frames.end());
    bench.nic.poll(1000, spans);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto slot = static_cast<std::uint32_t>(i % Bench::kSlots);
        ASSERT_EQ(bench.received(slot), frames[i]) << i;
        bench.rx_desc(slot).read = {Bench::buffer(slot), 0};
        bench.write<RDT>(0, {slot});
        bench.nic.poll(1);
    }
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Arrived, APortThatDoesNotReceiveCountsThem) {
    Arrival t;
    t.bench.write<RXCTRL>({0});
    EXPECT_EQ(t.bench.nic.poll(64, t.spans), 0u);
    EXPECT_EQ(t.bench.nic.rx_account().receive_disabled, t.frames.size());
    EXPECT_EQ(t.bench.read<TPR>().raw, t.frames.size());
    EXPECT_TRUE(adds_up(t.bench.nic));
}

TEST(Arrived, WithoutRoomInThePacketBufferTheyAreMissed) {
    Bench bench(true, 100);
    bench.open_rx(0, 2, false);
    bench.write<RDT>({0});
    const Frame frame = udp_frame();
    const std::vector<model::Frame> spans(3, frame);
    bench.nic.poll(64, spans);
    EXPECT_EQ(bench.nic.rx_pending(), 1u);
    EXPECT_EQ(bench.nic.rx_account().missed, 2u);
    EXPECT_TRUE(adds_up(bench.nic));
}

}  // namespace
}  // namespace bifurc::model::test
