// SPDX-License-Identifier: BSD-3-Clause
// Who has which queue pairs: the kernel the first ones, grants some of the others.
#pragma once

#include <cstdint>
#include <vector>

namespace bifurc::sim {

class PairTable {
public:
    PairTable(unsigned total, unsigned kernel) : kernel_(kernel), taken_(total, false) {}

    [[nodiscard]] unsigned total() const noexcept { return static_cast<unsigned>(taken_.size()); }
    [[nodiscard]] unsigned kernel() const noexcept { return kernel_; }
    [[nodiscard]] unsigned free() const noexcept;
    [[nodiscard]] bool granted(unsigned pair) const noexcept { return pair < total() && taken_[pair]; }

    // `pairs` neighbours from `first`, or from anywhere (BIFURC_FIRST_ANY). Negative errno as in bifurc_uapi.h.
    [[nodiscard]] int take(std::uint32_t first, std::uint32_t pairs, std::uint32_t& got);
    void release(unsigned first, unsigned pairs);
    // -EBUSY: a grant holds one of the kernel's new pairs.
    [[nodiscard]] int set_kernel(unsigned pairs);

private:
    [[nodiscard]] bool all_free(unsigned first, unsigned pairs) const noexcept;

    unsigned kernel_;
    std::vector<bool> taken_;  // by grants
};

}  // namespace bifurc::sim
