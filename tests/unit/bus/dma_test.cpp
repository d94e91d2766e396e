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
    EXPECT_EQ(0, maps_.memory_added(kBase, 4 * kMiB));
    EXPECT_EQ(added(), (Ranges{{kBase, 4 * kMiB}}));
    maps_.memory_freed(kBase, 4 * kMiB);
    EXPECT_EQ(added(), Ranges{});
}

TEST_F(Dma, AHoleLeavesBothSidesMapped) {
    ASSERT_EQ(0, maps_.memory_added(kBase, 8 * kMiB));
    maps_.memory_freed(kBase + 2 * kMiB, 4 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase, 2 * kMiB}, {kBase + 6 * kMiB, 2 * kMiB}}));
    maps_.memory_freed(kBase, 2 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase + 6 * kMiB, 2 * kMiB}}));
}

TEST_F(Dma, OneFreeMayEndSeveralMappings) {
    ASSERT_EQ(0, maps_.memory_added(kBase, 2 * kMiB));
    ASSERT_EQ(0, maps_.memory_added(kBase + 2 * kMiB, 2 * kMiB));
    ASSERT_EQ(0, maps_.memory_added(kBase + 4 * kMiB, 2 * kMiB));
    maps_.memory_freed(kBase + kMiB, 4 * kMiB);
    EXPECT_EQ(added(), (Ranges{{kBase, kMiB}, {kBase + 5 * kMiB, kMiB}}));
}

TEST_F(Dma, WhatWasNeverMappedMayBeFreed) {
    maps_.memory_freed(kBase, kMiB);
    EXPECT_EQ(added(), Ranges{});
}

TEST_F(Dma, AFailureIsAnsweredAndNothingIsRemembered) {
    fake.fail["dma_map"] = -ENOMEM;
    EXPECT_EQ(-ENOMEM, maps_.memory_added(kBase, kMiB));
    fake.fail.clear();
    fake.fail["dma_unmap"] = -EINVAL;  // would be asked if it were remembered
    maps_.memory_freed(kBase, kMiB);
    EXPECT_EQ(added(), Ranges{});
}

}  // namespace
