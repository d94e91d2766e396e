// SPDX-License-Identifier: BSD-3-Clause
// A file of its own: DPDK 22.11 forgets to say in this header that its functions are C, and it comes in with others.
#include <x86intrin.h>
extern "C" {
#include <rte_vect.h>
}

#include "simd_bits.h"

namespace bifurc::net {

unsigned max_simd_bits() { return rte_vect_get_max_simd_bitwidth(); }

}  // namespace bifurc::net
