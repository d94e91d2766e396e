// SPDX-License-Identifier: BSD-3-Clause
#include "event_loop.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <vector>

namespace bifurc::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenControl = std::chrono::microseconds(40);  // while frames move, and a round at most
constexpr unsigned kIdleRounds = 64;                             // then sleep
constexpr auto kTick = std::chrono::milliseconds(100);
// While register pages are lent, nobody tells of a doorbell: look again soon. Else descriptors wake us up.
constexpr timespec kShortSleep{.tv_sec = 0, .tv_nsec = 50'000};
constexpr timespec kLongSleep{.tv_sec = 0, .tv_nsec = 50'000'000};

std::uint64_t nanoseconds(Clock::time_point now) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(now.time_since_epoch()).count());
}

class Loop {
public:
    Loop(std::span<const std::unique_ptr<SimPort>> ports, Server& server, NetdevWatch& watch, int signal_fd)
        : ports_(ports), server_(server), watch_(watch), signal_fd_(signal_fd) {}

    void run() {
        unsigned idle = 0;
        for (;;) {
            const Clock::time_point now = Clock::now();
            unsigned moved = 0;
            for (const auto& port : ports_) moved += port->poll(nanoseconds(now));
            idle = moved == 0 ? idle + 1 : 0;
            if (idle > kIdleRounds) sleep();
            if (idle > kIdleRounds || now >= next_control_) {
                next_control_ = now + kBetweenControl;
                if (signalled()) return;
                control(now);
            }
        }
    }

private:
    void control(Clock::time_point now) {
        server_.poll();
        follow_netdevs(ports_, watch_);
        if (now < next_tick_) return;
        next_tick_ = now + kTick;
        for (const auto& port : ports_) port->tick();
    }

    void sleep() {
        std::vector<pollfd> fds = {{server_.fd(), POLLIN, 0}, {watch_.fd(), POLLIN, 0}, {signal_fd_, POLLIN, 0}};
        bool polling = false;
        for (const auto& port : ports_) {
            polling = polling || port->busy_polling();
            if (port->usable()) fds.push_back({port->netdev_fd(), POLLIN, 0});
            if (port->wire().fd() >= 0) fds.push_back({port->wire().fd(), POLLIN, 0});
        }
        ::ppoll(fds.data(), fds.size(), polling ? &kShortSleep : &kLongSleep, nullptr);
    }

    bool signalled() const {
        pollfd fd{signal_fd_, POLLIN, 0};
        return ::poll(&fd, 1, 0) == 1;
    }

    std::span<const std::unique_ptr<SimPort>> ports_;
    Server& server_;
    NetdevWatch& watch_;
    int signal_fd_;
    Clock::time_point next_control_{}, next_tick_{};
};

}  // namespace

void follow_netdevs(std::span<const std::unique_ptr<SimPort>> ports, NetdevWatch& watch) {
    std::set<unsigned> were_down;
    if (!watch.drain([&](unsigned ifindex) { were_down.insert(ifindex); })) return;
    for (const auto& port : ports) port->follow(were_down.contains(port->ifindex()));
}

void run_event_loop(std::span<const std::unique_ptr<SimPort>> ports, Server& server, NetdevWatch& watch,
                    int signal_fd) {
    Loop(ports, server, watch, signal_fd).run();
}

}  // namespace bifurc::sim
