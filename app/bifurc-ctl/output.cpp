// SPDX-License-Identifier: BSD-3-Clause
#include "output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

#include "bifurc/names.h"

namespace bifurc::ctl {
namespace {

const char* level_name(Level level) {
    switch (level) {
        case Level::good:
            return "ok";
        case Level::warning:
            return "warning";
        default:
            return "blocks";
    }
}

const char* pages_words(const bifurc_info& info) {
    return info.page_protection == BIFURC_PAGES_EXCLUSIVE
               ? "exclusive: no mapped page shows a working register of anybody else's queue"
               : "shared: a mapped page shows registers of queues with other owners, which a program can disturb";
}

const char* dma_words(const bifurc_info& info) {
    return info.dma_protection == BIFURC_DMA_IOMMU
               ? "through an IOMMU: the queues reach only memory that is mapped for this device, with the kernel's own "
                 "packet buffers among it"
               : "unprotected: the queues reach all memory of this machine";
}

std::string mac_text(const bifurc_info& info) { return fmt::format("{:02x}", fmt::join(info.mac, ":")); }

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// "no" is a fact about the driver; everything else is a reason why it is not known.
std::string can_split(const Netdev& netdev) {
    if (netdev.info) return "yes";
    if (netdev.code == -EOPNOTSUPP) return "no";
    return "unknown";
}

}  // namespace

std::string list_text(const std::vector<Netdev>& netdevs) {
    std::string out = fmt::format("{:<16}{:<16}{:<9}{:<9}{:>6}{:>8}{:>6}\n", "NETDEV", "DRIVER", "SPLIT", "CHIP",
                                  "PAIRS", "KERNEL", "FREE");
    for (const Netdev& netdev : netdevs) {
        out += fmt::format("{:<16}{:<16}{:<9}", netdev.name, or_dash(netdev.driver), can_split(netdev));
        if (netdev.info) {
            const bifurc_info& info = *netdev.info;
            out += fmt::format("{:<9}{:>6}{:>8}{:>6}\n", chip_name(info), info.pairs_total, info.pairs_kernel,
                               info.pairs_free);
        } else {
            out += fmt::format("{:<9}{:>6}{:>8}{:>6}\n", "-", "-", "-", "-");
        }
    }
    for (const Netdev& netdev : netdevs) {
        if (can_split(netdev) == "unknown") out += netdev.error + "\n";
    }
    return out;
}

Json list_json(const std::vector<Netdev>& netdevs) {
    Json out = Json::array();
    for (const Netdev& netdev : netdevs) {
        Json row{{"netdev", netdev.name}, {"driver", netdev.driver}, {"split", can_split(netdev)}};
        if (netdev.info) {
            row["chip"] = chip_name(*netdev.info);
            row["pairs_total"] = netdev.info->pairs_total;
            row["pairs_kernel"] = netdev.info->pairs_kernel;
            row["pairs_free"] = netdev.info->pairs_free;
        } else {
            row["error"] = netdev.error;
        }
        out.push_back(std::move(row));
    }
    return out;
}

std::string info_text(const Netdev& netdev) {
    const bifurc_info& info = *netdev.info;
    const std::string kernels = info.pairs_kernel == 0 ? "none are the kernel's"
                                                       : fmt::format("0 to {} are the kernel's", info.pairs_kernel - 1);
    std::string out;
    const auto line = [&out](const char* name, const std::string& text) {
        out += fmt::format("{:<14}{}\n", name, text);
    };
    line("netdev", fmt::format("{} (ifindex {}), {}", netdev.name, info.ifindex, netdev.up ? "up" : "down"));
    line("driver", fmt::format("{}, ABI version {}", info.driver, info.abi_version));
    line("chip", fmt::format("{} family", chip_name(info)));
    line("PCI", fmt::format("{:04x}:{:04x} (subsystem {:04x}:{:04x}) at {}", info.pci_vendor, info.pci_device,
                            info.pci_subsystem_vendor, info.pci_subsystem_device,
                            info.pci_address[0] == '\0' ? "no PCI address" : info.pci_address));
    line("NUMA node", info.numa_node < 0 ? "unknown" : std::to_string(info.numa_node));
    line("MAC", mac_text(info));
    line("MTU", fmt::format("{} (at most {})", info.mtu, info.mtu_max));
    line("queue pairs", fmt::format("{}: {}, {} are free", info.pairs_total, kernels, info.pairs_free));
    line("rings",
         fmt::format("{} to {} descriptors, in steps of {}", info.ring_min, info.ring_max, info.ring_multiple));
    line("flow marks", has_marks(info) ? "frames that a rule led here carry its location" : "not reported by the NIC");
    line("registers", fmt::format("{} KiB", info.bar_len / 1024));
    line("generation", std::to_string(info.generation));
    line("pages", pages_words(info));
    line("DMA", dma_words(info));
    line("trust", fmt::format("{}; {}", kRawIsTrusted, kIommuConfines));
    return out;
}

Json info_json(const Netdev& netdev) {
    const bifurc_info& info = *netdev.info;
    return {
        {"netdev", netdev.name},
        {"up", netdev.up},
        {"ifindex", info.ifindex},
        {"driver", info.driver},
        {"abi_version", info.abi_version},
        {"chip", chip_name(info)},
        {"pci",
         {{"vendor", info.pci_vendor},
          {"device", info.pci_device},
          {"subsystem_vendor", info.pci_subsystem_vendor},
          {"subsystem_device", info.pci_subsystem_device},
          {"address", info.pci_address}}},
        {"numa_node", info.numa_node},
        {"mac", mac_text(info)},
        {"mtu", info.mtu},
        {"mtu_max", info.mtu_max},
        {"pairs_total", info.pairs_total},
        {"pairs_kernel", info.pairs_kernel},
        {"pairs_free", info.pairs_free},
        {"ring_min", info.ring_min},
        {"ring_max", info.ring_max},
        {"ring_multiple", info.ring_multiple},
        {"flow_marks", has_marks(info)},
        {"bar_len", info.bar_len},
        {"generation", info.generation},
        {"protection", {{"pages", pages_name(info)}, {"dma", dma_name(info)}}},
    };
}

std::string doctor_text(const Netdev& netdev, const std::vector<Finding>& findings) {
    std::string out;
    for (const Finding& finding : findings) {
        out += fmt::format("{:<8} {:<13} {}", level_name(finding.level), finding.check, finding.text);
        out += finding.remedy.empty() ? "\n" : fmt::format("; remedy: {}\n", finding.remedy);
    }
    out += anything_blocks(findings) ? fmt::format("{}: queue pairs cannot be borrowed as things are\n", netdev.name)
                                     : fmt::format("{}: nothing blocks\n", netdev.name);
    return out;
}

Json doctor_json(const Netdev& netdev, const std::vector<Finding>& findings) {
    Json rows = Json::array();
    for (const Finding& finding : findings) {
        rows.push_back({{"check", finding.check},
                        {"level", level_name(finding.level)},
                        {"finding", finding.text},
                        {"remedy", finding.remedy}});
    }
    return {{"netdev", netdev.name}, {"blocked", anything_blocks(findings)}, {"findings", std::move(rows)}};
}

}  // namespace bifurc::ctl
