// SPDX-License-Identifier: BSD-3-Clause
// Offloads through DPDK's own API: what is claimed, what is chosen, what is switched on.
#include <linux/ethtool.h>

#include "port_fixture.h"

using namespace bifurc::hw::ixgbe;
using namespace bifurc::test;
namespace hw = bifurc::hw;

namespace {

using Capabilities = Port;

constexpr std::uint64_t kRxChecksums = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |
                                       RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_SCTP_CKSUM;
constexpr std::uint64_t kTxChecksums = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |
                                       RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_SCTP_CKSUM;

TEST_F(Capabilities, WhatTheKernelHasOnIsClaimed) {
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.rx_offload_capa,
              kRxChecksums | RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_VLAN_STRIP);
    EXPECT_EQ(info.tx_offload_capa, kTxChecksums | RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_VLAN_INSERT |
                                        RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
}

TEST_F(Capabilities, WhatTheKernelSwitchedOffIsNot) {
    rte_eth_dev_info info{};
    fake.ethtool_word(ETHTOOL_GRXCSUM, 0);
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.rx_offload_capa & kRxChecksums, 0u);
    fake.ethtool_word(ETHTOOL_GTXCSUM, 0);
    fake.ethtool_word(ETHTOOL_GTSO, 0);
    fake.ethtool_word(ETHTOOL_GFLAGS, 0);
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.rx_offload_capa, RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_VLAN_STRIP);
    EXPECT_EQ(info.tx_offload_capa, RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
    rte_eth_conf conf{};
    conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_TCP_TSO;
    EXPECT_EQ(-EINVAL, rte_eth_dev_configure(port, 1, 1, &conf));
}

TEST_F(Capabilities, WhatTheKernelDoesNotAnswerCountsAsOff) {
    fake.nic.ethtool.clear();
    rte_eth_dev_info info{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &info));
    EXPECT_EQ(info.tx_offload_capa, RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
}

TEST_F(Capabilities, PacketTypesAreThoseThatFramesCanHave) {
    std::uint32_t types[32];
    const int count = rte_eth_dev_get_supported_ptypes(port, RTE_PTYPE_L4_MASK, types, 32);
    ASSERT_EQ(count, 3);
    EXPECT_EQ(types[0] | types[1] | types[2], std::uint32_t{RTE_PTYPE_L4_TCP | RTE_PTYPE_L4_UDP | RTE_PTYPE_L4_SCTP});
}

using Strip = ThreePairs;

TEST_F(Strip, EachQueueTakesTagsOutAsItsOwnSwitchSays) {
    rte_eth_conf conf{};
    conf.rxmode.offloads = RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
    start(conf);
    EXPECT_EQ(reg<RXDCTL>(0), RXDCTL::ENABLE::mask | RXDCTL::VME::mask);
    ASSERT_EQ(0, rte_eth_dev_set_vlan_strip_on_queue(port, 1, 0));
    EXPECT_EQ(reg<RXDCTL>(1), RXDCTL::ENABLE::mask);
    EXPECT_EQ(reg<RXDCTL>(2), RXDCTL::ENABLE::mask | RXDCTL::VME::mask);
    ASSERT_EQ(0, rte_eth_dev_set_vlan_offload(port, 0));
    EXPECT_EQ(reg<RXDCTL>(2), RXDCTL::ENABLE::mask);
    EXPECT_EQ(0, rte_eth_dev_get_vlan_offload(port));
    ASSERT_EQ(0, rte_eth_dev_set_vlan_offload(port, RTE_ETH_VLAN_STRIP_OFFLOAD));
    EXPECT_EQ(reg<RXDCTL>(1), RXDCTL::ENABLE::mask | RXDCTL::VME::mask);
}

TEST_F(Strip, OneQueueMayAskForItAlone) {
    rte_eth_conf conf{};
    configure(conf);
    rte_eth_rxconf rx{};
    rx.rx_free_thresh = 16;
    rx.offloads = RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
    ASSERT_EQ(0, rte_eth_rx_queue_setup(port, 1, kRing, 0, &rx, pool.get()));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(reg<RXDCTL>(0), RXDCTL::ENABLE::mask);
    EXPECT_EQ(reg<RXDCTL>(1), RXDCTL::ENABLE::mask | RXDCTL::VME::mask);
}

using Bursts = Port;

TEST_F(Bursts, OffloadFlagsAreObeyedIfThePortWasConfiguredSo) {
    rte_eth_conf conf{};
    conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
    start(conf);
    rte_eth_burst_mode mode{};
    ASSERT_EQ(0, rte_eth_tx_burst_mode_get(port, 0, &mode));
    EXPECT_TRUE(std::string{mode.info}.ends_with(" 82599 Offloads")) << mode.info;
    rte_mbuf* mbuf = frame();
    mbuf->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
    mbuf->l2_len = 14;
    mbuf->l3_len = 20;
    ASSERT_EQ(1, rte_eth_tx_prepare(port, 0, &mbuf, 1));
    ASSERT_EQ(1, rte_eth_tx_burst(port, 0, &mbuf, 1));
    EXPECT_EQ(reg<TDT>(), 2u);
    EXPECT_EQ(tx_ring()[0].read.cmd_type_len & 0x00f00000, 0x00200000u);

    ASSERT_EQ(0, rte_eth_dev_stop(port));
    start();
    ASSERT_EQ(0, rte_eth_tx_burst_mode_get(port, 0, &mode));
    EXPECT_TRUE(std::string{mode.info}.ends_with(" 82599 Multi-segment")) << mode.info;
}

TEST_F(Bursts, PrepareRefusesWhatTheNicCannotDo) {
    rte_eth_conf conf{};
    conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
    start(conf);
    rte_mbuf* burst[] = {frame(), frame(), frame()};
    burst[1]->ol_flags |= RTE_MBUF_F_TX_QINQ;
    EXPECT_EQ(1, rte_eth_tx_prepare(port, 0, burst, 3));
    EXPECT_EQ(rte_errno, ENOTSUP);
    burst[1]->ol_flags = 0;
    burst[1]->data_len = burst[1]->pkt_len = 10;
    EXPECT_EQ(1, rte_eth_tx_prepare(port, 0, burst, 3));
    EXPECT_EQ(rte_errno, EINVAL);
    rte_pktmbuf_free_bulk(burst, 3);
}

}  // namespace
