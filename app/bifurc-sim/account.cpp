// SPDX-License-Identifier: BSD-3-Clause
#include "account.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace bifurc::sim {

using model::RxAccount;

const std::vector<NamedDrop> kRxDrops = {
    {"rx_filtered", &RxAccount::filtered},
    {"rx_receive_disabled", &RxAccount::receive_disabled},
    {"rx_length_errors", &RxAccount::bad_length},
    {"rx_missed_errors", &RxAccount::missed},
    {"rx_no_dma_resources", &RxAccount::no_descriptor},
    {"rx_queue_disabled", &RxAccount::queue_disabled},
    {"rx_fdir_drop", &RxAccount::fdir_drop},
    {"rx_dma_fault", &RxAccount::dma_fault},
    {"rx_bad_descriptor", &RxAccount::bad_descriptor},
};

std::uint64_t rx_drops(const PortAccount& account) {
    return std::accumulate(kRxDrops.begin(), kRxDrops.end(), std::uint64_t{0},
                           [&](std::uint64_t sum, const NamedDrop& drop) { return sum + account.rx.*drop.count; });
}

std::vector<std::string> discrepancies(const PortAccount& a, bool at_rest) {
    std::vector<std::string> found;
    const auto equal = [&](const char* left_name, std::uint64_t left, const char* right_name, std::uint64_t right) {
        if (left != right)
            found.push_back(fmt::format("{}: {} ({}) is not {} ({})", a.port, left_name, left, right_name, right));
    };
    const std::uint64_t to_netdev = a.netdev_written + a.netdev_refused + a.rx_broken;
    equal("frames from the wire", a.wire.received, "frames that the NIC received", a.rx.received);
    equal("frames that the NIC received", a.rx.received, "delivered + dropped + pending",
          a.rx.delivered + rx_drops(a) + a.rx_pending);
    equal("frames delivered", a.rx.delivered, "the kernel's + the splits'", a.rx_kernel + a.rx_split);
    equal("frames transmitted", a.tx.transmitted, "the kernel's + the splits'", a.tx_kernel + a.tx_split);
    equal("frames transmitted", a.tx.transmitted, "sent + refused on the wire", a.wire.sent + a.wire.tx_errors);
    if (at_rest) {
        equal("the kernel's frames", a.rx_kernel, "written to the netdev + refused + broken", to_netdev);
        equal("frames read from the netdev", a.netdev_read, "the kernel's frames transmitted + too long + waiting",
              a.tx_kernel + a.tx_too_long + a.tx_waiting);
    }
    return found;
}

std::string to_table(const PortAccount& a) {
    std::string table = fmt::format("{}\n", a.port);
    const auto row = [&](const char* name, std::uint64_t count) {
        table += fmt::format("  {:<24}{:>14}\n", name, count);
    };
    row("rx from the wire", a.wire.received);
    row("  to the kernel", a.rx_kernel);
    row("  to splits", a.rx_split);
    for (const NamedDrop& drop : kRxDrops) {
        if (a.rx.*drop.count != 0) row(fmt::format("  {}", drop.name).c_str(), a.rx.*drop.count);
    }
    if (a.rx_pending != 0) row("  pending", a.rx_pending);
    if (a.netdev_refused != 0) row("kernel refused", a.netdev_refused);
    row("tx to the wire", a.tx.transmitted);
    row("  from the kernel", a.tx_kernel);
    row("  from splits", a.tx_split);
    if (a.tx_waiting != 0) row("tx waiting", a.tx_waiting);
    if (a.tx_too_long != 0) row("tx too long", a.tx_too_long);
    if (a.tx.dma_fault != 0) row("tx DMA faults", a.tx.dma_fault);
    if (a.tx.bad_descriptor != 0) row("tx bad descriptors", a.tx.bad_descriptor);
    if (a.wire.tx_errors != 0) row("refused by the wire", a.wire.tx_errors);
    if (a.wire.rx_truncated != 0) row("wire: too long", a.wire.rx_truncated);
    if (a.wire.rx_lost != 0) row("wire: lost in capture", a.wire.rx_lost);
    return table;
}

nlohmann::json to_json(const PortAccount& a) {
    nlohmann::json drops;
    for (const NamedDrop& drop : kRxDrops) drops[drop.name] = a.rx.*drop.count;
    return {{"port", a.port},
            {"adds_up", discrepancies(a, true).empty()},
            {"rx",
             {{"wire", a.wire.received},
              {"kernel", a.rx_kernel},
              {"split", a.rx_split},
              {"drops", drops},
              {"pending", a.rx_pending},
              {"netdev_written", a.netdev_written},
              {"netdev_refused", a.netdev_refused},
              {"broken", a.rx_broken},
              {"wire_truncated", a.wire.rx_truncated},
              {"wire_lost", a.wire.rx_lost}}},
            {"tx",
             {{"wire", a.wire.sent},
              {"wire_errors", a.wire.tx_errors},
              {"transmitted", a.tx.transmitted},
              {"kernel", a.tx_kernel},
              {"split", a.tx_split},
              {"netdev_read", a.netdev_read},
              {"too_long", a.tx_too_long},
              {"waiting", a.tx_waiting},
              {"dma_fault", a.tx.dma_fault},
              {"bad_descriptor", a.tx.bad_descriptor}}}};
}

}  // namespace bifurc::sim
