// SPDX-License-Identifier: BSD-3-Clause
// Questions to the port's owner, in the kernel's own terms (linux/ethtool.h), through the socket that the port has.
#pragma once

#include <ethdev_driver.h>
#include <net/if.h>

namespace bifurc::net {

// A netdev's ioctl, which goes by name: request gets the name that the port's netdev has now. 0 or a negative errno.
[[nodiscard]] int ask_netdev(const rte_eth_dev* dev, unsigned long command, ifreq& request);

// SIOCETHTOOL with a structure that begins with its command: 0 or a negative errno.
[[nodiscard]] int ask_ethtool(const rte_eth_dev* dev, void* structure);

}  // namespace bifurc::net
