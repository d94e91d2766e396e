// SPDX-License-Identifier: BSD-3-Clause
// The kernel's own answer for the TAP: what is the network stack's business and not the NIC's (names of features and
// hash functions, which offloads the stack uses) is asked there and not invented.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace bifurc::sim {

// SIOCETHTOOL on the netdev; `structure` must have room for all that the command may answer. 0 or a negative errno.
[[nodiscard]] int netdev_ethtool(const std::string& name, std::span<std::byte> structure);
// SIOCGIFHWADDR. 0 or a negative errno.
[[nodiscard]] int netdev_address(const std::string& name, std::span<std::byte, 6> address);

}  // namespace bifurc::sim
