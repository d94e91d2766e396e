// SPDX-License-Identifier: BSD-3-Clause
// A transmit queue's state. It lies in memory that processes share: no pointer in it is valid in one process only.
//
// Owners: descriptors from `clean` up to, and without, `tail` are the NIC's or wait for their mbufs to be freed. Which
// of them the NIC is done with, it says in those that asked for it (RS): their positions queue up in `reports`.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstdint>
#include <type_traits>

#include "chip_thresholds.h"
#include "counters.h"
#include "dma_translate.h"
#include "hw/desc.h"
#include "tx_offload.h"

namespace bifurc::net {

struct alignas(RTE_CACHE_LINE_SIZE) TxQueue {
    // What every burst touches.
    hw::TxDesc* ring;
    rte_mbuf** frames;       // from `clean` to `tail`: a frame in its last descriptor's slot, nullptr in the others
    std::uint16_t* reports;  // ring of the slots with RS, in order
    TxCounters* count;
    std::uint16_t tail;
    std::uint16_t free;  // descriptors that may be filled; one of the ring never is: TDT == TDH means empty
    std::uint16_t free_thresh;
    std::uint16_t rs_thresh;
    std::uint16_t since_report;  // descriptors since the last RS
    std::uint16_t max_segments;
    std::uint16_t size;
    std::uint16_t port_id;
    std::uint16_t port_queue;
    TxContexts contexts;  // with offloads only

    alignas(RTE_CACHE_LINE_SIZE) CachedStretch stretch;

    // What reclaiming touches.
    alignas(RTE_CACHE_LINE_SIZE) std::uint16_t clean;  // the oldest slot that may hold a frame
    std::uint16_t done;                                // the NIC is done with everything before this slot
    std::uint16_t report_first;
    std::uint16_t report_count;
    bool one_by_one;  // since the ring was opened, every descriptor was a frame of its own
    bool fast_free;   // all mbufs are of one pool, and nobody else's: RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE

    // Set-up and tear-down only.
    std::uint64_t ring_bus;
    std::uint64_t offloads;
    Thresholds thresholds;
    std::uint16_t hw_queue;
    bool deferred_start;
    bool started;  // may hold mbufs
};
static_assert(std::is_trivially_copyable_v<TxQueue>);

// An empty ring that takes frames.
void open_ring(TxQueue& queue);
// Frees all mbufs; a burst on it takes nothing. The NIC must be done with the ring.
void empty(TxQueue& queue);

int tx_done_cleanup(void* queue, std::uint32_t free_count);
int tx_descriptor_status(void* queue, std::uint16_t offset);

}  // namespace bifurc::net
