// SPDX-License-Identifier: BSD-3-Clause
// Is a frame for this port? 82599 DS 7.1.1: length, MAC address, VLAN.
#pragma once

#include "filter_digest.h"
#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

[[nodiscard]] bool length_allowed(const RegisterFile& regs, std::size_t frame_len, bool tagged) noexcept;
[[nodiscard]] bool address_matches(const RegisterFile& regs, const FilterDigest& digest, const Packet& packet) noexcept;
[[nodiscard]] bool vlan_matches(const RegisterFile& regs, const Packet& packet) noexcept;

[[nodiscard]] bool is_broadcast(Bytes mac) noexcept;
[[nodiscard]] bool is_multicast(Bytes mac) noexcept;

}  // namespace bifurc::model
