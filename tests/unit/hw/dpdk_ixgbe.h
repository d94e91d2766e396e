// SPDX-License-Identifier: BSD-3-Clause
// DPDK's own ixgbe base header, from the driver SDK, and rows that compare ours with it. BIFURC_HAS_DPDK_IXGBE: it is
// there.
#pragma once

#include <gtest/gtest.h>
#include <linux/types.h>

#include <cstdint>
#include <span>

#if __has_include("ixgbe_base/ixgbe_type.h")
#define BIFURC_HAS_DPDK_IXGBE 1
// What the header wants of DPDK's ixgbe_osdep.h, which drags half a driver in.
#define _IXGBE_OS_H_
#define IOMEM
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
struct ixgbe_lock {};  // a field of what DPDK 24.11 has for newer NICs
#include "ixgbe_base/ixgbe_type.h"

namespace bifurc::hw::test {

struct Offsets {
    const char* name;
    unsigned first, count;
    std::uint32_t (*ours)(unsigned);
    std::uint32_t (*theirs)(unsigned);
};

// One register; an array of them; an array whose first entries DPDK reaches at their other address.
#define ONE_AS(R, D)                                                                                                 \
    Offsets {                                                                                                        \
#R, 0, ixgbe::R::count, [](unsigned i) { return ixgbe::R::at(i); },                                          \
                                                                         [](unsigned) -> std::uint32_t { return D; } \
    }
#define ARRAY_FROM(FIRST, R, D)                                                                          \
    Offsets {                                                                                            \
#R, FIRST, ixgbe::R::count,                                                                      \
            [](unsigned i) { return ixgbe::R::at(i); }, [](unsigned i) -> std::uint32_t { return D(i); } \
    }
#define ONE(R) ONE_AS(R, IXGBE_##R)
#define ARRAY(R) ARRAY_FROM(0, R, IXGBE_##R)

struct Bits {
    const char* name;
    std::uint32_t ours, theirs;
};
#define BITS(R, F, D) \
    Bits { #R "." #F, ixgbe::R::F::mask, static_cast < std::uint32_t>(D) }
#define DESC(R, F, D) \
    Bits { #R "." #F, R::F::mask, static_cast < std::uint32_t>(D) }

inline void compare(std::span<const Offsets> rows) {
    for (const Offsets& row : rows) {
        ASSERT_LT(row.first, row.count) << row.name;
        for (unsigned i = row.first; i < row.count; ++i) EXPECT_EQ(row.ours(i), row.theirs(i)) << row.name << i;
    }
}

inline void compare(std::span<const Bits> rows) {
    for (const Bits& row : rows) EXPECT_EQ(row.ours, row.theirs) << row.name;
}

}  // namespace bifurc::hw::test
#endif
