// SPDX-License-Identifier: BSD-3-Clause
// The functions that the shim stands in front of: what the next library in search order defines, so that others may
// interpose too (sanitizers do); bare system calls before the dynamic linker has run our constructor.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>

namespace bifurc::shim::original {

int getsockopt(int fd, int level, int option, void* value, socklen_t* len) noexcept;
int setsockopt(int fd, int level, int option, const void* value, socklen_t len) noexcept;
int ioctl(int fd, unsigned long request, void* argument) noexcept;
void* mmap(void* addr, std::size_t len, int prot, int flags, int fd, off_t offset) noexcept;
// Cancellation points, and so not noexcept.
ssize_t send(int fd, const void* data, std::size_t len, int flags);
ssize_t sendto(int fd, const void* data, std::size_t len, int flags, const sockaddr* to, socklen_t to_len);
ssize_t sendmsg(int fd, const msghdr* message, int flags);

}  // namespace bifurc::shim::original
