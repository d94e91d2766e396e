// SPDX-License-Identifier: BSD-3-Clause
// A port's state in two parts. Port is dev_private: memory that processes share. Process is process_private: what only
// this process can use, that is the handle, the window and what lies in it.
#pragma once

#include <ethdev_driver.h>
#include <rte_ether.h>
#include <rte_flow.h>
#include <rte_spinlock.h>

#include <array>
#include <cstdint>
#include <type_traits>

#include "bifurc/rte_bifurc.h"
#include "bus/bifurc/bus_bifurc_driver.h"
#include "counters.h"
#include "hw/reg.h"

namespace bifurc::net {

inline constexpr unsigned kMaxPairs = 128;
inline constexpr unsigned kMaxMacs = 32;
inline constexpr unsigned kMaxMulticast = 64;
inline constexpr std::uint32_t kFrameOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
inline constexpr std::uint32_t kVlanTagsBytes = 8;  // two tags, which the MTU does not count

// What the owner of the port counts for a pair.
struct OwnerCounters {
    std::uint64_t rx_missed;
    std::uint64_t dma_faults;
};

// Everything that is counted per pair.
struct PairCounters {
    RxCounters rx;
    TxCounters tx;
    OwnerCounters owner;  // as last asked
};

struct MacFilters {
    std::array<rte_ether_addr, kMaxMacs> unicast;  // [0]: the default address, if it is not the netdev's own
    std::array<rte_ether_addr, kMaxMulticast> multicast;
    std::uint32_t multicast_count;
    bool promiscuous;
    bool allmulticast;
};

struct Port {
    bifurc_info info;
    std::uint32_t first;  // the NIC's number of our pair 0
    std::uint32_t pairs;
    std::uint32_t generation;  // of the mapping that the queues were set up on
    bool running;              // from just before queues start until they are stopped, or reset by the kernel
    bool gone;                 // the netdev or its driver: nothing but close is left
    std::uint16_t mtu_wish;    // what the netdev was asked for last; 0: nothing
    std::uint16_t mtu_told;    // the application's, when it was last said that the netdev's is another; 0: never
    MacFilters filters;
    PairCounters* counters;  // [pairs], in shared memory
    PairCounters* baseline;  // what stats_reset subtracts
};
static_assert(std::is_trivially_copyable_v<Port>);

struct Doorbells {
    volatile std::uint32_t* rdt;
    volatile std::uint32_t* tdt;
};

struct Process {
    rte_bifurc* nic;
    void* window;
    const volatile bifurc_status* status;
    const std::uint32_t* dma_epoch;
    bool watching;            // the interrupt callback is registered
    bool events_failed;       // said so once
    rte_flow* flows;          // the rules that this process has added
    rte_spinlock_t sleepers;  // held to signal Rx eventfds in the interrupt thread, and to close them
    std::array<Doorbells, kMaxPairs> doorbells;
    // Each process maps memory under bus addresses of its own and counts its own epochs: this keeps what a queue has
    // looked up in one from passing for the other's.
    std::uint32_t epoch_offset;
    // In a secondary process: of the mapping behind the window, and what the bursts go on to.
    std::uint32_t generation;
    eth_rx_burst_t rx_burst;
    eth_tx_burst_t tx_burst;
};

inline Port& port_of(const rte_eth_dev* dev) { return *static_cast<Port*>(dev->data->dev_private); }
inline Process& process_of(const rte_eth_dev* dev) { return *static_cast<Process*>(dev->process_private); }
inline const char* iface_of(const rte_eth_dev* dev) { return rte_bifurc_iface(process_of(dev).nic); }

// May registers be touched? After a reset the old pages are dead, and once the netdev is gone so is everything.
inline bool is_live(const rte_eth_dev* dev) {
    const Port& port = port_of(dev);
    const volatile bifurc_status* status = process_of(dev).status;
    return !port.gone && status->generation == port.generation && status->state == BIFURC_STATE_LIVE;
}

// The polling process's side of a queue, for the burst templates.
class LocalNic {
public:
    LocalNic(std::uint16_t port_id, std::uint16_t port_queue) noexcept
        : process_(*static_cast<Process*>(rte_eth_devices[port_id].process_private)), queue_(port_queue) {}
    void ring_rdt(std::uint32_t tail) noexcept { *process_.doorbells[queue_].rdt = tail; }
    void ring_tdt(std::uint32_t tail) noexcept { *process_.doorbells[queue_].tdt = tail; }
    bool dma_find(std::uintptr_t va, rte_bifurc_dma& found) noexcept {
        return rte_bifurc_dma_find(process_.nic, reinterpret_cast<const void*>(va), &found);
    }
    [[nodiscard]] std::uint32_t dma_epoch() const noexcept {
        return __atomic_load_n(process_.dma_epoch, __ATOMIC_ACQUIRE) + process_.epoch_offset;
    }

private:
    Process& process_;
    std::uint16_t queue_;
};

}  // namespace bifurc::net
