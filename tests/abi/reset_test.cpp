// SPDX-License-Identifier: BSD-3-Clause
// What happens to a port meanwhile: down and up, resets, events, memberships.
#include <net/if.h>
#include <poll.h>

#include "abi.h"

namespace bifurc::abi {
namespace {

class UpAgain : public SplitTest {
protected:
    void TearDown() override { EXPECT_TRUE(set_up(true)); }
    bool polls(short what, int timeout_ms = 5000) const {
        pollfd waiting{fd(), POLLIN, 0};
        return ::poll(&waiting, 1, timeout_ms) == 1 && (waiting.revents & what) != 0;
    }
    bifurc_events events() const {
        bifurc_events events{};
        EXPECT_EQ(get(fd(), BIFURC_EVENTS, events), 0);
        return events;
    }
    // Down and up, and the kernel's side has seen both.
    bifurc_events reset() {
        EXPECT_TRUE(set_up(false));
        EXPECT_TRUE(set_up(true));
        bifurc_events seen{};
        EXPECT_TRUE(eventually([&] {
            const bifurc_events now = events();
            seen.events |= now.events;
            seen.generation = now.generation;
            bifurc_regions answer{};
            return (seen.events & BIFURC_EVENT_RESET) != 0 && get(fd(), BIFURC_REGIONS, answer) == 0;
        }));
        return seen;
    }
};

TEST_F(UpAgain, SplitOfANetdevThatIsDownIsEnetdown) {
    ASSERT_EQ(give_back(fd()), 0);
    ASSERT_TRUE(set_up(false));
    EXPECT_TRUE(eventually([&] {
        const int code = split(fd(), 1);
        if (code == 0) give_back(fd());
        return code == ENETDOWN;
    }));
    ASSERT_TRUE(set_up(true));
    EXPECT_TRUE(eventually([&] { return split(fd(), 1) == 0; }));
}

TEST_F(UpAgain, ResetStepsTheGenerationAndStaleCallsAreRefused) {
    const std::uint32_t before = held_.generation;
    const bifurc_events seen = reset();
    EXPECT_NE(seen.generation, before);
    EXPECT_EQ(sync(fd(), held_), ENETRESET);
    const bifurc_regions again = regions(fd());
    EXPECT_NE(again.generation, before);
    held_.generation = again.generation;
    EXPECT_EQ(sync(fd(), held_), 0);
    EXPECT_EQ(info(fd()).pairs, 1u);  // the split itself survives
    EXPECT_EQ(info(fd()).first, held_.first);
}

TEST_F(UpAgain, StatusPageTellsOfTheReset) {
    const Map page = map_region(fd(), region_of(regions(fd()), BIFURC_REGION_STATUS));
    ASSERT_TRUE(page.ok());
    const auto* status = static_cast<const volatile bifurc_status*>(page.at());
    ASSERT_EQ(status->state, BIFURC_STATE_LIVE);
    ASSERT_TRUE(set_up(false));
    EXPECT_TRUE(eventually([&] { return status->state == BIFURC_STATE_QUIESCED; }));
    ASSERT_TRUE(set_up(true));
    EXPECT_TRUE(eventually([&] { return status->generation != held_.generation; }));
    EXPECT_TRUE(eventually([&] {
        bifurc_regions answer{};
        return get(fd(), BIFURC_REGIONS, answer) == 0 && status->state == BIFURC_STATE_LIVE;
    }));
}

TEST_F(UpAgain, OldRegistersAreDeadAfterAReset) {
    const bifurc_region region = region_of(regions(fd()), BIFURC_REGION_BAR);
    const Map old = map_region(fd(), region);
    ASSERT_TRUE(old.ok());
    auto& word = *static_cast<volatile std::uint32_t*>(old.at());
    reset();
    const Map fresh = map_region(fd(), region_of(regions(fd()), BIFURC_REGION_BAR));
    ASSERT_TRUE(fresh.ok());
    auto& live = *static_cast<volatile std::uint32_t*>(fresh.at());
    const std::uint32_t value = live;
    if (signal_of_read(old.at()) == 0) {
        EXPECT_EQ(word, 0u);
        if (signal_of_write(old.at()) == 0) word = ~value;
    }
    EXPECT_EQ(live, value);
}

TEST_F(UpAgain, MappedMemorySurvivesAReset) {
    const Map memory = anonymous(kPage);
    std::vector<bifurc_dma_segment> segments(1);
    bifurc_dma_map mapped{};
    ASSERT_EQ(dma_map(fd(), memory.va(), kPage, mapped, segments), 0);
    reset();
    bifurc_dma_unmap request{};
    request.id = mapped.id;
    EXPECT_EQ(set(fd(), BIFURC_DMA_UNMAP, request), 0);
}

TEST_F(UpAgain, PollWakesForEventsUntilTheyAreRead) {
    events();
    EXPECT_FALSE(polls(POLLIN, 0));
    ASSERT_TRUE(set_up(false));
    EXPECT_TRUE(polls(POLLIN));
    EXPECT_TRUE(eventually([&] { return events().events != 0 || !polls(POLLIN, 0); }));
    ASSERT_TRUE(set_up(true));
    EXPECT_TRUE(eventually([&] {
        events();
        return !polls(POLLIN, 0);
    }));
}

// A call that is refused has read nothing.
TEST_F(UpAgain, RefusedReadLeavesTheEventsWaiting) {
    events();
    ASSERT_TRUE(set_up(false));
    ASSERT_TRUE(polls(POLLIN));
    bifurc_events refused{};
    EXPECT_EQ(get_raw(fd(), BIFURC_EVENTS, &refused, sizeof(refused)), EINVAL) << "size is 0";
    refused.size = sizeof(refused);
    refused.reserved = 1;
    EXPECT_EQ(get_raw(fd(), BIFURC_EVENTS, &refused, sizeof(refused)), EINVAL);
    EXPECT_EQ(get_raw(fd(), BIFURC_EVENTS, nullptr, sizeof(refused)), EFAULT);
    EXPECT_TRUE(polls(POLLIN, 0));
    EXPECT_NE(events().events & BIFURC_EVENT_RESET, 0u);
}

TEST(Events, AreNotForThoseWhoHaveReadThem) {
    const Fd fd = open_port();
    bifurc_events first{};
    ASSERT_EQ(get(fd.get(), BIFURC_EVENTS, first), 0);
    bifurc_events second{};
    ASSERT_EQ(get(fd.get(), BIFURC_EVENTS, second), 0);
    EXPECT_EQ(second.events & BIFURC_EVENT_GONE, 0u);
    EXPECT_EQ(first.generation, second.generation);
}

int membership(int fd, int option, unsigned short type) {
    packet_mreq request{};
    request.mr_ifindex = static_cast<int>(::if_nametoindex(options().netdev.c_str()));
    request.mr_type = type;
    return set_raw(fd, option, &request, sizeof(request));
}

TEST(Membership, RaisesPromiscuityAndEndsWithTheSocket) {
    const auto before = promiscuity();
    if (!before) GTEST_SKIP() << "the kernel does not tell the netdev's promiscuity";
    Fd fd = open_port();
    ASSERT_EQ(membership(fd.get(), PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC), 0);
    EXPECT_EQ(promiscuity(), *before + 1);
    ASSERT_EQ(membership(fd.get(), PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC), 0);
    EXPECT_EQ(promiscuity(), before);
    ASSERT_EQ(membership(fd.get(), PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC), 0);
    EXPECT_EQ(promiscuity(), *before + 1);
    fd.close();
    EXPECT_TRUE(eventually([&] { return promiscuity() == before; }));
}

TEST(Membership, FromBeforeTheAttachEndsWithTheSocketToo) {
    const auto before = promiscuity();
    if (!before) GTEST_SKIP() << "the kernel does not tell the netdev's promiscuity";
    Fd fd = bound();
    ASSERT_EQ(membership(fd.get(), PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC), 0);
    bifurc_info unused{};
    if (get(fd.get(), BIFURC_INFO, unused) == ENOPROTOOPT) {
        ASSERT_EQ(attach(fd.get()), 0);
    }
    EXPECT_EQ(promiscuity(), *before + 1);
    fd.close();
    EXPECT_TRUE(eventually([&] { return promiscuity() == before; }));
}

TEST(Membership, OutlivesTheSplit) {
    const auto before = promiscuity();
    if (!before) GTEST_SKIP() << "the kernel does not tell the netdev's promiscuity";
    const Fd fd = open_port();
    ASSERT_EQ(split(fd.get(), 1), 0);
    ASSERT_EQ(membership(fd.get(), PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC), 0);
    ASSERT_EQ(give_back(fd.get()), 0);
    EXPECT_EQ(promiscuity(), *before + 1);
    EXPECT_EQ(membership(fd.get(), PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC), 0);
}

TEST(Membership, OfAllMulticastAndAddressesIsTaken) {
    const Fd fd = open_port();
    EXPECT_EQ(membership(fd.get(), PACKET_ADD_MEMBERSHIP, PACKET_MR_ALLMULTI), 0);
    EXPECT_EQ(membership(fd.get(), PACKET_DROP_MEMBERSHIP, PACKET_MR_ALLMULTI), 0);
    packet_mreq request{};
    request.mr_ifindex = static_cast<int>(::if_nametoindex(options().netdev.c_str()));
    request.mr_type = PACKET_MR_MULTICAST;
    request.mr_alen = 6;
    request.mr_address[0] = 1;
    EXPECT_EQ(set_raw(fd.get(), PACKET_ADD_MEMBERSHIP, &request, sizeof(request)), 0);
    EXPECT_EQ(set_raw(fd.get(), PACKET_DROP_MEMBERSHIP, &request, sizeof(request)), 0);
}

}  // namespace
}  // namespace bifurc::abi
