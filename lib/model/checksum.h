// SPDX-License-Identifier: BSD-3-Clause
// The Internet checksum (RFC 1071) and SCTP's CRC32c (RFC 9260, appendix A), as the NIC computes them.
#pragma once

#include <cstdint>

#include "packet.h"

namespace bifurc::model {

// Adds the bytes to a running sum of big-endian 16-bit words. An odd last byte counts as followed by 0.
[[nodiscard]] std::uint32_t add_words(Bytes bytes, std::uint32_t sum = 0) noexcept;
[[nodiscard]] std::uint16_t fold(std::uint32_t sum) noexcept;
// The pseudo header of TCP and UDP over this packet, for an L4 part of l4_len bytes.
[[nodiscard]] std::uint32_t pseudo_header(const Packet& packet, std::size_t l4_len) noexcept;

inline constexpr std::size_t kSctpChecksumAt = 8;
// Over the SCTP packet with its checksum field taken as 0; as it stands in the packet, lowest byte first.
[[nodiscard]] std::uint32_t sctp_checksum(Bytes sctp) noexcept;

}  // namespace bifurc::model
