// SPDX-License-Identifier: BSD-3-Clause
// Registers: reset, aliases, causes that clear; and the rarer descriptor formats.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "bench_nic.h"
#include "hw/ixgbe_board.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;
using hw::RxStatus;
using hw::TxCmd;
using hw::TxOlinfo;

constexpr std::uint64_t kData = Bench::kBuffers;

void place(Bench& bench, const Frame& frame) {
    std::memcpy(bench.memory.inside(kData, frame.size()), frame.data(), frame.size());
}

TEST(Registers, ResetStopsQueuesAndBringsBackTheAddress) {  // DS 4.2.1.6
    Bench bench;
    bench.open_rx(0);
    bench.write<RAL>(0, {0x11223344});
    bench.nic.receive(udp_frame());
    bench.write<CTRL>(CTRL::value{}.with<CTRL::RST>(1));
    EXPECT_EQ(bench.read<CTRL>().get<CTRL::RST>(), 0u) << "clears itself";
    EXPECT_EQ(bench.read<RXDCTL>(0).get<RXDCTL::ENABLE>(), 0u);
    EXPECT_EQ(bench.read<RXCTRL>().get<RXCTRL::RXEN>(), 0u);
    EXPECT_EQ(bench.read<RAL>(0).raw, 0x00000002u);
    EXPECT_EQ(bench.read<RAH>(0).raw, RAH::AV::mask | 0x0100u);
    bench.nic.poll(8);
    EXPECT_EQ(bench.rx_desc(0).wb.status_error & RxStatus::DD::mask, 0u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Registers, OldAddressesAreTheSameRegisters) {
    Bench bench;
    bench.nic.write32(0x02100 + 4 * 3, 0x02000402);  // SRRCTL[3]
    EXPECT_EQ(bench.read<SRRCTL>(3).raw, 0x02000402u);
    bench.nic.write32(0x0EC80, 1);
    EXPECT_EQ(bench.read<MRQC>().raw, 1u);
    bench.open_tx(0);
    place(bench, udp_frame());
    bench.post(0, kData, 60, kWholeFrame);
    bench.write<TDT>(0, {1});
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.read32(0x06030), 1u) << "QPTC[0] as on the 82598";
    EXPECT_TRUE(bench.nic.unknown_accesses().empty());
}

TEST(Registers, ReadOnlyBitsKeepTheirValue) {
    Bench bench;
    bench.nic.write32(RDBAL::at(0), 0xffffffff);
    EXPECT_EQ(bench.read<RDBAL>(0).raw, 0xffffff80u);
    const std::uint32_t status = bench.read<STATUS>().raw;
    bench.nic.write32(STATUS::at(), ~status);
    EXPECT_EQ(bench.read<STATUS>().raw, status);
}

TEST(Registers, PeekingShowsAndChangesNothing) {
    Bench bench;
    bench.nic.write32(EICS::at(), 0x30);
    bench.nic.receive(udp_frame());  // not enabled: counted all the same
    const std::uint32_t counted = bench.nic.peek32(TPR::at());
    EXPECT_NE(counted, 0u);
    EXPECT_EQ(bench.nic.peek32(TPR::at()), counted);
    EXPECT_EQ(bench.read<TPR>().raw, counted) << "reading clears, peeking did not";
    EXPECT_EQ(bench.nic.peek32(TPR::at()), 0u);
    EXPECT_EQ(bench.nic.peek32(EICR::at()), 0x30u);
    EXPECT_EQ(bench.read<EICR>().raw, 0x30u);
    EXPECT_EQ(bench.nic.peek32(SWSM::at()), 0u);
    EXPECT_EQ(bench.read<SWSM>().get<SWSM::SMBI>(), 0u) << "the semaphore is still free";
    EXPECT_EQ(bench.nic.peek32(LINKS::at()), bench.read<LINKS>().raw);
    EXPECT_EQ(bench.nic.peek32(0x02100 + 4 * 3), bench.read<SRRCTL>(3).raw) << "an old address";
    EXPECT_EQ(bench.nic.peek32(0x0ffff0), 0u);
    EXPECT_TRUE(bench.nic.unknown_accesses().empty());
}

TEST(Registers, PeekingAtALentPairShowsItsPages) {
    Bench bench;
    alignas(4096) static std::array<std::byte, 4096> rx_page{}, tx_page{};
    bench.nic.lend(3, rx_page.data(), tx_page.data());
    const std::uint32_t rx_len = 0x1000, tx_len = 0x2000;
    std::memcpy(rx_page.data() + (RDLEN::at(3) & 0xfff), &rx_len, sizeof(rx_len));
    std::memcpy(tx_page.data() + (TDLEN::at(3) & 0xfff), &tx_len, sizeof(tx_len));
    EXPECT_EQ(bench.nic.peek32(RDLEN::at(3)), rx_len);
    EXPECT_EQ(bench.nic.peek32(TDLEN::at(3)), tx_len);
    EXPECT_EQ(bench.nic.peek32(RDLEN::at(2)), 0u);
    bench.nic.take_back(3);
    EXPECT_EQ(bench.nic.peek32(RDLEN::at(3)), 0u);
}

