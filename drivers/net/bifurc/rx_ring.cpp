// SPDX-License-Identifier: BSD-3-Clause
// What can be said and done about a receive ring by looking at memory alone.
#include <rte_power_intrinsics.h>

#include <cerrno>

#include "rx_burst.h"

namespace bifurc::net {
namespace {

std::uint32_t slot_at(const RxQueue& queue, std::uint32_t offset) {
    const std::uint32_t slot = queue.next + offset;
    return slot < queue.size ? slot : slot - queue.size;
}

// Descriptors that the NIC may complete: without the held ones and without the one before the tail.
std::uint32_t armed(const RxQueue& queue) { return queue.held + 1u < queue.size ? queue.size - queue.held - 1u : 0; }

bool completed(const RxQueue& queue, std::uint32_t offset) {
    return (load_status(queue.ring[slot_at(queue, offset)]) & hw::RxStatus::DD::mask) != 0;
}

// Sleeping makes no sense any more once DD is set.
int stay_awake(const std::uint64_t value, const std::uint64_t*) {
    return (value & hw::RxStatus::DD::mask) != 0 ? -1 : 0;
}

}  // namespace

void set_vlan_strip(RxQueue& queue, bool on) {
    queue.vlan_flags = on ? RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED : 0;
    queue.tag_bit = on ? 0 : kTagInFrame;
}

void empty(RxQueue& queue) {
    for (std::uint32_t i = 0; i + queue.held < queue.size; ++i)
        if (rte_mbuf* mbuf = queue.buffers[slot_at(queue, i)]; mbuf != nullptr) rte_pktmbuf_free_seg(mbuf);
    for (std::uint16_t i = 0; i < queue.size; ++i) {
        queue.buffers[i] = nullptr;
        queue.ring[i] = {};
    }
    for (std::uint16_t i = 0; queue.chains != nullptr && i < queue.size; ++i) {
        rte_pktmbuf_free(queue.chains[i].head);  // nullptr is allowed
        queue.chains[i] = {};
    }
    rte_pktmbuf_free(queue.chain_head);
    queue.chain_head = nullptr;
    queue.discarding = false;
    queue.next = 0;
    queue.refill = 0;
    queue.held = 0;
    queue.missed = 0;
    queue.filled = false;
}

RxQueueCount rx_queue_count(void* raw) {
    if (raw == nullptr) return static_cast<RxQueueCount>(-EINVAL);  // which ethdev's int has again
    const auto& queue = *static_cast<const RxQueue*>(raw);
    // The NIC completes in order: first all with DD, then all without. Halve until the border is found. Of flows that
    // are being coalesced some may lag behind: the border is then one of several.
    std::uint32_t low = 0;
    std::uint32_t high = armed(queue);
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (completed(queue, middle))
            low = middle + 1;
        else
            high = middle;
    }
    return static_cast<RxQueueCount>(low);
}

int rx_descriptor_status(void* raw, std::uint16_t offset) {
    if (raw == nullptr) return -EINVAL;
    const auto& queue = *static_cast<const RxQueue*>(raw);
    if (offset >= queue.size) return -EINVAL;
    if (!queue.filled || offset >= armed(queue)) return RTE_ETH_RX_DESC_UNAVAIL;
    return completed(queue, offset) ? RTE_ETH_RX_DESC_DONE : RTE_ETH_RX_DESC_AVAIL;
}

int get_monitor_addr(void* raw, rte_power_monitor_cond* condition) {
    if (raw == nullptr) return -EINVAL;
    const auto& queue = *static_cast<const RxQueue*>(raw);
    condition->addr = &queue.ring[queue.next].wb.status_error;
    condition->size = sizeof(queue.ring[queue.next].wb.status_error);
    condition->fn = stay_awake;
    return 0;
}

}  // namespace bifurc::net
