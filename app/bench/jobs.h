// SPDX-License-Identifier: BSD-3-Clause
// What is measured: the four jobs, a batch of frames at a time. Only move_batch is inside the clock.
#pragma once

#include <array>
#include <cstdint>

#include "contestant.h"
#include "device.h"

namespace bifurc::bench {

enum class Job : std::uint8_t { rx, tx, io, macswap };
inline constexpr std::array kJobs{Job::rx, Job::tx, Job::io, Job::macswap};
inline constexpr std::array kJobNames{"rx", "tx", "io", "macswap"};

struct Task {
    Job job;
    std::uint16_t burst;
    std::uint16_t batch;  // frames between two looks at the clock
};

// How often a pool's buffers are touched.
enum class Warmth : std::uint8_t {
    hot,   // few more buffers than the rings hold, and DPDK's cache per core: the next one was used just now
    cold,  // many buffers, no cache: the next one has not been touched since the pool went round
};
inline constexpr std::array kWarmthNames{"hot", "cold"};

// Frames of one contestant's turn. Not copyable: the buffers it holds between batches are its own.
class Turn {
public:
    Turn(const Contestant& contestant, Device& device, rte_mempool* pool, const Task& task, rte_mbuf** frames);
    // Everything that the device does before and the application after, and in between `measure`, which calls move().
    // False: the contestant did not move all frames.
    template <class Measure>
    bool batch(Measure measure) {
        if (!prepare()) return false;
        const unsigned moved = measure([this] { return move(); });
        finish(moved);
        return moved == task_.batch;
    }

private:
    bool prepare();
    unsigned move();
    void finish(unsigned moved);

    Bursts bursts_;
    Device& device_;
    rte_mempool* pool_;
    Task task_;
    rte_mbuf** frames_;
};

}  // namespace bifurc::bench
