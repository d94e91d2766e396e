// SPDX-License-Identifier: BSD-3-Clause
// What the commands print: words for people, JSON for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "findings.h"
#include "netdev.h"

namespace bifurc::ctl {

using Json = nlohmann::ordered_json;

std::string list_text(const std::vector<Netdev>& netdevs);
Json list_json(const std::vector<Netdev>& netdevs);

// Of a netdev that has info.
std::string info_text(const Netdev& netdev);
Json info_json(const Netdev& netdev);

std::string doctor_text(const Netdev& netdev, const std::vector<Finding>& findings);
Json doctor_json(const Netdev& netdev, const std::vector<Finding>& findings);

}  // namespace bifurc::ctl
