// SPDX-License-Identifier: BSD-3-Clause
// Sending, by the 82599 datasheet's rules (7.2).
#include <gtest/gtest.h>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;
using hw::TxCmd;
using hw::TxOlinfo;

constexpr std::uint64_t kData = Bench::kBuffers;

void place(Bench& bench, std::uint64_t bus, const Frame& frame) {
    std::memcpy(bench.memory.inside(bus, frame.size()), frame.data(), frame.size());
}

TEST(Tx, FrameGoesOutAndDdComesWhereRsAsked) {  // DS 7.2.3.5.1
    Bench bench;
    bench.open_tx(0);
    const Frame frame = udp_frame();
    place(bench, kData, frame);
    const auto len = static_cast<std::uint32_t>(frame.size());
    bench.post(0, kData, len, kWholeFrame & ~TxCmd::RS::mask);
    bench.post(1, kData, len, kWholeFrame);
    bench.write<TDT>(0, {2});
    EXPECT_EQ(bench.nic.poll(8), 2u);
    ASSERT_EQ(bench.wire.frames.size(), 2u);
    EXPECT_EQ(bench.wire.frames[0], frame);
    EXPECT_EQ(bench.tx_desc(0).wb.status & hw::TxStatus::DD::mask, 0u);
    EXPECT_NE(bench.tx_desc(1).wb.status & hw::TxStatus::DD::mask, 0u);
    EXPECT_EQ(bench.read<TDH>(0).raw, 2u);
}

TEST(Tx, WhoeverSeesDdFindsTheHeadBehindIt) {
    Bench bench{false};
    bench.open_tx(0);
    place(bench, kData, udp_frame());
    for (const std::uint32_t slot : {0u, 1u, 2u}) bench.post(slot, kData, 60, kWholeFrame);
    unsigned writes = 0;
    bench.memory.on_write = [&] {
        ++writes;
        for (std::uint32_t slot = bench.read<TDH>(0).raw; slot < 3; ++slot)
            EXPECT_EQ(bench.tx_desc(slot).wb.status & hw::TxStatus::DD::mask, 0u) << slot;
    };
    bench.write<TDT>(0, {3});
    EXPECT_EQ(bench.nic.poll(8), 3u);
    EXPECT_EQ(writes, 2 * 3u) << "two halves of each descriptor";
    EXPECT_EQ(bench.read<TDH>(0).raw, 3u);
}

TEST(Tx, SegmentsAreGathered) {
    Bench bench;
    bench.open_tx(0);
    const Frame frame = udp_frame({}, 500);
    place(bench, kData, frame);
    const auto len = static_cast<std::uint32_t>(frame.size());
    bench.post(0, kData, 100, kWholeFrame & ~(TxCmd::EOP::mask | TxCmd::RS::mask));
    bench.tx_desc(0).read.olinfo_status = len << TxOlinfo::PAYLEN::lo;  // of the whole packet
    bench.write<TDT>(0, {1});
    EXPECT_EQ(bench.nic.poll(8), 0u) << "no end of packet yet";
    bench.post(1, kData + 100, len - 100, kWholeFrame);
    bench.write<TDT>(0, {2});
    EXPECT_EQ(bench.nic.poll(8), 1u);
    ASSERT_EQ(bench.wire.frames.size(), 1u);
    EXPECT_EQ(bench.wire.frames[0], frame);
}

TEST(Tx, FullWireKeepsTheFrame) {
    Bench bench;
    bench.open_tx(0);
    place(bench, kData, udp_frame());
    bench.post(0, kData, 60, kWholeFrame);
    bench.write<TDT>(0, {1});
    bench.wire.room = 0;
    EXPECT_EQ(bench.nic.poll(8), 0u);
    EXPECT_EQ(bench.read<TDH>(0).raw, 0u);
    bench.wire.room = 1;
    EXPECT_EQ(bench.nic.poll(8), 1u);
    EXPECT_EQ(bench.wire.frames.size(), 1u);
}

