// SPDX-License-Identifier: BSD-3-Clause
// PTHRESH, HTHRESH and WTHRESH of RXDCTL and TXDCTL, in descriptors.
#pragma once

#include <cstdint>

namespace bifurc::net {

struct Thresholds {
    std::uint8_t prefetch, host, write_back;
};

}  // namespace bifurc::net
