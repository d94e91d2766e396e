// SPDX-License-Identifier: BSD-3-Clause
// Which memory is mapped for a device, while EAL adds and frees some.
#include "bus/bifurc/dma.h"

#include <gtest/gtest.h>
#include <rte_malloc.h>

#include <cerrno>

#include "fake_client.h"

using namespace bifurc::bus;
using namespace bifurc::test;

namespace {

constexpr std::size_t kMiB = 1 << 20;
constexpr std::size_t kBridge = 64 << 10;           // the longest object on each side of a border
constexpr std::uintptr_t kBase = 0x5500'0000'0000;  // far from EAL's own

class Dma : public testing::Test {
protected:
    void SetUp() override {
        fake = {};
        ASSERT_EQ(0, rte_bifurc_open("eth0", &handle_, nullptr));
        ASSERT_EQ(0, maps_.attach(handle_, "test"));
        from_eal_ = handle_->dma;
    }
    void TearDown() override {
        maps_.detach();
        rte_bifurc_close(handle_);
    }
    // Of what is mapped, what EAL did not have at the start.
    std::vector<std::pair<std::uintptr_t, std::size_t>> added() const {
        auto all = handle_->dma;
        for (const auto& old : from_eal_) all.erase(all.find(old));
        return {all.begin(), all.end()};
    }
    using Ranges = std::vector<std::pair<std::uintptr_t, std::size_t>>;

    rte_bifurc* handle_ = nullptr;
    DmaMaps maps_;
    std::multiset<std::pair<std::uintptr_t, std::size_t>> from_eal_;
};

TEST_F(Dma, AllOfEalsMemoryIsMappedAtTheStart) {
    void* some = rte_malloc(nullptr, 8192, 0);
    const auto va = reinterpret_cast<std::uintptr_t>(some);
    bool covered = false;
    for (const auto& [from, len] : from_eal_) covered |= va >= from && va + 8192 <= from + len;
    EXPECT_TRUE(covered);
    rte_free(some);
}

TEST_F(Dma, AddedMemoryIsMappedAndFreedMemoryIsNot) {
    EXPECT_EQ(0, maps_.memory_added(kBase, 4 * kMiB, 4 * kMiB));
    EXPECT_EQ(added(), (Ranges{{kBase, 4 * kMiB}}));
    maps_.memory_freed(kBase, 4 * kMiB);
    EXPECT_EQ(added(), Ranges{});
}

TEST_F(Dma, PagesAreMappedOneByOneAndTheBytesAroundTheirBordersOnceMore) {
    ASSERT_EQ(0, maps_.memory_added(kBase, 6 * kMiB, 2 * kMiB));
    EXPECT_EQ(added(), (Ranges{{kBase, 2 * kMiB},
                               {kBase + 2 * kMiB - kBridge, 2 * kBridge},
                               {kBase + 2 * kMiB, 2 * kMiB},
                               {kBase + 4 * kMiB - kBridge, 2 * kBridge},
                               {kBase + 4 * kMiB, 2 * kMiB}}));
}

// What stays in use keeps its bus addresses: no call touches it.
TEST_F(Dma, AHoleLeavesBothSidesAsTheyWere) {
    ASSERT_EQ(0, maps_.memory_added(kBase, 8 * kMiB, 2 * kMiB));
    fake.dma_calls.clear();
    maps_.memory_freed(kBase + 2 * kMiB, 4 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase, 2 * kMiB}, {kBase + 6 * kMiB, 2 * kMiB}}));
    for (const auto& [from, len] : fake.dma_calls) {
        EXPECT_GT(from + len, kBase + 2 * kMiB);
        EXPECT_LT(from, kBase + 6 * kMiB);
    }
    maps_.memory_freed(kBase, 2 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase + 6 * kMiB, 2 * kMiB}}));
}

TEST_F(Dma, PagesThatComeBackBetweenOthersAreBridgedToBoth) {
    ASSERT_EQ(0, maps_.memory_added(kBase, 6 * kMiB, 2 * kMiB));
    const Ranges before = added();
    maps_.memory_freed(kBase + 2 * kMiB, 2 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase, 2 * kMiB}, {kBase + 4 * kMiB, 2 * kMiB}}));
    ASSERT_EQ(0, maps_.memory_added(kBase + 2 * kMiB, 2 * kMiB, 2 * kMiB));
    EXPECT_EQ(added(), before);
}

TEST_F(Dma, EventsThatAdjoinAreBridgedTooWhicheverComesFirst) {
    ASSERT_EQ(0, maps_.memory_added(kBase + 2 * kMiB, 2 * kMiB, 2 * kMiB));
    ASSERT_EQ(0, maps_.memory_added(kBase, 2 * kMiB, 2 * kMiB));
    ASSERT_EQ(0, maps_.memory_added(kBase + 4 * kMiB, 4096, 4096));  // an external heap's, say
    EXPECT_EQ(added(), (Ranges{{kBase, 2 * kMiB},
                               {kBase + 2 * kMiB - kBridge, 2 * kBridge},
                               {kBase + 2 * kMiB, 2 * kMiB},
                               {kBase + 4 * kMiB - 4096, 8192},
                               {kBase + 4 * kMiB, 4096}}));
}

TEST_F(Dma, OneFreeMayEndWhatSeveralEventsAdded) {
    for (std::uintptr_t at = 0; at < 8 * kMiB; at += 2 * kMiB) {
        ASSERT_EQ(0, maps_.memory_added(kBase + at, 2 * kMiB, 2 * kMiB));
    }
    maps_.memory_freed(kBase, 6 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase + 6 * kMiB, 2 * kMiB}}));
}

TEST_F(Dma, APieceOfWhatIsFreedAsAWholeEndsNothing) {
    ASSERT_EQ(0, maps_.memory_added(kBase, 4 * kMiB, 4 * kMiB));
    maps_.memory_freed(kBase, 2 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase, 4 * kMiB}}));
}

TEST_F(Dma, WhatWasNeverMappedMayBeFreed) {
    maps_.memory_freed(kBase, kMiB);
    EXPECT_EQ(added(), Ranges{});
}

TEST_F(Dma, AFailureIsAnsweredAndNothingIsRemembered) {
    fake.fail["dma_map"] = -ENOMEM;
    EXPECT_EQ(-ENOMEM, maps_.memory_added(kBase, kMiB, kMiB));
    fake.fail.clear();
    fake.fail["dma_unmap"] = -EINVAL;  // would be asked if it were remembered
    maps_.memory_freed(kBase, kMiB);
    EXPECT_EQ(added(), Ranges{});
}

// As near the limit of pinned memory: what was mapped before stays, and ends when it is freed.
TEST_F(Dma, AFailureInTheMidstLeavesWhatCameBefore) {
    for (int maps = 0; maps < 5; ++maps) {
        fake.dma_maps_before_failure = maps;
        EXPECT_EQ(-ENOMEM, maps_.memory_added(kBase, 6 * kMiB, 2 * kMiB));
        fake.dma_maps_before_failure = -1;
        EXPECT_EQ(added().size(), static_cast<std::size_t>(maps));
        maps_.memory_freed(kBase, 6 * kMiB);
        EXPECT_EQ(added(), Ranges{});
    }
}

}  // namespace