TEST(Tx, NonsenseIsCountedAndTheRingGoesOn) {
    struct Case {
        const char* what;
        std::uint64_t bus;
        std::uint32_t len, command;
        bool fault;
    };
    const Case cases[] = {
        {"length 0", kData, 0, kWholeFrame, false},
        {"longer than any frame", kData, 16000, kWholeFrame, false},
        {"unknown descriptor type", kData, 60, kWholeFrame | 0xfu << TxCmd::DTYP::lo, false},
        {"not mapped", 0x5000, 60, kWholeFrame, true},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.what);
        Bench bench;
        bench.open_tx(0);
        place(bench, kData, udp_frame());
        bench.post(0, c.bus, c.len, c.command);
        bench.post(1, kData, 60, kWholeFrame);
        bench.write<TDT>(0, {2});
        bench.nic.poll(8);
        EXPECT_EQ(bench.wire.frames.size(), 1u);
        EXPECT_EQ(bench.nic.tx_account().dma_fault, c.fault ? 1u : 0u);
        EXPECT_EQ(bench.nic.tx_account().bad_descriptor, c.fault ? 0u : 1u);
    }
}

TEST(Tx, TailBeyondTheRingIsCountedOnceAndTheQueueRestsUntilEnabledAnew) {
    for (const std::uint32_t tail : {Bench::kSlots, Bench::kSlots + 1, 0xffffu}) {
        SCOPED_TRACE(tail);
        Bench bench;
        bench.open_tx(0);
        place(bench, kData, udp_frame());
        for (std::uint32_t slot = 0; slot < Bench::kSlots; ++slot) bench.post(slot, kData, 60, kWholeFrame);
        bench.write<TDT>(0, {tail});
        bench.nic.poll(100);
        bench.nic.poll(100);
        EXPECT_EQ(bench.nic.tx_account().bad_descriptor, 1u);
        EXPECT_TRUE(bench.wire.frames.empty());
        bench.write<TDT>(0, {1});
        EXPECT_EQ(bench.nic.poll(100), 0u);
        bench.write<TXDCTL>(0, {0});
        bench.write<TXDCTL>(0, TXDCTL::value{}.with<TXDCTL::ENABLE>(1));
        EXPECT_EQ(bench.nic.poll(100), 1u);
    }
}

TEST(Tx, RingWithoutEndOfPacketIsGivenUp) {
    Bench bench;
    bench.open_tx(0);
    for (std::uint32_t slot = 0; slot + 1 < Bench::kSlots; ++slot)
        bench.post(slot, kData, 60, kWholeFrame & ~TxCmd::EOP::mask);
    bench.write<TDT>(0, {Bench::kSlots - 1});
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.tx_account().bad_descriptor, 1u);
    EXPECT_EQ(bench.read<TDH>(0).raw, Bench::kSlots - 1);
}

void post_context(Bench& bench, std::uint32_t slot, std::uint32_t l4_type, std::uint32_t l4_len, std::uint32_t mss,
                  std::uint16_t vlan = 0) {
    bench.tx_desc(slot).ctx = {20u | 14u << 9 | static_cast<std::uint32_t>(vlan) << 16, 0,
                               TxCmd::DEXT::mask | TxCmd::kContext << TxCmd::DTYP::lo | 1u << 10 | l4_type << 11,
                               mss << 16 | l4_len << 8};
}

TEST(Tx, ChecksumsAreInserted) {  // DS 7.2.5
    Bench bench;
    bench.open_tx(0);
    const Frame good = udp_frame();
    Frame frame = good;
    frame[24] = frame[25] = std::byte{0};
    // The pseudo header's sum stands where the checksum goes.
    std::uint32_t sum = 17 + 26;
    for (std::size_t at = 26; at < 34; at += 2)
        sum += std::to_integer<std::uint32_t>(frame[at]) << 8 | std::to_integer<std::uint32_t>(frame[at + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    frame[40] = std::byte(sum >> 8 & 0xff);
    frame[41] = std::byte(sum & 0xff);
    place(bench, kData, frame);
    post_context(bench, 0, 0, 8, 0);
    bench.post(1, kData, static_cast<std::uint32_t>(frame.size()), kWholeFrame,
               TxOlinfo::IXSM::mask | TxOlinfo::TXSM::mask);
    bench.write<TDT>(0, {2});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 1u);
    EXPECT_EQ(bench.wire.frames[0], good);
}

TEST(Tx, VlanTagIsInserted) {
    Bench bench;
    bench.open_tx(0);
    place(bench, kData, udp_frame());
    post_context(bench, 0, 0, 8, 0, 0x2064);
    bench.post(1, kData, 60, kWholeFrame | TxCmd::VLE::mask);
    bench.write<TDT>(0, {2});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 1u);
    EXPECT_EQ(bench.wire.frames[0], tagged(udp_frame(), 0x2064));
}

