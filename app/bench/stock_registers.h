// SPDX-License-Identifier: BSD-3-Clause
// Just enough of an 82599 with a backplane link for DPDK's own driver to start: words that remember what was written,
// and the few that a driver waits for. It moves no frame; what moves frames is Device.
#pragma once

#include <array>

#include "trapped_bar.h"

namespace bifurc::bench {

class StockRegisters : public Registers {
public:
    static constexpr std::size_t kBytes = 0x20000;
    static constexpr std::uint16_t kDeviceId = 0x10f7;  // 82599 KX4: no SFP+ module to look for

    StockRegisters();
    std::uint32_t read32(std::uint32_t offset) noexcept override;
    void write32(std::uint32_t offset, std::uint32_t value) noexcept override;

private:
    std::array<std::uint32_t, kBytes / 4> words_{};
};

}  // namespace bifurc::bench
