// SPDX-License-Identifier: BSD-3-Clause
#include "interrupt_block.h"

#include <algorithm>
#include <bit>

namespace bifurc::model {

using namespace hw::ixgbe;

namespace {

constexpr std::uint32_t kValid = 0x80;  // of an entry in IVAR

}  // namespace

void InterruptBlock::reset() noexcept {
    queues_ = {};
    others_ = {};
    quiet_until_ns_.fill(0);
}

bool InterruptBlock::msix() const noexcept { return regs_.field<GPIE, GPIE::Multiple_MSIX>() != 0; }

// DS 8.2.3.5.16: IVAR n has a byte for Rx 2n, Tx 2n, Rx 2n+1 and Tx 2n+1: the vector, and bit 7 if it counts.
std::uint32_t InterruptBlock::ivar(unsigned queue, unsigned direction) const noexcept {
    return regs_.get<IVAR>(queue / 2).raw >> (16 * (queue % 2) + 8 * direction) & 0xff;
}

void InterruptBlock::cause(unsigned queue, unsigned direction) noexcept {
    const std::uint32_t entry = ivar(queue, direction);
    if ((entry & kValid) == 0) return;
    queues_.pending |= std::uint64_t{1} << (entry & (msix() ? 63 : 15));
    deliver();
}

std::uint64_t InterruptBlock::rx_interval_ns(unsigned queue) const noexcept {
    const std::uint32_t entry = ivar(queue, 0);
    return (entry & kValid) != 0 ? interval_ns(msix() ? entry & 63 : 0) : 0;
}

void InterruptBlock::link_changed() noexcept {
    others_.pending |= EICR::LSC::mask;
    deliver();
}

// DS 8.2.3.5.1; GPIE.OCD: reading leaves the queues' bits alone. DS 8.2.3.5.6: without GPIE.EIAME, EIAM masks what was
// read.
std::uint32_t InterruptBlock::read_and_clear() noexcept {
    const std::uint32_t now = causes();
    const bool others_only = regs_.field<GPIE, GPIE::OCD>() != 0;
    clear(others_only ? ~kQueueBits : ~0u);
    if (regs_.field<GPIE, GPIE::EIAME>() == 0) mask_off(now & regs_.get<EIAM>().raw);
    return now;
}

void InterruptBlock::clear(std::uint32_t bits) noexcept {
    queues_.clear(bits & kQueueBits);
    others_.clear(bits & ~kQueueBits);
}

void InterruptBlock::set(std::uint32_t bits) noexcept {
    queues_.pending |= bits & kQueueBits;
    others_.pending |= bits & ~kQueueBits;
    deliver();
}

void InterruptBlock::unmask(std::uint32_t bits) noexcept {
    queues_.unmask(bits & kQueueBits);
    others_.unmask(bits & ~kQueueBits);
    deliver();
}

void InterruptBlock::mask_off(std::uint32_t bits) noexcept {
    queues_.mask_off(bits & kQueueBits);
    others_.mask_off(bits & ~kQueueBits);
}

void InterruptBlock::set_vectors(unsigned half, std::uint32_t bits) noexcept {
    queues_.pending |= wide(bits, half);
    deliver();
}

void InterruptBlock::unmask_vectors(unsigned half, std::uint32_t bits) noexcept {
    queues_.unmask(wide(bits, half));
    deliver();
}

void InterruptBlock::mask_off_vectors(unsigned half, std::uint32_t bits) noexcept {
    queues_.mask_off(wide(bits, half));
}

void InterruptBlock::advance(std::uint64_t now_ns) noexcept {
    now_ns_ = now_ns;
    deliver();
}

std::optional<std::uint64_t> InterruptBlock::due_ns() const noexcept {
    std::optional<std::uint64_t> first;
    const auto waits = [&](unsigned vector) {
        first = std::min(first.value_or(quiet_until_ns_[vector]), quiet_until_ns_[vector]);
    };
    for (std::uint64_t due = queues_.due(); due != 0; due &= due - 1)
        waits(msix() ? static_cast<unsigned>(std::countr_zero(due)) : 0);
    if (others_.due() != 0) waits(msix() ? regs_.field<IVAR_MISC, IVAR_MISC::INT_Alloc_1>() : 0);
    return first;
}

// The throttle interval is EITR's, in units of 2 us (DS 7.3.2.1).
std::uint64_t InterruptBlock::interval_ns(unsigned vector) const noexcept {
    return regs_.field<EITR, EITR::ITR_Interval>(vector) * std::uint64_t{2000};
}

void InterruptBlock::fire(unsigned vector) noexcept {
    quiet_until_ns_[vector] = now_ns_ + interval_ns(vector);
    out_.raise(vector);
}

void InterruptBlock::deliver() noexcept {
    if ((queues_.due() | others_.due()) == 0) return;
    if (!msix()) return deliver_single();
    deliver_vectors();
    deliver_others();
}

// A message clears its cause where EIAC says so, above bit 15 always (DS 7.3.1.4), and masks it where EIAM_EX does.
void InterruptBlock::deliver_vectors() noexcept {
    const bool masks = regs_.field<GPIE, GPIE::EIAME>() != 0;
    const std::uint64_t auto_mask = masks ? wide(regs_.get<EIAM_EX>(1).raw, 1) | regs_.get<EIAM_EX>(0).raw : 0;
    const std::uint64_t auto_clear = ~std::uint64_t{kQueueBits} | regs_.get<EIAC>().raw;
    for (std::uint64_t due = queues_.due(); due != 0; due &= due - 1) {
        const auto vector = static_cast<unsigned>(std::countr_zero(due));
        if (quiet(vector)) continue;
        const std::uint64_t bit = std::uint64_t{1} << vector;
        queues_.told |= bit;
        queues_.clear(bit & auto_clear);
        queues_.mask_off(bit & auto_mask);
        fire(vector);
    }
}

void InterruptBlock::deliver_others() noexcept {
    const auto misc = regs_.get<IVAR_MISC>();
    const unsigned vector = misc.get<IVAR_MISC::INT_Alloc_1>();
    if (others_.due() == 0 || misc.get<IVAR_MISC::INT_Alloc_val_1>() == 0 || quiet(vector)) return;
    const std::uint64_t told = others_.due();
    others_.told |= told;
    others_.clear(told & regs_.get<EIAC>().raw & ~kQueueBits);
    if (regs_.field<GPIE, GPIE::EIAME>() != 0) others_.mask_off(told & regs_.get<EIAM>().raw & ~kQueueBits);
    fire(vector);
}

// MSI, or one MSI-X vector: the driver reads EICR to learn why.
void InterruptBlock::deliver_single() noexcept {
    if (quiet(0)) return;
    queues_.told |= queues_.due();
    others_.told |= others_.due();
    fire(0);
}

}  // namespace bifurc::model
