// SPDX-License-Identifier: BSD-3-Clause
// The verbs, and the life of a split.
#include <linux/if_packet.h>

#include "harness.h"

namespace {

using namespace bifurc::sim;
using namespace bifurc::sim::test;

struct Attached {
    explicit Attached(TestPort& test, Rights rights = {.raw = true})
        : session(*test.port, UniqueFd{}, rights, [this] { ++wakes; }) {}
    int split(std::uint32_t pairs = 1, std::uint32_t first = BIFURC_FIRST_ANY) {
        granted = split_request(pairs, first);
        return get(session, BIFURC_SPLIT, granted);
    }
    std::uint32_t events() {
        bifurc_events events{};
        events.size = sizeof(events);
        EXPECT_EQ(get(session, BIFURC_EVENTS, events), 0);
        return events.events;
    }

    unsigned wakes = 0;
    bifurc_split granted{};
    Session session;
};

int steer(TestPort& t, unsigned source, unsigned queue) {
    if (!t.port->ntuple()) t.port->set_ntuple(true);
    ethtool_rx_flow_spec spec{};
    spec.flow_type = UDP_V4_FLOW;
    spec.h_u.udp_ip4_spec.ip4src = htonl(0x0a000000 | source);
    spec.m_u.udp_ip4_spec.ip4src = 0xffffffff;
    spec.ring_cookie = queue;
    spec.location = RX_CLS_LOC_ANY;
    return t.port->rules().add(spec);
}

TEST(Session, TheFirstSplitPairFollowsTheKernels) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(2), 0);
    EXPECT_EQ(a.granted.first, 32u);
    bifurc_info info{};
    info.size = sizeof(info);
    ASSERT_EQ(get(a.session, BIFURC_INFO, info), 0);
    EXPECT_EQ(info.first, 32u);
    EXPECT_EQ(info.pairs, 2u);
    EXPECT_EQ(info.pairs_free, 30u);
    EXPECT_STREQ(info.driver, "ixgbe");
}

TEST(Session, SteeredFramesReachTheBorrowedQueue) {
    TestPort t;
    t.port->set_ntuple(true);
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    ASSERT_EQ(steer(t, 9, 32), 0);
    Window window(a.session);
    BorrowedRx rx(a.session, window, 32);
    for (unsigned i = 0; i < 3; ++i) t.wire.to_receive.push_back(udp_frame(9));
    t.wire.to_receive.push_back(udp_frame(1));
    t.settle();
    EXPECT_EQ(rx.received(), 3u);
    EXPECT_EQ(t.netdev.written.size(), 1u);
    EXPECT_EQ(t.port->account().rx_split, 3u);
    t.port->tick();
    t.port->tick();
    const std::vector<Stat> stats = t.port->stats();
    const auto matched = std::ranges::find(stats, "fdir_match", &Stat::name);
    ASSERT_NE(matched, stats.end());
    EXPECT_EQ(matched->value, 3u);
    EXPECT_TRUE(discrepancies(t.port->account(), true).empty());
}

TEST(Session, AQueueThatIsNotRefilledDropsAndCounts) {
    TestPort t;
    t.port->set_ntuple(true);
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    ASSERT_EQ(steer(t, 9, 32), 0);
    Window window(a.session);
    BorrowedRx rx(a.session, window, 32);
    for (unsigned i = 0; i < 20; ++i) t.wire.to_receive.push_back(udp_frame(9));
    t.wire.to_receive.push_back(udp_frame(1));
    t.settle();
    EXPECT_EQ(rx.received(), 7u);
    EXPECT_EQ(t.netdev.written.size(), 1u) << "the kernel's frame is not held up";
    bifurc_stats stats{};
    stats.size = sizeof(stats);
    stats.pair = 32;
    ASSERT_EQ(get(a.session, BIFURC_STATS, stats), 0);
    EXPECT_EQ(stats.rx_missed, 13u);
    EXPECT_TRUE(discrepancies(t.port->account(), true).empty());
}

TEST(Session, GivingBackKillsPagesRulesAndMappings) {
    TestPort t;
    t.port->set_ntuple(true);
    Attached a(t), b(t);
    ASSERT_EQ(a.split(), 0);
    ASSERT_EQ(steer(t, 9, 32), 0);
    Window window(a.session);
    BorrowedRx rx(a.session, window, 32);
    ASSERT_EQ(set(a.session, BIFURC_RETURN, bifurc_return{.size = sizeof(bifurc_return), .flags = 0}), 0);
    EXPECT_EQ(window[bifurc::hw::ixgbe::RXDCTL::at(32)], 0u);
    EXPECT_EQ(window[bifurc::hw::ixgbe::RDBAL::at(32)], 0u);
    EXPECT_TRUE(t.port->rules().locations().empty());
    ASSERT_EQ(b.split(1, 32), 0) << "the pair is free at once";
    Window of_b(b.session);
    window[bifurc::hw::ixgbe::RDT::at(32)] = 5;
    EXPECT_EQ(of_b[bifurc::hw::ixgbe::RDT::at(32)], 0u) << "the old mapping shows nobody's register";
    t.wire.to_receive.push_back(udp_frame(9));
    t.settle();
    EXPECT_EQ(rx.received(), 0u);
    EXPECT_EQ(t.netdev.written.size(), 1u);
}

