// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdio>

#include "port.h"

namespace bifurc::net {

int ask_ethtool(const rte_eth_dev* dev, void* structure) {
    if (port_of(dev).gone) return -ENODEV;
    ifreq request{};
    std::snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", iface_of(dev));
    request.ifr_data = static_cast<char*>(structure);
    return ioctl(rte_bifurc_fd(process_of(dev).nic), SIOCETHTOOL, &request) == 0 ? 0 : -errno;
}

}  // namespace bifurc::net
