// SPDX-License-Identifier: BSD-3-Clause
// The whole driver through DPDK's own API, on a client whose NIC is memory: the test plays the NIC.
#include <gtest/gtest.h>
#include <linux/ethtool.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_power_intrinsics.h>

#include <cstring>

#include "net/bifurc/rx_queue.h"
#include "net/bifurc/tx_queue.h"
#include "port_fixture.h"

using namespace bifurc::hw::ixgbe;
using namespace bifurc::test;
namespace hw = bifurc::hw;

namespace {

TEST_F(Port, StartGivesTheNicAFullRxRingAndAnEmptyTxRing) {
    start();
    EXPECT_EQ(reg<RXDCTL>(), RXDCTL::ENABLE::mask);
    EXPECT_EQ(reg<RDLEN>(), kRing * 16u);
    EXPECT_EQ(reg<RDT>(), kRing - 1u);
    EXPECT_EQ(reg<SRRCTL>() & 0x1f, 2u);
    EXPECT_EQ(reg<TXDCTL>() & TXDCTL::ENABLE::mask, TXDCTL::ENABLE::mask);
    EXPECT_EQ(reg<TDT>(), 0u);
    EXPECT_EQ(rte_mempool_avail_count(pool.get()), pool->size - kRing);
}

TEST_F(Port, TouchesNoOtherQueuesRegisters) {
    start();
    rte_eth_dev_stop(port);
    for (unsigned q = 0; q < kQueues; ++q) {
        if (q == kFirst) continue;
        EXPECT_EQ(fake.nic.reg(RDBAL::at(q)) | fake.nic.reg(SRRCTL::at(q)) | fake.nic.reg(TDBAL::at(q)) |
                      fake.nic.reg(TDLEN::at(q)),
                  0u)
            << q;
    }
}

TEST_F(Port, StopWaitsForTheNicBeforeItFreesAnything) {
    start();
    fake.nic.calls.clear();
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_EQ(reg<RXDCTL>() & RXDCTL::ENABLE::mask, 0u);
    EXPECT_EQ(reg<TXDCTL>() & TXDCTL::ENABLE::mask, 0u);
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"sync 32+1"}));
    EXPECT_TRUE(whole(pool));
}

TEST_F(Port, MbufsStayWhereTheyAreWhileTheNicIsNotAtRest) {
    start();
    fake.nic.sync_result = -ETIMEDOUT;
    EXPECT_EQ(-ETIMEDOUT, rte_eth_dev_stop(port));
    EXPECT_EQ(rte_mempool_avail_count(pool.get()), pool->size - kRing);
    fake.nic.sync_result = 0;
    EXPECT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_TRUE(whole(pool));
}

TEST_F(Port, ReceivesAndSendsThroughTheRings) {
    start();
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 60, 0};
    auto frames = receive();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->port, port);
    EXPECT_EQ(1, rte_eth_tx_burst(port, 0, frames.data(), 1));
    EXPECT_EQ(reg<TDT>(), 1u);
    EXPECT_EQ(tx_ring()[0].read.cmd_type_len & 0xffff, 60u);
    rte_eth_stats stats{};
    ASSERT_EQ(0, rte_eth_stats_get(port, &stats));
    EXPECT_EQ(stats.ipackets, 1u);
    EXPECT_EQ(stats.obytes, 60u);
}

TEST_F(Port, RestartsAsOftenAsAskedWithFramesInEveryState) {
    start();
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 40; ++i) rx_ring()[i].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 60, 0};
        auto frames = receive();
        ASSERT_EQ(frames.size(), 40u);
        const std::uint16_t sent = rte_eth_tx_burst(port, 0, frames.data(), 40);
        for (std::size_t i = sent; i < frames.size(); ++i) rte_pktmbuf_free(frames[i]);
        fake.nic.reg(TDH::at(kFirst)) = reg<TDT>();  // all sent
        ASSERT_EQ(0, rte_eth_dev_stop(port));
        ASSERT_TRUE(whole(pool)) << round;
        ASSERT_EQ(0, rte_eth_dev_start(port));
    }
}

