// SPDX-License-Identifier: BSD-3-Clause
#include "flow_pattern.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

namespace bifurc::net {
namespace {

constexpr std::uint16_t kAll16 = 0xffff;
constexpr std::uint16_t kVlanId = 0x0fff, kVlanPriority = 0xe000;

bool has_filter(std::uint8_t protocol) noexcept {
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

int refuse(rte_flow_error* error, rte_flow_error_type where, const void* cause, const char* why) noexcept {
    return rte_flow_error_set(error, ENOTSUP, where, cause, why);
}

// An item's values and what of them counts.
template <class T>
struct Matched {
    T spec{};
    T mask{};

    // false: a range, which no filter of the NIC has.
    bool take(const rte_flow_item& item, const T& usual_mask) noexcept {
        static_assert(std::is_trivially_copyable_v<T>);
        if (item.last != nullptr) return false;
        if (item.spec == nullptr) return item.mask == nullptr;
        std::memcpy(&spec, item.spec, sizeof(T));
        std::memcpy(&mask, item.mask != nullptr ? item.mask : &usual_mask, sizeof(T));
        return true;
    }
    // Nothing else counts: to be asked when the fields that can be matched have been cleared in the mask.
    [[nodiscard]] bool done() const noexcept {
        const auto* bytes = reinterpret_cast<const unsigned char*>(&mask);
        return std::all_of(bytes, bytes + sizeof(T), [](unsigned char byte) { return byte == 0; });
    }
};

// What counts where an item brings no mask (rte_flow.h has these for C only).
rte_flow_item_eth eth_mask() noexcept {
    rte_flow_item_eth mask{};
    for (unsigned i = 0; i < RTE_ETHER_ADDR_LEN; ++i)
        mask.hdr.dst_addr.addr_bytes[i] = mask.hdr.src_addr.addr_bytes[i] = 0xff;
    return mask;
}
rte_flow_item_vlan vlan_mask() noexcept {
    rte_flow_item_vlan mask{};
    mask.hdr.vlan_tci = RTE_BE16(0x0fff);
    return mask;
}
rte_flow_item_ipv4 ipv4_mask() noexcept {
    rte_flow_item_ipv4 mask{};
    mask.hdr.src_addr = mask.hdr.dst_addr = ~rte_be32_t{0};
    return mask;
}
template <class Item>
Item ports_mask() noexcept {
    Item mask{};
    mask.hdr.src_port = mask.hdr.dst_port = kAll16;
    return mask;
}

// Moves one field into the rule, the value under its mask, and answers what then is left of the mask: nothing. By
// value, since DPDK's headers are packed.
template <class Field>
Field move_field(Field& value, Field& counts, Field spec, Field mask) noexcept {
    counts = mask;
    value = static_cast<Field>(spec & mask);
    return 0;
}

class Translator {
public:
    Translator(ethtool_rx_flow_spec& spec, rte_flow_error* error) noexcept : spec_(spec), error_(error) {}

    int items(const rte_flow_item* item) noexcept {
        for (; item->type != RTE_FLOW_ITEM_TYPE_END; ++item) {
            if (item->type == RTE_FLOW_ITEM_TYPE_VOID) continue;
            if (int rc = one(*item); rc != 0) return rc;
        }
        return finish(item);
    }

private:
    int one(const rte_flow_item& item) noexcept {
        switch (item.type) {
            case RTE_FLOW_ITEM_TYPE_ETH:
                return eth(item);
            case RTE_FLOW_ITEM_TYPE_VLAN:
                return vlan(item);
            case RTE_FLOW_ITEM_TYPE_IPV4:
                return ipv4(item);
            case RTE_FLOW_ITEM_TYPE_TCP:
                return l4<rte_flow_item_tcp>(item, TCP_V4_FLOW, IPPROTO_TCP);
            case RTE_FLOW_ITEM_TYPE_UDP:
                return l4<rte_flow_item_udp>(item, UDP_V4_FLOW, IPPROTO_UDP);
            case RTE_FLOW_ITEM_TYPE_SCTP:
                return l4<rte_flow_item_sctp>(item, SCTP_V4_FLOW, IPPROTO_SCTP);
            default:
                return wrong(item, "the NIC's filters match Ethernet, VLAN, IPv4, TCP, UDP and SCTP only");
        }
    }

    int wrong(const rte_flow_item& item, const char* why) noexcept {
        return refuse(error_, RTE_FLOW_ERROR_TYPE_ITEM, &item, why);
    }

    int eth(const rte_flow_item& item) noexcept {
        Matched<rte_flow_item_eth> match;
        if (stage_ != Stage::start) return wrong(item, "Ethernet comes first, and once");
        if (!match.take(item, eth_mask())) return wrong(item, "ranges are not matched");
        const std::uint16_t type = match.mask.hdr.ether_type;
        if (type != 0 && type != kAll16) return wrong(item, "an EtherType is matched as a whole or not at all");
        if (type != 0) ethertype_ = match.spec.hdr.ether_type;
        match.mask.hdr.ether_type = 0;
        // The padding between and behind the flags, which are bits somewhere behind the header, may hold anything.
        const bool flags = match.mask.has_vlan != 0 || match.mask.reserved != 0;
        auto* const mask = reinterpret_cast<unsigned char*>(&match.mask);
        std::fill(mask + sizeof(match.mask.hdr), mask + sizeof(match.mask), static_cast<unsigned char>(0));
        stage_ = Stage::eth;
        return match.done() && !flags ? 0 : wrong(item, "of Ethernet only the EtherType is matched");
    }

    int vlan(const rte_flow_item& item) noexcept {
        Matched<rte_flow_item_vlan> match;
        if (stage_ != Stage::eth) return wrong(item, "VLAN comes behind Ethernet, and once");
        if (!match.take(item, vlan_mask())) return wrong(item, "ranges are not matched");
        if (ethertype_ && *ethertype_ != htons(0x8100)) return wrong(item, "the EtherType of a VLAN tag is 0x8100");
        ethertype_.reset();
        match.mask.hdr.vlan_tci =
            move_field(spec_.h_ext.vlan_tci, spec_.m_ext.vlan_tci, match.spec.hdr.vlan_tci, match.mask.hdr.vlan_tci);
        // The NIC takes 0 for "no tag", compares the identifier and the priority each as a whole, and never DEI.
        const std::uint16_t counts = ntohs(spec_.m_ext.vlan_tci);
        if (counts != kVlanId && counts != kVlanPriority && counts != (kVlanId | kVlanPriority))
            return wrong(item, "of a VLAN tag the identifier is matched, the priority, or both, each as a whole");
        if (spec_.h_ext.vlan_tci == 0)
            return wrong(item, "VLAN 0 is no tag for the NIC: frames without one would match, too");
        spec_.flow_type |= FLOW_EXT;
        if (match.mask.hdr.eth_proto == kAll16 && match.spec.hdr.eth_proto == htons(0x0800))
            match.mask.hdr.eth_proto = 0;  // IPv4 follows
        stage_ = Stage::vlan;
        return match.done() ? 0 : wrong(item, "of a VLAN tag only its TCI is matched");
    }

    int ipv4(const rte_flow_item& item) noexcept {
        Matched<rte_flow_item_ipv4> match;
        if (stage_ >= Stage::ipv4) return wrong(item, "IPv4 comes once, before TCP, UDP and SCTP");
        if (!match.take(item, ipv4_mask())) return wrong(item, "ranges are not matched");
        if (ethertype_ && *ethertype_ != htons(0x0800)) return wrong(item, "the EtherType of IPv4 is 0x0800");
        ethertype_.reset();
        auto& ip = spec_.h_u.usr_ip4_spec;
        auto& counts = spec_.m_u.usr_ip4_spec;
        match.mask.hdr.src_addr =
            move_field(ip.ip4src, counts.ip4src, match.spec.hdr.src_addr, match.mask.hdr.src_addr);
        match.mask.hdr.dst_addr =
            move_field(ip.ip4dst, counts.ip4dst, match.spec.hdr.dst_addr, match.mask.hdr.dst_addr);
        match.mask.hdr.next_proto_id =
            move_field(ip.proto, counts.proto, match.spec.hdr.next_proto_id, match.mask.hdr.next_proto_id);
        if (counts.proto != 0 && (counts.proto != 0xff || !has_filter(ip.proto)))
            return wrong(item, "of IPv4's protocols TCP, UDP and SCTP are matched, each as a whole");
        ip.ip_ver = ETH_RX_NFC_IP4;
        spec_.flow_type |= IP_USER_FLOW;
        stage_ = Stage::ipv4;
        return match.done() ? 0 : wrong(item, "of IPv4 only addresses and protocol are matched");
    }

    template <class Item>
    int l4(const rte_flow_item& item, std::uint32_t flow_type, std::uint8_t protocol) noexcept {
        Matched<Item> match;
        if (stage_ != Stage::ipv4) return wrong(item, "TCP, UDP and SCTP come behind IPv4");
        if (!match.take(item, ports_mask<Item>())) return wrong(item, "ranges are not matched");
        if (spec_.m_u.usr_ip4_spec.proto != 0 && spec_.h_u.usr_ip4_spec.proto != protocol)
            return wrong(item, "it contradicts the protocol that the IPv4 item names");
        // The addresses are where tcp_ip4_spec has them; the protocol is now in the flow's type.
        spec_.flow_type = (spec_.flow_type & FLOW_EXT) | flow_type;
        auto& ports = spec_.h_u.tcp_ip4_spec;
        auto& counts = spec_.m_u.tcp_ip4_spec;
        ports = {.ip4src = ports.ip4src, .ip4dst = ports.ip4dst, .psrc = 0, .pdst = 0, .tos = 0};
        counts = {.ip4src = counts.ip4src, .ip4dst = counts.ip4dst, .psrc = 0, .pdst = 0, .tos = 0};
        spec_.h_u.usr_ip4_spec.ip_ver = spec_.h_u.usr_ip4_spec.proto = spec_.m_u.usr_ip4_spec.proto = 0;
        match.mask.hdr.src_port = move_field(ports.psrc, counts.psrc, match.spec.hdr.src_port, match.mask.hdr.src_port);
        match.mask.hdr.dst_port = move_field(ports.pdst, counts.pdst, match.spec.hdr.dst_port, match.mask.hdr.dst_port);
        stage_ = Stage::l4;
        return match.done() ? 0 : wrong(item, "of TCP, UDP and SCTP only the ports are matched");
    }

    int finish(const rte_flow_item* end) noexcept {
        if (stage_ >= Stage::ipv4) return 0;
        if (stage_ != Stage::eth || !ethertype_)
            return wrong(*end, "a rule needs at least an EtherType, or IPv4; what is matched by less is everybody's");
        spec_.flow_type = ETHER_FLOW;
        spec_.h_u.ether_spec.h_proto = *ethertype_;
        spec_.m_u.ether_spec.h_proto = kAll16;
        return 0;
    }

    enum class Stage { start, eth, vlan, ipv4, l4 };
    ethtool_rx_flow_spec& spec_;
    rte_flow_error* error_;
    Stage stage_ = Stage::start;
    std::optional<std::uint16_t> ethertype_;  // as on the wire
};

int translate_actions(const rte_flow_action* action, std::uint32_t hw_first, unsigned queues, FlowRule& rule,
                      rte_flow_error* error) noexcept {
    const auto wrong = [&](const char* why) { return refuse(error, RTE_FLOW_ERROR_TYPE_ACTION, action, why); };
    bool decided = false;
    for (; action->type != RTE_FLOW_ACTION_TYPE_END; ++action) {
        if (action->type == RTE_FLOW_ACTION_TYPE_VOID) continue;
        const bool bare = action->type == RTE_FLOW_ACTION_TYPE_MARK || action->type == RTE_FLOW_ACTION_TYPE_QUEUE;
        if (bare && action->conf == nullptr) return wrong("it lacks its configuration");
        if (action->type == RTE_FLOW_ACTION_TYPE_MARK && !rule.mark) {
            rule.mark = static_cast<const rte_flow_action_mark*>(action->conf)->id;
            continue;
        }
        if (decided) return wrong("a rule has one queue, or drops");
        decided = true;
        if (action->type == RTE_FLOW_ACTION_TYPE_DROP) {
            rule.spec.ring_cookie = RX_CLS_FLOW_DISC;
        } else if (action->type == RTE_FLOW_ACTION_TYPE_QUEUE) {
            const std::uint16_t queue = static_cast<const rte_flow_action_queue*>(action->conf)->index;
            if (queue >= queues) return wrong("the port has no such queue");
            rule.spec.ring_cookie = hw_first + queue;
        } else {
            return wrong("a rule's actions are queue, drop and mark");
        }
    }
    return decided ? 0 : wrong("a rule needs a queue, or drop");
}

}  // namespace

int translate_flow(const rte_flow_attr* attributes, const rte_flow_item* pattern, const rte_flow_action* actions,
                   std::uint32_t hw_first, unsigned queues, FlowRule& rule, rte_flow_error* error) noexcept {
    const auto wrong = [&](rte_flow_error_type where, const char* why) {
        return refuse(error, where, attributes, why);
    };
    if (attributes == nullptr || attributes->ingress == 0 || attributes->egress != 0 || attributes->transfer != 0)
        return wrong(RTE_FLOW_ERROR_TYPE_ATTR, "rules are for received frames");
    if (attributes->group != 0) return wrong(RTE_FLOW_ERROR_TYPE_ATTR_GROUP, "there is one group");
    if (attributes->priority != 0) return wrong(RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY, "there is one priority");
    rule = {};
    if (int rc = Translator{rule.spec, error}.items(pattern); rc != 0) return rc;
    return translate_actions(actions, hw_first, queues, rule, error);
}

}  // namespace bifurc::net
