// SPDX-License-Identifier: BSD-3-Clause
// Causes, masks, messages: 82599 DS 7.3 and 8.2.3.5.
#include <gtest/gtest.h>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

constexpr unsigned kOtherVector = 9;

// As Linux sets it up: MSI-X, messages mask their cause, a vector of its own for what is no queue's.
void use_msix(Bench& bench, std::uint32_t auto_clear = EICR::RTxQ::mask) {
    bench.write<GPIE>(GPIE::value{}.with<GPIE::Multiple_MSIX>(1).with<GPIE::OCD>(1).with<GPIE::EIAME>(1));
    bench.write<EIAC>({auto_clear});
    bench.write<IVAR_MISC>(
        IVAR_MISC::value{}.with<IVAR_MISC::INT_Alloc_1>(kOtherVector).with<IVAR_MISC::INT_Alloc_val_1>(1));
}

TEST(Interrupts, AMessageMasksItselfOnlyWhereAskedTo) {
    Bench bench;
    use_msix(bench);
    bench.write<EIAM_EX>(0, {1u << 3});
    bench.write<EIMS_EX>(0, {1u << 3 | 1u << 4});
    for (int round = 0; round < 2; ++round) bench.write<EICS_EX>(0, {1u << 3 | 1u << 4});
    EXPECT_EQ(bench.interrupts.raised[3], 1u) << "masked itself";
    EXPECT_EQ(bench.interrupts.raised[4], 2u) << "did not";
    EXPECT_EQ(bench.read<EIMS_EX>(0).raw, 1u << 4);
}

TEST(Interrupts, ACauseThatDoesNotClearItselfIsToldOnce) {
    Bench bench;
    use_msix(bench, 0);
    bench.write<EIMS>({1u << 5});
    bench.write<EICS>({1u << 5});
    bench.nic.advance(1'000'000);
    EXPECT_EQ(bench.interrupts.raised[5], 1u);
    EXPECT_EQ(bench.read<EICS>().raw, 1u << 5) << "shown, and not cleared";
    bench.nic.write32(EICR::at(), 1u << 5);
    EXPECT_EQ(bench.read<EICS>().raw, 0u);
    bench.write<EICS>({1u << 5});
    EXPECT_EQ(bench.interrupts.raised[5], 2u);
}

TEST(Interrupts, VectorsAboveFifteenHaveNoBitInTheCauseRegister) {
    Bench bench;
    use_msix(bench);
    bench.open_rx(0);
    bench.write<IVAR>(0, {0x80 | 20});  // the number of LSC's bit
    bench.write<EIMS>({EICR::LSC::mask});
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.read<EICS>().raw, 0u);
    EXPECT_TRUE(bench.interrupts.raised.empty()) << "EIMS bit 20 is the link's mask, not vector 20's";
    bench.write<EIMS_EX>(0, {1u << 20});
    EXPECT_EQ(bench.interrupts.raised[20], 1u);
}

TEST(Interrupts, ALinkChangeRaisesTheOtherCausesVector) {  // DS 8.2.3.5.17
    Bench bench;
    use_msix(bench);
    bench.write<EIMS>({EICR::LSC::mask});
    bench.nic.set_link(false);
    EXPECT_EQ(bench.interrupts.raised[kOtherVector], 1u);
    bench.nic.set_link(false);
    EXPECT_EQ(bench.interrupts.raised[kOtherVector], 1u) << "no change";
    EXPECT_EQ(bench.read<EICS>().raw, EICR::LSC::mask);
    bench.nic.write32(EICR::at(), EICR::LSC::mask);
    bench.nic.set_link(true);
    EXPECT_EQ(bench.interrupts.raised[kOtherVector], 2u);
}

TEST(Interrupts, WithoutItsVectorAnOtherCauseWaits) {
    Bench bench;
    use_msix(bench);
    bench.write<IVAR_MISC>({0});
    bench.write<EIMS>({EICR::LSC::mask});
    bench.nic.set_link(false);
    EXPECT_TRUE(bench.interrupts.raised.empty());
}

TEST(Interrupts, ReadingTheCausesLeavesTheQueuesAloneWhereGpieSaysSo) {  // GPIE.OCD
    Bench bench;
    use_msix(bench);
    bench.write<EICS>({EICR::LSC::mask | 1});
    EXPECT_EQ(bench.read<EICR>().raw, EICR::LSC::mask | 1);
    EXPECT_EQ(bench.read<EICR>().raw, 1u);
}

TEST(Interrupts, WithoutMsixThereIsOneAndReadingMasks) {  // DS 8.2.3.5.6
    Bench bench;
    bench.open_rx(0);
    bench.write<IVAR>(0, {0x80 | 2});
    bench.write<EIAM>({EICR::RTxQ::mask});
    bench.write<EIMS>({EICR::RTxQ::mask | EICR::LSC::mask});
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.interrupts.raised[0], 1u);
    EXPECT_EQ(bench.read<EICR>().raw, 1u << 2);
    EXPECT_EQ(bench.read<EICR>().raw, 0u);
    EXPECT_EQ(bench.read<EIMS>().raw, (EICR::RTxQ::mask & ~(1u << 2)) | EICR::LSC::mask);
}

TEST(Interrupts, TheOwnerLearnsWhenAThrottledOneIsDue) {
    Bench bench;
    use_msix(bench);
    bench.write<EITR>(3, EITR::value{}.with<EITR::ITR_Interval>(25));  // 50 us
    bench.write<EIMS_EX>(0, {1u << 3});
    bench.nic.advance(1'000);
    EXPECT_FALSE(bench.nic.wake_at_ns());
    bench.write<EICS_EX>(0, {1u << 3});
    EXPECT_FALSE(bench.nic.wake_at_ns()) << "told already";
    bench.write<EICS_EX>(0, {1u << 3});
    ASSERT_TRUE(bench.nic.wake_at_ns());
    EXPECT_EQ(*bench.nic.wake_at_ns(), 51'000u);
    bench.nic.advance(50'999);
    EXPECT_EQ(bench.interrupts.raised[3], 1u);
    bench.nic.advance(51'000);
    EXPECT_EQ(bench.interrupts.raised[3], 2u);
    EXPECT_FALSE(bench.nic.wake_at_ns());
}

}  // namespace
}  // namespace bifurc::model::test
