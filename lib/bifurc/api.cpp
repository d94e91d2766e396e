// SPDX-License-Identifier: BSD-3-Clause
// The C interface: each call takes the lock, does one thing, and turns a failure into its sentence.
#include <algorithm>
#include <cerrno>
#include <mutex>

#include "client.h"
#include "status.h"

using namespace bifurc::client;

namespace {

template <class T>
int answer(const rte_bifurc& handle, Verb verb, const Result<T>& result, rte_bifurc_error* err) noexcept {
    return result.ok() ? 0 : explain(verb, result.code(), handle.facts(), err);
}

template <class T>
int answer_pairs(const rte_bifurc& handle, Verb verb, const Result<T>& result, std::uint32_t first, std::uint32_t pairs,
                 rte_bifurc_error* err) noexcept {
    if (result.ok()) return 0;
    Facts facts = handle.facts();
    facts.first = first;
    facts.pairs = pairs;
    return explain(verb, result.code(), facts, err);
}

int answer_memory(const rte_bifurc& handle, Verb verb, const Status& result, const void* va, std::size_t len,
                  rte_bifurc_error* err) noexcept {
    if (result.ok()) return 0;
    Facts facts = handle.facts();
    facts.va = reinterpret_cast<std::uintptr_t>(va);
    facts.len = len;
    return explain(verb, result.code(), facts, err);
}

Mac to_mac(const std::uint8_t* bytes) noexcept {
    Mac mac;
    std::copy_n(bytes, mac.size(), mac.begin());
    return mac;
}

// A reset between question and mapping makes the answer stale, and the kernel refuses its offsets. Then it is asked
// again.
Status map_window(rte_bifurc& handle) noexcept {
    constexpr int kTries = 8;
    std::uint32_t refused = 0;
    for (int i = 0; i < kTries; ++i) {
        const auto regions = handle.verbs.regions();
        if (!regions.ok()) return regions.error();
        const std::uint32_t generation = regions.value().generation;
        if (i != 0 && generation == refused) return Errno{EINVAL};
        const Status mapped = handle.window.map(handle.fd, regions.value(), handle.bar_len);
        if (mapped.ok()) handle.generation = generation;
        if (mapped.code() != EINVAL) return mapped;
        refused = generation;
    }
    return Errno{ENETRESET};
}

}  // namespace

