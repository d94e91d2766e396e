// SPDX-License-Identifier: BSD-3-Clause
// Steering rules in ethtool's terms.
#include "harness.h"

namespace {

using namespace bifurc::sim;
using namespace bifurc::sim::test;

ethtool_rx_flow_spec udp_from(std::uint32_t address, std::uint64_t action, std::uint32_t mask = 0xffffffff) {
    ethtool_rx_flow_spec spec{};
    spec.flow_type = UDP_V4_FLOW;
    spec.h_u.udp_ip4_spec.ip4src = htonl(address);
    spec.m_u.udp_ip4_spec.ip4src = htonl(mask);
    spec.ring_cookie = action;
    spec.location = RX_CLS_LOC_ANY;
    return spec;
}

struct RulesTest : testing::Test {
    RulesTest() : session(*t.port, UniqueFd{}, {.raw = true}, [] {}) {
        t.port->set_ntuple(true);
        bifurc_split split = split_request(1);
        EXPECT_EQ(get(session, BIFURC_SPLIT, split), 0);
    }
    int add(ethtool_rx_flow_spec spec) { return t.port->rules().add(spec); }

    TestPort t;
    Session session;
};

TEST_F(RulesTest, TheFiveStepsRulesFitTogether) {
    EXPECT_EQ(add(udp_from(0, 0)), 0);
    EXPECT_EQ(add(udp_from(0x01010101, 32)), 0);
    EXPECT_EQ(t.port->rules().locations(), (std::vector<std::uint32_t>{2044, 2045}));
}

TEST_F(RulesTest, OffRefusesAndForgets) {
    EXPECT_EQ(add(udp_from(1, 0)), 0);
    EXPECT_EQ(t.port->set_ntuple(false), 0);
    EXPECT_TRUE(t.port->rules().locations().empty());
    EXPECT_EQ(add(udp_from(1, 0)), -EOPNOTSUPP);
}

TEST_F(RulesTest, AnActionIsAQueueOfSomebodyOrTheDrop) {
    EXPECT_EQ(add(udp_from(1, 31)), 0);
    EXPECT_EQ(add(udp_from(2, 33)), -EINVAL) << "nobody borrowed this pair";
    EXPECT_EQ(add(udp_from(3, 64)), -EINVAL);
    EXPECT_EQ(add(udp_from(4, 127)), -EINVAL);
    EXPECT_EQ(add(udp_from(5, RX_CLS_FLOW_DISC)), 0);
    EXPECT_EQ(add(udp_from(6, std::uint64_t{1} << 32)), -EINVAL) << "there are no VFs";
}

TEST_F(RulesTest, ThereIsOneMask) {
    EXPECT_EQ(add(udp_from(0x01010100, 0, 0xffffff00)), 0);
    EXPECT_EQ(add(udp_from(0x01010101, 0)), -EINVAL);
    EXPECT_EQ(add(udp_from(0x02020200, 0, 0xffffff00)), 0);
    for (const std::uint32_t location : t.port->rules().locations()) EXPECT_EQ(t.port->rules().remove(location), 0);
    EXPECT_EQ(add(udp_from(0x01010101, 0)), 0) << "an empty table takes any mask";
}

TEST_F(RulesTest, RefusesMasksThatTheNicHasNot) {
    ethtool_rx_flow_spec spec = udp_from(1, 0);
    spec.m_u.udp_ip4_spec.tos = 0xff;
    EXPECT_EQ(add(spec), -EINVAL);
    spec = udp_from(1, 0);
    spec.flow_type |= FLOW_EXT;
    spec.m_ext.vlan_tci = htons(0x00ff);
    EXPECT_EQ(add(spec), -EINVAL) << "a part of the VLAN id";
    spec.m_ext.vlan_tci = htons(0x0fff);
    spec.m_ext.vlan_etype = 0x00ff;
    EXPECT_EQ(add(spec), -EINVAL) << "a part of the flex bytes";
    spec.m_ext.vlan_etype = 0xffff;
    spec.m_ext.data[1] = htonl(1);
    EXPECT_EQ(add(spec), -EINVAL) << "a pool";
    spec.m_ext.data[1] = 0;
    EXPECT_EQ(add(spec), 0);
}

TEST_F(RulesTest, KnowsLinuxsFlowTypesOnly) {
    for (const std::uint32_t type : {TCP_V4_FLOW, SCTP_V4_FLOW}) {
        ethtool_rx_flow_spec spec = udp_from(1, 0);
        spec.flow_type = type;
        EXPECT_EQ(add(spec), 0) << type;
    }
    for (const std::uint32_t type : {TCP_V6_FLOW, UDP_V6_FLOW, AH_V4_FLOW, ESP_V4_FLOW, IPV6_USER_FLOW}) {
        ethtool_rx_flow_spec spec = udp_from(1, 0);
        spec.flow_type = type;
        EXPECT_EQ(add(spec), -EINVAL) << type;
    }
}

TEST_F(RulesTest, AnyProtocolHasNoPorts) {
    ethtool_rx_flow_spec spec = udp_from(1, 0);
    spec.flow_type = IP_USER_FLOW;
    spec.m_u.usr_ip4_spec.l4_4_bytes = 0xffffffff;
    EXPECT_EQ(add(spec), -EINVAL);
    spec.m_u.usr_ip4_spec.l4_4_bytes = 0;
    EXPECT_EQ(add(spec), 0);
    spec.h_u.usr_ip4_spec.proto = 47;
    spec.m_u.usr_ip4_spec.proto = 0xff;
    EXPECT_EQ(add(spec), -EINVAL) << "GRE is none of the NIC's protocols";
}

TEST_F(RulesTest, LocationsAreKeptReplacedAndFreed) {
    ethtool_rx_flow_spec spec = udp_from(1, 0);
    spec.location = 7;
    EXPECT_EQ(add(spec), 0);
    spec.ring_cookie = 1;
    EXPECT_EQ(add(spec), 0);
    EXPECT_EQ(t.port->rules().locations(), (std::vector<std::uint32_t>{7}));
    ethtool_rx_flow_spec read{};
    EXPECT_EQ(t.port->rules().get(7, read), 0);
    EXPECT_EQ(read.ring_cookie, 1u);
    spec.location = t.port->rules().capacity();
    EXPECT_EQ(add(spec), -EINVAL);
    EXPECT_EQ(t.port->rules().remove(7), 0);
    EXPECT_EQ(t.port->rules().remove(7), -EINVAL);
    EXPECT_EQ(t.port->rules().get(7, read), -EINVAL);
}

TEST_F(RulesTest, EtherRulesMatchTheEtherTypeAndNothingElse) {
    ethtool_rx_flow_spec spec{};
    spec.flow_type = ETHER_FLOW;
    spec.h_u.ether_spec.h_proto = htons(0x88f7);
    spec.m_u.ether_spec.h_proto = 0xffff;
    spec.ring_cookie = 32;
    for (unsigned i = 0; i < 8; ++i) {
        spec.location = i;
        EXPECT_EQ(add(spec), 0);
    }
    spec.location = 3;
    EXPECT_EQ(add(spec), 0) << "replaced";
    spec.location = 8;
    EXPECT_EQ(add(spec), -ENOSPC);
    EXPECT_EQ(t.port->rules().remove(3), 0);
    EXPECT_EQ(add(spec), 0);
    spec.m_u.ether_spec.h_dest[0] = 0xff;
    EXPECT_EQ(add(spec), -EINVAL);
}

TEST_F(RulesTest, RulesToABorrowedQueueDieWithIt) {
    EXPECT_EQ(add(udp_from(1, 0)), 0);
    EXPECT_EQ(add(udp_from(2, 32)), 0);
    EXPECT_EQ(set(session, BIFURC_RETURN, bifurc_return{.size = sizeof(bifurc_return), .flags = 0}), 0);
    EXPECT_EQ(t.port->rules().locations().size(), 1u);
    EXPECT_EQ(add(udp_from(2, 32)), -EINVAL);
}

TEST_F(RulesTest, RulesSurviveAResetAndLoseQueuesThatWent) {
    EXPECT_EQ(add(udp_from(1, 31)), 0);
    EXPECT_EQ(add(udp_from(9, 2)), 0);
    EXPECT_EQ(t.port->set_channels(8), 0);
    EXPECT_EQ(t.port->rules().locations().size(), 1u);
    t.set_up(false);
    t.set_up(true);
    EXPECT_EQ(t.port->rules().locations().size(), 1u);
}

// The second opinion: what ixgbe_atr_compute_perfect_hash_82599 of DPDK 22.11 says to the same flows and masks.
TEST(FlowDirector, BucketsAreThoseOfDpdksDriver) {
    constexpr std::uint32_t kIp = 0xffffffff;
    constexpr std::uint16_t kPort = 0xffff;
    const FlowKey udp{.l4_type = 1, .src_ip = 0x0a000001, .dst_ip = 0x0a000002, .src_port = 1000, .dst_port = 2000};
    const FlowMask ports{.l4_type = 3, .src_ip = kIp, .dst_ip = kIp, .src_port = kPort, .dst_port = kPort};
    EXPECT_EQ(FlowDirector::bucket(udp, ports), 1808u);
    const FlowKey tcp{2, 0xc0a80101, 0xc6120002, 80, 443, 0x123, 0x800};
    EXPECT_EQ(FlowDirector::bucket(tcp, {3, kIp, kIp, kPort, kPort, 0xfff, 0xffff}), 363u);
    EXPECT_EQ(FlowDirector::bucket({.src_ip = 0x01010101, .dst_ip = 5}, {.src_ip = 0xffffff00}), 669u);
    EXPECT_EQ(FlowDirector::bucket({.l4_type = 1, .src_ip = 0x01010101}, {.l4_type = 3, .src_ip = kIp}), 2533u);
}

}  // namespace
