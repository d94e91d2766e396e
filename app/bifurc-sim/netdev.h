// SPDX-License-Identifier: BSD-3-Clause
// The netdev of a port, as the port sees it. A TAP in the simulator; tests have their own.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "netdev_watch.h"
#include "tap.h"

namespace bifurc::sim {

class Netdev {
public:
    virtual ~Netdev() = default;
    [[nodiscard]] virtual unsigned ifindex() const = 0;
    [[nodiscard]] virtual int fd() const = 0;
    virtual bool write(std::span<const std::byte> frame) = 0;
    // As Tap::read.
    [[nodiscard]] virtual int read(std::span<std::byte> buffer) = 0;
    virtual void set_carrier(bool up) = 0;
    // nothing: the netdev is gone.
    [[nodiscard]] virtual std::optional<NetdevState> state() = 0;
};

class TapNetdev final : public Netdev {
public:
    TapNetdev(Tap tap, NetdevQuery& query) : tap_(std::move(tap)), query_(query) {}

    [[nodiscard]] unsigned ifindex() const override { return tap_.ifindex(); }
    [[nodiscard]] int fd() const override { return tap_.fd(); }
    bool write(std::span<const std::byte> frame) override { return tap_.write(frame); }
    [[nodiscard]] int read(std::span<std::byte> buffer) override { return tap_.read(buffer); }
    void set_carrier(bool up) override { tap_.set_carrier(up); }
    [[nodiscard]] std::optional<NetdevState> state() override { return query_.state(tap_.ifindex()); }

private:
    Tap tap_;
    NetdevQuery& query_;
};

}  // namespace bifurc::sim
