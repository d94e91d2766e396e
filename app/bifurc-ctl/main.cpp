// SPDX-License-Identifier: BSD-3-Clause
// bifurc-ctl: which netdevs can lend queue pairs, and what stands in the way.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "findings.h"
#include "output.h"

namespace {

using namespace bifurc::ctl;

void print(bool as_json, const std::string& text, const Json& json) {
    fmt::print("{}", as_json ? json.dump(2) + "\n" : text);
}

int list(bool as_json) {
    const auto netdevs = look_at_all();
    print(as_json, list_text(netdevs), list_json(netdevs));
    return 0;
}

int info(const std::string& name, bool as_json) {
    const Netdev netdev = look_at(name);
    if (!netdev.info) {
        if (as_json) fmt::print("{}\n", Json{{"netdev", name}, {"error", netdev.error}}.dump(2));
        fmt::print(stderr, "{}\n", netdev.error);
        return 1;
    }
    print(as_json, info_text(netdev), info_json(netdev));
    return 0;
}

int doctor(const std::string& name, bool as_json) {
    const Netdev netdev = look_at(name);
    const auto findings = examine(netdev, look_at_host());
    print(as_json, doctor_text(netdev, findings), doctor_json(netdev, findings));
    return anything_blocks(findings) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Which netdevs can lend queue pairs to programs, and what stands in the way"};
    app.require_subcommand(1);
    app.set_version_flag("--version", BIFURC_VERSION);
    bool as_json = false;
    std::string name;
    auto* const lister = app.add_subcommand("list", "all netdevs: which can split, and how many queue pairs are free");
    auto* const informer = app.add_subcommand("info", "all that one netdev says of itself, its protection included");
    auto* const doctoring = app.add_subcommand("doctor", "what stands in the way of borrowing, each with its remedy");
    for (auto* const command : {lister, informer, doctoring}) command->add_flag("--json", as_json, "for programs");
    for (auto* const command : {informer, doctoring}) command->add_option("IFACE", name, "the netdev")->required();
    CLI11_PARSE(app, argc, argv);
    if (lister->parsed()) return list(as_json);
    return informer->parsed() ? info(name, as_json) : doctor(name, as_json);
}
