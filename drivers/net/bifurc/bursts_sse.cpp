// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

constexpr BurstVariant kSseBursts = make_bursts<16>("Vector SSE", 128);

}  // namespace bifurc::net
