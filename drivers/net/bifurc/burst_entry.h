// SPDX-License-Identifier: BSD-3-Clause
// Makes a BurstVariant of the templates: for the files that are one.
//
// Everything that is not inlined has internal linkage: an inline function that was left over would be merged with other
// files' copies, and the one that wins may be for a CPU that has more than this one.
#pragma once

#include "burst_variant.h"
#include "chip.h"
#include "port.h"
#include "rx_burst.h"
#include "tx_burst.h"

namespace bifurc::net {
namespace {

template <class Chip, bool Scatter, unsigned Bytes>
__attribute__((flatten)) std::uint16_t rx_entry(void* raw, rte_mbuf** frames, std::uint16_t count) {
    auto& queue = *static_cast<RxQueue*>(raw);
    LocalNic nic{queue.port_id, queue.port_queue};
    return receive<Chip, Scatter, Bytes>(queue, nic, frames, count);
}

template <class Chip, bool Offload, unsigned Bytes>
__attribute__((flatten)) std::uint16_t tx_entry(void* raw, rte_mbuf** frames, std::uint16_t count) {
    auto& queue = *static_cast<TxQueue*>(raw);
    LocalNic nic{queue.port_id, queue.port_queue};
    return transmit<Chip, Offload, Bytes>(queue, nic, frames, count);
}

template <class Chip, unsigned Bytes>
constexpr BurstVariant::Chip bursts_of() {
    return {rx_entry<Chip, false, Bytes>, rx_entry<Chip, true, Bytes>, tx_entry<Chip, false, Bytes>,
            tx_entry<Chip, true, Bytes>};
}

// Bytes: of the registers that groups of descriptors are looked at with.
template <unsigned Bytes>
constexpr BurstVariant make_bursts(const char* name, std::uint16_t simd_bits) {
    return {name, simd_bits, bursts_of<Chip82599, Bytes>(), bursts_of<Chip82576, Bytes>()};
}

}  // namespace
}  // namespace bifurc::net
