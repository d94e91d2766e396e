// SPDX-License-Identifier: BSD-3-Clause
// sleeper EAL-OPTIONS -- interrupt|monitor FRAMES: receives so many frames on port 0, asleep while there are none:
// until the queue's interrupt, or as a core that monitors an address does. It says "asleep" before it waits, "got N"
// after each waking, and at the end how often it was woken for nothing.
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_epoll.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::uint16_t kRing = 256, kBurst = 32;
constexpr int kTimeoutMs = 30'000;

bool open_port(bool interrupt) {
    rte_mempool* pool = rte_pktmbuf_pool_create("pool", 2048, 64, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    rte_eth_conf conf{};
    conf.intr_conf.rxq = interrupt ? 1 : 0;
    return pool != nullptr && rte_eth_dev_configure(0, 1, 1, &conf) == 0 &&
           rte_eth_rx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, nullptr, pool) == 0 &&
           rte_eth_tx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, nullptr) == 0 && rte_eth_dev_start(0) == 0 &&
           (!interrupt || rte_eth_dev_rx_intr_ctl_q(0, 0, RTE_EPOLL_PER_THREAD, RTE_INTR_EVENT_ADD, nullptr) == 0);
}

bool wait_for_the_interrupt() {
    if (rte_eth_dev_rx_intr_enable(0, 0) != 0) return false;
    std::puts("asleep");
    rte_epoll_event event{};
    return rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, kTimeoutMs) == 1 && rte_eth_dev_rx_intr_disable(0, 0) == 0;
}

// What rte_power_monitor() asks before it sleeps and after each write to the address; few CPUs have its instruction.
bool may_sleep(const rte_power_monitor_cond& watched) {
    return watched.fn(*static_cast<const volatile std::uint32_t*>(watched.addr), watched.opaque) == 0;
}

bool watch_the_address() {
    rte_power_monitor_cond watched{};
    if (rte_eth_get_monitor_addr(0, 0, &watched) != 0 || watched.size != sizeof(std::uint32_t)) return false;
    if (may_sleep(watched)) std::puts("asleep");
    const std::uint64_t deadline = rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * kTimeoutMs;
    while (may_sleep(watched))
        if (rte_get_timer_cycles() > deadline) return false;
    return true;
}

unsigned drain() {
    rte_mbuf* frames[kBurst];
    unsigned all = 0;
    while (const std::uint16_t got = rte_eth_rx_burst(0, 0, frames, kBurst)) {
        rte_pktmbuf_free_bulk(frames, got);
        all += got;
    }
    return all;
}

int run(bool (*wait)(), unsigned wanted) {
    unsigned received = 0, for_nothing = 0;
    while (received < wanted) {
        if (!wait()) return EXIT_FAILURE;
        const unsigned got = drain();
        received += got;
        for_nothing += got == 0 ? 1 : 0;
        std::printf("got %u\n", got);
    }
    std::printf("woken for nothing: %u\n", for_nothing);
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const int used = rte_eal_init(argc, argv);
    if (used < 0 || used + 2 >= argc) return EXIT_FAILURE;
    const bool interrupt = argv[used + 1] == std::string_view{"interrupt"};
    if (!open_port(interrupt)) return EXIT_FAILURE;
    const auto wanted = static_cast<unsigned>(std::strtoul(argv[used + 2], nullptr, 10));
    const int status = run(interrupt ? wait_for_the_interrupt : watch_the_address, wanted);
    rte_eth_dev_stop(0);
    rte_eth_dev_close(0);
    rte_eal_cleanup();
    return status;
}
