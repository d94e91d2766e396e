// SPDX-License-Identifier: BSD-3-Clause
// Receive side coalescing: 82599 DS 7.11.
#include <gtest/gtest.h>

#include <memory>

#include "bench_nic.h"
#include "model/checksum.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;
using hw::RxInfo;
using hw::RxStatus;

constexpr std::uint64_t kIntervalNs = 50'000;  // as Bench::allow_rsc sets it
constexpr std::uint8_t kFin = 1, kSyn = 2, kPush = 8, kAckFlag = 16, kUrg = 32, kEce = 64, kCwr = 128;

// What the driver finds in the ring, put together as the descriptors say.
struct Packet {
    Frame frame;
    std::vector<std::uint32_t> slots;
    unsigned appended = 0;  // sum of RSCCNT less 1, as Linux counts
    std::uint32_t info = 0, status = 0;

    [[nodiscard]] std::size_t ip_len() const { return big16(frame, 16); }
    [[nodiscard]] bool ip_checksum_is_good() const { return fold(add_words(Bytes{frame}.subspan(14, 20))) == 0xffff; }
};

class Rsc : public testing::Test {
protected:
    void SetUp() override {
        bench.open_rx(0);
        bench.allow_rsc(0);
    }
    void send(const TcpSegment& segment) { bench.nic.receive(tcp_frame(segment)); }
    // So many segments of a flow, one after the other.
    void send_flow(std::uint16_t port, unsigned count, std::size_t payload = 1000, std::uint32_t from = 1) {
        for (unsigned i = 0; i < count; ++i)
            send({.src_port = port, .sequence = from + i * static_cast<std::uint32_t>(payload), .payload = payload});
    }
    // What there is, and time for all large receives to end.
    std::vector<Packet> poll() {
        bench.nic.poll(64);
        EXPECT_TRUE(adds_up(bench.nic));
        wait();
        return collect();
    }
    void wait() {
        finish(bench, now_ns_ += kIntervalNs);
        EXPECT_TRUE(adds_up(bench.nic));
    }
    static void finish(Bench& bench, std::uint64_t now_ns = kIntervalNs) {
        bench.nic.advance(now_ns);
        bench.nic.poll(0);
    }
    // From the first slot that was not looked at yet, as long as they are done.
    std::vector<Packet> collect() {
        std::vector<Packet> packets;
        for (; seen_ < Bench::kSlots && (status_of(seen_) & RxStatus::DD::mask) != 0; ++seen_) add(packets, seen_);
        EXPECT_TRUE(under_way_.empty()) << "a large receive without an end";
        return packets;
    }
    std::uint32_t status_of(std::uint32_t slot) { return bench.rx_desc(slot).wb.status_error; }

    void add(std::vector<Packet>& packets, std::uint32_t slot) {
        const hw::RxDesc& desc = bench.rx_desc(slot);
        Packet packet;
        if (const auto found = under_way_.find(slot); found != under_way_.end()) {
            packet = std::move(found->second);
            under_way_.erase(found);
        }
        const Frame part = bench.received(slot);
        packet.frame.insert(packet.frame.end(), part.begin(), part.end());
        packet.slots.push_back(slot);
        const unsigned count = (desc.wb.pkt_info & RxInfo::RSCCNT::mask) >> RxInfo::RSCCNT::lo;
        if (count != 0) packet.appended += count - 1;
        packet.info = desc.wb.pkt_info;
        packet.status = desc.wb.status_error;
        if ((packet.status & RxStatus::EOP::mask) != 0) {
            // The header may have been written after the descriptor of its buffer.
            const Frame first = bench.received(packet.slots.front());
            std::copy(first.begin(), first.end(), packet.frame.begin());
            packets.push_back(std::move(packet));
            return;
        }
        const std::uint32_t next =
            count != 0 ? (packet.status & RxStatus::NEXTP::mask) >> RxStatus::NEXTP::lo : slot + 1;
        EXPECT_GT(next, slot);
        EXPECT_TRUE(under_way_.emplace(next, std::move(packet)).second);
    }
    // Header, then the flow's bytes from `sequence` on.
    static void expect_payload(const Packet& packet, std::uint32_t sequence, std::size_t len, std::size_t header = 54) {
        ASSERT_EQ(packet.frame.size(), header + len);
        for (std::uint32_t i = 0; i < len; ++i) ASSERT_EQ(packet.frame[header + i], tcp_payload(sequence + i)) << i;
    }

