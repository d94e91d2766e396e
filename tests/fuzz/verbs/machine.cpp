// SPDX-License-Identifier: BSD-3-Clause
#include "machine.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace bifurc::fuzz {

void fail(const std::string& sentence) {
    std::fprintf(stderr, "fuzz-verbs: %s\n", sentence.c_str());
    std::exit(1);
}

void fail_hanging(const std::string& sentence) {
    std::fprintf(stderr, "fuzz-verbs: %s\n", sentence.c_str());
    write_text("/proc/sysrq-trigger", "w");  // blocked tasks go to the log
    std::fputs(std::system("dmesg | tail -n 300 >&2") == 0 ? "" : "no log\n", stderr);
    std::_Exit(1);
}

bool within_deadline(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool write_text(const std::string& path, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    return written;
}

bool shell(const std::string& line) {
    const pid_t child = ::fork();
    if (child == 0) {
        const int nowhere = ::open("/dev/null", O_RDWR);
        for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
        ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    if (!within_deadline([&] { return ::waitpid(child, &status, WNOHANG) != 0; }))
        fail_hanging("does not end: " + line);
    return status == 0;
}

void reap(pid_t process, const std::string& what) {
    if (!within_deadline([&] { return ::waitpid(process, nullptr, WNOHANG) != 0; }))
        fail_hanging("a process does not die of SIGKILL: " + what);
}

long pinned_pages() {
    std::istringstream text(text_of("/proc/vmstat"));
    std::string name;
    long value = 0;
    long pinned = 0;
    while (text >> name >> value) {
        if (name == "nr_foll_pin_acquired") pinned += value;
        if (name == "nr_foll_pin_released") pinned -= value;
    }
    return pinned;
}

KernelLog::KernelLog() : fd_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) { ::lseek(fd_, 0, SEEK_END); }

std::string KernelLog::complaints() {
    static constexpr std::array kComplaints{"WARNING:", "BUG:", "Oops", "blocked for more than", "DMAR:"};
    // Where an interrupt's entries in /proc could not be made for want of memory, Linux warns when it removes them.
    const bool faults = ::access("/proc/thread-self/fail-nth", F_OK) == 0;
    std::array<char, 8192> line{};
    std::string found;
    for (;;) {
        const ssize_t length = ::read(fd_, line.data(), line.size() - 1);
        if (length < 0 && errno == EPIPE) continue;  // overwritten meanwhile: goes on with the next
        if (length <= 0) return found;
        const std::string text(line.data(), static_cast<std::size_t>(length));
        if (faults && text.find("remove_proc_entry") != std::string::npos) continue;
        for (const char* complaint : kComplaints)
            if (text.find(complaint) != std::string::npos) found += text;
    }
}

FaultInjection::FaultInjection() : fd_(::open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC)) {}
FaultInjection::~FaultInjection() {
    if (fd_ >= 0) ::close(fd_);
}

void FaultInjection::arm(unsigned n) const {
    const std::string text = std::to_string(n);
    // What is armed still counts this very call's copies as well: the second try finds nothing armed.
    for (int tries = 0; tries < 2; ++tries)
        if (::pwrite(fd_, text.data(), text.size(), 0) > 0) return;
    fail("fail-nth cannot be set");
}

bool FaultInjection::disarm() const {
    std::array<char, 16> left{};
    const bool read = ::pread(fd_, left.data(), left.size() - 1, 0) > 0;
    arm(0);
    return read && std::atoi(left.data()) == 0;
}

void FaultInjection::tune() {
    ::mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);
    const std::string debug = "/sys/kernel/debug/";
    for (const char* what : {"failslab", "fail_page_alloc", "fail_usercopy"})
        write_text(debug + what + "/verbose", "0");
    for (const char* what : {"failslab", "fail_page_alloc"}) write_text(debug + what + "/ignore-gfp-wait", "N");
    write_text(debug + "fail_page_alloc/min-order", "0");
}

}  // namespace bifurc::fuzz
