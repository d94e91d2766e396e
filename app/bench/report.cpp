// SPDX-License-Identifier: BSD-3-Clause
#include "report.h"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_version.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <optional>

namespace bifurc::bench {
namespace {

const char* name_of(Job job) { return kJobNames[static_cast<std::size_t>(job)]; }
const char* name_of(Warmth warmth) { return kWarmthNames[static_cast<std::size_t>(warmth)]; }

// The least median of a group.
std::optional<double> best(const std::vector<Score>& scores, const std::string& group) {
    std::optional<double> least;
    for (const Score& score : scores)
        if (score.group == group) least = std::min(least.value_or(score.median), score.median);
    return least;
}

std::string ratio(double value, std::optional<double> to) { return to ? fmt::format("{:.2f}", value / *to) : "-"; }

std::string cpu_model() {
    std::ifstream info{"/proc/cpuinfo"};
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

}  // namespace

std::string table(const Match& match, const std::vector<Score>& scores) {
    std::string text = fmt::format("{}, bursts of {}, rings of {}, {} pool\n", name_of(match.job), match.burst,
                                   match.ring, name_of(match.warmth));
    text += fmt::format("  {:<24}{:>9}{:>17}{:>8}{:>9}{:>9}{:>9}\n", "", "cycles", "quartiles", "least", "instr.",
                        "/ stock", "/ floor");
    const auto stock = best(scores, "stock"), floor = best(scores, "floor");
    for (const Score& score : scores)
        text += fmt::format("  {:<24}{:>9.1f}{:>17}{:>8.1f}{:>9.1f}{:>9}{:>9}\n", score.name, score.median,
                            fmt::format("{:.1f}-{:.1f}", score.low, score.high), score.least, score.instructions,
                            ratio(score.median, stock), ratio(score.median, floor));
    return text;
}

Json as_json(const Match& match, const std::vector<Score>& scores) {
    Json json{{"job", name_of(match.job)},
              {"burst", match.burst},
              {"ring", match.ring},
              {"pool", name_of(match.warmth)},
              {"scores", Json::array()}};
    for (const Score& score : scores)
        json["scores"].push_back({{"name", score.name},
                                  {"group", score.group},
                                  {"modes", score.modes},
                                  {"cycles", score.median},
                                  {"quartiles", {score.low, score.high}},
                                  {"least", score.least},
                                  {"instructions", score.instructions}});
    return json;
}

Json machine(unsigned core) {
    utsname host{};
    uname(&host);
    return {{"cpu", cpu_model()},
            {"core", core},
            {"tsc_hz", rte_get_tsc_hz()},
            {"kernel", host.release},
            {"dpdk", rte_version()}};
}

}  // namespace bifurc::bench
