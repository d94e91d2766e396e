// SPDX-License-Identifier: BSD-3-Clause
#include "filters.h"

#include <array>

#include "hw/ixgbe_device.h"

namespace bifurc::sim {

using namespace hw::ixgbe;

namespace {

void program_receive_address(NicBar& bar, unsigned entry, const MacAddress& mac, bool valid) {
    const std::uint32_t low = mac[0] | mac[1] << 8 | mac[2] << 16 | static_cast<std::uint32_t>(mac[3]) << 24;
    const std::uint32_t high = mac[4] | static_cast<std::uint32_t>(mac[5]) << 8;
    bar.write<RAL>(entry, {valid ? low : 0});
    bar.write<RAH>(entry, RAH::value{valid ? high : 0}.with<RAH::AV>(valid ? 1 : 0));
}

}  // namespace

unsigned multicast_bit(const MacAddress& mac) noexcept {
    return (mac[4] >> 4 | static_cast<unsigned>(mac[5]) << 4) & 0xfff;
}

void program_filters(NicBar& bar, const NetdevState& netdev) {
    const bool all_fit = netdev.unicast.size() < RAL::count;
    program_receive_address(bar, 0, netdev.mac, true);
    for (unsigned i = 1; i < RAL::count; ++i) {
        const bool used = all_fit && i <= netdev.unicast.size();
        program_receive_address(bar, i, used ? netdev.unicast[i - 1] : MacAddress{}, used);
    }
    std::array<std::uint32_t, MTA::count> table{};
    for (const MacAddress& mac : netdev.multicast) {
        const unsigned bit = multicast_bit(mac);
        table[bit / 32] |= 1u << bit % 32;
    }
    for (unsigned i = 0; i < MTA::count; ++i) bar.write<MTA>(i, {table[i]});
    bar.write<MCSTCTRL>(MCSTCTRL::value{}.with<MCSTCTRL::MFE>(1));
    bar.write<FCTRL>(FCTRL::value{}
                         .with<FCTRL::BAM>(1)
                         .with<FCTRL::UPE>(netdev.promiscuous || !all_fit ? 1 : 0)
                         .with<FCTRL::MPE>(netdev.promiscuous || netdev.all_multicast ? 1 : 0));
}

}  // namespace bifurc::sim
