// SPDX-License-Identifier: BSD-3-Clause
// The one place that turns a chip family into its policy type.
#pragma once

#include <cstdint>

#include "bifurc/bifurc_uapi.h"
#include "chip_82599.h"

namespace bifurc::net {

inline bool is_known_chip(std::uint32_t chip) noexcept { return chip == BIFURC_CHIP_82599; }

// f gets a value of the chip's policy type. The chip was checked when the port was probed.
template <class F>
auto with_chip(std::uint32_t chip, F f) {
    static_cast<void>(chip);
    return f(Chip82599{});
}

}  // namespace bifurc::net
