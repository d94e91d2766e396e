// SPDX-License-Identifier: BSD-3-Clause
// What a monitor may ask of this process's ports through DPDK's telemetry socket: /bifurc/list and /bifurc/info,PORT.
// Answers are given in telemetry's own threads.
#pragma once

#include <ethdev_driver.h>

namespace bifurc::net {

// The port may be asked about from then on.
void show_in_telemetry(const rte_eth_dev* dev);
// When it returns nobody looks at the port any more, nor at what it holds. Does nothing for one that was not shown.
void hide_from_telemetry(const rte_eth_dev* dev);

}  // namespace bifurc::net
