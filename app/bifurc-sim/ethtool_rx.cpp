// SPDX-License-Identifier: BSD-3-Clause
// Rx classification (ethtool -n, -N) and RSS (-x, -X). Facts from Linux:
// drivers/net/ethernet/intel/ixgbe/ixgbe_ethtool.c and net/ethtool/ioctl.c.
#include <algorithm>
#include <cstddef>

#include "ethtool_parts.h"

namespace bifurc::sim {
namespace {

// Handlers that take the whole structure, and what they do with it.
template <typename Act>
EthtoolReply with_rxnfc(Payload payload, Act act) {
    ethtool_rxnfc request{};
    if (!take(payload, request)) return failed(-EINVAL);
    const int error = act(request);
    return error != 0 ? failed(error) : answer(request);
}

// What RSS hashes; fixed. ixgbe takes UDP's ports only when asked to (-N rx-flow-hash), TCP's always.
bool hash_fields(std::uint32_t flow_type, std::uint64_t& fields) {
    constexpr std::uint64_t kAddresses = RXH_IP_SRC | RXH_IP_DST;
    switch (flow_type) {
        case TCP_V4_FLOW:
        case TCP_V6_FLOW:
            fields = kAddresses | RXH_L4_B_0_1 | RXH_L4_B_2_3;
            return true;
        case UDP_V4_FLOW:
        case SCTP_V4_FLOW:
        case AH_ESP_V4_FLOW:
        case AH_V4_FLOW:
        case ESP_V4_FLOW:
        case IPV4_FLOW:
        case UDP_V6_FLOW:
        case SCTP_V6_FLOW:
        case AH_ESP_V6_FLOW:
        case AH_V6_FLOW:
        case ESP_V6_FLOW:
        case IPV6_FLOW:
            fields = kAddresses;
            return true;
        default:
            return false;
    }
}

void append_table(EthtoolReply& reply, std::span<const std::uint8_t> table, std::size_t count) {
    for (const std::uint8_t queue : table.first(count)) {
        const std::uint32_t entry = queue;
        append(reply, &entry, 1);
    }
}

}  // namespace

EthtoolReply get_rx_rings(Port& port, Payload payload) {
    return with_rxnfc(payload, [&](ethtool_rxnfc& request) {
        request.data = port.rss_queues();
        return 0;
    });
}

// Comes without the flow specification (linux/ethtool.h: the structure's first version), goes back so.
EthtoolReply get_hash_fields(Port&, Payload payload) {
    constexpr std::size_t kShort = offsetof(ethtool_rxnfc, data) + sizeof(ethtool_rxnfc::data);
    if (payload.size() < kShort) return failed(-EINVAL);
    ethtool_rxnfc request{};
    std::memcpy(&request, payload.data(), kShort);
    std::uint64_t fields = 0;
    if (!hash_fields(request.flow_type, fields)) return failed(-EINVAL);
    request.data = fields;
    EthtoolReply reply = answer(request);
    reply.payload.resize(kShort);
    return reply;
}

EthtoolReply get_rule_count(Port& port, Payload payload) {
    return with_rxnfc(payload, [&](ethtool_rxnfc& request) {
        request.rule_cnt = static_cast<std::uint32_t>(port.rules().locations().size());
        return 0;
    });
}

EthtoolReply get_rule(Port& port, Payload payload) {
    return with_rxnfc(payload,
                      [&](ethtool_rxnfc& request) { return port.rules().get(request.fs.location, request.fs); });
}

EthtoolReply get_rule_locations(Port& port, Payload payload) {
    const std::vector<std::uint32_t> locations = port.rules().locations();
    EthtoolReply reply = with_rxnfc(payload, [&](ethtool_rxnfc& request) {
        if (locations.size() > request.rule_cnt) return -EMSGSIZE;
        request.data = port.rules().capacity();
        request.rule_cnt = static_cast<std::uint32_t>(locations.size());
        return 0;
    });
    if (reply.error != 0) return reply;
    // The list begins where the structure's last member does, which is before its padding.
    constexpr std::size_t kListAt = offsetof(ethtool_rxnfc, rule_locs);
    const std::size_t len = locations.size() * sizeof(locations[0]);
    reply.payload.resize(std::max(sizeof(ethtool_rxnfc), kListAt + len));
    if (len != 0) std::memcpy(reply.payload.data() + kListAt, locations.data(), len);
    return reply;
}

EthtoolReply add_rule(Port& port, Payload payload) {
    return with_rxnfc(payload, [&](ethtool_rxnfc& request) { return port.rules().add(request.fs); });
}

EthtoolReply remove_rule(Port& port, Payload payload) {
    EthtoolReply reply =
        with_rxnfc(payload, [&](ethtool_rxnfc& request) { return port.rules().remove(request.fs.location); });
    return failed(reply.error);  // nothing comes back
}

EthtoolReply get_rss(Port& port, Payload payload) {
    ethtool_rxfh request{};
    if (!take(payload, request)) return failed(-EINVAL);
    if (request.rss_context != 0) return failed(-EOPNOTSUPP);
    const std::span<const std::uint8_t> table = port.rss_table();
    const std::span<const std::uint8_t> key = port.rss_key();
    const std::size_t entries = request.indir_size;
    const std::size_t key_bytes = request.key_size;
    // Either is asked for whole or, with 0, just its size.
    if ((entries != 0 && entries != table.size()) || (key_bytes != 0 && key_bytes != key.size()))
        return failed(-EINVAL);
    request.indir_size = static_cast<std::uint32_t>(table.size());
    request.key_size = static_cast<std::uint32_t>(key.size());
    request.hfunc = 1;  // bit 0 of ETH_SS_RSS_HASH_FUNCS: toeplitz
    EthtoolReply reply = answer(request);
    append_table(reply, table, entries);
    append(reply, key.data(), key_bytes);
    return reply;
}

// The table only: the key stays. What follows the structure is words, a queue each.
EthtoolReply set_rss(Port& port, Payload payload) {
    constexpr std::uint32_t kDefault = 0, kNoChange = 0xffffffff;  // ETH_RXFH_INDIR_NO_CHANGE
    ethtool_rxfh request{};
    if (!take(payload, request)) return failed(-EINVAL);
    if (request.rss_context != 0 || request.key_size != 0 || request.hfunc > 1) return failed(-EOPNOTSUPP);
    if (request.indir_size == kNoChange) return failed(0);
    if (request.indir_size == kDefault) return failed(port.set_rss_table({}));
    const Payload words = payload.subspan(sizeof(request));
    if (request.indir_size != port.rss_table().size() || words.size() < request.indir_size * sizeof(std::uint32_t))
        return failed(-EINVAL);
    std::vector<std::uint8_t> table;
    for (std::size_t i = 0; i < request.indir_size; ++i) {
        std::uint32_t queue = 0;
        std::memcpy(&queue, words.data() + i * sizeof(queue), sizeof(queue));
        if (queue > 0xff) return failed(-EINVAL);
        table.push_back(static_cast<std::uint8_t>(queue));
    }
    return failed(port.set_rss_table(table));
}

EthtoolReply get_rss_table(Port& port, Payload payload) {
    ethtool_rxfh_indir request{};
    if (!take(payload, request)) return failed(-EINVAL);
    const std::span<const std::uint8_t> table = port.rss_table();
    const std::size_t room = request.size;
    request.size = static_cast<std::uint32_t>(table.size());
    EthtoolReply reply = answer(request);
    append_table(reply, table, std::min(room, table.size()));
    return reply;
}

}  // namespace bifurc::sim
