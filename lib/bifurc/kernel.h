// SPDX-License-Identifier: BSD-3-Clause
// The system calls that the client makes, as an interface: in a program the kernel's, in a unit test whatever the test
// wants to answer. Every call answers what the system call would, with -errno in the place of -1.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "result.h"

namespace bifurc::client {

// The kernel's ALTIFNAMSIZ, with the NUL; <linux/if.h> has it, which cannot stand beside <net/if.h>.
inline constexpr std::size_t kAlternativeNameRoom = 128;

class Kernel {
public:
    virtual int packet_socket() noexcept = 0;  // SOCK_RAW, close-on-exec, protocol 0: it receives nothing
    virtual int bind(int fd, unsigned ifindex) noexcept = 0;
    virtual int bound_ifindex(int fd) noexcept = 0;
    virtual int attach(int fd, const char* iface) noexcept = 0;
    virtual int get_option(int fd, int level, int option, void* value, socklen_t* len) noexcept = 0;
    virtual int set_option(int fd, int level, int option, const void* value, socklen_t len) noexcept = 0;
    virtual int close(int fd) noexcept = 0;
    virtual Result<void*> mmap(void* at, std::size_t len, int prot, int flags, int fd, off_t offset) noexcept = 0;
    virtual int munmap(void* at, std::size_t len) noexcept = 0;
    virtual unsigned name_to_index(const char* iface) noexcept = 0;  // 0: no such netdev
    virtual bool index_to_name(unsigned ifindex, char (&name)[16]) noexcept = 0;
    virtual std::uint64_t capabilities() noexcept = 0;  // the effective set, bit n for capability n
    virtual ssize_t read_file(const char* path, void* buffer, std::size_t room) noexcept = 0;  // from its beginning
    virtual Result<std::uint64_t> inode(const char* path) noexcept = 0;

protected:
    ~Kernel() = default;
};

// The machine's own.
Kernel& system_kernel() noexcept;

}  // namespace bifurc::client
