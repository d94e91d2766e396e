// SPDX-License-Identifier: BSD-3-Clause
// What a driver finds around the MAC when it probes: NVM, SFP+ module, an MDIO without PHYs, semaphores that nobody
// else wants, and a link that needs no negotiation. 82599 DS 6, 8.2.3.1 to 8.2.3.4, 8.2.3.22.
#pragma once

#include "register_file.h"
#include "sfp_module.h"
#include "spi_eeprom.h"

namespace bifurc::model {

class Board {
public:
    explicit Board(RegisterFile& regs) noexcept : regs_(regs) {}

    // The hooks eec, eerd, i2cctl, swsm, mdio and autoc: after the word was written; what a read of it shows.
    void written(Hook hook) noexcept;
    [[nodiscard]] std::uint32_t read(Hook hook) noexcept;

private:
    RegisterFile& regs_;
    SpiEeprom eeprom_;
    SfpModule module_;
};

}  // namespace bifurc::model
