// SPDX-License-Identifier: BSD-3-Clause
#include "kernel.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bifurc_uapi.h"

namespace bifurc::client {
namespace {

int answer(int rc) noexcept { return rc < 0 ? -errno : rc; }

// An alternative name may be longer than an ioctl has room for: RTM_GETLINK, rtnetlink(7). The kernel answers within
// sendto.
unsigned long_name_to_index(const char* name) noexcept {
    struct {
        nlmsghdr header;
        ifinfomsg link;
        rtattr attribute;
        char name[kAlternativeNameRoom];
    } request{};
    const std::size_t bytes = strnlen(name, sizeof(request.name) - 1) + 1;
    std::memcpy(request.name, name, bytes - 1);
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.attribute.rta_type = IFLA_ALT_IFNAME;
    request.attribute.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(bytes));
    request.header.nlmsg_len =
        static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof(ifinfomsg)) + RTA_ALIGN(RTA_LENGTH(bytes)));

    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return 0;
    struct {
        nlmsghdr header;
        ifinfomsg link;
    } answer{};
    const bool answered = ::send(fd, &request, request.header.nlmsg_len, 0) > 0 &&
                          ::recv(fd, &answer, sizeof(answer), MSG_DONTWAIT) == static_cast<ssize_t>(sizeof(answer));
    ::close(fd);
    return answered && answer.header.nlmsg_type == RTM_NEWLINK ? static_cast<unsigned>(answer.link.ifi_index) : 0;
}

class SystemKernel final : public Kernel {
public:
    int packet_socket() noexcept override { return answer(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)); }
    int bind(int fd, unsigned ifindex) noexcept override {
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_ifindex = static_cast<int>(ifindex);
        return answer(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
    }
    int bound_ifindex(int fd) noexcept override {
        sockaddr_ll address{};
        socklen_t len = sizeof(address);
        if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &len) < 0) return -errno;
        if (address.sll_family != AF_PACKET) return -ENOTSOCK;
        return address.sll_ifindex;
    }
    int attach(int fd, const char* iface) noexcept override {
        ifreq request{};
        std::strncpy(request.ifr_name, iface, sizeof(request.ifr_name) - 1);
        request.ifr_ifindex = fd;  // which socket: the netdev's driver is not told
        return answer(::ioctl(fd, BIFURC_SIOCATTACH, &request));
    }
    int get_option(int fd, int level, int option, void* value, socklen_t* len) noexcept override {
        return answer(::getsockopt(fd, level, option, value, len));
    }
    int set_option(int fd, int level, int option, const void* value, socklen_t len) noexcept override {
        return answer(::setsockopt(fd, level, option, value, len));
    }
    int close(int fd) noexcept override { return answer(::close(fd)); }
    Result<void*> mmap(void* at, std::size_t len, int prot, int flags, int fd, off_t offset) noexcept override {
        void* mapped = ::mmap(at, len, prot, flags, fd, offset);
        if (mapped == MAP_FAILED) return Errno{errno};
        return mapped;
    }
    int munmap(void* at, std::size_t len) noexcept override { return answer(::munmap(at, len)); }
    unsigned name_to_index(const char* iface) noexcept override {
        return std::strlen(iface) < IF_NAMESIZE ? ::if_nametoindex(iface) : long_name_to_index(iface);
    }
    bool index_to_name(unsigned ifindex, char (&name)[16]) noexcept override {
        static_assert(IF_NAMESIZE == 16);
        return ::if_indextoname(ifindex, name) != nullptr;
    }
    std::uint64_t capabilities() noexcept override {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
        if (::syscall(SYS_capget, &header, data) < 0) return 0;
        return data[0].effective | std::uint64_t{data[1].effective} << 32;
    }
    ssize_t read_file(const char* path, void* buffer, std::size_t room) noexcept override {
        const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) return -errno;
        const ssize_t got = ::read(fd, buffer, room);
        const int error = errno;
        ::close(fd);
        return got < 0 ? -error : got;
    }
    Result<std::uint64_t> inode(const char* path) noexcept override {
        struct stat file {};
        if (::stat(path, &file) < 0) return Errno{errno};
        return std::uint64_t{file.st_ino};
    }
};

constinit SystemKernel the_kernel;

}  // namespace

Kernel& system_kernel() noexcept { return the_kernel; }

}  // namespace bifurc::client
