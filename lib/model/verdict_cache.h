// SPDX-License-Identifier: BSD-3-Clause
// Verdicts on flows that were seen lately. What decides on a frame of UDP or TCP over IPv4 is its length, the registers
// and a few bytes of its headers: a frame that agrees with an earlier one in all of those, compared whole, gets that
// one's verdict. Checksums are no part of it.
//
// Not kept: other frames (options, fragments, IPv6 and so on), and where more of the frame decides: the flow director's
// flexible bytes behind the Ethernet header, the role of a TCP segment in a large receive.
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "checksum.h"
#include "classify.h"
#include "hw/desc.h"

namespace bifurc::model {

class VerdictCache {
public:
    VerdictCache() : entries_(kEntries) {}

    struct Known {
        RxVerdict verdict;  // with nothing of checksums in its status
        ChecksumPlace checksums;
        // What checksum_status() says.
        [[nodiscard]] std::uint32_t status_of(Bytes frame) const noexcept;
    };
    // nullptr: not known.
    [[nodiscard]] const Known* find(Bytes frame) const noexcept {
        if (frame.size() < kKeyLen) return nullptr;
        const Place place = place_of(frame);
        if (holds(entries_[place.first], frame)) return &entries_[place.first].known;
        return holds(entries_[place.second], frame) ? &entries_[place.second].known : nullptr;
    }
    // The verdict on this packet, if it is one that may be kept.
    void keep(const Packet& packet, const RxVerdict& verdict) noexcept;
    // A register was written that may have decided on something.
    void forget() noexcept;

private:
    static constexpr std::size_t kEntries = 1024;
    static constexpr std::size_t kKeyLen =
        48;  // to the end of a UDP header behind a VLAN tag, or to a TCP header's flags

    using Key = std::array<std::byte, kKeyLen>;
    struct alignas(64) Entry {
        Key key{};
        const Key* mask = nullptr;  // which bits of the frame's beginning decide; in `key` the others are 0
        std::uint64_t stamp = 0;    // 0: nothing here
        Known known;
    };
    static constexpr Key mask_of(std::size_t l3_offset, bool tcp) noexcept;

    [[nodiscard]] bool holds(const Entry& entry, Bytes frame) const noexcept {
        return entry.stamp == stamp(frame.size()) && same(entry, frame.data());
    }
    static bool same(const Entry& entry, const std::byte* frame) noexcept {
        Piece differs{};
        for (std::size_t at = 0; at < kKeyLen; at += sizeof(Piece))
            differs |= (piece(frame + at) & piece(entry.mask->data() + at)) ^ piece(entry.key.data() + at);
        return (differs[0] | differs[1]) == 0;
    }
    using Piece [[gnu::vector_size(16)]] = std::uint64_t;  // as long as every x86-64's registers
    static Piece piece(const std::byte* at) noexcept {
        Piece piece;
        std::memcpy(&piece, at, sizeof(piece));
        return piece;
    }
    // Two entries that the frame may be in.
    struct Place {
        std::size_t first, second;
    };
    static Place place_of(Bytes frame) noexcept;
    // The frame's length, and when it was looked at: whether no register was written since.
    [[nodiscard]] std::uint64_t stamp(std::size_t len) const noexcept {
        return std::uint64_t{generation_} << 32 | static_cast<std::uint32_t>(len);
    }

    std::vector<Entry> entries_;
    std::uint32_t generation_ = 1;
};

// At once where the IP header is good and the sender of UDP has computed none.
inline std::uint32_t VerdictCache::Known::status_of(Bytes frame) const noexcept {
    struct {
        std::uint64_t first, second;
        std::uint32_t last;
    } header;
    std::uint16_t udp_checksum;
    const std::byte* const ip = frame.data() + checksums.l3_offset;
    std::memcpy(&header.first, ip, sizeof(header.first));
    std::memcpy(&header.second, ip + 8, sizeof(header.second));
    std::memcpy(&header.last, ip + 16, sizeof(header.last));
    std::memcpy(&udp_checksum, ip + kIpv4Header + 6, sizeof(udp_checksum));
    // Their sum in one's complement is 0xffff (RFC 1071): a multiple of it.
    const std::uint64_t sum = (header.first >> 32) + static_cast<std::uint32_t>(header.first) + (header.second >> 32) +
                              static_cast<std::uint32_t>(header.second) + header.last;
    if (sum % 0xffff == 0 && checksums.l4 == L4::udp && udp_checksum == 0) return hw::RxStatus::IPCS::mask;
    return checksum_status(frame, checksums);
}

// By addresses and ports, behind a VLAN tag or not. Whatever comes of it: entries are compared whole.
inline VerdictCache::Place VerdictCache::place_of(Bytes frame) noexcept {
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
    constexpr unsigned kBits = 10;
    static_assert(kEntries == 1 << kBits);
    const std::byte* const ip =
        frame.data() + kEthernetHeader + (frame[12] == std::byte{kEtherTypeIpv4 >> 8} ? 0 : kVlanTag);
    std::uint64_t addresses;
    std::uint32_t ports;
    std::memcpy(&addresses, ip + 12, sizeof(addresses));
    std::memcpy(&ports, ip + kIpv4Header, sizeof(ports));
    const std::uint64_t hash = (addresses * kSpread + ports + frame.size()) * kSpread;
    return {hash >> (64 - kBits), hash >> (64 - 2 * kBits) & (kEntries - 1)};
}

}  // namespace bifurc::model
