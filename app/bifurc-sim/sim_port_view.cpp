// SPDX-License-Identifier: BSD-3-Clause
// What a simulated port tells about itself.
#include <fmt/format.h>

#include "sim_port.h"

namespace bifurc::sim {

using Owner = QueueLedger::Owner;

DriverInfo SimPort::driver_info() const {
    return {.driver = "ixgbe", .version = "bifurc-sim", .firmware = "simulated 82599", .bus_address = ""};
}

LinkInfo SimPort::link() const {
    const bool up = link_up();
    return {.up = up, .speed_mbps = up ? kSpeedMbps : 0, .full_duplex = true};
}

Channels SimPort::channels() const { return {.combined = pairs_.kernel(), .combined_max = pairs_.total()}; }

RingSizes SimPort::ring_sizes() const {
    return {.rx = settings_.rx_ring, .tx = settings_.tx_ring, .rx_max = kRingMax, .tx_max = kRingMax};
}

PortAccount SimPort::account() const {
    PortAccount account;
    account.port = name();
    account.wire = wire_->counters();
    account.rx = nic_.rx_account();
    account.rx_pending = nic_.rx_pending();
    account.rx_kernel = ledger_.total(Owner::kernel).rx_frames;
    account.rx_split = ledger_.total(Owner::split).rx_frames;
    account.netdev_written = netdev_written_;
    account.netdev_refused = netdev_refused_;
    account.rx_broken = driver_.broken();
    account.tx = nic_.tx_account();
    account.tx_kernel = ledger_.total(Owner::kernel).tx_frames;
    account.tx_split = ledger_.total(Owner::split).tx_frames;
    account.netdev_read = netdev_read_;
    account.tx_too_long = tx_too_long_;
    account.tx_waiting = driver_.outstanding() + (staged_len_ != 0 ? 1 : 0);
    return account;
}

// Names as ixgbe's where it has the count; rx_pkts_nic = rx_packets + rx_split_packets + rx_pending + every named drop.
std::vector<Stat> SimPort::stats() const {
    const PortAccount account = this->account();
    const model::QueueAccount kernel = ledger_.total(Owner::kernel);
    const model::QueueAccount split = ledger_.total(Owner::split);
    std::vector<Stat> stats = {
        {"rx_packets", kernel.rx_frames},      {"tx_packets", kernel.tx_frames},
        {"rx_bytes", kernel.rx_bytes},         {"tx_bytes", kernel.tx_bytes},
        {"rx_split_packets", split.rx_frames}, {"tx_split_packets", split.tx_frames},
        {"rx_split_bytes", split.rx_bytes},    {"tx_split_bytes", split.tx_bytes},
        {"rx_pkts_nic", account.rx.received},  {"tx_pkts_nic", account.tx.transmitted},
        {"rx_pending", account.rx_pending},
    };
    for (const NamedDrop& drop : kRxDrops) stats.push_back({drop.name, account.rx.*drop.count});
    stats.insert(stats.end(), {{"fdir_match", fdir_match_},
                               {"fdir_miss", fdir_miss_},
                               {"tx_dma_fault", account.tx.dma_fault},
                               {"tx_bad_descriptor", account.tx.bad_descriptor},
                               {"rx_wire_too_long", account.wire.rx_truncated},
                               {"rx_wire_lost", account.wire.rx_lost},
                               {"tx_wire_errors", account.wire.tx_errors},
                               {"rx_netdev_refused", account.netdev_refused}});
    for (unsigned pair = 0; pair < kPairs; ++pair) {
        const model::QueueAccount queue = nic_.queue_account(pair);
        stats.insert(stats.end(), {{fmt::format("rx_queue_{}_packets", pair), queue.rx_frames},
                                   {fmt::format("rx_queue_{}_bytes", pair), queue.rx_bytes},
                                   {fmt::format("rx_queue_{}_missed", pair), queue.rx_missed},
                                   {fmt::format("tx_queue_{}_packets", pair), queue.tx_frames},
                                   {fmt::format("tx_queue_{}_bytes", pair), queue.tx_bytes}});
    }
    return stats;
}

}  // namespace bifurc::sim
