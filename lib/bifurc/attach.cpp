// SPDX-License-Identifier: BSD-3-Clause
#include "attach.h"

#include <cerrno>
#include <cstring>

#include "verbs.h"

namespace bifurc::client {
namespace {

// Closes the socket unless it is released.
class Socket {
public:
    Socket(Kernel& kernel, int fd) noexcept : kernel_(kernel), fd_(fd) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (fd_ >= 0) kernel_.close(fd_);
    }
    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    Kernel& kernel_;
    int fd_;
};

// How drivers that never heard of the ioctl refuse it: dev_ioctl() says EOPNOTSUPP, ENOTTY or EINVAL by kernel version,
// and a driver that has private ioctls of its own may say any of them.
bool unknown_ioctl(int code) noexcept {
    return code == EOPNOTSUPP || code == ENOTTY || code == EINVAL || code == ENOSYS || code == ENOPROTOOPT;
}

Result<bifurc_info> attach(Kernel& kernel, int fd, const char* iface) noexcept {
    const Verbs verbs{kernel, fd};
    const auto before = verbs.info();
    if (before.code() != ENOPROTOOPT) return before;
    if (const int rc = kernel.attach(fd, iface); rc < 0) {
        return Errno{unknown_ioctl(-rc) ? EOPNOTSUPP : -rc};
    }
    const auto after = verbs.info();
    if (after.code() == ENOPROTOOPT) return Errno{EOPNOTSUPP};
    return after;
}

}  // namespace

Result<Attached> open_socket(Kernel& kernel, const char* iface) noexcept {
    Attached attached;
    const std::size_t len = strnlen(iface, kAlternativeNameRoom);
    if (len == 0 || len == kAlternativeNameRoom) return Errno{EINVAL};
    // From here on by the name that it has now: what was given may be an alternative one.
    const unsigned ifindex = kernel.name_to_index(iface);
    if (ifindex == 0 || !kernel.index_to_name(ifindex, attached.iface)) return Errno{ENODEV};
    Socket socket{kernel, kernel.packet_socket()};
    if (socket.fd() < 0) return Errno{-socket.fd()};
    if (const int rc = kernel.bind(socket.fd(), ifindex); rc < 0) return Errno{rc == -ENXIO ? ENODEV : -rc};
    const auto info = attach(kernel, socket.fd(), attached.iface);
    if (!info.ok()) return info.error();
    attached.info = info.value();
    attached.fd = socket.release();
    return attached;
}

Result<Attached> adopt_socket(Kernel& kernel, int fd, char (&iface)[16]) noexcept {
    if (fd < 0) return Errno{EBADF};
    Socket socket{kernel, fd};
    Attached attached;
    // An attached socket knows its netdev by INFO; one that is not attached yet is a plain packet socket and knows it
    // by getsockname.
    auto info = Verbs{kernel, fd}.info();
    if (info.ok()) {
        if (!kernel.index_to_name(info.value().ifindex, iface)) return Errno{ENODEV};
    } else if (info.code() == ENOPROTOOPT) {
        const int ifindex = kernel.bound_ifindex(fd);
        if (ifindex < 0) return Errno{-ifindex};
        if (ifindex == 0 || !kernel.index_to_name(static_cast<unsigned>(ifindex), iface)) return Errno{ENODEV};
        info = attach(kernel, fd, iface);
    }
    if (!info.ok()) return info.error();
    std::memcpy(attached.iface, iface, sizeof(attached.iface));
    attached.info = info.value();
    attached.fd = socket.release();
    return attached;
}

}  // namespace bifurc::client
