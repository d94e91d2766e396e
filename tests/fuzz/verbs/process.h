// SPDX-License-Identifier: BSD-3-Clause
// Borrowers: processes of several threads that do random things.
#ifndef FUZZ_VERBS_PROCESS_H
#define FUZZ_VERBS_PROCESS_H

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "worker.h"

namespace bifurc::fuzz {

inline constexpr std::size_t kProcesses = 3, kThreads = 3;
inline constexpr std::size_t kMostOperations = 64;
inline constexpr std::size_t kAnswers = kNothingToDo + 1;

// Seen by all processes.
struct Shared {
    std::atomic<std::uint64_t> operations;
    std::uint64_t operations_limit;  // 0: none
    // What each thread does now, for the sentence about a hang.
    std::array<std::array<std::atomic<const char*>, kThreads>, kProcesses> doing;
    std::atomic<const char*> administrator;
    std::array<std::array<std::atomic<std::uint32_t>, kAnswers>, kMostOperations> answers;

    static Shared* create();
    void print_answers() const;
    // Of the process, or of all.
    std::string what(std::size_t process) const;
};

// Starts a borrower in a process group of its own; mailbox: where borrowers leave sockets for each other.
pid_t start_borrower(Shared& shared, std::size_t number, std::uint64_t seed, bool faults, int mailbox);

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_PROCESS_H
