// SPDX-License-Identifier: BSD-3-Clause
// String sets, and the statistics that one of them names. The other sets are the kernel's.
#include <algorithm>
#include <array>

#include "ethtool_netdev.h"
#include "ethtool_parts.h"
#include "shim/protocol.h"

namespace bifurc::sim {
namespace {

// ethtool_sset_info for one set, with room for its size.
struct SetSize {
    std::uint32_t cmd = ETHTOOL_GSSET_INFO;
    std::uint32_t reserved = 0;
    std::uint64_t sset_mask = 0;
    std::uint32_t size = 0;
};
static_assert(offsetof(SetSize, size) == sizeof(ethtool_sset_info));

// false: there is no such set.
bool size_of_set(const Port& port, unsigned set, std::uint32_t& size) {
    if (set == ETH_SS_STATS) {
        size = static_cast<std::uint32_t>(port.stats().size());
        return true;
    }
    SetSize question{.sset_mask = std::uint64_t{1} << set};
    if (netdev_ethtool(port.name(), std::as_writable_bytes(std::span(&question, 1))) != 0) return false;
    size = question.size;
    return question.sset_mask != 0;
}

using Name = std::array<char, ETH_GSTRING_LEN>;

EthtoolReply stat_names(const Port& port, ethtool_gstrings strings) {
    const std::vector<Stat> stats = port.stats();
    strings.len = static_cast<std::uint32_t>(stats.size());
    EthtoolReply reply = answer(strings);
    for (const Stat& stat : stats) {
        Name name{};
        stat.name.copy(name.data(), name.size() - 1);
        append(reply, name.data(), name.size());
    }
    return reply;
}

}  // namespace

EthtoolReply get_set_sizes(Port& port, Payload payload) {
    ethtool_sset_info info{};
    if (!take(payload, info)) return failed(-EINVAL);
    std::vector<std::uint32_t> sizes;
    for (unsigned set = 0; set < 64; ++set) {
        const std::uint64_t bit = std::uint64_t{1} << set;
        if ((info.sset_mask & bit) == 0) continue;
        std::uint32_t size = 0;
        if (size_of_set(port, set, size)) {
            sizes.push_back(size);
        } else {
            info.sset_mask &= ~bit;
        }
    }
    EthtoolReply reply = answer(info);
    append(reply, sizes.data(), sizes.size());
    return reply;
}

EthtoolReply get_strings(Port& port, Payload payload) {
    ethtool_gstrings strings{};
    if (!take(payload, strings)) return failed(-EINVAL);
    if (strings.string_set == ETH_SS_STATS) return stat_names(port, strings);
    std::uint32_t count = 0;
    if (strings.string_set >= 64 || !size_of_set(port, strings.string_set, count)) return failed(-EOPNOTSUPP);
    // The kernel counts anew when it answers; room for more costs nothing.
    EthtoolReply reply{.error = 0, .payload = std::vector<std::byte>(shim::kMaxPayload)};
    std::memcpy(reply.payload.data(), &strings, sizeof(strings));
    reply.error = netdev_ethtool(port.name(), reply.payload);
    if (reply.error != 0) return failed(reply.error);
    std::memcpy(&strings, reply.payload.data(), sizeof(strings));
    reply.payload.resize(std::min(sizeof(strings) + std::size_t{strings.len} * ETH_GSTRING_LEN, reply.payload.size()));
    return reply;
}

EthtoolReply get_stats(Port& port, Payload payload) {
    ethtool_stats head{};
    if (!take(payload, head)) return failed(-EINVAL);
    const std::vector<Stat> stats = port.stats();
    head.n_stats = static_cast<std::uint32_t>(stats.size());
    EthtoolReply reply = answer(head);
    for (const Stat& stat : stats) append(reply, &stat.value, 1);
    return reply;
}

}  // namespace bifurc::sim
