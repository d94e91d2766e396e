// SPDX-License-Identifier: BSD-3-Clause
// The interposed functions. Each first asks, as cheaply as it can, whether the call is none of the simulator's matters,
// and passes it on; what is left goes to the parts.

// Set, it makes glibc's headers rename mmap to mmap64. Both names are wanted here.
#undef _FILE_OFFSET_BITS

#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdarg>
#include <span>

#include "../bifurc/bifurc_uapi.h"
#include "ethtool.h"
#include "exchange.h"
#include "memory.h"
#include "netlink_send.h"
#include "originals.h"
#include "stand_in.h"

namespace bifurc::shim {
namespace {

static_assert(sizeof(off_t) == 8, "mmap and mmap64 are one function here");

bool awake() noexcept { return simulator_path()[0] != '\0'; }

int to_errno(long result) noexcept {
    if (result >= 0) return 0;
    errno = static_cast<int>(-result);
    return -1;
}

// A packet socket's message has a few parts; ethtool's kind of program uses one.
constexpr std::size_t kMaxParts = 8;

}  // namespace
}  // namespace bifurc::shim

#define BIFURC_EXPORT extern "C" __attribute__((visibility("default")))

using namespace bifurc::shim;

BIFURC_EXPORT int getsockopt(int fd, int level, int option, void* value, socklen_t* len) noexcept {
    if (level == SOL_PACKET && awake() && is_connection(fd)) return to_errno(get_option(fd, option, value, len));
    return original::getsockopt(fd, level, option, value, len);
}

BIFURC_EXPORT int setsockopt(int fd, int level, int option, const void* value, socklen_t len) noexcept {
    if (level == SOL_PACKET && awake() && is_connection(fd)) return to_errno(set_option(fd, option, value, len));
    return original::setsockopt(fd, level, option, value, len);
}

BIFURC_EXPORT int ioctl(int fd, unsigned long request, ...) noexcept {
    std::va_list arguments;
    va_start(arguments, request);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);

    int result = -ENOTTY;
    if (request == SIOCETHTOOL && awake()) result = ethtool_ioctl(argument);
    if (request == BIFURC_SIOCATTACH && awake()) result = attach(fd, argument);
    if (result != -ENOTTY) return to_errno(result);
    const int done = original::ioctl(fd, request, argument);
    // A NIC's driver has reset its queues when these return.
    if (done == 0 && (request == SIOCSIFMTU || request == SIOCSIFFLAGS) && awake()) catch_up();
    return done;
}

BIFURC_EXPORT void* mmap(void* addr, std::size_t len, int prot, int flags, int fd, off_t offset) noexcept {
    if (fd < 0 || (flags & MAP_ANONYMOUS) != 0 || !awake() || !is_connection(fd))
        return original::mmap(addr, len, prot, flags, fd, offset);
    const long at = map(fd, addr, len, prot, flags, offset);
    return to_errno(at) == 0 ? reinterpret_cast<void*>(at) : MAP_FAILED;
}

BIFURC_EXPORT void* mmap64(void* addr, std::size_t len, int prot, int flags, int fd, off64_t offset) noexcept {
    return mmap(addr, len, prot, flags, fd, offset);
}

BIFURC_EXPORT ssize_t send(int fd, const void* data, std::size_t len, int flags) {
    if (awake() && len <= kMaxNetlinkRequest) {
        const iovec part{const_cast<void*>(data), len};
        const Replacement replacement(fd, std::span(&part, 1));
        if (replacement.needed()) return original::send(fd, replacement.datagram().data(), len, flags);
    }
    return original::send(fd, data, len, flags);
}

BIFURC_EXPORT ssize_t sendto(int fd, const void* data, std::size_t len, int flags, const sockaddr* to,
                             socklen_t to_len) {
    if (awake() && len <= kMaxNetlinkRequest) {
        const iovec part{const_cast<void*>(data), len};
        const Replacement replacement(fd, std::span(&part, 1));
        if (replacement.needed()) return original::sendto(fd, replacement.datagram().data(), len, flags, to, to_len);
    }
    return original::sendto(fd, data, len, flags, to, to_len);
}

BIFURC_EXPORT ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    msghdr copy{};
    std::array<iovec, kMaxParts> parts;
    if (awake() && copy_in(&copy, message, sizeof(copy)) == 0 && copy.msg_iovlen <= parts.size() &&
        copy_in(parts.data(), copy.msg_iov, copy.msg_iovlen * sizeof(iovec)) == 0) {
        const Replacement replacement(fd, std::span(parts).first(copy.msg_iovlen));
        if (replacement.needed()) {
            iovec whole{const_cast<std::byte*>(replacement.datagram().data()), replacement.datagram().size()};
            copy.msg_iov = &whole;
            copy.msg_iovlen = 1;
            return original::sendmsg(fd, &copy, flags);
        }
    }
    return original::sendmsg(fd, message, flags);
}
