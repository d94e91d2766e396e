// SPDX-License-Identifier: BSD-3-Clause
#include "administrator.h"

#include <unistd.h>

#include <array>
#include <filesystem>

#include "machine.h"
#include "random.h"

namespace bifurc::fuzz {
namespace {

// Lines of shell. device and driver are set; what is refused meanwhile is refused.
constexpr std::array kDeeds{
    "ip link set eth0 down; ip link set eth0 up",
    "ip link set eth0 down; sleep 0.1; ip link set eth0 up",
    "ethtool -r eth0",
    "ethtool -t eth0 online",
    "ethtool -t eth0 offline",
    "ethtool -G eth0 rx 128 tx 128",
    "ethtool -G eth0 rx 512 tx 256",
    "ethtool -L eth0 combined 1",
    "ethtool -L eth0 combined 2",
    "ethtool -L eth0 combined 8",
    "ethtool -X eth0 weight 1 0 0 1",
    "ethtool -X eth0 default",
    "ethtool -K eth0 ntuple on; ethtool -N eth0 flow-type udp4 dst-port 7 action 3",
    "ethtool -N eth0 flow-type udp4 dst-port 8 action 2 loc 5; ethtool -N eth0 delete 5",
    "ethtool -K eth0 ntuple off",
    "ethtool -K eth0 rxvlan off; ethtool -K eth0 rxvlan on",
    "ethtool -C eth0 rx-usecs 10",
    "ethtool -S eth0; ethtool -d eth0; ethtool -x eth0; ethtool -n eth0",
    "ip link set eth0 mtu 1400; ip link set eth0 mtu 9000; ip link set eth0 mtu 1500",
    "ip link set eth0 promisc on; ip link set eth0 allmulticast on; ip link set eth0 promisc off",
    "ip link set eth0 netns fuzz; ip -n fuzz link set eth0 up; sleep 0.2; ip -n fuzz link set eth0 netns 1; "
    "ip link set eth0 up",
    "ip link set eth0 netns fuzz; ip netns delete fuzz; ip netns add fuzz; ip link set eth0 up",
    "echo $device >/sys/bus/pci/drivers/$driver/unbind; echo $device >/sys/bus/pci/drivers/$driver/bind; "
    "ip link set eth0 up",
    "ip link set eth0 up",
};

// What reaches the device past its driver.
constexpr std::array kRoughDeeds{
    "echo 1 >/sys/bus/pci/devices/$device/reset",
    "echo 1 >/sys/bus/pci/devices/$device/sriov_numvfs; echo 0 >/sys/bus/pci/devices/$device/sriov_numvfs",
    "echo 1 >/sys/bus/pci/devices/$device/remove; echo 1 >/sys/bus/pci/rescan; ip link set eth0 up",
};

// What is slow or ends all splits comes seldom enough for these to get somewhere.
constexpr std::size_t kCalmDeeds = 20;

std::string name_of(const std::filesystem::path& link) { return std::filesystem::read_symlink(link).filename(); }

}  // namespace

Administrator::Administrator(bool rough) : rough_(rough) {
    device_ = name_of("/sys/class/net/eth0/device");
    driver_ = name_of("/sys/class/net/eth0/device/driver");
    shell("ip netns add fuzz");
}

void Administrator::work(std::uint64_t seed, std::atomic<const char*>& current) const {
    Random random(seed);
    const std::string variables = "device=" + device_ + " driver=" + driver_ + "; ";
    for (;;) {
        const char* deed = rough_ && random.one_in(6)
                               ? random.of(kRoughDeeds)
                               : kDeeds[random.below(random.one_in(4) ? kDeeds.size() : kCalmDeeds)];
        current = deed;
        shell(variables + deed);
        current = nullptr;
        ::usleep(static_cast<useconds_t>(random.below(600'000)));
    }
}

void Administrator::settle() const {
    shell("ip -n fuzz link set eth0 netns 1");
    // Bound anew it has no setting of anybody's.
    const std::string driver = "/sys/bus/pci/drivers/" + driver_;
    write_text("/sys/bus/pci/rescan", "1");
    write_text("/sys/bus/pci/devices/" + device_ + "/sriov_numvfs", "0");
    write_text(driver + "/unbind", device_);
    const bool there = within_deadline([&] {
        write_text(driver + "/bind", device_);
        return std::filesystem::exists("/sys/class/net/eth0");
    });
    if (!there) fail_hanging("eth0 does not come back");
    shell("ip addr replace 198.18.0.1/16 dev eth0");
    const bool up =
        within_deadline([] { return shell("ip link set eth0 up") && text_of("/sys/class/net/eth0/carrier") == "1\n"; });
    if (!up) fail_hanging("eth0 has no link");
}

}  // namespace bifurc::fuzz