    Bench bench;

private:
    std::uint64_t now_ns_ = 0;
    std::uint32_t seen_ = 0;
    std::map<std::uint32_t, Packet> under_way_;
};

TEST_F(Rsc, FramesInSequenceComeUnderOneHeader) {
    send_flow(1000, 5);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 5000);
    EXPECT_EQ(packets[0].slots, (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(packets[0].appended, 4u);
    EXPECT_EQ(packets[0].ip_len(), 40u + 5000);
    EXPECT_TRUE(packets[0].ip_checksum_is_good());
    EXPECT_EQ(bench.rx_desc(0).wb.length, 2048);
    EXPECT_EQ(packets[0].status & (RxStatus::IPCS::mask | RxStatus::L4I::mask),
              RxStatus::IPCS::mask | RxStatus::L4I::mask);
    EXPECT_EQ(bench.read<RDH>(0).raw, 3u);
}

TEST_F(Rsc, EachFrameOfTheWireIsCounted) {  // DS 8.2.3.23
    send_flow(1000, 5);
    static_cast<void>(poll());
    EXPECT_EQ(bench.nic.rx_account().delivered, 5u);
    EXPECT_EQ(bench.nic.queue_account(0).rx_frames, 5u);
    EXPECT_EQ(bench.nic.queue_account(0).rx_bytes, 5u * 1054);
    EXPECT_EQ(bench.read<GPRC>().raw, 5u);
    EXPECT_EQ(bench.read<QPRC>().raw, 5u);
    EXPECT_EQ(bench.read<QBRC_L>().raw, 5u * 1054);
}

TEST_F(Rsc, MemoryThatIsNotDirectlyReachableWorksTheSame) {
    Bench far{false};
    far.open_rx(0);
    far.allow_rsc(0);
    for (std::uint32_t i = 0; i < 3; ++i) far.nic.receive(tcp_frame({.sequence = 1 + i * 1000}));
    far.nic.poll(8);
    finish(far);
    EXPECT_EQ(far.nic.rx_account().delivered, 3u);
    EXPECT_EQ(far.rx_desc(0).wb.length + far.rx_desc(1).wb.length, 3054);
    EXPECT_NE(far.rx_desc(1).wb.status_error & RxStatus::EOP::mask, 0u);
}

TEST_F(Rsc, FlowsThatAlternateAreEachWholeAndTheirBuffersInterleave) {
    for (std::uint32_t i = 0; i < 5; ++i) {
        send({.src_port = 1, .sequence = 1 + i * 1400, .payload = 1400});
        send({.src_port = 2, .sequence = 7 + i * 1400, .payload = 1400});
    }
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 2u);
    expect_payload(packets[0], 1, 7000);
    expect_payload(packets[1], 7, 7000);
    EXPECT_EQ(packets[0].slots, (std::vector<std::uint32_t>{0, 2, 4, 6}));
    EXPECT_EQ(packets[1].slots, (std::vector<std::uint32_t>{1, 3, 5, 7}));
}

TEST_F(Rsc, TheHeaderTellsTheLastAcknowledgementWindowAndTime) {
    const std::vector<std::uint8_t> early{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2},
        late{1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6};
    send({.sequence = 1, .acknowledged = 70, .window = 100, .options = early, .payload = 100});
    send({.sequence = 101, .acknowledged = 90, .window = 200, .options = late, .payload = 100});
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 200, 66);
    const Bytes tcp = Bytes{packets[0].frame}.subspan(34);
    EXPECT_EQ(big16(tcp, 6), 1) << "the first one's sequence number";
    EXPECT_EQ(big16(tcp, 10), 90);
    EXPECT_EQ(big16(tcp, 14), 200);
    EXPECT_EQ(byte_at(tcp, 27), 5);
    EXPECT_EQ(byte_at(tcp, 31), 6);
}

TEST_F(Rsc, PushEndsALargeReceiveAndIsSeenInIt) {
    send({.sequence = 1, .payload = 100});
    send({.sequence = 101, .flags = kAckFlag | kPush, .payload = 100});
    send({.sequence = 201, .payload = 100});
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 2u);
    expect_payload(packets[0], 1, 200);
    EXPECT_EQ(byte_at(packets[0].frame, 47), kAckFlag | kPush);
    expect_payload(packets[1], 201, 100);
}

