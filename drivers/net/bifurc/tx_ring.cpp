// SPDX-License-Identifier: BSD-3-Clause
// What can be said and done about a transmit ring by looking at memory alone.
#include <cerrno>

#include "tx_burst.h"

namespace bifurc::net {

void open_ring(TxQueue& queue) {
    for (std::uint16_t i = 0; i < queue.size; ++i) queue.ring[i] = {};
    queue.tail = queue.clean = queue.done = 0;
    queue.report_first = queue.report_count = 0;
    queue.since_report = 0;
    queue.contexts = {};
    queue.free = static_cast<std::uint16_t>(queue.size - 1);
    queue.one_by_one = true;
    queue.started = true;
}

void empty(TxQueue& queue) {
    for (; queue.clean != queue.tail; queue.clean = next_slot(queue, queue.clean))
        rte_pktmbuf_free(queue.frames[queue.clean]);  // nullptr is allowed
    queue.tail = queue.clean = queue.done = 0;
    queue.report_count = 0;
    queue.free = 0;
    queue.started = false;
}

int tx_done_cleanup(void* raw, std::uint32_t free_count) {
    if (raw == nullptr) return -EINVAL;
    auto& queue = *static_cast<TxQueue*>(raw);
    collect_reports(queue);
    return static_cast<int>(free_done(queue, free_count == 0 ? ~0u : free_count));
}

int tx_descriptor_status(void* raw, std::uint16_t offset) {
    if (raw == nullptr) return -EINVAL;
    const auto& queue = *static_cast<const TxQueue*>(raw);
    if (offset >= queue.size) return -EINVAL;
    if (!queue.started) return RTE_ETH_TX_DESC_UNAVAIL;
    const auto distance = [&](std::uint32_t from, std::uint32_t to) {
        return to >= from ? to - from : to + queue.size - from;
    };
    const std::uint32_t slot = (queue.tail + offset) % queue.size;
    const std::uint32_t place = distance(queue.clean, slot);
    if (place >= distance(queue.clean, queue.tail)) return RTE_ETH_TX_DESC_DONE;  // free
    if (place < distance(queue.clean, queue.done)) return RTE_ETH_TX_DESC_DONE;
    // The first report at or behind the slot speaks for it.
    for (std::uint16_t i = 0; i < queue.report_count; ++i) {
        const std::uint16_t report = queue.reports[(queue.report_first + i) % queue.size];
        if (distance(queue.clean, report) < place) continue;
        const std::uint32_t status = __atomic_load_n(&queue.ring[report].wb.status, __ATOMIC_ACQUIRE);
        return (status & hw::TxStatus::DD::mask) != 0 ? RTE_ETH_TX_DESC_DONE : RTE_ETH_TX_DESC_FULL;
    }
    return RTE_ETH_TX_DESC_FULL;
}

}  // namespace bifurc::net
