// SPDX-License-Identifier: BSD-3-Clause
// A contestant that is an ethdev port, driven through DPDK's own interface.
#pragma once

#include <cstdint>

#include "contestant.h"

namespace bifurc::bench {

// What makes a driver choose one of its bursts.
struct Recipe {
    const char* name;
    std::uint16_t simd_bits;
    std::uint64_t rx_offloads;
    std::uint64_t tx_offloads;
    std::uint16_t rx_free_thresh;
};

class Port : public Contestant {
public:
    explicit Port(const Recipe& recipe) : recipe_(recipe), name_(recipe.name) {}
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::string start(const Setup& setup) override;
    void stop() override;
    [[nodiscard]] Bursts bursts() const override;
    [[nodiscard]] std::string modes() const override;

protected:
    std::uint16_t port_ = 0;  // set by who probes it
    std::uint16_t ring_ = 0;

private:
    Recipe recipe_;
    std::string name_;
};

}  // namespace bifurc::bench
