// SPDX-License-Identifier: BSD-3-Clause
// bifurc-vfio-user: the model of the NIC as a PCI device for a virtual machine.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "process.h"
#include "server.h"

namespace {

using namespace bifurc;
using namespace bifurc::vfio_user;

constexpr char kAbout[] =
    "An 82599 with one SFP+ port, by the vfio-user protocol: "
    "qemu -object memory-backend-memfd,id=mem,size=1G,share=on -machine q35,memory-backend=mem -device "
    "'{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\",\"path\":\"SOCKET\"}}'";

constexpr char kWireHelp[] =
    "what the port is plugged into:\n"
    "  if:IFNAME                               an interface, usually a veth\n"
    "  pcap:in=FILE[,out=FILE][,loop][,pps=N]  capture files; out=FILE alone records only\n"
    "  gen:size=N[,pps=N][,flows=N][,dst=MAC]  numbered UDP frames, 64 to 9728 bytes with FCS\n"
    "  unix:bind=FILE,peer=FILE                datagram sockets, as QEMU's -netdev dgram\n"
    "  sink                                    sent frames are counted and dropped";

struct Options {
    std::string socket;
    std::string wire = "sink";
    std::string mac = "02:00:00:82:59:09";
    std::string account_file;
    int ready_fd = -1;
    bool once = false;
    bool shared_pages = false;
};

int complain(const std::string& sentence) {
    fmt::print(stderr, "bifurc-vfio-user: {}\n", sentence);
    return 1;
}

nlohmann::json account(const model::Nic& nic, const sim::WireCounters& wire) {
    const model::RxAccount& rx = nic.rx_account();
    const model::TxAccount& tx = nic.tx_account();
    nlohmann::json unknown = nlohmann::json::array();
    for (const auto& access : nic.unknown_accesses()) {
        unknown.push_back({{"offset", fmt::format("{:#07x}", access.offset)},
                           {"access", access.write ? "write" : "read"},
                           {"count", access.count}});
    }
    return {{"rx",
             {{"wire", wire.received},
              {"received", rx.received},
              {"delivered", rx.delivered},
              {"filtered", rx.filtered},
              {"receive_disabled", rx.receive_disabled},
              {"bad_length", rx.bad_length},
              {"missed", rx.missed},
              {"no_descriptor", rx.no_descriptor},
              {"queue_disabled", rx.queue_disabled},
              {"fdir_drop", rx.fdir_drop},
              {"dma_fault", rx.dma_fault},
              {"bad_descriptor", rx.bad_descriptor},
              {"pending", nic.rx_pending()},
              {"wire_truncated", wire.rx_truncated},
              {"wire_lost", wire.rx_lost}}},
            {"tx",
             {{"transmitted", tx.transmitted},
              {"wire", wire.sent},
              {"wire_errors", wire.tx_errors},
              {"dma_fault", tx.dma_fault},
              {"bad_descriptor", tx.bad_descriptor}}},
            {"unknown_registers", std::move(unknown)}};
}

int run(const Options& options) {
    sim::Outcome<sim::MacAddress> mac = sim::parse_mac(options.mac);
    if (!mac) return complain(mac.error());
    sim::Outcome<sim::WireSpec> spec = sim::parse_wire(options.wire);
    if (!spec) return complain(spec.error());
    sim::Outcome<sim::WirePtr> wire = sim::make_wire(*spec, *mac);
    if (!wire) return complain(wire.error());
    const UniqueFd signals = sim::catch_signals();
    std::unique_ptr<QueuePages> pages;
    if (options.shared_pages && !(pages = QueuePages::create())) return complain("no memory for pages to share");
    Function function(*mac, **wire, std::move(pages));
    {
        sim::Outcome<std::unique_ptr<Server>> server = Server::listen(options.socket, function, **wire);
        if (!server) return complain(server.error());
        sim::announce(options.ready_fd);
        (*server)->run(signals.get(), options.once);
    }
    const std::string& file = options.account_file;
    const std::string text = account(function.nic(), (*wire)->counters()).dump(2);
    if (!file.empty() && !(std::ofstream(file) << text << '\n')) {
        return complain(fmt::format("cannot write the account to {}; is the directory there and writable?", file));
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{kAbout, "bifurc-vfio-user"};
    Options options;
    app.add_option("--socket", options.socket, "path of the socket that the client connects to")->required();
    app.add_option("--wire", options.wire, kWireHelp)->capture_default_str();
    app.add_option("--mac", options.mac, "the port's address")->capture_default_str();
    app.add_option("--account", options.account_file, "file for the final account, as JSON");
    app.add_option("--ready-fd", options.ready_fd, "descriptor to write a byte to when clients may come");
    app.add_flag("--shared-pages", options.shared_pages,
                 "the client maps the queues' register pages, which are polled, instead of sending each access");
    app.add_flag("--once", options.once, "end when the first client has gone, instead of waiting for the next");
    CLI11_PARSE(app, argc, argv);
    return run(options);
}
