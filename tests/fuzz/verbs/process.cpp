// SPDX-License-Identifier: BSD-3-Clause
#include "process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include "rights.h"

namespace bifurc::fuzz {
namespace {

const std::vector<Operation>& all_operations() {
    static const std::vector<Operation> kAll = [] {
        std::vector<Operation> all;
        for (const auto part :
             {socket_operations(), verb_operations(), memory_operations(), child_operations(), borrow_operations()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return kAll;
}

std::byte* reserve(std::size_t len) {
    void* at = ::mmap(nullptr, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? nullptr : static_cast<std::byte*>(at);
}

int open_holder() {
    const auto fd = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
    uffdio_api api{};
    api.api = UFFD_API;
    if (fd >= 0) ::ioctl(fd, UFFDIO_API, &api);
    return fd;
}

// Brings the pages that hold() made missing, each as late as it likes, or lets go of the whole window.
void bring_pages(const Pool& pool, Random random) {
    pollfd waiting{.fd = pool.holder, .events = POLLIN, .revents = 0};
    for (;;) {
        ::poll(&waiting, 1, -1);
        uffd_msg message{};
        if (::read(pool.holder, &message, sizeof(message)) != sizeof(message)) continue;
        ::usleep(static_cast<useconds_t>(random.one_in(8) ? random.below(300'000) : random.below(5'000)));
        const std::uint64_t page = message.arg.pagefault.address & ~(kPage - 1);
        uffdio_range window{.start = reinterpret_cast<std::uint64_t>(pool.windows), .len = kWindows * kWindowLen};
        uffdio_zeropage zero{};
        zero.range = {.start = page, .len = kPage};
        if (random.one_in(4) || ::ioctl(pool.holder, UFFDIO_ZEROPAGE, &zero) < 0)
            ::ioctl(pool.holder, UFFDIO_UNREGISTER, &window);
    }
}

const Operation& choose(Random& random) {
    static const unsigned kSum = [] {
        unsigned sum = 0;
        for (const Operation& operation : all_operations()) sum += operation.weight;
        return sum;
    }();
    auto at = static_cast<unsigned>(random.below(kSum));
    for (const Operation& operation : all_operations()) {
        if (at < operation.weight) return operation;
        at -= operation.weight;
    }
    return all_operations().front();
}

// Now and then something that ends this very process, which is no part of the weights.
const Operation& next(Random& random) {
    static const auto kChildren = child_operations();
    if (random.one_in(500)) return kChildren[1 + random.below(kChildren.size() - 1)];
    return choose(random);
}

void work(Shared& shared, std::size_t process, std::size_t thread, Pool& pool, std::uint64_t seed, bool with_faults) {
    const FaultInjection faults;
    for (std::uint64_t i = 0; shared.operations_limit == 0 || shared.operations++ < shared.operations_limit; ++i) {
        Worker worker(stream(seed, i), pool);
        const Operation& operation = next(worker.random);
        const bool fault = with_faults && faults.available() && worker.random.one_in(3);
        shared.doing[process][thread] = operation.name;
        if (fault) faults.arm(static_cast<unsigned>(1 + worker.random.below(40)));
        const int answer = operation.run(worker);
        if (fault) faults.disarm();
        shared.doing[process][thread] = nullptr;
        const auto row = static_cast<std::size_t>(&operation - all_operations().data());
        if (row < kMostOperations) ++shared.answers[row][static_cast<std::size_t>(answer)];
        if (shared.operations_limit == 0) ++shared.operations;
    }
}

[[noreturn]] void be_a_borrower(Shared& shared, std::size_t number, std::uint64_t seed, bool faults, int mailbox) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    catch_bad_accesses();
    // Every other one is limited in what it may pin, so that accounting is exercised at its limit.
    if (seed % 2 != 0) limit_locked_memory(64 * kPage);
    static Pool pool;
    pool.windows = reserve((kWindows + 1) * kWindowLen);
    ::mprotect(pool.windows, kWindows / 2 * kWindowLen, PROT_READ | PROT_WRITE);
    pool.registers = reserve(kRegisterWindows * kPage);
    pool.mailbox = mailbox;
    pool.home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    pool.holder = open_holder();
    if (pool.windows == nullptr || pool.registers == nullptr) ::_exit(1);
    std::vector<std::thread> threads;
    if (pool.holder >= 0) threads.emplace_back([&] { bring_pages(pool, Random(seed)); });
    for (std::size_t i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] { work(shared, number, i, pool, stream(seed, i), faults); });
    for (;;) ::pause();
}

const char* name_of_answer(std::size_t answer) {
    if (answer == 0) return "ok";
    if (answer == kNothingToDo) return "nothing to do";
    const char* name = ::strerrorname_np(static_cast<int>(answer));
    return name != nullptr ? name : "?";
}

}  // namespace

sigjmp_buf*& landing() {
    static thread_local sigjmp_buf* place = nullptr;
    return place;
}

void catch_bad_accesses() {
    struct sigaction action {};
    action.sa_handler = [](int number) {
        if (landing() != nullptr) siglongjmp(*landing(), 1);
        ::signal(number, SIG_DFL);
    };
    for (const int number : {SIGSEGV, SIGBUS}) ::sigaction(number, &action, nullptr);
}

Shared* Shared::create() {
    void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) fail("no memory");
    return new (at) Shared{};
}

void Shared::print_answers() const {
    for (std::size_t row = 0; row < all_operations().size(); ++row) {
        std::printf("%-24s", all_operations()[row].name);
        for (std::size_t answer = 0; answer < kAnswers; ++answer)
            if (const auto count = answers[row][answer].load(); count != 0)
                std::printf(" %s:%u", name_of_answer(answer), count);
        std::printf("\n");
    }
}

std::string Shared::what(std::size_t process) const {
    std::string text;
    for (const auto& thread : doing[process]) {
        const char* name = thread.load();
        text += std::string(text.empty() ? "" : ", ") + (name != nullptr ? name : "-");
    }
    const char* deed = administrator.load();
    return text + "; administrator: " + (deed != nullptr ? deed : "-");
}

pid_t start_borrower(Shared& shared, std::size_t number, std::uint64_t seed, bool faults, int mailbox) {
    all_operations();  // before there are threads
    const pid_t child = ::fork();
    if (child == 0) be_a_borrower(shared, number, seed, faults, mailbox);
    if (child < 0) fail("cannot fork");
    ::setpgid(child, child);
    return child;
}

}  // namespace bifurc::fuzz