TEST(Registers, LinkIsShown) {
    Bench bench;
    EXPECT_EQ(bench.read<LINKS>().get<LINKS::LINK_UP>(), 1u);
    bench.nic.set_link(false);
    EXPECT_EQ(bench.read<LINKS>().get<LINKS::LINK_UP>(), 0u);
    bench.open_tx(0);
    place(bench, udp_frame());
    bench.post(0, kData, 60, kWholeFrame);
    bench.write<TDT>(0, {1});
    EXPECT_EQ(bench.nic.poll(8), 0u) << "nothing leaves without a link";
}

TEST(Interrupts, CausesShowUntilReadOrWritten) {  // DS 8.2.3.5.1
    Bench bench;
    bench.nic.write32(EICS::at(), 0x30);
    bench.nic.write32(EICR::at(), 0x10);
    EXPECT_EQ(bench.read<EICR>().raw, 0x20u) << "writing ones clears them";
    EXPECT_EQ(bench.read<EICR>().raw, 0u) << "and so does reading";
    bench.write<EIMS>({0x3});
    bench.write<EIMC>({0x1});
    EXPECT_EQ(bench.read<EIMS>().raw, 0x2u);
}

TEST(Rx, LegacyDescriptorsKeepTheirAddress) {  // DS 7.1.5
    Bench bench;
    bench.open_rx(0);
    bench.write<SRRCTL>(0, SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(2));
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    const auto raw = bench.memory.at<std::array<std::uint64_t, 2>>(Bench::kRxRing);
    EXPECT_EQ(raw[0], Bench::buffer(0));
    EXPECT_EQ(raw[1] & 0xffff, udp_frame().size());
    EXPECT_EQ(raw[1] >> 32 & 3, 3u) << "DD and EOP";
    EXPECT_EQ(bench.received(0).size(), 0u + bench.rx_desc(0).wb.length);
}

TEST(Rx, HeaderSplitIsNotModelledAndCounted) {  // DS 8.2.3.8.7 DESCTYPE 2
    Bench bench;
    bench.open_rx(0);
    bench.write<SRRCTL>(0, SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(2).with<SRRCTL::DESCTYPE>(2));
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().bad_descriptor, 1u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Tx, HeadIsWrittenToMemoryWhereAsked) {  // DS 7.2.3.5.2
    Bench bench;
    bench.open_tx(0);
    constexpr std::uint64_t kHead = Memory::kBus + 0x70000;
    bench.write<TDWBAL>(0, {static_cast<std::uint32_t>(kHead) | TDWBAL::Head_WB_En::mask});
    bench.write<TDWBAH>(0, {static_cast<std::uint32_t>(kHead >> 32)});
    place(bench, udp_frame());
    bench.post(0, kData, 60, kWholeFrame);
    bench.write<TDT>(0, {1});
    bench.nic.poll(8);
    EXPECT_EQ(bench.memory.at<std::uint32_t>(kHead), 1u);
    EXPECT_EQ(bench.tx_desc(0).read.buffer_addr, kData) << "the descriptor itself stays";
}

TEST(Tx, LegacyDescriptorSendsWithItsVlanTag) {  // DS 7.2.3.2.2
    Bench bench;
    bench.open_tx(0);
    place(bench, udp_frame());
    bench.tx_desc(0).read = {kData, 60 | TxCmd::EOP::mask | TxCmd::IFCS::mask | TxCmd::RS::mask | TxCmd::VLE::mask,
                             0x2064u << 16};
    bench.write<TDT>(0, {1});
    bench.nic.poll(8);
    ASSERT_EQ(bench.wire.frames.size(), 1u);
    EXPECT_EQ(bench.wire.frames[0], tagged(udp_frame(), 0x2064));
}

TEST(Tx, PacketMustBeAsLongAsItSays) {  // DS 7.2.3.2.4 PAYLEN
    Bench bench;
    bench.open_tx(0);
    place(bench, udp_frame());
    bench.post(0, kData, 60, kWholeFrame);
    bench.tx_desc(0).read.olinfo_status = 61u << TxOlinfo::PAYLEN::lo;
    bench.write<TDT>(0, {1});
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.tx_account().bad_descriptor, 1u);
    EXPECT_TRUE(bench.wire.frames.empty());
}

TEST(Tx, OnePacketOfVeryManySegmentsDoesNotExceedTheBudget) {
    Bench bench;
    bench.open_tx(0);
    Frame frame(54 + 1000);
    const Frame head = udp_frame();
    std::memcpy(frame.data(), head.data(), 34);
    frame[23] = std::byte{6};
    place(bench, frame);
    bench.tx_desc(0).ctx = {20u | 14u << 9, 0,
                            TxCmd::DEXT::mask | TxCmd::kContext << TxCmd::DTYP::lo | 1u << 10 | 1u << 11,
                            1u << 16 | 20u << 8};
    bench.tx_desc(1).read = {kData, kWholeFrame | TxCmd::TSE::mask | static_cast<std::uint32_t>(frame.size()),
                             TxOlinfo::TXSM::mask | 1000u << TxOlinfo::PAYLEN::lo};
    bench.write<TDT>(0, {2});
    std::size_t before = 0;
    while (bench.nic.poll(16) != 0) {
        EXPECT_LE(bench.wire.frames.size() - before, 16u);
        before = bench.wire.frames.size();
    }
    EXPECT_EQ(before, 1000u);
    EXPECT_EQ(bench.read<TDH>(0).raw, 2u);
}

}  // namespace
}  // namespace bifurc::model::test
