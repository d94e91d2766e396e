// SPDX-License-Identifier: BSD-3-Clause
// rte_flow through DPDK's own API; the test is the kernel that keeps the table of rules.
#include <linux/ethtool.h>
#include <netinet/in.h>
#include <rte_flow.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>

#include "port_fixture.h"

using namespace bifurc::test;

namespace {

constexpr std::uint32_t kPlaces = 2046;

// What linux/ethtool.h documents of a driver's table.
struct Table {
    std::map<std::uint32_t, ethtool_rx_flow_spec> rules;
    int refusal = 0;
    std::function<void(ethtool_rx_flow_spec&)> tell = [](ethtool_rx_flow_spec&) {
    };  // what a driver adds when it is asked

    void install(rte_bifurc& nic) {
        nic.ethtool[ETHTOOL_GRXCLSRLCNT] = [this](void* raw) {
            static_cast<ethtool_rxnfc*>(raw)->rule_cnt = static_cast<std::uint32_t>(rules.size());
            return 0;
        };
        nic.ethtool[ETHTOOL_GRXCLSRLALL] = [this](void* raw) {
            auto& all = *static_cast<ethtool_rxnfc*>(raw);
            if (all.rule_cnt < rules.size()) return -EMSGSIZE;
            all.data = kPlaces;
            all.rule_cnt = 0;
            for (const auto& [location, spec] : rules) all.rule_locs[all.rule_cnt++] = location;
            return 0;
        };
        nic.ethtool[ETHTOOL_GRXCLSRULE] = [this](void* raw) {
            auto& spec = static_cast<ethtool_rxnfc*>(raw)->fs;
            const auto rule = rules.find(spec.location);
            if (rule == rules.end()) return -EINVAL;
            spec = rule->second;
            tell(spec);
            return 0;
        };
        nic.ethtool[ETHTOOL_SRXCLSRLINS] = [this](void* raw) {
            const auto& spec = static_cast<ethtool_rxnfc*>(raw)->fs;
            if (refusal != 0) return refusal;
            rules[spec.location] = spec;
            return 0;
        };
        nic.ethtool[ETHTOOL_SRXCLSRLDEL] = [this](void* raw) {
            return rules.erase(static_cast<ethtool_rxnfc*>(raw)->fs.location) == 1 ? 0 : -EINVAL;
        };
    }
};

class Flow : public Port {
protected:
    Flow() : Port(2) { table.install(fake.nic); }

    static constexpr rte_flow_item kEnd{RTE_FLOW_ITEM_TYPE_END, nullptr, nullptr, nullptr};
    static constexpr rte_flow_item kEth{RTE_FLOW_ITEM_TYPE_ETH, nullptr, nullptr, nullptr};

    template <class T>
    static rte_flow_item item(rte_flow_item_type type, const T& spec, const T* mask = nullptr) {
        return {type, &spec, nullptr, mask};
    }
    rte_flow* create(std::vector<rte_flow_item> pattern, std::vector<rte_flow_action> actions) {
        pattern.push_back(kEnd);
        actions.push_back({RTE_FLOW_ACTION_TYPE_END, nullptr});
        rte_flow_attr attributes{};
        attributes.ingress = 1;
        error = {};
        const int valid = rte_flow_validate(port, &attributes, pattern.data(), actions.data(), &error);
        rte_flow* flow = rte_flow_create(port, &attributes, pattern.data(), actions.data(), &error);
        EXPECT_TRUE(valid == 0 || flow == nullptr);
        return flow;
    }
    rte_flow_action to_queue(std::uint16_t q) {
        queue.index = q;
        return {RTE_FLOW_ACTION_TYPE_QUEUE, &queue};
    }
    rte_flow_action marked(std::uint32_t id) {
        mark.id = id;
        return {RTE_FLOW_ACTION_TYPE_MARK, &mark};
    }
    [[nodiscard]] std::string why() const { return error.message != nullptr ? error.message : ""; }