TEST_F(Port, DropsAreNamedPerQueueAndSummedUpInTheBasicStats) {
    start();
    rte_mbuf* burst[] = {frame(8), frame()};
    EXPECT_EQ(2, rte_eth_tx_burst(port, 0, burst, 2));
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask | hw::RxStatus::RXE::mask, 60, 0};
    EXPECT_TRUE(receive().empty());
    fake.nic.rx_missed = 5;
    rte_eth_stats stats{};
    ASSERT_EQ(0, rte_eth_stats_get(port, &stats));
    EXPECT_EQ(stats.oerrors, 1u);
    EXPECT_EQ(stats.opackets, 1u);
    EXPECT_EQ(stats.ierrors, 1u);
    EXPECT_EQ(stats.imissed, 5u);
    auto all = xstats();
    EXPECT_EQ(all.at("tx_q0_too_short"), 1u);
    EXPECT_EQ(all.at("rx_q0_bad_frame"), 1u);
    EXPECT_EQ(all.at("rx_q0_missed"), 5u);
    EXPECT_EQ(all.at("tx_q0_packets"), 1u);

    ASSERT_EQ(0, rte_eth_stats_reset(port));
    ASSERT_EQ(0, rte_eth_stats_get(port, &stats));
    EXPECT_EQ(stats.oerrors + stats.opackets + stats.ierrors + stats.imissed, 0u);
}

TEST_F(ThreePairs, OneQueueStopsAndStartsWhileTheOthersRun) {
    start();
    fake.nic.calls.clear();
    ASSERT_EQ(0, rte_eth_dev_rx_queue_stop(port, 1));
    ASSERT_EQ(0, rte_eth_dev_tx_queue_stop(port, 1));
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"sync 33+1", "sync 33+1"}));
    EXPECT_EQ(rte_mempool_avail_count(pool.get()), pool->size - 2 * kRing);
    EXPECT_EQ(reg<RXDCTL>(0), RXDCTL::ENABLE::mask);
    rte_eth_rxq_info info{};
    ASSERT_EQ(0, rte_eth_rx_queue_info_get(port, 1, &info));
    EXPECT_EQ(info.queue_state, RTE_ETH_QUEUE_STATE_STOPPED);
    EXPECT_TRUE(receive(1).empty());
    rte_mbuf* mbuf = frame();
    EXPECT_EQ(0, rte_eth_tx_burst(port, 1, &mbuf, 1));
    rte_pktmbuf_free(mbuf);
    ASSERT_EQ(0, rte_eth_dev_rx_queue_start(port, 1));
    EXPECT_EQ(reg<RXDCTL>(1), RXDCTL::ENABLE::mask);
}

TEST_F(ThreePairs, ADeferredQueueWaitsUntilItIsStarted) {
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    rte_eth_rxconf rx{};
    rx.rx_free_thresh = 16;
    rx.rx_deferred_start = 1;
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, kRing, 0, &rx, pool.get()));
    ASSERT_EQ(0, rte_eth_tx_queue_setup(port, 0, kRing, 0, tx_conf()));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(reg<RXDCTL>(), 0u);
    EXPECT_TRUE(whole(pool));
    ASSERT_EQ(0, rte_eth_dev_rx_queue_start(port, 0));
    EXPECT_EQ(reg<RXDCTL>(), RXDCTL::ENABLE::mask);
}

