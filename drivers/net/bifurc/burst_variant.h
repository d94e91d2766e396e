// SPDX-License-Identifier: BSD-3-Clause
// The bursts of one instruction set. Each set has its file, bursts_<name>.cpp, compiled with its own flags: nothing of
// such a file may run on a CPU without the set, so it exports its table and nothing else.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

struct BurstVariant {
    struct Chip {
        eth_rx_burst_t rx, rx_scattered;
        eth_tx_burst_t tx, tx_offload;
    };
    const char* name;
    std::uint16_t simd_bits;  // what EAL must allow
    Chip chip_82599, chip_82576;
};

extern const BurstVariant kScalarBursts, kSseBursts, kAvx2Bursts, kAvx512Bursts;

// For ports with LRO: of the 82599 only, and without vectors, since each descriptor's place depends on another's.
extern const eth_rx_burst_t kLroBurst;

}  // namespace bifurc::net