TEST(Tx, ShortFramesArePadded) {
    Bench bench;
    bench.open_tx(0);
    place(bench, kData, udp_frame());
    bench.post(0, kData, 20, kWholeFrame);
    bench.write<TDT>(0, {1});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 1u);
    EXPECT_EQ(bench.wire.frames[0].size(), 60u);
}

// What leaves after segmentation is checked by receiving it again: the Rx side's checksum logic shares only the sum.
TEST(Tx, SegmentationMakesWholeFramesWithGoodChecksums) {  // DS 7.2.4
    Bench bench;
    bench.open_tx(0);
    bench.open_rx(0);
    constexpr std::size_t kPayload = 2500;
    Frame frame(14 + 20 + 20 + kPayload);
    const Frame head = udp_frame();
    std::memcpy(frame.data(), head.data(), 34);
    frame[23] = std::byte{6};
    frame[46] = std::byte{0x50};
    frame[47] = std::byte{0x19};  // FIN, PSH, ACK
    for (std::size_t i = 0; i < kPayload; ++i) frame[54 + i] = std::byte(i & 0xff);
    std::uint32_t sum = 6;
    for (std::size_t at = 26; at < 34; at += 2)
        sum += std::to_integer<std::uint32_t>(frame[at]) << 8 | std::to_integer<std::uint32_t>(frame[at + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    frame[50] = std::byte(sum >> 8 & 0xff);
    frame[51] = std::byte(sum & 0xff);
    place(bench, kData, frame);
    post_context(bench, 0, 1, 20, 1000);
    bench.tx_desc(1).read = {kData, kWholeFrame | TxCmd::TSE::mask | static_cast<std::uint32_t>(frame.size()),
                             TxOlinfo::IXSM::mask | TxOlinfo::TXSM::mask | kPayload << TxOlinfo::PAYLEN::lo};
    bench.write<TDT>(0, {2});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 3u);
    Frame payload;
    for (std::size_t i = 0; i < 3; ++i) {
        const Frame& segment = bench.wire.frames[i];
        payload.insert(payload.end(), segment.begin() + 54, segment.end());
        EXPECT_EQ(std::to_integer<unsigned>(segment[47]), i == 2 ? 0x19u : 0x10u) << "FIN and PSH only in the last";
        bench.nic.receive(segment);
    }
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), frame.begin() + 54, frame.end()));
    bench.nic.poll(8);
    for (std::uint32_t slot = 0; slot < 3; ++slot) {
        const std::uint32_t status = bench.rx_desc(slot).wb.status_error;
        EXPECT_NE(status & hw::RxStatus::L4I::mask, 0u);
        EXPECT_EQ(status & (hw::RxStatus::IPE::mask | hw::RxStatus::TCPE::mask), 0u) << slot;
    }
}