    Table table;
    rte_flow_error error{};

private:
    rte_flow_action_queue queue{};
    rte_flow_action_mark mark{};
};

rte_flow_item_ipv4 to_address(std::uint32_t address) {
    rte_flow_item_ipv4 ip{};
    ip.hdr.dst_addr = htonl(address);
    return ip;
}

TEST_F(Flow, AFlowBecomesTheKernelsRuleAtTheLastFreePlace) {
    start();
    table.rules[kPlaces - 1] = {};  // somebody else's
    const rte_flow_item_ipv4 ip = to_address(0x0a000002);
    rte_flow_item_ipv4 ip_mask{};
    ip_mask.hdr.dst_addr = htonl(0xffffff00);
    rte_flow_item_udp udp{};
    udp.hdr.dst_port = htons(4000);
    udp.hdr.src_port = htons(9);
    rte_flow_item_udp udp_mask{};
    udp_mask.hdr.dst_port = 0xffff;
    ASSERT_NE(create({kEth, item(RTE_FLOW_ITEM_TYPE_IPV4, ip, &ip_mask), item(RTE_FLOW_ITEM_TYPE_UDP, udp, &udp_mask)},
                     {to_queue(1)}),
              nullptr)
        << why();
    ASSERT_TRUE(table.rules.contains(kPlaces - 2));
    const ethtool_rx_flow_spec& spec = table.rules[kPlaces - 2];
    EXPECT_EQ(spec.flow_type, std::uint32_t{UDP_V4_FLOW});
    EXPECT_EQ(spec.ring_cookie, kFirst + 1);
    EXPECT_EQ(spec.h_u.udp_ip4_spec.ip4dst, htonl(0x0a000000));
    EXPECT_EQ(spec.m_u.udp_ip4_spec.ip4dst, htonl(0xffffff00));
    EXPECT_EQ(spec.h_u.udp_ip4_spec.pdst, htons(4000));
    EXPECT_EQ(spec.m_u.udp_ip4_spec.pdst, 0xffff);
    EXPECT_EQ(spec.h_u.udp_ip4_spec.psrc, 0) << "what is not in the mask does not count";
    EXPECT_EQ(spec.m_u.udp_ip4_spec.psrc, 0);
}

TEST_F(Flow, EachKindOfPatternHasItsFlowType) {
    start();
    const rte_flow_item_ipv4 ip = to_address(0x0a000002);
    rte_flow_item_tcp tcp{};
    rte_flow_item_sctp sctp{};
    rte_flow_item_vlan vlan{};
    vlan.hdr.vlan_tci = htons(0x123);
    rte_flow_item_vlan vlan_mask{};
    vlan_mask.hdr.vlan_tci = htons(0xfff);
    rte_flow_item_eth lldp{};
    lldp.hdr.ether_type = htons(0x88cc);
    rte_flow_item_eth type_only{};
    type_only.hdr.ether_type = 0xffff;
    const rte_flow_item address = item(RTE_FLOW_ITEM_TYPE_IPV4, ip);
    const struct {
        std::vector<rte_flow_item> pattern;
        std::uint32_t flow_type;
    } rows[] = {
        {{kEth, address}, IP_USER_FLOW},
        {{address, item(RTE_FLOW_ITEM_TYPE_TCP, tcp)}, TCP_V4_FLOW},
        {{kEth, address, item(RTE_FLOW_ITEM_TYPE_SCTP, sctp)}, SCTP_V4_FLOW},
        {{kEth, item(RTE_FLOW_ITEM_TYPE_VLAN, vlan, &vlan_mask), address}, IP_USER_FLOW | FLOW_EXT},
        {{item(RTE_FLOW_ITEM_TYPE_ETH, lldp, &type_only)}, ETHER_FLOW},
    };
    std::uint32_t place = kPlaces;
    for (const auto& row : rows) {
        ASSERT_NE(create(row.pattern, {{RTE_FLOW_ACTION_TYPE_DROP, nullptr}}), nullptr) << why();
        const ethtool_rx_flow_spec& spec = table.rules[--place];
        EXPECT_EQ(spec.flow_type, row.flow_type);
        EXPECT_EQ(spec.ring_cookie, RX_CLS_FLOW_DISC);
    }
    EXPECT_EQ(table.rules[kPlaces - 1].h_u.usr_ip4_spec.ip_ver, ETH_RX_NFC_IP4);
    EXPECT_EQ(table.rules[kPlaces - 4].h_ext.vlan_tci, htons(0x123));
    EXPECT_EQ(table.rules[kPlaces - 4].m_ext.vlan_tci, htons(0xfff));
    EXPECT_EQ(table.rules[kPlaces - 5].h_u.ether_spec.h_proto, htons(0x88cc));
}

TEST_F(Flow, AMarkIsThePlaceOfTheRule) {
    start();
    const rte_flow_item_ipv4 ip = to_address(1), other = to_address(2);
    ASSERT_NE(create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {to_queue(0), marked(77)}), nullptr) << why();
    EXPECT_TRUE(table.rules.contains(77));
    EXPECT_EQ(create({item(RTE_FLOW_ITEM_TYPE_IPV4, other)}, {to_queue(0), marked(77)}), nullptr);
    EXPECT_EQ(rte_errno, EEXIST);
    EXPECT_EQ(create({item(RTE_FLOW_ITEM_TYPE_IPV4, other)}, {to_queue(0), marked(kPlaces)}), nullptr);
    EXPECT_EQ(rte_errno, ENOSPC);
}

