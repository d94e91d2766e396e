// SPDX-License-Identifier: BSD-3-Clause
// What the kernel knows about netdevs of this network namespace, by rtnetlink.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "outcome.h"
#include "tap.h"
#include "unique_fd.h"

namespace bifurc::sim {

struct NetdevState {
    unsigned ifindex = 0;
    std::string name;
    bool present = false;
    bool up = false;       // administratively
    bool running = false;  // and with carrier
    bool promiscuous = false;
    bool all_multicast = false;
    unsigned mtu = 0;
    MacAddress mac{};
    std::vector<MacAddress> unicast;  // secondary addresses
    std::vector<MacAddress> multicast;

    bool operator==(const NetdevState&) const = default;
};

// Answers questions. One request at a time; each answer is complete or absent.
class NetdevQuery {
public:
    [[nodiscard]] static Outcome<NetdevQuery> open();
    // Flags, addresses and address lists. nothing: it is gone.
    [[nodiscard]] std::optional<NetdevState> state(unsigned ifindex);

private:
    explicit NetdevQuery(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
    bool ask(const void* request, std::size_t len, const std::function<void(const void*)>& on_message);
    void read_address_lists(NetdevState& state);

    UniqueFd fd_;
    std::uint32_t sequence_ = 0;
};

// Tells that something changed: link state, flags, addresses, names, removal. What exactly, is then asked; only that a
// netdev was down in between would be missed that way.
class NetdevWatch {
public:
    [[nodiscard]] static Outcome<NetdevWatch> open();
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    // Reads all notifications that wait; `seen_down` is told of each that shows a netdev down. true: there were some,
    // or some were lost.
    bool drain(const std::function<void(unsigned ifindex)>& seen_down);

private:
    explicit NetdevWatch(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

    UniqueFd fd_;
};

}  // namespace bifurc::sim
