// SPDX-License-Identifier: BSD-3-Clause
#include "tx_offload.h"

#include <algorithm>

#include "checksum.h"
#include "hw/desc.h"

namespace bifurc::model {
namespace {

void put16(std::vector<std::byte>& frame, std::size_t at, std::uint32_t value) {
    frame[at] = static_cast<std::byte>(value >> 8);
    frame[at + 1] = static_cast<std::byte>(value);
}

std::size_t header_len(const TxContext& c) noexcept { return c.mac_len + c.ip_len + c.l4_len; }

std::size_t checksum_offset(L4 l4) noexcept { return l4 == L4::tcp ? 16 : l4 == L4::udp ? 6 : kSctpChecksumAt; }

// The IP and L4 headers of one segment: lengths, identification, sequence number, flags (DS 7.2.4.5).
void update_headers(const TxContext& c, std::vector<std::byte>& frame, std::size_t i, bool last) {
    const std::size_t ip = c.mac_len;
    const std::size_t l4 = ip + c.ip_len;
    const auto ip_total = static_cast<std::uint32_t>(frame.size() - ip);
    if (c.ipv4) {
        put16(frame, ip + 2, ip_total);
        put16(frame, ip + 4, big16(frame, ip + 4) + static_cast<std::uint32_t>(i));
    } else {
        put16(frame, ip + 4, ip_total - 40);
    }
    if (c.l4 == L4::udp) put16(frame, l4 + 4, static_cast<std::uint32_t>(frame.size() - l4));
    if (c.l4 != L4::tcp) return;
    constexpr std::uint8_t kFin = 1, kPsh = 8, kCwr = 0x80;
    std::uint32_t sequence = static_cast<std::uint32_t>(big16(frame, l4 + 4)) << 16 | big16(frame, l4 + 6);
    sequence += static_cast<std::uint32_t>(i) * c.mss;
    put16(frame, l4 + 4, sequence >> 16);
    put16(frame, l4 + 6, sequence);
    std::uint8_t flags = byte_at(frame, l4 + 13);
    if (!last) flags = static_cast<std::uint8_t>(flags & ~(kFin | kPsh));
    if (i != 0) flags = static_cast<std::uint8_t>(flags & ~kCwr);
    frame[l4 + 13] = std::byte{flags};
}

void insert_ip_checksum(const TxContext& c, std::vector<std::byte>& frame) {
    put16(frame, c.mac_len + 10, 0);
    const Bytes header = Bytes{frame}.subspan(c.mac_len, c.ip_len);
    put16(frame, c.mac_len + 10, static_cast<std::uint16_t>(~fold(add_words(header))));
}

// Without segmentation the driver has put the pseudo header's sum where the checksum goes (DS 7.2.5.2), and the NIC
// adds the rest; with it, the NIC does all.
void insert_l4_checksum(const TxContext& c, std::vector<std::byte>& frame, bool segmenting) {
    const std::size_t l4 = c.mac_len + c.ip_len;
    const std::size_t field = l4 + checksum_offset(c.l4);
    if (c.l4 == L4::sctp) {
        const std::uint32_t crc = sctp_checksum(Bytes{frame}.subspan(l4));
        for (unsigned i = 0; i < 4; ++i) frame[field + i] = static_cast<std::byte>(crc >> 8 * i);
        return;
    }
    std::uint32_t sum = 0;
    if (segmenting) {
        // The driver left out the length, which differs from segment to segment.
        sum = static_cast<std::uint32_t>(frame.size() - l4);
    }
    const std::uint16_t check = static_cast<std::uint16_t>(~fold(add_words(Bytes{frame}.subspan(l4), sum)));
    put16(frame, field, c.l4 == L4::udp && check == 0 ? 0xffff : check);
}

void insert_vlan(std::vector<std::byte>& frame, std::uint16_t vlan) {
    constexpr std::byte kTag[] = {std::byte{0x81}, std::byte{0x00}};
    frame.insert(frame.begin() + 12, kVlanTag, std::byte{0});
    std::copy(std::begin(kTag), std::end(kTag), frame.begin() + 12);
    put16(frame, 14, vlan);
}

}  // namespace

TxContext decode_context(std::uint32_t vlan_macip_lens, std::uint32_t type_tucmd,
                         std::uint32_t mss_l4len_idx) noexcept {
    constexpr L4 kTypes[] = {L4::udp, L4::tcp, L4::sctp, L4::none};
    const hw::Value<hw::TxMacIpLens> lens{vlan_macip_lens};
    const hw::Value<hw::TxTucmd> type{type_tucmd};
    const hw::Value<hw::TxMssL4len> mss{mss_l4len_idx};
    return {.mac_len = lens.get<hw::TxMacIpLens::MACLEN>(),
            .ip_len = lens.get<hw::TxMacIpLens::IPLEN>(),
            .vlan = static_cast<std::uint16_t>(lens.get<hw::TxMacIpLens::VLAN>()),
            .ipv4 = type.get<hw::TxTucmd::IPV4>() != 0,
            .l4 = kTypes[type.get<hw::TxTucmd::L4T>()],
            .l4_len = mss.get<hw::TxMssL4len::L4LEN>(),
            .mss = mss.get<hw::TxMssL4len::MSS>()};
}

bool possible(const TxContext& c, const TxRequest& request, std::size_t frame_len) noexcept {
    // DS 7.2.3.2.4: the whole packet, or with segmentation what follows the headers. A chip that is told something else
    // may stop for good.
    const std::size_t headers = request.segment ? header_len(c) : 0;
    if (request.payload_len && *request.payload_len + headers != frame_len) return false;
    const bool offload = request.ip_checksum || request.l4_checksum || request.segment;
    if (request.vlan_insert && frame_len < kEthernetHeader) return false;
    if (!offload) return true;
    const std::size_t l4 = c.mac_len + c.ip_len;
    if (c.mac_len < kEthernetHeader || c.ip_len < 20 || l4 > frame_len) return false;
    if (request.l4_checksum || request.segment) {
        const std::size_t least = c.l4 == L4::tcp ? 20 : c.l4 == L4::udp ? 8 : 12;
        if (c.l4 == L4::none || l4 + least > frame_len) return false;
        if (!request.segment) return true;
        if (c.l4 == L4::sctp || c.l4_len < least || c.mss == 0) return false;
        if (!c.ipv4 && c.ip_len < 40) return false;
        return header_len(c) < frame_len;
    }
    return true;
}

std::size_t segments(const TxContext& c, const TxRequest& request, std::size_t frame_len) noexcept {
    if (!request.segment) return 1;
    return (frame_len - header_len(c) + c.mss - 1) / c.mss;
}

void make_segment(const TxContext& c, const TxRequest& request, Bytes packet, std::size_t i,
                  std::vector<std::byte>& out) {
    if (request.segment) {
        const std::size_t header = header_len(c);
        const std::size_t from = header + i * c.mss;
        const std::size_t to = std::min(packet.size(), from + c.mss);
        out.assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header));
        out.insert(out.end(), packet.begin() + static_cast<std::ptrdiff_t>(from),
                   packet.begin() + static_cast<std::ptrdiff_t>(to));
        update_headers(c, out, i, to == packet.size());
    } else {
        out.assign(packet.begin(), packet.end());
    }
    if (request.ip_checksum && c.ipv4) insert_ip_checksum(c, out);
    if (request.l4_checksum || request.segment) insert_l4_checksum(c, out, request.segment);
    if (request.vlan_insert) insert_vlan(out, request.vlan);
    if (out.size() < kShortestFrame) out.resize(kShortestFrame);
}

}  // namespace bifurc::model
