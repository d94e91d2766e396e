// SPDX-License-Identifier: BSD-3-Clause
#include "server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

namespace bifurc::vfio_user {
namespace {

constexpr unsigned kFrames = 64;    // each way in a turn
constexpr unsigned kMessages = 64;  // in a turn
constexpr std::uint64_t kTickNs = 100'000'000;
constexpr std::uint64_t kLongSleepNs = 50'000'000;
constexpr std::uint64_t kShortSleepNs = 50'000;  // while the wire has its own clock, or frames wait for room on it
// Shared pages: soon after work more is likely; a client that rests costs a look in a millisecond.
constexpr std::uint64_t kShortPauseNs = 20'000, kLongPauseNs = 1'000'000;

std::uint64_t now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(since).count());
}

class ToNic final : public sim::FrameSink {
public:
    explicit ToNic(model::Nic& nic) noexcept : nic_(nic) {}
    void frame(std::span<const std::byte> frame) override { nic_.receive(frame); }

private:
    model::Nic& nic_;
};

void tell(const std::string& text) { fmt::print(stderr, "bifurc-vfio-user: {}\n", text); }

bool readable(int fd) {
    pollfd polled{fd, POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1;
}

}  // namespace

sim::Outcome<std::unique_ptr<Server>> Server::listen(const std::string& path, Function& function, sim::SimWire& wire) {
    sockaddr_un address{};
    if (path.size() >= sizeof(address.sun_path)) {
        return sim::Failure{
            fmt::format("the socket's path may have {} characters at most", sizeof(address.sun_path) - 1)};
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(socket.get(), 1) != 0) {
        return sim::Failure{fmt::format("cannot listen at '{}': {}; remove what an earlier run left there", path,
                                        std::strerror(errno))};
    }
    return std::unique_ptr<Server>(new Server(std::move(socket), path, function, wire));
}

Server::~Server() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

void Server::run(int signal_fd, bool once) {
    while (!readable(signal_fd) && !(once && served_ && !client_)) {
        const std::uint64_t time = now();
        if (!client_) accept();
        const unsigned messages = serve();
        const unsigned frames = move_frames(time);
        ask();
        if (time >= next_tick_ns_) {
            next_tick_ns_ = time + kTickNs;
            wire_.tick();
            function_.nic().set_link(wire_.link());
        }
        if (messages + frames != 0) {
            pause_ns_ = kShortPauseNs;
        } else {
            sleep(signal_fd, time);
            pause_ns_ = std::clamp(2 * pause_ns_, kShortPauseNs, kLongPauseNs);
        }
    }
}

void Server::accept() {
    UniqueFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket) return;
    served_ = true;
    if (!function_.connect()) {
        tell("no memory for pages to share: the client is sent away");
        return;
    }
    client_ = std::unique_ptr<Client>(new Client{Connection{std::move(socket)}, Session{function_}});
}

unsigned Server::serve() {
    unsigned served = 0;
    while (client_ && served < kMessages) {
        Message message;
        std::string why;
        const Connection::Got got = client_->connection.receive(message, why);
        if (got == Connection::Got::nothing) break;
        ++served;
        if (got == Connection::Got::end) {
            hang_up(why);
            break;
        }
        const Header header = message.header;
        const bool wants_reply = (header.flags & (kTypeMask | kNoReply)) == kCommand;
        Reply reply;
        if (const Ending ending = client_->session.handle(std::move(message), reply)) {
            hang_up(*ending);
        } else if (wants_reply && !client_->connection.send(header, reply)) {
            hang_up(fmt::format("the reply to {} could not be sent", command_name(header.command)));
        }
    }
    return served;
}

void Server::ask() {
    while (client_) {
        const std::span<const std::byte> request = function_.requests().next();
        if (request.empty()) break;
        if (!client_->connection.send(request)) hang_up("a DMA access could not be sent");
    }
}

void Server::hang_up(const std::string& why) {
    tell(why.empty() ? "the client has gone" : fmt::format("the connection ends: {}", why));
    client_.reset();
    function_.disconnect();
}

unsigned Server::move_frames(std::uint64_t now_ns) {
    ToNic to_nic(function_.nic());
    const unsigned received = wire_.poll(now_ns, kFrames, to_nic);
    const unsigned moved = function_.nic().poll(kFrames);
    function_.nic().advance(now_ns);
    return received + moved;
}

// When there may be something to do of which no descriptor tells.
std::uint64_t Server::next_look_ns(std::uint64_t now_ns) const {
    const bool soon = wire_.timed() || function_.nic().tx_waiting();
    std::uint64_t until = now_ns + (soon ? kShortSleepNs : kLongSleepNs);
    if (client_ && function_.pages() != nullptr) until = std::min(until, now_ns + pause_ns_);
    return std::min(until, function_.nic().wake_at_ns().value_or(until));
}

void Server::sleep(int signal_fd, std::uint64_t now_ns) const {
    std::array<pollfd, 3> fds = {{{signal_fd, POLLIN, 0},
                                  {client_ ? client_->connection.fd() : listener_.get(), POLLIN, 0},
                                  {wire_.fd(), POLLIN, 0}}};
    const std::uint64_t until = next_look_ns(now_ns);
    const std::uint64_t left = until > now_ns ? until - now_ns : 0;
    const timespec limit{.tv_sec = 0, .tv_nsec = static_cast<long>(left)};
    ::ppoll(fds.data(), fds.size(), &limit, nullptr);
}

}  // namespace bifurc::vfio_user
