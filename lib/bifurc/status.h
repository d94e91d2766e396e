// SPDX-License-Identifier: BSD-3-Clause
// A consistent copy of the status page, which its owner rewrites at any moment.
#pragma once

#include "bifurc_uapi.h"
#include "result.h"

namespace bifurc::client {

// EAGAIN: the writer did not rest during a bounded number of tries. EPROTO: the page is shorter than version 1's.
Result<bifurc_status> read_status(const volatile bifurc_status& page) noexcept;

}  // namespace bifurc::client
