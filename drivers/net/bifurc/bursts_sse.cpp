// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

// Frames are sent one by one: two at a time, as many as have room, took as long from a hot pool and a fifth longer from
// a cold one (./run bench burst).
constexpr BurstVariant kSseBursts = make_bursts<16, kScalar>("Vector SSE", 128);

}  // namespace bifurc::net
