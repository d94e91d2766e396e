// SPDX-License-Identifier: BSD-3-Clause
// The EEPROM's own bus, moved by hand through EEC: 82599 DS 3.4.7 and 8.2.3.2.1. Commands are those of an AT25 part;
// it is not written.
#pragma once

#include <cstdint>

#include "nvm.h"

namespace bifurc::model {

class SpiEeprom {
public:
    // The lines as the driver sets them; chip select is active low.
    void drive(bool select, bool clock, bool data_in) noexcept;
    [[nodiscard]] bool data_out() const noexcept { return out_; }
    [[nodiscard]] const Nvm& contents() const noexcept { return nvm_; }

private:
    enum class State { opcode, address, data, ignored };

    void rising(bool data_in) noexcept;
    void falling() noexcept;
    [[nodiscard]] std::uint8_t byte(unsigned at) const noexcept;

    Nvm nvm_;
    State state_ = State::opcode;
    bool clock_ = false;
    bool out_ = false;
    unsigned shift_ = 0, bits_ = 0;  // what came in since the state began
    unsigned at_ = 0;                // the bit that goes out next
};

}  // namespace bifurc::model
