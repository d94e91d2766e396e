// SPDX-License-Identifier: BSD-3-Clause
// The optical module in the board's cage: an EEPROM at address A0h of a two-wire bus that the driver moves by hand,
// through I2CCTL. Contents after SFF-8472; the bus after its chapter 6 (that of an AT24C01).
#pragma once

#include <array>
#include <cstdint>

namespace bifurc::model {

class SfpModule {
public:
    SfpModule() noexcept;

    // The host lets its lines go (true) or pulls them low.
    void drive(bool clock, bool data) noexcept;
    // The level of the data line: low if either side pulls it.
    [[nodiscard]] bool data() const noexcept { return host_data_ && module_data_; }

private:
    enum class State { idle, address, offset, read, ignored };

    void rising() noexcept;
    void falling() noexcept;
    void byte_received() noexcept;

    std::array<std::uint8_t, 256> contents_{};
    State state_ = State::idle;
    int bit_ = -1;  // of the byte under way: 0 to 7, 8 is the acknowledgement; -1: the clock has yet to fall
    std::uint8_t shift_ = 0;
    std::uint8_t at_ = 0;  // which byte is read next
    bool host_clock_ = true, host_data_ = true;
    bool module_data_ = true;
    bool more_ = false;  // the host acknowledged: it wants the next byte
};

}  // namespace bifurc::model
