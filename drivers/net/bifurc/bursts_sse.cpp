// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

// Two frames at a time are sent no faster than one by one, and slower where their mbufs are not in the cache: their
// lengths, just written as such, are then read as a wider word, which waits until the lines are there.
constexpr BurstVariant kSseBursts = make_bursts<16, kScalar>("Vector SSE", 128);

}  // namespace bifurc::net
