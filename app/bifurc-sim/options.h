// SPDX-License-Identifier: BSD-3-Clause
// The command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.h"
#include "tap.h"
#include "wires.h"

namespace bifurc::sim {

struct PortOptions {
    std::string name;
    std::optional<MacAddress> mac;
    unsigned queues = 32;
    unsigned ring = 512;
    unsigned mtu = 1500;
    WireSpec wire;
};

struct Options {
    std::string socket;
    std::vector<PortOptions> ports;
    std::string account_file;  // empty: none
    int ready_fd = -1;
};

// "name=eth0,mac=02:..,queues=32,ring=512,mtu=1500,wire=SPEC": the wire comes last, all behind it is the wire's.
[[nodiscard]] Outcome<PortOptions> parse_port(std::string_view text);

// Each port's name once, cables in pairs. Empty: all is well.
[[nodiscard]] std::string check_ports(const std::vector<PortOptions>& ports);

}  // namespace bifurc::sim
