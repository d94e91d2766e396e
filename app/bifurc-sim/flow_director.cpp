// SPDX-License-Identifier: BSD-3-Clause
#include "flow_director.h"

#include <bit>

#include "hw/ixgbe_device.h"

namespace bifurc::sim {

using namespace hw::ixgbe;

namespace {

// Linux's choices (ixgbe_type.h): any keys work, as long as software and NIC use the same.
constexpr std::uint32_t kBucketKey = 0x3DAD14E2;
constexpr std::uint32_t kSignatureKey = 0x174D3614;
constexpr std::uint32_t kEtherTypeWord = 6;  // the flex bytes are word 6 of the frame
constexpr std::uint32_t kPacketBuffer64K = 1;

// The address registers hold the bytes in the order of the wire.
std::uint32_t wire_order(std::uint32_t host) { return __builtin_bswap32(host); }

// DS 8.2.3.20.10: the port masks are bit-reversed.
std::uint32_t reverse16(std::uint32_t value) {
    std::uint32_t reversed = 0;
    for (unsigned bit = 0; bit < 16; ++bit) reversed |= (value >> bit & 1) << (15 - bit);
    return reversed;
}

FlowKey masked(const FlowKey& key, const FlowMask& mask) {
    return {.l4_type = static_cast<std::uint8_t>(key.l4_type & mask.l4_type),
            .src_ip = key.src_ip & mask.src_ip,
            .dst_ip = key.dst_ip & mask.dst_ip,
            .src_port = static_cast<std::uint16_t>(key.src_port & mask.src_port),
            .dst_port = static_cast<std::uint16_t>(key.dst_port & mask.dst_port),
            .vlan = static_cast<std::uint16_t>(key.vlan & mask.vlan),
            .flex = static_cast<std::uint16_t>(key.flex & mask.flex)};
}

constexpr std::uint16_t kVlanId = 0x0fff, kVlanPriority = 0xe000;

}  // namespace

bool FlowDirector::initialise() {
    bar_.write<FDIRHKEY>({kBucketKey});
    bar_.write<FDIRSKEY>({kSignatureKey});
    bar_.write<FDIRCMD>(FDIRCMD::value{}.with<FDIRCMD::CLEARHT>(1));
    bar_.write<FDIRCMD>({0});
    bar_.write<FDIRHASH>({0});
    bar_.write<FDIRCTRL>(FDIRCTRL::value{}
                             .with<FDIRCTRL::PBALLOC>(kPacketBuffer64K)
                             .with<FDIRCTRL::Perfect_Match>(1)
                             .with<FDIRCTRL::Report_Status>(1)
                             .with<FDIRCTRL::Drop_Queue>(kDropQueue)
                             .with<FDIRCTRL::Flex_Offset>(kEtherTypeWord)
                             .with<FDIRCTRL::Max_Length>(10)
                             .with<FDIRCTRL::Full_Thresh>(4));
    return bar_.wait<FDIRCTRL, FDIRCTRL::INIT_Done>(0, 1);
}

bool FlowDirector::valid(const FlowMask& mask) noexcept {
    const std::uint16_t vlan = mask.vlan & (kVlanId | kVlanPriority);
    const bool vlan_ok = vlan == 0 || vlan == kVlanId || vlan == kVlanPriority || vlan == (kVlanId | kVlanPriority);
    const bool flex_ok = mask.flex == 0 || mask.flex == 0xffff;
    return vlan_ok && flex_ok && (mask.l4_type != 0 || (mask.src_port == 0 && mask.dst_port == 0));
}

// In all of these registers a set bit is *not* compared.
void FlowDirector::set_mask(const FlowMask& mask) {
    bar_.write<FDIRM>(FDIRM::value{}
                          .with<FDIRM::VLANID>((mask.vlan & kVlanId) == 0 ? 1 : 0)
                          .with<FDIRM::VLANP>((mask.vlan & kVlanPriority) == 0 ? 1 : 0)
                          .with<FDIRM::POOL>(1)
                          .with<FDIRM::L4P>(mask.l4_type == 0 ? 1 : 0)
                          .with<FDIRM::FLEX>(mask.flex == 0 ? 1 : 0)
                          .with<FDIRM::DIPv6>(1));
    const std::uint32_t ports = ~(reverse16(mask.dst_port) << 16 | reverse16(mask.src_port));
    bar_.write<FDIRTCPM>({ports});
    bar_.write<FDIRUDPM>({ports});
    bar_.write<FDIRSIP4M>({~wire_order(mask.src_ip)});
    bar_.write<FDIRDIP4M>({~wire_order(mask.dst_ip)});
    bar_.write<FDIRIP6M>({0xffffffff});
}

// 82599 DS 7.1.2.7.8: a filter is set up in registers, and FDIRCMD puts it into the table.
bool FlowDirector::add(const FlowKey& wanted, const FlowMask& mask, std::uint32_t location, unsigned queue) {
    const FlowKey key = masked(wanted, mask);
    for (unsigned i = 0; i < FDIRSIPv6::count; ++i) bar_.write<FDIRSIPv6>(i, {0});
    bar_.write<FDIRIPSA>({wire_order(key.src_ip)});
    bar_.write<FDIRIPDA>({wire_order(key.dst_ip)});
    bar_.write<FDIRPORT>(
        FDIRPORT::value{}.with<FDIRPORT::Source>(key.src_port).with<FDIRPORT::Destination>(key.dst_port));
    const auto flex_as_on_wire = static_cast<std::uint16_t>(key.flex << 8 | key.flex >> 8);
    bar_.write<FDIRVLAN>(FDIRVLAN::value{}.with<FDIRVLAN::Vlan>(key.vlan).with<FDIRVLAN::FLEX>(flex_as_on_wire));
    bar_.write<FDIRHASH>(FDIRHASH::value{}.with<FDIRHASH::Hash>(bucket(key, mask)).with<FDIRHASH::SW_Index>(location));
    bar_.write<FDIRCMD>(FDIRCMD::value{}
                            .with<FDIRCMD::CMD>(FDIRCMD::kAdd)
                            .with<FDIRCMD::Filter_Update>(1)
                            .with<FDIRCMD::L4TYPE>(key.l4_type)
                            .with<FDIRCMD::Last>(1)
                            .with<FDIRCMD::Queue_EN>(1)
                            .with<FDIRCMD::Drop>(queue == kDropQueue ? 1 : 0)
                            .with<FDIRCMD::Rx_Queue>(queue));
    return bar_.wait<FDIRCMD, FDIRCMD::CMD>(0, 0);
}

bool FlowDirector::remove(const FlowKey& key, const FlowMask& mask, std::uint32_t location) {
    bar_.write<FDIRHASH>(FDIRHASH::value{}.with<FDIRHASH::Hash>(bucket(key, mask)).with<FDIRHASH::SW_Index>(location));
    bar_.write<FDIRCMD>(FDIRCMD::value{}.with<FDIRCMD::CMD>(FDIRCMD::kRemove));
    return bar_.wait<FDIRCMD, FDIRCMD::CMD>(0, 0);
}

// The hash is a sum over the key's set bits of the flow's words, shifted. Addresses, ports and flex bytes are folded
// into one word; pool, flow type and VLAN go in twice, into the high half's word at once and into the low half's (the
// same word, halves swapped) only after its bit 0.
std::uint32_t FlowDirector::bucket(const FlowKey& wanted, const FlowMask& mask) noexcept {
    const FlowKey key = masked(wanted, mask);
    const std::uint32_t flow = static_cast<std::uint32_t>(key.l4_type) << 16 | key.vlan;
    const std::uint32_t common = key.src_ip ^ key.dst_ip ^
                                 (static_cast<std::uint32_t>(key.src_port) << 16 | key.dst_port) ^
                                 static_cast<std::uint32_t>(key.flex) << 16;
    const std::uint32_t high = common ^ flow ^ flow >> 16;
    const std::uint32_t low_first = std::rotl(common, 16);
    const std::uint32_t low = low_first ^ flow ^ flow << 16;
    std::uint32_t hash = 0;
    for (unsigned bit = 0; bit < 16; ++bit) {
        if ((kBucketKey >> bit & 1) != 0) hash ^= (bit == 0 ? low_first : low) >> bit;
        if ((kBucketKey >> (bit + 16) & 1) != 0) hash ^= high >> bit;
    }
    return hash & 0x1fff;
}

}  // namespace bifurc::sim
