// SPDX-License-Identifier: BSD-3-Clause
// The shim's socket: real connections, honest and hostile.
#include "server.h"

#include <linux/ethtool.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <filesystem>
#include <thread>

#include "harness.h"

namespace {

using namespace bifurc::sim;
using namespace bifurc::sim::test;
using bifurc::shim::kMagic;
using bifurc::shim::Op;
using bifurc::shim::Reply;
using bifurc::shim::Request;

class OpenGate final : public Gate {
public:
    Admission may_attach(pid_t pid, int, const SimPort&) override {
        last_pid = pid;
        return admission;
    }
    bool may_configure(pid_t) override { return true; }
    pid_t last_pid = 0;
    Admission admission{.error = 0, .rights = {.raw = true}};
};

Request request_for(Op op, const char* ifname = "eth0", std::uint32_t arg = 0, std::uint32_t payload_len = 0) {
    Request request{};
    request.magic = kMagic;
    request.op = op;
    request.arg = arg;
    request.payload_len = payload_len;
    std::strncpy(request.ifname, ifname, sizeof(request.ifname));
    return request;
}

// What came back, or that nothing did.
struct Answered {
    bool any = false;
    Reply reply{};
    std::vector<std::byte> payload;
    UniqueFd fd;
};

class Client {
public:
    explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    }
    // fds: behind the reply socket, which is made here unless `with_reply` is false.
    void send(std::span<const std::byte> message, std::vector<int> fds = {}, bool with_reply = true) {
        int pair[2] = {-1, -1};
        if (with_reply) {
            EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
            fds.insert(fds.begin(), pair[1]);
            reply_.reset(pair[0]);
        }
        std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
        iovec part{const_cast<std::byte*>(message.data()), message.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        if (!fds.empty()) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            cmsghdr* const rights = CMSG_FIRSTHDR(&header);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
            std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
        }
        ::sendmsg(fd_.get(), &header, MSG_NOSIGNAL);
        if (with_reply) ::close(pair[1]);
    }
    Answered answer() {
        Answered answered;
        std::vector<std::byte> buffer(70'000);
        std::array<char, CMSG_SPACE(sizeof(int))> control{};
        iovec part{buffer.data(), buffer.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t got = ::recvmsg(reply_.get(), &header, MSG_DONTWAIT);
        if (got < static_cast<ssize_t>(sizeof(Reply))) return answered;
        answered.any = true;
        std::memcpy(&answered.reply, buffer.data(), sizeof(Reply));
        answered.payload.assign(buffer.begin() + sizeof(Reply), buffer.begin() + got);
        if (cmsghdr* const rights = CMSG_FIRSTHDR(&header)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
            answered.fd.reset(fd);
        }
        return answered;
    }
    bool open() {
        char byte;
        return ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) != 0;
    }
    unsigned wakes() {
        char byte;
        unsigned count = 0;
        while (::recv(fd_.get(), &byte, 1, MSG_DONTWAIT) == 1) ++count;
        return count;
    }
    void close() { fd_.reset(); }

private:
    UniqueFd fd_, reply_;
};

struct ServerTest : testing::Test {
    ServerTest() {
        char name[] = "/tmp/bifurc-server-XXXXXX";
        directory = ::mkdtemp(name);
        path = directory + "/socket";
        ports.push_back(std::move(t.port));
        dispatcher.emplace(ports, gate, [this] { catch_up(); });
        auto listening = Server::listen(path, *dispatcher);
        EXPECT_TRUE(listening);
        server = std::move(*listening);
    }
    ~ServerTest() override {
        server.reset();
        std::filesystem::remove_all(directory);
    }
    // Until the server has nothing to do.
    void serve() {
        pollfd fd{server->fd(), POLLIN, 0};
        while (::poll(&fd, 1, 0) == 1) server->poll();
    }
    Answered ask(Client& client, const Request& request, std::span<const std::byte> payload = {},
                 std::vector<int> fds = {}) {
        std::vector<std::byte> message(sizeof(request) + payload.size());
        std::memcpy(message.data(), &request, sizeof(request));
        std::ranges::copy(payload, message.begin() + sizeof(request));
        client.send(message, std::move(fds));
        serve();
        return client.answer();
    }
    int attach(Client& client) {
        const UniqueFd packet_socket{::open("/dev/null", O_RDWR)};  // the gate looks at it, nobody else here
        return ask(client, request_for(Op::attach), {}, {packet_socket.get()}).reply.error;
    }
    SimPort& port() { return *ports[0]; }

