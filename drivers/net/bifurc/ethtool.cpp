// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "port.h"

namespace bifurc::net {

int ask_netdev(const rte_eth_dev* dev, unsigned long command, ifreq& request) {
    if (port_of(dev).gone) return -ENODEV;
    const int fd = rte_bifurc_fd(process_of(dev).nic);
    ifreq name{};
    name.ifr_ifindex = static_cast<int>(port_of(dev).info.ifindex);
    if (ioctl(fd, SIOCGIFNAME, &name) != 0) return -errno;
    std::memcpy(request.ifr_name, name.ifr_name, sizeof(request.ifr_name));
    return ioctl(fd, command, &request) == 0 ? 0 : -errno;
}

int ask_ethtool(const rte_eth_dev* dev, void* structure) {
    ifreq request{};
    request.ifr_data = static_cast<char*>(structure);
    return ask_netdev(dev, SIOCETHTOOL, request);
}

}  // namespace bifurc::net
