// SPDX-License-Identifier: BSD-3-Clause
// A TAP interface: the netdev that the kernel's stack sees.
//
// It lives as long as the object. No offloads are announced to the kernel, so each frame read is a whole Ethernet frame
// with its checksums filled in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "outcome.h"
#include "unique_fd.h"
#include "wires.h"

namespace bifurc::sim {

struct TapOptions {
    std::string name;
    std::optional<MacAddress> mac;  // nothing: the kernel chooses one
    unsigned mtu = 1500;
};

class Tap {
public:
    // Creates it, administratively up: a port is usable as soon as it is there, and `ip link set NAME down` follows.
    [[nodiscard]] static Outcome<Tap> create(const TapOptions& options);

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] unsigned ifindex() const noexcept { return ifindex_; }
    // false: the kernel refused it (netdev down, out of memory).
    bool write(std::span<const std::byte> frame) noexcept;
    // 0: nothing there. -errno: EIO while the netdev is down, EBADFD once it is gone.
    [[nodiscard]] int read(std::span<std::byte> buffer) noexcept;
    void set_carrier(bool up) noexcept;

private:
    Tap(UniqueFd fd, unsigned ifindex) noexcept : fd_(std::move(fd)), ifindex_(ifindex) {}

    UniqueFd fd_;
    unsigned ifindex_;
};

}  // namespace bifurc::sim
