// SPDX-License-Identifier: BSD-3-Clause
// The 64 bytes in which one queue's registers lie, in the register file or in a page that another process writes at any
// time. Every access is one atomic load or store; what was read is used, never read again.
#pragma once

#include <atomic>
#include <cstdint>

#include "hw/ixgbe.h"
#include "hw/reg.h"

namespace bifurc::model {

// Where a queue's ring lies and how far the device is: what is latched when the queue is enabled.
struct RingPlace {
    std::uint32_t base_low, base_high, len_bytes, head;
    bool operator==(const RingPlace&) const = default;
    [[nodiscard]] std::uint64_t bus() const noexcept { return std::uint64_t{base_high} << 32 | base_low; }
};

// First is the register at the block's start: RDBAL or TDBAL.
template <class First>
class QueueBlock {
public:
    static constexpr std::uint32_t kLen = First::stride;

    QueueBlock() = default;
    explicit QueueBlock(void* block) noexcept : words_(static_cast<std::uint32_t*>(block)) {}

    template <class R>
    [[nodiscard]] hw::Value<R> get(std::memory_order order = std::memory_order_relaxed) const noexcept {
        return {std::atomic_ref<std::uint32_t>(words_[index<R>()]).load(order)};
    }
    template <class R>
    void set(hw::Value<R> value) const noexcept {
        std::atomic_ref<std::uint32_t>(words_[index<R>()]).store(value.raw, std::memory_order_release);
    }
    // Unless somebody has written something else than `expected` meanwhile: that stays, and the answer is false.
    template <class R>
    bool replace(std::uint32_t expected, hw::Value<R> value) const noexcept {
        return std::atomic_ref<std::uint32_t>(words_[index<R>()]).compare_exchange_strong(expected, value.raw);
    }
    // Both kinds of queue have these at the same offsets.
    [[nodiscard]] RingPlace place() const noexcept { return {word(0x00), word(0x04), word(0x08), word(0x10)}; }
    void clear() const noexcept {
        for (std::uint32_t i = 0; i < kLen / 4; ++i) std::atomic_ref<std::uint32_t>(words_[i]).store(0);
    }
    [[nodiscard]] std::uint32_t word(std::uint32_t offset) const noexcept {
        return std::atomic_ref<std::uint32_t>(words_[offset / 4]).load(std::memory_order_relaxed);
    }

private:
    template <class R>
    static constexpr std::uint32_t index() noexcept {
        static_assert(R::at(0) - First::at(0) < kLen);
        return (R::at(0) - First::at(0)) / 4;
    }
    std::uint32_t* words_ = nullptr;
};

using RxBlock = QueueBlock<hw::ixgbe::RDBAL>;
using TxBlock = QueueBlock<hw::ixgbe::TDBAL>;
static_assert(hw::ixgbe::RDH::at(0) - hw::ixgbe::RDBAL::at(0) == 0x10);
static_assert(hw::ixgbe::TDH::at(0) - hw::ixgbe::TDBAL::at(0) == 0x10);

}  // namespace bifurc::model
