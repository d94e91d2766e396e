// SPDX-License-Identifier: BSD-3-Clause
#include "packet.h"

#include <algorithm>

namespace bifurc::model {
namespace {

constexpr std::uint8_t kTcpProtocol = 6, kUdpProtocol = 17, kSctpProtocol = 132, kEspProtocol = 50, kAhProtocol = 51,
                       kIpv6Protocol = 41;
constexpr std::uint16_t kNfsPort = 2049;

void parse_l4(Packet& packet, std::size_t at) noexcept {
    const std::size_t room = packet.ip_end - at;
    struct Row {
        std::uint8_t protocol;
        L4 l4;
        std::uint16_t type;
        std::size_t header;
    };
    static constexpr Row rows[] = {
        {kTcpProtocol, L4::tcp, kTcp, 20},
        {kUdpProtocol, L4::udp, kUdp, 8},
        {kSctpProtocol, L4::sctp, kSctp, 12},
    };
    for (const Row& row : rows) {
        if (packet.protocol != row.protocol || room < row.header) continue;
        packet.l4 = row.l4;
        packet.type |= row.type;
        packet.l4_offset = at;
        packet.src_port = big16(packet.frame, at);
        packet.dst_port = big16(packet.frame, at + 2);
        const bool nfs = packet.src_port == kNfsPort || packet.dst_port == kNfsPort;
        if (nfs && row.l4 != L4::sctp) packet.type |= kNfs;
    }
    if (packet.protocol == kEspProtocol) packet.type |= kEsp;
    if (packet.protocol == kAhProtocol) packet.type |= kAh;
}

void parse_ipv4(Packet& packet) noexcept {
    const Bytes ip = packet.frame.subspan(packet.l3_offset);
    if (ip.size() < 20 || (byte_at(ip, 0) >> 4) != 4) return;
    const std::size_t header = (byte_at(ip, 0) & 15u) * 4;
    const std::size_t total = big16(ip, 2);
    if (header < 20 || header > ip.size() || total < header) return;
    packet.l3 = L3::ipv4;
    packet.l3_len = header;
    packet.type |= header > 20 ? kIpv4 | kIpv4Options : kIpv4;
    packet.ip_end = packet.l3_offset + std::min(total, ip.size());
    packet.protocol = byte_at(ip, 9);
    packet.src_ip = ip.subspan(12, 4);
    packet.dst_ip = ip.subspan(16, 4);
    packet.fragment = (big16(ip, 6) & 0x3fff) != 0;  // MF or an offset
    // IPv6 inside: both bits (DS 7.1.6.2). What is inside of that is not looked at.
    const bool tunnel = packet.protocol == kIpv6Protocol && !packet.fragment;
    if (tunnel && ip.size() >= header + 40 && (byte_at(ip, header) >> 4) == 6) packet.type |= kIpv6;
    if (!packet.fragment) parse_l4(packet, packet.l3_offset + header);
}

bool is_extension(std::uint8_t next) noexcept { return next == 0 || next == 43 || next == 60 || next == 44; }

void parse_ipv6(Packet& packet) noexcept {
    const Bytes ip = packet.frame.subspan(packet.l3_offset);
    if (ip.size() < 40 || (byte_at(ip, 0) >> 4) != 6) return;
    packet.l3 = L3::ipv6;
    packet.type |= kIpv6;
    packet.src_ip = ip.subspan(8, 16);
    packet.dst_ip = ip.subspan(24, 16);
    packet.ip_end = packet.l3_offset + std::min<std::size_t>(40 + big16(ip, 4), ip.size());
    std::uint8_t next = byte_at(ip, 6);
    std::size_t at = packet.l3_offset + 40;
    while (is_extension(next) && at + 8 <= packet.ip_end) {
        packet.type |= kIpv6Extensions;
        const bool fragment_header = next == 44;
        if (fragment_header && (big16(packet.frame, at + 2) & 0xfff9) != 0) packet.fragment = true;
        const std::size_t len = fragment_header ? 8 : (byte_at(packet.frame, at + 1) + 1u) * 8;
        next = byte_at(packet.frame, at);
        at += len;
    }
    packet.protocol = next;
    packet.l3_len = std::min(at, packet.ip_end) - packet.l3_offset;
    if (!packet.fragment && at <= packet.ip_end) parse_l4(packet, at);
}

}  // namespace

Packet parse(Bytes frame, std::uint16_t vlan_ethertype) noexcept {
    Packet packet;
    packet.frame = frame;
    packet.ethertype = big16(frame, 12);
    packet.l3_offset = kEthernetHeader;
    if (packet.ethertype == vlan_ethertype && frame.size() >= kEthernetHeader + kVlanTag) {
        packet.tagged = true;
        packet.vlan = big16(frame, 14);
        packet.ethertype = big16(frame, 16);
        packet.l3_offset += kVlanTag;
    }
    if (packet.ethertype == kEtherTypeIpv4) parse_ipv4(packet);
    if (packet.ethertype == kEtherTypeIpv6) parse_ipv6(packet);
    return packet;
}

}  // namespace bifurc::model
