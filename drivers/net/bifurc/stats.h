// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ethdev_driver.h>
#include <rte_version.h>

namespace bifurc::net {

#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
int stats_get(rte_eth_dev* dev, rte_eth_stats* stats, eth_queue_stats* queues);
#else
int stats_get(rte_eth_dev* dev, rte_eth_stats* stats);
#endif
int stats_reset(rte_eth_dev* dev);
int xstats_get_names(rte_eth_dev* dev, rte_eth_xstat_name* names, unsigned room);
int xstats_get(rte_eth_dev* dev, rte_eth_xstat* values, unsigned room);

}  // namespace bifurc::net