TEST(Session, ItsEndGivesEverythingBack) {
    TestPort t;
    {
        Attached a(t);
        ASSERT_EQ(a.split(32), 0);
        EXPECT_EQ(t.port->pairs().free(), 0u);
    }
    EXPECT_EQ(t.port->pairs().free(), 32u);
}

TEST(Session, TwoGrantsDoNotSeeEachOthersRegisters) {
    TestPort t;
    Attached a(t), b(t);
    ASSERT_EQ(a.split(), 0);
    ASSERT_EQ(b.split(), 0);
    Window of_a(a.session), of_b(b.session);
    of_a[bifurc::hw::ixgbe::RDT::at(33)] = 3;
    EXPECT_EQ(of_b[bifurc::hw::ixgbe::RDT::at(33)], 0u);
}

TEST(Session, AResetQuiescesTellsAndGivesNewPages) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    Window before(a.session);
    BorrowedRx rx(a.session, before, 32);
    EXPECT_EQ(before.status->state, BIFURC_STATE_LIVE);
    EXPECT_EQ(a.events(), 0u);
    ASSERT_EQ(t.port->reset(), 0);
    EXPECT_EQ(a.wakes, 1u);
    EXPECT_EQ(a.events(), BIFURC_EVENT_RESET);
    EXPECT_EQ(a.events(), 0u);
    EXPECT_EQ(before.status->state, BIFURC_STATE_QUIESCED);
    EXPECT_EQ(before.status->generation, a.granted.generation + 1);
    EXPECT_EQ(before.status->seq % 2, 0u);
    EXPECT_EQ(before[bifurc::hw::ixgbe::RXDCTL::at(32)], 0u);
    bifurc_sync sync{
        .size = sizeof(sync), .flags = 0, .first = 32, .pairs = 1, .generation = a.granted.generation, .reserved = 0};
    EXPECT_EQ(set(a.session, BIFURC_SYNC, sync), -ENETRESET);
    Window after(a.session);
    EXPECT_EQ(before.status->state, BIFURC_STATE_LIVE);
    sync.generation = t.port->generation();
    EXPECT_EQ(set(a.session, BIFURC_SYNC, sync), 0);
    after[bifurc::hw::ixgbe::RDT::at(32)] = 6;
    EXPECT_EQ(before[bifurc::hw::ixgbe::RDT::at(32)], 0u);
}

TEST(Session, DownIsToldAndRefusedUntilUp) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    Window window(a.session);
    t.set_up(false);
    EXPECT_EQ(a.events(), BIFURC_EVENT_RESET | BIFURC_EVENT_LINK);
    EXPECT_EQ(window.status->link_up, 0u);
    EXPECT_EQ(Window(a.session).error, -ENETDOWN);
    Attached b(t);
    EXPECT_EQ(b.split(), -ENETDOWN);
    t.set_up(true);
    EXPECT_EQ(a.events(), BIFURC_EVENT_RESET | BIFURC_EVENT_LINK);
    EXPECT_EQ(window.status->link_up, 1u);
    EXPECT_EQ(window.status->speed_mbps, 10'000u);
    EXPECT_EQ(Window(a.session).error, 0);
}

TEST(Session, RemovalLeavesOnlyEvents) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    Window window(a.session);
    t.netdev.state.reset();
    t.port->follow(false);
    EXPECT_EQ(window.status->state, BIFURC_STATE_GONE);
    EXPECT_NE(a.events() & BIFURC_EVENT_GONE, 0u);
    bifurc_info info{};
    info.size = sizeof(info);
    EXPECT_EQ(get(a.session, BIFURC_INFO, info), -ENODEV);
    EXPECT_EQ(set(a.session, BIFURC_RETURN, bifurc_return{.size = sizeof(bifurc_return), .flags = 0}), -ENODEV);
}

TEST(Session, ChannelsCannotTakeABorrowedPair) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(1, 40), 0);
    EXPECT_EQ(t.port->set_channels(41), -EBUSY);
    EXPECT_EQ(t.port->set_channels(40), 0);
    EXPECT_EQ(t.port->channels().combined, 40u);
    EXPECT_EQ(t.port->set_channels(0), -EINVAL);
    EXPECT_EQ(t.port->set_channels(65), -EINVAL);
}

