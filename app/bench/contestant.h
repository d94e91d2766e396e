// SPDX-License-Identifier: BSD-3-Clause
// What is compared: something that receives and sends on a pair of descriptor rings in memory.
#pragma once

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstdint>
#include <string>

#include "hw/desc.h"

namespace bifurc::bench {

using Burst = std::uint16_t (*)(void* queue, rte_mbuf** frames, std::uint16_t count);

// What the measured section calls.
struct Bursts {
    Burst rx;
    void* rx_queue;
    Burst tx;
    void* tx_queue;
};

// What the device sees: the rings, and the tails as the doorbells left them.
struct Rings {
    hw::RxDesc* rx;
    hw::TxDesc* tx;
    const volatile std::uint32_t* rdt;
    const volatile std::uint32_t* tdt;
    std::uint16_t size;
};

struct Setup {
    std::uint16_t ring;
    rte_mempool* pool;
};

inline constexpr std::uint16_t kThreshold = 32;  // of refilling, for everybody; of freeing and reporting, for the floor

class Contestant {
public:
    Contestant() = default;
    Contestant(const Contestant&) = delete;
    Contestant& operator=(const Contestant&) = delete;
    virtual ~Contestant() = default;
    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual const char* group() const = 0;  // "ours", "stock" or "floor"
    // Rings full of buffers, ready to move frames. Returns what went wrong, or "".
    [[nodiscard]] virtual std::string start(const Setup& setup) = 0;
    virtual void stop() = 0;  // all mbufs are back in their pool
    [[nodiscard]] virtual Bursts bursts() const = 0;
    [[nodiscard]] virtual Rings rings() const = 0;
    // The driver's own words for its bursts.
    [[nodiscard]] virtual std::string modes() const { return {}; }
};

}  // namespace bifurc::bench
