// SPDX-License-Identifier: BSD-3-Clause
// Which frames receive side coalescing may put together: 82599 DS 7.11.1.
#pragma once

#include <cstdint>

#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

enum class RscRole : std::uint8_t {
    none,       // no TCP over IPv4, or RSC is off for the port
    candidate,  // may begin a large receive, or go on with one
    closes,     // stays by itself, and what its flow has open ends before it
};

// What the port's registers say. Each queue has its own switch besides, RSCCTL.
struct RscRules {
    bool on = false;
    bool nfs = false;
    std::size_t least_first = 0;  // shorter frames begin no large receive

    void load(const RegisterFile& regs) noexcept;
};

// The frame's checksums are those that `status_error` tells of.
[[nodiscard]] RscRole rsc_role(const RscRules& rules, const Packet& packet, std::uint32_t status_error) noexcept;

// Of a TCP header that a candidate may have: no options, or the time stamps as all senders lay them out.
inline constexpr std::size_t kTcpHeader = 20, kTcpTimestamps = 12;
inline constexpr std::size_t kIpv4Header = 20;
enum TcpFlag : std::uint8_t { kPsh = 8, kAck = 16 };

}  // namespace bifurc::model
