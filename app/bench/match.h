// SPDX-License-Identifier: BSD-3-Clause
// One configuration: all contestants on one pool, turn by turn.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "contestant.h"
#include "jobs.h"

namespace bifurc::bench {

struct Match {
    Job job;
    std::uint16_t burst;
    std::uint16_t ring;
    Warmth warmth;
};

struct Score {
    std::string name;
    std::string group;
    std::string modes;
    double median = 0, low = 0, high = 0, least = 0;  // cycles per packet: median, quartiles, minimum
    double instructions = 0;                          // per packet
};

using Contestants = std::vector<std::unique_ptr<Contestant>>;

struct Outcome {
    std::vector<Score> scores;
    std::string error;  // "" if all went well
};

// All matches on rings of one size and pools of one kind: they share what is set up.
class Arena {
public:
    Arena(Contestants& contestants, std::uint16_t ring, Warmth warmth);
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    [[nodiscard]] const std::string& error() const { return error_; }
    [[nodiscard]] Outcome play(Job job, std::uint16_t burst, unsigned rounds);
    // Into the scores of such a match. Slow: a signal an instruction.
    void count_instructions(Job job, std::uint16_t burst, std::vector<Score>& scores);

private:
    [[nodiscard]] Task task(Job job, std::uint16_t burst) const;
    [[nodiscard]] bool warm_up(std::size_t contestant, const Task& task);
    // Cycles per packet, below 0: it did not move all frames.
    [[nodiscard]] double take_turn(std::size_t contestant, const Task& task);
    [[nodiscard]] double instructions(std::size_t contestant, Task task);

    Contestants& contestants_;
    std::uint16_t ring_;
    rte_mempool* pool_ = nullptr;
    std::vector<Device> devices_;
    std::vector<rte_mbuf*> frames_;
    std::size_t started_ = 0;
    std::string error_;
};

}  // namespace bifurc::bench
