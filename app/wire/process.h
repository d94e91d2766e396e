// SPDX-License-Identifier: BSD-3-Clause
// The beginning and the end of a program that runs until it is told to stop.
#pragma once

#include "unique_fd.h"

namespace bifurc::sim {

// SIGTERM and SIGINT become a descriptor, readable once one came, so that an event loop ends between two steps. SIGPIPE
// is ignored.
[[nodiscard]] UniqueFd catch_signals();

// Says "ready" on standard output, and with a byte to ready_fd unless it is -1.
void announce(int ready_fd);

}  // namespace bifurc::sim
