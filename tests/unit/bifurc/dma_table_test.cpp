// SPDX-License-Identifier: BSD-3-Clause
// Which addresses the table finds, whatever the kernel's side answers and whoever maps meanwhile.
#include "bifurc/dma_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fake_kernel.h"

namespace bifurc::client {
namespace {

constexpr std::uintptr_t kVa = 0x7f0000000000;

class DmaTableTest : public testing::Test {
protected:
    DmaTableTest() { kernel_.attached = true; }
    // From now on the kernel's side answers these.
    void segments(std::vector<bifurc_dma_segment> segments) {
        kernel_.get[BIFURC_DMA_MAP] = [this, segments](void* value, socklen_t*) {
            return kernel_.map_as(*static_cast<bifurc_dma_map*>(value), segments);
        };
    }
    rte_bifurc_dma find(std::uintptr_t va) {
        rte_bifurc_dma stretch{};
        EXPECT_TRUE(table_.find(va, stretch)) << std::hex << va;
        return stretch;
    }
    bool mapped(std::uintptr_t va) {
        rte_bifurc_dma stretch;
        return table_.find(va, stretch);
    }

    FakeKernel kernel_;
    Verbs verbs_{kernel_, 3};
    DmaTable table_;
};

TEST_F(DmaTableTest, WidensToWholePages) {
    bifurc_dma_map seen{};
    kernel_.get[BIFURC_DMA_MAP] = [&](void* value, socklen_t*) {
        seen = *static_cast<bifurc_dma_map*>(value);
        return kernel_.map_as(*static_cast<bifurc_dma_map*>(value), {{0, 2 * kPage, 0x100000}});
    };
    ASSERT_TRUE(table_.map(verbs_, kVa + 100, kPage).ok());
    EXPECT_EQ(seen.va, kVa);
    EXPECT_EQ(seen.len, 2 * kPage);
    EXPECT_EQ(seen.dmabuf_fd, -1);
    EXPECT_EQ(table_.bus(kVa, 2 * kPage), 0x100000u);
    EXPECT_FALSE(mapped(kVa - 1));
    EXPECT_FALSE(mapped(kVa + 2 * kPage));
}

TEST_F(DmaTableTest, MergesNeighboursThatFollowEachOtherOnTheBus) {
    segments({{0, kPage, 0x100000}, {kPage, kPage, 0x101000}, {2 * kPage, kPage, 0x900000}});
    ASSERT_TRUE(table_.map(verbs_, kVa, 3 * kPage).ok());
    const rte_bifurc_dma first = find(kVa + kPage);
    EXPECT_EQ(first.va, kVa);
    EXPECT_EQ(first.len, 2 * kPage);
    EXPECT_EQ(first.va + first.delta, 0x100000u);
    EXPECT_EQ(table_.bus(kVa + kPage - 8, 16), 0x100ff8u);
    EXPECT_EQ(table_.bus(kVa + 2 * kPage - 8, 16), RTE_BIFURC_BUS_INVALID);  // the bus addresses jump here
    EXPECT_EQ(table_.bus(kVa + 2 * kPage, 16), 0x900000u);
}

TEST_F(DmaTableTest, MergesAcrossCalls) {
    segments({{0, kPage, 0x101000}});
    ASSERT_TRUE(table_.map(verbs_, kVa + kPage, kPage).ok());
    segments({{0, kPage, 0x100000}});
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    EXPECT_EQ(find(kVa).len, 2 * kPage);
    ASSERT_TRUE(table_.unmap(verbs_, kVa, kPage).ok());
    EXPECT_FALSE(mapped(kVa));
    EXPECT_EQ(find(kVa + kPage).len, kPage);
}

TEST_F(DmaTableTest, FindsTheFarthestReachingOfOverlappingMappings) {
    segments({{0, 2 * kPage, 0x100000}});
    ASSERT_TRUE(table_.map(verbs_, kVa, 2 * kPage).ok());
    segments({{0, 2 * kPage, 0x800000}});
    ASSERT_TRUE(table_.map(verbs_, kVa + kPage, 2 * kPage).ok());
    EXPECT_EQ(table_.bus(kVa, 2 * kPage), 0x100000u);
    EXPECT_EQ(table_.bus(kVa + kPage, 2 * kPage), 0x800000u);
    EXPECT_EQ(table_.bus(kVa, 3 * kPage), RTE_BIFURC_BUS_INVALID);
}

TEST_F(DmaTableTest, FindsALongMappingBehindManyShortOnes) {
    segments({{0, 64 * kPage, 0x100000}});
    ASSERT_TRUE(table_.map(verbs_, kVa, 64 * kPage).ok());
    for (std::uintptr_t i = 1; i < 60; ++i) {
        segments({{0, kPage, 0x10000000 + i * 0x100000}});
        ASSERT_TRUE(table_.map(verbs_, kVa + i * kPage, kPage).ok());
    }
    EXPECT_EQ(table_.bus(kVa + 62 * kPage, kPage), 0x100000 + 62 * kPage);
}

TEST_F(DmaTableTest, TheSameRangeTwiceEndsWithTheSecondUnmap) {
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    ASSERT_TRUE(table_.unmap(verbs_, kVa, kPage).ok());
    EXPECT_TRUE(mapped(kVa));
    ASSERT_TRUE(table_.unmap(verbs_, kVa, kPage).ok());
    EXPECT_FALSE(mapped(kVa));
    EXPECT_EQ(table_.unmap(verbs_, kVa, kPage).code(), ENOENT);
}

TEST_F(DmaTableTest, UnmapsOnlyWhatOneCallWasGiven) {
    ASSERT_TRUE(table_.map(verbs_, kVa, 2 * kPage).ok());
    EXPECT_EQ(table_.unmap(verbs_, kVa, kPage).code(), ENOENT);
    EXPECT_EQ(table_.unmap(verbs_, kVa + kPage, kPage).code(), ENOENT);
    EXPECT_TRUE(mapped(kVa + kPage));
}

TEST_F(DmaTableTest, FailedUnmapChangesNothing) {
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    kernel_.refuse(BIFURC_DMA_UNMAP, ETIMEDOUT);
    EXPECT_EQ(table_.unmap(verbs_, kVa, kPage).code(), ETIMEDOUT);
    EXPECT_TRUE(mapped(kVa));
}

// Whoever keeps a stretch must learn of its end before the memory may go to somebody else.
TEST_F(DmaTableTest, EpochStepsBeforeTheKernelUnmaps) {
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    const std::uint32_t before = table_.epoch().load();
    std::uint32_t at_unmap = before;
    bool still_found = true;
    kernel_.set[BIFURC_DMA_UNMAP] = [&](const void*, socklen_t) {
        at_unmap = table_.epoch().load();
        still_found = mapped(kVa);
        return 0;
    };
    ASSERT_TRUE(table_.unmap(verbs_, kVa, kPage).ok());
    EXPECT_NE(at_unmap, before);
    EXPECT_FALSE(still_found);
}

TEST_F(DmaTableTest, AsksWithMoreRoomUntilAllSegmentsFit) {
    std::vector<bifurc_dma_segment> scattered;
    for (std::uint64_t i = 0; i < 300; ++i) scattered.push_back({i * kPage, kPage, 0x100000 + i * 2 * kPage});
    segments(scattered);
    ASSERT_TRUE(table_.map(verbs_, kVa, 300 * kPage).ok());
    for (std::uint64_t i = 0; i < 300; ++i) EXPECT_EQ(table_.bus(kVa + i * kPage, kPage), 0x100000 + i * 2 * kPage);
}

TEST_F(DmaTableTest, GivesUpOnAKernelThatAlwaysWantsMoreRoom) {
    kernel_.get[BIFURC_DMA_MAP] = [](void* value, socklen_t*) {
        ++static_cast<bifurc_dma_map*>(value)->nr_segments;
        return -ENOSPC;
    };
    EXPECT_EQ(table_.map(verbs_, kVa, 1000 * kPage).code(), EPROTO);
}

TEST_F(DmaTableTest, RefusesWhatIsNoRange) {
    EXPECT_EQ(table_.map(verbs_, kVa, 0).code(), EINVAL);
    EXPECT_EQ(table_.map(verbs_, kVa, SIZE_MAX).code(), EINVAL);
    EXPECT_EQ(table_.map(verbs_, UINTPTR_MAX - 10, 10).code(), EINVAL);
    EXPECT_TRUE(kernel_.asked.empty());
}

TEST_F(DmaTableTest, ClearForgetsAll) {
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    const std::uint32_t before = table_.epoch().load();
    table_.clear();
    EXPECT_FALSE(mapped(kVa));
    EXPECT_NE(table_.epoch().load(), before);
}

TEST_F(DmaTableTest, RefusesAnIdThatIsAnothersAndKeepsThatOne) {
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    kernel_.last_id = 0;  // the next id is the first once more
    EXPECT_EQ(table_.map(verbs_, kVa + 9 * kPage, kPage).code(), EPROTO);
    EXPECT_TRUE(mapped(kVa));
    EXPECT_FALSE(mapped(kVa + 9 * kPage));
}

struct Nonsense {
    const char* what;
    std::vector<bifurc_dma_segment> segments;
};
class SegmentNonsense : public DmaTableTest, public testing::WithParamInterface<Nonsense> {};

TEST_P(SegmentNonsense, IsRefusedAndUnmapped) {
    segments(GetParam().segments);
    EXPECT_EQ(table_.map(verbs_, kVa, 2 * kPage).code(), EPROTO);
    EXPECT_FALSE(mapped(kVa));
    EXPECT_EQ(kernel_.asked.back(), BIFURC_DMA_UNMAP);
}

const Nonsense kNonsense[] = {
    {"none", {}},
    {"too_short", {{0, kPage, 0x1000}}},
    {"too_long", {{0, 3 * kPage, 0x1000}}},
    {"gap", {{0, 100, 0x1000}, {kPage, kPage, 0x9000}}},
    {"late_start", {{kPage, kPage, 0x1000}}},
    {"overlap", {{0, 2 * kPage, 0x1000}, {kPage, kPage, 0x9000}}},
    {"wrong_order", {{kPage, kPage, 0x1000}, {0, kPage, 0x9000}}},
    {"empty_segment", {{0, 0, 0x1000}, {0, 2 * kPage, 0x9000}}},
    {"length_overflow", {{0, kPage, 0x1000}, {kPage, UINT64_MAX, 0x9000}}},
    {"bus_overflow", {{0, 2 * kPage, UINT64_MAX - kPage}}},
};
INSTANTIATE_TEST_SUITE_P(All, SegmentNonsense, testing::ValuesIn(kNonsense),
                         [](const auto& info) { return info.param.what; });

TEST_F(DmaTableTest, RefusesMoreSegmentsThanThereWasRoomFor) {
    kernel_.get[BIFURC_DMA_MAP] = [](void* value, socklen_t*) {
        static_cast<bifurc_dma_map*>(value)->nr_segments = 1000000;
        return 0;
    };
    EXPECT_EQ(table_.map(verbs_, kVa, 2 * kPage).code(), EPROTO);
}

// Readers beside a thread that maps and unmaps: what they find is whole and right, and what stays mapped is always
// found.
TEST_F(DmaTableTest, LookupsRunBesideMapAndUnmap) {
    ASSERT_TRUE(table_.map(verbs_, kVa, kPage).ok());
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    auto look = [&] {
        while (!stop.load()) {
            if (table_.bus(kVa + 8, 8) != ((kVa + 8) ^ FakeKernel::kBusFlip)) ++wrong;
            rte_bifurc_dma stretch;
            if (table_.find(kVa + 5 * kPage, stretch) &&
                stretch.va + stretch.delta != (stretch.va ^ FakeKernel::kBusFlip))
                ++wrong;
        }
    };
    std::thread one{look};
    std::thread two{look};
    for (int round = 0; round < 300; ++round) {
        for (std::uintptr_t i = 1; i < 8; ++i) ASSERT_TRUE(table_.map(verbs_, kVa + i * kPage, kPage).ok());
        for (std::uintptr_t i = 1; i < 8; ++i) ASSERT_TRUE(table_.unmap(verbs_, kVa + i * kPage, kPage).ok());
    }
    stop = true;
    one.join();
    two.join();
    EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace bifurc::client
