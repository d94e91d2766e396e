// SPDX-License-Identifier: BSD-3-Clause
#include "spi_eeprom.h"

namespace bifurc::model {
namespace {

constexpr unsigned kRead = 3, kAddressBits = 16;
constexpr unsigned kBytes = 2 * Nvm::kWords;

}  // namespace

void SpiEeprom::drive(bool select, bool clock, bool data_in) noexcept {
    const bool rose = clock && !clock_, fell = !clock && clock_;
    clock_ = clock;
    if (select) {  // high: the command is over
        state_ = State::opcode;
        shift_ = bits_ = 0;
        out_ = false;
        return;
    }
    if (rose) rising(data_in);
    if (fell) falling();
}

void SpiEeprom::rising(bool data_in) noexcept {
    if (state_ == State::data || state_ == State::ignored) return;
    shift_ = shift_ << 1 | (data_in ? 1u : 0u);
    ++bits_;
    if (state_ == State::opcode && bits_ == 8) {
        // The status register, as all else that is no read of the array, shows 0: ready.
        state_ = shift_ == kRead ? State::address : State::ignored;
        shift_ = bits_ = 0;
    } else if (state_ == State::address && bits_ == kAddressBits) {
        state_ = State::data;
        at_ = shift_ % kBytes * 8;
    }
}

void SpiEeprom::falling() noexcept {
    out_ = false;
    if (state_ != State::data) return;
    out_ = (byte(at_ / 8) >> (7 - at_ % 8) & 1) != 0;
    at_ = (at_ + 1) % (kBytes * 8);
}

// A word's low byte comes first.
std::uint8_t SpiEeprom::byte(unsigned at) const noexcept {
    return static_cast<std::uint8_t>(nvm_.word(at / 2) >> (at % 2 == 0 ? 0 : 8));
}

}  // namespace bifurc::model
