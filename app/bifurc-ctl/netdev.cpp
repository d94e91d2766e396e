// SPDX-License-Identifier: BSD-3-Clause
#include "netdev.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

namespace bifurc::ctl {
namespace {

struct Closer {
    void operator()(rte_bifurc* handle) const { rte_bifurc_close(handle); }
};

class Ioctls {
public:
    explicit Ioctls(const std::string& netdev) { netdev.copy(request_.ifr_name, sizeof(request_.ifr_name) - 1); }
    Ioctls(const Ioctls&) = delete;
    Ioctls& operator=(const Ioctls&) = delete;
    ~Ioctls() { ::close(fd_); }

    bool ask(unsigned long command) { return ::ioctl(fd_, command, &request_) == 0; }
    ifreq& request() { return request_; }

private:
    int fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request_{};
};

std::string driver_of(const std::string& name) {
    Ioctls ioctls{name};
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    ioctls.request().ifr_data = reinterpret_cast<char*>(&driver);
    if (!ioctls.ask(SIOCETHTOOL)) return {};
    return {driver.driver, strnlen(driver.driver, sizeof(driver.driver))};
}

// What the kernel tells of a NIC in sysfs: Documentation/ABI/testing/sysfs-bus-pci, sysfs-kernel-iommu_groups.
template <class T>
T device_attribute(const std::string& netdev, const char* name) {
    T value{};
    std::ifstream{std::filesystem::path{"/sys/class/net"} / netdev / "device" / name} >> value;
    return value;
}

unsigned devices_in_iommu_group(const std::string& netdev) {
    std::error_code error;
    const std::filesystem::path net{"/sys/class/net"};
    const std::filesystem::directory_iterator devices{net / netdev / "device/iommu_group/devices", error};
    return static_cast<unsigned>(std::distance(begin(devices), end(devices)));
}

void ask_for_info(Netdev& netdev) {
    rte_bifurc* raw = nullptr;
    rte_bifurc_error error{};
    netdev.code = rte_bifurc_open(netdev.name.c_str(), &raw, &error);
    const std::unique_ptr<rte_bifurc, Closer> handle{raw};
    bifurc_info info{};
    if (netdev.code == 0) netdev.code = rte_bifurc_info(raw, &info, &error);
    if (netdev.code == 0) {
        netdev.info = info;
    } else {
        netdev.error = error.text;
    }
}

Netdev look_from_outside(const std::string& name) {
    Netdev netdev;
    netdev.name = name;
    Ioctls ioctls{name};
    netdev.exists = name.size() < IF_NAMESIZE && ioctls.ask(SIOCGIFFLAGS);
    if (netdev.exists) {
        netdev.up = (ioctls.request().ifr_flags & IFF_UP) != 0;
        if (ioctls.ask(SIOCGIFMTU)) netdev.mtu = static_cast<unsigned>(ioctls.request().ifr_mtu);
        netdev.driver = driver_of(name);
        netdev.virtual_functions = device_attribute<unsigned>(name, "sriov_numvfs");
        netdev.iommu_domain = device_attribute<std::string>(name, "iommu_group/type");
        netdev.iommu_group = devices_in_iommu_group(name);
    }
    return netdev;
}

}  // namespace

bool may_split(const std::string& driver) { return driver == "ixgbe" || driver == "igb"; }

Netdev look_at(const std::string& name) {
    Netdev netdev = look_from_outside(name);
    ask_for_info(netdev);
    return netdev;
}

std::vector<Netdev> look_at_all() {
    std::vector<Netdev> all;
    struct if_nameindex* names = ::if_nameindex();
    for (const struct if_nameindex* at = names; at != nullptr && at->if_index != 0; ++at) {
        Ioctls ioctls{at->if_name};
        if (!ioctls.ask(SIOCGIFFLAGS) || (ioctls.request().ifr_flags & IFF_LOOPBACK) != 0) continue;
        Netdev netdev = look_from_outside(at->if_name);
        // A private ioctl means something else to every driver: unasked, it goes only to those that may know ours.
        if (may_split(netdev.driver)) {
            ask_for_info(netdev);
        } else {
            netdev.code = -EOPNOTSUPP;
        }
        all.push_back(std::move(netdev));
    }
    if (names != nullptr) ::if_freenameindex(names);
    std::ranges::sort(all, {}, &Netdev::name);
    return all;
}

}  // namespace bifurc::ctl
