// SPDX-License-Identifier: BSD-3-Clause
#include "dma.h"

#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "log.h"

namespace bifurc::bus {
namespace {

constexpr char kListener[] = "bus_bifurc";

bool is_ours(const rte_memseg_list* list) noexcept { return list == nullptr || list->external == 0 || list->heap != 0; }

int map_stretch(const rte_memseg_list* list, const rte_memseg* segment, std::size_t len, void* maps) noexcept {
    if (!is_ours(list)) return 0;
    return static_cast<DmaMaps*>(maps)->memory_added(reinterpret_cast<std::uintptr_t>(segment->addr), len);
}

void on_event(rte_mem_event event, const void* address, std::size_t len, void* maps) noexcept {
    auto& self = *static_cast<DmaMaps*>(maps);
    const auto va = reinterpret_cast<std::uintptr_t>(address);
    if (event == RTE_MEM_EVENT_FREE) {
        self.memory_freed(va, len);
    } else if (is_ours(rte_mem_virt2memseg_list(address))) {
        // EAL cannot be told no. What could not be mapped is logged; the driver counts buffers that lie there.
        static_cast<void>(self.memory_added(va, len));
    }
}

}  // namespace

int DmaMaps::attach(rte_bifurc* handle, const char* device) noexcept {
    handle_ = handle;
    device_ = device;
    // Nothing may come or go between the walk and the first event.
    rte_mcfg_mem_read_lock();
    int rc = rte_memseg_contig_walk_thread_unsafe(map_stretch, this);
    if (rc == 0) {
        const int errno_before = rte_errno;
        listening_ = rte_mem_event_callback_register(kListener, on_event, this) == 0;
        // Memory that EAL never adds to (--no-huge, --legacy-mem) has no events.
        if (!listening_ && rte_errno == ENOTSUP) {
            rte_errno = errno_before;  // some of EAL's calls answer whatever stands there
        } else if (!listening_) {
            rc = -rte_errno;
            log(RTE_LOG_ERR, device_, "EAL takes no listener for memory events: %s.", rte_strerror(rte_errno));
        }
    }
    rte_mcfg_mem_read_unlock();
    if (rc != 0) detach();
    return rc;
}

void DmaMaps::detach() noexcept {
    // Waits for an event that is under way.
    if (listening_) rte_mem_event_callback_unregister(kListener, this);
    listening_ = false;
    while (mappings_ != nullptr) {
        Mapping* gone = mappings_;
        mappings_ = gone->next;
        delete gone;
    }
    handle_ = nullptr;
}

// One mapping per event, not per page: behind an IOMMU only what is mapped at once is contiguous for the device, and
// objects of a mempool lie across pages.
int DmaMaps::memory_added(std::uintptr_t va, std::size_t len) noexcept {
    auto* mapping = new (std::nothrow) Mapping{mappings_, va, len};
    rte_bifurc_error error{};
    int rc = -ENOMEM;
    if (mapping == nullptr) {
        log(RTE_LOG_ERR, device_, "Out of memory while %zu bytes were to be mapped for the device.", len);
    } else if (rc = rte_bifurc_dma_map(handle_, reinterpret_cast<void*>(va), len, &error); rc != 0) {
        log(RTE_LOG_ERR, device_, "%s.", error.text);
        delete mapping;
    } else {
        mappings_ = mapping;
    }
    return rc;
}

void DmaMaps::unmap(Mapping* mapping) noexcept {
    rte_bifurc_error error{};
    const int rc = rte_bifurc_dma_unmap(handle_, reinterpret_cast<void*>(mapping->va), mapping->len, &error);
    // Without netdev or split the mapping has ended already.
    if (rc != 0 && rc != -ENODEV && rc != -ENOTCONN) log(RTE_LOG_ERR, device_, "%s.", error.text);
    delete mapping;
}

// EAL frees in other pieces than it added. What remains of a mapping is mapped anew before the whole one ends: the
// pages stay pinned in between and, unless an IOMMU assigns addresses, keep the addresses that posted descriptors hold.
void DmaMaps::memory_freed(std::uintptr_t va, std::size_t len) noexcept {
    const std::uintptr_t end = va + len;
    Mapping** link = &mappings_;
    while (*link != nullptr) {
        Mapping* mapping = *link;
        const std::uintptr_t mapping_end = mapping->va + mapping->len;
        if (mapping_end <= va || mapping->va >= end) {
            link = &mapping->next;
            continue;
        }
        *link = mapping->next;
        if (mapping->va < va) static_cast<void>(memory_added(mapping->va, va - mapping->va));
        if (mapping_end > end) static_cast<void>(memory_added(end, mapping_end - end));
        unmap(mapping);
        link = &mappings_;  // the list has new entries in front; they are outside what was freed
    }
}

}  // namespace bifurc::bus
