// SPDX-License-Identifier: BSD-3-Clause
// The kinds of wire, and how they are written on the command line.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "outcome.h"
#include "wire.h"

namespace bifurc::sim {

using MacAddress = std::array<std::uint8_t, 6>;

// "if:veth0", "pcap:in=a.pcap,out=b.pcap,loop,pps=1000", "gen:size=64,pps=1000,flows=4,dst=02:..", "sink",
// "cable:eth1", "unix:bind=a.sock,peer=b.sock"
struct WireSpec {
    enum class Kind { interface, capture, generator, sink, cable, datagrams } kind = Kind::sink;
    std::string peer;         // interface: its name; cable: the other port's
    std::string in_file;      // capture: frames to receive; empty: none
    std::string out_file;     // capture: where frames sent go; empty: thrown away
    bool loop = false;        // capture: begin again at the end
    std::uint64_t pps = 0;    // capture, generator: frames a second; 0: as fast as the port is polled
    unsigned size = 64;       // generator: frame length on the wire, FCS included
    unsigned flows = 1;       // generator: UDP source ports
    std::string destination;  // generator: MAC address; empty: the port's
    std::string bind_path;    // datagrams: this end's socket
    std::string peer_path;    // datagrams: the other end's
};

[[nodiscard]] Outcome<WireSpec> parse_wire(std::string_view text);
[[nodiscard]] Outcome<MacAddress> parse_mac(std::string_view text);
[[nodiscard]] std::string format_mac(const MacAddress& mac);

using WirePtr = std::unique_ptr<SimWire>;

[[nodiscard]] Outcome<WirePtr> make_interface_wire(const std::string& ifname);
[[nodiscard]] Outcome<WirePtr> make_capture_wire(const WireSpec& spec);
[[nodiscard]] WirePtr make_generator_wire(const WireSpec& spec, const MacAddress& destination);
[[nodiscard]] WirePtr make_sink_wire();
[[nodiscard]] Outcome<WirePtr> make_datagram_wire(const std::string& bind_path, const std::string& peer_path);
// Any wire but a cable, for a port of this address.
[[nodiscard]] Outcome<WirePtr> make_wire(const WireSpec& spec, const MacAddress& port_mac);
struct CableEnds {
    WirePtr a, b;
};
[[nodiscard]] CableEnds make_cable();

}  // namespace bifurc::sim
