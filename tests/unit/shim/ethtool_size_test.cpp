// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool_size.h"

#include <gtest/gtest.h>
#include <linux/ethtool.h>

#include <cstring>
#include <vector>

#include "protocol.h"

namespace bifurc::shim {
namespace {

template <typename T>
T command(std::uint32_t cmd) {
    T structure;  // not {}: clang counts that as making a flexible array of no elements
    std::memset(&structure, 0, sizeof(structure));
    structure.cmd = cmd;
    return structure;
}

template <typename T>
EthtoolSize size_of(const T& structure) {
    std::vector<std::byte> head(ethtool_head_size(structure.cmd));
    std::memcpy(head.data(), &structure, std::min(head.size(), sizeof(structure)));
    return ethtool_size(structure.cmd, head);
}

template <typename T>
T features(std::uint32_t cmd, std::uint32_t blocks) {
    auto structure = command<T>(cmd);
    structure.size = blocks;
    return structure;
}

TEST(EthtoolSize, OfFixedStructures) {
    const auto size = size_of(command<ethtool_channels>(ETHTOOL_GCHANNELS));
    EXPECT_EQ(size.in, sizeof(ethtool_channels));
    EXPECT_EQ(size.out, sizeof(ethtool_channels));
}

TEST(EthtoolSize, AnUnknownCommandIsJustItsNumber) {
    const auto size = size_of(ethtool_value{0xdeadbeef, 0xffffffff});
    EXPECT_EQ(size.in, sizeof(std::uint32_t));
    EXPECT_EQ(size.out, sizeof(std::uint32_t));
}

TEST(EthtoolSize, OfListsFollowsTheCounts) {
    auto all = command<ethtool_rxnfc>(ETHTOOL_GRXCLSRLALL);
    all.rule_cnt = 3;
    EXPECT_EQ(size_of(all).in, sizeof(all));
    EXPECT_EQ(size_of(all).out, offsetof(ethtool_rxnfc, rule_locs) + 3 * 4);
    all.rule_cnt = 0;
    EXPECT_EQ(size_of(all).out, sizeof(all));

    EXPECT_EQ(size_of(features<ethtool_gfeatures>(ETHTOOL_GFEATURES, 2)).out, 8U + 2 * 16);
    const auto set = size_of(features<ethtool_sfeatures>(ETHTOOL_SFEATURES, 2));
    EXPECT_EQ(set.in, 8U + 2 * 8);
    EXPECT_EQ(set.out, 8U);

    auto sets = command<ethtool_sset_info>(ETHTOOL_GSSET_INFO);
    sets.sset_mask = 0b1011;
    EXPECT_EQ(size_of(sets).out, 16U + 3 * 4);

    auto rss = command<ethtool_rxfh>(ETHTOOL_GRSSH);
    rss.indir_size = 128;
    rss.key_size = 40;
    EXPECT_EQ(size_of(rss).out, sizeof(rss) + 128 * 4 + 40);
    rss.cmd = ETHTOOL_SRSSH;
    EXPECT_EQ(size_of(rss).in, sizeof(rss) + 128 * 4 + 40);
    rss.indir_size = 0xffffffff;  // the table stays
    EXPECT_EQ(size_of(rss).in, sizeof(rss) + 40);
    EXPECT_EQ(size_of(rss).out, sizeof(rss));
}

TEST(EthtoolSize, TheLinkModeHandshakeHasNoMasks) {
    auto settings = command<ethtool_link_settings>(ETHTOOL_GLINKSETTINGS);
    EXPECT_EQ(size_of(settings).out, sizeof(settings));
    settings.link_mode_masks_nwords = -3;
    EXPECT_EQ(size_of(settings).out, sizeof(settings));
    settings.link_mode_masks_nwords = 3;
    EXPECT_EQ(size_of(settings).out, sizeof(settings) + 3 * 3 * 4);
}

TEST(EthtoolSize, HugeCountsAreBoundedOrTold) {
    auto rss = command<ethtool_rxfh>(ETHTOOL_GRSSH);
    rss.indir_size = rss.key_size = 0xffffffff;
    EXPECT_EQ(size_of(rss).in, sizeof(rss));
    EXPECT_EQ(size_of(rss).out, kMaxPayload);
    EXPECT_GT(size_of(features<ethtool_sfeatures>(ETHTOOL_SFEATURES, 0xffffffff)).in, kMaxPayload);
    EXPECT_EQ(size_of(command<ethtool_gstrings>(ETHTOOL_GSTRINGS)).out, kMaxPayload);
}

TEST(EthtoolSize, EveryHeadFitsTheShimsBuffer) {
    for (std::uint32_t cmd = 0; cmd < 0x100; cmd++) EXPECT_LE(ethtool_head_size(cmd), 256U) << cmd;
}

}  // namespace
}  // namespace bifurc::shim
