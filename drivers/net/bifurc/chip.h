// SPDX-License-Identifier: BSD-3-Clause
// The one place that turns a chip family into its policy type.
#pragma once

#include <cstdint>

#include "bifurc/bifurc_uapi.h"
#include "chip_82576.h"
#include "chip_82599.h"

namespace bifurc::net {

inline bool is_known_chip(std::uint32_t chip) noexcept {
    return chip == BIFURC_CHIP_82599 || chip == BIFURC_CHIP_82576;
}

// f gets a value of the chip's policy type. That the chip is a known one was checked when the port was probed.
template <class F>
auto with_chip(std::uint32_t chip, F f) {
    if (chip == BIFURC_CHIP_82576) return f(Chip82576{});
    return f(Chip82599{});
}

}  // namespace bifurc::net
