// SPDX-License-Identifier: BSD-3-Clause
#include "findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

#include "bifurc/names.h"

namespace bifurc::ctl {
namespace {

constexpr unsigned kUsualMtu = 1500;  // fits the mbufs that applications make by default

Finding good(const char* check, std::string text) { return {check, Level::good, std::move(text), {}}; }

Finding find_up(const Netdev& netdev) {
    if (netdev.up) return good("up", "the netdev is up");
    return {"up", Level::blocks, "the netdev is down, so its queues cannot be split",
            fmt::format("ip link set {} up", netdev.name)};
}

// Why a driver does not know the split.
Finding find_unable(const Netdev& netdev, const Host& host, const std::string& name) {
    if (!may_split(netdev.driver)) {
        return {"driver", Level::blocks, fmt::format("{} cannot split queue pairs; ixgbe and igb can", name),
                "choose a netdev that `bifurc-ctl list` shows as able"};
    }
    const std::string reload =
        fmt::format("modprobe -r {0} && modprobe {0} (its netdevs are gone meanwhile)", netdev.driver);
    if (std::ranges::find(host.split_drivers, netdev.driver) != host.split_drivers.end()) {
        return {"driver", Level::blocks, fmt::format("{} has bifurc support, but not for this NIC", name),
                "the kernel's log (dmesg) says why"};
    }
    if (host.module_installed) {
        return {"driver", Level::blocks,
                fmt::format("{} was loaded without bifurc support; bifurc.ko is installed", name), reload};
    }
    return {"driver", Level::blocks,
            fmt::format("{} is the kernel's own, and there is no bifurc.ko for Linux {}", name, host.kernel),
            fmt::format("kernel/build dkms --out /usr/src/bifurc-0.1.0 && dkms install bifurc/0.1.0, then {}", reload)};
}

Finding find_driver(const Netdev& netdev, const Host& host) {
    const std::string name = netdev.driver.empty() ? "its driver" : fmt::format("its driver, {},", netdev.driver);
    if (netdev.info) return good("driver", fmt::format("{} can split queue pairs", name));
    if (netdev.code == -EOPNOTSUPP) return find_unable(netdev, host, name);
    if (netdev.code == -EPERM) {
        return {"driver", Level::warning, fmt::format("whether {} can split, only the privileged are told", name),
                fmt::format("sudo bifurc-ctl doctor {}", netdev.name)};
    }
    return {"driver", Level::blocks, fmt::format("{} does not answer as it should", name), netdev.error};
}

Finding find_capabilities(const Host& host) {
    if (host.own_user_namespace) {
        return {"capabilities", Level::blocks,
                "this process is in a user namespace of its own, and only the initial one's capabilities count",
                "run the application as root of the machine, outside of the container"};
    }
    if (host.missing_capabilities.empty()) return good("capabilities", "this user may borrow queues");
    return {"capabilities", Level::blocks,
            fmt::format("this user lacks {}", fmt::join(host.missing_capabilities, " and ")),
            "run the application with sudo, or once: sudo setcap cap_net_raw,cap_net_admin,cap_sys_rawio+ep PROGRAM"};
}

Finding find_lockdown(const Host& host) {
    if (host.lockdown.empty()) return good("lockdown", "no lockdown of the kernel is seen");
    return {"lockdown", Level::blocks,
            fmt::format("the kernel is locked down ({}), so no program may drive a NIC's queues", host.lockdown),
            fmt::format("switch Secure Boot off, or boot without lockdown={}", host.lockdown)};
}

Finding find_pairs(const Netdev& netdev) {
    const bifurc_info& info = *netdev.info;
    if (info.pairs_free != 0) {
        return good("pairs", fmt::format("{} of {} queue pairs are free, the kernel uses {}", info.pairs_free,
                                         info.pairs_total, info.pairs_kernel));
    }
    const std::string text =
        fmt::format("none of the {} queue pairs is free, the kernel uses {}", info.pairs_total, info.pairs_kernel);
    if (netdev.virtual_functions != 0) {
        return {"pairs", Level::blocks,
                fmt::format("SR-IOV is on ({} virtual functions), and takes the queues", netdev.virtual_functions),
                fmt::format("echo 0 >/sys/class/net/{}/device/sriov_numvfs", netdev.name)};
    }
    if (all_owned(info)) {
        return {"pairs", Level::blocks,
                "the port is in a mode (DCB or L2 forwarding offload) in which all queues are its driver's",
                fmt::format("dcbtool sc {0} dcb off, or ethtool -K {0} l2-fwd-offload off", netdev.name)};
    }
    if (info.pairs_kernel < 2) return {"pairs", Level::blocks, text, "end one of the programs that hold the others"};
    return {"pairs", Level::blocks, text,
            fmt::format("ethtool -L {} combined {}", netdev.name, std::max(1u, info.pairs_kernel / 2))};
}

Finding find_pages(const bifurc_info& info) {
    if (info.page_protection == BIFURC_PAGES_EXCLUSIVE)
        return good("pages", "register pages show nobody else's queues");
    return {"pages", Level::warning,
            "register pages are shared: the application can disturb queues of the kernel and of other programs",
            "give queues only to programs that you trust; isolation=strict refuses such a split"};
}

struct Weakness {
    std::string cause;
    std::string remedy;
};

// Why the kernel does not claim that an IOMMU confines the NIC. What is none of the rest is interrupts.
Weakness dma_weakness(const Netdev& netdev) {
    if (netdev.iommu_domain.empty())
        return {"no IOMMU covers the NIC, so an application's mistakes reach all memory",
                "boot with intel_iommu=on or amd_iommu=on (and not iommu=pt)"};
    if (netdev.iommu_domain == "identity")
        return {"the IOMMU lets the NIC reach all memory, and so do an application's mistakes",
                "boot with iommu.passthrough=0 instead of iommu=pt"};
    if (netdev.iommu_group > 1) {
        return {fmt::format("the NIC's IOMMU group has {} devices, which it does not keep apart", netdev.iommu_group),
                fmt::format("move the NIC to a slot whose bridges isolate it (PCIe ACS); the group is in "
                            "/sys/class/net/{}/device/iommu_group/devices",
                            netdev.name)};
    }
    return {"the IOMMU does not remap interrupts, so an application's mistakes can raise any",
            "switch interrupt remapping on in the firmware, and boot without intremap=off"};
}

Finding find_dma(const Netdev& netdev) {
    if (netdev.info->dma_protection == BIFURC_DMA_IOMMU)
        return good("dma", fmt::format("{}; {}", kRawIsTrusted, kIommuConfines));
    const Weakness weakness = dma_weakness(netdev);
    return {"dma", Level::warning, fmt::format("{}; {}", weakness.cause, kRawIsTrusted),
            weakness.remedy + "; isolation=strict refuses such a split"};
}

Finding find_mtu(const Netdev& netdev) {
    if (netdev.mtu <= kUsualMtu) return good("mtu", fmt::format("the MTU is {}", netdev.mtu));
    return {"mtu", Level::warning, fmt::format("the MTU of {} is more than a usual mbuf holds", netdev.mtu),
            "enable scattered Rx, or make larger mbufs (dpdk-testpmd --mbuf-size=...)"};
}

Finding find_hugepages(const Host& host) {
    if (host.hugepages != 0) return good("hugepages", fmt::format("{} hugepages are reserved", host.hugepages));
    return {"hugepages", Level::warning, "no hugepages are reserved, so EAL starts only with --no-huge",
            "sysctl vm.nr_hugepages=256"};
}

Finding find_plugins(const Host& host) {
    if (host.missing_plugins.empty())
        return good("plugin", fmt::format("EAL finds the drivers in {}", host.plugin_dir));
    return {"plugin", Level::warning,
            fmt::format("{} has no {}, so EAL does not load the drivers by itself", host.plugin_dir,
                        fmt::join(host.missing_plugins, ", ")),
            "meson install -C build, or name them: -d librte_bus_bifurc.so -d librte_net_bifurc.so"};
}

}  // namespace

std::vector<Finding> examine(const Netdev& netdev, const Host& host) {
    std::vector<Finding> findings;
    if (!netdev.exists) {
        findings.push_back({"exists", Level::blocks, fmt::format("{} is not in this network namespace", netdev.name),
                            "ip link lists the netdevs; ip netns exec NAME looks into another namespace"});
    } else {
        findings.push_back(good("exists", fmt::format("{} is there", netdev.name)));
        findings.push_back(find_up(netdev));
        findings.push_back(find_driver(netdev, host));
    }
    findings.push_back(find_capabilities(host));
    findings.push_back(find_lockdown(host));
    if (netdev.info) {
        findings.push_back(find_pairs(netdev));
        findings.push_back(find_pages(*netdev.info));
        findings.push_back(find_dma(netdev));
    }
    if (netdev.exists) findings.push_back(find_mtu(netdev));
    findings.push_back(find_hugepages(host));
    findings.push_back(find_plugins(host));
    return findings;
}

bool anything_blocks(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.level == Level::blocks; });
}

}  // namespace bifurc::ctl
