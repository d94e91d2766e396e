// SPDX-License-Identifier: BSD-3-Clause
// From a buffer's address to what belongs into a descriptor. Each queue keeps the stretch of its last buffer, so that
// the usual case is one subtraction and two comparisons (doc/adr/0005).
#pragma once

#include <rte_branch_prediction.h>

#include <cstddef>
#include <cstdint>

#include "bifurc/rte_bifurc.h"

namespace bifurc::net {

struct CachedStretch {
    rte_bifurc_dma dma;
    std::uint32_t epoch;  // Nic::dma_epoch() when it was looked up: older means that something was unmapped since

    [[nodiscard]] bool holds(std::uintptr_t va, std::size_t len) const noexcept {
        const std::uintptr_t offset = va - dma.va;
        return offset < dma.len && len <= dma.len - offset;
    }
};

// Nic answers dma_find(va, &stretch) and dma_epoch(). Call refresh once per burst, then bus_address per buffer.
template <class Nic>
void refresh(CachedStretch& cache, Nic& nic) noexcept {
    const std::uint32_t now = nic.dma_epoch();
    if (unlikely(cache.epoch != now)) cache = CachedStretch{{}, now};
}

// RTE_BIFURC_BUS_INVALID unless all of [va, va+len) is mapped and contiguous for the device.
template <class Nic>
std::uint64_t bus_address(CachedStretch& cache, Nic& nic, std::uintptr_t va, std::size_t len) noexcept {
    if (unlikely(!cache.holds(va, len))) {
        CachedStretch found{{}, cache.epoch};
        if (!nic.dma_find(va, found.dma) || !found.holds(va, len)) return RTE_BIFURC_BUS_INVALID;
        cache = found;
    }
    return va + cache.dma.delta;
}

}  // namespace bifurc::net
