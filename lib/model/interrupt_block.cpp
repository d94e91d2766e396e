// SPDX-License-Identifier: BSD-3-Clause
#include "interrupt_block.h"

#include <bit>

namespace bifurc::model {

using namespace hw::ixgbe;

void InterruptBlock::reset() noexcept {
    pending_ = 0;
    mask_ = 0;
    quiet_until_ns_.fill(0);
}

// DS 8.2.3.5.16: IVAR n has a byte for Rx 2n, Tx 2n, Rx 2n+1 and Tx 2n+1: the vector, and bit 7 if it counts.
void InterruptBlock::cause(unsigned queue, unsigned direction) noexcept {
    const std::uint32_t entry = regs_.get<IVAR>(queue / 2).raw >> (16 * (queue % 2) + 8 * direction) & 0xff;
    if ((entry & 0x80) == 0) return;
    pending_ |= std::uint64_t{1} << (entry & 63);
    deliver();
}

void InterruptBlock::set_pending(unsigned half, std::uint32_t bits) noexcept {
    pending_ |= wide(bits, half);
    deliver();
}

void InterruptBlock::unmask(unsigned half, std::uint32_t bits) noexcept {
    mask_ |= wide(bits, half);
    deliver();
}

void InterruptBlock::advance(std::uint64_t now_ns) noexcept {
    now_ns_ = now_ns;
    if ((pending_ & mask_) != 0) deliver();
}

// A vector fires if its cause is pending, not masked, and its throttle interval (EITR, 2 us units) is over. MSI-X
// causes clear themselves, and mask themselves where EIAM says so (DS 7.3.1.4).
void InterruptBlock::deliver() noexcept {
    const std::uint64_t auto_mask = std::uint64_t{regs_.get<EIAM_EX>(1).raw} << 32 | regs_.get<EIAM_EX>(0).raw;
    for (std::uint64_t due = pending_ & mask_; due != 0; due &= due - 1) {
        const auto vector = static_cast<unsigned>(std::countr_zero(due));
        if (now_ns_ < quiet_until_ns_[vector]) continue;
        const std::uint64_t bit = std::uint64_t{1} << vector;
        quiet_until_ns_[vector] = now_ns_ + regs_.field<EITR, EITR::ITR_Interval>(vector) * std::uint64_t{2000};
        pending_ &= ~bit;
        mask_ &= ~(bit & auto_mask);
        out_.raise(vector);
    }
}

}  // namespace bifurc::model
