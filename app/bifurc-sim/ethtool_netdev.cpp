// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool_netdev.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "unique_fd.h"

namespace bifurc::sim {
namespace {

int netdev_ioctl(const std::string& name, unsigned long command, ifreq& request) {
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    const UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!fd) return -errno;
    // Past a preloaded shim: it would bring the question back to this very process, which is busy asking it.
    return ::syscall(SYS_ioctl, fd.get(), command, &request) < 0 ? -errno : 0;
}

}  // namespace

int netdev_ethtool(const std::string& name, std::span<std::byte> structure) {
    ifreq request{};
    request.ifr_data = reinterpret_cast<char*>(structure.data());
    return netdev_ioctl(name, SIOCETHTOOL, request);
}

int netdev_address(const std::string& name, std::span<std::byte, 6> address) {
    ifreq request{};
    const int error = netdev_ioctl(name, SIOCGIFHWADDR, request);
    if (error == 0) std::memcpy(address.data(), request.ifr_hwaddr.sa_data, address.size());
    return error;
}

}  // namespace bifurc::sim
