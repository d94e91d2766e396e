// SPDX-License-Identifier: BSD-3-Clause
#include "l2_filter.h"

#include <algorithm>

namespace bifurc::model {
namespace {

using namespace hw::ixgbe;

constexpr std::size_t kLongestStandard = 1518;  // with CRC, without a VLAN tag

bool exact_match(const FilterDigest& digest, Bytes mac) noexcept {
    return std::find(digest.addresses.begin(), digest.addresses.end(), mac48(mac)) != digest.addresses.end();
}

// DS 8.2.3.7.3: twelve bits of the address, chosen by MO, are an index into the table.
bool hash_match(const RegisterFile& regs, Bytes mac) noexcept {
    constexpr unsigned kShift[] = {4, 3, 2, 0};  // of bits 47:32 for MO 0 to 3
    const std::uint32_t last_two = byte_at(mac, 4) | static_cast<std::uint32_t>(byte_at(mac, 5)) << 8;
    const std::uint32_t index = last_two >> kShift[regs.field<MCSTCTRL, MCSTCTRL::MO>()] & 0xfff;
    return (regs.get<MTA>(index >> 5).raw >> (index & 31) & 1) != 0;
}

}  // namespace

bool is_broadcast(Bytes mac) noexcept { return mac48(mac) == 0xffff'ffff'ffff; }

bool is_multicast(Bytes mac) noexcept { return (byte_at(mac, 0) & 1) != 0; }

bool length_allowed(const RegisterFile& regs, std::size_t frame_len, bool tagged) noexcept {
    if (frame_len < kEthernetHeader) return false;
    const std::size_t with_crc = frame_len + kCrc;
    const bool jumbo = regs.field<HLREG0, HLREG0::JUMBOEN>() != 0;
    const std::size_t limit = jumbo ? regs.field<MAXFRS, MAXFRS::MFS>() : kLongestStandard;
    return with_crc <= limit + (tagged ? kVlanTag : 0);
}

bool address_matches(const RegisterFile& regs, const FilterDigest& digest, const Packet& packet) noexcept {
    const auto fctrl = regs.get<FCTRL>();
    const Bytes mac = packet.destination();
    if (is_broadcast(mac)) return fctrl.get<FCTRL::BAM>() != 0;
    if (!is_multicast(mac)) return fctrl.get<FCTRL::UPE>() != 0 || exact_match(digest, mac);
    if (fctrl.get<FCTRL::MPE>() != 0 || exact_match(digest, mac)) return true;
    return regs.field<MCSTCTRL, MCSTCTRL::MFE>() != 0 && hash_match(regs, mac);
}

bool vlan_matches(const RegisterFile& regs, const Packet& packet) noexcept {
    if (!packet.tagged || regs.field<VLNCTRL, VLNCTRL::VFE>() == 0) return true;
    const std::uint32_t id = packet.vlan & 0xfff;
    return (regs.get<VFTA>(id >> 5).raw >> (id & 31) & 1) != 0;
}

}  // namespace bifurc::model
