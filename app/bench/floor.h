// SPDX-License-Identifier: BSD-3-Clause
// The least code that touches the same descriptors and mbufs as a driver must: no check, no counter, no flag, one pool,
// one segment, bus address = virtual address. Nobody can use it; it says what the memory accesses alone cost.
#pragma once

#include <vector>

#include "contestant.h"

namespace bifurc::bench {

struct FloorQueue {
    hw::RxDesc* rx;
    hw::TxDesc* tx;
    rte_mbuf** rx_buffers;
    rte_mbuf** tx_buffers;
    rte_mempool* pool;
    std::uint32_t mask;
    std::uint32_t rx_next, rx_armed;  // free running
    std::uint32_t tx_next, tx_clean;
    volatile std::uint32_t rdt, tdt;
};

class Floor : public Contestant {
public:
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] const char* group() const override { return "floor"; }
    [[nodiscard]] std::string start(const Setup& setup) override;
    void stop() override;
    [[nodiscard]] Bursts bursts() const override;
    [[nodiscard]] Rings rings() const override;

private:
    std::string name_ = "floor";
    mutable FloorQueue queue_{};
    void* ring_memory_ = nullptr;
    std::vector<rte_mbuf*> rx_buffers_, tx_buffers_;
};

}  // namespace bifurc::bench
