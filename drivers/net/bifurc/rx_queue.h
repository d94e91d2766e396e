// SPDX-License-Identifier: BSD-3-Clause
// A receive queue's state. It lies in memory that processes share: no pointer in it is valid in one process only.
//
// Owners: descriptors from `next` up to, and without, `refill - 1` are the NIC's (it fills them in order); the one at
// `refill - 1` is armed but stays ours, so that RDT never catches up with RDH; `held` ones behind it wait for buffers.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstdint>
#include <type_traits>

#include "chip_thresholds.h"
#include "counters.h"
#include "dma_translate.h"
#include "hw/desc.h"

namespace bifurc::net {

// LRO: a frame under way that goes on in the slot in whose place this is.
struct RxChain {
    rte_mbuf* head;  // nullptr: none
    rte_mbuf* last;
    std::uint16_t appended;  // frames that the NIC has put behind the first one
    bool discard;            // the rest of a frame that was given up
};

struct alignas(RTE_CACHE_LINE_SIZE) RxQueue {
    // What every burst touches.
    hw::RxDesc* ring;
    rte_mbuf** buffers;  // of the same slot; not ours where held
    RxCounters* count;
    std::uint16_t next;    // the NIC completes this one next
    std::uint16_t refill;  // the first slot without a buffer, if held != 0
    std::uint16_t held;    // slots without a buffer
    std::uint16_t size;
    std::uint16_t free_thresh;
    std::uint16_t buffer_bytes;  // what SRRCTL says, <= the room behind the headroom
    std::uint16_t port_id;
    std::uint16_t port_queue;
    rte_mbuf* chain_head;  // scattered Rx: a frame whose last descriptor is still to come
    rte_mbuf* chain_last;
    std::uint64_t buffer_flags;  // ol_flags that the pool's mbufs always have: of pinned external buffers
    std::uint64_t vlan_flags;    // of a tagged frame's mbuf: none where its tag stays in the frame
    std::uint8_t tag_bit;        // what such a tag adds to the packet type's index
    bool udp_zero_erratum;       // UDP without a checksum may be reported as bad (Linux: ixgbe_rx_checksum)
    bool discarding;             // drop up to the next end of packet
    RxChain* chains;  // one for each slot; nullptr: the queue has no LRO, and chain_head is what is under way

    // What refill touches as well.
    alignas(RTE_CACHE_LINE_SIZE) rte_mempool* pool;
    CachedStretch stretch;
    std::uint16_t missed;  // of the held slots those for which the pool had no buffer: counted once

    // Set-up and tear-down only.
    alignas(RTE_CACHE_LINE_SIZE) std::uint64_t ring_bus;
    std::uint64_t offloads;
    std::uint32_t lro_bytes;  // no large receive is larger; 0: none
    Thresholds thresholds;
    std::uint16_t hw_queue;
    bool deferred_start;
    bool filled;  // holds mbufs: started and not yet emptied
};
static_assert(std::is_trivially_copyable_v<RxQueue>);

// Whether the NIC takes VLAN tags out of this queue's frames.
void set_vlan_strip(RxQueue& queue, bool on);

// Gives all mbufs back. The NIC must be done with the ring.
void empty(RxQueue& queue);

// int or uint32_t, by DPDK release.
using RxQueueCount = std::invoke_result_t<eth_rx_queue_count_t, void*>;

// None of these reads a register.
RxQueueCount rx_queue_count(void* queue);
int rx_descriptor_status(void* queue, std::uint16_t offset);
int get_monitor_addr(void* queue, rte_power_monitor_cond* condition);

}  // namespace bifurc::net
