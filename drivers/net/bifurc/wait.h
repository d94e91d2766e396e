// SPDX-License-Identifier: BSD-3-Clause
// Waiting for something with a deadline. Clock answers delay_us.
#pragma once

#include <cstdint>

namespace bifurc::net {

// Looks every interval_us; false once timeout_us of waiting did not help.
template <class Clock, class Condition>
[[nodiscard]] bool wait_for(Clock& clock, std::uint32_t timeout_us, std::uint32_t interval_us,
                            Condition condition) noexcept {
    for (std::uint32_t waited_us = 0; !condition(); waited_us += interval_us) {
        if (waited_us >= timeout_us) return false;
        clock.delay_us(interval_us);
    }
    return true;
}

// By the wall clock and asleep: the other side may be a process that wants this CPU.
struct SleepingClock {
    void delay_us(unsigned us) noexcept;
};

}  // namespace bifurc::net