// The first two are one large receive, what follows is not, and comes behind it.
TEST_F(Rsc, WhatDoesNotGoOnWithAFlowEndsItsLargeReceive) {
    const TcpSegment next{.sequence = 201, .payload = 100};
    const auto with = [&](auto change) {
        TcpSegment segment = next;
        change(segment);
        return tcp_frame(segment);
    };
    Frame damaged = tcp_frame(next), padded = with([](TcpSegment&s) { s.payload = 2; });
    damaged.back() ^= std::byte{1};
    padded.resize(60);
    const struct {
        const char* what;
        Frame frame;
    } cases[] = {
        {"a gap", with([](TcpSegment& s) { s.sequence = 301; })},
        {"a repetition", with([](TcpSegment& s) { s.sequence = 101; })},
        {"an older acknowledgement", with([](TcpSegment& s) { s.acknowledged = 0; })},
        {"no payload", with([](TcpSegment& s) { s.payload = 0; })},
        {"padding", padded},
        {"a wrong checksum", damaged},
        {"FIN", with([](TcpSegment& s) { s.flags = kAckFlag | kFin; })},
        {"SYN", with([](TcpSegment& s) { s.flags = kAckFlag | kSyn; })},
        {"URG", with([](TcpSegment& s) { s.flags = kAckFlag | kUrg; })},
        {"ECE", with([](TcpSegment& s) { s.flags = kAckFlag | kEce; })},
        {"CWR", with([](TcpSegment& s) { s.flags = kAckFlag | kCwr; })},
        {"no ACK", with([](TcpSegment& s) { s.flags = 0; })},
        {"congestion", with([](TcpSegment& s) { s.tos = 3; })},
        {"another class", with([](TcpSegment& s) { s.tos = 0x20; })},
        {"time stamps", with([](TcpSegment& s) { s.options = {1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6}; })},
        {"another option", with([](TcpSegment& s) {
             s.options = {1, 1, 1, 1};
         })},
        {"a VLAN tag", tagged(tcp_frame(next), 7)},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        Bench fresh;
        fresh.open_rx(0);
        fresh.allow_rsc(0);
        for (const std::uint32_t sequence : {1u, 101u})
            fresh.nic.receive(tcp_frame({.sequence = sequence, .payload = 100}));
        fresh.nic.receive(c.frame);
        fresh.nic.poll(8);
        finish(fresh);
        EXPECT_EQ(fresh.rx_desc(0).wb.length, 254);
        EXPECT_EQ(fresh.received(1), c.frame);
        EXPECT_EQ(fresh.nic.rx_account().delivered, 3u);
    }
}

TEST_F(Rsc, FramesThatAreNoCandidatesLookAsEver) {
    Frame fragment = tcp_frame({});
    fragment[20] = std::byte{0x20};  // more of them follow; the header's sum is wrong then, and fixed here
    fragment[24] = fragment[25] = std::byte{0};
    const std::uint16_t sum = static_cast<std::uint16_t>(~fold(add_words(Bytes{fragment}.subspan(14, 20))));
    fragment[24] = std::byte(sum >> 8);
    fragment[25] = std::byte(sum & 0xff);
    std::vector<Frame> frames{udp_frame({}, 100), fragment, fragment, tcp_frame({.payload = 0})};
    // Each goes on with the one before.
    for (const std::uint32_t sequence : {1u, 101u}) {
        frames.push_back(tcp_frame({.src_port = 1, .sequence = sequence, .tos = 3, .payload = 100}));
        frames.push_back(tcp_frame({.src_port = 2, .sequence = sequence, .options = {1, 1, 1, 1}, .payload = 100}));
    }
    for (const Frame& frame : frames) bench.nic.receive(frame);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_EQ(packets[i].frame, frames[i]);
        EXPECT_EQ(packets[i].info & RxInfo::RSCCNT::mask, 0u);
    }
}

TEST_F(Rsc, AFlowsPacketsKeepTheirOrderPastOneThatIsNoCandidate) {
    send_flow(1000, 2, 100);
    send({.sequence = 201, .payload = 0});
    send_flow(1000, 2, 100, 201);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 3u);
    expect_payload(packets[0], 1, 200);
    expect_payload(packets[1], 201, 0);
    expect_payload(packets[2], 201, 200);
}

