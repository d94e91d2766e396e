// SPDX-License-Identifier: BSD-3-Clause
// DPDK 22.11 forgets to say in this header that its functions are C: it comes first, and alone.
#include <x86intrin.h>
extern "C" {
#include <rte_vect.h>
}

#include "simd_width.h"

#include <cstdint>

namespace bifurc::test {

SimdWidth::SimdWidth(unsigned bits) : before_(rte_vect_get_max_simd_bitwidth()) {
    rte_vect_set_max_simd_bitwidth(static_cast<std::uint16_t>(bits));
}
SimdWidth::~SimdWidth() { rte_vect_set_max_simd_bitwidth(static_cast<std::uint16_t>(before_)); }

}  // namespace bifurc::test
