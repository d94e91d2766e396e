// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <charconv>

#include "wires.h"

namespace bifurc::sim {
namespace {

constexpr std::string_view kKinds =
    "if:NAME, pcap:in=FILE,out=FILE,loop,pps=N, gen:size=N,pps=N,flows=N,dst=MAC, unix:bind=FILE,peer=FILE, sink or "
    "cable:PORT";

// A decimal number in [low, high], all of the text.
bool parse_number(std::string_view text, std::uint64_t low, std::uint64_t high, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
}

// One option of a wire. An empty answer means that it was taken.
std::string take_option(WireSpec& spec, std::string_view key, std::string_view value) {
    using Kind = WireSpec::Kind;
    std::uint64_t number = 0;
    const bool capture = spec.kind == Kind::capture;
    const bool generator = spec.kind == Kind::generator;
    const bool datagrams = spec.kind == Kind::datagrams;
    if (capture && key == "in" && !value.empty()) {
        spec.in_file = value;
    } else if (capture && key == "out" && !value.empty()) {
        spec.out_file = value;
    } else if (capture && key == "loop" && value.empty()) {
        spec.loop = true;
    } else if (datagrams && key == "bind" && !value.empty()) {
        spec.bind_path = value;
    } else if (datagrams && key == "peer" && !value.empty()) {
        spec.peer_path = value;
    } else if (!datagrams && key == "pps" && parse_number(value, 1, 100'000'000, number)) {
        spec.pps = number;
    } else if (generator && key == "size" && parse_number(value, kMinFrame + 4, kMaxFrame + 4, number)) {
        spec.size = static_cast<unsigned>(number);
    } else if (generator && key == "flows" && parse_number(value, 1, 60'000, number)) {
        spec.flows = static_cast<unsigned>(number);
    } else if (generator && key == "dst" && parse_mac(value)) {
        spec.destination = value;
    } else {
        return fmt::format("wire: '{}{}{}' is not an option of this wire, or its value is not allowed; wires are {}",
                           key, value.empty() ? "" : "=", value, kKinds);
    }
    return {};
}

std::string take_options(WireSpec& spec, std::string_view text) {
    while (!text.empty()) {
        const std::string_view option = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), option.size() + 1));
        const std::size_t equals = option.find('=');
        const std::string_view value = equals == option.npos ? std::string_view{} : option.substr(equals + 1);
        if (std::string error = take_option(spec, option.substr(0, equals), value); !error.empty()) return error;
    }
    return {};
}

}  // namespace

Outcome<WireSpec> parse_wire(std::string_view text) {
    using Kind = WireSpec::Kind;
    const std::string_view kind = text.substr(0, text.find(':'));
    const std::string_view rest = kind.size() == text.size() ? std::string_view{} : text.substr(kind.size() + 1);
    WireSpec spec;
    if ((kind == "if" || kind == "cable") && !rest.empty()) {
        spec.kind = kind == "if" ? Kind::interface : Kind::cable;
        spec.peer = rest;
        return spec;
    }
    if (text == "sink") return spec;
    if (kind == "pcap") {
        spec.kind = Kind::capture;
    } else if (kind == "gen") {
        spec.kind = Kind::generator;
    } else if (kind == "unix") {
        spec.kind = Kind::datagrams;
    } else {
        return Failure{fmt::format("wire: '{}' is none; wires are {}", text, kKinds)};
    }
    if (std::string error = take_options(spec, rest); !error.empty()) return Failure{std::move(error)};
    if (spec.kind == Kind::capture && spec.in_file.empty() && spec.out_file.empty()) {
        return Failure{"wire: pcap needs in=FILE, out=FILE or both"};
    }
    if (spec.kind == Kind::datagrams && (spec.bind_path.empty() || spec.peer_path.empty())) {
        return Failure{"wire: unix needs bind=FILE and peer=FILE"};
    }
    return spec;
}

Outcome<WirePtr> make_wire(const WireSpec& spec, const MacAddress& port_mac) {
    switch (spec.kind) {
        case WireSpec::Kind::interface:
            return make_interface_wire(spec.peer);
        case WireSpec::Kind::capture:
            return make_capture_wire(spec);
        case WireSpec::Kind::generator:
            return make_generator_wire(spec, spec.destination.empty() ? port_mac : *parse_mac(spec.destination));
        case WireSpec::Kind::datagrams:
            return make_datagram_wire(spec.bind_path, spec.peer_path);
        case WireSpec::Kind::cable:
            return Failure{"wire: a cable needs a second port in the same program"};
        case WireSpec::Kind::sink:
            break;
    }
    return make_sink_wire();
}

Outcome<MacAddress> parse_mac(std::string_view text) {
    MacAddress mac{};
    const Failure bad{fmt::format("'{}' is not a MAC address; write it as 02:00:00:00:00:01", text)};
    if (text.size() != 17) return bad;
    for (std::size_t i = 0; i < mac.size(); ++i) {
        const char* const at = text.data() + 3 * i;
        const auto [end, error] = std::from_chars(at, at + 2, mac[i], 16);
        if (error != std::errc{} || end != at + 2 || (i + 1 < mac.size() && at[2] != ':')) return bad;
    }
    return mac;
}

std::string format_mac(const MacAddress& mac) { return fmt::format("{:02x}", fmt::join(mac, ":")); }

}  // namespace bifurc::sim
