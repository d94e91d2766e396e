// SPDX-License-Identifier: BSD-3-Clause
// Keeps EAL's memory mapped for one device: all that there is when the device opens, what EAL adds later, and no longer
// what EAL frees. External memory that belongs to no heap is the application's affair (rte_dev_dma_map), as with VFIO.
//
// What is mapped keeps its bus addresses until EAL frees it: rings and posted buffers hold them. A mapping ends as a
// whole only, so a mapping is a *unit*, what EAL frees as a whole: a page; all of a stretch that it never frees; a
// chunk of an external heap. Units do not follow each other on the bus, but an object may lie across the border of two:
// a *bridge*, a second mapping of the bytes around the border, serves it, and ends with either of them (doc/adr/0008).
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

    // EAL's events, which come one at a time, in any thread, while EAL's memory map is locked. What was added comes
    // back in whole pieces of `unit` bytes; the last one may be shorter.
    int memory_added(std::uintptr_t va, std::size_t len, std::size_t unit) noexcept;
    void memory_freed(std::uintptr_t va, std::size_t len) noexcept;

private:
    struct Unit {
        Unit* next;
        std::uintptr_t va;
        std::uintptr_t end;
        std::size_t bridge;  // bytes on each side of `end` that are mapped once more, together; 0: none
    };

    int add_unit(Unit*& before, std::uintptr_t va, std::size_t len) noexcept;
    int add_bridge(Unit& unit) noexcept;
    void remove_bridge(Unit& unit) noexcept;
    [[nodiscard]] int map(std::uintptr_t va, std::size_t len) noexcept;
    void unmap(std::uintptr_t va, std::size_t len) noexcept;

    rte_bifurc* handle_ = nullptr;
    const char* device_ = "";
    Unit* units_ = nullptr;  // by address
    bool listening_ = false;
};

}  // namespace bifurc::bus
