// SPDX-License-Identifier: BSD-3-Clause
// bifurc-fuzz-verbs: random borrowers and a careless administrator on eth0, in a guest of kernel/vm, whose eth0 may be
// configured, unbound and moved at will.
//
//   bifurc-fuzz-verbs [--seed N] [--seconds N] [--operations N] [--round N] [--faults] [--no-administrator | --rough]
//   bifurc-fuzz-verbs --every-allocation
//
// A round: borrowers that are killed at random moments and replaced; at its end all are killed, and what must hold then
// is checked. Round k of seed n is the first of seed n + k, which is how one is repeated. What each thread does is of
// its seed alone; how threads meet is not.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "administrator.h"
#include "every_allocation.h"
#include "invariants.h"
#include "process.h"

namespace bifurc::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::uint64_t seed = 1;
    unsigned seconds = 15;
    std::uint64_t operations = 0;
    unsigned round = 15;
    bool faults = false;
    bool administrator = true;
    bool rough = false;
    bool every_allocation = false;
};

class Round {
public:
    Round(Shared& shared, const Administrator& administrator, const Options& options, std::uint64_t seed)
        : shared_(shared), options_(options), seed_(seed), random_(stream(seed, 0)) {
        if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, mailbox_.data()) < 0) fail("no socket pair");
        for (std::size_t i = 0; i < kProcesses; ++i) start(i);
        if (options.administrator) start(administrator);
    }

    void run_until(Clock::time_point end) {
        while (Clock::now() < end && !used_up()) {
            ::usleep(static_cast<useconds_t>(random_.below(2'000'000)));
            const std::size_t victim = random_.below(kProcesses);
            // Its children live on, or not.
            ::kill(random_.one_in(2) ? borrowers_[victim] : -borrowers_[victim], SIGKILL);
            replace_ended();
        }
    }

    void stop() {
        if (administrator_ != 0) end(administrator_, "the administrator; " + shared_.what(0));
        for (const pid_t group : groups_) ::kill(-group, SIGKILL);
        for (std::size_t i = 0; i < kProcesses; ++i) reap(borrowers_[i], "borrower: " + shared_.what(i));
        // Orphans of killed borrowers are ours now.
        if (!within_deadline([] { return ::waitpid(-1, nullptr, WNOHANG) < 0; })) fail_hanging("a child does not die");
        for (const int fd : mailbox_) ::close(fd);
    }

private:
    void start(std::size_t number) {
        const std::uint64_t seed = stream(seed_, ++started_);
        borrowers_[number] = start_borrower(shared_, number, seed, options_.faults, mailbox_[number % 2]);
        groups_.push_back(borrowers_[number]);
    }

    void start(const Administrator& administrator) {
        administrator_ = ::fork();
        if (administrator_ == 0) {
            ::setpgid(0, 0);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            administrator.work(seed_, shared_.administrator);
        }
        ::setpgid(administrator_, administrator_);
    }

    void replace_ended() {
        const bool found = within_deadline([&] {
            bool any = false;
            for (std::size_t i = 0; i < kProcesses; ++i) {
                if (::waitpid(borrowers_[i], nullptr, WNOHANG) == 0) continue;
                any = true;
                start(i);
            }
            return any;
        });
        if (!found) fail_hanging("a killed borrower does not die: " + shared_.what(0) + "; " + shared_.what(1));
        while (::waitpid(-1, nullptr, WNOHANG | __WNOTHREAD) > 0) {
        }
    }

    static void end(pid_t process, const std::string& what) {
        ::kill(-process, SIGKILL);
        reap(process, what);
    }

    bool used_up() const { return options_.operations != 0 && shared_.operations >= options_.operations; }

    Shared& shared_;
    const Options& options_;
    std::uint64_t seed_;
    Random random_;
    std::uint64_t started_ = 0;
    std::array<int, 2> mailbox_{};
    std::array<pid_t, kProcesses> borrowers_{};
    std::vector<pid_t> groups_;
    pid_t administrator_ = 0;
};

void fuzz(const Options& options) {
    Shared& shared = *Shared::create();
    shared.operations_limit = options.operations;
    const Administrator administrator(options.rough);
    Invariants invariants;
    const auto end = Clock::now() + std::chrono::seconds(options.seconds);
    for (std::uint64_t number = 0; Clock::now() < end; ++number) {
        const std::uint64_t seed = options.seed + number;
        std::printf("round %llu: --seed %llu\n", static_cast<unsigned long long>(number),
                    static_cast<unsigned long long>(seed));
        std::fflush(stdout);
        Round round(shared, administrator, options, seed);
        round.run_until(std::min(end, Clock::now() + std::chrono::seconds(options.round)));
        round.stop();
        administrator.settle();
        invariants.check();
        if (options.operations != 0 && shared.operations >= options.operations) break;
    }
    shared.print_answers();
    std::printf("%llu operations, all is as it was\n", static_cast<unsigned long long>(shared.operations.load()));
}

}  // namespace
}  // namespace bifurc::fuzz

int main(int argc, char** argv) {
    using namespace bifurc::fuzz;
    Options options;
    CLI::App app{"Random borrowers on eth0 of a virtual machine"};
    app.add_option("--seed", options.seed);
    app.add_option("--seconds", options.seconds);
    app.add_option("--operations", options.operations, "of all threads together; 0: no limit");
    app.add_option("--round", options.round, "seconds between two checks");
    app.add_flag("--faults", options.faults, "allocations fail at random");
    app.add_flag("!--no-administrator", options.administrator);
    app.add_flag("--rough", options.rough, "the administrator resets and unplugs the device, too");
    app.add_flag("--every-allocation", options.every_allocation);
    CLI11_PARSE(app, argc, argv);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    FaultInjection::tune();
    if (!options.every_allocation) {
        fuzz(options);
        return 0;
    }
    Invariants invariants;
    fail_every_allocation();
    invariants.check();
    return 0;
}
