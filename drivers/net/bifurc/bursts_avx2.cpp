// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

constexpr BurstVariant kAvx2Bursts = make_bursts<32>("Vector AVX2", 256);

}  // namespace bifurc::net
