// SPDX-License-Identifier: BSD-3-Clause
// What the NIC's parser finds in a frame (82599 DS 7.1.2 and 7.1.6.2). Views into the frame; nothing is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bifurc::model {

using Bytes = std::span<const std::byte>;

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kVlanTag = 4;
inline constexpr std::size_t kCrc = 4;  // frames come without it
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86DD;

enum class L3 : std::uint8_t { none, ipv4, ipv6 };
enum class L4 : std::uint8_t { none, tcp, udp, sctp };

// The bits of RxInfo::PACKET_TYPE, DS 7.1.6.2.
enum PacketType : std::uint16_t {
    kIpv4 = 1 << 0,
    kIpv4Options = 1 << 1,
    kIpv6 = 1 << 2,
    kIpv6Extensions = 1 << 3,
    kTcp = 1 << 4,
    kUdp = 1 << 5,
    kSctp = 1 << 6,
    kNfs = 1 << 7,
    kEsp = 1 << 8,
    kAh = 1 << 9,
    kEtherTypeMatched = 1 << 11,  // the low bits are then the ETQF index
};

struct Packet {
    Bytes frame;
    bool tagged = false;          // one 802.1Q tag
    std::uint16_t vlan = 0;       // its TCI, host order
    std::uint16_t ethertype = 0;  // behind the tag, host order
    L3 l3 = L3::none;
    L4 l4 = L4::none;
    std::size_t l3_offset = 0;
    std::size_t l3_len = 0;     // IP header with options or extensions
    std::size_t l4_offset = 0;  // 0: no L4 header that could be read
    std::size_t ip_end = 0;     // where the IP packet ends, without Ethernet padding
    bool fragment = false;
    std::uint8_t protocol = 0;
    Bytes src_ip, dst_ip;
    std::uint16_t src_port = 0, dst_port = 0;  // host order
    std::uint16_t type = 0;                    // PacketType bits

    [[nodiscard]] Bytes destination() const noexcept { return frame.first(6); }
};

[[nodiscard]] inline std::uint8_t byte_at(Bytes bytes, std::size_t at) noexcept {
    return std::to_integer<std::uint8_t>(bytes[at]);
}
[[nodiscard]] inline std::uint16_t big16(Bytes bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}
// Four bytes as a register holds them: the first on the wire lowest.
[[nodiscard]] inline std::uint32_t wire32(Bytes bytes, std::size_t at = 0) noexcept {
    return byte_at(bytes, at) | static_cast<std::uint32_t>(byte_at(bytes, at + 1)) << 8 |
           static_cast<std::uint32_t>(byte_at(bytes, at + 2)) << 16 |
           static_cast<std::uint32_t>(byte_at(bytes, at + 3)) << 24;
}

// The frame has at least kEthernetHeader bytes. A header that does not fit is as if it were not there.
[[nodiscard]] Packet parse(Bytes frame, std::uint16_t vlan_ethertype) noexcept;

}  // namespace bifurc::model
