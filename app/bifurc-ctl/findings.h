// SPDX-License-Identifier: BSD-3-Clause
// What `doctor` makes of a netdev and a machine.
#pragma once

#include <string>
#include <vector>

#include "host.h"
#include "netdev.h"

namespace bifurc::ctl {

// What raw queues mean, wherever it is said.
inline constexpr char kRawIsTrusted[] =
    "whoever drives raw rings of a NIC that the kernel also uses is as powerful as the kernel";
inline constexpr char kIommuConfines[] = "an IOMMU confines mistakes and other devices' memory, not an attacker";

enum class Level { good, warning, blocks };

struct Finding {
    std::string check;  // a short name, for scripts
    Level level;
    std::string text;
    std::string remedy;  // empty where all is well
};

std::vector<Finding> examine(const Netdev& netdev, const Host& host);
bool anything_blocks(const std::vector<Finding>& findings);

}  // namespace bifurc::ctl
