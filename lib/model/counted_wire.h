// SPDX-License-Identifier: BSD-3-Clause
// The wire, and what goes onto it for the port's counters.
#pragma once

#include <utility>

#include "statistics.h"

namespace bifurc::model {

class CountedWire {
public:
    explicit CountedWire(Wire& wire) noexcept : wire_(wire) {}

    // As Wire's. The frame has an Ethernet header.
    [[nodiscard]] bool transmit(Frame frame) noexcept {
        full_ = !wire_.transmit(frame);
        if (!full_) sent_.add(frame);
        return !full_;
    }
    // It refused the last frame, which waits.
    [[nodiscard]] bool full() const noexcept { return full_; }
    // Before registers are read: adds to them what was sent since the last time.
    void count(RegisterFile& regs) noexcept {
        if (sent_.frames != 0) count_sent(regs, std::exchange(sent_, {}));
    }

private:
    Wire& wire_;
    FrameTally sent_;
    bool full_ = false;
};

}  // namespace bifurc::model
