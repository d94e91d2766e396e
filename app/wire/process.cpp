// SPDX-License-Identifier: BSD-3-Clause
#include "process.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>

namespace bifurc::sim {

UniqueFd catch_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    return UniqueFd{::signalfd(-1, &signals, SFD_CLOEXEC)};
}

void announce(int ready_fd) {
    std::puts("ready");
    std::fflush(stdout);
    if (ready_fd >= 0) static_cast<void>(::write(ready_fd, "\n", 1) == 1);  // nobody waits any more: no harm
}

}  // namespace bifurc::sim
