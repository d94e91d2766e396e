// SPDX-License-Identifier: BSD-3-Clause
// Results as a table for people and as JSON for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "match.h"

namespace bifurc::bench {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string table(const Match& match, const std::vector<Score>& scores);
[[nodiscard]] Json as_json(const Match& match, const std::vector<Score>& scores);
// The machine, as far as it matters to the numbers.
[[nodiscard]] Json machine(unsigned core);

}  // namespace bifurc::bench