TEST(Session, TheInterruptOfAPairSignalsOnceWhenArmed) {
    TestPort t;
    t.port->set_ntuple(true);
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    ASSERT_EQ(steer(t, 9, 32), 0);
    Window window(a.session);
    BorrowedRx rx(a.session, window, 32);
    const int event = ::eventfd(0, EFD_NONBLOCK);
    bifurc_eventfd request{.size = sizeof(request),
                           .flags = BIFURC_EVENTFD_ARM,
                           .pair = 32,
                           .fd = event,
                           .generation = a.granted.generation,
                           .reserved = 0};
    ASSERT_EQ(set(a.session, BIFURC_EVENTFD, request, UniqueFd{::dup(event)}), 0);
    for (unsigned i = 0; i < 3; ++i) t.wire.to_receive.push_back(udp_frame(9));
    t.settle();
    eventfd_t count = 0;
    EXPECT_EQ(::eventfd_read(event, &count), 0);
    EXPECT_EQ(count, 1u);
    request.fd = BIFURC_EVENTFD_KEEP;
    ASSERT_EQ(set(a.session, BIFURC_EVENTFD, request), 0);
    t.wire.to_receive.push_back(udp_frame(9));
    t.settle();
    EXPECT_EQ(::eventfd_read(event, &count), 0);
    request.pair = 33;
    EXPECT_EQ(set(a.session, BIFURC_EVENTFD, request), -EINVAL);
    request.pair = 32;
    request.fd = event;
    EXPECT_EQ(set(a.session, BIFURC_EVENTFD, request, UniqueFd{::open("/dev/null", O_RDWR)}), -EINVAL) << "no eventfd";
    ::close(event);
}

TEST(Session, AnInterruptIsNotOfTheOwnersBefore) {
    TestPort t;
    t.port->set_ntuple(true);
    const int event = ::eventfd(0, EFD_NONBLOCK);
    bifurc_eventfd request{
        .size = sizeof(request), .flags = 0, .pair = 32, .fd = event, .generation = 1, .reserved = 0};
    {
        Attached a(t);
        ASSERT_EQ(a.split(), 0);
        ASSERT_EQ(steer(t, 9, 32), 0);
        Window window(a.session);
        BorrowedRx rx(a.session, window, 32);
        request.generation = a.granted.generation;
        ASSERT_EQ(set(a.session, BIFURC_EVENTFD, request, UniqueFd{::dup(event)}), 0);
        t.wire.to_receive.push_back(udp_frame(9));
        t.settle();
        EXPECT_EQ(rx.received(), 1u);
    }
    Attached b(t);
    ASSERT_EQ(b.split(), 0);
    request.generation = b.granted.generation;
    request.flags = BIFURC_EVENTFD_ARM;
    ASSERT_EQ(set(b.session, BIFURC_EVENTFD, request, UniqueFd{::dup(event)}), 0);
    t.settle();
    eventfd_t count = 0;
    EXPECT_NE(::eventfd_read(event, &count), 0);
    ::close(event);
}

TEST(Session, VerbsWithoutASplitSayNotConnected) {
    TestPort t;
    Attached a(t);
    EXPECT_EQ(Window(a.session).error, -ENOTCONN);
    bifurc_stats stats{};
    stats.size = sizeof(stats);
    EXPECT_EQ(get(a.session, BIFURC_STATS, stats), -ENOTCONN);
    EXPECT_EQ(set(a.session, BIFURC_RETURN, bifurc_return{.size = sizeof(bifurc_return), .flags = 0}), -ENOTCONN);
    bifurc_sync sync{};
    sync.size = sizeof(sync);
    EXPECT_EQ(set(a.session, BIFURC_SYNC, sync), -ENOTCONN);
    int fd = -1;
    std::uint64_t place = 0;
    EXPECT_EQ(a.session.map(0, 4096, PROT_READ, fd, place), -ENOTCONN);
}

TEST(Session, ASecondSplitIsRefused) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    EXPECT_EQ(a.split(), -EALREADY);
}

TEST(Session, WithoutTheRightOnlyTheSplitIsRefused) {
    TestPort t;
    Attached a(t, {.raw = false});
    bifurc_info info{};
    info.size = sizeof(info);
    EXPECT_EQ(get(a.session, BIFURC_INFO, info), 0);
    EXPECT_EQ(a.events(), 0u);
    EXPECT_EQ(a.split(), -EPERM);
    EXPECT_EQ(t.port->pairs().free(), 32u);
}