TEST_F(Flow, WhatNoFilterCanDoIsRefusedWithAReason) {
    start();
    const rte_flow_item_ipv4 ip = to_address(1);
    rte_flow_item_ipv4 tos = ip, tos_mask{};
    tos_mask.hdr.type_of_service = 0xff;
    rte_flow_item_eth mac{};
    rte_flow_item_ipv6 six{};
    const rte_flow_item address = item(RTE_FLOW_ITEM_TYPE_IPV4, ip);
    const rte_flow_item range{RTE_FLOW_ITEM_TYPE_IPV4, &ip, &ip, nullptr};
    const struct {
        std::vector<rte_flow_item> pattern;
        std::vector<rte_flow_action> actions;
        const char* words;
    } rows[] = {
        {{kEth, item(RTE_FLOW_ITEM_TYPE_IPV4, tos, &tos_mask)}, {to_queue(0)}, "addresses and protocol"},
        {{item(RTE_FLOW_ITEM_TYPE_ETH, mac)}, {to_queue(0)}, "only the EtherType"},
        {{kEth, item(RTE_FLOW_ITEM_TYPE_IPV6, six)}, {to_queue(0)}, "IPv4"},
        {{kEth}, {to_queue(0)}, "at least"},
        {{kEth, range}, {to_queue(0)}, "ranges"},
        {{kEth, kEth, address}, {to_queue(0)}, "once"},
        {{kEth, address}, {}, "needs a queue"},
        {{kEth, address}, {{RTE_FLOW_ACTION_TYPE_COUNT, nullptr}}, "queue, drop and mark"},
        {{kEth, address}, {{RTE_FLOW_ACTION_TYPE_DROP, nullptr}, {RTE_FLOW_ACTION_TYPE_DROP, nullptr}}, "one queue"},
        {{kEth, address}, {to_queue(2)}, "no such queue"},
    };
    for (const auto& row : rows) {
        std::vector<rte_flow_action> actions = row.actions;
        for (rte_flow_action& action : actions)  // the fixture has one queue for all of the table
            if (action.type == RTE_FLOW_ACTION_TYPE_QUEUE) action = to_queue(std::strstr(row.words, "no such") ? 2 : 0);
        EXPECT_EQ(create(row.pattern, actions), nullptr) << row.words;
        EXPECT_NE(why().find(row.words), std::string::npos) << why();
        EXPECT_EQ(rte_errno, ENOTSUP);
    }
    EXPECT_TRUE(table.rules.empty());
}

