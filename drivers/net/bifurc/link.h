// SPDX-License-Identifier: BSD-3-Clause
// Link state, from the status page: no system call, and no register.
#pragma once

#include <ethdev_driver.h>

namespace bifurc::net {

// 0 if the link's state changed, -1 if not (what ethdev wants of link_update).
int link_update(rte_eth_dev* dev, int wait_to_complete);

}  // namespace bifurc::net
