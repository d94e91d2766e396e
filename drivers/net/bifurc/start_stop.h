// SPDX-License-Identifier: BSD-3-Clause
// The port as a whole: configure, start, stop, reset, MTU.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

int dev_configure(rte_eth_dev* dev);
int dev_start(rte_eth_dev* dev);
int dev_stop(rte_eth_dev* dev);
int dev_reset(rte_eth_dev* dev);
int mtu_set(rte_eth_dev* dev, std::uint16_t mtu);

}  // namespace bifurc::net
