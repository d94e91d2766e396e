// SPDX-License-Identifier: BSD-3-Clause
// Keeps EAL's memory mapped for one device: all that there is when the device opens, what EAL adds later, and no longer
// what EAL frees. External memory that belongs to no heap is the application's affair (rte_dev_dma_map), as with VFIO.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bifurc/rte_bifurc.h"

namespace bifurc::bus {

class DmaMaps {
public:
    DmaMaps() noexcept = default;
    DmaMaps(const DmaMaps&) = delete;
    DmaMaps& operator=(const DmaMaps&) = delete;
    ~DmaMaps() { detach(); }

    // Maps everything, or nothing: 0 or a negative errno, logged. handle must hold a split and outlive detach; device
    // is the name for the log and must stay as well.
    [[nodiscard]] int attach(rte_bifurc* handle, const char* device) noexcept;
    // Forgets the mappings, which end with the split.
    void detach() noexcept;

    // EAL's events, which come one at a time, in any thread, while EAL's memory map is locked.
    int memory_added(std::uintptr_t va, std::size_t len) noexcept;
    void memory_freed(std::uintptr_t va, std::size_t len) noexcept;

private:
    struct Mapping {
        Mapping* next;
        std::uintptr_t va;
        std::size_t len;
    };

    void unmap(Mapping* mapping) noexcept;

    rte_bifurc* handle_ = nullptr;
    const char* device_ = "";
    Mapping* mappings_ = nullptr;
    bool listening_ = false;
};

}  // namespace bifurc::bus
