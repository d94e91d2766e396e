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
        const Key key = key_of(frame);
        const Place place = place_of(key, frame.size());
        for (const std::size_t at : {place.first, place.second}) {
            const Entry& entry = entries_[at];
            if (entry.stamp == stamp(frame.size()) && same(entry, key)) return &entry.known;
        }
        return nullptr;
    }
    // The verdict on this packet, if it is one that may be kept.
    void keep(const Packet& packet, const RxVerdict& verdict) noexcept;
    // A register was written that may have decided on something.
    void forget() noexcept;

private:
    static constexpr std::size_t kEntries = 1024;
    static constexpr std::size_t kKeyLen =
        48;  // to the end of a UDP header behind a VLAN tag, or to a TCP header's flags

    using Piece [[gnu::vector_size(16)]] = std::uint64_t;
    using Key = std::array<Piece, kKeyLen / sizeof(Piece)>;
    struct alignas(64) Entry {
        Key key{};
        const Key* mask = nullptr;  // which bits of the key decide; in `key` the others are 0
        std::uint64_t stamp = 0;    // 0: nothing here
        Known known;
    };

    static Key key_of(Bytes frame) noexcept {
        Key key;
        std::memcpy(key.data(), frame.data(), sizeof(key));
        return key;
    }
    static bool same(const Entry& entry, const Key& key) noexcept {
        Piece differs{};
        for (std::size_t i = 0; i < key.size(); ++i) differs |= (key[i] & (*entry.mask)[i]) ^ entry.key[i];
        return (differs[0] | differs[1]) == 0;
    }
    // Two entries that the frame may be in.
    struct Place {
        std::size_t first, second;
    };
    static Place place_of(const Key& key, std::size_t len) noexcept;
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
inline VerdictCache::Place VerdictCache::place_of(const Key& key, std::size_t len) noexcept {
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
    const auto* const bytes = reinterpret_cast<const std::byte*>(key.data());
    const std::size_t tag = bytes[12] == std::byte{8} ? 0 : kVlanTag;  // of 0x0800
    std::uint64_t addresses;
    std::uint32_t ports;
    std::memcpy(&addresses, bytes + 26 + tag, sizeof(addresses));
    std::memcpy(&ports, bytes + 34 + tag, sizeof(ports));
    const std::uint64_t hash = (addresses * kSpread + ports + len) * kSpread;
    return {hash >> 54, hash >> 44 & (kEntries - 1)};
}

}  // namespace bifurc::model
