// SPDX-License-Identifier: BSD-3-Clause
// Requests to the simulator and its replies. Nothing is kept between two calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol.h"
#include "raw.h"

namespace bifurc::shim {

// The simulator's socket as the environment named it when the program started; empty: there is none, the shim sleeps.
[[nodiscard]] const char* simulator_path() noexcept;
// A new connection; no descriptor if nobody listens.
[[nodiscard]] Fd connect_to_simulator() noexcept;
// What getpeername(2) says of fd: is it a connection to our simulator?
[[nodiscard]] bool is_connection(int fd) noexcept;

struct Answer {
    int error = 0;  // negative errno: the simulator's, or why there is no answer (-ENODEV: it is gone; -ETIMEDOUT)
    std::size_t len = 0;  // bytes in `room`, on errors too
    std::uint64_t value = 0;
    Fd fd;
};

[[nodiscard]] Request make_request(Op op, std::uint32_t arg, const char* ifname = "") noexcept;

// One request over the connection, and its reply within the protocol's deadline. passed: a descriptor that goes with
// it, or -1. The reply's payload goes to `room`; one that does not fit is -EPROTO.
[[nodiscard]] Answer ask(int connection, Request request, std::span<const std::byte> payload, std::span<std::byte> room,
                         int passed = -1) noexcept;

// Is the netdev of this name the simulator's? Over a connection of one's own.
[[nodiscard]] bool owns(int connection, const char* ifname) noexcept;

// The simulator hears of a netdev's changes from the kernel. When this returns it has acted on those of before.
void catch_up() noexcept;

}  // namespace bifurc::shim
