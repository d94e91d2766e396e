// SPDX-License-Identifier: BSD-3-Clause
#include "checksum.h"

#include <array>
#include <cstring>

namespace bifurc::model {
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

}  // namespace

std::uint32_t add_words(Bytes bytes, std::uint32_t sum) noexcept {
    // The sum of words does not depend on their size, but for the carries (RFC 1071, section 2): four bytes a time.
    std::uint64_t wide = 0;
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t word;
        std::memcpy(&word, bytes.data() + at, sizeof(word));
        wide += __builtin_bswap32(word);
    }
    for (; at + 1 < bytes.size(); at += 2) wide += big16(bytes, at);
    if (at < bytes.size()) wide += static_cast<std::uint64_t>(byte_at(bytes, at)) << 8;
    while (wide >> 16 != 0) wide = (wide & 0xffff) + (wide >> 16);
    return sum + static_cast<std::uint32_t>(wide);
}

std::uint16_t fold(std::uint32_t sum) noexcept {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

std::uint32_t pseudo_header(const Packet& packet, std::size_t l4_len) noexcept {
    std::uint32_t sum = add_words(packet.src_ip);
    sum = add_words(packet.dst_ip, sum);
    return sum + packet.protocol + static_cast<std::uint32_t>(l4_len >> 16) +
           static_cast<std::uint32_t>(l4_len & 0xffff);
}

std::uint32_t sctp_checksum(Bytes sctp) noexcept {
    constexpr std::array<std::byte, 4> kZero{};
    std::uint32_t state = extend_crc32c(~0u, sctp.first(kSctpChecksumAt));
    state = extend_crc32c(state, kZero);
    return ~extend_crc32c(state, sctp.subspan(kSctpChecksumAt + kZero.size()));
}

}  // namespace bifurc::model
