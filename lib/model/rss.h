// SPDX-License-Identifier: BSD-3-Clause
// Receive side scaling: 82599 DS 7.1.2.8.
#pragma once

#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

struct RssResult {
    std::uint32_t type = 0;  // RxInfo::RSS_TYPE
    std::uint32_t hash = 0;
    unsigned queue = 0;
};

// The Toeplitz hash of `input` with the 40-byte key as RSSRK holds it.
[[nodiscard]] std::uint32_t toeplitz(const RegisterFile& regs, Bytes input) noexcept;
// type 0 and queue 0 where RSS is off or does not know the packet.
[[nodiscard]] RssResult spread(const RegisterFile& regs, const Packet& packet) noexcept;

}  // namespace bifurc::model