TEST_F(Rsc, ALargeReceiveHasAtMostSoManyDescriptorsAsTheQueueSays) {  // DS 8.2.3.8.13 RSCCTL.MAXDESC
    const struct {
        std::uint32_t code;
        std::size_t descriptors;
    } cases[] = {{0, 1}, {1, 4}, {2, 8}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.code);
        Bench fresh;
        fresh.open_rx(0);
        fresh.allow_rsc(0, c.code);
        for (std::uint32_t i = 0; i < 18; ++i) fresh.nic.receive(tcp_frame({.sequence = 1 + i * 1000}));
        fresh.nic.poll(64);
        finish(fresh);
        std::size_t ends = 0, in_this = 0;
        for (std::uint32_t slot = 0; (fresh.rx_desc(slot).wb.status_error & RxStatus::DD::mask) != 0; ++slot) {
            EXPECT_LE(++in_this, c.descriptors);
            if ((fresh.rx_desc(slot).wb.status_error & RxStatus::EOP::mask) == 0) continue;
            in_this = 0;
            ++ends;
        }
        EXPECT_EQ(fresh.nic.rx_account().delivered + fresh.nic.rx_account().no_descriptor, 18u);
        EXPECT_GE(ends, 18u / (2 * c.descriptors + 1));
        EXPECT_TRUE(adds_up(fresh.nic));
    }
}

TEST_F(Rsc, NoLargeReceiveIsLongerThanAnIpPacketCanBe) {
    bench.write<HLREG0>(bench.read<HLREG0>().with<HLREG0::JUMBOEN>(1));
    bench.write<MAXFRS>(MAXFRS::value{}.with<MAXFRS::MFS>(9018));
    bench.write<SRRCTL>(0, bench.read<SRRCTL>(0).with<SRRCTL::BSIZEPACKET>(16));
    send_flow(1000, 9, 8900);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 2u);
    expect_payload(packets[0], 1, 7 * 8900);
    EXPECT_EQ(packets[0].ip_len(), 40u + 7 * 8900);
    expect_payload(packets[1], 1 + 7 * 8900, 2 * 8900);
}

TEST_F(Rsc, ALargeReceiveEndsWithTheIntervalOfItsVector) {
    bench.nic.advance(1000);
    send_flow(1000, 2, 100);
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_pending(), 2u);
    ASSERT_TRUE(bench.nic.wake_at_ns());
    EXPECT_EQ(*bench.nic.wake_at_ns(), 1000 + kIntervalNs);
    bench.nic.advance(1000 + kIntervalNs - 1);
    send_flow(1000, 1, 100, 201);
    bench.nic.poll(8);
    EXPECT_TRUE(collect().empty());
    bench.nic.advance(1000 + kIntervalNs);
    bench.nic.poll(0);
    const auto packets = collect();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 300);
    EXPECT_EQ(bench.nic.rx_pending(), 0u);
    EXPECT_FALSE(bench.nic.wake_at_ns());
}

TEST_F(Rsc, WithoutReceivingNothingWaitsForMore) {
    send_flow(1000, 2, 100);
    bench.nic.poll(8);
    bench.write<RXCTRL>({0});
    bench.nic.poll(0);
    EXPECT_EQ(collect().size(), 1u);
    EXPECT_EQ(bench.nic.rx_account().delivered, 2u);
}

TEST_F(Rsc, AQueueThatIsDisabledLosesWhatIsUnderWayAndItIsCounted) {
    send_flow(1000, 3, 1000);
    send_flow(2000, 2, 100);
    bench.nic.poll(8);
    const Frame before(bench.memory.inside(Bench::kRxRing, 256), bench.memory.inside(Bench::kRxRing, 256) + 256);
    bench.write<RXDCTL>(0, {0});
    EXPECT_EQ(bench.nic.rx_account().queue_disabled, 5u);
    EXPECT_EQ(bench.nic.queue_account(0).rx_missed, 5u);
    EXPECT_EQ(bench.read<QPRDC>().raw, 5u);
    wait();
    const Frame after(bench.memory.inside(Bench::kRxRing, 256), bench.memory.inside(Bench::kRxRing, 256) + 256);
    EXPECT_EQ(before, after) << "no transfer";
}

TEST_F(Rsc, AResetForgetsWhatIsUnderWay) {
    send_flow(1000, 3, 100);
    bench.nic.poll(8);
    bench.write<CTRL>(CTRL::value{}.with<CTRL::RST>(1));
    EXPECT_EQ(bench.nic.rx_pending(), 0u);
    EXPECT_EQ(bench.nic.rx_account().receive_disabled, 3u);
    wait();
    EXPECT_TRUE(collect().empty());
}

