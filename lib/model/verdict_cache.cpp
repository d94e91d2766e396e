// SPDX-License-Identifier: BSD-3-Clause
#include "verdict_cache.h"

#include <algorithm>

namespace bifurc::model {

// All of the Ethernet header; of the IP header all but what only its checksum depends on; ports; TCP's flags.
constexpr VerdictCache::Key VerdictCache::mask_of(std::size_t l3_offset, bool tcp) noexcept {
    constexpr std::size_t kIdentification = 4, kTtl = 8, kHeaderChecksum = 10, kPorts = 4, kTcpFlags = 13;
    Key mask{};
    const std::size_t l4_offset = l3_offset + kIpv4Header;
    for (std::size_t i = 0; i < l4_offset + kPorts; ++i) mask[i] = std::byte{0xff};
    for (const std::size_t at : {kIdentification, kIdentification + 1, kTtl, kHeaderChecksum, kHeaderChecksum + 1})
        mask[l3_offset + at] = std::byte{0};
    if (tcp) mask[l4_offset + kTcpFlags] = std::byte{0xff};
    return mask;
}

void VerdictCache::forget() noexcept {
    if (++generation_ != 0) return;
    std::fill(entries_.begin(), entries_.end(), Entry{});
    generation_ = 1;
}

void VerdictCache::keep(const Packet& packet, const RxVerdict& verdict) noexcept {
    static constexpr Key kUdp = mask_of(kEthernetHeader, false);
    static constexpr Key kTcp = mask_of(kEthernetHeader, true);
    static constexpr Key kTaggedUdp = mask_of(kEthernetHeader + kVlanTag, false);
    const bool udp = packet.l4 == L4::udp;
    const bool fits = udp || (packet.l4 == L4::tcp && !packet.tagged);
    if (packet.l3 != L3::ipv4 || packet.l3_len != kIpv4Header || !fits) return;
    if (packet.frame.size() < kKeyLen || packet.frame.size() > UINT32_MAX || verdict.rsc != RscRole::none) return;

    const Place place = place_of(packet.frame);
    const bool free = (entries_[place.first].stamp ^ stamp(0)) >> 32 != 0;
    Entry& entry = entries_[free ? place.first : place.second];
    entry.mask = !udp ? &kTcp : packet.tagged ? &kTaggedUdp : &kUdp;
    for (std::size_t i = 0; i < kKeyLen; ++i) entry.key[i] = packet.frame[i] & (*entry.mask)[i];
    entry.stamp = stamp(packet.frame.size());
    entry.known = {verdict, checksum_place(packet)};
    entry.known.verdict.status_error &= hw::RxStatus::VP::mask | hw::RxStatus::FLM::mask;
}

}  // namespace bifurc::model
