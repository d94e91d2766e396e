// SPDX-License-Identifier: BSD-3-Clause
// Who gets which pairs, and what is refused.
#include "abi.h"

namespace bifurc::abi {
namespace {

TEST(Split, AnywhereTakesPairsThatWereFree) {
    const Fd fd = open_port();
    const bifurc_info before = info(fd.get());
    if (before.pairs_free < 2) GTEST_SKIP() << "fewer than 2 free pairs";
    bifurc_split got{};
    ASSERT_EQ(split(fd.get(), 2, BIFURC_FIRST_ANY, &got), 0);
    EXPECT_EQ(got.pairs, 2u);
    EXPECT_GE(got.first, before.pairs_kernel);
    EXPECT_LE(got.first + 2, before.pairs_total);
    const bifurc_info after = info(fd.get());
    EXPECT_EQ(after.first, got.first);
    EXPECT_EQ(after.pairs, 2u);
    EXPECT_EQ(after.pairs_free, before.pairs_free - 2);
    EXPECT_EQ(after.generation, got.generation);
}

TEST(Split, TakesJustThePairsThatAreNamed) {
    const Fd fd = open_port();
    bifurc_split got{};
    const std::uint32_t last = info(fd.get()).pairs_total - 1;
    ASSERT_EQ(split(fd.get(), 1, last, &got), 0);
    EXPECT_EQ(got.first, last);
}

TEST(Split, TakesAllThatAreFree) {
    const Fd fd = open_port();
    const std::uint32_t free = info(fd.get()).pairs_free;
    ASSERT_EQ(split(fd.get(), free), 0);
    EXPECT_EQ(info(fd.get()).pairs_free, 0u);
    const Fd other = open_port();
    EXPECT_EQ(split(other.get(), 1), ENOSPC);
}

TEST(Split, IsAllOrNothing) {
    const Fd fd = open_port();
    const bifurc_info before = info(fd.get());
    EXPECT_EQ(split(fd.get(), before.pairs_free + 1), ENOSPC);
    const bifurc_info after = info(fd.get());
    EXPECT_EQ(after.pairs_free, before.pairs_free);
    EXPECT_EQ(after.pairs, 0u);
}

TEST(Split, OfMoreThanAnyNicHasIsEnospc) {
    const Fd fd = open_port();
    for (const std::uint32_t pairs : {100000u, 0x80000000u, UINT32_MAX})
        EXPECT_EQ(split(fd.get(), pairs), ENOSPC) << pairs;
}

TEST(Split, OfPairsThatDoNotExistIsEinval) {
    const Fd fd = open_port();
    const std::uint32_t total = info(fd.get()).pairs_total;
    EXPECT_EQ(split(fd.get(), 0), EINVAL);
    EXPECT_EQ(split(fd.get(), 0, total - 1), EINVAL);
    EXPECT_EQ(split(fd.get(), 1, total), EINVAL);
    EXPECT_EQ(split(fd.get(), 2, total - 1), EINVAL);
    EXPECT_EQ(split(fd.get(), 2, UINT32_MAX - 1), EINVAL);  // first + pairs wraps around
    EXPECT_EQ(split(fd.get(), UINT32_MAX, total - 1), EINVAL);
    EXPECT_EQ(info(fd.get()).pairs, 0u);
}

TEST(Split, OfTheKernelsPairsIsEbusy) {
    const Fd fd = open_port();
    const bifurc_info got = info(fd.get());
    if (got.pairs_kernel == 0) GTEST_SKIP() << "the kernel has no pairs";
    EXPECT_EQ(split(fd.get(), 1, 0), EBUSY);
    EXPECT_EQ(split(fd.get(), 2, got.pairs_kernel - 1), EBUSY);  // one of them is free
    EXPECT_EQ(info(fd.get()).pairs_free, got.pairs_free);
}

TEST(Split, OfSomebodyElsesPairsIsEbusy) {
    const Fd one = open_port();
    const Fd two = open_port();
    bifurc_split held{};
    ASSERT_EQ(split(one.get(), 1, BIFURC_FIRST_ANY, &held), 0);
    EXPECT_EQ(split(two.get(), 1, held.first), EBUSY);
}

TEST(Split, TwiceIsEalready) {
    const Fd fd = open_port();
    ASSERT_EQ(split(fd.get(), 1), 0);
    EXPECT_EQ(split(fd.get(), 1), EALREADY);
    EXPECT_EQ(info(fd.get()).pairs, 1u);
}

TEST(Split, OfTwoSocketsIsDisjoint) {
    const Fd one = open_port();
    const Fd two = open_port();
    if (info(one.get()).pairs_free < 4) GTEST_SKIP() << "fewer than 4 free pairs";
    bifurc_split a{};
    bifurc_split b{};
    ASSERT_EQ(split(one.get(), 2, BIFURC_FIRST_ANY, &a), 0);
    ASSERT_EQ(split(two.get(), 2, BIFURC_FIRST_ANY, &b), 0);
    EXPECT_TRUE(a.first + 2 <= b.first || b.first + 2 <= a.first) << a.first << " " << b.first;
}

// Strict succeeds just where INFO says that both protections are in force.
TEST(Split, StrictIsRefusedWhereIsolationIsNotTotal) {
    const Fd fd = open_port();
    bifurc_split request{};
    request.flags = BIFURC_SPLIT_STRICT;
    request.first = BIFURC_FIRST_ANY;
    request.pairs = 1;
    const int code = get(fd.get(), BIFURC_SPLIT, request);
    const bifurc_info got = info(fd.get());
    if (got.page_protection == BIFURC_PAGES_EXCLUSIVE && got.dma_protection == BIFURC_DMA_IOMMU) {
        EXPECT_EQ(code, 0);
    } else {
        EXPECT_EQ(code, EACCES);
        EXPECT_EQ(got.pairs, 0u);
    }
}

TEST(Return, FreesThePairsForTheNextSplit) {
    const Fd fd = open_port();
    const std::uint32_t free = info(fd.get()).pairs_free;
    for (int round = 0; round < 20; ++round) {
        bifurc_split held{};
        ASSERT_EQ(split(fd.get(), 1, info(fd.get()).pairs_total - 1, &held), 0) << round;
        ASSERT_EQ(give_back(fd.get()), 0);
        ASSERT_EQ(info(fd.get()).pairs, 0u);
        ASSERT_EQ(info(fd.get()).pairs_free, free);
    }
    EXPECT_EQ(give_back(fd.get()), ENOTCONN);
}

class PairVerbs : public SplitTest {};

TEST_F(PairVerbs, SyncOfPairsThatAreNotOursIsEinval) {
    EXPECT_EQ(sync(fd(), held_), 0);
    for (const auto& [first, pairs] : {std::pair{held_.first, 0u},
                                       {held_.first, 2u},
                                       {held_.first + 1, 1u},
                                       {0u, 1u},
                                       {held_.first, UINT32_MAX},
                                       {UINT32_MAX, 2u}}) {
        bifurc_split other = held_;
        other.first = first;
        other.pairs = pairs;
        EXPECT_EQ(sync(fd(), other), EINVAL) << first << "+" << pairs;
    }
}

TEST_F(PairVerbs, StatsOfAPairThatIsNotOursIsEinval) {
    for (const std::uint32_t pair : {held_.first + 1, 0u, UINT32_MAX}) {
        bifurc_stats stats{};
        stats.pair = pair;
        EXPECT_EQ(get(fd(), BIFURC_STATS, stats), EINVAL) << pair;
    }
}

TEST_F(PairVerbs, StatsBeginWithTheSplit) {
    bifurc_stats stats{};
    stats.pair = held_.first;
    ASSERT_EQ(get(fd(), BIFURC_STATS, stats), 0);
    EXPECT_EQ(stats.valid & ~(BIFURC_STATS_RX_MISSED | BIFURC_STATS_DMA_FAULTS), 0u);
    if ((stats.valid & BIFURC_STATS_DMA_FAULTS) != 0) {
        EXPECT_EQ(stats.dma_faults, 0u);
    }
}

TEST_F(PairVerbs, AnotherGenerationIsEnetreset) {
    bifurc_split stale = held_;
    ++stale.generation;
    EXPECT_EQ(sync(fd(), stale), ENETRESET);
    bifurc_eventfd request{};
    request.pair = held_.first;
    request.fd = -1;
    request.generation = stale.generation;
    EXPECT_EQ(set(fd(), BIFURC_EVENTFD, request), ENETRESET);
}

}  // namespace
}  // namespace bifurc::abi
