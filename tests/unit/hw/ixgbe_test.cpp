// SPDX-License-Identifier: BSD-3-Clause
// The second opinion on lib/hw: DPDK's own ixgbe base header.
#include "hw/ixgbe.h"

#include <gtest/gtest.h>

namespace {
using namespace bifurc::hw;

TEST(Reg, FieldsKeepTheirNeighbours) {
    const auto v = ixgbe::TXDCTL::value{0xffffffff}.with<ixgbe::TXDCTL::WTHRESH>(4);
    EXPECT_EQ(v.get<ixgbe::TXDCTL::WTHRESH>(), 4u);
    EXPECT_EQ(v.raw | ixgbe::TXDCTL::WTHRESH::mask, 0xffffffffu);
}
}  // namespace
