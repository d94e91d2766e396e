// SPDX-License-Identifier: BSD-3-Clause
#include "server.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "kernel_gate.h"

namespace bifurc::sim {

namespace {

constexpr std::size_t kMaxMessage = sizeof(shim::Request) + shim::kMaxPayload;
constexpr std::size_t kMaxFds = 2;
constexpr std::size_t kMaxConnections = 1024;

// A message as it came.
struct Received {
    std::size_t len = 0;
    pid_t pid = 0;
    UniqueFd reply_socket, second;
    bool whole = true;  // neither bytes nor descriptors were cut off
};

void take_descriptors(const cmsghdr& header, Received& received) {
    const std::size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(&header) + i * sizeof(int), sizeof(int));
        UniqueFd owned{fd};
        if (i == 0) received.reply_socket = std::move(owned);
        if (i == 1) received.second = std::move(owned);
        if (i > 1) received.whole = false;
    }
}

// nothing: end of file, or an error. len 0 with EAGAIN: nothing there.
std::optional<Received> receive(int fd, std::span<std::byte> buffer) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(kMaxFds * sizeof(int))> control{};
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Received{};
    if (got <= 0) return std::nullopt;
    Received received;
    received.len = static_cast<std::size_t>(got);
    received.whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        if (header->cmsg_type == SCM_RIGHTS) take_descriptors(*header, received);
        if (header->cmsg_type == SCM_CREDENTIALS) {
            ucred sender{};
            std::memcpy(&sender, CMSG_DATA(header), sizeof(sender));
            received.pid = sender.pid;
        }
    }
    return received;
}

// Never waits: a program that does not read its own reply socket loses the reply.
void reply(int fd, const Answer& answer) {
    const shim::Reply header{.magic = shim::kMagic,
                             .error = answer.error,
                             .payload_len = static_cast<std::uint32_t>(answer.payload.size()),
                             .reserved = 0,
                             .value = answer.value};
    std::array<iovec, 2> parts{
        {{.iov_base = const_cast<shim::Reply*>(&header), .iov_len = sizeof(header)},
         {.iov_base = const_cast<std::byte*>(answer.payload.data()), .iov_len = answer.payload.size()}}};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (answer.error == 0 && answer.fd >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &answer.fd, sizeof(int));
    }
    ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool somebody_listens(const sockaddr_un& address) {
    const UniqueFd probe{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

Outcome<std::unique_ptr<Server>> Server::listen(const std::string& path, Dispatcher& dispatcher) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return Failure{fmt::format("socket: the path '{}' is empty or longer than {} bytes; choose another", path,
                                   sizeof(address.sun_path) - 1)};
    }
    path.copy(address.sun_path, path.size());
    if (somebody_listens(address)) {
        return Failure{fmt::format("socket: another simulator listens at {}; choose another path", path)};
    }
    struct stat old {};
    if (::lstat(path.c_str(), &old) == 0 && S_ISSOCK(old.st_mode)) ::unlink(path.c_str());
    UniqueFd listener{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int on = 1;  // inherited by connections, so that their first message has credentials too
    ::setsockopt(listener.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener.get(), 64) != 0) {
        return Failure{fmt::format("socket: cannot listen at {}: {}; is the directory there and writable?", path,
                                   std::strerror(errno))};
    }
    ::chmod(path.c_str(), 0666);  // what needs rights is checked per request, and answered with EPERM
    std::unique_ptr<Server> server(
        new Server(path, std::move(listener), UniqueFd{::epoll_create1(EPOLL_CLOEXEC)}, dispatcher));
    if (!server->watch(server->listener_.get())) return Failure{"socket: cannot poll; are there too many open files?"};
    return server;
}

Server::~Server() {
    connections_.clear();
    ::unlink(path_.c_str());
}

bool Server::watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = fd;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Server::poll() {
    std::array<epoll_event, 16> ready;
    const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
    for (int i = 0; i < count; ++i) {
        const int fd = ready[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_.get()) {
            accept();
            continue;
        }
        const auto connection = connections_.find(fd);
        if (connection != connections_.end() && !serve(*connection->second)) connections_.erase(connection);
    }
}

void Server::accept() {
    UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd || connections_.size() >= kMaxConnections || !watch(fd.get())) return;
    const int raw = fd.get();
    const int on = 1;
    ::setsockopt(raw, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    auto connection = std::make_unique<Connection>();
    connection->attachment.sees_netdevs = in_our_network_namespace(raw);
    connection->fd = std::move(fd);
    connection->attachment.wake = [raw] {
        const char something = 1;
        ::send(raw, &something, sizeof(something), MSG_DONTWAIT | MSG_NOSIGNAL);
    };
    connections_[raw] = std::move(connection);
}

bool Server::serve(Connection& connection) {
    static std::vector<std::byte> buffer(kMaxMessage);
    std::optional<Received> received = receive(connection.fd.get(), buffer);
    if (!received) return false;
    if (received->len == 0) return true;
    Answer answer;
    if (received->whole) {
        answer = dispatcher_.handle({buffer.data(), received->len}, received->pid, std::move(received->second),
                                    connection.attachment);
    } else {
        answer.error = -EPROTO;
        answer.hang_up = true;
    }
    if (received->reply_socket) reply(received->reply_socket.get(), answer);
    return received->reply_socket && !answer.hang_up;
}

}  // namespace bifurc::sim
