// SPDX-License-Identifier: BSD-3-Clause
// From a message of the shim to its answer. No sockets here: what arrives is bytes, descriptors and who sent them.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "session.h"
#include "shim/protocol.h"
#include "sim_port.h"
#include "unique_fd.h"

namespace bifurc::sim {

struct Answer {
    int error = 0;  // 0 or negative errno
    std::vector<std::byte> payload;
    int fd = -1;  // passed with the answer; not owned
    std::uint64_t value = 0;
    bool hang_up = false;  // what came was no request, or it was the last one
};

// May a process attach a socket, and what may be done with that socket from then on?
struct Admission {
    int error = 0;  // 0 or negative errno
    Rights rights;
};

// Who may do what. The server's asks the kernel about the sender and its socket.
class Gate {
public:
    virtual ~Gate() = default;
    [[nodiscard]] virtual Admission may_attach(pid_t pid, int packet_socket, const SimPort& port) = 0;
    // CAP_NET_ADMIN?
    [[nodiscard]] virtual bool may_configure(pid_t pid) = 0;
};

// The state of one connection: nothing, or an attached socket.
struct Attachment {
    std::unique_ptr<Session> session;
    std::function<void()> wake;
    bool sees_netdevs = true;  // its client is in the simulator's network namespace
};

class Dispatcher {
public:
    // catch_up: called before each request, so that what the program did to a netdev before it asks is in force.
    Dispatcher(std::span<const std::unique_ptr<SimPort>> ports, Gate& gate, std::function<void()> catch_up)
        : ports_(ports), gate_(gate), catch_up_(std::move(catch_up)) {}

    // fd: the second descriptor of the message, if there was one.
    [[nodiscard]] Answer handle(std::span<const std::byte> message, pid_t pid, UniqueFd fd, Attachment& attachment);

private:
    [[nodiscard]] SimPort* find(std::string_view name, const Attachment& attachment) const;
    [[nodiscard]] Answer attach(const shim::Request& request, pid_t pid, UniqueFd fd, Attachment& attachment);
    [[nodiscard]] Answer ethtool(const shim::Request& request, std::span<const std::byte> payload, pid_t pid,
                                 const Attachment& attachment);

    std::span<const std::unique_ptr<SimPort>> ports_;
    Gate& gate_;
    std::function<void()> catch_up_;
};

}  // namespace bifurc::sim
