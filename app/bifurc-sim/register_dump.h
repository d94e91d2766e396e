// SPDX-License-Identifier: BSD-3-Clause
// The NIC's registers in the order of the Linux driver's dump, which ethtool knows how to print.
#pragma once

#include <cstdint>
#include <vector>

#include "model/nic.h"

namespace bifurc::sim {

// Nothing is changed by looking: counters show what they have counted since the NIC was reset.
[[nodiscard]] std::vector<std::uint32_t> register_dump(const model::Nic& nic);

}  // namespace bifurc::sim
