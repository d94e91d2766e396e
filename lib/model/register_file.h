// SPDX-License-Identifier: BSD-3-Clause
// The port's registers: one decode row per register serves reading, writing, resetting and naming. What no row knows is
// counted. Hooks name the registers whose access does more than keep a word; nic.cpp gives them their meaning.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "hw/ixgbe.h"
#include "hw/ixgbe_device.h"
#include "hw/reg.h"
#include "nic.h"

namespace bifurc::model {

enum class Hook : std::uint8_t {
    none,
    counter,  // clears on read
    reset,    // CTRL
    status,
    links,
    eec,
    eerd,
    i2cctl,
    swsm,
    mdio,
    autoc,
    eicr,
    eics,
    eims,
    eimc,
    eics_ex,
    eims_ex,
    eimc_ex,
    qde,
    fdir_control,
    fdir_command,
    queue_enable,  // RXDCTL, TXDCTL: this queue is to be looked at
    tx_tail,
};

struct Row {
    const char* name;
    std::uint32_t base, stride;
    std::uint32_t count, first_index;
    std::uint32_t writable;  // bits that software can change
    std::uint32_t reset;
    Hook hook;
};

class RegisterFile {
public:
    // Empty: memory of its own.
    explicit RegisterFile(std::span<std::byte> memory = {});
    RegisterFile(const RegisterFile&) = delete;
    RegisterFile& operator=(const RegisterFile&) = delete;

    // The queues' pages are memory that others read and write, without anybody here noticing.
    [[nodiscard]] bool shared() const noexcept { return own_.empty(); }

    // The row of this offset and the index in it, or nullptr.
    struct Place {
        const Row* row;
        unsigned index;
    };
    [[nodiscard]] static Place find(std::uint32_t offset) noexcept;

    void reset() noexcept;
    template <class R>
    [[nodiscard]] static hw::Value<R> reset_value() noexcept {
        return {find(R::at(0)).row->reset};
    }
    [[nodiscard]] std::uint32_t word(std::uint32_t offset) const noexcept { return words_[offset / 4]; }
    [[nodiscard]] std::uint32_t& word(std::uint32_t offset) noexcept { return words_[offset / 4]; }

    template <class R>
    [[nodiscard]] hw::Value<R> get(unsigned i = 0) const noexcept {
        return {word(R::at(i))};
    }
    template <class R, class F>
    [[nodiscard]] std::uint32_t field(unsigned i = 0) const noexcept {
        return get<R>(i).template get<F>();
    }
    template <class R>
    void set(hw::Value<R> value, unsigned i = 0) noexcept {
        word(R::at(i)) = value.raw;
    }
    // A counter that sticks at its end (DS 8.2.3.23).
    template <class R>
    void count(unsigned i = 0, std::uint64_t n = 1) noexcept {
        std::uint32_t& value = word(R::at(i));
        value = n > ~value ? ~0u : value + static_cast<std::uint32_t>(n);
    }
    template <class Low, class High>
    void count_wide(std::uint64_t n, unsigned i = 0) noexcept {
        const std::uint64_t sum = (std::uint64_t{word(High::at(i))} << 32 | word(Low::at(i))) + n;
        word(Low::at(i)) = static_cast<std::uint32_t>(sum);
        word(High::at(i)) = static_cast<std::uint32_t>(sum >> 32) & 0xf;
    }

    void note_unknown(std::uint32_t offset, bool write) { ++unknown_[{offset, write}]; }
    [[nodiscard]] std::vector<Nic::UnknownAccess> unknown() const;

private:
    std::vector<std::uint32_t> own_;
    std::span<std::uint32_t> words_;
    std::map<std::pair<std::uint32_t, bool>, std::uint64_t> unknown_;
};

}  // namespace bifurc::model
