// SPDX-License-Identifier: BSD-3-Clause
#include "steering_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "hw/ixgbe_device.h"

namespace bifurc::sim {

using namespace hw::ixgbe;

namespace {

constexpr std::uint8_t kAnyL4 = 0, kUdp = 1, kTcp = 2, kSctp = 3;

// ixgbe_flowspec_to_flow_type: which L4 type, or -1.
int l4_type_of(const ethtool_rx_flow_spec& spec) {
    switch (spec.flow_type & ~static_cast<std::uint32_t>(FLOW_EXT)) {
        case TCP_V4_FLOW:
            return kTcp;
        case UDP_V4_FLOW:
            return kUdp;
        case SCTP_V4_FLOW:
            return kSctp;
        case IP_USER_FLOW:
            break;
        default:
            return -1;
    }
    switch (spec.h_u.usr_ip4_spec.proto & spec.m_u.usr_ip4_spec.proto) {
        case IPPROTO_TCP:
            return kTcp;
        case IPPROTO_UDP:
            return kUdp;
        case IPPROTO_SCTP:
            return kSctp;
        default:
            return spec.m_u.usr_ip4_spec.proto == 0 ? kAnyL4 : -1;
    }
}

FlowKey addresses_and_ports(const ethtool_tcpip4_spec& spec) {
    return {.src_ip = ntohl(spec.ip4src),
            .dst_ip = ntohl(spec.ip4dst),
            .src_port = ntohs(spec.psrc),
            .dst_port = ntohs(spec.pdst)};
}

}  // namespace

bool to_flow(const ethtool_rx_flow_spec& spec, FlowKey& key, FlowMask& mask) {
    const int l4_type = l4_type_of(spec);
    if (l4_type < 0) return false;
    // usr_ip4_spec begins like tcp_ip4_spec, with l4_4_bytes where the ports are; both have a tos, which the NIC cannot
    // match. Linux lets that pass unmatched; a rule that means something else than it says is worse than an error.
    const bool user = (spec.flow_type & ~static_cast<std::uint32_t>(FLOW_EXT)) == IP_USER_FLOW;
    if ((user ? spec.m_u.usr_ip4_spec.tos : spec.m_u.tcp_ip4_spec.tos) != 0) return false;
    key = addresses_and_ports(spec.h_u.tcp_ip4_spec);
    mask = addresses_and_ports(spec.m_u.tcp_ip4_spec);
    key.l4_type = static_cast<std::uint8_t>(l4_type);
    mask.l4_type = l4_type == kAnyL4 ? 0 : 3;
    if ((spec.flow_type & FLOW_EXT) != 0) {
        if (spec.m_ext.data[0] != 0 || spec.m_ext.data[1] != 0) return false;  // pools: there are none
        key.vlan = ntohs(spec.h_ext.vlan_tci);
        mask.vlan = ntohs(spec.m_ext.vlan_tci);
        key.flex = ntohs(spec.h_ext.vlan_etype);
        mask.flex = ntohs(spec.m_ext.vlan_etype);
    }
    return FlowDirector::valid(mask);
}

SteeringRules::SteeringRules(model::Nic& nic, std::function<bool(unsigned)> usable)
    : bar_(nic), director_(nic), usable_(std::move(usable)) {}

int SteeringRules::queue_of(const ethtool_rx_flow_spec& spec, unsigned& queue) const {
    if (spec.ring_cookie == RX_CLS_FLOW_DISC) {
        queue = FlowDirector::kDropQueue;
        return 0;
    }
    constexpr std::uint64_t kHighestQueue = 0x7f;  // above: VF numbers, and there are no VFs
    if (spec.ring_cookie > kHighestQueue || !usable_(static_cast<unsigned>(spec.ring_cookie))) return -EINVAL;
    queue = static_cast<unsigned>(spec.ring_cookie);
    return 0;
}

// RX_CLS_LOC_ANY and its kin: from the end, where ethtool itself begins when it chooses.
int SteeringRules::choose_location(std::uint32_t& location) const {
    if (location < capacity()) return 0;
    if ((location & RX_CLS_LOC_SPECIAL) == 0) return -EINVAL;
    for (std::uint32_t candidate = capacity(); candidate-- > 0;) {
        if (rules_.contains(candidate)) continue;
        location = candidate;
        return 0;
    }
    return -ENOSPC;
}

int SteeringRules::add(ethtool_rx_flow_spec& spec) {
    if (!enabled_) return -EOPNOTSUPP;
    Rule rule;
    if (const int error = queue_of(spec, rule.queue); error != 0) return error;
    std::uint32_t location = spec.location;
    if (const int error = choose_location(location); error != 0) return error;
    rule.ether = spec.flow_type == ETHER_FLOW;
    if (const int error = rule.ether ? add_ether(spec, rule) : add_flow(spec, rule); error != 0) return error;
    spec.location = location;
    rule.spec = spec;
    if (const auto old = rules_.find(location); old != rules_.end()) erase(location, old->second);
    rules_[location] = rule;
    write(location, rule);
    return 0;
}

// Only what an EtherType filter compares: all of the EtherType, no address.
int SteeringRules::add_ether(const ethtool_rx_flow_spec& spec, Rule& rule) {
    const auto is_zero = [](unsigned char byte) { return byte == 0; };
    const ethhdr& mask = spec.m_u.ether_spec;
    if (mask.h_proto != 0xffff || !std::ranges::all_of(mask.h_dest, is_zero) ||
        !std::ranges::all_of(mask.h_source, is_zero)) {
        return -EINVAL;
    }
    std::array<bool, ETQF::count> taken{};
    for (const auto& [location, other] : rules_) {
        if (other.ether && location != spec.location) taken[other.slot] = true;
    }
    const auto free = std::ranges::find(taken, false);
    if (free == taken.end()) return -ENOSPC;
    rule.slot = static_cast<unsigned>(free - taken.begin());
    return 0;
}

int SteeringRules::add_flow(const ethtool_rx_flow_spec& spec, Rule& rule) {
    FlowMask mask;
    if (!to_flow(spec, rule.key, mask)) return -EINVAL;
    if (any_flow()) return mask == mask_ ? 0 : -EINVAL;
    mask_ = mask;
    director_.set_mask(mask_);
    return 0;
}

bool SteeringRules::any_flow() const {
    return std::ranges::any_of(rules_, [](const auto& entry) { return !entry.second.ether; });
}

int SteeringRules::remove(std::uint32_t location) {
    const auto rule = rules_.find(location);
    if (rule == rules_.end()) return -EINVAL;
    erase(location, rule->second);
    rules_.erase(rule);
    return 0;
}

int SteeringRules::get(std::uint32_t location, ethtool_rx_flow_spec& spec) const {
    const auto rule = rules_.find(location);
    if (rule == rules_.end()) return -EINVAL;
    spec = rule->second.spec;
    return 0;
}

std::vector<std::uint32_t> SteeringRules::locations() const {
    std::vector<std::uint32_t> all;
    for (const auto& [location, rule] : rules_) all.push_back(location);
    return all;
}

void SteeringRules::enable(bool on) {
    if (!on) {
        while (!rules_.empty()) static_cast<void>(remove(rules_.begin()->first));
    }
    if (on && !enabled_) director_.initialise();
    enabled_ = on;
}

void SteeringRules::restore() {
    if (!enabled_) return;
    director_.initialise();
    director_.set_mask(mask_);
    std::erase_if(rules_, [this](const auto& entry) {
        const auto& [location, rule] = entry;
        if (rule.queue == FlowDirector::kDropQueue || usable_(rule.queue)) return false;
        erase(location, rule);
        return true;
    });
    for (const auto& [location, rule] : rules_) write(location, rule);
}

void SteeringRules::drop_rules_to(unsigned first_queue, unsigned count) {
    std::erase_if(rules_, [&](const auto& entry) {
        const auto& [location, rule] = entry;
        if (rule.queue < first_queue || rule.queue - first_queue >= count) return false;
        erase(location, rule);
        return true;
    });
}

void SteeringRules::write(std::uint32_t location, const Rule& rule) {
    if (!rule.ether) {
        director_.add(rule.key, mask_, location, rule.queue);
        return;
    }
    bar_.write<ETQS>(rule.slot, ETQS::value{}.with<ETQS::Rx_Queue>(rule.queue).with<ETQS::Queue_Enable>(1));
    const std::uint32_t ethertype = ntohs(rule.spec.h_u.ether_spec.h_proto);
    bar_.write<ETQF>(rule.slot, ETQF::value{}.with<ETQF::EType>(ethertype).with<ETQF::Filter_Enable>(1));
}

void SteeringRules::erase(std::uint32_t location, const Rule& rule) {
    if (!rule.ether) {
        director_.remove(rule.key, mask_, location);
        return;
    }
    bar_.write<ETQF>(rule.slot, {0});
    bar_.write<ETQS>(rule.slot, {0});
}

}  // namespace bifurc::sim
