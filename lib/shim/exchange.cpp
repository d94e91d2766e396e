// SPDX-License-Identifier: BSD-3-Clause
#include "exchange.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace bifurc::shim {
namespace {

struct SimulatorPath {
    char text[sizeof(sockaddr_un::sun_path)]{};
};
constinit SimulatorPath path;

__attribute__((constructor)) void read_environment() noexcept {
    const char* value = ::secure_getenv(kSocketEnv);
    if (value != nullptr && std::strlen(value) < sizeof(path.text)) std::strcpy(path.text, value);
}

class Deadline {
public:
    explicit Deadline(std::int64_t timeout_ms) noexcept : end_ms_(now_ms() + timeout_ms) {}

    // 0, or a negative errno: -ETIMEDOUT once the time is over. Signals do not lengthen it.
    [[nodiscard]] long wait(int fd, short events) const noexcept {
        while (true) {
            const std::int64_t left_ms = end_ms_ - now_ms();
            if (left_ms <= 0) return -ETIMEDOUT;
            pollfd poll{.fd = fd, .events = events, .revents = 0};
            timespec timeout{.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1'000'000};
            const long ready = raw(SYS_ppoll, &poll, 1UL, &timeout, nullptr, 0UL);
            if (ready > 0) return 0;
            if (ready < 0 && ready != -EINTR) return ready;
        }
    }

private:
    static std::int64_t now_ms() noexcept {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
    }

    std::int64_t end_ms_;
};

struct PeerName {
    sockaddr_un address{};
    socklen_t len = 0;

    [[nodiscard]] bool has_path() const noexcept {
        return len > offsetof(sockaddr_un, sun_path) && address.sun_family == AF_UNIX && address.sun_path[0] != '\0';
    }
    [[nodiscard]] bool is(const char* name) const noexcept {
        return std::strncmp(address.sun_path, name, sizeof(address.sun_path)) == 0;
    }
};

PeerName peer_name(int fd) noexcept {
    PeerName name;
    name.len = sizeof(name.address);
    if (raw(SYS_getpeername, fd, &name.address, &name.len) < 0) name.len = 0;
    return name;
}

// The peer went away, in any of the ways in which the kernel tells it.
int gone_or(long error) noexcept {
    const bool gone = error == -EPIPE || error == -ECONNRESET || error == -ENOTCONN;
    return gone ? -ENODEV : static_cast<int>(error);
}

constexpr std::size_t kMaxPassed = 2;  // what one message carries: the reply socket, and the verb's own descriptor

struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxPassed * sizeof(int))> bytes{};
};

int send_request(int connection, const Request& request, std::span<const std::byte> payload,
                 std::span<const int> descriptors, const Deadline& deadline) noexcept {
    std::array<iovec, 2> parts{
        {{const_cast<Request*>(&request), sizeof(request)}, {const_cast<std::byte*>(payload.data()), payload.size()}}};
    Control control;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());

    while (true) {
        const long sent = raw(SYS_sendmsg, connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return 0;
        if (sent == -EINTR) continue;
        if (sent != -EAGAIN) return gone_or(sent);
        if (const long waited = deadline.wait(connection, POLLOUT); waited < 0) return static_cast<int>(waited);
    }
}

// Takes the first descriptor that came with the message and closes any other.
Fd take_descriptor(msghdr& message) noexcept {
    Fd first;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; i++) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
            Fd taken(fd);
            if (!first) first = std::move(taken);
        }
    }
    return first;
}

Answer receive_reply(int reply_socket, std::span<std::byte> room, const Deadline& deadline) noexcept {
    Reply reply{};
    std::array<iovec, 2> parts{{{&reply, sizeof(reply)}, {room.data(), room.size()}}};
    Control control;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    long got = 0;
    do {
        if (const long waited = deadline.wait(reply_socket, POLLIN); waited < 0)
            return {.error = static_cast<int>(waited), .fd = {}};
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        got = raw(SYS_recvmsg, reply_socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (got == -EAGAIN || got == -EINTR);
    if (got < 0) return {.error = gone_or(got), .fd = {}};

    Answer answer{.fd = take_descriptor(message)};
    const auto len = static_cast<std::size_t>(got);
    if (len == 0) {
        answer.error = -ENODEV;
    } else if ((message.msg_flags & MSG_TRUNC) != 0 || len < sizeof(reply) || reply.magic != kMagic ||
               reply.payload_len != len - sizeof(reply) || reply.error > 0) {
        answer.error = -EPROTO;
    } else {
        answer.error = reply.error;
        answer.len = reply.payload_len;
        answer.value = reply.value;
    }
    return answer;
}

}  // namespace

const char* simulator_path() noexcept { return path.text; }

Fd connect_to_simulator() noexcept {
    Fd fd(raw(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd) return {};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.text, sizeof(path.text));
    // A full backlog makes connect(2) wait on a Unix socket; the send timeout bounds that too (unix(7), socket(7)).
    const timeval limit{.tv_sec = kReplyTimeoutMs / 1000, .tv_usec = 0};
    raw(SYS_setsockopt, fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    long connected = 0;
    do {
        connected = raw(SYS_connect, fd.get(), &address, sizeof(address));
    } while (connected == -EINTR);
    if (connected < 0) return {};
    return fd;
}

bool is_connection(int fd) noexcept {
    int domain = 0;
    socklen_t len = sizeof(domain);
    if (raw(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 || domain != AF_UNIX) return false;
    const PeerName name = peer_name(fd);
    if (!name.has_path()) return false;
    if (name.is(path.text)) return true;
    // The simulator may have bound a relative path, or another spelling of ours: what does a fresh connection show?
    const Fd fresh = connect_to_simulator();
    return fresh && name.is(peer_name(fresh.get()).address.sun_path);
}

Request make_request(Op op, std::uint32_t arg, const char* ifname) noexcept {
    Request request{.magic = kMagic, .op = op, .arg = arg, .payload_len = 0, .offset = 0, .length = 0, .ifname = {}};
    std::strncpy(request.ifname, ifname, sizeof(request.ifname) - 1);
    return request;
}

Answer ask(int connection, Request request, std::span<const std::byte> payload, std::span<std::byte> room,
           int passed) noexcept {
    if (payload.size() > kMaxPayload) return {.error = -EINVAL, .fd = {}};
    const Deadline deadline(kReplyTimeoutMs);
    std::array<int, 2> pair{-1, -1};
    const long made = raw(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data());
    if (made < 0) return {.error = static_cast<int>(made), .fd = {}};
    const Fd ours(pair[0]);
    Fd theirs(pair[1]);

    request.payload_len = static_cast<std::uint32_t>(payload.size());
    const std::array<int, kMaxPassed> descriptors{theirs.get(), passed};
    const std::size_t count = passed >= 0 ? 2 : 1;
    const int sent = send_request(connection, request, payload, std::span(descriptors).first(count), deadline);
    if (sent < 0) return {.error = sent, .fd = {}};
    theirs.close();  // else the simulator's end would not show when it dies
    return receive_reply(ours.get(), room, deadline);
}

bool owns(int connection, const char* ifname) noexcept {
    return ask(connection, make_request(Op::owns, 0, ifname), {}, {}).error == 0;
}

void catch_up() noexcept {
    const Fd connection = connect_to_simulator();
    if (connection) static_cast<void>(owns(connection.get(), ""));  // any answer will do
}

}  // namespace bifurc::shim
