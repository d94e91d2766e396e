// SPDX-License-Identifier: BSD-3-Clause
#include "flow_director.h"

#include <algorithm>

namespace bifurc::model {
namespace {

using namespace hw::ixgbe;

constexpr std::uint16_t kVlanId = 0x0fff, kVlanPriority = 0xe000;

std::uint16_t reverse16(std::uint32_t value) noexcept {
    std::uint32_t reversed = 0;
    for (unsigned bit = 0; bit < 16; ++bit) reversed |= (value >> bit & 1) << (15 - bit);
    return static_cast<std::uint16_t>(reversed);
}

std::uint32_t type_of(L4 l4) noexcept {
    switch (l4) {
        case L4::udp:
            return 1;
        case L4::tcp:
            return 2;
        case L4::sctp:
            return 3;
        case L4::none:
            break;
    }
    return 0;
}

}  // namespace

FlowDirector::Mask FlowDirector::mask_for(const RegisterFile& regs, L4 l4) noexcept {
    const auto fdirm = regs.get<FDIRM>();
    std::uint32_t ports = 0;
    if (l4 == L4::tcp) ports = ~regs.get<FDIRTCPM>().raw;
    if (l4 == L4::udp) ports = ~regs.get<FDIRUDPM>().raw;
    if (l4 == L4::sctp) ports = ~regs.get<FDIRSCTPM>().raw;
    const bool l4_type = fdirm.get<FDIRM::L4P>() == 0;
    if (!l4_type) ports = 0;
    const unsigned vlan =
        (fdirm.get<FDIRM::VLANID>() == 0 ? kVlanId : 0u) | (fdirm.get<FDIRM::VLANP>() == 0 ? kVlanPriority : 0u);
    return {.fields = fields(~regs.get<FDIRSIP4M>().raw, ~regs.get<FDIRDIP4M>().raw, reverse16(ports & 0xffff),
                             reverse16(ports >> 16), static_cast<std::uint16_t>(vlan),
                             static_cast<std::uint16_t>(fdirm.get<FDIRM::FLEX>() == 0 ? 0xffff : 0)),
            .l4_type = l4_type};
}

void FlowDirector::reload() noexcept {
    on_ = enabled();
    for (const L4 l4 : {L4::none, L4::tcp, L4::udp, L4::sctp})
        masks_[static_cast<std::size_t>(l4)] = mask_for(regs_, l4);
    flex_at_ = regs_.field<FDIRCTRL, FDIRCTRL::Flex_Offset>() * 2;
}

bool FlowDirector::enabled() const noexcept {
    const auto control = regs_.get<FDIRCTRL>();
    return control.get<FDIRCTRL::PBALLOC>() != 0 && control.get<FDIRCTRL::Perfect_Match>() != 0;
}

// DS 7.1.2.7.6: 2K, 4K or 8K perfect filters, less two, by the memory given to them.
std::size_t FlowDirector::capacity() const noexcept {
    return (std::size_t{1024} << regs_.field<FDIRCTRL, FDIRCTRL::PBALLOC>()) - 2;
}

void FlowDirector::initialise() {
    filters_.clear();
    regs_.set<FDIRCTRL>(regs_.get<FDIRCTRL>().with<FDIRCTRL::INIT_Done>(1));
    publish_free();
}

void FlowDirector::publish_free() noexcept {
    const std::size_t free = enabled() ? capacity() - filters_.size() : 0;
    regs_.set<FDIRFREE>(FDIRFREE::value{}.with<FDIRFREE::FREE>(static_cast<std::uint32_t>(free)));
}

FlowDirector::Filter FlowDirector::from_registers(FDIRCMD::value command) const noexcept {
    const auto port = regs_.get<FDIRPORT>();
    const auto vlan = regs_.get<FDIRVLAN>();
    const auto hash = regs_.get<FDIRHASH>();
    std::optional<unsigned> queue;
    if (command.get<FDIRCMD::Queue_EN>() != 0) queue = command.get<FDIRCMD::Rx_Queue>();
    return {.fields = fields(regs_.get<FDIRIPSA>().raw, regs_.get<FDIRIPDA>().raw,
                             static_cast<std::uint16_t>(port.get<FDIRPORT::Source>()),
                             static_cast<std::uint16_t>(port.get<FDIRPORT::Destination>()),
                             static_cast<std::uint16_t>(vlan.get<FDIRVLAN::Vlan>()),
                             static_cast<std::uint16_t>(vlan.get<FDIRVLAN::FLEX>())),
            .l4_type = command.get<FDIRCMD::L4TYPE>(),
            .ipv6 = command.get<FDIRCMD::IPV6>() != 0,
            .action = {.drop = command.get<FDIRCMD::Drop>() != 0,
                       .queue = queue,
                       .soft_id = static_cast<std::uint16_t>(hash.get<FDIRHASH::SW_Index>()),
                       .hash = static_cast<std::uint16_t>(hash.get<FDIRHASH::Hash>())}};
}

std::vector<FlowDirector::Filter>::iterator FlowDirector::find(std::uint32_t hash, std::uint32_t soft_id) {
    return std::find_if(filters_.begin(), filters_.end(), [=](const Filter& filter) {
        return filter.action.hash == hash && filter.action.soft_id == soft_id;
    });
}

void FlowDirector::add(FDIRCMD::value command) {
    const Filter filter = from_registers(command);
    const auto same = find(filter.action.hash, filter.action.soft_id);
    if (same != filters_.end() && command.get<FDIRCMD::Filter_Update>() != 0) {
        *same = filter;
    } else if (!enabled() || filters_.size() == capacity()) {
        regs_.count<FDIRFSTAT>();  // FAdd is the low byte
        return;
    } else {
        filters_.push_back(filter);
    }
    regs_.count<FDIRUSTAT>();  // Add is the low half
}

void FlowDirector::remove() {
    const auto hash = regs_.get<FDIRHASH>();
    const auto found = find(hash.get<FDIRHASH::Hash>(), hash.get<FDIRHASH::SW_Index>());
    if (found == filters_.end()) {
        regs_.count<FDIRFSTAT>(0, 1u << FDIRFSTAT::FRemove::lo);
        return;
    }
    filters_.erase(found);
    regs_.count<FDIRUSTAT>(0, 1u << FDIRUSTAT::Remove::lo);
}

// DS 8.2.3.20.18. CMD returns to 0 when the command is done: here, at once.
void FlowDirector::command(FDIRCMD::value value) {
    if (value.get<FDIRCMD::CLEARHT>() != 0) filters_.clear();
    switch (value.get<FDIRCMD::CMD>()) {
        case FDIRCMD::kAdd:
            add(value);
            break;
        case FDIRCMD::kRemove:
            remove();
            break;
        case FDIRCMD::kQuery: {
            const auto hash = regs_.get<FDIRHASH>();
            const bool there = find(hash.get<FDIRHASH::Hash>(), hash.get<FDIRHASH::SW_Index>()) != filters_.end();
            value = value.with<FDIRCMD::Filter_Valid>(there ? 1 : 0);
            break;
        }
        default:
            break;
    }
    regs_.set<FDIRCMD>(value.with<FDIRCMD::CMD>(0));
    publish_free();
}

// DS 7.1.2.7.1: IP packets only, no fragments' ports; IPv6 addresses are not compared in this mode.
bool FlowDirector::asked(const Packet& packet) const noexcept { return on_ && packet.l3 == L3::ipv4; }

void FlowDirector::count(std::uint64_t hits, std::uint64_t misses) noexcept {
    regs_.count<FDIRMATCH>(0, hits);
    regs_.count<FDIRMISS>(0, misses);
}

bool FlowDirector::compares_behind(std::size_t len) const noexcept {
    constexpr std::size_t kFlexLen = 2;
    const bool flexible = std::any_of(masks_.begin(), masks_.end(), [](const Mask& mask) {
        return static_cast<std::uint16_t>(mask.fields.others) != 0;
    });
    return on_ && flexible && flex_at_ + kFlexLen > len;
}

const FlowDirector::Match* FlowDirector::match(const Packet& packet) const noexcept {
    if (!asked(packet)) return nullptr;
    const Mask& mask = masks_[static_cast<std::size_t>(packet.l4)];
    const std::size_t flex_at = flex_at_;
    const std::uint16_t flex =
        flex_at + 2 <= packet.frame.size()
            ? static_cast<std::uint16_t>(byte_at(packet.frame, flex_at) | byte_at(packet.frame, flex_at + 1) << 8)
            : std::uint16_t{0};
    const Fields wanted =
        fields(wire32(packet.src_ip), wire32(packet.dst_ip), packet.src_port, packet.dst_port, packet.vlan, flex);
    const std::uint32_t l4_type = type_of(packet.l4);
    for (const Filter& filter : filters_) {
        if (!filter.fields.same(wanted, mask.fields) || filter.ipv6) continue;
        if (mask.l4_type && filter.l4_type != l4_type) continue;
        return &filter.action;
    }
    return nullptr;
}

}  // namespace bifurc::model
