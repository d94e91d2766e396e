// SPDX-License-Identifier: BSD-3-Clause
// The C interface over a kernel that the test plays: what each call asks, and what stays after a failure.
#include <gtest/gtest.h>
#include <linux/if_packet.h>

#include "bifurc/client.h"
#include "fake_kernel.h"

namespace bifurc::client {
namespace {

class HandleTest : public testing::Test {
protected:
    HandleTest() { EXPECT_EQ(open_handle(kernel_, "eth0", &handle_, &err_), 0) << err_.text; }
    ~HandleTest() override {
        rte_bifurc_close(handle_);
        EXPECT_TRUE(kernel_.open.empty());
    }
    template <class T>
    T* record(int option, T* into) {
        kernel_.set[option] = [into](const void* value, socklen_t len) {
            EXPECT_EQ(len, sizeof(T));
            *into = *static_cast<const T*>(value);
            return 0;
        };
        return into;
    }
    void split_and_map() {
        std::uint32_t first = 0;
        ASSERT_EQ(rte_bifurc_split(handle_, BIFURC_FIRST_ANY, 2, 0, &first, &err_), 0) << err_.text;
        ASSERT_EQ(rte_bifurc_map(handle_, &window_, &err_), 0) << err_.text;
    }

    FakeKernel kernel_;
    rte_bifurc* handle_ = nullptr;
    rte_bifurc_error err_{};
    void* window_ = nullptr;
};

TEST_F(HandleTest, KnowsItsNetdevAndSocket) {
    EXPECT_STREQ(rte_bifurc_iface(handle_), "eth0");
    EXPECT_EQ(kernel_.open.count(rte_bifurc_fd(handle_)), 1u);
    bifurc_info info{};
    EXPECT_EQ(rte_bifurc_info(handle_, &info, &err_), 0);
    EXPECT_STREQ(info.driver, "ixgbe");
}

TEST_F(HandleTest, SplitAnswersTheFirstPair) {
    std::uint32_t first = 0;
    EXPECT_EQ(rte_bifurc_split(handle_, BIFURC_FIRST_ANY, 2, 0, &first, &err_), 0);
    EXPECT_EQ(first, 32u);
}

TEST_F(HandleTest, SplitThatIsNotWhatWasAskedForIsGivenBack) {
    for (const bifurc_split wrong :
         {bifurc_split{sizeof(bifurc_split), 0, 40, 2, 1, 0}, bifurc_split{sizeof(bifurc_split), 0, 32, 3, 1, 0}}) {
        kernel_.answer(BIFURC_SPLIT, wrong);
        kernel_.asked.clear();
        std::uint32_t first = 77;
        EXPECT_EQ(rte_bifurc_split(handle_, 32, 2, 0, &first, &err_), -EPROTO);
        EXPECT_EQ(first, 77u);
        EXPECT_EQ(kernel_.asked.at(1), BIFURC_RETURN);
    }
}

TEST_F(HandleTest, FailureSaysWhatInfoKnows) {
    kernel_.refuse(BIFURC_SPLIT, ENOSPC);
    std::uint32_t first = 0;
    EXPECT_EQ(rte_bifurc_split(handle_, BIFURC_FIRST_ANY, 40, 0, &first, &err_), -ENOSPC);
    EXPECT_STREQ(err_.text,
                 "eth0: 40 queue pairs were asked for and 32 are free; free some of the kernel's 32 with `ethtool -L "
                 "eth0 combined 24`");
}

// What the kernel forbids is looked up when it has said no.
TEST_F(HandleTest, ARefusedSplitNamesWhatForbidsIt) {
    kernel_.refuse(BIFURC_SPLIT, EPERM);
    const auto refusal = [this] {
        std::uint32_t first = 0;
        EXPECT_EQ(rte_bifurc_split(handle_, BIFURC_FIRST_ANY, 1, 0, &first, &err_), -EPERM);
        return std::string{err_.text};
    };
    EXPECT_NE(refusal().find("the process that attached this socket"), std::string::npos);
    kernel_.user_namespace = kInitialUserNamespace + 5;
    EXPECT_NE(refusal().find("a user namespace of its own"), std::string::npos);
    kernel_.files[kLockdownFile] = "none integrity [confidentiality]\n";
    EXPECT_NE(refusal().find("locked down (confidentiality)"), std::string::npos);
    kernel_.files[kLockdownFile] = "[none] integrity confidentiality\n";
    EXPECT_EQ(refusal().find("locked down"), std::string::npos);
    kernel_.effective &= ~(std::uint64_t{1} << CAP_SYS_RAWIO);
    EXPECT_NE(refusal().find("needs CAP_SYS_RAWIO, which this process lacks"), std::string::npos);
}

// The offsets that the kernel answered belong to a generation, which a reset ends.
TEST_F(HandleTest, AResetBetweenQuestionAndMappingIsNoError) {
    bifurc_regions regions = good_regions();
    kernel_.get[BIFURC_REGIONS] = [regions](void* out, socklen_t*) mutable {
        ++regions.generation;
        std::memcpy(out, &regions, sizeof(regions));
        return 0;
    };
    std::uint32_t first = 0;
    ASSERT_EQ(rte_bifurc_split(handle_, BIFURC_FIRST_ANY, 2, 0, &first, &err_), 0) << err_.text;
    kernel_.mmap_error = EINVAL;
    kernel_.mmaps_until_failure = 0;
    EXPECT_EQ(rte_bifurc_map(handle_, &window_, &err_), 0) << err_.text;
}

TEST_F(HandleTest, AMappingThatIsRefusedWithoutAResetIsAnError) {
    std::uint32_t first = 0;
    ASSERT_EQ(rte_bifurc_split(handle_, BIFURC_FIRST_ANY, 2, 0, &first, &err_), 0) << err_.text;
    kernel_.mmap_error = EINVAL;
    kernel_.mmaps_until_failure = 0;
    EXPECT_EQ(rte_bifurc_map(handle_, &window_, &err_), -EINVAL);
}

TEST_F(HandleTest, StatusNeedsAMap) {
    bifurc_status status;
    EXPECT_EQ(rte_bifurc_status_page(handle_), nullptr);
    EXPECT_EQ(rte_bifurc_status(handle_, &status), -ENODATA);
}

TEST_F(HandleTest, StatusComesFromThePage) {
    split_and_map();
    const bifurc_status page{sizeof(bifurc_status), 2, 1, BIFURC_STATE_LIVE, 1, 10000, 1, 0};
    ASSERT_EQ(pwrite(rte_bifurc_fd(handle_), &page, sizeof(page), 0x2000), ssize_t{sizeof(page)});
    bifurc_status status{};
    EXPECT_EQ(rte_bifurc_status(handle_, &status), 0);
    EXPECT_EQ(status.speed_mbps, 10000u);
    EXPECT_EQ(rte_bifurc_status_page(handle_)->generation, 1u);
}

// SYNC and EVENTFD name the generation that the caller's queues belong to: the one of the last split or map.
TEST_F(HandleTest, GenerationFollowsSplitAndMap) {
    split_and_map();
    bifurc_sync sync{};
    record(BIFURC_SYNC, &sync);
    EXPECT_EQ(rte_bifurc_sync(handle_, 32, 2, &err_), 0);
    EXPECT_EQ(sync.generation, 1u);
    EXPECT_EQ(sync.first, 32u);
    EXPECT_EQ(sync.pairs, 2u);
    bifurc_regions regions = good_regions();
    regions.generation = 5;
    kernel_.answer(BIFURC_REGIONS, regions);
    ASSERT_EQ(rte_bifurc_map(handle_, &window_, &err_), 0);
    bifurc_eventfd eventfd{};
    record(BIFURC_EVENTFD, &eventfd);
    EXPECT_EQ(rte_bifurc_eventfd(handle_, 33, BIFURC_EVENTFD_KEEP, true, &err_), 0);
    EXPECT_EQ(eventfd.generation, 5u);
    EXPECT_EQ(eventfd.pair, 33u);
    EXPECT_EQ(eventfd.fd, BIFURC_EVENTFD_KEEP);
    EXPECT_EQ(eventfd.flags, BIFURC_EVENTFD_ARM);
}

TEST_F(HandleTest, EventsAndStatsAreAnswered) {
    std::uint32_t events = 0;
    EXPECT_EQ(rte_bifurc_events(handle_, &events, &err_), 0);
    EXPECT_EQ(events, BIFURC_EVENT_LINK);
    bifurc_stats stats{};
    EXPECT_EQ(rte_bifurc_stats(handle_, 32, &stats, &err_), 0);
    EXPECT_EQ(stats.rx_missed, 5u);
}

TEST_F(HandleTest, DmaGoesThroughTheTable) {
    alignas(4096) static char memory[8192];
    const std::uint32_t epoch = *rte_bifurc_dma_epoch(handle_);
    ASSERT_EQ(rte_bifurc_dma_map(handle_, memory, sizeof(memory), &err_), 0) << err_.text;
    const auto va = reinterpret_cast<std::uintptr_t>(memory);
    EXPECT_EQ(rte_bifurc_dma_bus(handle_, memory + 5, 100), (va + 5) ^ FakeKernel::kBusFlip);
    rte_bifurc_dma stretch{};
    EXPECT_TRUE(rte_bifurc_dma_find(handle_, memory + 5, &stretch));
    EXPECT_EQ(stretch.len, sizeof(memory));
    EXPECT_EQ(rte_bifurc_dma_unmap(handle_, memory, sizeof(memory), &err_), 0);
    EXPECT_EQ(rte_bifurc_dma_bus(handle_, memory, 1), RTE_BIFURC_BUS_INVALID);
    EXPECT_NE(*rte_bifurc_dma_epoch(handle_), epoch);
    EXPECT_EQ(rte_bifurc_dma_unmap(handle_, memory, sizeof(memory), &err_), -ENOENT);
}

TEST_F(HandleTest, GiveBackForgetsMemoryAndRegistersAndMaySplitAgain) {
    alignas(4096) static char memory[4096];
    split_and_map();
    void* before = window_;
    ASSERT_EQ(rte_bifurc_dma_map(handle_, memory, sizeof(memory), &err_), 0);
    EXPECT_EQ(rte_bifurc_give_back(handle_, &err_), 0);
    EXPECT_EQ(rte_bifurc_status_page(handle_), nullptr);
    EXPECT_EQ(rte_bifurc_dma_bus(handle_, memory, 1), RTE_BIFURC_BUS_INVALID);
    split_and_map();
    EXPECT_EQ(window_, before);
}

TEST_F(HandleTest, FailedGiveBackChangesNothing) {
    split_and_map();
    kernel_.refuse(BIFURC_RETURN, ETIMEDOUT);
    EXPECT_EQ(rte_bifurc_give_back(handle_, &err_), -ETIMEDOUT);
    EXPECT_NE(rte_bifurc_status_page(handle_), nullptr);
}

// The kernel counts memberships per socket: one too many and the port would stay promiscuous.
TEST_F(HandleTest, MembershipsAreAskedForOnceAndDroppedOnce) {
    int joined = 0;
    packet_mreq last{};
    kernel_.set[PACKET_ADD_MEMBERSHIP] = [&](const void* value, socklen_t) {
        last = *static_cast<const packet_mreq*>(value);
        return ++joined, 0;
    };
    kernel_.set[PACKET_DROP_MEMBERSHIP] = [&](const void*, socklen_t) { return --joined, 0; };
    for (const bool on : {false, true, true, false, false, true}) {
        EXPECT_EQ(rte_bifurc_promiscuous(handle_, on, &err_), 0);
        EXPECT_EQ(joined, on ? 1 : 0);
    }
    EXPECT_EQ(last.mr_type, PACKET_MR_PROMISC);
    EXPECT_EQ(last.mr_ifindex, static_cast<int>(kIfindex));
    EXPECT_EQ(rte_bifurc_allmulticast(handle_, true, &err_), 0);
    EXPECT_EQ(last.mr_type, PACKET_MR_ALLMULTI);
    EXPECT_EQ(joined, 2);
}

TEST_F(HandleTest, AddressesAreUnicastOrMulticastByTheirOwnBit) {
    packet_mreq last{};
    record(PACKET_ADD_MEMBERSHIP, &last);
    const std::uint8_t unicast[6] = {2, 0, 0, 0, 0, 1};
    const std::uint8_t multicast[6] = {0x33, 0x33, 0, 0, 0, 1};
    EXPECT_EQ(rte_bifurc_mac_add(handle_, unicast, &err_), 0);
    EXPECT_EQ(last.mr_type, PACKET_MR_UNICAST);
    EXPECT_EQ(rte_bifurc_mac_add(handle_, multicast, &err_), 0);
    EXPECT_EQ(last.mr_type, PACKET_MR_MULTICAST);
    EXPECT_EQ(last.mr_alen, 6);
    EXPECT_EQ(std::memcmp(last.mr_address, multicast, 6), 0);
    EXPECT_EQ(rte_bifurc_mac_remove(handle_, multicast, &err_), 0);
    EXPECT_EQ(rte_bifurc_mac_remove(handle_, multicast, &err_), -ENOENT);
}

TEST_F(HandleTest, RefusedMembershipIsNotRemembered) {
    kernel_.refuse(PACKET_ADD_MEMBERSHIP, ENOBUFS);
    EXPECT_EQ(rte_bifurc_promiscuous(handle_, true, &err_), -ENOBUFS);
    int dropped = 0;
    kernel_.set[PACKET_DROP_MEMBERSHIP] = [&](const void*, socklen_t) { return ++dropped, 0; };
    EXPECT_EQ(rte_bifurc_promiscuous(handle_, false, &err_), 0);
    EXPECT_EQ(dropped, 0);
}

TEST(Handle, OpenFailureNamesTheNetdev) {
    FakeKernel kernel;
    rte_bifurc* handle = nullptr;
    rte_bifurc_error err{};
    EXPECT_EQ(open_handle(kernel, "eth1", &handle, &err), -ENODEV);
    EXPECT_EQ(handle, nullptr);
    EXPECT_EQ(err.code, -ENODEV);
    EXPECT_EQ(std::string{err.text}.rfind("eth1: there is no such netdev", 0), 0u);
    EXPECT_EQ(open_handle(kernel, "eth1", &handle, nullptr), -ENODEV);
}

TEST(Handle, CloseOfNullIsAllowed) { rte_bifurc_close(nullptr); }

}  // namespace
}  // namespace bifurc::client
