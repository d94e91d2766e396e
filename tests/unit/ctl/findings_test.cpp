// SPDX-License-Identifier: BSD-3-Clause
// What doctor finds, which of it blocks, and the remedy that it names.
#include "findings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "sample.h"

namespace bifurc::ctl {
namespace {

const Finding* find(const std::vector<Finding>& findings, const std::string& check) {
    const auto found = std::ranges::find(findings, check, &Finding::check);
    return found == findings.end() ? nullptr : &*found;
}

TEST(Doctor, FindsNothingWhereNothingIsWrong) {
    const auto findings = examine(good_netdev(), good_host());
    EXPECT_EQ(findings.size(), 11u);
    for (const Finding& finding : findings) {
        EXPECT_EQ(finding.level, Level::good) << finding.check;
        EXPECT_EQ(finding.remedy, "") << finding.check;
    }
    EXPECT_FALSE(anything_blocks(findings));
}

struct Case {
    const char* name;
    void (*spoil)(Netdev&, Host&);
    const char* check;
    Level level;
    const char* text;
    const char* remedy;
};

class Trouble : public testing::TestWithParam<Case> {};

TEST_P(Trouble, IsFoundWithItsRemedy) {
    Netdev netdev = good_netdev();
    Host host = good_host();
    GetParam().spoil(netdev, host);
    const auto findings = examine(netdev, host);
    const Finding* finding = find(findings, GetParam().check);
    ASSERT_NE(finding, nullptr);
    EXPECT_EQ(finding->level, GetParam().level);
    EXPECT_EQ(finding->text, GetParam().text);
    EXPECT_EQ(finding->remedy, GetParam().remedy);
    EXPECT_EQ(anything_blocks(findings), GetParam().level == Level::blocks);
}

void unprotected(Netdev& netdev, const char* domain, unsigned group) {
    netdev.info->dma_protection = BIFURC_DMA_NONE;
    netdev.iommu_domain = domain;
    netdev.iommu_group = group;
}

const Case kCases[] = {
    {"missing", [](Netdev& n, Host&) { n = {}, n.name = "eth9", n.code = -ENODEV; }, "exists", Level::blocks,
     "eth9 is not in this network namespace",
     "ip link lists the netdevs; ip netns exec NAME looks into another namespace"},
    {"down", [](Netdev& n, Host&) { n.up = false; }, "up", Level::blocks,
     "the netdev is down, so its queues cannot be split", "ip link set eth0 up"},
    {"no_module",
     [](Netdev& n, Host& h) {
         n = without_info(-EOPNOTSUPP, "");
         h.module_installed = false;
         h.split_drivers.clear();
     },
     "driver", Level::blocks, "its driver, ixgbe, is the kernel's own, and there is no bifurc.ko for Linux 6.12.9",
     "kernel/build dkms --out /usr/src/bifurc-0.1.0 && dkms install bifurc/0.1.0, then modprobe -r ixgbe && modprobe ixgbe "
     "(its netdevs are gone meanwhile)"},
    {"stock_driver",
     [](Netdev& n, Host& h) {
         n = without_info(-EOPNOTSUPP, "");
         h.split_drivers = {"igb"};
     },
     "driver", Level::blocks, "its driver, ixgbe, was loaded without bifurc support; bifurc.ko is installed",
     "modprobe -r ixgbe && modprobe ixgbe (its netdevs are gone meanwhile)"},
    {"other_nic_of_the_driver", [](Netdev& n, Host&) { n = without_info(-EOPNOTSUPP, ""); }, "driver", Level::blocks,
     "its driver, ixgbe, has bifurc support, but not for this NIC", "the kernel's log (dmesg) says why"},
    {"other_driver", [](Netdev& n, Host&) { n = without_info(-EOPNOTSUPP, ""), n.driver = "e1000e"; }, "driver",
     Level::blocks, "its driver, e1000e, cannot split queue pairs; ixgbe and igb can",
     "choose a netdev that `bifurc-ctl list` shows as able"},
    {"driver_without_name", [](Netdev& n, Host&) { n = without_info(-EOPNOTSUPP, ""), n.driver.clear(); }, "driver",
     Level::blocks, "its driver cannot split queue pairs; ixgbe and igb can",
     "choose a netdev that `bifurc-ctl list` shows as able"},
    {"sriov", [](Netdev& n, Host&) { n.virtual_functions = 4, n.info->pairs_free = 0; }, "pairs", Level::blocks,
     "SR-IOV is on (4 virtual functions), and takes the queues", "echo 0 >/sys/class/net/eth0/device/sriov_numvfs"},
    {"mode_of_the_driver",
     [](Netdev& n, Host&) {
         n.info->features = BIFURC_FEATURE_ALL_OWNED;
         n.info->pairs_kernel = n.info->pairs_total = 8;
         n.info->pairs_free = 0;
     },
     "pairs", Level::blocks,
     "the port is in a mode (DCB or L2 forwarding offload) in which all queues are its driver's",
     "dcbtool sc eth0 dcb off, or ethtool -K eth0 l2-fwd-offload off"},
    {"not_told", [](Netdev& n, Host&) { n = without_info(-EPERM, ""); }, "driver", Level::warning,
     "whether its driver, ixgbe, can split, only the privileged are told", "sudo bifurc-ctl doctor eth0"},
    {"other_abi", [](Netdev& n, Host&) { n = without_info(-EPROTONOSUPPORT, "eth0: its driver speaks otherwise"); },
     "driver", Level::blocks, "its driver, ixgbe, does not answer as it should", "eth0: its driver speaks otherwise"},
    {"capabilities",
     [](Netdev&, Host& h) {
         h.missing_capabilities = {"CAP_NET_ADMIN", "CAP_SYS_RAWIO"};
     },
     "capabilities", Level::blocks, "this user lacks CAP_NET_ADMIN and CAP_SYS_RAWIO",
     "run the application with sudo, or once: sudo setcap cap_net_raw,cap_net_admin,cap_sys_rawio+ep PROGRAM"},
    {"user_namespace", [](Netdev&, Host& h) { h.own_user_namespace = true; }, "capabilities", Level::blocks,
     "this process is in a user namespace of its own, and only the initial one's capabilities count",
     "run the application as root of the machine, outside of the container"},
    {"lockdown", [](Netdev&, Host& h) { h.lockdown = "integrity"; }, "lockdown", Level::blocks,
     "the kernel is locked down (integrity), so no program may drive a NIC's queues",
     "switch Secure Boot off, or boot without lockdown=integrity"},
    {"no_free_pairs", [](Netdev& n, Host&) { n.info->pairs_kernel = 63, n.info->pairs_free = 0; }, "pairs",
     Level::blocks, "none of the 64 queue pairs is free, the kernel uses 63", "ethtool -L eth0 combined 31"},
    {"pairs_held_by_others", [](Netdev& n, Host&) { n.info->pairs_kernel = 1, n.info->pairs_free = 0; }, "pairs",
     Level::blocks, "none of the 64 queue pairs is free, the kernel uses 1",
     "end one of the programs that hold the others"},
    {"shared_pages", [](Netdev& n, Host&) { n.info->page_protection = BIFURC_PAGES_SHARED; }, "pages", Level::warning,
     "register pages are shared: the application can disturb queues of the kernel and of other programs",
     "give queues only to programs that you trust; isolation=strict refuses such a split"},
    {"no_iommu", [](Netdev& n, Host&) { unprotected(n, "", 0); }, "dma", Level::warning,
     "no IOMMU covers the NIC, so an application's mistakes reach all memory; whoever drives raw rings of a NIC that the "
     "kernel also uses is as powerful as the kernel",
     "boot with intel_iommu=on or amd_iommu=on (and not iommu=pt); isolation=strict refuses such a split"},
    {"passthrough", [](Netdev& n, Host&) { unprotected(n, "identity", 1); }, "dma", Level::warning,
     "the IOMMU lets the NIC reach all memory, and so do an application's mistakes; whoever drives raw rings of a NIC "
     "that the kernel also uses is as powerful as the kernel",
     "boot with iommu.passthrough=0 instead of iommu=pt; isolation=strict refuses such a split"},
    {"shared_iommu_group", [](Netdev& n, Host&) { unprotected(n, "DMA-FQ", 3); }, "dma", Level::warning,
     "the NIC's IOMMU group has 3 devices, which it does not keep apart; whoever drives raw rings of a NIC that the "
     "kernel also uses is as powerful as the kernel",
     "move the NIC to a slot whose bridges isolate it (PCIe ACS); the group is in "
     "/sys/class/net/eth0/device/iommu_group/devices; isolation=strict refuses such a split"},
    {"interrupts_not_remapped", [](Netdev& n, Host&) { unprotected(n, "DMA", 1); }, "dma", Level::warning,
     "the IOMMU does not remap interrupts, so an application's mistakes can raise any; whoever drives raw rings of a NIC "
     "that the kernel also uses is as powerful as the kernel",
     "switch interrupt remapping on in the firmware, and boot without intremap=off; isolation=strict refuses such a "
     "split"},
    {"jumbo", [](Netdev& n, Host&) { n.mtu = 9000; }, "mtu", Level::warning,
     "the MTU of 9000 is more than a usual mbuf holds",
     "enable scattered Rx, or make larger mbufs (dpdk-testpmd --mbuf-size=...)"},
    {"no_hugepages", [](Netdev&, Host& h) { h.hugepages = 0; }, "hugepages", Level::warning,
     "no hugepages are reserved, so EAL starts only with --no-huge", "sysctl vm.nr_hugepages=256"},
    {"no_plugins", [](Netdev&, Host& h) { h.missing_plugins = {"librte_net_bifurc.so"}; }, "plugin", Level::warning,
     "/usr/lib/dpdk/pmds-23.0 has no librte_net_bifurc.so, so EAL does not load the drivers by itself",
     "meson install -C build, or name them: -d librte_bus_bifurc.so -d librte_net_bifurc.so"},
};
INSTANTIATE_TEST_SUITE_P(All, Trouble, testing::ValuesIn(kCases), [](const auto& info) { return info.param.name; });

TEST(Doctor, DoesNotSayThatAnIommuConfinesAnAttacker) {
    const auto findings = examine(good_netdev(), good_host());
    EXPECT_EQ(find(findings, "dma")->text,
              "whoever drives raw rings of a NIC that the kernel also uses is as powerful as the kernel; an IOMMU "
              "confines mistakes and other devices' memory, not an attacker");
}

TEST(Doctor, SaysNothingOfWhatItCouldNotAsk) {
    const auto findings = examine(without_info(-EOPNOTSUPP, ""), good_host());
    for (const char* check : {"pairs", "pages", "dma"}) EXPECT_EQ(find(findings, check), nullptr) << check;
}

}  // namespace
}  // namespace bifurc::ctl
