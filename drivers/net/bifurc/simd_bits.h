// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace bifurc::net {

// The widest vector registers that EAL allows drivers to use (--force-max-simd-bitwidth).
unsigned max_simd_bits();

}  // namespace bifurc::net
