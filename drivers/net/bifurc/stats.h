// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ethdev_driver.h>

#include <cstdint>
#include <tuple>

#include "port.h"

namespace bifurc::net {

struct QueueStats {
    std::uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors;
};

// Adds a pair to the port's sums and answers its own share.
QueueStats add_pair(const rte_eth_dev* dev, unsigned pair, rte_eth_stats& sum);

// Where the queues' own numbers go depends on DPDK's release: into rte_eth_stats, or (25.11) into a structure of their
// own, which may be missing. The type of eth_dev_ops::stats_get decides.
template <class... Own>
int stats_get(rte_eth_dev* dev, rte_eth_stats* stats, Own*... own) {
    auto* arrays = std::get<0>(std::tuple{own..., stats});
    for (unsigned pair = 0; pair < port_of(dev).pairs; ++pair) {
        const QueueStats queue = add_pair(dev, pair, *stats);
        if (arrays == nullptr || pair >= RTE_ETHDEV_QUEUE_STAT_CNTRS) continue;
        arrays->q_ipackets[pair] = queue.rx_packets;
        arrays->q_opackets[pair] = queue.tx_packets;
        arrays->q_ibytes[pair] = queue.rx_bytes;
        arrays->q_obytes[pair] = queue.tx_bytes;
        arrays->q_errors[pair] = queue.rx_errors;
    }
    return 0;
}

int stats_reset(rte_eth_dev* dev);
int xstats_get_names(rte_eth_dev* dev, rte_eth_xstat_name* names, unsigned room);
int xstats_get(rte_eth_dev* dev, rte_eth_xstat* values, unsigned room);

}  // namespace bifurc::net
