// SPDX-License-Identifier: BSD-3-Clause
// A netdev and a machine on which nothing is wrong.
#pragma once

#include <cstring>

#include "host.h"
#include "netdev.h"

namespace bifurc::ctl {

inline Netdev good_netdev() {
    Netdev netdev;
    netdev.name = "eth0";
    netdev.exists = true;
    netdev.up = true;
    netdev.driver = "ixgbe";
    netdev.iommu_domain = "DMA-FQ";
    netdev.iommu_group = 1;
    netdev.mtu = 1500;
    bifurc_info info{};
    info.abi_version = BIFURC_ABI_VERSION;
    info.pci_vendor = 0x8086;
    info.pci_device = 0x10fb;
    std::strcpy(info.pci_address, "0000:03:00.0");
    std::strcpy(info.driver, "ixgbe");
    info.numa_node = -1;
    info.ifindex = 4;
    info.mac[0] = 2;
    info.mac[5] = 0xab;
    info.mtu = 1500;
    info.mtu_max = 9710;
    info.chip = BIFURC_CHIP_82599;
    info.ring_min = 32;
    info.ring_max = 4096;
    info.ring_multiple = 8;
    info.pairs_total = 64;
    info.pairs_kernel = 32;
    info.pairs_free = 30;
    info.page_protection = BIFURC_PAGES_EXCLUSIVE;
    info.dma_protection = BIFURC_DMA_IOMMU;
    info.bar_len = 131072;
    netdev.info = info;
    return netdev;
}

inline Netdev without_info(int code, const char* error) {
    Netdev netdev = good_netdev();
    netdev.info.reset();
    netdev.code = code;
    netdev.error = error;
    return netdev;
}

inline Host good_host() {
    Host host;
    host.hugepages = 256;
    host.plugin_dir = "/usr/lib/dpdk/pmds-23.0";
    host.kernel = "6.12.9";
    host.module_installed = true;
    host.split_drivers = {"ixgbe"};
    return host;
}

}  // namespace bifurc::ctl
