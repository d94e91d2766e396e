// SPDX-License-Identifier: BSD-3-Clause
// ETHTOOL_GLINKSETTINGS: a 10 Gbit/s SFP+ port with an SR module, as an 82599 knows it.
#include <array>

#include "ethtool_parts.h"

namespace bifurc::sim {
namespace {

constexpr unsigned kWordBits = 32;
constexpr unsigned kMaskWords = (__ETHTOOL_LINK_MODE_MASK_NBITS + kWordBits - 1) / kWordBits;

using LinkModes = std::array<std::uint32_t, kMaskWords>;

constexpr LinkModes kModes = [] {
    LinkModes modes{};
    for (const unsigned bit : {ETHTOOL_LINK_MODE_FIBRE_BIT, ETHTOOL_LINK_MODE_10000baseSR_Full_BIT})
        modes[bit / kWordBits] |= 1U << bit % kWordBits;
    return modes;
}();

}  // namespace

EthtoolReply get_link_settings(Port& port, Payload payload) {
    ethtool_link_settings asked{};
    if (!take(payload, asked)) return failed(-EINVAL);
    ethtool_link_settings settings{};
    settings.cmd = ETHTOOL_GLINKSETTINGS;
    // The handshake of linux/ethtool.h: who does not name the number of words is told it, negative, and nothing else.
    if (asked.link_mode_masks_nwords != static_cast<int>(kMaskWords)) {
        settings.link_mode_masks_nwords = -static_cast<int>(kMaskWords);
        return answer(settings);
    }
    const LinkInfo link = port.link();
    settings.speed = link.up ? link.speed_mbps : static_cast<std::uint32_t>(SPEED_UNKNOWN);
    settings.duplex = !link.up ? DUPLEX_UNKNOWN : link.full_duplex ? DUPLEX_FULL : DUPLEX_HALF;
    settings.port = PORT_FIBRE;
    settings.autoneg = AUTONEG_DISABLE;
    settings.link_mode_masks_nwords = kMaskWords;
    EthtoolReply reply = answer(settings);
    const LinkModes partner{};
    for (const LinkModes& modes : {kModes, kModes, partner}) append(reply, modes.data(), modes.size());
    return reply;
}

}  // namespace bifurc::sim
