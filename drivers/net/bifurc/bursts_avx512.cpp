// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

constexpr BurstVariant kAvx512Bursts = make_bursts<64>("Vector AVX-512", 512);

}  // namespace bifurc::net
