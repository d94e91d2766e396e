// SPDX-License-Identifier: BSD-3-Clause
#include "pair_table.h"

#include <algorithm>
#include <cerrno>

#include "bifurc/bifurc_uapi.h"

namespace bifurc::sim {

unsigned PairTable::free() const noexcept {
    return total() - kernel_ - static_cast<unsigned>(std::ranges::count(taken_, true));
}

bool PairTable::all_free(unsigned first, unsigned pairs) const noexcept {
    if (first < kernel_) return false;
    return std::none_of(taken_.begin() + first, taken_.begin() + first + pairs, [](bool taken) { return taken; });
}

int PairTable::take(std::uint32_t first, std::uint32_t pairs, std::uint32_t& got) {
    if (pairs == 0) return -EINVAL;
    if (first != BIFURC_FIRST_ANY) {
        if (pairs > total() || first > total() - pairs) return -EINVAL;
        if (!all_free(first, pairs)) return -EBUSY;
    } else {
        if (pairs > total()) return -ENOSPC;
        first = kernel_;
        while (first + pairs <= total() && !all_free(first, pairs)) ++first;
        if (first + pairs > total()) return -ENOSPC;
    }
    std::fill_n(taken_.begin() + first, pairs, true);
    got = first;
    return 0;
}

void PairTable::release(unsigned first, unsigned pairs) { std::fill_n(taken_.begin() + first, pairs, false); }

int PairTable::set_kernel(unsigned pairs) {
    if (pairs == 0 || pairs > total()) return -EINVAL;
    if (std::find(taken_.begin(), taken_.begin() + pairs, true) != taken_.begin() + pairs) return -EBUSY;
    kernel_ = pairs;
    return 0;
}

}  // namespace bifurc::sim
