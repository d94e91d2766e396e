// SPDX-License-Identifier: BSD-3-Clause
// Two ways to say what a section costs: cycles of the time stamp counter, and instructions, one by one.
#pragma once

#include <x86intrin.h>

#include <cstdint>

namespace bifurc::bench {

// Of the time stamp counter, which has its own constant rate. Everything before has finished, nothing after has begun.
inline std::uint64_t now_cycles() {
    _mm_lfence();
    const std::uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
}

// Counts what this thread executes between start and stop, with the CPU's trap flag: a signal per instruction. Slow,
// needs no hardware counters (virtual machines often have none), and the same program always gives the same number. An
// instruction with a repeat prefix counts once per repetition.
class InstructionCounter {
public:
    InstructionCounter();
    ~InstructionCounter();
    InstructionCounter(const InstructionCounter&) = delete;
    InstructionCounter& operator=(const InstructionCounter&) = delete;

    template <class Section>
    std::uint64_t count(Section section) {
        reset();
        __writeeflags(__readeflags() | kTrapFlag);
        section();
        __writeeflags(__readeflags() & ~kTrapFlag);
        return steps();
    }

private:
    static constexpr unsigned long long kTrapFlag = 1u << 8;
    static void reset();
    static std::uint64_t steps();
};

}  // namespace bifurc::bench