    std::function<void()> catch_up = [] {};
    std::string directory, path;
    TestPort t;
    std::vector<std::unique_ptr<SimPort>> ports;
    OpenGate gate;
    std::optional<Dispatcher> dispatcher;
    std::unique_ptr<Server> server;
};

TEST_F(ServerTest, KnowsItsOwnNetdevs) {
    Client client(path);
    EXPECT_EQ(ask(client, request_for(Op::owns)).reply.error, 0);
    EXPECT_EQ(ask(client, request_for(Op::owns, "eth1")).reply.error, -ENODEV);
}

TEST_F(ServerTest, HasNoNetdevsForAnotherNetworkNamespace) {
    std::optional<Client> client;
    bool elsewhere = false;
    std::thread([&] {  // the namespace is the thread's, and ends with it and its sockets
        elsewhere = ::unshare(CLONE_NEWNET) == 0;
        if (elsewhere) client.emplace(path);
    })
        .join();
    if (!elsewhere) GTEST_SKIP() << "a network namespace needs CAP_SYS_ADMIN";
    EXPECT_EQ(ask(*client, request_for(Op::owns)).reply.error, -ENODEV);
    EXPECT_EQ(attach(*client), -ENODEV);
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    EXPECT_EQ(
        ask(*client, request_for(Op::ethtool, "eth0", ETHTOOL_GDRVINFO, sizeof(info)), bytes_of(info)).reply.error,
        -ENODEV);
    EXPECT_TRUE(client->open()) << "no harm in asking";
}

TEST_F(ServerTest, CarriesVerbsAndPages) {
    Client client(path);
    ASSERT_EQ(attach(client), 0);
    EXPECT_EQ(gate.last_pid, ::getpid());
    const bifurc_split split = split_request(1);
    const Answered granted = ask(client, request_for(Op::get_option, "", BIFURC_SPLIT, sizeof(split)), bytes_of(split));
    ASSERT_EQ(granted.reply.error, 0);
    ASSERT_EQ(granted.payload.size(), sizeof(split));
    EXPECT_EQ(port().pairs().free(), 31u);
    Request map = request_for(Op::mmap, "", PROT_READ);
    map.length = 4096;
    const Answered status = ask(client, map);
    EXPECT_EQ(status.reply.error, 0);
    EXPECT_TRUE(status.fd);
}

TEST_F(ServerTest, WhatTheKernelToldBeforeARequestIsInForce) {
    Client client(path);
    ASSERT_EQ(attach(client), 0);
    t.netdev.state->mtu = 9000;
    catch_up = [this] { port().follow(false); };
    bifurc_info info{};
    info.size = sizeof(info);
    const Answered told = ask(client, request_for(Op::get_option, "", BIFURC_INFO, sizeof(info)), bytes_of(info));
    ASSERT_EQ(told.payload.size(), sizeof(info));
    std::memcpy(&info, told.payload.data(), sizeof(info));
    EXPECT_EQ(info.mtu, 9000u);
    EXPECT_EQ(info.generation, port().generation()) << "of after the reset that a new MTU is";
}

TEST_F(ServerTest, VerbsNeedAnAttachedSocket) {
    Client client(path);
    bifurc_info info{};
    info.size = sizeof(info);
    EXPECT_EQ(ask(client, request_for(Op::get_option, "", BIFURC_INFO, sizeof(info)), bytes_of(info)).reply.error,
              -ENOPROTOOPT);
    gate.admission.error = -EPERM;
    EXPECT_EQ(attach(client), -EPERM);
    EXPECT_EQ(ask(client, request_for(Op::get_option, "", BIFURC_INFO, sizeof(info)), bytes_of(info)).reply.error,
              -ENOPROTOOPT);
    EXPECT_EQ(ask(client, request_for(Op::attach)).reply.error, -EBADF) << "no packet socket";
    EXPECT_TRUE(client.open());
}

TEST_F(ServerTest, AttachingAgainDoesNotRaiseRights) {
    Client client(path);
    gate.admission.rights.raw = false;
    ASSERT_EQ(attach(client), 0);
    gate.admission.rights.raw = true;
    ASSERT_EQ(attach(client), 0);
    const bifurc_split split = split_request(1);
    const Request question = request_for(Op::get_option, "", BIFURC_SPLIT, sizeof(split));
    EXPECT_EQ(ask(client, question, bytes_of(split)).reply.error, -EPERM);
    Client other(path);
    ASSERT_EQ(attach(other), 0);
    EXPECT_EQ(ask(other, question, bytes_of(split)).reply.error, 0) << "a socket of its own has its own rights";
}

TEST_F(ServerTest, TheEndOfAConnectionGivesBack) {
    Client client(path);
    ASSERT_EQ(attach(client), 0);
    const bifurc_split split = split_request(4);
    ASSERT_EQ(ask(client, request_for(Op::get_option, "", BIFURC_SPLIT, sizeof(split)), bytes_of(split)).reply.error,
              0);
    EXPECT_EQ(port().pairs().free(), 28u);
    client.close();
    serve();
    EXPECT_EQ(port().pairs().free(), 32u);
}

TEST_F(ServerTest, EventsWakeTheProgramOnce) {
    Client client(path);
    ASSERT_EQ(attach(client), 0);
    EXPECT_EQ(port().reset(), 0);
    EXPECT_EQ(port().reset(), 0);
    EXPECT_EQ(client.wakes(), 1u);
}

TEST_F(ServerTest, HangsUpOnceTheRemovalHasBeenTold) {
    Client client(path);
    ASSERT_EQ(attach(client), 0);
    t.netdev.state.reset();
    port().follow(false);
    EXPECT_EQ(client.wakes(), 1u);
    EXPECT_TRUE(client.open()) << "it has not been told yet";
    bifurc_events events{};
    const Request question = request_for(Op::get_option, "", BIFURC_EVENTS, sizeof(events));
    EXPECT_EQ(ask(client, question, bytes_of(events)).reply.error, -EINVAL) << "size is 0";
    EXPECT_TRUE(client.open());
    events.size = sizeof(events);
    const Answered told = ask(client, question, bytes_of(events));
    ASSERT_EQ(told.payload.size(), sizeof(events));
    std::memcpy(&events, told.payload.data(), sizeof(events));
    EXPECT_NE(events.events & BIFURC_EVENT_GONE, 0u);
    EXPECT_FALSE(client.open());
}

TEST_F(ServerTest, GarbageEndsItsConnectionOnly) {
    Client honest(path);
    ASSERT_EQ(attach(honest), 0);
    std::vector<std::vector<std::byte>> messages;
    const auto add = [&](const Request& request, std::size_t len) {
        std::vector<std::byte> message(len);
        std::memcpy(message.data(), &request, std::min(len, sizeof(request)));
        messages.push_back(std::move(message));
    };
    const Request fine = request_for(Op::owns);
    add(fine, 1);
    add(fine, sizeof(fine) - 1);
    add(fine, sizeof(fine) + 1);  // payload_len says 0
    Request request = fine;
    request.magic ^= 1;
    add(request, sizeof(request));
    request = fine;
    request.op = static_cast<Op>(0);
    add(request, sizeof(request));
    request.op = static_cast<Op>(77);
    add(request, sizeof(request));
    request = fine;
    request.payload_len = 0xffffffff;
    add(request, sizeof(request));
    request = fine;
    std::memset(request.ifname, 'x', sizeof(request.ifname));
    add(request, sizeof(request));
    request = fine;
    request.payload_len = bifurc::shim::kMaxPayload + 1;
    add(request, sizeof(request) + request.payload_len);
    for (const auto& message : messages) {
        Client client(path);
        client.send(message);
        serve();
        const Answered answered = client.answer();
        EXPECT_TRUE(answered.any);
        EXPECT_EQ(answered.reply.error, -EPROTO);
        EXPECT_FALSE(client.open());
    }
    bifurc_info info{};
    info.size = sizeof(info);
    EXPECT_EQ(ask(honest, request_for(Op::get_option, "", BIFURC_INFO, sizeof(info)), bytes_of(info)).reply.error, 0);
}

TEST_F(ServerTest, ARequestWithoutAReplySocketEndsItsConnection) {
    Client client(path);
    client.send(bytes_of(request_for(Op::owns)), {}, false);
    serve();
    EXPECT_FALSE(client.open());
}

TEST_F(ServerTest, TooManyDescriptorsEndTheConnectionAndAreClosed) {
    const auto open_fds = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
    Client client(path);
    serve();
    const auto before = open_fds();
    const UniqueFd extra{::open("/dev/null", O_RDONLY)};
    client.send(bytes_of(request_for(Op::owns)), {extra.get(), extra.get(), extra.get()});
    serve();
    EXPECT_FALSE(client.open());
    EXPECT_LE(open_fds(), before + 2) << "ours: extra and the reply socket";
}

TEST_F(ServerTest, AProgramThatDoesNotReadItsRepliesHoldsNobodyUp) {
    Client client(path);
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    const UniqueFd mine{pair[0]}, theirs{pair[1]};
    for (unsigned i = 0; i < 2000; ++i) {
        client.send(bytes_of(request_for(Op::owns)), {theirs.get()}, false);
        serve();
    }
    Client other(path);
    EXPECT_EQ(ask(other, request_for(Op::owns)).reply.error, 0);
}

TEST_F(ServerTest, ThePathIsOnesOwnAndFreeAgainAfterwards) {
    EXPECT_FALSE(Server::listen(path, *dispatcher)) << "somebody listens there";
    server.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(Server::listen("", *dispatcher));
    EXPECT_FALSE(Server::listen(std::string(200, 'x'), *dispatcher));
    EXPECT_FALSE(Server::listen("/no/such/directory/socket", *dispatcher));
}

}  // namespace
