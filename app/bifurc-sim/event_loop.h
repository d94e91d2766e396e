// SPDX-License-Identifier: BSD-3-Clause
// One thread does everything, in turns: frames as long as there are some, requests and the kernel's news in between.
#pragma once

#include <memory>
#include <span>

#include "netdev_watch.h"
#include "server.h"
#include "sim_port.h"

namespace bifurc::sim {

// Acts on what the kernel has told of the netdevs until now.
void follow_netdevs(std::span<const std::unique_ptr<SimPort>> ports, NetdevWatch& watch);

// Until a signal arrives at `signal_fd`.
void run_event_loop(std::span<const std::unique_ptr<SimPort>> ports, Server& server, NetdevWatch& watch, int signal_fd);

}  // namespace bifurc::sim
