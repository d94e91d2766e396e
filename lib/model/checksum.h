// SPDX-License-Identifier: BSD-3-Clause
// The Internet checksum (RFC 1071) and SCTP's CRC32c (RFC 9260, appendix A), as the NIC computes them.
#pragma once

#include <cstdint>

#include "packet.h"

namespace bifurc::model {

// Adds the bytes to a running sum of big-endian 16-bit words. An odd last byte counts as followed by 0.
[[nodiscard]] std::uint32_t add_words(Bytes bytes, std::uint32_t sum = 0) noexcept;
[[nodiscard]] std::uint16_t fold(std::uint32_t sum) noexcept;

// Where the checksums of a frame are, and what they are of.
struct ChecksumPlace {
    std::uint32_t l3_offset = 0, l3_len = 0;
    std::uint32_t l4_offset = 0, ip_end = 0;
    L3 l3 = L3::none;
    L4 l4 = L4::none;
    std::uint8_t protocol = 0;
};
[[nodiscard]] ChecksumPlace checksum_place(const Packet& packet) noexcept;
// Which were looked at and which were wrong, as the write-back says it: IPCS, L4I, UDPCS, IPE, TCPE (DS 7.1.11).
[[nodiscard]] std::uint32_t checksum_status(Bytes frame, const ChecksumPlace& place) noexcept;

inline constexpr std::size_t kSctpChecksumAt = 8;
// Over the SCTP packet with its checksum field taken as 0; as it stands in the packet, lowest byte first.
[[nodiscard]] std::uint32_t sctp_checksum(Bytes sctp) noexcept;

}  // namespace bifurc::model
