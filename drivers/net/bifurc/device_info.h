// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ethdev_driver.h>

namespace bifurc::net {

int dev_infos_get(rte_eth_dev* dev, rte_eth_dev_info* info);

}  // namespace bifurc::net
