// SPDX-License-Identifier: BSD-3-Clause
#include "nic_stats.h"

#include <linux/ethtool.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "ethtool_tail.h"

namespace bifurc::net {
namespace {

// The kernel writes as many as it has at that moment, not as many as there is room for (net/ethtool/ioctl.c).
constexpr unsigned kSpare = 256;
constexpr unsigned kMost = 4096;

}  // namespace

unsigned nic_stats_count(const rte_eth_dev* dev) {
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    return ask_ethtool(dev, &info) == 0 ? std::min<unsigned>(info.n_stats, kMost) : 0;
}

void nic_stats_names(const rte_eth_dev* dev, rte_eth_xstat_name* names, unsigned count) {
    WithTail<ethtool_gstrings> strings{ETHTOOL_GSTRINGS, (count + kSpare) * std::size_t{ETH_GSTRING_LEN}};
    for (unsigned i = 0; i < count; ++i) names[i] = {};
    if (!strings) return;
    strings.head().string_set = ETH_SS_STATS;
    strings.head().len = count;
    if (strings.ask(dev) != 0) return;
    for (unsigned i = 0; i < std::min(count, strings.head().len); ++i) {
        const char* name = strings.tail<char>() + i * std::size_t{ETH_GSTRING_LEN};
        std::snprintf(names[i].name, sizeof(names[i].name), "nic_%.*s", int{ETH_GSTRING_LEN}, name);
    }
}

void nic_stats_values(const rte_eth_dev* dev, rte_eth_xstat* values, unsigned count) {
    WithTail<ethtool_stats> stats{ETHTOOL_GSTATS, (count + kSpare) * sizeof(std::uint64_t)};
    for (unsigned i = 0; i < count; ++i) values[i].value = 0;
    if (!stats) return;
    stats.head().n_stats = count;
    if (stats.ask(dev) != 0) return;
    for (unsigned i = 0; i < std::min(count, stats.head().n_stats); ++i)
        values[i].value = stats.tail<std::uint64_t>()[i];
}

}  // namespace bifurc::net
