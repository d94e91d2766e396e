// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

// Frames are sent one by one: doc/adr/0009.
constexpr BurstVariant kSseBursts = make_bursts<16, kScalar>("Vector SSE", 128);

}  // namespace bifurc::net