TEST_F(Rsc, MemoryThatWasUnmappedMeanwhileIsADmaFault) {
    send_flow(1000, 1, 100);
    send_flow(2000, 2, 100);
    bench.nic.poll(8);
    bench.memory.hide();
    wait();
    EXPECT_EQ(bench.nic.rx_account().dma_fault, 3u);
}

TEST_F(Rsc, MemoryThatWasMappedElsewhereMeanwhileIsFollowed) {
    send_flow(1000, 1, 100);
    send_flow(2000, 2, 100);
    bench.nic.poll(8);
    const std::vector<std::byte> old = bench.memory.move();
    const std::vector<std::byte> before = old;
    wait();
    EXPECT_EQ(old, before);
    EXPECT_EQ(collect().size(), 2u);
}

// In a lent page nobody sees that it was off in between.
TEST_F(Rsc, ARingThatMovedMeanwhileGetsNothingOfTheOldOne) {
    struct Pages {
        alignas(kPageLen) std::array<std::byte, kPageLen> rx{}, tx{};
    };
    constexpr unsigned kPair = 5;
    const auto pages = std::make_unique<Pages>();
    const auto put = [&](std::uint32_t offset, std::uint32_t value) {
        std::memcpy(&pages->rx[offset % kPageLen], &value, sizeof(value));
    };
    bench.nic.lend(kPair, pages->rx.data(), pages->tx.data());
    bench.allow_rsc(kPair);
    bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x800).with<ETQF::Filter_Enable>(1));
    bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(kPair).with<ETQS::Queue_Enable>(1));
    put(RDBAL::at(kPair), static_cast<std::uint32_t>(Bench::kRxRing));
    put(RDBAH::at(kPair), static_cast<std::uint32_t>(Bench::kRxRing >> 32));
    put(RDLEN::at(kPair), Bench::kSlots * 16);
    put(SRRCTL::at(kPair), bench.read<SRRCTL>(0).raw);
    put(RSCCTL::at(kPair), RSCCTL::RSCEN::mask | RSCCTL::MAXDESC::mask);
    put(RDT::at(kPair), Bench::kSlots - 1);
    put(RDH::at(kPair), 10);
    put(RXDCTL::at(kPair), RXDCTL::ENABLE::mask);
    send_flow(1000, 3, 100);
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_pending(), 3u);
    put(RDBAL::at(kPair), static_cast<std::uint32_t>(Bench::kRxRing + 0x1000));
    put(RDLEN::at(kPair), 8 * 16);
    bench.nic.sync();
    EXPECT_EQ(bench.nic.rx_account().queue_disabled, 3u);
    const std::byte* const memory = bench.memory.inside(Bench::kRxRing, 0x2000);
    const Frame before(memory, memory + 0x2000);
    wait();
    EXPECT_EQ(Frame(memory, memory + 0x2000), before);
    bench.nic.take_back(kPair);
}

TEST_F(Rsc, AFrameOfSeveralBuffersMayBeginOne) {
    bench.write<SRRCTL>(0, bench.read<SRRCTL>(0).with<SRRCTL::BSIZEPACKET>(1));
    send_flow(1000, 3, 1400);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 4200);
    EXPECT_EQ(packets[0].slots.size(), 5u);
    EXPECT_EQ(packets[0].appended, 2u);
}

TEST_F(Rsc, ATagThatIsTakenOutIsInTheWriteBack) {
    bench.write<RXDCTL>(0, RXDCTL::value{}.with<RXDCTL::ENABLE>(1).with<RXDCTL::VME>(1));
    for (const std::uint32_t sequence : {1u, 101u})
        bench.nic.receive(tagged(tcp_frame({.sequence = sequence, .payload = 100}), 0x2064));
    bench.nic.receive(tagged(tcp_frame({.sequence = 201, .payload = 100}), 0x2065));
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 2u);
    expect_payload(packets[0], 1, 200);
    EXPECT_EQ(packets[0].ip_len(), 240u);
    EXPECT_TRUE(packets[0].ip_checksum_is_good());
    EXPECT_EQ(bench.rx_desc(0).wb.vlan, 0x2064);
    EXPECT_EQ(bench.rx_desc(1).wb.vlan, 0x2065);
}

