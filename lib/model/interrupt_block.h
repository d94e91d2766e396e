// SPDX-License-Identifier: BSD-3-Clause
// Causes, masks and throttling: 82599 DS 7.3 and 8.2.3.5. One bit per MSI-X vector; EICR, EIMS and their like show the
// lowest 32 of the 64.
#pragma once

#include <array>
#include <cstdint>

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
    void advance(std::uint64_t now_ns) noexcept;

    [[nodiscard]] std::uint32_t pending(unsigned half) const noexcept { return half32(pending_, half); }
    [[nodiscard]] std::uint32_t mask(unsigned half) const noexcept { return half32(mask_, half); }
    void set_pending(unsigned half, std::uint32_t bits) noexcept;
    void clear_pending(unsigned half, std::uint32_t bits) noexcept { pending_ &= ~wide(bits, half); }
    void unmask(unsigned half, std::uint32_t bits) noexcept;
    void mask_off(unsigned half, std::uint32_t bits) noexcept { mask_ &= ~wide(bits, half); }

private:
    static std::uint64_t wide(std::uint32_t bits, unsigned half) noexcept { return std::uint64_t{bits} << 32 * half; }
    static std::uint32_t half32(std::uint64_t bits, unsigned half) noexcept {
        return static_cast<std::uint32_t>(bits >> 32 * half);
    }
    void cause(unsigned queue, unsigned direction) noexcept;
    void deliver() noexcept;

    RegisterFile& regs_;
    Interrupts& out_;
    std::uint64_t pending_ = 0;
    std::uint64_t mask_ = 0;
    std::uint64_t now_ns_ = 0;
    std::array<std::uint64_t, 64> quiet_until_ns_{};
};

}  // namespace bifurc::model
