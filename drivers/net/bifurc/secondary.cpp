// SPDX-License-Identifier: BSD-3-Clause
#include "secondary.h"

#include "bursts.h"
#include "port.h"
#include "rx_queue.h"
#include "tx_queue.h"

namespace bifurc::net {
namespace {

Process& process_of_port(std::uint16_t port_id) {
    return *static_cast<Process*>(rte_eth_devices[port_id].process_private);
}

// The primary maps anew after a reset; this process's pages are dead from then on. Nobody silences its bursts: each
// looks for itself.
bool may_touch(const Process& process) {
    return process.status->generation == process.generation && process.status->state == BIFURC_STATE_LIVE;
}

std::uint16_t rx_burst(void* queue, rte_mbuf** frames, std::uint16_t count) {
    const Process& process = process_of_port(static_cast<RxQueue*>(queue)->port_id);
    return may_touch(process) ? process.rx_burst(queue, frames, count) : 0;
}

std::uint16_t tx_burst(void* queue, rte_mbuf** frames, std::uint16_t count) {
    const Process& process = process_of_port(static_cast<TxQueue*>(queue)->port_id);
    return may_touch(process) ? process.tx_burst(queue, frames, count) : 0;
}

}  // namespace

void choose_secondary_bursts(rte_eth_dev* dev) {
    if (dev->data->dev_started == 0) return;
    choose_bursts(dev);
    Process& process = process_of(dev);
    process.rx_burst = dev->rx_pkt_burst;
    process.tx_burst = dev->tx_pkt_burst;
    dev->rx_pkt_burst = rx_burst;
    dev->tx_pkt_burst = tx_burst;
}

}  // namespace bifurc::net
