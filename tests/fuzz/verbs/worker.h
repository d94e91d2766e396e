// SPDX-License-Identifier: BSD-3-Clause
// What a borrower's threads have between them, and what one of them does next.
#ifndef FUZZ_VERBS_WORKER_H
#define FUZZ_VERBS_WORKER_H

#include <array>
#include <atomic>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "calls.h"
#include "machine.h"
#include "random.h"

namespace bifurc::fuzz {

inline constexpr int kNone = -1;
inline constexpr std::size_t kWindows = 12;
inline constexpr std::size_t kWindowLen = 64 * kPage;
inline constexpr std::size_t kRegisterWindows = 4;

// What the last answers on a socket said: what a valid next call is made of. Threads race for it on purpose.
struct Hints {
    std::atomic<std::uint32_t> first, generation;
    std::atomic<std::uint64_t> mapping;
};

struct Slot {
    std::atomic<int> fd{kNone};
    Hints hints{};
};

// Of one process. Windows are stretches of address space of their own: nothing else comes to lie there, whatever is
// mapped and unmapped in them. Register windows are apart, since no verb may write its answer into registers.
struct Pool {
    std::array<Slot, 6> sockets;
    std::array<std::atomic<int>, 3> eventfds{kNone, kNone, kNone};
    std::byte* windows = nullptr;
    std::byte* registers = nullptr;
    int mailbox = kNone;  // where processes leave sockets for each other
    int home = kNone;     // the network namespace that all begin in
    int holder = kNone;   // userfaultfd
    std::atomic<int> children{0};
};

struct Worker {
    Worker(std::uint64_t seed, Pool& shared) : random(seed), pool(shared) {}

    std::byte* window() { return pool.windows + random.below(kWindows) * kWindowLen; }
    Slot& any_slot() { return pool.sockets[random.below(pool.sockets.size())]; }
    // Mostly one with a socket.
    Slot& slot() {
        Slot* found = &any_slot();
        for (int tries = 0; found->fd < 0 && tries < 4; ++tries) found = &any_slot();
        return *found;
    }
    // Mostly one without.
    Slot& empty_slot() {
        Slot* found = &any_slot();
        for (int tries = 0; found->fd >= 0 && tries < 4; ++tries) found = &any_slot();
        return *found;
    }

    Random random;
    Pool& pool;
};

// errno, 0, or one of these
inline constexpr int kNothingToDo = 200;

struct Operation {
    const char* name;
    unsigned weight;
    int (*run)(Worker& worker);
};

// Each file of this folder that is named for a subject offers some.
std::span<const Operation> socket_operations();
std::span<const Operation> verb_operations();
std::span<const Operation> memory_operations();
std::span<const Operation> child_operations();
std::span<const Operation> borrow_operations();

// Runs what may touch memory that is not there; false if it was not.
template <typename Body>
bool guarded(Body body);

// Of the calling thread, for guarded(): where a SIGSEGV or SIGBUS goes on, if anywhere.
sigjmp_buf*& landing();
void catch_bad_accesses();

template <typename Body>
bool guarded(Body body) {
    sigjmp_buf here;
    if (sigsetjmp(here, 1) != 0) {
        landing() = nullptr;
        return false;
    }
    landing() = &here;
    body();
    landing() = nullptr;
    return true;
}

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_WORKER_H
