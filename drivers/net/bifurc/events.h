// SPDX-License-Identifier: BSD-3-Clause
// What the port's owner tells: link changes, resets, the end. Runs in EAL's interrupt thread.
#pragma once

#include <ethdev_driver.h>

namespace bifurc::net {

int watch_events(rte_eth_dev* dev);
void unwatch_events(rte_eth_dev* dev);

// Has the netdev or its driver gone? Looks at the socket, so that also a driver that died without a word is noticed.
int is_removed(rte_eth_dev* dev);

}  // namespace bifurc::net
