// SPDX-License-Identifier: BSD-3-Clause
// System calls as the shim makes them: negative errnos, the program's errno untouched, no cancellation points (verbs
// are none), and never through a function that the shim itself interposes.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace bifurc::shim {

template <typename... Args>
long raw(long number, Args... args) noexcept {
    const int saved = errno;
    const long result = ::syscall(number, args...);
    if (result != -1) return result;
    const int error = errno;
    errno = saved;
    return -error;
}

class Fd {
public:
    Fd() = default;
    explicit Fd(long fd) noexcept : fd_(static_cast<int>(fd)) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { close(); }

    void close() noexcept {
        if (fd_ >= 0) raw(SYS_close, fd_);
        fd_ = -1;
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

}  // namespace bifurc::shim
