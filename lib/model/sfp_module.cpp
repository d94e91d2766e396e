// SPDX-License-Identifier: BSD-3-Clause
#include "sfp_module.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace bifurc::model {
namespace {

constexpr std::uint8_t kBusAddress = 0x50;  // A0h, without the direction bit
constexpr int kAcknowledge = 8;

// SFF-8472 table 4-1: offsets of what is not 0.
constexpr std::array<std::array<std::uint8_t, 2>, 13> kFields = {{
    {0, 0x03},   // SFP or SFP+
    {1, 0x04},   // described by this EEPROM alone
    {2, 0x07},   // LC connector
    {3, 0x10},   // 10GBASE-SR
    {11, 0x06},  // 64B/66B
    {12, 103},   // 10.3 Gbit/s
    {16, 8},     // 80 m of OM2 fibre
    {37, 0x00},
    {38, 0x1b},  // the vendor's OUI: Intel's, or the driver refuses the module
    {39, 0x21},
    {60, 0x03},  // 850 nm
    {61, 0x52},
    {65, 0x1a},  // TX_DISABLE, TX_FAULT and RX_LOS are wired
}};

}  // namespace

SfpModule::SfpModule() noexcept {
    for (const auto& [offset, value] : kFields) contents_[offset] = value;
    const auto text = [this](unsigned offset, unsigned len, std::string_view value) {
        std::fill_n(contents_.begin() + offset, len, std::uint8_t{' '});
        std::copy_n(value.begin(), std::min<std::size_t>(len, value.size()), contents_.begin() + offset);
    };
    text(20, 16, "bifurc");
    text(40, 16, "MODEL-SR");
    text(56, 4, "1");
    text(68, 16, "0");
    text(84, 8, "140101");
    const auto sum = [this](unsigned from, unsigned to) {
        return static_cast<std::uint8_t>(std::accumulate(contents_.begin() + from, contents_.begin() + to, 0u));
    };
    contents_[63] = sum(0, 63);   // CC_BASE
    contents_[95] = sum(64, 95);  // CC_EXT
}

void SfpModule::drive(bool clock, bool data) noexcept {
    if (clock && host_clock_ && data != host_data_) {
        // The data line moves while the clock is high: a start (down) or a stop (up).
        state_ = data ? State::idle : State::address;
        bit_ = -1;
        module_data_ = true;
    }
    const bool rose = clock && !host_clock_, fell = !clock && host_clock_;
    host_clock_ = clock;
    host_data_ = data;
    if (rose) rising();
    if (fell) falling();
}

void SfpModule::rising() noexcept {
    if (bit_ < 0) return;
    if (bit_ < kAcknowledge) {
        shift_ = static_cast<std::uint8_t>(shift_ << 1 | data());
    } else if (state_ == State::read && module_data_) {  // not in the slot in which the module itself acknowledges
        more_ = !host_data_;
    }
}

void SfpModule::falling() noexcept {
    module_data_ = true;
    if (state_ == State::idle || state_ == State::ignored) return;
    if (bit_ == kAcknowledge && state_ == State::read && !more_) state_ = State::ignored;
    bit_ = bit_ == kAcknowledge ? 0 : bit_ + 1;
    if (bit_ == kAcknowledge && state_ != State::read) return byte_received();
    if (state_ != State::read) return;
    if (bit_ == kAcknowledge) {
        ++at_;  // at the end it begins again
    } else {
        module_data_ = (contents_[at_] >> (7 - bit_) & 1) != 0;
    }
}

// Pulls the line low in the acknowledgement's slot, or lets it go: not for this module, or not to be written.
void SfpModule::byte_received() noexcept {
    if (state_ == State::address && shift_ >> 1 == kBusAddress) {
        module_data_ = false;
        state_ = (shift_ & 1) != 0 ? State::read : State::offset;
        more_ = true;
    } else if (state_ == State::offset) {
        module_data_ = false;
        at_ = shift_;
        state_ = State::ignored;
    } else {
        state_ = State::ignored;
    }
}

}  // namespace bifurc::model
