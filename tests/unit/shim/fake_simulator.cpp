// SPDX-License-Identifier: BSD-3-Clause
#include "fake_simulator.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "exchange.h"

namespace bifurc::shim {
namespace {

struct Message {
    std::vector<std::byte> bytes = std::vector<std::byte>(sizeof(Request) + kMaxPayload);
    Fd reply_socket, passed;
};

bool receive(int connection, Message& message) {
    iovec part{message.bytes.data(), message.bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(connection, &header, MSG_CMSG_CLOEXEC);
    if (got <= 0) return false;
    message.bytes.resize(static_cast<std::size_t>(got));
    const cmsghdr* rights = CMSG_FIRSTHDR(&header);
    if (rights == nullptr) return false;
    std::array<int, 2> fds{-1, -1};
    std::memcpy(fds.data(), CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
    message.reply_socket = Fd(fds[0]);
    message.passed = Fd(fds[1]);
    return true;
}

void send_reply(int to, const Told& told) {
    const Reply reply{.magic = told.magic,
                      .error = told.error,
                      .payload_len = static_cast<std::uint32_t>(told.payload.size()),
                      .reserved = 0,
                      .value = told.value};
    std::vector<std::byte> bytes(sizeof(reply));
    std::memcpy(bytes.data(), &reply, sizeof(reply));
    bytes.insert(bytes.end(), told.payload.begin(), told.payload.end());
    iovec part{bytes.data(), bytes.size() - told.cut};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (told.fd >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &told.fd, sizeof(int));
    }
    ::sendmsg(to, &message, MSG_NOSIGNAL);
}

}  // namespace

FakeSimulator::FakeSimulator(Answerer answerer) : answerer_(std::move(answerer)) {
    listener_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, simulator_path());
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), any, sizeof(address)), 0) << std::strerror(errno);
    EXPECT_EQ(::listen(listener_.get(), 16), 0);
    std::array<int, 2> pipe{-1, -1};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    stop_ = Fd(pipe[0]);
    stopper_ = Fd(pipe[1]);
    thread_ = std::thread([this] { run(); });
}

FakeSimulator::~FakeSimulator() {
    stopper_.close();
    thread_.join();
    ::unlink(simulator_path());
}

void FakeSimulator::run() {
    while (true) {
        std::vector<pollfd> polled{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        for (const Fd& connection : connections_) polled.push_back({connection.get(), POLLIN, 0});
        if (::poll(polled.data(), polled.size(), -1) < 0) continue;
        if (polled[0].revents != 0) return;
        for (std::size_t i = polled.size(); i-- > 2;) {
            if (polled[i].revents == 0 || serve(polled[i].fd)) continue;
            connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i - 2));
        }
        if (polled[1].revents != 0)
            connections_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
}

bool FakeSimulator::serve(int connection) {
    Message message;
    if (!receive(connection, message) || message.bytes.size() < sizeof(Request)) return false;
    Asked asked;
    std::memcpy(&asked.request, message.bytes.data(), sizeof(asked.request));
    asked.payload.assign(message.bytes.begin() + sizeof(Request), message.bytes.end());
    asked.passed = std::move(message.passed);
    asked.connection = connection;
    const Told told = answerer_(asked);
    if (told.hang_up) return false;
    send_reply(message.reply_socket.get(), told);
    return true;
}

}  // namespace bifurc::shim
