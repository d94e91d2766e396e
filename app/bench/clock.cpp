// SPDX-License-Identifier: BSD-3-Clause
#include "clock.h"

#include <csignal>

namespace bifurc::bench {
namespace {

volatile std::uint64_t count_of_steps = 0;
struct sigaction previous;

void on_trap(int) { count_of_steps = count_of_steps + 1; }

}  // namespace

InstructionCounter::InstructionCounter() {
    struct sigaction action {};
    action.sa_handler = on_trap;
    sigaction(SIGTRAP, &action, &previous);
}

InstructionCounter::~InstructionCounter() { sigaction(SIGTRAP, &previous, nullptr); }

void InstructionCounter::reset() { count_of_steps = 0; }
std::uint64_t InstructionCounter::steps() { return count_of_steps; }

}  // namespace bifurc::bench
