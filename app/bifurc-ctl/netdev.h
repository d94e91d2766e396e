// SPDX-License-Identifier: BSD-3-Clause
// What one netdev says of itself: to everybody, and to those who may ask whether it can split.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bifurc/rte_bifurc.h"

namespace bifurc::ctl {

struct Netdev {
    std::string name;
    bool exists = false;
    bool up = false;
    std::string driver;  // empty: it does not say
    unsigned mtu = 0;
    unsigned virtual_functions = 0;  // SR-IOV, switched on
    std::string iommu_domain;        // how the kernel set the IOMMU up for this NIC; empty: none covers it
    unsigned iommu_group = 0;        // how many devices share its translations; 0: no IOMMU covers it
    int code = 0;                    // why there is no info: negative errno, and its sentence
    std::string error;
    std::optional<bifurc_info> info;
};

// Is this a driver that there is a version of with bifurc support?
bool may_split(const std::string& driver);
Netdev look_at(const std::string& name);
// All of this network namespace but the loopback, by name.
std::vector<Netdev> look_at_all();

}  // namespace bifurc::ctl
