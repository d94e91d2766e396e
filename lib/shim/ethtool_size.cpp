// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool_size.h"

#include <linux/ethtool.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "protocol.h"

namespace bifurc::shim {
namespace {

using Head = std::span<const std::byte>;

template <typename T>
T word_at(Head head, std::size_t offset) noexcept {
    T value{};
    std::memcpy(&value, head.data() + offset, sizeof(value));
    return value;
}

// How long is what follows the head?
using Tail = std::size_t (*)(Head);

constexpr Tail kNone = [](Head) -> std::size_t { return 0; };
// The driver's own count decides; the program asked for it before and made room.
constexpr Tail kAny = [](Head) -> std::size_t { return kMaxPayload; };

template <std::size_t offset, std::size_t element>
constexpr Tail kCounted = [](Head head) -> std::size_t { return word_at<std::uint32_t>(head, offset) * element; };

constexpr Tail kSets = [](Head head) -> std::size_t {
    const auto mask = word_at<std::uint64_t>(head, offsetof(ethtool_sset_info, sset_mask));
    return static_cast<std::size_t>(std::popcount(mask)) * sizeof(std::uint32_t);
};

constexpr Tail kRss = [](Head head) -> std::size_t {
    return word_at<std::uint32_t>(head, offsetof(ethtool_rxfh, indir_size)) * sizeof(std::uint32_t) +
           word_at<std::uint32_t>(head, offsetof(ethtool_rxfh, key_size));
};

// As kRss, where no number of entries stands for leaving the table as it is.
constexpr Tail kNewRss = [](Head head) -> std::size_t {
    constexpr std::uint32_t kNoChange = 0xffffffff;  // ETH_RXFH_INDIR_NO_CHANGE
    const auto key = word_at<std::uint32_t>(head, offsetof(ethtool_rxfh, key_size));
    return word_at<std::uint32_t>(head, offsetof(ethtool_rxfh, indir_size)) == kNoChange ? key : kRss(head);
};

// The list begins in the structure's last, otherwise padding, bytes.
constexpr Tail kLocations = [](Head head) -> std::size_t {
    constexpr std::size_t kPadding = sizeof(ethtool_rxnfc) - offsetof(ethtool_rxnfc, rule_locs);
    const std::size_t len = word_at<std::uint32_t>(head, offsetof(ethtool_rxnfc, rule_cnt)) * sizeof(std::uint32_t);
    return len > kPadding ? len - kPadding : 0;
};

// Three bit masks; 0 words in the first round, which asks for the number.
constexpr Tail kLinkModes = [](Head head) -> std::size_t {
    const auto words = word_at<std::int8_t>(head, offsetof(ethtool_link_settings, link_mode_masks_nwords));
    return words <= 0 ? 0 : 3 * sizeof(std::uint32_t) * static_cast<std::size_t>(words);
};

struct Row {
    std::uint32_t cmd;
    std::size_t head;
    Tail in = kNone;
    Tail out = kNone;
};

// GRXFH goes without the flow specification, as in the kernel's first version of the structure.
constexpr std::size_t kRxfhHead = offsetof(ethtool_rxnfc, data) + sizeof(ethtool_rxnfc::data);

constexpr std::array kRows{
    Row{ETHTOOL_GDRVINFO, sizeof(ethtool_drvinfo)},
    Row{ETHTOOL_GREGS, sizeof(ethtool_regs), kNone, kCounted<offsetof(ethtool_regs, len), 1>},
    Row{ETHTOOL_GLINK, sizeof(ethtool_value)},
    Row{ETHTOOL_NWAY_RST, sizeof(ethtool_value)},
    Row{ETHTOOL_GLINKSETTINGS, sizeof(ethtool_link_settings), kNone, kLinkModes},
    Row{ETHTOOL_GCHANNELS, sizeof(ethtool_channels)},
    Row{ETHTOOL_SCHANNELS, sizeof(ethtool_channels)},
    Row{ETHTOOL_GRINGPARAM, sizeof(ethtool_ringparam)},
    Row{ETHTOOL_SRINGPARAM, sizeof(ethtool_ringparam)},
    Row{ETHTOOL_GSSET_INFO, sizeof(ethtool_sset_info), kNone, kSets},
    Row{ETHTOOL_GSTRINGS, sizeof(ethtool_gstrings), kNone, kAny},
    Row{ETHTOOL_GSTATS, sizeof(ethtool_stats), kNone, kAny},
    Row{ETHTOOL_GEEPROM, sizeof(ethtool_eeprom), kNone, kCounted<offsetof(ethtool_eeprom, len), 1>},
    Row{ETHTOOL_GPAUSEPARAM, sizeof(ethtool_pauseparam)},
    Row{ETHTOOL_GMODULEINFO, sizeof(ethtool_modinfo)},
    Row{ETHTOOL_GMODULEEEPROM, sizeof(ethtool_eeprom), kNone, kCounted<offsetof(ethtool_eeprom, len), 1>},
    Row{ETHTOOL_GPERMADDR, sizeof(ethtool_perm_addr), kNone, kCounted<offsetof(ethtool_perm_addr, size), 1>},
    Row{ETHTOOL_GRXCSUM, sizeof(ethtool_value)},
    Row{ETHTOOL_GTXCSUM, sizeof(ethtool_value)},
    Row{ETHTOOL_GSG, sizeof(ethtool_value)},
    Row{ETHTOOL_GTSO, sizeof(ethtool_value)},
    Row{ETHTOOL_GGSO, sizeof(ethtool_value)},
    Row{ETHTOOL_GGRO, sizeof(ethtool_value)},
    Row{ETHTOOL_GFLAGS, sizeof(ethtool_value)},
    Row{ETHTOOL_GFEATURES, sizeof(ethtool_gfeatures), kNone,
        kCounted<offsetof(ethtool_gfeatures, size), sizeof(ethtool_get_features_block)>},
    Row{ETHTOOL_SFEATURES, sizeof(ethtool_sfeatures),
        kCounted<offsetof(ethtool_sfeatures, size), sizeof(ethtool_set_features_block)>, kNone},
    Row{ETHTOOL_GRXFH, kRxfhHead},
    Row{ETHTOOL_GRXRINGS, sizeof(ethtool_rxnfc)},
    Row{ETHTOOL_GRXCLSRLCNT, sizeof(ethtool_rxnfc)},
    Row{ETHTOOL_GRXCLSRULE, sizeof(ethtool_rxnfc)},
    Row{ETHTOOL_GRXCLSRLALL, sizeof(ethtool_rxnfc), kNone, kLocations},
    Row{ETHTOOL_SRXCLSRLINS, sizeof(ethtool_rxnfc)},
    Row{ETHTOOL_SRXCLSRLDEL, sizeof(ethtool_rxnfc)},
    Row{ETHTOOL_GRSSH, sizeof(ethtool_rxfh), kNone, kRss},
    Row{ETHTOOL_SRSSH, sizeof(ethtool_rxfh), kNewRss, kNone},
    Row{ETHTOOL_GRXFHINDIR, sizeof(ethtool_rxfh_indir), kNone,
        kCounted<offsetof(ethtool_rxfh_indir, size), sizeof(std::uint32_t)>},
};

constexpr Row kUnknown{0, sizeof(std::uint32_t)};

const Row& row_of(std::uint32_t cmd) noexcept {
    const auto* row = std::ranges::find(kRows, cmd, &Row::cmd);
    return row == kRows.end() ? kUnknown : *row;
}

}  // namespace

std::size_t ethtool_head_size(std::uint32_t cmd) noexcept { return row_of(cmd).head; }

EthtoolSize ethtool_size(std::uint32_t cmd, std::span<const std::byte> head) noexcept {
    const Row& row = row_of(cmd);
    return {.in = row.head + row.in(head), .out = std::min<std::size_t>(row.head + row.out(head), kMaxPayload)};
}

}  // namespace bifurc::shim
