// SPDX-License-Identifier: BSD-3-Clause
// bench-burst: what a packet costs in the driver alone, side by side with others, on rings whose device is memory.
#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>

#include "floor.h"
#include "match.h"
#include "ours.h"
#include "report.h"
#include "stock.h"

namespace {

using namespace bifurc::bench;

struct Options {
    unsigned core = 0;
    unsigned memory_mb = 1024;
    unsigned rounds = 31;
    unsigned passes = 8;
    std::vector<std::string> jobs{kJobNames.begin(), kJobNames.end()};
    std::vector<std::string> pools{kWarmthNames.begin(), kWarmthNames.end()};
    std::vector<std::uint16_t> bursts{8, 32, 64};
    std::vector<std::uint16_t> rings{512, 4096};
    std::vector<std::string> only;
    std::string json;
    bool count = true;
};

void declare(CLI::App& app, Options& options) {
    app.add_option("--core", options.core, "the core to run on")->capture_default_str();
    app.add_option("--memory", options.memory_mb, "MB of hugepages for pools and rings")->capture_default_str();
    app.add_option("--rounds", options.rounds, "turns of each contestant")
        ->check(CLI::Range(3, 100000))
        ->capture_default_str();
    app.add_option("--passes", options.passes,
                   "how often all of it, of which for each table that one counts in which the floor took least")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--job", options.jobs, "which jobs")->check(CLI::IsMember(options.jobs))->capture_default_str();
    app.add_option("--pool", options.pools, "which pools")->check(CLI::IsMember(options.pools))->capture_default_str();
    app.add_option("--burst", options.bursts, "frames per burst")->check(CLI::Range(1, 256))->capture_default_str();
    app.add_option("--ring", options.rings, "descriptors per ring")
        ->check(CLI::IsMember({64, 128, 256, 512, 1024, 2048, 4096}))
        ->capture_default_str();
    app.add_option("--only", options.only, "contestants, by the beginnings of their names; default: all");
    app.add_flag("!--no-instructions", options.count, "leave out counting them, which takes most of the time");
    app.add_option("--json", options.json, "file for the results")->take_last();
}

// Hugepages, as every DPDK program has them: with pages of 4 KB what is measured of longer rings is the TLB.
bool start_eal(const Options& options) {
    std::vector<std::string> words{"bench-burst",
                                   "--in-memory",
                                   "--iova-mode=va",
                                   "--no-pci",
                                   "--no-shconf",
                                   "--no-telemetry",
                                   "--log-level=error",
                                   "-m",
                                   std::to_string(options.memory_mb),
                                   "-l",
                                   std::to_string(options.core)};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    return rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0;
}

constexpr Recipe kOurs[] = {
    {"bifurc scalar", 64, 0, 0, kThreshold},
    {"bifurc SSE", 128, 0, 0, kThreshold},
    {"bifurc AVX2", 256, 0, 0, kThreshold},
    {"bifurc AVX-512", 512, 0, 0, kThreshold},
    {"bifurc AVX2, scatter", 256, RTE_ETH_RX_OFFLOAD_SCATTER, 0, kThreshold},
    {"bifurc AVX2, fast free", 256, 0, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE, kThreshold},
};

// Which burst the driver takes is by its own rules: ixgbe_set_rx_function, ixgbe_set_tx_function. A threshold below 32
// rules out bulk allocation, an offload the simple Tx.
constexpr Recipe kStock[] = {
    {"ixgbe scalar", 64, 0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS, kThreshold - 1},
    {"ixgbe bulk, simple", 64, 0, 0, kThreshold},
    {"ixgbe vector SSE", 128, 0, 0, kThreshold},
};

// Those whose names were asked for. Says which cannot take part.
Contestants enter(const Options& options) {
    const auto wanted = [&](const std::string& name) {
        return options.only.empty() || std::any_of(options.only.begin(), options.only.end(),
                                                   [&](const auto& begin) { return name.starts_with(begin); });
    };
    Contestants all;
    const auto add = [&]<class Kind>(const Recipe& recipe, Kind*) {
        if (!wanted(recipe.name)) return;
        auto contestant = std::make_unique<Kind>(recipe);
        if (contestant->probed())
            all.push_back(std::move(contestant));
        else
            fmt::print(stderr, "{} does not take part: its driver finds no device\n", recipe.name);
    };
    if (wanted("floor")) all.push_back(std::make_unique<Floor>());
    for (const Recipe& recipe : kStock) add(recipe, static_cast<Stock*>(nullptr));
    for (const Recipe& recipe : kOurs) add(recipe, static_cast<Ours*>(nullptr));
    return all;
}

template <class Names>
unsigned index_of(const Names& names, const std::string& name) {
    return static_cast<unsigned>(std::find(names.begin(), names.end(), name) - names.begin());
}

// What one match came to, in the calmest of its passes.
struct Result {
    Match match;
    std::vector<Score> scores;
};

// Where neighbours on the same hardware come and go, all numbers of some seconds are higher, and not by the same
// factor. The first contestant tells: the floor, if it takes part.
bool calmer(const Outcome& outcome, const Result& than) {
    return than.scores.empty() || outcome.scores.front().median < than.scores.front().median;
}

// All that one arena is for. "" or what went wrong.
std::string compete_in(Arena& arena, const Options& options, std::vector<Result>& results) {
    for (unsigned pass = 0; pass < options.passes; ++pass) {
        for (Result& result : results) {
            Outcome outcome = arena.play(result.match.job, result.match.burst, options.rounds);
            if (!outcome.error.empty()) return outcome.error;
            if (calmer(outcome, result)) result.scores = std::move(outcome.scores);
        }
        fmt::print(stderr, "   pass {} of {}\n", pass + 1, options.passes);
    }
    if (options.count)
        for (auto& [match, scores] : results) arena.count_instructions(match.job, match.burst, scores);
    return {};
}

// "" or what went wrong.
std::string compete(const Options& options, Contestants& contestants, Json& json) {
    for (const std::string& pool : options.pools) {
        for (const std::uint16_t ring : options.rings) {
            const auto warmth = static_cast<Warmth>(index_of(kWarmthNames, pool));
            fmt::print(stderr, "   rings of {}, {} pool\n", ring, pool);
            std::vector<Result> results;
            for (const std::string& job : options.jobs)
                for (const std::uint16_t burst : options.bursts)
                    results.push_back({{kJobs[index_of(kJobNames, job)], burst, ring, warmth}, {}});
            Arena arena{contestants, ring, warmth};
            if (!arena.error().empty()) return arena.error();
            if (std::string error = compete_in(arena, options, results); !error.empty()) return error;
            for (const auto& [match, scores] : results) {
                fmt::print("{}\n", table(match, scores));
                json["matches"].push_back(as_json(match, scores));
            }
            std::fflush(stdout);
        }
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Cycles and instructions per packet of the driver alone"};
    Options options;
    declare(app, options);
    CLI11_PARSE(app, argc, argv);
    if (!start_eal(options)) {
        fmt::print(stderr, "EAL does not start with {} MB of hugepages on core {}\n", options.memory_mb, options.core);
        return 1;
    }
    Json results{{"machine", machine(options.core)},
                 {"rounds", options.rounds},
                 {"passes", options.passes},
                 {"matches", Json::array()}};
    std::string error;
    {
        Contestants contestants = enter(options);
        error = contestants.empty() ? "no contestant has such a name" : compete(options, contestants, results);
    }
    rte_eal_cleanup();
    if (!error.empty()) {
        fmt::print(stderr, "{}\n", error);
        return 1;
    }
    if (!options.json.empty()) std::ofstream{options.json} << results.dump(2) << '\n';
    return 0;
}
