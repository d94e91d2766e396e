// SPDX-License-Identifier: BSD-3-Clause
#include "originals.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bifurc::shim::original {
namespace {

using Ioctl = int (*)(int, unsigned long, ...) noexcept;

// Written once by the constructor below, before the program's main.
constinit decltype(&getsockopt) next_getsockopt = nullptr;
constinit decltype(&setsockopt) next_setsockopt = nullptr;
constinit Ioctl next_ioctl = nullptr;
constinit decltype(&mmap) next_mmap = nullptr;
constinit decltype(&send) next_send = nullptr;
constinit decltype(&sendto) next_sendto = nullptr;
constinit decltype(&sendmsg) next_sendmsg = nullptr;

template <typename Function>
void find(Function& function, const char* name) noexcept {
    function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Here and not at first use: dlsym takes locks, which a signal handler or a forked child must not wait for.
__attribute__((constructor)) void find_all() noexcept {
    find(next_getsockopt, "getsockopt");
    find(next_setsockopt, "setsockopt");
    find(next_ioctl, "ioctl");
    find(next_mmap, "mmap");
    find(next_send, "send");
    find(next_sendto, "sendto");
    find(next_sendmsg, "sendmsg");
}

}  // namespace

int getsockopt(int fd, int level, int option, void* value, socklen_t* len) noexcept {
    if (next_getsockopt != nullptr) return next_getsockopt(fd, level, option, value, len);
    return static_cast<int>(::syscall(SYS_getsockopt, fd, level, option, value, len));
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t len) noexcept {
    if (next_setsockopt != nullptr) return next_setsockopt(fd, level, option, value, len);
    return static_cast<int>(::syscall(SYS_setsockopt, fd, level, option, value, len));
}

int ioctl(int fd, unsigned long request, void* argument) noexcept {
    if (next_ioctl != nullptr) return next_ioctl(fd, request, argument);
    return static_cast<int>(::syscall(SYS_ioctl, fd, request, argument));
}

void* mmap(void* addr, std::size_t len, int prot, int flags, int fd, off_t offset) noexcept {
    if (next_mmap != nullptr) return next_mmap(addr, len, prot, flags, fd, offset);
    return reinterpret_cast<void*>(::syscall(SYS_mmap, addr, len, prot, flags, fd, offset));
}

ssize_t send(int fd, const void* data, std::size_t len, int flags) {
    if (next_send != nullptr) return next_send(fd, data, len, flags);
    return ::syscall(SYS_sendto, fd, data, len, flags, nullptr, 0);
}

ssize_t sendto(int fd, const void* data, std::size_t len, int flags, const sockaddr* to, socklen_t to_len) {
    if (next_sendto != nullptr) return next_sendto(fd, data, len, flags, to, to_len);
    return ::syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    if (next_sendmsg != nullptr) return next_sendmsg(fd, message, flags);
    return ::syscall(SYS_sendmsg, fd, message, flags);
}

}  // namespace bifurc::shim::original