std::uint32_t word_sum(const Frame& frame, std::size_t from, std::size_t to) {
    std::uint32_t sum = 0;
    for (std::size_t at = from; at < to; ++at)
        sum += std::to_integer<std::uint32_t>(frame[at]) << ((at - from) % 2 == 0 ? 8 : 0);
    return sum;
}
std::uint32_t folded(std::uint32_t sum) {
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

TEST(Tx, SegmentsOfIpv6HaveTheirOwnLengthsAndChecksums) {  // DS 7.2.4.6
    Bench bench;
    bench.open_tx(0);
    constexpr std::size_t kHeaders = 14 + 40 + 20, kPayload = 1201, kMss = 500;
    Frame frame(kHeaders + kPayload);
    frame[12] = std::byte{0x86};
    frame[13] = std::byte{0xdd};
    frame[14] = std::byte{0x60};
    frame[20] = std::byte{6};
    for (std::size_t at = 22; at < 54; ++at) frame[at] = std::byte(at);
    frame[14 + 40 + 12] = std::byte{0x50};
    for (std::size_t i = 0; i < kPayload; ++i) frame[kHeaders + i] = std::byte(i * 3 & 0xff);
    const std::uint32_t seed = folded(word_sum(frame, 22, 54) + 6);
    frame[54 + 16] = std::byte(seed >> 8);
    frame[54 + 17] = std::byte(seed & 0xff);
    place(bench, kData, frame);
    bench.tx_desc(0).ctx = {40u | 14u << 9, 0, TxCmd::DEXT::mask | TxCmd::kContext << TxCmd::DTYP::lo | 1u << 11,
                            kMss << 16 | 20u << 8};
    bench.tx_desc(1).read = {kData, kWholeFrame | TxCmd::TSE::mask | static_cast<std::uint32_t>(frame.size()),
                             TxOlinfo::TXSM::mask | static_cast<std::uint32_t>(kPayload) << TxOlinfo::PAYLEN::lo};
    bench.write<TDT>(0, {2});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        SCOPED_TRACE(i);
        const Frame& segment = bench.wire.frames[i];
        const std::size_t payload = i == 2 ? kPayload - 2 * kMss : kMss;
        ASSERT_EQ(segment.size(), kHeaders + payload);
        EXPECT_EQ(word_sum(segment, 18, 20), 20 + payload) << "IPv6 payload length";
        EXPECT_EQ(word_sum(segment, 60, 62), i * kMss) << "sequence number";
        const auto l4_len = static_cast<std::uint32_t>(20 + payload);
        EXPECT_EQ(folded(word_sum(segment, 22, 54) + 6 + l4_len + word_sum(segment, 54, segment.size())), 0xffffu);
    }
}

// One bit at a time, over the packet with its checksum as 0 (RFC 9260, appendix A).
std::uint32_t crc32c(const Frame& frame, std::size_t from, std::size_t checksum_at) {
    std::uint32_t state = ~0u;
    for (std::size_t at = from; at < frame.size(); ++at) {
        const bool zero = at >= checksum_at && at < checksum_at + 4;
        state ^= zero ? 0 : std::to_integer<std::uint32_t>(frame[at]);
        for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (0x82F63B78u & (0u - (state & 1)));
    }
    return ~state;
}

TEST(Tx, SctpChecksumIsInsertedAndUnderstood) {  // DS 7.2.5.3, 7.1.11
    Bench bench;
    bench.open_tx(0);
    bench.open_rx(0);
    Frame frame = udp_frame({}, 40);
    frame[23] = std::byte{132};
    place(bench, kData, frame);
    post_context(bench, 0, 2, 12, 0);
    bench.post(1, kData, static_cast<std::uint32_t>(frame.size()), kWholeFrame,
               TxOlinfo::IXSM::mask | TxOlinfo::TXSM::mask);
    bench.write<TDT>(0, {2});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 1u);
    Frame sent = bench.wire.frames[0];
    std::uint32_t inserted = 0;
    std::memcpy(&inserted, &sent[42], 4);
    EXPECT_EQ(inserted, crc32c(sent, 34, 42));
    bench.nic.receive(sent);
    sent.back() ^= std::byte{1};
    bench.nic.receive(sent);
    bench.nic.poll(8);
    constexpr std::uint32_t kSeen = hw::RxStatus::L4I::mask | hw::RxStatus::TCPE::mask;
    EXPECT_EQ(bench.rx_desc(0).wb.status_error & kSeen, hw::RxStatus::L4I::mask);
    EXPECT_EQ(bench.rx_desc(1).wb.status_error & kSeen, kSeen);
}

}  // namespace
}  // namespace bifurc::model::test
