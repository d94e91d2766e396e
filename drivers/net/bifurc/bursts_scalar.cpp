// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"

namespace bifurc::net {

constexpr BurstVariant kScalarBursts = make_bursts<kScalar>("Scalar", 0);

}  // namespace bifurc::net