extern "C" {

int rte_bifurc_open(const char* iface, rte_bifurc** handle, rte_bifurc_error* err) {
    return open_handle(system_kernel(), iface, handle, err);
}

int rte_bifurc_adopt(int fd, rte_bifurc** handle, rte_bifurc_error* err) {
    return adopt_handle(system_kernel(), fd, handle, err);
}

void rte_bifurc_close(rte_bifurc* handle) { delete handle; }

int rte_bifurc_fd(const rte_bifurc* handle) { return handle->fd; }

const char* rte_bifurc_iface(const rte_bifurc* handle) { return handle->iface; }

int rte_bifurc_info(rte_bifurc* handle, bifurc_info* info, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const auto asked = handle->verbs.info();
    if (asked.ok()) *info = asked.value();
    return answer(*handle, Verb::info, asked, err);
}

int rte_bifurc_split(rte_bifurc* handle, uint32_t first, uint32_t pairs, uint32_t flags, uint32_t* got_first,
                     rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const auto asked = handle->verbs.split(first, pairs, flags);
    if (asked.ok()) {
        handle->generation = asked.value().generation;
        *got_first = asked.value().first;
    } else if (asked.code() == EPROTO) {
        (void)handle->verbs.give_back();  // whatever it was that we got
    }
    return answer_pairs(*handle, Verb::split, asked, first, pairs, err);
}

int rte_bifurc_map(rte_bifurc* handle, void** window, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const Status mapped = map_window(*handle);
    if (mapped.ok()) *window = handle->window.base();
    return answer(*handle, Verb::map, mapped, err);
}

const volatile bifurc_status* rte_bifurc_status_page(const rte_bifurc* handle) { return handle->window.status_page(); }

int rte_bifurc_status(const rte_bifurc* handle, bifurc_status* status) {
    const volatile bifurc_status* page = handle->window.status_page();
    if (page == nullptr) return -ENODATA;
    const auto copy = read_status(*page);
    if (copy.ok()) *status = copy.value();
    return -copy.code();
}

int rte_bifurc_dma_map(rte_bifurc* handle, void* va, size_t len, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const Status mapped = handle->dma.map(handle->verbs, reinterpret_cast<std::uintptr_t>(va), len);
    return answer_memory(*handle, Verb::dma_map, mapped, va, len, err);
}

int rte_bifurc_dma_unmap(rte_bifurc* handle, void* va, size_t len, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const Status unmapped = handle->dma.unmap(handle->verbs, reinterpret_cast<std::uintptr_t>(va), len);
    return answer_memory(*handle, Verb::dma_unmap, unmapped, va, len, err);
}

bool rte_bifurc_dma_find(const rte_bifurc* handle, const void* va, rte_bifurc_dma* stretch) {
    return handle->dma.find(reinterpret_cast<std::uintptr_t>(va), *stretch);
}

const uint32_t* rte_bifurc_dma_epoch(const rte_bifurc* handle) {
    static_assert(sizeof(handle->dma.epoch()) == sizeof(std::uint32_t) &&
                  std::atomic<std::uint32_t>::is_always_lock_free);
    return reinterpret_cast<const std::uint32_t*>(&handle->dma.epoch());
}

uint64_t rte_bifurc_dma_bus(const rte_bifurc* handle, const void* va, size_t len) {
    return handle->dma.bus(reinterpret_cast<std::uintptr_t>(va), len);
}

int rte_bifurc_sync(rte_bifurc* handle, uint32_t first, uint32_t pairs, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const Status asked = handle->verbs.sync(first, pairs, handle->generation);
    return answer_pairs(*handle, Verb::sync, asked, first, pairs, err);
}

int rte_bifurc_eventfd(rte_bifurc* handle, uint32_t pair, int fd, bool arm, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const Status asked = handle->verbs.eventfd(pair, fd, arm ? BIFURC_EVENTFD_ARM : 0, handle->generation);
    return answer_pairs(*handle, Verb::eventfd, asked, pair, 1, err);
}

int rte_bifurc_events(rte_bifurc* handle, uint32_t* events, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const auto asked = handle->verbs.events();
    if (asked.ok()) *events = asked.value().events;
    return answer(*handle, Verb::events, asked, err);
}

int rte_bifurc_stats(rte_bifurc* handle, uint32_t pair, bifurc_stats* stats, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const auto asked = handle->verbs.stats(pair);
    if (asked.ok()) *stats = asked.value();
    return answer_pairs(*handle, Verb::stats, asked, pair, 1, err);
}

int rte_bifurc_promiscuous(rte_bifurc* handle, bool on, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    return answer(*handle, Verb::filter, handle->memberships.promiscuous(on), err);
}

int rte_bifurc_allmulticast(rte_bifurc* handle, bool on, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    return answer(*handle, Verb::filter, handle->memberships.allmulticast(on), err);
}

int rte_bifurc_mac_add(rte_bifurc* handle, const uint8_t mac[6], rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    return answer(*handle, Verb::filter, handle->memberships.add(to_mac(mac)), err);
}

int rte_bifurc_mac_remove(rte_bifurc* handle, const uint8_t mac[6], rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    return answer(*handle, Verb::filter, handle->memberships.remove(to_mac(mac)), err);
}

int rte_bifurc_give_back(rte_bifurc* handle, rte_bifurc_error* err) {
    const std::lock_guard guard{handle->lock};
    const Status given = handle->verbs.give_back();
    if (given.ok()) {
        handle->window.hide();
        handle->dma.clear();
    }
    return answer(*handle, Verb::give_back, given, err);
}

}  // extern "C"