// Each of these would be taken by the kernel, and the NIC would match more than the pattern says.
TEST_F(Flow, WhatTheNicWouldMatchOtherwiseIsRefused) {
    start();
    rte_flow_item_eth tagged{}, tagged_mask{};
    tagged.has_vlan = tagged_mask.has_vlan = 1;
    tagged_mask.hdr.ether_type = 0;
    const rte_flow_item_ipv4 plain = to_address(1);
    const auto protocol = [](std::uint8_t value, std::uint8_t counts) {
        std::pair<rte_flow_item_ipv4, rte_flow_item_ipv4> ip{to_address(1), to_address(0xffffffff)};
        ip.first.hdr.next_proto_id = value;
        ip.second.hdr.next_proto_id = counts;
        return ip;
    };
    const auto tcp_says = protocol(IPPROTO_TCP, 0xff), icmp = protocol(IPPROTO_ICMP, 0xff),
               half = protocol(IPPROTO_UDP, 0x0f);
    const auto tag = [](std::uint16_t tci, std::uint16_t counts, std::uint16_t inner = 0,
                        std::uint16_t inner_counts = 0) {
        std::pair<rte_flow_item_vlan, rte_flow_item_vlan> vlan{};
        vlan.first.hdr.vlan_tci = htons(tci);
        vlan.second.hdr.vlan_tci = htons(counts);
        vlan.first.hdr.eth_proto = htons(inner);
        vlan.second.hdr.eth_proto = htons(inner_counts);
        return vlan;
    };
    const auto vid_0 = tag(0, 0x0fff), dei = tag(0x1001, 0xffff), some_bits = tag(1, 0x00ff), any_tag = tag(0, 0),
               ipv6_inside = tag(1, 0x0fff, 0x86dd, 0xffff), part_of_type = tag(1, 0x0fff, 0x0800, 0xff00);
    const rte_flow_item_udp udp{};
    const rte_flow_item address = item(RTE_FLOW_ITEM_TYPE_IPV4, plain), datagram = item(RTE_FLOW_ITEM_TYPE_UDP, udp);
    const auto ip = [](const auto& pair) { return item(RTE_FLOW_ITEM_TYPE_IPV4, pair.first, &pair.second); };
    const auto vlan = [](const auto& pair) { return item(RTE_FLOW_ITEM_TYPE_VLAN, pair.first, &pair.second); };
    const struct {
        std::vector<rte_flow_item> pattern;
        const char* words;
    } rows[] = {
        {{item(RTE_FLOW_ITEM_TYPE_ETH, tagged, &tagged_mask), address}, "only the EtherType"},
        {{kEth, ip(tcp_says), datagram}, "contradicts"},
        {{kEth, ip(icmp)}, "each as a whole"},
        {{kEth, ip(half)}, "each as a whole"},
        {{kEth, vlan(vid_0), address}, "no tag"},
        {{kEth, vlan(dei), address}, "each as a whole"},
        {{kEth, vlan(some_bits), address}, "each as a whole"},
        {{kEth, vlan(any_tag), address}, "each as a whole"},
        {{kEth, {RTE_FLOW_ITEM_TYPE_VLAN, nullptr, nullptr, nullptr}, address}, "each as a whole"},
        {{kEth, vlan(ipv6_inside), address}, "only its TCI"},
        {{kEth, vlan(part_of_type), address}, "only its TCI"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(create(row.pattern, {to_queue(0)}), nullptr) << row.words;
        EXPECT_NE(why().find(row.words), std::string::npos) << why();
    }
    EXPECT_TRUE(table.rules.empty());
    const auto udp_says = protocol(IPPROTO_UDP, 0xff);
    EXPECT_NE(create({kEth, ip(udp_says), datagram}, {to_queue(0)}), nullptr) << "both say the same: " << why();
}

TEST_F(Flow, AnActionWithoutItsConfigurationIsRefused) {
    start();
    const rte_flow_item_ipv4 ip = to_address(1);
    for (const rte_flow_action_type type : {RTE_FLOW_ACTION_TYPE_QUEUE, RTE_FLOW_ACTION_TYPE_MARK})
        EXPECT_EQ(create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {{type, nullptr}}), nullptr);
}

TEST_F(Flow, TheKernelsRefusalIsHandedOn) {
    start();
    const rte_flow_item_ipv4 ip = to_address(1);
    table.refusal = -EOPNOTSUPP;
    EXPECT_EQ(create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {to_queue(0)}), nullptr);
    EXPECT_EQ(rte_errno, EOPNOTSUPP);
    EXPECT_NE(why().find("ntuple on"), std::string::npos);
    table.refusal = -EINVAL;
    EXPECT_EQ(create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {to_queue(0)}), nullptr);
    EXPECT_EQ(rte_errno, EINVAL);
    EXPECT_NE(why().find("one mask"), std::string::npos);
}

TEST_F(Flow, DestroyAndFlushTakeOutOwnRulesOnly) {
    start();
    const rte_flow_item_ipv4 one = to_address(1), two = to_address(2), three = to_address(3);
    rte_flow* first = create({item(RTE_FLOW_ITEM_TYPE_IPV4, one)}, {to_queue(0)});
    rte_flow* second = create({item(RTE_FLOW_ITEM_TYPE_IPV4, two)}, {to_queue(0)});
    ASSERT_NE(create({item(RTE_FLOW_ITEM_TYPE_IPV4, three)}, {to_queue(0)}), nullptr);
    table.rules[5] = {};
    ASSERT_EQ(0, rte_flow_destroy(port, first, &error));
    EXPECT_FALSE(table.rules.contains(kPlaces - 1));
    table.rules[kPlaces - 2].ring_cookie = 3;  // somebody replaced the second one
    ASSERT_EQ(0, rte_flow_destroy(port, second, &error));
    EXPECT_TRUE(table.rules.contains(kPlaces - 2));
    ASSERT_EQ(0, rte_flow_flush(port, &error));
    EXPECT_EQ(table.rules.size(), 2u);
    EXPECT_TRUE(table.rules.contains(5));
}