TEST_F(Rsc, ATagThatStaysStandsBeforeEachHeader) {
    for (const std::uint32_t sequence : {1u, 101u})
        bench.nic.receive(tagged(tcp_frame({.sequence = sequence, .payload = 100}), 0x2064));
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 200, 58);
    EXPECT_EQ(big16(packets[0].frame, 20), 240);
}

TEST_F(Rsc, ThirtyTwoFlowsAreCoalescedAtATime) {
    Bench large;  // a longer ring than the other tests'
    large.write<RDLEN>(0, {64 * 16});
    large.write<RDBAL>(0, {static_cast<std::uint32_t>(Bench::kRxRing)});
    large.write<RDBAH>(0, {static_cast<std::uint32_t>(Bench::kRxRing >> 32)});
    large.write<SRRCTL>(0, SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(1).with<SRRCTL::DESCTYPE>(1));
    for (std::uint32_t slot = 0; slot < 64; ++slot) large.rx_desc(slot).read = {Bench::kBuffers + slot * 0x400, 0};
    large.allow_rsc(0);
    large.write<RXDCTL>(0, RXDCTL::value{}.with<RXDCTL::ENABLE>(1));
    large.write<RDT>(0, {63});
    for (const std::uint32_t sequence : {1u, 101u}) {
        for (std::uint16_t flow = 0; flow < 33; ++flow)
            large.nic.receive(tcp_frame({.src_port = flow, .sequence = sequence, .payload = 100}));
    }
    large.nic.poll(100);
    finish(large);
    EXPECT_EQ(large.nic.rx_account().delivered, 66u);
    EXPECT_EQ(large.read<RDH>(0).raw, 32u + 2) << "the last one's frames come by themselves";
}

TEST_F(Rsc, FlowsOfTwoQueuesDoNotMeet) {
    constexpr unsigned kOther = 4;
    constexpr std::uint64_t kOtherRing = Bench::kRxRing + 0x1000;
    for (std::uint32_t slot = 0; slot < 8; ++slot)
        bench.memory.at<hw::RxDesc>(kOtherRing + slot * 16).read = {Bench::buffer(slot + 8), 0};
    bench.write<RDBAL>(kOther, {static_cast<std::uint32_t>(kOtherRing)});
    bench.write<RDBAH>(kOther, {static_cast<std::uint32_t>(kOtherRing >> 32)});
    bench.write<RDLEN>(kOther, {8 * 16});
    bench.write<SRRCTL>(kOther, bench.read<SRRCTL>(0));
    bench.allow_rsc(kOther);
    bench.write<RXDCTL>(kOther, RXDCTL::value{}.with<RXDCTL::ENABLE>(1));
    bench.write<RDT>(kOther, {7});
    bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x800).with<ETQF::Filter_Enable>(1));
    send({.sequence = 1, .payload = 100});
    bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(kOther).with<ETQS::Queue_Enable>(1));
    send({.sequence = 101, .payload = 100});
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 100);
    EXPECT_EQ(bench.nic.queue_account(kOther).rx_frames, 1u);
    EXPECT_EQ(bench.read<RDH>(kOther).raw, 1u);
}

TEST_F(Rsc, AFrameThatNeedsMoreBuffersThanOneMayHaveComesByItself) {
    bench.write<SRRCTL>(0, bench.read<SRRCTL>(0).with<SRRCTL::BSIZEPACKET>(1));
    bench.write<RSCCTL>(0, RSCCTL::value{}.with<RSCCTL::RSCEN>(1));
    send_flow(1000, 2, 1400);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 2u);
    expect_payload(packets[0], 1, 1400);
    expect_payload(packets[1], 1401, 1400);
    EXPECT_EQ(packets[0].info & RxInfo::RSCCNT::mask, 0u);
}

