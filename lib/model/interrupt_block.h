// SPDX-License-Identifier: BSD-3-Clause
// Causes, masks and throttling: 82599 DS 7.3 and 8.2.3.5.
//
// With MSI-X each queue cause is a vector, 64 of them; EICR, EIMS and their like show the lowest 16. The other causes
// (bits 16 to 30 of EICR) share one vector. Without MSI-X a queue cause is one of 16 bits, and there is one interrupt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "nic.h"
#include "register_file.h"

namespace bifurc::model {

class InterruptBlock {
public:
    InterruptBlock(RegisterFile& regs, Interrupts& out) noexcept : regs_(regs), out_(out) {}

    void reset() noexcept;
    // A queue moved a frame: its vector by IVAR, if there is one.
    void rx_cause(unsigned queue) noexcept { cause(queue, 0); }
    void tx_cause(unsigned queue) noexcept { cause(queue, 1); }
    // Of the vector of this queue's Rx cause: large receives end with it (DS 4.6.7.2.2). 0: there is none.
    [[nodiscard]] std::uint64_t rx_interval_ns(unsigned queue) const noexcept;
    [[nodiscard]] std::uint64_t now_ns() const noexcept { return now_ns_; }
    void link_changed() noexcept;
    void advance(std::uint64_t now_ns) noexcept;
    // When a throttled interrupt is due.
    [[nodiscard]] std::optional<std::uint64_t> due_ns() const noexcept;

    // EICR. Reading clears, unless GPIE says otherwise, and masks what EIAM names.
    [[nodiscard]] std::uint32_t causes() const noexcept { return narrow(queues_.pending, others_.pending); }
    [[nodiscard]] std::uint32_t read_and_clear() noexcept;
    void clear(std::uint32_t bits) noexcept;
    // EICS, EIMS, EIMC
    void set(std::uint32_t bits) noexcept;
    void unmask(std::uint32_t bits) noexcept;
    void mask_off(std::uint32_t bits) noexcept;
    [[nodiscard]] std::uint32_t mask() const noexcept { return narrow(queues_.mask, others_.mask); }
    // The same of 32 vectors, EICS_EX, EIMS_EX, EIMC_EX
    void set_vectors(unsigned half, std::uint32_t bits) noexcept;
    void unmask_vectors(unsigned half, std::uint32_t bits) noexcept;
    void mask_off_vectors(unsigned half, std::uint32_t bits) noexcept;
    [[nodiscard]] std::uint32_t vector_mask(unsigned half) const noexcept {
        return static_cast<std::uint32_t>(queues_.mask >> 32 * half);
    }

private:
    static constexpr std::uint32_t kQueueBits = 0xffff;

    struct Causes {
        std::uint64_t pending = 0, mask = 0;
        std::uint64_t told = 0;  // interrupted already, and not cleared since
        [[nodiscard]] std::uint64_t due() const noexcept { return pending & mask & ~told; }
        void clear(std::uint64_t bits) noexcept { pending &= ~bits, told &= ~bits; }
        void mask_off(std::uint64_t bits) noexcept { mask &= ~bits, told &= ~bits; }
        void unmask(std::uint64_t bits) noexcept { mask |= bits, told &= ~bits; }
    };

    static std::uint64_t wide(std::uint32_t bits, unsigned half) noexcept { return std::uint64_t{bits} << 32 * half; }
    static std::uint32_t narrow(std::uint64_t queues, std::uint64_t others) noexcept {
        return static_cast<std::uint32_t>((queues & kQueueBits) | (others & ~std::uint64_t{kQueueBits}));
    }
    [[nodiscard]] std::uint32_t ivar(unsigned queue, unsigned direction) const noexcept;
    void cause(unsigned queue, unsigned direction) noexcept;
    [[nodiscard]] bool msix() const noexcept;
    [[nodiscard]] std::uint64_t interval_ns(unsigned vector) const noexcept;
    [[nodiscard]] bool quiet(unsigned vector) const noexcept { return now_ns_ < quiet_until_ns_[vector]; }
    void fire(unsigned vector) noexcept;
    void deliver() noexcept;
    void deliver_vectors() noexcept;
    void deliver_others() noexcept;
    void deliver_single() noexcept;

    RegisterFile& regs_;
    Interrupts& out_;
    Causes queues_, others_;
    std::uint64_t now_ns_ = 0;
    std::array<std::uint64_t, 64> quiet_until_ns_{};
};

}  // namespace bifurc::model
