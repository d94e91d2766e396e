// SPDX-License-Identifier: BSD-3-Clause
// What a simulated port is plugged into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "model/nic.h"

namespace bifurc::sim {

inline constexpr std::size_t kMinFrame = 60;    // without FCS, as all lengths here
inline constexpr std::size_t kMaxFrame = 9724;  // 82599 DS 3.7.4.1: 9.5 KB with FCS

class FrameSink {
public:
    virtual ~FrameSink() = default;
    virtual void frame(model::Frame frame) = 0;
    // Several that have arrived together, in this order.
    virtual void frames(std::span<const model::Frame> frames) {
        for (const model::Frame frame : frames) this->frame(frame);
    }
};

struct WireCounters {
    std::uint64_t received = 0;      // given to the NIC
    std::uint64_t sent = 0;          // taken from the NIC and passed on (or, for a sink, thrown away)
    std::uint64_t rx_truncated = 0;  // longer than any frame may be: not given to the NIC
    std::uint64_t rx_lost = 0;       // lost before the simulator saw them: its capture buffer was full
    std::uint64_t tx_errors = 0;     // taken from the NIC, refused by what is behind the wire
};

class SimWire : public model::Wire {
public:
    // Hands at most `budget` frames that have arrived by now to `sink`; says how many.
    virtual unsigned poll(std::uint64_t now_ns, unsigned budget, FrameSink& sink) = 0;
    // Slow matters, about ten times a second: is the other side still there?
    virtual void tick() {}
    // Becomes readable when frames arrive; -1: there is nothing to wait for.
    [[nodiscard]] virtual int fd() const { return -1; }
    // Frames come by the clock: the event loop must look again soon.
    [[nodiscard]] virtual bool timed() const { return false; }
    [[nodiscard]] virtual bool link() const { return true; }
    [[nodiscard]] virtual WireCounters counters() const { return counters_; }

protected:
    WireCounters counters_;
};

// How many frames are due by the clock, for wires that send at a rate. 0 frames a second: no limit.
class Pacer {
public:
    explicit Pacer(std::uint64_t frames_per_second) noexcept : rate_(frames_per_second) {}
    [[nodiscard]] unsigned due(std::uint64_t now_ns, unsigned budget) noexcept;
    [[nodiscard]] bool limited() const noexcept { return rate_ != 0; }

private:
    std::uint64_t rate_;
    std::uint64_t start_ns_ = 0;
    std::uint64_t given_ = 0;
};

}  // namespace bifurc::sim
