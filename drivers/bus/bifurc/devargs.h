// SPDX-License-Identifier: BSD-3-Clause
// What a user writes behind the device's name: --vdev=rte_bifurc0,iface=eth0,qpairs=2 and -a bifurc:eth0,qpairs=2.
// A pure parser: no EAL, no system calls, no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bifurc/bifurc_uapi.h"

namespace bifurc::bus {

inline constexpr std::size_t kIfaceSize = 128;  // the kernel's ALTIFNAMSIZ, with the NUL
inline constexpr std::uint32_t kMaxPairs = 64;
inline constexpr std::uint32_t kMaxFirst = 65535;  // the NIC's own limit is the kernel's to say

struct Devargs {
    std::array<char, kIfaceSize> iface{};  // NUL-terminated
    std::uint32_t pairs = 1;
    std::uint32_t first = BIFURC_FIRST_ANY;
    bool strict = false;  // refuse a split that is not isolated

    [[nodiscard]] std::uint32_t split_flags() const noexcept { return strict ? BIFURC_SPLIT_STRICT : 0; }
};

// One sentence: what is wrong, by name, and what is allowed.
using Sentence = std::array<char, 256>;

// As the kernel's dev_valid_name (net/core/dev.c).
[[nodiscard]] bool valid_iface(std::string_view name) noexcept;

// named_iface: the netdev when the device's own name says it (then the key iface is refused), else empty.
[[nodiscard]] bool parse_devargs(std::string_view text, std::string_view named_iface, Devargs& parsed,
                                 Sentence& why_not) noexcept;

}  // namespace bifurc::bus
