// SPDX-License-Identifier: BSD-3-Clause
// churn EAL-OPTIONS -- pools|rest|border|heap ROUNDS FRAMES: port 0 sends back what it receives, so many frames at a
// time, while the memory around it comes and goes. It says "frames" when it waits for them, and at the end "done".
//
// - pools: as Open vSwitch does for another MTU: a new pool, queues set up with it, the old pool freed under the port
// - rest: the rings lie in what remains of memory of which EAL frees the larger part under the running port; once
// - border: what it sends lies across the border of two pages
// - heap: the pool lies in an external heap that was added after the port was there
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_memzone.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::uint16_t kRing = 512, kBurst = 32;
// Large and few: all of them are used each time.
constexpr unsigned kBuffers = 1023;
constexpr std::uint16_t kBufferSize = 9216 + RTE_PKTMBUF_HEADROOM;
constexpr std::uint64_t kSeconds = 600;
constexpr std::size_t kPage = 2 << 20;

unsigned frames_each_time;

bool say(const char* what) {
    std::puts(what);
    return true;
}

bool failed(const char* what) {
    std::printf("failed: %s\n", what);
    return false;
}

rte_mempool* make_pool(int socket = SOCKET_ID_ANY) {
    static unsigned serial;
    char name[RTE_MEMPOOL_NAMESIZE];
    std::snprintf(name, sizeof(name), "pool%u", serial++);
    return rte_pktmbuf_pool_create(name, kBuffers, 64, 0, kBufferSize, socket);
}

bool set_up(rte_mempool* pool) {
    rte_eth_dev_info info;
    if (pool == nullptr || rte_eth_dev_info_get(0, &info) != 0) return false;
    info.default_txconf.tx_rs_thresh = 1;  // the NIC reports each frame
    return rte_eth_rx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, nullptr, pool) == 0 &&
           rte_eth_tx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, &info.default_txconf) == 0 && rte_eth_dev_start(0) == 0;
}

void swap_addresses(rte_mbuf* frame) {
    auto* header = rte_pktmbuf_mtod(frame, rte_ether_hdr*);
    std::swap(header->dst_addr, header->src_addr);
}

bool in_time() {
    static const std::uint64_t began = rte_get_timer_cycles();
    return rte_get_timer_cycles() - began < rte_get_timer_hz() * kSeconds;
}

bool send_all(rte_mbuf** frames, std::uint16_t count) {
    for (std::uint16_t sent = 0; sent < count;) {
        sent += rte_eth_tx_burst(0, 0, frames + sent, count - sent);
        if (!in_time()) return failed("sending");
    }
    return true;
}

// What comes goes to `send`, as a burst, with its addresses swapped.
template <class Send>
bool answer(Send send) {
    say("frames");
    for (unsigned answered = 0; answered < frames_each_time;) {
        rte_mbuf* frames[kBurst];
        const std::uint16_t got = rte_eth_rx_burst(0, 0, frames, kBurst);
        for (std::uint16_t i = 0; i < got; ++i) swap_addresses(frames[i]);
        if (!send(frames, got)) return false;
        answered += got;
        if (!in_time()) return failed("receiving");
    }
    return true;
}

bool echo() { return answer(send_all); }

bool pools(unsigned rounds) {
    rte_mempool* pool = make_pool();
    if (!set_up(pool) || !echo()) return false;
    for (unsigned round = 0; round < rounds; ++round) {
        rte_mempool* next = make_pool();
        if (next == nullptr || rte_eth_dev_stop(0) != 0 || !set_up(next)) return failed("another pool");
        rte_mempool_free(std::exchange(pool, next));
        if (!echo()) return false;
    }
    return rte_eth_dev_stop(0) == 0;
}

// What EAL has added since it was asked last, and not freed.
class Added {
public:
    Added() { rte_mem_event_callback_register("churn", on_event, this); }
    ~Added() { rte_mem_event_callback_unregister("churn", this); }
    bool has(const void* address) const {
        const auto next = pages_.upper_bound(reinterpret_cast<std::uintptr_t>(address));
        return next != pages_.begin() && std::prev(next)->second > reinterpret_cast<std::uintptr_t>(address);
    }
    std::size_t count() const { return pages_.size(); }

private:
    static void on_event(rte_mem_event event, const void* address, std::size_t len, void* self) {
        auto& pages = static_cast<Added*>(self)->pages_;
        for (auto at = reinterpret_cast<std::uintptr_t>(address); len != 0; at += kPage, len -= kPage) {
            if (event == RTE_MEM_EVENT_ALLOC) {
                pages[at] = at + kPage;
            } else {
                pages.erase(at);
            }
        }
    }
    std::map<std::uintptr_t, std::uintptr_t> pages_;
};

// All smaller holes of the heap are filled until one of this size lies in what was added.
void fill_until(const Added& added, std::size_t size) {
    void* filler;
    do {
        filler = rte_malloc(nullptr, size, RTE_CACHE_LINE_SIZE);
    } while (filler != nullptr && !added.has(filler));
    rte_free(filler);
}

