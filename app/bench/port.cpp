// SPDX-License-Identifier: BSD-3-Clause
// First of all: DPDK 22.11 does not say in this header that its functions are C.
#include <x86intrin.h>
extern "C" {
#include <rte_vect.h>
}

#include "port.h"

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <cstring>

namespace bifurc::bench {

std::string Port::start(const Setup& setup) {
    const auto failed = [&](const char* what, int rc) { return fmt::format("{}: {}: {}", name_, what, strerror(-rc)); };
    if (int rc = rte_vect_set_max_simd_bitwidth(recipe_.simd_bits); rc != 0) return failed("SIMD width", rc);
    ring_ = setup.ring;
    rte_eth_conf conf{};
    conf.rxmode.offloads = recipe_.rx_offloads;
    conf.txmode.offloads = recipe_.tx_offloads;
    if (int rc = rte_eth_dev_configure(port_, 1, 1, &conf); rc != 0) return failed("configure", rc);
    rte_eth_rxconf rx{};
    rx.rx_free_thresh = recipe_.rx_free_thresh;
    rx.offloads = recipe_.rx_offloads;
    if (int rc = rte_eth_rx_queue_setup(port_, 0, ring_, 0, &rx, setup.pool); rc != 0) return failed("Rx queue", rc);
    rte_eth_txconf tx{};
    // Thresholds of Tx: each driver's own.
    tx.offloads = recipe_.tx_offloads;
    if (int rc = rte_eth_tx_queue_setup(port_, 0, ring_, 0, &tx); rc != 0) return failed("Tx queue", rc);
    if (int rc = rte_eth_dev_start(port_); rc != 0) return failed("start", rc);
    return {};
}

void Port::stop() { static_cast<void>(rte_eth_dev_stop(port_)); }

// What rte_eth_rx_burst and rte_eth_tx_burst come down to.
Bursts Port::bursts() const {
    const struct rte_eth_fp_ops& calls = rte_eth_fp_ops[port_];
    return {calls.rx_pkt_burst, calls.rxq.data[0], calls.tx_pkt_burst, calls.txq.data[0]};
}

std::string Port::modes() const {
    rte_eth_burst_mode rx{}, tx{};
    const bool rx_known = rte_eth_rx_burst_mode_get(port_, 0, &rx) == 0;
    const bool tx_known = rte_eth_tx_burst_mode_get(port_, 0, &tx) == 0;
    return fmt::format("Rx {}, Tx {}", rx_known ? rx.info : "?", tx_known ? tx.info : "?");
}

}  // namespace bifurc::bench
