// SPDX-License-Identifier: BSD-3-Clause
#include "burst_entry.h"
#include "rx_lro.h"

namespace bifurc::net {
namespace {

std::uint16_t lro_entry(void* raw, rte_mbuf** frames, std::uint16_t count) {
    auto& queue = *static_cast<RxQueue*>(raw);
    LocalNic nic{queue.port_id, queue.port_queue};
    // The burst is the port's, LRO the queue's: one that was set up before it was asked for goes on without.
    if (unlikely(queue.chains == nullptr)) return receive<Chip82599, true>(queue, nic, frames, count);
    return receive_lro<Chip82599>(queue, nic, frames, count);
}

}  // namespace

constexpr BurstVariant kScalarBursts = make_bursts<kScalar>("Scalar", 0);
constexpr eth_rx_burst_t kLroBurst = lro_entry;

}  // namespace bifurc::net
