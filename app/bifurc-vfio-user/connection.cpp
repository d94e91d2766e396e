// SPDX-License-Identifier: BSD-3-Clause
#include "connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "session.h"

namespace bifurc::vfio_user {
namespace {

constexpr int kPatienceMs = 5000;

// Takes over the descriptors that came along, all of them, also those that are too many.
void take_fds(msghdr& header, std::vector<UniqueFd>& fds) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            fds.emplace_back(fd);
        }
    }
}

// `fd`: the descriptor to pass, or -1.
ssize_t send_some(int socket, std::span<const std::byte> bytes, int fd) {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (fd >= 0) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
    }
    return ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

bool Connection::wait(short events) const noexcept {
    pollfd fd{socket_.get(), events, 0};
    return ::poll(&fd, 1, kPatienceMs) == 1;
}

Connection::Part Connection::fill(std::span<std::byte> to, std::vector<UniqueFd>& fds, bool begun, std::string& why) {
    const std::size_t whole = to.size();
    while (!to.empty()) {
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(kMaxFds * sizeof(int))> control;
        iovec piece{to.data(), to.size()};
        msghdr header{};
        header.msg_iov = &piece;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t got = ::recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!begun) return Part::nothing;
            if (wait(POLLIN)) continue;
            why = fmt::format("a message stops: {} of {} bytes came, and no more for {} s", whole - to.size(), whole,
                              kPatienceMs / 1000);
            return Part::end;
        }
        if (got <= 0) {
            if (begun)
                why = fmt::format("the client went away within a message, after {} of {} bytes", whole - to.size(),
                                  whole);
            return Part::end;
        }
        begun = true;
        take_fds(header, fds);
        if ((header.msg_flags & MSG_CTRUNC) != 0 || fds.size() > kMaxFds) {
            why = fmt::format("more than {} descriptors came with a message", kMaxFds);
            return Part::end;
        }
        to = to.subspan(static_cast<std::size_t>(got));
    }
    return Part::whole;
}

Connection::Got Connection::receive(Message& message, std::string& why) {
    message = {};
    switch (fill(std::as_writable_bytes(std::span{&message.header, 1}), message.fds, false, why)) {
        case Part::nothing:
            return Got::nothing;
        case Part::end:
            return Got::end;
        case Part::whole:
            break;
    }
    if (Ending ending = Session::check(message.header)) {
        why = std::move(*ending);
        return Got::end;
    }
    message.payload.resize(message.header.size - sizeof(Header));
    return fill(message.payload, message.fds, true, why) == Part::whole ? Got::message : Got::end;
}

bool Connection::send(const Header& request, const Reply& reply) {
    std::vector<std::byte> bytes(sizeof(Header));
    if (reply.error == 0) bytes.insert(bytes.end(), reply.payload.begin(), reply.payload.end());
    const Header header{.id = request.id,
                        .command = request.command,
                        .size = static_cast<std::uint32_t>(bytes.size()),
                        .flags = kReply | (reply.error != 0 ? kError : 0),
                        .error = static_cast<std::uint32_t>(reply.error)};
    std::memcpy(bytes.data(), &header, sizeof(header));
    return send(bytes, reply.fd);
}

bool Connection::send(std::span<const std::byte> left, int with_fd) {
    while (!left.empty()) {
        const ssize_t sent = send_some(socket_.get(), left, with_fd);
        if (sent >= 0) {
            left = left.subspan(static_cast<std::size_t>(sent));
            with_fd = -1;
        } else if (errno != EINTR && (errno != EAGAIN || !wait(POLLOUT))) {
            return false;
        }
    }
    return true;
}

}  // namespace bifurc::vfio_user
