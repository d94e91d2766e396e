// SPDX-License-Identifier: BSD-3-Clause
// The second opinion on lib/hw/igb.h: DPDK's own e1000 base headers, from the driver SDK.
#include "hw/igb.h"

#include <gtest/gtest.h>
#include <linux/types.h>

#if __has_include("e1000_base/e1000_82575.h")
// What the header wants of DPDK's e1000_osdep.h, which drags half a driver in.
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s32 = std::int32_t;
struct e1000_hw;
#include "e1000_base/e1000_82575.h"
#include "e1000_base/e1000_defines.h"
#include "e1000_base/e1000_regs.h"

namespace {
using namespace bifurc::hw;

struct Row {
    const char* name;
    std::uint32_t (*ours)(unsigned);
    std::uint32_t (*theirs)(unsigned);
};

#define ROW(R)                                                                                                 \
    Row {                                                                                                      \
#R, [](unsigned i) { return igb::R::at(i); }, [](unsigned i) -> std::uint32_t { return E1000_##R(i); } \
    }

const Row kRows[] = {ROW(RDBAL), ROW(RDBAH),      ROW(RDLEN), ROW(SRRCTL), ROW(RDH),    ROW(DCA_RXCTRL),
                     ROW(RDT),   ROW(RXDCTL),     ROW(RQDPC), ROW(TDBAL),  ROW(TDBAH),  ROW(TDLEN),
                     ROW(TDH),   ROW(DCA_TXCTRL), ROW(TDT),   ROW(TXDCTL), ROW(TDWBAL), ROW(TDWBAH)};
#undef ROW

TEST(Igb, OffsetsAreThoseOfDpdk) {
    constexpr unsigned kAliased = 4;  // for these DPDK uses the other address
    for (const Row& row : kRows) {
        const std::uint32_t stride = row.theirs(kAliased + 1) - row.theirs(kAliased);
        for (unsigned i = 0; i < kAliased; ++i) {
            EXPECT_EQ(row.ours(i), row.theirs(kAliased) - (kAliased - i) * stride) << row.name << i;
        }
        for (unsigned i = kAliased; i < igb::kQueues; ++i) EXPECT_EQ(row.ours(i), row.theirs(i)) << row.name << i;
    }
}

TEST(Igb, AllQueueRegistersLieInTheTwoPagesThatAreMapped) {
    for (const Row& row : kRows) {
        for (unsigned i = 0; i < igb::kQueues; ++i) {
            const std::uint32_t page = row.ours(i) / igb::kPageLen;
            EXPECT_TRUE(page == 0xC || page == 0xE) << row.name << i;
        }
    }
}

TEST(Igb, FieldsAreThoseOfDpdk) {
    EXPECT_EQ(igb::SRRCTL::BSIZEPACKET::mask, std::uint32_t{E1000_SRRCTL_BSIZEPKT_MASK});
    EXPECT_EQ(igb::SRRCTL::BSIZEHEADER::mask, std::uint32_t{E1000_SRRCTL_BSIZEHDRSIZE_MASK});
    EXPECT_EQ(igb::SRRCTL::DESCTYPE::mask, std::uint32_t{E1000_SRRCTL_DESCTYPE_MASK});
    EXPECT_EQ(igb::SRRCTL::kAdvancedOneBuffer << igb::SRRCTL::DESCTYPE::lo,
              std::uint32_t{E1000_SRRCTL_DESCTYPE_ADV_ONEBUF});
    EXPECT_EQ(igb::SRRCTL::Timestamp::mask, std::uint32_t{E1000_SRRCTL_TIMESTAMP});
    EXPECT_EQ(igb::SRRCTL::Drop_En::mask, std::uint32_t{E1000_SRRCTL_DROP_EN});
    EXPECT_EQ(igb::RXDCTL::ENABLE::mask, std::uint32_t{E1000_RXDCTL_QUEUE_ENABLE});
    EXPECT_EQ(igb::RXDCTL::SWFLSH::mask, std::uint32_t{E1000_RXDCTL_SWFLSH});
    EXPECT_EQ(igb::TXDCTL::ENABLE::mask, std::uint32_t{E1000_TXDCTL_QUEUE_ENABLE});
    EXPECT_EQ(igb::TXDCTL::SWFLSH::mask, std::uint32_t{E1000_TXDCTL_SWFLSH});
    // The 82576's thresholds are one bit narrower than those of the older chips that DPDK's masks are for.
    EXPECT_EQ(igb::TXDCTL::PTHRESH::mask, E1000_TXDCTL_PTHRESH >> 1);
    EXPECT_EQ(igb::TXDCTL::HTHRESH::mask, (E1000_TXDCTL_HTHRESH >> 1) & E1000_TXDCTL_HTHRESH);
    EXPECT_EQ(igb::TXDCTL::WTHRESH::mask, (E1000_TXDCTL_WTHRESH >> 1) & E1000_TXDCTL_WTHRESH);
}

}  // namespace
#else
TEST(Igb, IsAsDpdkHasIt) { GTEST_SKIP() << "the driver SDK has no e1000 base headers; ./run setup fetches them"; }
#endif