TEST_F(Port, AQueueCanBeMadeAnewWhileThePortRuns) {
    start();
    ASSERT_EQ(0, rte_eth_dev_rx_queue_stop(port, 0));
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, kRing * 2, 0, nullptr, pool.get()));
    ASSERT_EQ(0, rte_eth_dev_rx_queue_start(port, 0));
    EXPECT_EQ(reg<RDLEN>(), kRing * 32u);
    ASSERT_EQ(0, rte_eth_dev_tx_queue_stop(port, 0));
    ASSERT_EQ(0, rte_eth_tx_queue_setup(port, 0, kRing * 4, 0, tx_conf()));
    ASSERT_EQ(0, rte_eth_dev_tx_queue_start(port, 0));
    EXPECT_EQ(reg<TDLEN>(), kRing * 64u);
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 60, 0};
    auto frames = receive();
    ASSERT_EQ(frames.size(), 1u);
    rte_pktmbuf_free(frames[0]);
}

TEST_F(ThreePairs, CanBeConfiguredAnewWithFewerQueues) {
    start();
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, kRing, 0, nullptr, pool.get()));
    ASSERT_EQ(0, rte_eth_tx_queue_setup(port, 0, kRing, 0, tx_conf()));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(reg<RXDCTL>(2) & RXDCTL::ENABLE::mask, 0u);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_EQ(-EINVAL, rte_eth_dev_configure(port, 4, 4, &conf));
}

TEST_F(Port, APoolThatIsTooSmallIsAnErrorAtStartAndLosesNothing) {
    Pool small = make_pool(kRing / 2);
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, kRing, 0, nullptr, small.get()));
    ASSERT_EQ(0, rte_eth_tx_queue_setup(port, 0, kRing, 0, tx_conf()));
    EXPECT_EQ(-ENOMEM, rte_eth_dev_start(port));
    EXPECT_TRUE(whole(small));
    EXPECT_EQ(reg<TXDCTL>() & TXDCTL::ENABLE::mask, 0u);
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, kRing, 0, nullptr, pool.get()));
}

TEST_F(Port, APoolOutsideMappedMemoryOrWithSmallBuffersIsRefusedAtSetUp) {
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    Pool narrow = make_pool(kRing, RTE_PKTMBUF_HEADROOM + 1023);
    EXPECT_EQ(-EINVAL, rte_eth_rx_queue_setup(port, 0, kRing, 0, nullptr, narrow.get()));
    fake.nic.everything_mapped = false;
    EXPECT_EQ(-EFAULT, rte_eth_rx_queue_setup(port, 0, kRing, 0, nullptr, pool.get()));
}

TEST_F(Port, TxThresholdsFollowTheRulesOfIxgbe) {
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    const auto try_out = [&](std::uint16_t rs, std::uint16_t free, std::uint8_t wthresh) {
        rte_eth_txconf tx{};
        tx.tx_rs_thresh = rs;
        tx.tx_free_thresh = free;
        tx.tx_thresh.wthresh = wthresh;
        return rte_eth_tx_queue_setup(port, 0, kRing, 0, &tx);
    };
    EXPECT_EQ(0, try_out(32, 32, 0));
    EXPECT_EQ(0, try_out(0, 0, 0));
    EXPECT_EQ(0, try_out(1, 32, 4));
    EXPECT_EQ(-EINVAL, try_out(32, 16, 0));
    EXPECT_EQ(-EINVAL, try_out(32, 33, 0));
    EXPECT_EQ(-EINVAL, try_out(1, 61, 0));
    EXPECT_EQ(-EINVAL, try_out(32, 32, 1));
}

TEST_F(Port, FreesEarlyUnlessTheApplicationSaysOtherwise) {
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    const auto threshold = [&](std::uint16_t size, const rte_eth_txconf* tx) {
        EXPECT_EQ(0, rte_eth_tx_queue_setup(port, 0, size, 0, tx));
        rte_eth_txq_info info{};
        EXPECT_EQ(0, rte_eth_tx_queue_info_get(port, 0, &info));
        return info.conf.tx_free_thresh;
    };
    rte_eth_txconf told{};
    told.tx_free_thresh = 40;
    EXPECT_EQ(threshold(4096, nullptr), 4096 - 128);
    EXPECT_EQ(threshold(256, nullptr), 128);
    EXPECT_EQ(threshold(128, nullptr), 32);
    EXPECT_EQ(threshold(512, &told), 40);
}

