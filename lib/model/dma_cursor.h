// SPDX-License-Identifier: BSD-3-Clause
// The device's way to memory, with the translations that it asked for last, as a device has them behind an IOMMU.
#pragma once

#include <array>

#include "nic.h"

namespace bifurc::model {

class DmaCursor {
public:
    explicit DmaCursor(Dma& dma) noexcept : dma_(dma) {}

    // At the start of a poll: forgets what may not be true any more.
    void renew() noexcept {
        const std::uint64_t now = dma_.epoch();
        if (now == epoch_) return;
        epoch_ = now;
        last_ = {};
        stretches_ = {};
    }

    // As Dma's.
    [[nodiscard]] std::byte* direct(std::uint64_t bus, std::size_t len) noexcept {
        if (holds(last_, bus, len)) return last_.data + (bus - last_.bus);
        return look_up(bus, len);
    }
    [[nodiscard]] bool read(std::uint64_t bus, std::span<std::byte> to) noexcept { return dma_.read(bus, to); }
    [[nodiscard]] bool write(std::uint64_t bus, std::span<const std::byte> from) noexcept {
        return dma_.write(bus, from);
    }

private:
    static constexpr std::uint64_t kSpan = 256 << 10;  // an eighth of a huge page, as which most stretches are
    static constexpr std::size_t kStretches = 512;

    static bool holds(const Stretch& stretch, std::uint64_t bus, std::size_t len) noexcept {
        const std::uint64_t at = bus - stretch.bus;
        return at < stretch.len && len <= stretch.len - at;
    }

    [[gnu::noinline]] std::byte* look_up(std::uint64_t bus, std::size_t len) noexcept {
        Stretch& stretch = stretches_[bus / kSpan % kStretches];
        if (!holds(stretch, bus, len)) stretch = dma_.stretch(bus);
        if (!holds(stretch, bus, len)) return dma_.direct(bus, len);
        last_ = stretch;
        return stretch.data + (bus - stretch.bus);
    }

    Dma& dma_;
    std::uint64_t epoch_ = 0;
    Stretch last_;  // most programs have all of their buffers in one
    std::array<Stretch, kStretches> stretches_{};
};

}  // namespace bifurc::model
