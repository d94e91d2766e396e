// SPDX-License-Identifier: BSD-3-Clause
#include "every_allocation.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <tuple>

#include "calls.h"
#include "machine.h"
#include "rights.h"

namespace bifurc::fuzz {
namespace {

constexpr std::size_t kLen = 16 * kPage;
constexpr unsigned kMostAllocations = 1000, kMisses = 10;

// A borrower at some stage.
struct Subject {
    int fd = -1;
    int eventfd = -1;
    bifurc_split split{};
    std::byte* memory = nullptr;
    std::uint64_t mapping = 0;
    off_t region = 0;
    void* page = MAP_FAILED;
};

// How far the borrower has come before the verb.
enum Stage { kBound, kAttached, kSplit, kMapped, kShown };

struct Case {
    const char* name;
    Stage stage;
    int (*act)(Subject& subject);
};

int map_page(Subject& subject) {
    subject.page = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, subject.fd, subject.region);
    return subject.page == MAP_FAILED ? errno : 0;
}

int map_memory(Subject& subject) {
    std::array<bifurc_dma_segment, kLen / kPage> segments{};
    return dma_map(subject.fd, subject.memory, kLen, segments.data(), segments.size(), &subject.mapping);
}

int find_region(Subject& subject) {
    bifurc_regions regions{};
    const int err = get(subject.fd, BIFURC_REGIONS, regions);
    subject.region = static_cast<off_t>(regions.region[0].mmap_offset);
    return err;
}

int take_events(Subject& subject) {
    bifurc_events events{};
    return get(subject.fd, BIFURC_EVENTS, events);
}

int take_info(Subject& subject) {
    bifurc_info info{};
    return get(subject.fd, BIFURC_INFO, info);
}

int take_stats(Subject& subject) {
    bifurc_stats stats{};
    stats.pair = subject.split.first;
    return get(subject.fd, BIFURC_STATS, stats);
}

int sync(Subject& subject) { return sync_pair(subject.fd, subject.split); }

int arm(Subject& subject) { return arm_eventfd(subject.fd, subject.split, subject.eventfd); }

int unmap_memory(Subject& subject) { return dma_unmap(subject.fd, subject.mapping); }

// Where an allocation for the page fails, the fault is tried again.
int touch(Subject& subject) {
    (void)*static_cast<volatile std::uint32_t*>(subject.page);
    return 0;
}

int close_all(Subject& subject) {
    if (subject.page != MAP_FAILED) ::munmap(subject.page, kPage);
    subject.page = MAP_FAILED;
    ::close(subject.fd);
    subject.fd = -1;
    return 0;
}

constexpr std::array kCases{
    Case{"attach", kBound, [](Subject& s) { return attach(s.fd, s.fd); }},
    Case{"INFO", kAttached, take_info},
    Case{"SPLIT", kAttached, [](Subject& s) { return split(s.fd, 2, &s.split); }},
    Case{"REGIONS", kSplit, find_region},
    Case{"DMA_MAP", kSplit, map_memory},
    Case{"EVENTFD", kSplit, arm},
    Case{"STATS", kSplit, take_stats},
    Case{"SYNC", kSplit, sync},
    Case{"EVENTS", kSplit, take_events},
    Case{"mmap", kMapped, map_page},
    Case{"page fault", kShown, touch},
    Case{"DMA_UNMAP", kMapped, unmap_memory},
    Case{"RETURN", kShown, [](Subject& s) { return give_back(s.fd); }},
    Case{"close", kShown, close_all},
};

void must(int err, const std::string& what) {
    if (err != 0) fail(what + ": " + std::strerror(err));
}

Subject prepare(Stage stage) {
    Subject subject;
    subject.fd = bound_socket();
    subject.eventfd = ::eventfd(0, EFD_NONBLOCK);
    subject.memory = static_cast<std::byte*>(
        ::mmap(nullptr, kLen, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
    if (stage >= kAttached) must(attach(subject.fd, subject.fd), "attach");
    if (stage >= kSplit) must(split(subject.fd, 2, &subject.split), "SPLIT");
    if (stage >= kMapped) must(find_region(subject), "REGIONS");
    if (stage >= kMapped) must(map_memory(subject), "DMA_MAP");
    if (stage >= kShown) must(map_page(subject), "mmap");
    return subject;
}

void dispose(Subject& subject) {
    if (subject.fd >= 0) close_all(subject);
    ::close(subject.eventfd);
    ::munmap(subject.memory, kLen);
}

// What others can see of the state.
using State = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

State state_of(const Subject& subject) {
    const int fd = attached_socket();
    bifurc_info info{};
    must(get(fd, BIFURC_INFO, info), "INFO");
    ::close(fd);
    bifurc_info own{};
    if (subject.fd >= 0) get(subject.fd, BIFURC_INFO, own);
    return {info.pairs_free, info.generation, own.first, own.pairs};
}

void must_equal(const State& is, const State& wanted, const std::string& what) {
    if (is != wanted)
        fail(what + ": " + std::to_string(std::get<0>(is)) + " pairs are free and this socket has " +
             std::to_string(std::get<3>(is)) + ", instead of " + std::to_string(std::get<0>(wanted)) + " and " +
             std::to_string(std::get<3>(wanted)));
}

// What the state is when nothing fails.
State after_success(const Case& each) {
    Subject subject = prepare(each.stage);
    const int err = each.act(subject);
    if (err == EOPNOTSUPP)
        std::printf("%s: not supported here\n", each.name);
    else
        must(err, each.name);
    const State state = state_of(subject);
    dispose(subject);
    return state;
}

// False if the case has fewer than n allocations.
bool fail_nth(const Case& each, const FaultInjection& faults, unsigned n, const State& success) {
    const std::string what = std::string(each.name) + ", whose allocation " + std::to_string(n) + " failed";
    Subject subject = prepare(each.stage);
    const State before = state_of(subject);
    faults.arm(n);
    int err = each.act(subject);
    const bool failed = faults.disarm();
    if (err != 0 && err != EOPNOTSUPP) {
        must_equal(state_of(subject), before, what + " with " + std::strerror(err));
        err = each.act(subject);
        if (err != 0 && err != EOPNOTSUPP) fail(what + ", does not work at the next try: " + std::strerror(err));
    }
    must_equal(state_of(subject), success, what);
    dispose(subject);
    return failed;
}

}  // namespace

void fail_every_allocation() {
    const FaultInjection faults;
    if (!faults.available()) fail("this kernel has no fault injection");
    limit_locked_memory(kLen);  // what a failed DMA_MAP leaves pinned leaves no room for the next try
    for (const Case& each : kCases) {
        const State success = after_success(each);
        unsigned failures = 0;
        // How many there are varies with what caches hold: it ends when none has failed for a while.
        for (unsigned n = 1, last = 0; n <= last + kMisses; ++n) {
            if (!fail_nth(each, faults, n, success)) continue;
            last = n;
            if (++failures > kMostAllocations) fail(std::string(each.name) + ": there is no end of allocations");
        }
        std::printf("%s: %u failures, nothing changed\n", each.name, failures);
    }
}

}  // namespace bifurc::fuzz
