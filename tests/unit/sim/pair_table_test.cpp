// SPDX-License-Identifier: BSD-3-Clause
#include "pair_table.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "bifurc/bifurc_uapi.h"

namespace {

using bifurc::sim::PairTable;

TEST(PairTable, TheFirstPairBehindTheKernelsIsGivenFirst) {
    PairTable table(64, 32);
    std::uint32_t got = 0;
    ASSERT_EQ(table.take(BIFURC_FIRST_ANY, 1, got), 0);
    EXPECT_EQ(got, 32u);
    ASSERT_EQ(table.take(BIFURC_FIRST_ANY, 2, got), 0);
    EXPECT_EQ(got, 33u);
    EXPECT_EQ(table.free(), 29u);
}

TEST(PairTable, AllOrNothing) {
    PairTable table(64, 32);
    std::uint32_t got = 0;
    EXPECT_EQ(table.take(BIFURC_FIRST_ANY, 33, got), -ENOSPC);
    EXPECT_EQ(table.free(), 32u);
    ASSERT_EQ(table.take(40, 1, got), 0);
    EXPECT_EQ(table.take(39, 3, got), -EBUSY);
    EXPECT_EQ(table.take(BIFURC_FIRST_ANY, 24, got), -ENOSPC) << "free pairs, but no 24 neighbours";
    EXPECT_EQ(table.free(), 31u);
}

TEST(PairTable, KernelPairsAreTaken) {
    PairTable table(64, 32);
    std::uint32_t got = 0;
    EXPECT_EQ(table.take(0, 1, got), -EBUSY);
    EXPECT_EQ(table.take(31, 2, got), -EBUSY);
    EXPECT_EQ(table.take(32, 32, got), 0);
}

TEST(PairTable, RefusesWhatNoCallCouldUse) {
    PairTable table(64, 32);
    std::uint32_t got = 0;
    EXPECT_EQ(table.take(BIFURC_FIRST_ANY, 0, got), -EINVAL);
    EXPECT_EQ(table.take(BIFURC_FIRST_ANY, 65, got), -ENOSPC);
    EXPECT_EQ(table.take(BIFURC_FIRST_ANY, 0xffffffff, got), -ENOSPC);
    EXPECT_EQ(table.take(64, 1, got), -EINVAL);
    EXPECT_EQ(table.take(63, 2, got), -EINVAL);
    EXPECT_EQ(table.take(63, 0xffffffff, got), -EINVAL);
}

TEST(PairTable, ReleasedPairsAreFreeAgain) {
    PairTable table(64, 32);
    std::uint32_t got = 0;
    ASSERT_EQ(table.take(BIFURC_FIRST_ANY, 32, got), 0);
    table.release(32, 32);
    EXPECT_EQ(table.take(BIFURC_FIRST_ANY, 32, got), 0);
}

TEST(PairTable, TheKernelCannotTakeAGrantsPairs) {
    PairTable table(64, 32);
    std::uint32_t got = 0;
    ASSERT_EQ(table.take(BIFURC_FIRST_ANY, 1, got), 0);
    EXPECT_EQ(table.set_kernel(33), -EBUSY);
    EXPECT_EQ(table.set_kernel(8), 0);
    EXPECT_EQ(table.set_kernel(0), -EINVAL);
    EXPECT_EQ(table.set_kernel(65), -EINVAL);
}

}  // namespace
