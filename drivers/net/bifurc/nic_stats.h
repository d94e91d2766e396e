// SPDX-License-Identifier: BSD-3-Clause
// The owner's statistics (ethtool -S) beside ours, with "nic_" before their names. They count the whole port since its
// driver was loaded, and resetting ours leaves them alone.
#pragma once

#include <ethdev_driver.h>

namespace bifurc::net {

[[nodiscard]] unsigned nic_stats_count(const rte_eth_dev* dev);
// `count` of them, as nic_stats_count said; what the kernel does not answer has empty names and zeros.
void nic_stats_names(const rte_eth_dev* dev, rte_eth_xstat_name* names, unsigned count);
void nic_stats_values(const rte_eth_dev* dev, rte_eth_xstat* values, unsigned count);

}  // namespace bifurc::net
