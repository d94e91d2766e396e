// SPDX-License-Identifier: BSD-3-Clause
#include "flow_table.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "ethtool.h"

namespace bifurc::net {
namespace {

struct FreeStructure {
    void operator()(ethtool_rxnfc* structure) const { std::free(structure); }
};

// Which locations are taken, and how many there are.
class Locations {
public:
    int read(const rte_eth_dev* dev) {
        ethtool_rxnfc count{};
        count.cmd = ETHTOOL_GRXCLSRLCNT;
        if (const int rc = ask_ethtool(dev, &count); rc != 0) return rc;
        // Room for rules that somebody adds meanwhile.
        constexpr std::uint32_t kMore = 64;
        const std::uint32_t room = count.rule_cnt + kMore;
        all_.reset(static_cast<ethtool_rxnfc*>(std::calloc(1, sizeof(ethtool_rxnfc) + room * sizeof(std::uint32_t))));
        if (!all_) return -ENOMEM;
        all_->cmd = ETHTOOL_GRXCLSRLALL;
        all_->rule_cnt = room;
        if (const int rc = ask_ethtool(dev, all_.get()); rc != 0) return rc;
        return all_->rule_cnt <= room ? 0 : -EPROTO;
    }
    [[nodiscard]] std::uint64_t size() const { return all_->data; }
    [[nodiscard]] bool taken(std::uint32_t location) const {
        const std::span<const std::uint32_t> list{all_->rule_locs, all_->rule_cnt};
        return std::ranges::find(list, location) != list.end();
    }

private:
    std::unique_ptr<ethtool_rxnfc, FreeStructure> all_;
};

int choose_location(const rte_eth_dev* dev, const FlowRule& rule, std::uint32_t& location) {
    Locations locations;
    if (const int rc = locations.read(dev); rc != 0) return rc;
    if (rule.mark) {
        if (*rule.mark >= locations.size()) return -ENOSPC;
        location = *rule.mark;
        return locations.taken(location) ? -EEXIST : 0;
    }
    constexpr std::uint64_t kMost = 1 << 16;  // no NIC of these families is near it
    for (location = static_cast<std::uint32_t>(std::min(locations.size(), kMost)); location-- != 0;)
        if (!locations.taken(location)) return 0;
    return -ENOSPC;
}

}  // namespace

int add_rule(const rte_eth_dev* dev, FlowRule& rule) {
    ethtool_rxnfc request{};
    request.cmd = ETHTOOL_SRXCLSRLINS;
    request.fs = rule.spec;
    if (const int rc = choose_location(dev, rule, request.fs.location); rc != 0) return rc;
    if (const int rc = ask_ethtool(dev, &request); rc != 0) return rc;
    rule.spec.location = request.fs.location;
    return 0;
}

bool has_rule(const rte_eth_dev* dev, const FlowRule& rule) {
    ethtool_rxnfc request{};
    request.cmd = ETHTOOL_GRXCLSRULE;
    request.fs.location = rule.spec.location;
    if (ask_ethtool(dev, &request) != 0 || request.fs.ring_cookie != rule.spec.ring_cookie) return false;
    // Drivers answer more than they were given (masks of fields that a type has no use for), but what identifies a flow
    // stays.
    constexpr std::size_t kIdentity = sizeof(ethtool_tcpip4_spec::ip4src) * 2;
    return (request.fs.flow_type & ~std::uint32_t{FLOW_EXT}) == (rule.spec.flow_type & ~std::uint32_t{FLOW_EXT}) &&
           std::memcmp(&request.fs.h_u, &rule.spec.h_u, kIdentity) == 0;
}

int remove_rule(const rte_eth_dev* dev, const FlowRule& rule) {
    ethtool_rxnfc request{};
    request.cmd = ETHTOOL_SRXCLSRLDEL;
    request.fs.location = rule.spec.location;
    return ask_ethtool(dev, &request);
}

}  // namespace bifurc::net
