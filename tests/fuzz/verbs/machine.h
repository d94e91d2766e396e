// SPDX-License-Identifier: BSD-3-Clause
// The guest around the verbs: programs, counters of the kernel, its log, its fault injection.
#ifndef FUZZ_VERBS_MACHINE_H
#define FUZZ_VERBS_MACHINE_H

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace bifurc::fuzz {

// Prints one sentence and ends the program. What the kernel waits for is added if it hangs.
[[noreturn]] void fail(const std::string& sentence);
[[noreturn]] void fail_hanging(const std::string& sentence);

inline constexpr std::chrono::seconds kDeadline{120};

bool within_deadline(const std::function<bool()>& condition);

std::string text_of(const std::string& path);
bool write_text(const std::string& path, const std::string& text);

// Runs a line of shell; fails if it does not end within the deadline.
bool shell(const std::string& line);

// A process that must end, since it was killed.
void reap(pid_t process, const std::string& what);

// Pages that are pinned now, by the counters that the kernel gathers once a second.
long pinned_pages();

// What the kernel's log says from now on.
class KernelLog {
public:
    KernelLog();
    // The lines that no test may cause; empty if there are none.
    std::string complaints();

private:
    int fd_;
};

// Lets the n-th allocation (or copy from or to user space) of this thread fail.
class FaultInjection {
public:
    // Opens the calling thread's switch; without fault injection in the kernel nothing ever fails.
    FaultInjection();
    FaultInjection(const FaultInjection&) = delete;
    FaultInjection& operator=(const FaultInjection&) = delete;
    ~FaultInjection();

    bool available() const { return fd_ >= 0; }
    void arm(unsigned n) const;
    // True if something was made to fail since.
    bool disarm() const;

    // Allocations that may sleep fail too, and quietly. Once per machine.
    static void tune();

private:
    int fd_;
};

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_MACHINE_H