TEST_F(Port, ScattersOnlyWhereAFrameMayBeLargerThanABuffer) {
    start();
    rte_eth_burst_mode mode{};
    ASSERT_EQ(0, rte_eth_rx_burst_mode_get(port, 0, &mode));
    EXPECT_TRUE(std::string{mode.info}.ends_with(" 82599 Single buffer")) << mode.info;
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_set_mtu(port, 9000));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    ASSERT_EQ(0, rte_eth_rx_burst_mode_get(port, 0, &mode));
    EXPECT_TRUE(std::string{mode.info}.ends_with(" 82599 Scattered")) << mode.info;
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask, 2048, 0};
    rx_ring()[1].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 100, 0};
    auto frames = receive();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0]->pkt_len, 2148u);
    rte_pktmbuf_free(frames[0]);
}

TEST_F(Port, ASleepingCoreWatchesTheNextDescriptor) {
    start();
    rte_power_monitor_cond watch{};
    ASSERT_EQ(0, rte_eth_get_monitor_addr(port, 0, &watch));
    ASSERT_EQ(watch.size, 4);
    const auto value = [&] { return std::uint64_t{*static_cast<volatile std::uint32_t*>(watch.addr)}; };
    EXPECT_EQ(0, watch.fn(value(), watch.opaque));
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 60, 0};
    EXPECT_EQ(-1, watch.fn(value(), watch.opaque));
    rte_pktmbuf_free(receive().at(0));
}

// ethdev's own checks do not reach all of these.
TEST_F(Port, AQueueThatWasNeverSetUpIsAnErrorInEveryCall) {
    const rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    EXPECT_EQ(-EINVAL, rte_eth_dev_start(port));
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, 64, SOCKET_ID_ANY, nullptr, pool.get()));
    EXPECT_EQ(-EINVAL, rte_eth_dev_start(port)) << "Tx is missing";
    rte_eth_rxconf refused{};
    refused.rx_free_thresh = 64;
    EXPECT_NE(0, rte_eth_rx_queue_setup(port, 0, 64, SOCKET_ID_ANY, &refused, pool.get()));  // which Rx is from now on
    rte_power_monitor_cond watch{};
    EXPECT_EQ(-EINVAL, rte_eth_get_monitor_addr(port, 0, &watch));
    EXPECT_GT(0, rte_eth_rx_queue_count(port, 0));
    EXPECT_GT(0, rte_eth_rx_descriptor_status(port, 0, 0));
    EXPECT_GT(0, rte_eth_tx_descriptor_status(port, 0, 0));
    for (const auto call : {bifurc::net::rx_descriptor_status, bifurc::net::tx_descriptor_status})
        EXPECT_EQ(-EINVAL, call(nullptr, 0));
    EXPECT_EQ(-EINVAL, static_cast<int>(bifurc::net::rx_queue_count(nullptr)));
    EXPECT_EQ(-EINVAL, bifurc::net::tx_done_cleanup(nullptr, 0));
    EXPECT_NE(0, rte_eth_dev_rx_queue_start(port, 0));
    EXPECT_NE(0, rte_eth_dev_tx_queue_start(port, 0));
    EXPECT_NE(0, rte_eth_dev_rx_queue_stop(port, 0));
    rte_eth_rxq_info rx{};
    EXPECT_NE(0, rte_eth_rx_queue_info_get(port, 0, &rx));
    static_cast<void>(rte_eth_dev_set_vlan_strip_on_queue(port, 0, 1));
    static_cast<void>(rte_eth_dev_rx_intr_enable(port, 0));
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, 64, SOCKET_ID_ANY, nullptr, pool.get()));
    ASSERT_EQ(0, rte_eth_tx_queue_setup(port, 0, 64, SOCKET_ID_ANY, nullptr));
    EXPECT_EQ(0, rte_eth_dev_start(port));
}

