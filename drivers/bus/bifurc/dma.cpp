// SPDX-License-Identifier: BSD-3-Clause
#include "dma.h"

#include <rte_eal_memconfig.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "log.h"

namespace bifurc::bus {
namespace {

constexpr char kListener[] = "bus_bifurc";

// The longest thing that the device is given in one piece: a ring of 4096 descriptors, a buffer of 65535 bytes.
constexpr std::size_t kLongest = 65536;

// An external heap's memory is not marked as such before EAL has told of it.
bool is_anothers(const rte_memseg_list& list) noexcept { return list.external != 0 && list.heap == 0; }

// Goes through EAL's pages in order, and maps them as they may be freed.
struct Walk {
    DmaMaps& maps;
    bool pages_are_freed;  // not with --no-huge or --legacy-mem
    const rte_memseg_list* list = nullptr;
    std::uintptr_t va = 0, end = 0;  // a stretch that EAL frees as a whole, or never

    int flush() noexcept {
        return std::exchange(list, nullptr) == nullptr ? 0 : maps.memory_added(va, end - va, end - va);
    }

    int page(const rte_memseg_list& in, const rte_memseg& segment) noexcept {
        const auto at = reinterpret_cast<std::uintptr_t>(segment.addr);
        const bool alone = pages_are_freed && in.external == 0 && (segment.flags & RTE_MEMSEG_FLAG_DO_NOT_FREE) == 0;
        if (alone || list != &in || end != at) {
            if (const int rc = flush(); rc != 0) return rc;
            va = at;
        }
        list = &in;
        end = at + segment.len;
        return alone ? flush() : 0;
    }
};

int on_page(const rte_memseg_list* list, const rte_memseg* segment, void* walk) noexcept {
    return is_anothers(*list) ? 0 : static_cast<Walk*>(walk)->page(*list, *segment);
}

void on_event(rte_mem_event event, const void* address, std::size_t len, void* maps) noexcept {
    auto& self = *static_cast<DmaMaps*>(maps);
    const auto va = reinterpret_cast<std::uintptr_t>(address);
    if (event == RTE_MEM_EVENT_FREE) {
        self.memory_freed(va, len);
        return;
    }
    const rte_memseg_list* list = rte_mem_virt2memseg_list(address);
    const bool by_pages = list != nullptr && list->external == 0;
    // EAL cannot be told no. What could not be mapped is logged; the driver counts buffers that lie there.
    static_cast<void>(self.memory_added(va, len, by_pages ? list->page_sz : len));
}

}  // namespace

int DmaMaps::attach(rte_bifurc* handle, const char* device) noexcept {
    handle_ = handle;
    device_ = device;
    // Nothing may come or go between the first event and the walk.
    rte_mcfg_mem_read_lock();
    const int errno_before = rte_errno;
    listening_ = rte_mem_event_callback_register(kListener, on_event, this) == 0;
    int rc = 0;
    // Memory that EAL never adds to (--no-huge, --legacy-mem) has no events.
    if (!listening_ && rte_errno == ENOTSUP) {
        rte_errno = errno_before;  // some of EAL's calls answer whatever stands there
    } else if (!listening_) {
        rc = -rte_errno;
        log(RTE_LOG_ERR, device_, "EAL takes no listener for memory events: %s.", rte_strerror(rte_errno));
    }
    if (rc == 0) {
        Walk walk{*this, listening_};
        rc = rte_memseg_walk_thread_unsafe(on_page, &walk);
        if (rc == 0) rc = walk.flush();
    }
    rte_mcfg_mem_read_unlock();
    if (rc != 0) detach();
    return rc;
}

void DmaMaps::detach() noexcept {
    // Waits for an event that is under way.
    if (listening_) rte_mem_event_callback_unregister(kListener, this);
    listening_ = false;
    while (units_ != nullptr) delete std::exchange(units_, units_->next);
    handle_ = nullptr;
}

int DmaMaps::memory_added(std::uintptr_t va, std::size_t len, std::size_t unit) noexcept {
    Unit* before = nullptr;
    for (Unit* at = units_; at != nullptr && at->va < va; at = at->next) before = at;
    const std::uintptr_t end = va + len;
    int rc = 0;
    for (std::uintptr_t at = va; at < end && rc == 0; at += std::min(unit, end - at)) {
        rc = add_unit(before, at, std::min(unit, end - at));
    }
    if (rc == 0) rc = add_bridge(*before);
    return rc;
}

// Behind `before`, which it then is.
int DmaMaps::add_unit(Unit*& before, std::uintptr_t va, std::size_t len) noexcept {
    Unit*& link = before == nullptr ? units_ : before->next;
    auto* unit = new (std::nothrow) Unit{link, va, va + len, 0};
    if (unit == nullptr) {
        log(RTE_LOG_ERR, device_, "Out of memory while %zu bytes were to be mapped for the device.", len);
        return -ENOMEM;
    }
    if (const int rc = map(va, len); rc != 0) {
        delete unit;
        return rc;
    }
    link = unit;
    const int rc = before == nullptr ? 0 : add_bridge(*before);
    before = unit;
    return rc;
}

int DmaMaps::add_bridge(Unit& unit) noexcept {
    if (unit.next == nullptr || unit.next->va != unit.end) return 0;
    const std::size_t bytes = std::min({kLongest, unit.end - unit.va, unit.next->end - unit.next->va});
    const int rc = map(unit.end - bytes, 2 * bytes);
    if (rc == 0) unit.bridge = bytes;
    return rc;
}

void DmaMaps::remove_bridge(Unit& unit) noexcept {
    if (unit.bridge != 0) unmap(unit.end - unit.bridge, 2 * unit.bridge);
    unit.bridge = 0;
}

int DmaMaps::map(std::uintptr_t va, std::size_t len) noexcept {
    rte_bifurc_error error{};
    const int rc = rte_bifurc_dma_map(handle_, reinterpret_cast<void*>(va), len, &error);
    if (rc != 0) log(RTE_LOG_ERR, device_, "%s.", error.text);
    return rc;
}

void DmaMaps::unmap(std::uintptr_t va, std::size_t len) noexcept {
    rte_bifurc_error error{};
    const int rc = rte_bifurc_dma_unmap(handle_, reinterpret_cast<void*>(va), len, &error);
    // Without netdev or split the mapping has ended already.
    if (rc != 0 && rc != -ENODEV && rc != -ENOTCONN) log(RTE_LOG_ERR, device_, "%s.", error.text);
}

// A unit of which only a part is freed, which EAL does not do, stays: its rest may be in use.
void DmaMaps::memory_freed(std::uintptr_t va, std::size_t len) noexcept {
    Unit* before = nullptr;
    for (Unit** link = &units_; *link != nullptr && (*link)->va < va + len;) {
        Unit* unit = *link;
        if (unit->va < va || unit->end > va + len) {
            before = unit;
            link = &unit->next;
            continue;
        }
        if (before != nullptr && before->end == unit->va) remove_bridge(*before);
        remove_bridge(*unit);
        unmap(unit->va, unit->end - unit->va);
        *link = unit->next;
        delete unit;
    }
}

}  // namespace bifurc::bus