TEST_F(Rsc, EachOfItsSwitchesMustBeOn) {
    const struct {
        const char* what;
        void (*off)(Bench&);
    } cases[] = {
        {"RSCCTL", [](Bench& b) { b.write<RSCCTL>(0, RSCCTL::value{}.with<RSCCTL::MAXDESC>(3)); }},
        {"RFCTL", [](Bench& b) { b.write<RFCTL>(b.read<RFCTL>().with<RFCTL::RSC_DIS>(1)); }},
        {"HLREG0", [](Bench& b) { b.write<HLREG0>(b.read<HLREG0>().with<HLREG0::RXCRCSTRP>(0)); }},
        {"RDRXCTL", [](Bench& b) { b.write<RDRXCTL>(b.read<RDRXCTL>().with<RDRXCTL::CRCStrip>(0)); }},
        {"RSCFRSTSIZE", [](Bench& b) { b.write<RDRXCTL>(b.read<RDRXCTL>().with<RDRXCTL::RSCFRSTSIZE>(20)); }},
        {"PSRTYPE", [](Bench& b) { b.write<PSRTYPE>({0}); }},
        {"SRRCTL", [](Bench& b) { b.write<SRRCTL>(0, b.read<SRRCTL>(0).with<SRRCTL::BSIZEHEADER>(0)); }},
        {"IVAR", [](Bench& b) { b.write<IVAR>(0, {Bench::kRscVector}); }},
        {"EITR", [](Bench& b) { b.write<EITR>(Bench::kRscVector, {0}); }},
        {"NFS", [](Bench& b) { b.write<RFCTL>({0}); }},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        for (const bool off : {false, true}) {
            Bench fresh;
            fresh.open_rx(0);
            fresh.allow_rsc(0);
            if (off) c.off(fresh);
            const std::uint16_t nfs = 2049;
            for (const std::uint32_t sequence : {1u, 101u})
                fresh.nic.receive(tcp_frame({.src_port = nfs, .sequence = sequence, .payload = 100}));
            fresh.nic.poll(8);
            finish(fresh);
            EXPECT_EQ(fresh.read<RDH>(0).raw, off ? 2u : 1u);
            EXPECT_EQ(fresh.nic.rx_account().delivered, 2u);
        }
    }
}

TEST_F(Rsc, AnEmptyRingEndsALargeReceiveAndDropsTheRest) {
    bench.write<RDT>(0, {2});
    send_flow(1000, 6);
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 1, 4000);
    EXPECT_EQ(bench.nic.rx_account().delivered, 4u);
    EXPECT_EQ(bench.nic.rx_account().no_descriptor, 2u);
}

TEST_F(Rsc, AnEmptyRingWithoutDropHoldsTheRestUp) {
    bench.write<SRRCTL>(0, bench.read<SRRCTL>(0).with<SRRCTL::Drop_En>(0));
    bench.write<RDT>(0, {2});
    send_flow(1000, 6);
    ASSERT_EQ(poll().size(), 1u);
    EXPECT_EQ(bench.nic.rx_pending(), 2u);
    bench.write<RDT>(0, {8});
    const auto packets = poll();
    ASSERT_EQ(packets.size(), 1u);
    expect_payload(packets[0], 4001, 2000);
}

TEST_F(Rsc, AnUnmappedBufferLosesTheWholeLargeReceiveButNoDescriptor) {
    bench.rx_desc(1).read.pkt_addr = 0x1234;
    send_flow(1000, 4);
    send_flow(2000, 2, 100);
    const auto packets = poll();
    EXPECT_EQ(bench.nic.rx_account().dma_fault + bench.nic.rx_account().delivered, 6u);
    EXPECT_EQ(bench.nic.rx_account().dma_fault, 2u) << "the frame that met it, and what was open before";
    EXPECT_EQ(bench.nic.queue_account(0).dma_faults, 2u);
    ASSERT_EQ(packets.size(), 3u);
    EXPECT_NE(packets[0].status & RxStatus::RXE::mask, 0u);
    expect_payload(packets[1], 2001, 2000);
    expect_payload(packets[2], 1, 200);
}

TEST_F(Rsc, AHeaderBufferThatIsNotMappedIsSeenAtOnce) {
    bench.rx_desc(0).read.pkt_addr = 0x1234;
    send_flow(1000, 2, 100);
    const auto packets = poll();
    EXPECT_EQ(bench.nic.rx_account().dma_fault, 1u);
    ASSERT_EQ(packets.size(), 2u);
    EXPECT_NE(packets[0].status & RxStatus::RXE::mask, 0u);
    expect_payload(packets[1], 101, 100);
}

TEST_F(Rsc, AQueueInterruptsWhenItsLargeReceivesEnd) {
    bench.write<EIMS_EX>(0, {1u << Bench::kRscVector});
    send_flow(1000, 5);
    send_flow(2000, 5);
    bench.nic.poll(64);
    EXPECT_EQ(bench.interrupts.raised[Bench::kRscVector], 0u);
    wait();
    EXPECT_EQ(bench.interrupts.raised[Bench::kRscVector], 1u);
}

}  // namespace
}  // namespace bifurc::model::test
