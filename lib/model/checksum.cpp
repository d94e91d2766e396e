// SPDX-License-Identifier: BSD-3-Clause
#include "checksum.h"

#include <array>
#include <cstring>
#include <utility>

#include "hw/desc.h"

namespace bifurc::model {

using hw::RxStatus;

namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0x82F63B78u : value >> 1;
        table[i] = value;
    }
    return table;
}
constexpr auto kCrcTable = make_crc_table();

std::uint32_t extend_crc32c(std::uint32_t state, Bytes bytes) noexcept {
    for (const std::byte b : bytes) state = state >> 8 ^ kCrcTable[(state ^ std::to_integer<std::uint32_t>(b)) & 0xff];
    return state;
}

template <class T>
T load(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof(value));
    return value;
}

// Of TCP and UDP: both addresses, the protocol, the length of the L4 part.
std::uint32_t pseudo_header(Bytes frame, const ChecksumPlace& place) noexcept {
    const bool v4 = place.l3 == L3::ipv4;
    const std::uint32_t l4_len = place.ip_end - place.l4_offset;
    const Bytes addresses = frame.subspan(place.l3_offset + (v4 ? 12 : 8), v4 ? 8 : 32);
    return add_words(addresses) + place.protocol + (l4_len >> 16) + (l4_len & 0xffff);
}

}  // namespace

std::uint32_t add_words(Bytes bytes, std::uint32_t sum) noexcept {
    // The sum of words depends neither on their size, but for the carries, nor on the order of their bytes, but for its
    // own (RFC 1071, section 2): eight bytes a time, as they lie in memory.
    std::uint64_t wide = 0;
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; at += 8, left -= 8) {
        const auto word = load<std::uint64_t>(at);
        wide += (word & 0xffffffff) + (word >> 32);
    }
    if ((left & 4) != 0) wide += load<std::uint32_t>(std::exchange(at, at + 4));
    if ((left & 2) != 0) wide += load<std::uint16_t>(std::exchange(at, at + 2));
    if ((left & 1) != 0) wide += std::to_integer<std::uint64_t>(*at);
    wide = (wide & 0xffffffff) + (wide >> 32);
    while (wide >> 16 != 0) wide = (wide & 0xffff) + (wide >> 16);
    return sum + __builtin_bswap16(static_cast<std::uint16_t>(wide));
}

std::uint16_t fold(std::uint32_t sum) noexcept {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

ChecksumPlace checksum_place(const Packet& packet) noexcept {
    return {.l3_offset = static_cast<std::uint32_t>(packet.l3_offset),
            .l3_len = static_cast<std::uint32_t>(packet.l3_len),
            .l4_offset = static_cast<std::uint32_t>(packet.l4_offset),
            .ip_end = static_cast<std::uint32_t>(packet.ip_end),
            .l3 = packet.l3,
            .l4 = packet.l4,
            .protocol = packet.protocol};
}

std::uint32_t checksum_status(Bytes frame, const ChecksumPlace& place) noexcept {
    std::uint32_t status = 0;
    if (place.l3 == L3::ipv4) {
        status |= RxStatus::IPCS::mask;
        if (fold(add_words(frame.subspan(place.l3_offset, place.l3_len))) != 0xffff) status |= RxStatus::IPE::mask;
    }
    if (place.l4 == L4::none) return status;
    const Bytes l4 = frame.subspan(place.l4_offset, place.ip_end - place.l4_offset);
    bool good = true;
    if (place.l4 == L4::sctp) {
        good = sctp_checksum(l4) == wire32(l4, kSctpChecksumAt);
    } else {
        const bool udp = place.l4 == L4::udp;
        if (udp && big16(l4, 6) == 0) return status;  // the sender computed none
        if (udp) status |= RxStatus::UDPCS::mask;
        good = fold(add_words(l4, pseudo_header(frame, place))) == 0xffff;
    }
    status |= RxStatus::L4I::mask;
    return good ? status : status | RxStatus::TCPE::mask;
}

std::uint32_t sctp_checksum(Bytes sctp) noexcept {
    constexpr std::array<std::byte, 4> kZero{};
    std::uint32_t state = extend_crc32c(~0u, sctp.first(kSctpChecksumAt));
    state = extend_crc32c(state, kZero);
    return ~extend_crc32c(state, sctp.subspan(kSctpChecksumAt + kZero.size()));
}

}  // namespace bifurc::model