TEST_F(Port, EveryRingThatTheLimitsAllowTakesTheDefaults) {
    const rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    for (std::uint16_t size = 32; size <= 192; size = static_cast<std::uint16_t>(size + 8)) {
        EXPECT_EQ(0, rte_eth_rx_queue_setup(port, 0, size, SOCKET_ID_ANY, nullptr, pool.get())) << size;
        EXPECT_EQ(0, rte_eth_rx_queue_setup(port, 0, size, SOCKET_ID_ANY, &info.default_rxconf, pool.get())) << size;
        EXPECT_EQ(0, rte_eth_tx_queue_setup(port, 0, size, SOCKET_ID_ANY, nullptr)) << size;
        EXPECT_EQ(0, rte_eth_tx_queue_setup(port, 0, size, SOCKET_ID_ANY, &info.default_txconf)) << size;
        EXPECT_EQ(0, rte_eth_dev_start(port)) << size;
        EXPECT_EQ(0, rte_eth_dev_stop(port)) << size;
    }
}

TEST_F(Port, DescriptorsOfAStoppedQueueAreUnavailable) {
    start();
    EXPECT_EQ(RTE_ETH_RX_DESC_AVAIL, rte_eth_rx_descriptor_status(port, 0, 0));
    ASSERT_EQ(0, rte_eth_dev_rx_queue_stop(port, 0));
    ASSERT_EQ(0, rte_eth_dev_tx_queue_stop(port, 0));
    EXPECT_EQ(RTE_ETH_RX_DESC_UNAVAIL, rte_eth_rx_descriptor_status(port, 0, 0));
    EXPECT_EQ(RTE_ETH_TX_DESC_UNAVAIL, rte_eth_tx_descriptor_status(port, 0, 0));
}

TEST_F(Port, ALongerFrameThanTheApplicationExpectsIsDroppedAndCounted) {
    fake.nic.info.mtu = 9000;  // the administrator's doing
    start();
    rte_eth_burst_mode mode{};
    ASSERT_EQ(0, rte_eth_rx_burst_mode_get(port, 0, &mode));
    EXPECT_TRUE(std::string{mode.info}.ends_with(" 82599 Single buffer")) << mode.info;
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask, 2048, 0};
    rx_ring()[1].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 100, 0};
    EXPECT_EQ(receive().size(), 0u);
    rte_eth_stats stats{};
    ASSERT_EQ(0, rte_eth_stats_get(port, &stats));
    EXPECT_EQ(stats.ierrors, 1u);
}

TEST_F(Port, AnApplicationThatNamesNoMtuLeavesTheNetdevsAlone) {
    for (const std::uint32_t netdevs : {1280u, 1400u, 9000u}) {
        fake.nic.info.mtu = netdevs;
        start();
        EXPECT_EQ(fake.nic.info.mtu, netdevs);
        ASSERT_EQ(0, rte_eth_dev_stop(port));
        for (const std::uint16_t unasked : {1500, 1400, 600}) {
            ASSERT_EQ(0, rte_eth_dev_set_mtu(port, unasked));
            ASSERT_EQ(0, rte_eth_dev_start(port));
            EXPECT_EQ(fake.nic.info.mtu, netdevs);
            ASSERT_EQ(0, rte_eth_dev_stop(port));
        }
    }
}

TEST_F(Port, ALargerMtuIsAskedForOnceAndTheAdministratorHasTheLastWord) {
    rte_eth_conf conf{};
    conf.rxmode.mtu = 4000;
    start(conf);
    EXPECT_EQ(fake.nic.info.mtu, 4000u);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    fake.nic.info.mtu = 2000;
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(fake.nic.info.mtu, 2000u);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_set_mtu(port, 3000));
    EXPECT_EQ(fake.nic.info.mtu, 3000u);
    ASSERT_EQ(0, rte_eth_dev_set_mtu(port, 2500));
    EXPECT_EQ(fake.nic.info.mtu, 3000u) << "never lowered";
}

