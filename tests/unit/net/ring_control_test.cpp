// SPDX-License-Identifier: BSD-3-Clause
// Which registers a queue's start and stop write, in which order, and what becomes of a NIC that does not answer.
#include "net/bifurc/ring_control.h"

#include <gtest/gtest.h>

#include "net/bifurc/chip.h"
#include "recording_bar.h"

using namespace bifurc;
using namespace bifurc::net;
using namespace bifurc::test;
using namespace bifurc::hw::ixgbe;

namespace {

constexpr unsigned kQueue = 65;  // in the second register page
constexpr RingPlace kRing{0x1'2345'6780, 1024};
constexpr RxSettings kSettings{2, {}, false};
constexpr std::uint32_t kEnable = RXDCTL::ENABLE::mask;

TEST(EnableRx, WritesTheRingBeforeEnableAndTheTailLast) {
    RecordingBar bar;
    FakeClock clock;
    ASSERT_EQ(0, enable_rx<Chip82599>(bar, kQueue, kRing, kSettings, 63, clock));
    const std::uint32_t srrctl = 2 | 2 << SRRCTL::BSIZEHEADER::lo |
                                 (SRRCTL::kAdvancedOneBuffer << SRRCTL::DESCTYPE::lo) | SRRCTL::Drop_En::mask;
    EXPECT_EQ(bar.writes, (Writes{{RXDCTL::at(kQueue), 0},
                                  {RDBAL::at(kQueue), 0x23456780},
                                  {RDBAH::at(kQueue), 1},
                                  {RDLEN::at(kQueue), 1024},
                                  {RDH::at(kQueue), 0},
                                  {RDT::at(kQueue), 0},
                                  {SRRCTL::at(kQueue), srrctl},
                                  {RSCCTL::at(kQueue), 0},
                                  {RXDCTL::at(kQueue), 0},
                                  {RXDCTL::at(kQueue), kEnable},
                                  {RDT::at(kQueue), 63}}));
}

TEST(EnableRx, TagsAreTakenOutAsAskedWhateverThePreviousOwnerWanted) {
    RecordingBar bar;
    FakeClock clock;
    bar.values[RXDCTL::at(kQueue)] = RXDCTL::VME::mask;
    ASSERT_EQ(0, enable_rx<Chip82599>(bar, kQueue, kRing, kSettings, 63, clock));
    EXPECT_EQ(bar.values[RXDCTL::at(kQueue)], kEnable);
    ASSERT_EQ(0, enable_rx<Chip82599>(bar, kQueue, kRing, {2, {}, true}, 63, clock));
    EXPECT_EQ(bar.values[RXDCTL::at(kQueue)], RXDCTL::VME::mask | kEnable);
}

// DS 8.2.3.8.13: MAXDESC 0 to 3 stands for 1, 4, 8 or 16 descriptors.
TEST(EnableRx, CoalescesWithAsManyBuffersAsTheLimitHasRoomFor) {
    const struct {
        std::uint32_t lro_bytes;
        std::uint16_t buffer_kib;
        std::uint32_t maxdesc;
    } rows[] = {{65535, 2, 3}, {65535, 4, 2}, {65535, 9, 1}, {65535, 16, 0}, {32768, 2, 3},
                {32767, 2, 2}, {8192, 2, 1},  {8191, 2, 0},  {1, 2, 0}};
    for (const auto& row : rows) {
        RecordingBar bar;
        FakeClock clock;
        ASSERT_EQ(0, enable_rx<Chip82599>(bar, kQueue, kRing, {row.buffer_kib, {}, false, row.lro_bytes}, 63, clock));
        EXPECT_EQ(bar.values[RSCCTL::at(kQueue)], RSCCTL::RSCEN::mask | row.maxdesc << RSCCTL::MAXDESC::lo)
            << row.lro_bytes << " " << row.buffer_kib;
    }
}

TEST(EnableRx, ReportsAQueueThatNeverComesUpAndKeepsTheTailBack) {
    RecordingBar bar;
    FakeClock clock;
    bar.stuck.insert(RXDCTL::at(kQueue));
    EXPECT_EQ(-ETIMEDOUT, enable_rx<Chip82599>(bar, kQueue, kRing, kSettings, 63, clock));
    EXPECT_GE(clock.now_us, kEnableTimeoutUs);
    EXPECT_EQ(bar.values[RDT::at(kQueue)], 0u);
}

TEST(DisableRx, ClearsEnableAndReportsAQueueThatStaysOn) {
    RecordingBar bar;
    FakeClock clock;
    bar.values[RXDCTL::at(kQueue)] = kEnable | RXDCTL::VME::mask;
    EXPECT_EQ(0, disable_rx<Chip82599>(bar, kQueue, clock));
    EXPECT_EQ(bar.writes, (Writes{{RXDCTL::at(kQueue), RXDCTL::VME::mask}}));

    bar.values[RXDCTL::at(kQueue)] = kEnable;
    bar.stuck.insert(RXDCTL::at(kQueue));
    EXPECT_EQ(-ETIMEDOUT, disable_rx<Chip82599>(bar, kQueue, clock));
}

TEST(EnableTx, WritesAnEmptyRingWithoutHeadWriteBackBeforeEnable) {
    RecordingBar bar;
    FakeClock clock;
    bar.values[TDWBAL::at(3)] = TDWBAL::Head_WB_En::mask;
    ASSERT_EQ(0, enable_tx<Chip82599>(bar, 3, kRing, {32, 1, 0}, clock));
    const std::uint32_t thresholds = 32 | (1 << TXDCTL::HTHRESH::lo);
    EXPECT_EQ(bar.writes, (Writes{{TXDCTL::at(3), 0},
                                  {TDBAL::at(3), 0x23456780},
                                  {TDBAH::at(3), 1},
                                  {TDLEN::at(3), 1024},
                                  {TDH::at(3), 0},
                                  {TDT::at(3), 0},
                                  {TDWBAL::at(3), 0},
                                  {TDWBAH::at(3), 0},
                                  {TXDCTL::at(3), thresholds},
                                  {TXDCTL::at(3), thresholds | TXDCTL::ENABLE::mask}}));
}

TEST(DisableTx, WaitsForTheRingToRunEmptyButNotForEver) {
    RecordingBar bar;
    FakeClock clock;
    bar.values[TXDCTL::at(3)] = TXDCTL::ENABLE::mask;
    bar.values[TDT::at(3)] = 5;
    bar.values[TDH::at(3)] = 4;
    EXPECT_EQ(0, disable_tx<Chip82599>(bar, 3, clock));
    EXPECT_GE(clock.now_us, kDrainTimeoutUs);
    EXPECT_EQ(bar.values[TXDCTL::at(3)], 0u);

    bar.values[TXDCTL::at(3)] = TXDCTL::ENABLE::mask;
    bar.values[TDH::at(3)] = 5;
    clock.now_us = 0;
    EXPECT_EQ(0, disable_tx<Chip82599>(bar, 3, clock));
    EXPECT_EQ(clock.now_us, 0u);
}

TEST(EnableRx, The82576GetsThresholdsAndItsOwnDropBit) {
    RecordingBar bar;
    FakeClock clock;
    ASSERT_EQ(0, enable_rx<Chip82576>(bar, 5, kRing, {2, Chip82576::kRxThresholds, false}, 63, clock));
    EXPECT_EQ(bar.writes, (Writes{{0xc168, 0},
                                  {0xc140, 0x23456780},
                                  {0xc144, 1},
                                  {0xc148, 1024},
                                  {0xc150, 0},
                                  {0xc158, 0},
                                  {0xc14c, 0x82000002},
                                  {0xc168, 0x00010808},
                                  {0xc168, 0x02010808},
                                  {0xc158, 63}}));
}

TEST(EnableTx, The82576HasItsOwnPlaces) {
    RecordingBar bar;
    FakeClock clock;
    ASSERT_EQ(0, enable_tx<Chip82576>(bar, 5, kRing, Chip82576::kTxThresholds, clock));
    EXPECT_EQ(bar.writes, (Writes{{0xe168, 0},
                                  {0xe140, 0x23456780},
                                  {0xe144, 1},
                                  {0xe148, 1024},
                                  {0xe150, 0},
                                  {0xe158, 0},
                                  {0xe178, 0},
                                  {0xe17c, 0},
                                  {0xe168, 0x00000108},
                                  {0xe168, 0x02000108}}));
}

}  // namespace
