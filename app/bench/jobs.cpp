// SPDX-License-Identifier: BSD-3-Clause
#include "jobs.h"

#include <rte_ether.h>

namespace bifurc::bench {
namespace {

void swap_macs(rte_mbuf* frame) {
    auto* header = rte_pktmbuf_mtod(frame, rte_ether_hdr*);
    const rte_ether_addr target = header->dst_addr;
    header->dst_addr = header->src_addr;
    header->src_addr = target;
}

unsigned receive_all(const Bursts& bursts, const Task& task, rte_mbuf** frames) {
    unsigned moved = 0;
    while (moved < task.batch) {
        const std::uint16_t got = bursts.rx(bursts.rx_queue, frames + moved, task.burst);
        if (got == 0) break;
        moved += got;
    }
    return moved;
}

unsigned send_all(const Bursts& bursts, const Task& task, rte_mbuf** frames) {
    unsigned moved = 0;
    while (moved < task.batch) {
        const std::uint16_t sent = bursts.tx(bursts.tx_queue, frames + moved, task.burst);
        if (sent == 0) break;
        moved += sent;
    }
    return moved;
}

template <class Change>
unsigned forward(const Bursts& bursts, const Task& task, rte_mbuf** frames, Change change) {
    unsigned moved = 0;
    while (moved < task.batch) {
        const std::uint16_t got = bursts.rx(bursts.rx_queue, frames, task.burst);
        if (got == 0) break;
        for (std::uint16_t i = 0; i < got; ++i) change(frames[i]);
        std::uint16_t sent = 0;
        while (sent < got) {
            const std::uint16_t now = bursts.tx(bursts.tx_queue, frames + sent, static_cast<std::uint16_t>(got - sent));
            if (now == 0) break;
            sent = static_cast<std::uint16_t>(sent + now);
        }
        moved += sent;
        if (sent != got) {
            rte_pktmbuf_free_bulk(frames + sent, got - sent);
            break;
        }
    }
    return moved;
}

}  // namespace

Turn::Turn(const Contestant& contestant, Device& device, rte_mempool* pool, const Task& task, rte_mbuf** frames)
    : bursts_(contestant.bursts()), device_(device), pool_(pool), task_(task), frames_(frames) {}

bool Turn::prepare() {
    device_.send();
    // Lengths and reference counts are as the pool was filled with: nothing of the mbufs is touched here.
    const bool ready = task_.job != Job::tx
                           ? device_.receive(task_.batch)
                           : rte_mempool_get_bulk(pool_, reinterpret_cast<void**>(frames_), task_.batch) == 0;
    _mm_mfence();  // what the device wrote is in the cache, not on its way there
    return ready;
}

unsigned Turn::move() {
    switch (task_.job) {
        case Job::rx:
            return receive_all(bursts_, task_, frames_);
        case Job::tx:
            return send_all(bursts_, task_, frames_);
        case Job::io:
            return forward(bursts_, task_, frames_, [](rte_mbuf*) {});
        case Job::macswap:
            return forward(bursts_, task_, frames_, swap_macs);
    }
    return 0;
}

void Turn::finish(unsigned moved) {
    if (task_.job == Job::rx && moved != 0) rte_mempool_put_bulk(pool_, reinterpret_cast<void**>(frames_), moved);
    if (task_.job == Job::tx && moved != task_.batch)
        rte_mempool_put_bulk(pool_, reinterpret_cast<void**>(frames_ + moved), task_.batch - moved);
}

}  // namespace bifurc::bench