TEST_F(Port, AnothersPairsOfTheNetdevAreNotResetByAnMtu) {
    fake.nic.info.pairs_free -= 1;
    rte_eth_conf conf{};
    conf.rxmode.mtu = 4000;
    start(conf);
    EXPECT_EQ(fake.nic.info.mtu, 1500u);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_set_mtu(port, 5000));
    EXPECT_EQ(fake.nic.info.mtu, 1500u);
}

// A stranger may have the old name.
TEST_F(Port, ARenamedNetdevIsAskedByItsNewName) {
    start();
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    fake.nic.name = "eth9";
    ASSERT_EQ(0, rte_eth_dev_set_mtu(port, 4000));
    EXPECT_EQ(fake.nic.info.mtu, 4000u);
    std::string asked;
    fake.nic.ethtool[ETHTOOL_GPAUSEPARAM] = [&](void*) { return asked = "eth9", 0; };
    rte_eth_fc_conf pause{};
    EXPECT_EQ(0, rte_eth_dev_flow_ctrl_get(port, &pause));
    EXPECT_EQ(asked, "eth9");
}

TEST_F(Port, TheMtuIsNotChangedUnderRunningQueues) {
    start();
    EXPECT_EQ(-EBUSY, rte_eth_dev_set_mtu(port, 1400));
}

TEST_F(Port, LinkComesFromTheStatusPageAndChangesAreAnnounced) {
    rte_eth_conf conf{};
    conf.intr_conf.lsc = 1;
    start(conf);
    rte_eth_link link{};
    ASSERT_EQ(0, rte_eth_link_get_nowait(port, &link));
    EXPECT_EQ(link.link_status, RTE_ETH_LINK_UP);
    EXPECT_EQ(link.link_speed, RTE_ETH_SPEED_NUM_10G);
    Events events{port, RTE_ETH_EVENT_INTR_LSC};
    fake.nic.status.link_up = 0;
    fake.raise(BIFURC_EVENT_LINK);
    ASSERT_TRUE(events.seen());
    ASSERT_EQ(0, rte_eth_link_get_nowait(port, &link));
    EXPECT_EQ(link.link_status, RTE_ETH_LINK_DOWN);
}

TEST_F(Port, AResetSilencesTheBurstsAndARestartMapsAnew) {
    start();
    Events events{port, RTE_ETH_EVENT_INTR_RESET};
    fake.reset_by_kernel();
    fake.raise(BIFURC_EVENT_RESET);
    ASSERT_TRUE(events.seen());
    fake.reset_by_kernel();  // down, then up: the application hears of it once
    fake.raise(BIFURC_EVENT_RESET | BIFURC_EVENT_LINK);
    rte_mbuf* mbuf = frame();
    EXPECT_EQ(0, rte_eth_tx_burst(port, 0, &mbuf, 1));
    rte_pktmbuf_free(mbuf);
    fake.nic.calls.clear();
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_TRUE(fake.nic.calls.empty());  // the kernel has quiesced the queues: nothing to ask
    EXPECT_TRUE(whole(pool));
    EXPECT_EQ(events.count(), 1);
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"map"}));
    EXPECT_EQ(reg<RDT>(), kRing - 1u);
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 60, 0};
    auto frames = receive();
    ASSERT_EQ(frames.size(), 1u);
    rte_pktmbuf_free(frames[0]);
}

TEST_F(Port, AResetThatCannotBeMappedAgainIsAnErrorAtStart) {
    start();
    fake.reset_by_kernel();
    ASSERT_EQ(0, rte_eth_dev_reset(port) == 0 ? 0 : -1);
    fake.reset_by_kernel();
    fake.nic.map_result = -ENETDOWN;
    EXPECT_EQ(-ENETDOWN, rte_eth_dev_start(port));
    EXPECT_TRUE(whole(pool));
}

