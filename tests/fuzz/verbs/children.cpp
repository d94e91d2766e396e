// SPDX-License-Identifier: BSD-3-Clause
// Processes that inherit all that a borrower has, and end in their own ways.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "worker.h"

namespace bifurc::fuzz {
namespace {

constexpr int kMostChildren = 4;

void some_verbs(Worker& worker) {
    const auto verbs = verb_operations();
    for (std::uint64_t i = worker.random.below(10); i > 0; --i) verbs[worker.random.below(verbs.size())].run(worker);
}

void unshare_user(Worker& worker) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return;
    const auto sockets = socket_operations();
    for (int i = 0; i < 5; ++i) sockets[worker.random.below(sockets.size())].run(worker);
}

// Descriptors survive execve() here, other than close-on-exec says.
void keep_descriptors(Worker& worker) {
    for (Slot& slot : worker.pool.sockets) {
        const int fd = slot.fd;
        if (fd >= 0) ::dup(fd);
    }
}

[[noreturn]] void be_a_child(Worker worker) {
    if (worker.random.one_in(4)) unshare_user(worker);
    some_verbs(worker);
    switch (worker.random.below(4)) {
        case 0:
            keep_descriptors(worker);
            [[fallthrough]];
        case 1:
            ::execl("/bin/true", "true", nullptr);
            break;
        case 2:
            ::raise(SIGKILL);
            break;
        default:
            break;
    }
    ::_exit(0);
}

int fork_child(Worker& worker) {
    if (worker.pool.children.fetch_add(1) >= kMostChildren) {
        --worker.pool.children;
        while (::waitpid(-1, nullptr, WNOHANG) > 0) --worker.pool.children;
        return kNothingToDo;
    }
    const Worker copy(worker.random.next(), worker.pool);
    const pid_t child = ::fork();
    if (child == 0) be_a_child(copy);
    if (child > 0) return 0;
    --worker.pool.children;
    return errno;
}

// A new program takes over in the middle of what the other threads do, with what was not close-on-exec.
int become_another_program(Worker& worker) {
    keep_descriptors(worker);
    ::execl("/bin/sleep", "sleep", "0.1", nullptr);
    return errno;
}

int die(Worker& worker) {
    if (worker.random.one_in(2)) ::_exit(0);
    ::raise(SIGKILL);
    return 0;
}

constexpr std::array kOperations{
    Operation{"fork", 2, fork_child},
    Operation{"become_another_program", 0, become_another_program},
    Operation{"die", 0, die},
};

}  // namespace

std::span<const Operation> child_operations() { return kOperations; }

}  // namespace bifurc::fuzz
