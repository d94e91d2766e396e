// SPDX-License-Identifier: BSD-3-Clause
// The verbs with structures that are valid, nearly valid or random, at pointers that are good or not.
#include <sys/mman.h>
#include <unistd.h>

#include "worker.h"

namespace bifurc::fuzz {
namespace {

union Argument {
    std::uint32_t size;
    bifurc_info info;
    bifurc_split split;
    bifurc_regions regions;
    bifurc_dma_map dma_map;
    bifurc_dma_unmap dma_unmap;
    bifurc_eventfd eventfd;
    bifurc_events events;
    bifurc_sync sync;
    bifurc_stats stats;
    bifurc_return give_back;
    std::array<std::uint32_t, 2 * kPage / 4> words;  // a newer caller's structure may be longer
};

struct Verb {
    int number;
    bool answers;
    std::uint32_t size;
    void (*fill)(Worker& worker, const Hints& hints, Argument& argument);
    void (*learn)(Hints& hints, const Argument& argument);
};

void nothing(Worker&, const Hints&, Argument&) {}

void fill_split(Worker& worker, const Hints& hints, Argument& argument) {
    static constexpr std::array<std::uint32_t, 8> kPairs{1, 1, 1, 2, 2, 3, 8, 64};
    argument.split.flags = worker.random.one_in(8) ? BIFURC_SPLIT_STRICT : 0;
    argument.split.first = worker.random.one_in(3) ? hints.first.load() : BIFURC_FIRST_ANY;
    argument.split.pairs = worker.random.of(kPairs);
}

void learn_split(Hints& hints, const Argument& argument) {
    hints.first = argument.split.first;
    hints.generation = argument.split.generation;
}

void learn_regions(Hints& hints, const Argument& argument) { hints.generation = argument.regions.generation; }

void fill_dma_map(Worker& worker, const Hints&, Argument& argument) {
    static constexpr std::array<std::uint64_t, 8> kPages{1, 1, 2, 4, 16, 64, 65, 256};
    bifurc_dma_map& map = argument.dma_map;
    std::byte* at = worker.random.one_in(20) ? worker.pool.registers : worker.window();
    map.va = reinterpret_cast<std::uint64_t>(at) + worker.random.below(4) * kPage;
    map.len = worker.random.of(kPages) * kPage;
    map.dmabuf_fd = worker.random.one_in(16) ? static_cast<int>(worker.random.below(40)) : -1;
    map.nr_segments = worker.random.one_in(6) ? static_cast<std::uint32_t>(worker.random.below(8)) : 256;
    map.segments = reinterpret_cast<std::uint64_t>(worker.window()) + worker.random.below(2 * kPage);
}

void learn_dma_map(Hints& hints, const Argument& argument) { hints.mapping = argument.dma_map.id; }

void fill_dma_unmap(Worker& worker, const Hints& hints, Argument& argument) {
    argument.dma_unmap.id = hints.mapping - worker.random.below(3);
}

void fill_eventfd(Worker& worker, const Hints& hints, Argument& argument) {
    bifurc_eventfd& eventfd = argument.eventfd;
    eventfd.flags = worker.random.one_in(2) ? BIFURC_EVENTFD_ARM : 0;
    eventfd.pair = hints.first;
    eventfd.generation = hints.generation;
    eventfd.fd = worker.random.one_in(3)
                     ? -1 - static_cast<int>(worker.random.below(3))
                     : worker.pool.eventfds[worker.random.below(worker.pool.eventfds.size())].load();
}

void fill_sync(Worker& worker, const Hints& hints, Argument& argument) {
    argument.sync.first = hints.first;
    argument.sync.pairs = 1 + static_cast<std::uint32_t>(worker.random.below(2));
    argument.sync.generation = hints.generation;
}

void fill_stats(Worker&, const Hints& hints, Argument& argument) { argument.stats.pair = hints.first; }

constexpr std::array kVerbs{
    Verb{BIFURC_INFO, true, sizeof(bifurc_info), nothing, nullptr},
    Verb{BIFURC_SPLIT, true, sizeof(bifurc_split), fill_split, learn_split},
    Verb{BIFURC_REGIONS, true, sizeof(bifurc_regions), nothing, learn_regions},
    Verb{BIFURC_DMA_MAP, true, sizeof(bifurc_dma_map), fill_dma_map, learn_dma_map},
    Verb{BIFURC_DMA_UNMAP, false, sizeof(bifurc_dma_unmap), fill_dma_unmap, nullptr},
    Verb{BIFURC_EVENTFD, false, sizeof(bifurc_eventfd), fill_eventfd, nullptr},
    Verb{BIFURC_EVENTS, true, sizeof(bifurc_events), nothing, nullptr},
    Verb{BIFURC_SYNC, false, sizeof(bifurc_sync), fill_sync, nullptr},
    Verb{BIFURC_STATS, true, sizeof(bifurc_stats), fill_stats, nullptr},
    Verb{BIFURC_RETURN, false, sizeof(bifurc_return), nothing, nullptr},
};

// A call as the kernel sees it.
struct Call {
    int fd;
    int level = SOL_PACKET;
    int number;
    bool answers;
    void* at;
    socklen_t len;
};

int make(const Call& call, socklen_t* len) {
    const int result = call.answers ? ::getsockopt(call.fd, call.level, call.number, call.at, len)
                                    : ::setsockopt(call.fd, call.level, call.number, call.at, call.len);
    return result < 0 ? errno : 0;
}

void spoil_structure(Worker& worker, const Verb& verb, Argument& argument) {
    Random& random = worker.random;
    if (random.one_in(2)) {
        argument.words[random.below(verb.size / 4)] = static_cast<std::uint32_t>(random.edge());
        return;
    }
    static constexpr std::array<std::uint32_t, 8> kMore{0, 4, 8, 64, 256, kPage, 2 * kPage, 0xffffff00};
    argument.size = random.one_in(4) ? static_cast<std::uint32_t>(random.edge()) : verb.size + random.of(kMore);
    if (random.one_in(3)) argument.words[random.below(argument.words.size())] = 1;
}

// The structure at the end of a page behind which there is none, or in one that cannot be written.
struct Page {
    Page()
        : at(static_cast<std::byte*>(
              ::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        if (at != MAP_FAILED) ::munmap(at + kPage, kPage);
    }
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;
    ~Page() {
        if (at != MAP_FAILED) ::munmap(at, kPage);
    }
    std::byte* at;
};

int make_at_a_page_border(Worker& worker, Call call, const Argument& argument, std::size_t size) {
    const Page page;
    if (page.at == MAP_FAILED) return ENOMEM;
    const std::size_t there = worker.random.one_in(2) ? size : worker.random.below(size + 1);
    std::memcpy(page.at + kPage - there, &argument, there);
    call.at = page.at + kPage - there;
    if (worker.random.one_in(2)) ::mprotect(page.at, kPage, PROT_READ);
    return make(call, &call.len);
}

int make_anywhere(Worker& worker, Call call, const Argument& argument, std::size_t size) {
    std::byte* at = worker.window() + worker.random.below(kWindowLen);
    static constexpr std::array<std::uint64_t, 4> kNotOurs{0, 8, 0xffff888000000000, 0x7ffffffff000};
    if (worker.random.one_in(4))
        at = reinterpret_cast<std::byte*>(worker.random.of(kNotOurs));
    else
        guarded([&] { std::memcpy(at, &argument, size); });
    call.at = at;
    if (!worker.random.one_in(4)) return make(call, &call.len);
    return make(call, reinterpret_cast<socklen_t*>(worker.window()));
}

int make_spoiled(Worker& worker, const Verb& verb, Call call, Argument& argument) {
    Random& random = worker.random;
    if (random.one_in(2)) spoil_structure(worker, verb, argument);
    if (random.one_in(4)) call.len = static_cast<socklen_t>(random.edge());
    if (random.one_in(16)) call.number = BIFURC_INFO + static_cast<int>(random.below(12));
    if (random.one_in(16)) call.answers = !call.answers;
    if (random.one_in(16)) call.level = SOL_SOCKET;
    if (random.one_in(16)) call.fd = static_cast<int>(random.below(40));
    switch (random.below(4)) {
        case 0:
            return make_at_a_page_border(worker, call, argument, verb.size);
        case 1:
            return make_anywhere(worker, call, argument, verb.size);
        default:
            // Not more than what is there: the rest of this stack is ours.
            if (call.len > sizeof(argument)) call.len = sizeof(argument);
            return make(call, &call.len);
    }
}

template <std::size_t Which>
int run(Worker& worker) {
    const Verb& verb = kVerbs[Which];
    Slot& slot = worker.slot();
    static thread_local Argument argument;
    argument = {};
    verb.fill(worker, slot.hints, argument);
    argument.size = verb.size;
    Call call{.fd = slot.fd, .number = verb.number, .answers = verb.answers, .at = &argument, .len = verb.size};
    if (worker.random.one_in(3)) return make_spoiled(worker, verb, call, argument);
    const int err = make(call, &call.len);
    if (err == 0 && verb.learn != nullptr) verb.learn(slot.hints, argument);
    return err;
}

constexpr std::array kOperations{
    Operation{"INFO", 4, run<0>},     Operation{"SPLIT", 12, run<1>},    Operation{"REGIONS", 6, run<2>},
    Operation{"DMA_MAP", 14, run<3>}, Operation{"DMA_UNMAP", 8, run<4>}, Operation{"EVENTFD", 8, run<5>},
    Operation{"EVENTS", 4, run<6>},   Operation{"SYNC", 4, run<7>},      Operation{"STATS", 3, run<8>},
    Operation{"RETURN", 4, run<9>},
};

}  // namespace

std::span<const Operation> verb_operations() { return kOperations; }

}  // namespace bifurc::fuzz
