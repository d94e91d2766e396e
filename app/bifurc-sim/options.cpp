// SPDX-License-Identifier: BSD-3-Clause
#include "options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim_port.h"

namespace bifurc::sim {
namespace {

bool parse_number(std::string_view text, unsigned low, unsigned high, unsigned& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
}

// One key of a port but the wire. An empty answer means that it was taken.
std::string take_key(PortOptions& port, std::string_view key, std::string_view value) {
    const auto refused = [&](const char* allowed) { return fmt::format("port: {}={}: {}", key, value, allowed); };
    if (key == "name") {
        port.name = value;
        const bool ok = !value.empty() && value.size() < 16 && value.find_first_of("/ :%") == value.npos;
        return ok ? "" : refused("an interface name has 1 to 15 characters, without '/', ':', '%' and spaces");
    }
    if (key == "mac") {
        Outcome<MacAddress> mac = parse_mac(value);
        if (!mac) return mac.error();
        port.mac = *mac;
        return ((*mac)[0] & 1) == 0 ? "" : refused("this is a multicast address; give a unicast one");
    }
    if (key == "queues") return parse_number(value, 1, kPairs, port.queues) ? "" : refused("give 1 to 64");
    if (key == "mtu") return parse_number(value, 68, kMtuMax, port.mtu) ? "" : refused("give 68 to 9706");
    if (key == "ring") {
        const bool ok = parse_number(value, kRingMin, kRingMax, port.ring) && port.ring % kRingMultiple == 0;
        return ok ? "" : refused("give a multiple of 8 from 64 to 4096");
    }
    return fmt::format("port: '{}' is no key; keys are name, mac, queues, ring, mtu and, at the end, wire", key);
}

}  // namespace

Outcome<PortOptions> parse_port(std::string_view text) {
    constexpr std::string_view kWire = "wire=";
    PortOptions port;
    while (!text.empty() && !text.starts_with(kWire)) {
        const std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), item.size() + 1));
        const std::size_t equals = item.find('=');
        const std::string_view value = equals == item.npos ? std::string_view{} : item.substr(equals + 1);
        if (std::string error = take_key(port, item.substr(0, equals), value); !error.empty()) {
            return Failure{std::move(error)};
        }
    }
    if (port.name.empty()) return Failure{"port: name= is missing, for example --port name=eth0,wire=sink"};
    if (text.empty()) return Failure{fmt::format("port: {}: wire= is missing, for example wire=sink", port.name)};
    Outcome<WireSpec> wire = parse_wire(text.substr(kWire.size()));
    if (!wire) return Failure{wire.error()};
    port.wire = std::move(*wire);
    return port;
}

std::string check_ports(const std::vector<PortOptions>& ports) {
    for (const PortOptions& port : ports) {
        if (std::ranges::count(ports, port.name, &PortOptions::name) != 1) {
            return fmt::format("port: {} is given twice; names must differ", port.name);
        }
        if (port.wire.kind != WireSpec::Kind::cable) continue;
        const auto peer = std::ranges::find(ports, port.wire.peer, &PortOptions::name);
        const bool paired = peer != ports.end() && peer->name != port.name &&
                            peer->wire.kind == WireSpec::Kind::cable && peer->wire.peer == port.name;
        if (!paired) {
            return fmt::format("port: the cable of {} has no other end; give --port name={},wire=cable:{} too",
                               port.name, port.wire.peer, port.name);
        }
    }
    return {};
}

}  // namespace bifurc::sim