// Somebody has put a rule into the place of ours that differs in one field, whichever: it is not ours to take out, and
// ours is added again elsewhere.
TEST_F(Flow, ARuleIsOursOnlyIfAllOfItIs) {
    start();
    rte_flow_item_udp udp{};
    udp.hdr.dst_port = htons(4000);
    const rte_flow_item_ipv4 ip = to_address(1);
    using Change = void (*)(ethtool_rx_flow_spec&);
    for (const Change change : std::initializer_list<Change>{
             [](auto& spec) { spec.h_u.udp_ip4_spec.pdst ^= 1; }, [](auto& spec) { spec.h_u.udp_ip4_spec.psrc ^= 1; },
             [](auto& spec) { spec.m_u.udp_ip4_spec.pdst ^= 1; }, [](auto& spec) { spec.m_u.udp_ip4_spec.ip4dst ^= 1; },
             [](auto& spec) { spec.h_u.udp_ip4_spec.tos ^= 1; }, [](auto& spec) { spec.h_ext.vlan_tci ^= 1; },
             [](auto& spec) { spec.m_ext.vlan_tci ^= 1; }, [](auto& spec) { spec.h_ext.vlan_etype ^= 1; },
             [](auto& spec) { spec.h_ext.data[1] ^= 1; }, [](auto& spec) { spec.ring_cookie ^= 1; },
             [](auto& spec) { spec.flow_type = TCP_V4_FLOW; }}) {
        ASSERT_NE(create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip), item(RTE_FLOW_ITEM_TYPE_UDP, udp)}, {to_queue(0)}),
                  nullptr);
        change(table.rules.at(kPlaces - 1));
        ASSERT_EQ(0, rte_eth_dev_stop(port));
        ASSERT_EQ(0, rte_eth_dev_start(port));
        EXPECT_TRUE(table.rules.contains(kPlaces - 2)) << "not restored";
        ASSERT_EQ(0, rte_flow_flush(port, &error));
        EXPECT_FALSE(table.rules.contains(kPlaces - 2));
        EXPECT_EQ(table.rules.erase(kPlaces - 1), 1u) << "the administrator's was taken out";
    }
}

TEST_F(Flow, ADriverMayTellMoreOfARuleThanItWasGiven) {
    start();
    table.tell = [](ethtool_rx_flow_spec& spec) {
        spec.m_u.usr_ip4_spec.tos = 0xff;
        spec.m_ext.vlan_tci = 0xffff;
        spec.flow_type |= FLOW_EXT;
    };
    const rte_flow_item_ipv4 ip = to_address(1);
    rte_flow* const flow = create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {to_queue(0)});
    ASSERT_NE(flow, nullptr);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_EQ(table.rules.size(), 1u);
    ASSERT_EQ(0, rte_flow_destroy(port, flow, &error));
    EXPECT_TRUE(table.rules.empty());
}

TEST_F(Flow, AQueryIsToldThatTheNicCountsNothingForARule) {
    start();
    const rte_flow_item_ipv4 ip = to_address(1);
    rte_flow* const flow = create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {to_queue(0)});
    ASSERT_NE(flow, nullptr);
    rte_flow_query_count count{};
    const rte_flow_action action[] = {{RTE_FLOW_ACTION_TYPE_COUNT, nullptr}, {RTE_FLOW_ACTION_TYPE_END, nullptr}};
    EXPECT_EQ(rte_flow_query(port, flow, action, &count, &error), -ENOTSUP);
    EXPECT_NE(why().find("count nothing"), std::string::npos) << why();
    EXPECT_EQ(table.rules.size(), 1u);
}

TEST_F(Flow, RulesAreAddedAgainAfterAResetAndEndWithThePort) {
    start();
    const rte_flow_item_ipv4 ip = to_address(1);
    ASSERT_NE(create({item(RTE_FLOW_ITEM_TYPE_IPV4, ip)}, {to_queue(0)}), nullptr);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_EQ(table.rules.size(), 1u);
    table.rules.clear();
    table.rules[kPlaces - 1] = {};  // and somebody else's is there now
    fake.reset_by_kernel();
    ASSERT_EQ(0, rte_eth_dev_start(port));
    ASSERT_TRUE(table.rules.contains(kPlaces - 2));
    EXPECT_EQ(table.rules[kPlaces - 2].ring_cookie, kFirst);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_close(port));
    EXPECT_EQ(table.rules.size(), 1u);
}

TEST_F(Flow, BorrowedQueuesAreIsolatedByNature) {
    EXPECT_EQ(0, rte_flow_isolate(port, 1, &error));
    EXPECT_EQ(-ENOTSUP, rte_flow_isolate(port, 0, &error));
}

}  // namespace
