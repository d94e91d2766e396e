// SPDX-License-Identifier: BSD-3-Clause
// sleeper EAL-OPTIONS -- FRAMES: receives so many frames on port 0, asleep while there are none. It says "asleep"
// before it waits, "got N" after each waking, and at the end how often it was woken for nothing.
#include <rte_eal.h>
#include <rte_epoll.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr std::uint16_t kRing = 256, kBurst = 32;
constexpr int kTimeoutMs = 30'000;

bool open_port() {
    rte_mempool* pool = rte_pktmbuf_pool_create("pool", 2048, 64, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    rte_eth_conf conf{};
    conf.intr_conf.rxq = 1;
    return pool != nullptr && rte_eth_dev_configure(0, 1, 1, &conf) == 0 &&
           rte_eth_rx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, nullptr, pool) == 0 &&
           rte_eth_tx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, nullptr) == 0 && rte_eth_dev_start(0) == 0 &&
           rte_eth_dev_rx_intr_ctl_q(0, 0, RTE_EPOLL_PER_THREAD, RTE_INTR_EVENT_ADD, nullptr) == 0;
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

int run(unsigned wanted) {
    unsigned received = 0, for_nothing = 0;
    while (received < wanted) {
        if (rte_eth_dev_rx_intr_enable(0, 0) != 0) return EXIT_FAILURE;
        std::puts("asleep");
        rte_epoll_event event{};
        if (rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, kTimeoutMs) != 1) return EXIT_FAILURE;
        if (rte_eth_dev_rx_intr_disable(0, 0) != 0) return EXIT_FAILURE;
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
    if (used < 0 || used + 1 >= argc || !open_port()) return EXIT_FAILURE;
    const int status = run(static_cast<unsigned>(std::strtoul(argv[used + 1], nullptr, 10)));
    rte_eth_dev_stop(0);
    rte_eth_dev_close(0);
    rte_eal_cleanup();
    return status;
}