TEST_F(Port, AResetOfAStoppedPortIsNoNews) {
    rte_eth_conf conf{};
    conf.intr_conf.lsc = 1;
    start(conf);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    Events resets{port, RTE_ETH_EVENT_INTR_RESET};
    Events links{port, RTE_ETH_EVENT_INTR_LSC};
    fake.reset_by_kernel();
    ASSERT_EQ(0, rte_eth_dev_start(port));
    fake.raise(BIFURC_EVENT_RESET);
    ASSERT_TRUE(eventually([&] { return __atomic_load_n(&fake.nic.events, __ATOMIC_SEQ_CST) == 0; }));
    // Events are handled one after the other: this one is seen only after the reset was dealt with.
    fake.nic.status.link_up = 0;
    fake.raise(BIFURC_EVENT_LINK);
    ASSERT_TRUE(links.seen());
    EXPECT_EQ(resets.count(), 0);
    rx_ring()[0].wb = {0, 0, hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask, 60, 0};
    auto frames = receive();
    ASSERT_EQ(frames.size(), 1u);
    rte_pktmbuf_free(frames[0]);
}

TEST_F(Port, ThePortsEndIsAnnouncedOnceAndTheWindowLeftAlone) {
    start();
    Events events{port, RTE_ETH_EVENT_INTR_RMV};
    std::fill(fake.nic.window.begin(), fake.nic.window.end(), 0xffff'ffffu);
    fake.hang_up();
    ASSERT_TRUE(events.seen());
    EXPECT_EQ(1, rte_eth_dev_is_removed(port));
    EXPECT_TRUE(receive().empty());
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_TRUE(whole(pool));
    EXPECT_EQ(-EIO, rte_eth_dev_start(port));
    for (std::uint32_t word : fake.nic.window) ASSERT_EQ(word, 0xffff'ffffu);
}

TEST_F(Port, TheGoneEventSaysTheSame) {
    start();
    Events events{port, RTE_ETH_EVENT_INTR_RMV};
    fake.nic.status.state = BIFURC_STATE_GONE;
    fake.raise(BIFURC_EVENT_GONE);
    ASSERT_TRUE(events.seen());
}

TEST_F(Port, FiltersAreJoinedOnceAndLeftWhenThePortCloses) {
    start();
    rte_eth_dev_stop(port);
    fake.nic.calls.clear();
    rte_ether_addr one{{2, 0, 0, 0, 0, 0x11}}, two{{2, 0, 0, 0, 0, 0x22}};
    rte_ether_addr group{{1, 0, 0x5e, 0, 0, 0x33}};
    ASSERT_EQ(0, rte_eth_dev_start(port));
    ASSERT_EQ(0, rte_eth_promiscuous_enable(port));
    ASSERT_EQ(0, rte_eth_allmulticast_enable(port));
    ASSERT_EQ(0, rte_eth_dev_mac_addr_add(port, &one, 0));
    ASSERT_EQ(0, rte_eth_dev_default_mac_addr_set(port, &two));
    ASSERT_EQ(0, rte_eth_dev_set_mc_addr_list(port, &group, 1));
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_start(port));  // ethdev repeats all of it
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"promiscuous on", "allmulticast on", "join 02:11", "join 02:22",
                                                        "join 01:33", "sync 32+1"}));
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    fake.nic.calls.clear();
    ASSERT_EQ(0, rte_eth_dev_close(port));
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"promiscuous off", "allmulticast off", "leave 02:22",
                                                        "leave 02:11", "leave 01:33"}));
}

TEST_F(Port, SettingsThatAreTheKernelsAreRefused) {
    rte_eth_conf conf{};
    conf.link_speeds = RTE_ETH_LINK_SPEED_10G | RTE_ETH_LINK_SPEED_FIXED;
    EXPECT_EQ(-ENOTSUP, rte_eth_dev_configure(port, 1, 1, &conf));
    conf = {};
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_VMDQ_ONLY;
    EXPECT_EQ(-ENOTSUP, rte_eth_dev_configure(port, 1, 1, &conf));
    EXPECT_EQ(-ENOTSUP, rte_eth_dev_set_link_up(port));
}

