// SPDX-License-Identifier: BSD-3-Clause
// A descriptor ring in the driver's memory, reached through Dma. The driver writes it at any time, so a descriptor is
// copied once and the copy is used.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "dma_cursor.h"

namespace bifurc::model {

inline constexpr std::uint32_t kDescriptorBytes = 16;
inline constexpr std::uint32_t kRingAlign = 128;         // DS 8.2.3.8.1, 8.2.3.8.3: base and length
inline constexpr std::uint32_t kMaxRingBytes = 0x80000;  // DS 8.2.3.8.3

struct RawDescriptor {
    std::uint64_t low, high;
};

class RingMemory {
public:
    // false: no ring that the device could follow.
    [[nodiscard]] bool place(std::uint64_t bus, std::uint32_t len_bytes) noexcept {
        bus_ = bus;
        size_ = 0;
        all_ = nullptr;
        if (bus % kRingAlign != 0 || len_bytes % kRingAlign != 0 || len_bytes == 0 || len_bytes > kMaxRingBytes)
            return false;
        size_ = len_bytes / kDescriptorBytes;
        return true;
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint32_t next(std::uint32_t slot) const noexcept { return slot + 1 == size_ ? 0 : slot + 1; }
    [[nodiscard]] std::uint32_t between(std::uint32_t from, std::uint32_t to) const noexcept {
        return to >= from ? to - from : size_ - from + to;
    }

    // At the start of each poll that uses the ring: where it lies, if it is directly reachable in one piece.
    void look(DmaCursor& dma) noexcept { all_ = dma.direct(bus_, std::size_t{size_} * kDescriptorBytes); }

    [[nodiscard]] bool load(DmaCursor& dma, std::uint32_t slot, RawDescriptor& desc) const noexcept {
        std::byte* at = place_of(dma, slot);
        if (at == nullptr) return dma.read(address(slot), std::as_writable_bytes(std::span{&desc, 1}));
        const auto words = reinterpret_cast<std::uint64_t*>(at);
        desc.low = std::atomic_ref<std::uint64_t>(words[0]).load(std::memory_order_acquire);
        desc.high = std::atomic_ref<std::uint64_t>(words[1]).load(std::memory_order_acquire);
        return true;
    }
    // The first half of one that is directly reachable: where its buffer is.
    [[nodiscard]] static std::uint64_t load_low(std::byte* at) noexcept {
        return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(at)).load(std::memory_order_acquire);
    }
    // What will soon be asked for, of the descriptors up to the tail: the driver's core wrote them last, and it takes
    // long to come by them. Descriptors, and further on the start of a buffer; what is read there is only a hint.
    void prefetch(DmaCursor& dma, std::uint32_t slot, std::uint32_t tail) const noexcept {
        constexpr std::uint32_t kDescriptors = 16, kBuffer = 6, kPerCacheLine = 4;
        const std::uint32_t left = between(slot, tail);
        if (all_ == nullptr || left <= kBuffer) return;
        if (slot % kPerCacheLine == 0 && left > kDescriptors) prefetch(further(slot, kDescriptors));
        const std::uint64_t bus = load_low(all_ + std::size_t{further(slot, kBuffer)} * kDescriptorBytes);
        if (const std::byte* buffer = dma.direct(bus, 1); buffer != nullptr) __builtin_prefetch(buffer, 1);
    }
    // One descriptor.
    void prefetch(std::uint32_t slot) const noexcept {
        if (all_ != nullptr) __builtin_prefetch(all_ + std::size_t{slot} * kDescriptorBytes, 1);
    }
    // The half with DD comes last: whoever sees DD sees everything before it.
    [[nodiscard]] bool store(DmaCursor& dma, std::uint32_t slot, const RawDescriptor& desc) const noexcept {
        if (std::byte* at = place_of(dma, slot); at != nullptr) {
            store(at, desc);
            return true;
        }
        return dma.write(address(slot), std::as_bytes(std::span{&desc.low, 1})) &&
               dma.write(address(slot) + 8, std::as_bytes(std::span{&desc.high, 1}));
    }
    static void store(std::byte* at, const RawDescriptor& desc) noexcept {
        const auto words = reinterpret_cast<std::uint64_t*>(at);
        std::atomic_ref<std::uint64_t>(words[0]).store(desc.low, std::memory_order_relaxed);
        std::atomic_ref<std::uint64_t>(words[1]).store(desc.high, std::memory_order_release);
    }
    // nullptr: not directly reachable.
    [[nodiscard]] std::byte* place_of(DmaCursor& dma, std::uint32_t slot) const noexcept {
        if (all_ != nullptr) return all_ + std::size_t{slot} * kDescriptorBytes;
        return dma.direct(address(slot), kDescriptorBytes);
    }

private:
    [[nodiscard]] std::uint64_t address(std::uint32_t slot) const noexcept {
        return bus_ + std::uint64_t{slot} * kDescriptorBytes;
    }
    // The slot n further on; n is less than between(slot, any other).
    [[nodiscard]] std::uint32_t further(std::uint32_t slot, std::uint32_t n) const noexcept {
        return slot + n < size_ ? slot + n : slot + n - size_;
    }
    std::uint64_t bus_ = 0;
    std::uint32_t size_ = 0;
    std::byte* all_ = nullptr;
};

// Frames of the least length are what there are most of; a call would take longer than their four pieces.
inline void copy_bytes(std::byte* to, const std::byte* from, std::size_t len) noexcept {
    constexpr std::size_t kPiece = 16, kLine = 4 * kPiece;
    if (len > kLine || len < kLine - kPiece) {
        std::memcpy(to, from, len);
        return;
    }
    for (std::size_t at = 0; at < kLine - kPiece; at += kPiece) std::memcpy(to + at, from + at, kPiece);
    std::memcpy(to + len - kPiece, from + len - kPiece, kPiece);
}
inline bool copy_in(DmaCursor& dma, std::uint64_t bus, std::span<std::byte> to) noexcept {
    const std::byte* from = dma.direct(bus, to.size());
    if (from == nullptr) return dma.read(bus, to);
    copy_bytes(to.data(), from, to.size());
    return true;
}
inline bool copy_out(DmaCursor& dma, std::uint64_t bus, std::span<const std::byte> from) noexcept {
    std::byte* to = dma.direct(bus, from.size());
    if (to == nullptr) return dma.write(bus, from);
    copy_bytes(to, from.data(), from.size());
    return true;
}

}  // namespace bifurc::model