TEST(Session, TheRightIsAskedForAfterTheRequestItselfAndBeforeAllElse) {
    TestPort t;
    Attached a(t, {.raw = false});
    EXPECT_EQ(a.split(0), -EINVAL);
    for (const auto spoil : {&bifurc_split::flags, &bifurc_split::reserved}) {
        bifurc_split request = split_request(1);
        request.*spoil = 0x80;
        EXPECT_EQ(get(a.session, BIFURC_SPLIT, request), -EINVAL);
    }
    EXPECT_EQ(a.split(1, 0), -EPERM) << "not EBUSY";
    EXPECT_EQ(a.split(2, 63), -EPERM) << "not EINVAL for pairs that do not exist";
    EXPECT_EQ(a.split(1000), -EPERM) << "not ENOSPC";
    t.set_up(false);
    EXPECT_EQ(a.split(), -EPERM) << "not ENETDOWN";
}

TEST(Session, StructuresFollowTheSizeRules) {
    TestPort t;
    Attached a(t);
    bifurc_info info{};
    info.size = sizeof(info) - 1;
    EXPECT_EQ(get(a.session, BIFURC_INFO, info), -EINVAL);
    info.size = sizeof(info) + 1;
    EXPECT_EQ(get(a.session, BIFURC_INFO, info), -EINVAL) << "longer than what was passed";
    struct {
        bifurc_info info;
        std::uint64_t newer;
    } longer{};
    longer.info.size = sizeof(longer);
    EXPECT_EQ(get(a.session, BIFURC_INFO, longer), 0);
    EXPECT_EQ(longer.info.size, sizeof(longer));
    longer.newer = 1;
    EXPECT_EQ(get(a.session, BIFURC_INFO, longer), -E2BIG);
    EXPECT_EQ(a.session.get_option(BIFURC_INFO, {}, 0).error, -EINVAL);
    EXPECT_EQ(a.session.get_option(BIFURC_SYNC, {}, 0).error, -ENOPROTOOPT);
    EXPECT_EQ(a.session.set_option(BIFURC_INFO, {}, {}), -ENOPROTOOPT);
}

TEST(Session, UnknownFlagsAreRefused) {
    TestPort t;
    Attached a(t);
    bifurc_split split = split_request(1);
    split.flags = 2;
    EXPECT_EQ(get(a.session, BIFURC_SPLIT, split), -EINVAL);
    split.flags = BIFURC_SPLIT_STRICT;
    split.reserved = 1;
    EXPECT_EQ(get(a.session, BIFURC_SPLIT, split), -EINVAL);
    split.reserved = 0;
    EXPECT_EQ(get(a.session, BIFURC_SPLIT, split), 0);
    EXPECT_EQ(set(a.session, BIFURC_RETURN, bifurc_return{.size = sizeof(bifurc_return), .flags = 1}), -EINVAL);
}

TEST(Session, OnlyTheListedPagesCanBeMapped) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    bifurc_regions regions{};
    regions.size = sizeof(regions);
    ASSERT_EQ(get(a.session, BIFURC_REGIONS, regions), 0);
    ASSERT_EQ(regions.count, 3u);
    EXPECT_EQ(regions.region[0].bar_offset, 0x1000u);
    EXPECT_EQ(regions.region[1].bar_offset, 0x6000u);
    EXPECT_EQ(regions.region[2].kind, BIFURC_REGION_STATUS);
    int fd = -1;
    std::uint64_t place = 0;
    const std::uint64_t bar = regions.region[0].mmap_offset, status = regions.region[2].mmap_offset;
    EXPECT_EQ(a.session.map(bar, 8192, PROT_READ, fd, place), 0);
    EXPECT_EQ(a.session.map(bar, 12288, PROT_READ, fd, place), -EINVAL);
    EXPECT_EQ(a.session.map(bar + 1, 4096, PROT_READ, fd, place), -EINVAL);
    EXPECT_EQ(a.session.map(bar, 0, PROT_READ, fd, place), -EINVAL);
    EXPECT_EQ(a.session.map(~std::uint64_t{4095}, 4096, PROT_READ, fd, place), -EINVAL);
    EXPECT_EQ(a.session.map(status, 4096, PROT_READ | PROT_WRITE, fd, place), -EACCES);
    ASSERT_EQ(t.port->reset(), 0);
    EXPECT_EQ(a.session.map(bar, 4096, PROT_READ, fd, place), -EINVAL) << "an offset of the last generation";
}

TEST(Session, TheStatusPageCannotBeWrittenByOthers) {
    TestPort t;
    Attached a(t);
    ASSERT_EQ(a.split(), 0);
    int fd = -1;
    std::uint64_t place = 0;
    ASSERT_EQ(a.session.map(0, 4096, PROT_READ, fd, place), 0);
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    EXPECT_LT(::ftruncate(fd, 0), 0);
}

}  // namespace