// RSS is the kernel's: it offers no hash to set, so that none is taken and then ignored. No hash at all is what
// programs ask for that mask their wish with what is offered.
TEST_F(Port, AHashIsRefusedAndNotIgnored) {
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.flow_type_rss_offloads, 0u);
    rte_eth_conf conf{};
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_IP;
    EXPECT_NE(0, rte_eth_dev_configure(port, 1, 1, &conf));
    EXPECT_NE(0, rte_eth_dev_rss_hash_update(port, &conf.rx_adv_conf.rss_conf));
    conf.rx_adv_conf.rss_conf.rss_hf &= info.flow_type_rss_offloads;
    EXPECT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
}

TEST_F(Port, LimitsAreTheOwners) {
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.rx_desc_lim.nb_max, 4096);
    EXPECT_EQ(info.tx_desc_lim.nb_min, 32);
    EXPECT_EQ(info.max_rx_queues, 1);
    EXPECT_EQ(info.max_mtu, 9710);
    EXPECT_NE(info.speed_capa & RTE_ETH_LINK_SPEED_10G, 0u);
    configure();
    EXPECT_NE(0, rte_eth_rx_queue_setup(port, 0, kRing + 1, 0, nullptr, pool.get()));
}

TEST(Chips, APortOfThe82576FamilyRunsItsOwnRegisters) {
    FakeDevice fake{5, 1, BIFURC_CHIP_82576};
    Pool pool = make_pool(256);
    std::uint16_t port = 0;
    ASSERT_EQ(0, fake.probe());
    ASSERT_EQ(0, rte_eth_dev_get_port_by_name("rte_bifurc0", &port));
    rte_eth_conf conf{};
    ASSERT_EQ(0, rte_eth_dev_configure(port, 1, 1, &conf));
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 0, 64, 0, nullptr, pool.get()));
    ASSERT_EQ(0, rte_eth_tx_queue_setup(port, 0, 64, 0, nullptr));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(fake.nic.reg(0xc158), 63u);
    EXPECT_EQ(fake.nic.reg(0xe168), 0x02000108u);
    rte_eth_burst_mode mode{};
    ASSERT_EQ(0, rte_eth_rx_burst_mode_get(port, 0, &mode));
    EXPECT_TRUE(std::string{mode.info}.ends_with(" 82576 Single buffer")) << mode.info;
    EXPECT_EQ(0, fake.remove());
    EXPECT_TRUE(whole(pool));
}

TEST(Chips, WhatNoChipHasIsRefused) {
    FakeDevice unknown{0, 1, 3};
    EXPECT_EQ(-ENOTSUP, unknown.probe());
    FakeDevice beyond{15, 2, BIFURC_CHIP_82576};
    EXPECT_EQ(-ENOTSUP, beyond.probe());
    FakeDevice narrow{0, 1};
    narrow.device.info.bar_len = 0x1000;
    EXPECT_EQ(-ENOTSUP, narrow.probe());
    EXPECT_EQ(0u, rte_eth_dev_count_avail());
}

TEST_F(Port, ClosingLeavesNoMemoryBehind) {
    rte_malloc_socket_stats before{}, after{};
    ASSERT_EQ(0, fake.remove());
    rte_malloc_get_socket_stats(0, &before);
    for (int round = 0; round < 5; ++round) {
        ASSERT_EQ(0, fake.probe());
        ASSERT_EQ(0, rte_eth_dev_get_port_by_name("rte_bifurc0", &port));
        start();
        ASSERT_EQ(0, fake.remove());
    }
    rte_malloc_get_socket_stats(0, &after);
    EXPECT_EQ(before.alloc_count, after.alloc_count);
}

}  // namespace
