// SPDX-License-Identifier: BSD-3-Clause
#include "rss.h"

namespace bifurc::model {
namespace {

using namespace hw::ixgbe;

// DS 7.1.2.8.1: which fields a packet is hashed over. In order of preference: ports before addresses only.
struct HashKind {
    L3 l3;
    L4 l4;  // none: any
    std::uint32_t enable;
    std::uint32_t type;
};
constexpr HashKind kKinds[] = {
    {L3::ipv4, L4::tcp, MRQC::IPv4_TCP::mask, 1}, {L3::ipv4, L4::udp, MRQC::IPv4_UDP::mask, 7},
    {L3::ipv4, L4::none, MRQC::IPv4::mask, 2},    {L3::ipv6, L4::tcp, MRQC::IPv6_TCP::mask, 3},
    {L3::ipv6, L4::udp, MRQC::IPv6_UDP::mask, 8}, {L3::ipv6, L4::none, MRQC::IPv6::mask, 5},
};

// DS 8.2.3.7.14: the lowest byte of RSSRK[0] is the key's first.
std::uint8_t key_byte(const RegisterFile& regs, std::size_t i) noexcept {
    return static_cast<std::uint8_t>(regs.get<RSSRK>(static_cast<unsigned>(i / 4)).raw >> (i % 4 * 8));
}

unsigned table_entry(const RegisterFile& regs, std::uint32_t hash) noexcept {
    const unsigned index = hash & 127;
    return regs.get<RETA>(index / 4).raw >> (index % 4 * 8) & 15;
}

std::uint32_t hash_over(const ToeplitzTable& table, const Packet& packet, bool ports) noexcept {
    const std::size_t addresses = packet.src_ip.size() + packet.dst_ip.size();
    std::uint32_t hash = table.hash(packet.src_ip) ^ table.hash(packet.dst_ip, packet.src_ip.size());
    if (ports) hash ^= table.hash(packet.frame.subspan(packet.l4_offset, 4), addresses);
    return hash;
}

}  // namespace

void ToeplitzTable::load(const RegisterFile& regs) noexcept {
    // Five bytes of the key: the 32 bits beside each of an input byte's bits lie in them.
    std::uint64_t window = 0;
    for (std::size_t i = 0; i < 4; ++i) window = window << 8 | key_byte(regs, i);
    for (std::size_t i = 0; i < kLongest; ++i) {
        window = window << 8 | key_byte(regs, i + 4);
        for (unsigned bit = 0; bit < 8; ++bit) {
            const auto beside = static_cast<std::uint32_t>(window >> (1 + bit));
            // Each value with this bit as its highest: what the lower bits add, and this one's.
            for (unsigned low = 0; low < 1u << bit; ++low) of_byte_[i][1u << bit | low] = of_byte_[i][low] ^ beside;
        }
    }
}

RssResult spread(const RegisterFile& regs, const ToeplitzTable& table, const Packet& packet) noexcept {
    const auto mrqc = regs.get<MRQC>();
    if (mrqc.get<MRQC::MRQE>() == 0) return {};
    for (const HashKind& kind : kKinds) {
        if (kind.l3 != packet.l3 || (mrqc.raw & kind.enable) == 0) continue;
        if (kind.l4 != L4::none && kind.l4 != packet.l4) continue;
        const std::uint32_t hash = hash_over(table, packet, kind.l4 != L4::none);
        return {kind.type, hash, table_entry(regs, hash)};
    }
    return {};
}

}  // namespace bifurc::model
