// SPDX-License-Identifier: BSD-3-Clause
// bench-lending IFACE FIRST PAIRS ROUNDS: how long it takes to borrow queue pairs and to give them back, by libbifurc.
// One line per step and round: its name and nanoseconds. "killed" is from kill -9 of another borrower of the same pairs
// until they are split again. Exit status 1 and one sentence if anything fails.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "bifurc/rte_bifurc.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMemoryBytes = 2 << 20;
constexpr auto kDeadline = std::chrono::seconds(10);

[[noreturn]] void fail(const char* sentence) {
    std::fprintf(stderr, "%s\n", sentence);
    std::exit(1);
}

struct Borrow {
    const char* iface;
    std::uint32_t first, pairs;
    std::byte* memory;
};

// Names each step and how long it took.
class Steps {
public:
    void done(const char* name) {
        const auto now = Clock::now();
        std::printf("%s %lld\n", name,
                    static_cast<long long>(std::chrono::nanoseconds(now - std::exchange(last_, now)).count()));
        last_ = Clock::now();  // the line's own time is nobody's
    }

private:
    Clock::time_point last_ = Clock::now();
};

void must(int rc, const rte_bifurc_error& error) {
    if (rc != 0) fail(error.text);
}

std::byte* get_memory() {
    void* memory = ::mmap(nullptr, kMemoryBytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
    if (memory == MAP_FAILED) fail("no memory");
    std::memset(memory, 0, kMemoryBytes);
    return static_cast<std::byte*>(memory);
}

void borrow_and_give_back(const Borrow& borrow) {
    rte_bifurc_error error{};
    rte_bifurc* port = nullptr;
    std::uint32_t got = 0;
    void* window = nullptr;
    Steps steps;
    must(rte_bifurc_open(borrow.iface, &port, &error), error);
    steps.done("open");
    must(rte_bifurc_split(port, borrow.first, borrow.pairs, 0, &got, &error), error);
    steps.done("split");
    must(rte_bifurc_map(port, &window, &error), error);
    steps.done("map");
    must(rte_bifurc_dma_map(port, borrow.memory, kMemoryBytes, &error), error);
    steps.done("dma_map");
    must(rte_bifurc_give_back(port, &error), error);
    steps.done("give_back");
    rte_bifurc_close(port);
    steps.done("close");
}

// Holds the pairs until it is killed; says so by a byte.
[[noreturn]] void hold(const Borrow& borrow) {
    rte_bifurc_error error{};
    rte_bifurc* port = nullptr;
    std::uint32_t got = 0;
    void* window = nullptr;
    must(rte_bifurc_open(borrow.iface, &port, &error), error);
    must(rte_bifurc_split(port, borrow.first, borrow.pairs, 0, &got, &error), error);
    must(rte_bifurc_map(port, &window, &error), error);
    must(rte_bifurc_dma_map(port, borrow.memory, kMemoryBytes, &error), error);
    if (::write(STDOUT_FILENO, "b", 1) != 1) fail("nobody listens");
    for (;;) ::pause();
}

// A borrower of its own: a program that is started, not a copy of this one.
pid_t start_holder(char** argv) {
    std::array<int, 2> said;
    if (::pipe(said.data()) != 0) fail("no pipe");
    const pid_t holder = ::fork();
    if (holder < 0) fail("no process");
    if (holder == 0) {
        ::dup2(said[1], STDOUT_FILENO);
        ::close(said[0]);
        ::close(said[1]);
        ::execl("/proc/self/exe", argv[0], argv[1], argv[2], argv[3], "hold", nullptr);
        std::_Exit(1);
    }
    ::close(said[1]);
    char byte = 0;
    if (::read(said[0], &byte, 1) != 1) fail("the borrower that is to be killed could not borrow");
    ::close(said[0]);
    return holder;
}

void kill_and_borrow(rte_bifurc* port, const Borrow& borrow, char** argv) {
    const pid_t holder = start_holder(argv);
    rte_bifurc_error error{};
    std::uint32_t got = 0;
    Steps steps;
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);  // as a shell does, which starts the next program then
    const auto deadline = Clock::now() + kDeadline;
    int rc = 0, tries = 0;
    do {
        rc = rte_bifurc_split(port, borrow.first, borrow.pairs, 0, &got, &error);
        ++tries;
    } while (rc == -EBUSY && Clock::now() < deadline);
    must(rc, error);
    steps.done("killed");
    std::printf("tries %d\n", tries);
    must(rte_bifurc_give_back(port, &error), error);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) fail("usage: bench-lending IFACE FIRST PAIRS ROUNDS");
    const Borrow borrow{argv[1], static_cast<std::uint32_t>(std::atoi(argv[2])),
                        static_cast<std::uint32_t>(std::atoi(argv[3])), get_memory()};
    if (std::strcmp(argv[4], "hold") == 0) hold(borrow);
    const int rounds = std::atoi(argv[4]);
    for (int round = 0; round < rounds; ++round) borrow_and_give_back(borrow);
    rte_bifurc_error error{};
    rte_bifurc* port = nullptr;
    must(rte_bifurc_open(borrow.iface, &port, &error), error);
    for (int round = 0; round < rounds; ++round) kill_and_borrow(port, borrow, argv);
    rte_bifurc_close(port);
    return 0;
}
