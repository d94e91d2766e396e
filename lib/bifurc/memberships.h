// SPDX-License-Identifier: BSD-3-Clause
// What this handle has asked of the port's filters. The kernel counts memberships, so that one more or one less than
// was meant would leave the port promiscuous or deaf: each is asked for once and dropped once.
#pragma once

#include <array>
#include <cstdint>

#include "array.h"
#include "kernel.h"
#include "result.h"

namespace bifurc::client {

using Mac = std::array<std::uint8_t, 6>;

class Memberships {
public:
    Memberships(Kernel& kernel, int fd, unsigned ifindex) noexcept : kernel_(kernel), fd_(fd), ifindex_(ifindex) {}

    Status promiscuous(bool on) noexcept;
    Status allmulticast(bool on) noexcept;
    Status add(const Mac& mac) noexcept;
    // ENOENT: it was not added here.
    Status remove(const Mac& mac) noexcept;

private:
    Status change(bool join, unsigned short type, const Mac& mac) noexcept;
    Status switch_to(bool& state, bool on, unsigned short type) noexcept;

    Kernel& kernel_;
    int fd_;
    unsigned ifindex_;
    bool promiscuous_ = false;
    bool allmulticast_ = false;
    Array<Mac> macs_;
};

}  // namespace bifurc::client
