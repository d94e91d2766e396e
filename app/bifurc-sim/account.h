// SPDX-License-Identifier: BSD-3-Clause
// Where every frame of a port went. Nothing is lost without a name.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/nic.h"
#include "wire.h"

namespace bifurc::sim {

struct PortAccount {
    std::string port;
    WireCounters wire;
    model::RxAccount rx;
    std::uint64_t rx_pending = 0;  // in the packet buffer
    std::uint64_t rx_kernel = 0, rx_split = 0;
    std::uint64_t netdev_written = 0, netdev_refused = 0, rx_broken = 0;  // what became of rx_kernel

    model::TxAccount tx;
    std::uint64_t tx_kernel = 0, tx_split = 0;
    std::uint64_t netdev_read = 0, tx_too_long = 0, tx_waiting = 0;  // where tx_kernel came from
};

struct NamedDrop {
    const char* name;  // as in `ethtool -S`
    std::uint64_t model::RxAccount::*count;
};
// Every way in which a received frame can end without a ring.
extern const std::vector<NamedDrop> kRxDrops;

[[nodiscard]] std::uint64_t rx_drops(const PortAccount& account);
// Sentences, one for each sum that is wrong; empty: everything adds up. At rest nothing may be on its way.
[[nodiscard]] std::vector<std::string> discrepancies(const PortAccount& account, bool at_rest);
[[nodiscard]] std::string to_table(const PortAccount& account);
[[nodiscard]] nlohmann::json to_json(const PortAccount& account);

}  // namespace bifurc::sim