bool rings_in(const Added& added) {
    static const Added* where;
    static bool found;
    where = &added;
    found = false;
    rte_memzone_walk([](const rte_memzone* zone,
                        void*) { found |= std::strstr(zone->name, "ring") != nullptr && where->has(zone->addr); },
                     nullptr);
    return found;
}

// Once: rings that are made anew take the place of those before.
bool rest(unsigned) {
    rte_mempool* pool = make_pool();
    const Added added;
    std::vector<void*> large;
    while (added.count() == 0) large.push_back(rte_malloc(nullptr, 3 * kPage - kPage / 2, 0));
    fill_until(added, 4 * kRing * 16);
    if (!set_up(pool)) return failed("set-up");
    if (!rings_in(added)) return failed("the rings lie elsewhere");
    if (!echo()) return false;
    const std::size_t before = added.count();
    for (void* block : large) rte_free(block);
    if (added.count() == before) return failed("EAL frees nothing");
    if (!rings_in(added)) return failed("the rings went with it");
    return echo() && rte_eth_dev_stop(0) == 0 && set_up(pool) && echo();
}

bool heap(unsigned rounds) {
    constexpr std::size_t kBytes = 16 * kPage;
    constexpr char kName[] = "external";
    for (unsigned round = 0; round < rounds; ++round) {
        void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
        if (memory == MAP_FAILED || rte_malloc_heap_create(kName) != 0 ||
            rte_malloc_heap_memory_add(kName, memory, kBytes, nullptr, kBytes / kPage, kPage) != 0)
            return failed("the heap");
        rte_mempool* pool = make_pool(rte_malloc_heap_get_socket(kName));
        if (!set_up(pool)) return failed("set-up");
        if (!echo()) return false;
        // The queues must let go of the pool: they are set up with none of it before it ends.
        rte_mempool* other = make_pool();
        if (rte_eth_dev_stop(0) != 0 || !set_up(other)) return failed("another pool");
        rte_mempool_free(pool);
        if (rte_malloc_heap_memory_remove(kName, memory, kBytes) != 0 || rte_malloc_heap_destroy(kName) != 0)
            return failed("the heap's end");
        munmap(memory, kBytes);
        if (!echo() || rte_eth_dev_stop(0) != 0) return false;
    }
    return true;
}

// A frame's place across the border of two pages that EAL added at once. One frame at a time lies there.
class Border {
public:
    Border() {
        const auto block = reinterpret_cast<std::uintptr_t>(rte_malloc(nullptr, 2 * kPage, 0));
        if (block != 0) place_ = reinterpret_cast<char*>((block + kPage) / kPage * kPage - 32);
        shared_.free_cb = [](void*, void* self) { static_cast<Border*>(self)->taken_ = false; };
        shared_.fcb_opaque = this;
    }
    explicit operator bool() const { return place_ != nullptr; }

    bool send(rte_mempool* pool, rte_mbuf* frame) {
        while (taken_) {
            rte_eth_tx_done_cleanup(0, 0, 0);
            if (!in_time()) return failed("sending");
        }
        const std::uint16_t len = frame->data_len;
        std::memcpy(place_, rte_pktmbuf_mtod(frame, void*), len);
        rte_pktmbuf_free(frame);
        rte_mbuf* there = rte_pktmbuf_alloc(pool);
        if (there == nullptr) return failed("a buffer");
        rte_mbuf_ext_refcnt_set(&shared_, 1);
        rte_pktmbuf_attach_extbuf(there, place_, RTE_BAD_IOVA, 4096, &shared_);
        there->data_len = len;
        there->pkt_len = len;
        taken_ = true;
        return send_all(&there, 1);
    }

private:
    char* place_ = nullptr;
    bool taken_ = false;
    rte_mbuf_ext_shared_info shared_{};
};

bool border(unsigned) {
    rte_mempool* pool = make_pool();
    static Border border;
    if (!border || !set_up(pool)) return failed("set-up");
    const auto send = [pool](rte_mbuf** frames, std::uint16_t count) {
        for (std::uint16_t i = 0; i < count; ++i)
            if (!border.send(pool, frames[i])) return false;
        return true;
    };
    return answer(send) && rte_eth_dev_stop(0) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const int used = rte_eal_init(argc, argv);
    if (used < 0 || used + 3 >= argc) return EXIT_FAILURE;
    const std::map<std::string_view, bool (*)(unsigned)> ways{
        {"pools", pools}, {"rest", rest}, {"heap", heap}, {"border", border}};
    const auto way = ways.find(argv[used + 1]);
    const rte_eth_conf conf{};
    if (way == ways.end() || rte_eth_dev_configure(0, 1, 1, &conf) != 0) return EXIT_FAILURE;
    frames_each_time = static_cast<unsigned>(std::strtoul(argv[used + 3], nullptr, 10));
    const bool good = way->second(static_cast<unsigned>(std::strtoul(argv[used + 2], nullptr, 10)));
    if (good) say("done");
    rte_eth_dev_stop(0);
    rte_eth_dev_close(0);
    rte_eal_cleanup();
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
