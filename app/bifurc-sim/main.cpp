// SPDX-License-Identifier: BSD-3-Clause
// bifurc-sim: a NIC that can be split, for machines that have none.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "event_loop.h"
#include "kernel_gate.h"
#include "options.h"
#include "process.h"

namespace {

using namespace bifurc::sim;

constexpr char kAbout[] =
    "Simulates 82599 ports: each is a TAP interface for the kernel, a model of the NIC, and a wire. Programs under "
    "libbifurc-shim borrow queue pairs of it.";

constexpr char kPortHelp[] =
    "name=NAME[,mac=MAC][,queues=N][,ring=N][,mtu=N],wire=WIRE\n"
    "queues: queue pairs of the kernel (32 of 64); ring: descriptors of each of them (512). WIRE is one of\n"
    "  if:IFNAME                               another interface, usually a veth\n"
    "  pcap:in=FILE[,out=FILE][,loop][,pps=N]  capture files; out=FILE alone records only\n"
    "  gen:size=N[,pps=N][,flows=N][,dst=MAC]  numbered UDP frames, 64 to 9728 bytes with FCS\n"
    "  unix:bind=FILE,peer=FILE                datagram sockets, as QEMU's -netdev dgram\n"
    "  sink                                    sent frames are counted and dropped\n"
    "  cable:NAME                              the port of that name, which names this one";

int complain(const std::string& sentence) {
    fmt::print(stderr, "bifurc-sim: {}\n", sentence);
    return 1;
}

// A cable's first end makes the second, which waits here for its port.
using LooseEnds = std::map<std::string, WirePtr>;

Outcome<WirePtr> plug(const PortOptions& options, const MacAddress& port_mac, LooseEnds& loose_ends) {
    if (options.wire.kind != WireSpec::Kind::cable) return make_wire(options.wire, port_mac);
    if (const auto end = loose_ends.find(options.name); end != loose_ends.end()) return std::move(end->second);
    CableEnds cable = make_cable();
    loose_ends[options.wire.peer] = std::move(cable.b);
    return std::move(cable.a);
}

Outcome<std::unique_ptr<SimPort>> make_port(const PortOptions& options, NetdevQuery& query, LooseEnds& loose_ends) {
    Outcome<Tap> tap = Tap::create({.name = options.name, .mac = options.mac, .mtu = options.mtu});
    if (!tap) return Failure{tap.error()};
    const Failure gone{fmt::format("{}: the netdev went away while it was set up; try again", options.name)};
    const std::optional<NetdevState> state = query.state(tap->ifindex());
    if (!state) return gone;
    Outcome<WirePtr> wire = plug(options, state->mac, loose_ends);
    if (!wire) return Failure{wire.error()};
    const DriverSettings settings{
        .kernel_pairs = options.queues, .rx_ring = options.ring, .tx_ring = options.ring, .mtu = options.mtu};
    auto port =
        std::make_unique<SimPort>(std::make_unique<TapNetdev>(std::move(*tap), query), std::move(*wire), settings);
    if (!port->start()) return gone;
    return port;
}

// The final account; its exit status.
int settle(std::span<const std::unique_ptr<SimPort>> ports, const std::string& file) {
    nlohmann::json all = nlohmann::json::array();
    std::size_t wrong = 0;
    for (const auto& port : ports) {
        port->stop();
        const PortAccount account = port->account();
        fmt::print("{}", to_table(account));
        all.push_back(to_json(account));
        for (const std::string& sentence : discrepancies(account, true)) {
            fmt::print(stderr, "bifurc-sim: {}\n", sentence);
            ++wrong;
        }
    }
    if (!file.empty() && !(std::ofstream(file) << all.dump(2) << '\n')) {
        return complain(fmt::format("cannot write the account to {}; is the directory there and writable?", file));
    }
    return wrong == 0 ? 0 : 1;
}

int run(const Options& options) {
    const UniqueFd signals = catch_signals();
    Outcome<NetdevQuery> query = NetdevQuery::open();
    Outcome<NetdevWatch> watch = NetdevWatch::open();
    if (!query) return complain(query.error());
    if (!watch) return complain(watch.error());
    std::vector<std::unique_ptr<SimPort>> ports;
    LooseEnds loose_ends;
    for (const PortOptions& port_options : options.ports) {
        Outcome<std::unique_ptr<SimPort>> port = make_port(port_options, *query, loose_ends);
        if (!port) return complain(port.error());
        ports.push_back(std::move(*port));
    }
    {
        KernelGate gate;
        Dispatcher dispatcher(ports, gate, [&] { follow_netdevs(ports, *watch); });
        Outcome<std::unique_ptr<Server>> server = Server::listen(options.socket, dispatcher);
        if (!server) return complain(server.error());
        announce(options.ready_fd);
        run_event_loop(ports, **server, *watch, signals.get());
    }  // all that was borrowed is back
    return settle(ports, options.account_file);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{kAbout, "bifurc-sim"};
    Options options;
    std::vector<std::string> ports;
    app.add_option("--socket", options.socket, "path of the socket that the shim talks to")->required();
    app.add_option("--port", ports, kPortHelp)->required()->allow_extra_args(false)->take_all()->delimiter('\0');
    app.add_option("--account", options.account_file, "file for the final account, as JSON");
    app.add_option("--ready-fd", options.ready_fd, "descriptor to write a byte to when all ports are up");
    CLI11_PARSE(app, argc, argv);
    for (const std::string& text : ports) {
        Outcome<PortOptions> port = parse_port(text);
        if (!port) return complain(port.error());
        options.ports.push_back(std::move(*port));
    }
    if (const std::string error = check_ports(options.ports); !error.empty()) return complain(error);
    return run(options);
}
