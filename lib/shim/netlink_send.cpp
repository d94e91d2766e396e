// SPDX-License-Identifier: BSD-3-Clause
#include "netlink_send.h"

#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

#include "exchange.h"
#include "memory.h"
#include "netlink.h"

namespace bifurc::shim {
namespace {

// ethtool(8) reads the kernel's list of commands once, before its first request, and then falls back to the ioctl for
// none of those listed, whatever a request is answered (netlink_cmd_check() in its netlink/netlink.c). Only where it
// finds no family it turns to the ioctl. It names its netdev nowhere before, but on the command line.
constexpr char kProgramThatListsCommands[] = "ethtool";

int socket_option(int fd, int option) noexcept {
    int value = -1;
    socklen_t len = sizeof(value);
    return raw(SYS_getsockopt, fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

bool is_generic_netlink(int fd) noexcept {
    return socket_option(fd, SO_DOMAIN) == AF_NETLINK && socket_option(fd, SO_PROTOCOL) == NETLINK_GENERIC;
}

std::uint16_t ask_ethtool_family() noexcept {
    const Fd fd(raw(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    std::array<std::byte, kFamilyQueryLen> query;
    write_family_query(query);
    if (!fd || raw(SYS_sendto, fd.get(), query.data(), query.size(), 0, nullptr, 0) < 0) return 0;
    // The kernel has answered before sendto returned: there is nothing to wait for. The id is among the first
    // attributes, so that a cut answer will do.
    std::array<std::byte, 1024> answer;
    const long got = raw(SYS_recvfrom, fd.get(), answer.data(), answer.size(), MSG_DONTWAIT, nullptr, nullptr);
    return got < 0 ? std::uint16_t{0} : family_id_in(std::span(answer).first(static_cast<std::size_t>(got)));
}

class SystemJudge final : public NetlinkJudge {
public:
    bool owns(const NetdevReference& netdev) noexcept override {
        if (netdev.name[0] != '\0') return owns_name(netdev.name);
        ifreq request{};
        request.ifr_ifindex = static_cast<int>(netdev.ifindex);
        const Fd fd(raw(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        return fd && raw(SYS_ioctl, fd.get(), SIOCGIFNAME, &request) == 0 && owns_name(request.ifr_name);
    }

    bool is_ethtool_family(std::uint16_t id) noexcept override { return id == ask_ethtool_family(); }

    bool hides_ethtool_family() noexcept override {
        if (std::strcmp(program_invocation_short_name, kProgramThatListsCommands) != 0) return false;
        std::array<char, 4096> arguments;
        const Fd fd(raw(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC));
        if (!fd) return false;
        const long got = raw(SYS_read, fd.get(), arguments.data(), arguments.size() - 1);
        if (got <= 0) return false;
        arguments[static_cast<std::size_t>(got)] = '\0';
        const char* const end = arguments.data() + got;
        for (const char* argument = arguments.data(); argument < end; argument += std::strlen(argument) + 1)
            if (owns_name(argument)) return true;
        return false;
    }

private:
    bool owns_name(const char* name) noexcept {
        if (name[0] == '\0' || std::strlen(name) >= IFNAMSIZ) return false;
        if (!connection_) connection_ = connect_to_simulator();
        return connection_ && shim::owns(connection_.get(), name);
    }

    Fd connection_;
};

}  // namespace

Replacement::Replacement(int fd, std::span<const iovec> parts) noexcept {
    if (!is_generic_netlink(fd) || !gather(parts)) return;
    SystemJudge judge;
    needed_ = refuse_requests(std::span(bytes_).first(len_), judge);
}

bool Replacement::gather(std::span<const iovec> parts) noexcept {
    for (const iovec& part : parts) {
        if (part.iov_len > bytes_.size() - len_) return false;
        if (copy_in(bytes_.data() + len_, part.iov_base, part.iov_len) < 0) return false;
        len_ += part.iov_len;
    }
    return len_ >= NLMSG_HDRLEN + GENL_HDRLEN;
}

}  // namespace bifurc::shim
