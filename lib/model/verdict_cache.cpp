// SPDX-License-Identifier: BSD-3-Clause
#include "verdict_cache.h"

#include <algorithm>
#include <bit>

namespace bifurc::model {
namespace {

constexpr std::size_t kIdentification = 4, kTtl = 8, kHeaderChecksum = 10;  // in the IP header
constexpr std::size_t kPorts = 4, kTcpFlags = 13;                           // in the L4 header

// All of the Ethernet header; of the IP header all but what only its checksum depends on; ports; TCP's flags.
template <class Key>
constexpr Key mask_of(std::size_t l3_offset, bool tcp) {
    std::array<unsigned char, sizeof(Key)> bytes{};
    const std::size_t l4_offset = l3_offset + kIpv4Header;
    for (std::size_t i = 0; i < l4_offset + kPorts; ++i) bytes[i] = 0xff;
    for (const std::size_t at : {kIdentification, kIdentification + 1, kTtl, kHeaderChecksum, kHeaderChecksum + 1})
        bytes[l3_offset + at] = 0;
    if (tcp) bytes[l4_offset + kTcpFlags] = 0xff;
    return std::bit_cast<Key>(bytes);
}

}  // namespace

void VerdictCache::forget() noexcept {
    if (++generation_ != 0) return;
    std::fill(entries_.begin(), entries_.end(), Entry{});
    generation_ = 1;
}

void VerdictCache::keep(const Packet& packet, const RxVerdict& verdict) noexcept {
    static constexpr Key kUdp = mask_of<Key>(kEthernetHeader, false);
    static constexpr Key kTcp = mask_of<Key>(kEthernetHeader, true);
    static constexpr Key kTaggedUdp = mask_of<Key>(kEthernetHeader + kVlanTag, false);
    const bool udp = packet.l4 == L4::udp;
    const bool fits = udp || (packet.l4 == L4::tcp && !packet.tagged);
    if (packet.l3 != L3::ipv4 || packet.l3_len != kIpv4Header || !fits) return;
    if (packet.frame.size() < kKeyLen || packet.frame.size() > UINT32_MAX || verdict.rsc != RscRole::none) return;

    const Key key = key_of(packet.frame);
    const Place place = place_of(key, packet.frame.size());
    const bool free = (entries_[place.first].stamp ^ stamp(0)) >> 32 != 0;
    Entry& entry = entries_[free ? place.first : place.second];
    entry.mask = !udp ? &kTcp : packet.tagged ? &kTaggedUdp : &kUdp;
    for (std::size_t i = 0; i < key.size(); ++i) entry.key[i] = key[i] & (*entry.mask)[i];
    entry.stamp = stamp(packet.frame.size());
    entry.known = {verdict, checksum_place(packet)};
    entry.known.verdict.status_error &= hw::RxStatus::VP::mask | hw::RxStatus::FLM::mask;
}

}  // namespace bifurc::model
