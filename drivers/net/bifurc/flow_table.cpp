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

// Whole, with masks and what lies between members: what a driver does not set is 0.
int read_rule(const rte_eth_dev* dev, std::uint32_t location, ethtool_rx_flow_spec& spec) {
    ethtool_rxnfc request{};
    request.cmd = ETHTOOL_GRXCLSRULE;
    request.fs.location = location;
    const int rc = ask_ethtool(dev, &request);
    std::memcpy(&spec, &request.fs, sizeof(spec));
    return rc;
}

// Nobody has put another rule there meanwhile, as far as every driver tells the same of one.
bool resembles(const ethtool_rx_flow_spec& told, const ethtool_rx_flow_spec& asked) {
    constexpr std::size_t kAddresses = sizeof(ethtool_tcpip4_spec::ip4src) * 2;
    return ((told.flow_type ^ asked.flow_type) & ~std::uint32_t{FLOW_EXT}) == 0 &&
           told.ring_cookie == asked.ring_cookie && std::memcmp(&told.h_u, &asked.h_u, kAddresses) == 0;
}

}  // namespace

int add_rule(const rte_eth_dev* dev, FlowRule& rule) {
    ethtool_rxnfc request{};
    request.cmd = ETHTOOL_SRXCLSRLINS;
    request.fs = rule.spec;
    if (const int rc = choose_location(dev, rule, request.fs.location); rc != 0) return rc;
    if (const int rc = ask_ethtool(dev, &request); rc != 0) return rc;
    rule.spec.location = request.fs.location;
    // What cannot be read again is not known again, and left to its administrator.
    if (read_rule(dev, rule.spec.location, rule.told) != 0 || !resembles(rule.told, rule.spec)) rule.told = {};
    return 0;
}

bool has_rule(const rte_eth_dev* dev, const FlowRule& rule) {
    ethtool_rx_flow_spec now;
    return read_rule(dev, rule.spec.location, now) == 0 && std::memcmp(&now, &rule.told, sizeof(now)) == 0;
}

int remove_rule(const rte_eth_dev* dev, const FlowRule& rule) {
    ethtool_rxnfc request{};
    request.cmd = ETHTOOL_SRXCLSRLDEL;
    request.fs.location = rule.spec.location;
    return ask_ethtool(dev, &request);
}

}  // namespace bifurc::net
