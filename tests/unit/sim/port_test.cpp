// SPDX-License-Identifier: BSD-3-Clause
// The driver's part: frames between wire, NIC and netdev, and what resets do.
#include "harness.h"

namespace {

using namespace bifurc::sim;
using namespace bifurc::sim::test;

void expect_adds_up(const SimPort& port) {
    for (const std::string& sentence : discrepancies(port.account(), true)) ADD_FAILURE() << sentence;
}

TEST(SimPort, FramesFromTheWireReachTheNetdev) {
    TestPort t;
    for (unsigned i = 0; i < 200; ++i) t.wire.to_receive.push_back(udp_frame(1, 60 + i));
    t.settle();
    ASSERT_EQ(t.netdev.written.size(), 200u);
    for (unsigned i = 0; i < 200; ++i) EXPECT_EQ(t.netdev.written[i], udp_frame(1, 60 + i));
    expect_adds_up(*t.port);
}

TEST(SimPort, FramesFromTheNetdevReachTheWire) {
    TestPort t;
    for (unsigned i = 0; i < 200; ++i) t.netdev.to_read.push_back(udp_frame(1, 60 + i));
    t.settle();
    ASSERT_EQ(t.wire.sent.size(), 200u);
    for (unsigned i = 0; i < 200; ++i) EXPECT_EQ(t.wire.sent[i], udp_frame(1, 60 + i)) << "one flow keeps its order";
    expect_adds_up(*t.port);
}

TEST(SimPort, AWireWithoutRoomHoldsTheNetdevBack) {
    TestPort t;
    t.wire.full = true;
    for (unsigned i = 0; i < 200; ++i) t.netdev.to_read.push_back(udp_frame(1));
    t.settle();
    EXPECT_FALSE(t.netdev.to_read.empty());
    expect_adds_up(*t.port);
    t.wire.full = false;
    t.settle();
    EXPECT_EQ(t.wire.sent.size(), 200u);
    expect_adds_up(*t.port);
}

TEST(SimPort, ANetdevThatRefusesFramesIsCounted) {
    TestPort t;
    t.netdev.refuses = true;
    t.wire.to_receive.push_back(udp_frame(1));
    t.settle();
    EXPECT_EQ(t.port->account().netdev_refused, 1u);
    expect_adds_up(*t.port);
}

TEST(SimPort, WhileDownFramesAreCountedAndNothingIsSent) {
    TestPort t;
    t.set_up(false);
    t.wire.to_receive.push_back(udp_frame(1));
    t.netdev.to_read.push_back(udp_frame(2));
    t.settle();
    EXPECT_TRUE(t.netdev.written.empty());
    EXPECT_TRUE(t.wire.sent.empty());
    EXPECT_EQ(t.port->account().rx.receive_disabled, 1u);
    t.set_up(true);
    t.settle();
    EXPECT_EQ(t.wire.sent.size(), 1u);
    expect_adds_up(*t.port);
}

TEST(SimPort, AFrameAboveTheMtuIsNotSent) {
    TestPort t;
    t.netdev.to_read.push_back(udp_frame(1, 1519));
    t.netdev.to_read.push_back(udp_frame(1, 1518));
    t.settle();
    EXPECT_EQ(t.wire.sent.size(), 1u);
    EXPECT_EQ(t.port->account().tx_too_long, 1u);
    expect_adds_up(*t.port);
}

TEST(SimPort, EachKindOfResetStepsTheGeneration) {
    TestPort t;
    std::uint32_t last = t.port->generation();
    const auto stepped = [&] { return std::exchange(last, t.port->generation()) != t.port->generation(); };
    EXPECT_EQ(t.port->reset(), 0);
    EXPECT_TRUE(stepped());
    EXPECT_EQ(t.port->set_channels(8), 0);
    EXPECT_TRUE(stepped());
    EXPECT_EQ(t.port->set_ring_sizes(1024, 512), 0);
    EXPECT_TRUE(stepped());
    t.netdev.state->mtu = 9000;
    t.port->follow(false);
    EXPECT_TRUE(stepped());
    t.set_up(false);
    EXPECT_TRUE(stepped());
    t.set_up(true);
    EXPECT_TRUE(stepped());
    t.port->follow(true);
    EXPECT_TRUE(stepped()) << "down and up between two looks";
    t.port->follow(false);
    EXPECT_FALSE(stepped());
    EXPECT_EQ(t.port->set_channels(8), 0);
    EXPECT_FALSE(stepped()) << "nothing changed";
}

TEST(SimPort, LroIsOffAtFirstNeedsChecksumsAndResets) {  // as ixgbe_set_features and ixgbe_fix_features
    TestPort t;
    std::uint32_t last = t.port->generation();
    const auto stepped = [&] { return std::exchange(last, t.port->generation()) != t.port->generation(); };
    EXPECT_FALSE(t.port->offload(Offload::lro));
    t.port->set_offload(Offload::tso, false);
    EXPECT_FALSE(stepped()) << "no other offload does";
    t.port->set_offload(Offload::lro, true);
    EXPECT_TRUE(t.port->offload(Offload::lro));
    EXPECT_TRUE(stepped());
    t.port->set_offload(Offload::rx_checksum, false);
    EXPECT_FALSE(t.port->offload(Offload::lro));
    EXPECT_TRUE(stepped());
    t.port->set_offload(Offload::rx_checksum, true);
    EXPECT_TRUE(t.port->offload(Offload::lro)) << "it is still wanted";
    EXPECT_TRUE(stepped());
}

TEST(SimPort, NoFrameIsLostByAReset) {
    TestPort t;
    for (unsigned i = 0; i < 50; ++i) t.wire.to_receive.push_back(udp_frame(1));
    t.port->poll(++t.now);
    EXPECT_EQ(t.port->reset(), 0);
    t.settle();
    EXPECT_EQ(t.netdev.written.size(), 50u);
    expect_adds_up(*t.port);
}

TEST(SimPort, JumboFramesPassAfterAnMtuChange) {
    TestPort t;
    t.netdev.state->mtu = 9000;
    t.port->follow(false);
    t.wire.to_receive.push_back(udp_frame(1, 9014));
    t.netdev.to_read.push_back(udp_frame(2, 9014));
    t.settle();
    EXPECT_EQ(t.netdev.written.size(), 1u);
    EXPECT_EQ(t.wire.sent.size(), 1u);
}

// The NIC lets in frames of Ethernet's size all the same, as it does under Linux's driver.
TEST(SimPort, ASmallerMtuBreaksNoFrame) {
    TestPort t;
    t.netdev.state->mtu = 900;
    t.port->follow(false);
    for (const unsigned length : {60u, 914u, 1024u, 1025u, 1514u}) t.wire.to_receive.push_back(udp_frame(1, length));
    t.settle();
    ASSERT_EQ(t.netdev.written.size(), 5u);
    EXPECT_EQ(t.netdev.written.back().size(), 1514u);
    EXPECT_EQ(t.port->account().rx_broken, 0u);
    expect_adds_up(*t.port);
}

TEST(SimPort, StatisticsNameEveryDropOnce) {
    TestPort t;
    for (unsigned i = 0; i < 10; ++i) t.wire.to_receive.push_back(udp_frame(i));
    t.settle();
    std::uint64_t nic = 0, elsewhere = 0;
    std::set<std::string> names;
    for (const Stat& stat : t.port->stats()) {
        EXPECT_TRUE(names.insert(stat.name).second) << stat.name;
        EXPECT_LT(stat.name.size(), 32u) << stat.name;
        if (stat.name == "rx_pkts_nic") nic = stat.value;
        const bool drop =
            std::ranges::any_of(kRxDrops, [&](const NamedDrop& named) { return stat.name == named.name; });
        if (drop || stat.name == "rx_packets" || stat.name == "rx_split_packets" || stat.name == "rx_pending") {
            elsewhere += stat.value;
        }
    }
    EXPECT_EQ(nic, 10u);
    EXPECT_EQ(elsewhere, 10u);
}

TEST(Account, SaysWhichSumIsWrong) {
    PortAccount account;
    account.port = "eth0";
    account.wire.received = account.rx.received = 5;
    account.rx.delivered = account.rx_kernel = account.netdev_written = 4;
    ASSERT_EQ(discrepancies(account, true).size(), 1u);
    EXPECT_NE(discrepancies(account, true)[0].find("delivered + dropped"), std::string::npos);
    account.rx.filtered = 1;
    EXPECT_TRUE(discrepancies(account, true).empty());
}

}  // namespace
