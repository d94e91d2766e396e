// SPDX-License-Identifier: BSD-3-Clause
// The socket: messages in pieces and in heaps, descriptors that belong to one of them, clients that go.
#include "server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "client.h"
#include "hw/desc.h"
#include "hw/ixgbe.h"
#include "hw/ixgbe_device.h"

namespace bifurc::vfio_user::test {
namespace {

using hw::ixgbe::MTA;

std::vector<std::byte> on_the_wire(const Message& message) {
    std::vector<std::byte> bytes = bytes_of(message.header);
    bytes.insert(bytes.end(), message.payload.begin(), message.payload.end());
    return bytes;
}

void send_with(int socket, std::span<const std::byte> bytes, std::span<const int> fds) {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(64 * sizeof(int))> control{};
    iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(fds.size_bytes());
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds.size_bytes());
        std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
    }
    ASSERT_EQ(::sendmsg(socket, &header, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

// Both ends of a connection, without a server.
struct Pair {
    Pair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        client.reset(ends[0]);
        connection = std::make_unique<Connection>(UniqueFd{ends[1]});
    }
    UniqueFd client;
    std::unique_ptr<Connection> connection;
    Message message;
    std::string why;
};

TEST(Connection, ADescriptorBelongsToTheMessageItCameWith) {
    Pair pair;
    const UniqueFd file = memory_file(1);
    const std::vector<std::byte> map = on_the_wire(message_of(Command::dma_map, bytes_of(range(0, 1))));
    const std::array<int, 1> fds = {file.get()};
    send_with(pair.client.get(), map, {});
    send_with(pair.client.get(), map, fds);
    send_with(pair.client.get(), map, {});
    for (const std::size_t expected : {0u, 1u, 0u}) {
        ASSERT_EQ(pair.connection->receive(pair.message, pair.why), Connection::Got::message) << pair.why;
        EXPECT_EQ(pair.message.fds.size(), expected);
    }
    EXPECT_EQ(pair.connection->receive(pair.message, pair.why), Connection::Got::nothing);
}

TEST(Connection, PiecesBecomeAMessage) {
    Pair pair;
    const auto bytes = on_the_wire(message_of(Command::region_write, bytes_of(RegionAccess{0, 0, 4}, 0x12345678)));
    std::thread slow([&] {
        for (std::size_t i = 0; i < bytes.size(); ++i) send_with(pair.client.get(), std::span{bytes}.subspan(i, 1), {});
    });
    Connection::Got got = Connection::Got::nothing;
    while (got == Connection::Got::nothing) got = pair.connection->receive(pair.message, pair.why);
    slow.join();
    EXPECT_EQ(got, Connection::Got::message);
    EXPECT_EQ(pair.message.payload.size(), 20u);
}

TEST(Connection, AClientThatGoesWithinAMessageIsNamed) {
    Pair pair;
    send_with(pair.client.get(), on_the_wire(hello()), {});
    send_with(pair.client.get(), bytes_of(std::uint32_t{1}), {});
    pair.client.reset();
    EXPECT_EQ(pair.connection->receive(pair.message, pair.why), Connection::Got::message);
    EXPECT_EQ(pair.connection->receive(pair.message, pair.why), Connection::Got::end);
    EXPECT_EQ(pair.why, "the client went away within a message, after 4 of 16 bytes");
}

TEST(Connection, ItsOwnEndNeedsNoReason) {
    Pair pair;
    pair.client.reset();
    EXPECT_EQ(pair.connection->receive(pair.message, pair.why), Connection::Got::end);
    EXPECT_EQ(pair.why, "");
}

TEST(Connection, TooManyDescriptorsEndItAndAreClosed) {
    Pair pair;
    const UniqueFd event{::eventfd(0, EFD_CLOEXEC)};
    const std::vector<int> fds(40, event.get());
    const auto open_fds = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    const auto before = open_fds();
    send_with(pair.client.get(), on_the_wire(hello()), fds);
    EXPECT_EQ(pair.connection->receive(pair.message, pair.why), Connection::Got::end);
    EXPECT_EQ(pair.why, "more than 16 descriptors came with a message");
    pair.message = {};
    EXPECT_EQ(open_fds(), before);
}

// A server in a thread, and clients that connect to it.
class Running {
public:
    explicit Running(std::unique_ptr<QueuePages> pages = nullptr)
        : function_({2, 0, 0, 0, 0, 1}, wire_, std::move(pages)) {
        path_ = fmt::format("/tmp/bifurc-vfio-user-test-{}.sock", ::getpid());
        auto server = Server::listen(path_, function_, wire_);
        EXPECT_TRUE(server) << server.error();
        server_ = std::move(*server);
        thread_ = std::thread([this] { server_->run(stop_.get(), false); });
    }
    ~Running() {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(stop_.get(), &one, sizeof(one)), ssize_t{sizeof(one)});
        thread_.join();
        server_.reset();
        EXPECT_FALSE(std::filesystem::exists(path_));
    }
    UniqueFd connect() const {
        UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        return socket;
    }

private:
    std::string path_;
    SilentWire wire_;
    Function function_;
    UniqueFd stop_{::eventfd(0, EFD_CLOEXEC)};
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

// What comes within ten seconds; shorter: the server hung up.
std::vector<std::byte> receive(const UniqueFd& socket, std::size_t len) {
    std::vector<std::byte> bytes(len);
    std::size_t got = 0;
    pollfd waiting{socket.get(), POLLIN, 0};
    while (got < len && ::poll(&waiting, 1, 10'000) == 1) {
        const ssize_t more = ::recv(socket.get(), bytes.data() + got, len - got, 0);
        if (more <= 0) break;
        got += static_cast<std::size_t>(more);
    }
    bytes.resize(got);
    return bytes;
}

Header receive_reply(const UniqueFd& socket, std::vector<std::byte>& payload) {
    Header header{};
    const auto head = receive(socket, sizeof(header));
    if (head.size() != sizeof(header)) return header;
    std::memcpy(&header, head.data(), sizeof(header));
    payload = receive(socket, header.size - sizeof(header));
    return header;
}

std::uint32_t read_register(const UniqueFd& socket, std::uint64_t offset) {
    send_with(socket.get(), on_the_wire(message_of(Command::region_read, bytes_of(RegionAccess{offset, 0, 4}))), {});
    std::vector<std::byte> payload;
    EXPECT_EQ(receive_reply(socket, payload).command, static_cast<std::uint16_t>(Command::region_read));
    std::uint32_t value = 0;
    if (payload.size() == 20) std::memcpy(&value, payload.data() + 16, 4);
    return value;
}

void greet(const UniqueFd& socket) {
    send_with(socket.get(), on_the_wire(hello()), {});
    std::vector<std::byte> payload;
    EXPECT_EQ(receive_reply(socket, payload).flags, kReply);
}

TEST(Server, WhoWantsNoReplyGetsNone) {
    const Running server;
    const UniqueFd client = server.connect();
    greet(client);
    const auto write = bytes_of(RegionAccess{MTA::at(0), 0, 4}, std::uint32_t{42});
    send_with(client.get(), on_the_wire(message_of(Command::region_write, write, kNoReply)), {});
    EXPECT_EQ(read_register(client, MTA::at(0)), 42u) << "in order, and the first reply is the read's";
}

TEST(Server, ARefusalIsAReplyWithoutPayload) {
    const Running server;
    const UniqueFd client = server.connect();
    greet(client);
    send_with(client.get(), on_the_wire(message_of(Command::region_read, bytes_of(RegionAccess{0, 5, 4}))), {});
    std::vector<std::byte> payload;
    const Header header = receive_reply(client, payload);
    EXPECT_EQ(header.flags, kReply | kError);
    EXPECT_EQ(header.error, unsigned{EINVAL});
    EXPECT_EQ(header.id, 7);
    EXPECT_TRUE(payload.empty());
}

// A queue that fetches its descriptors from where no memory is.
void send_from_nowhere(const UniqueFd& client) {
    using namespace hw::ixgbe;
    const auto write = [&](std::uint64_t offset, std::uint32_t value) {
        const auto access = bytes_of(RegionAccess{offset, 0, 4}, value);
        send_with(client.get(), on_the_wire(message_of(Command::region_write, access, kNoReply)), {});
    };
    write(DMATXCTL::at(), DMATXCTL::TE::mask);
    write(TDBAL::at(0), 0x100000);
    write(TDLEN::at(0), 4096);
    write(TXDCTL::at(0), TXDCTL::ENABLE::mask);
    write(TDT::at(0), 1);
}

TEST(Server, AnAccessToWhereNoMemoryIsIsMadeByTheClientAndNotWaitedFor) {
    const Running server;
    const UniqueFd client = server.connect();
    greet(client);
    send_from_nowhere(client);
    std::vector<std::byte> asked;
    Header header = receive_reply(client, asked);
    EXPECT_EQ(header.command, static_cast<std::uint16_t>(Command::dma_read));
    EXPECT_EQ(header.flags, kCommand);
    EXPECT_EQ(asked, bytes_of(DmaAccess{0x100000, 16}));
    EXPECT_EQ(read_register(client, MTA::at(0)), 0u) << "a client may want something first: QEMU, its lock held, does";
    header.flags = kReply | kError;
    header.size = sizeof(header);
    send_with(client.get(), bytes_of(header), {});
    EXPECT_EQ(read_register(client, MTA::at(0)), 0u) << "taken as the reply that it is, and not answered";
    send_with(client.get(), bytes_of(header), {});
    EXPECT_TRUE(receive(client, 1).empty()) << "nothing was asked any more";
}

// The descriptor that comes with the next message, which is a short one.
UniqueFd receive_fd(const UniqueFd& socket) {
    pollfd waiting{socket.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 10'000), 1);
    std::array<std::byte, 4096> bytes;
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control;
    iovec piece{bytes.data(), bytes.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    EXPECT_GT(::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC), 0);
    const cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    if (rights == nullptr) return {};
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    return UniqueFd{fd};
}

// BAR 0 as a client maps it.
class MappedBar {
public:
    explicit MappedBar(const UniqueFd& client) {
        vfio_region_info asked{};
        asked.argsz = 4096;
        send_with(client.get(), on_the_wire(message_of(Command::get_region_info, bytes_of(asked))), {});
        file_ = receive_fd(client);
        at_ = ::mmap(nullptr, kRegisterBarLen, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
        EXPECT_NE(at_, MAP_FAILED);
    }
    ~MappedBar() { ::munmap(at_, kRegisterBarLen); }
    std::atomic_ref<std::uint32_t> word(std::uint32_t offset) const {
        return std::atomic_ref(static_cast<std::uint32_t*>(at_)[offset / 4]);
    }
    template <class R>
    void store(unsigned i, std::uint32_t value) const {
        word(R::at(i)).store(value, std::memory_order_release);
    }

private:
    UniqueFd file_;
    void* at_ = nullptr;
};

void map_memory(const UniqueFd& client, const UniqueFd& file, std::uint64_t bus) {
    const std::array<int, 1> fds = {file.get()};
    send_with(client.get(), on_the_wire(message_of(Command::dma_map, bytes_of(range(bus, 2)))), fds);
    std::vector<std::byte> payload;
    EXPECT_EQ(receive_reply(client, payload).flags, kReply);
}

TEST(Server, QueuesInSharedPagesNeedNoMessage) {
    using namespace hw::ixgbe;
    const Running server(QueuePages::create());
    const UniqueFd client = server.connect(), memory = memory_file(2);
    greet(client);
    map_memory(client, memory, 0x100000);
    const hw::TxDesc frame{.read = {0x101000,
                                    hw::TxCmd::DEXT::mask | hw::TxCmd::kData << hw::TxCmd::DTYP::lo |
                                        hw::TxCmd::EOP::mask | hw::TxCmd::IFCS::mask | 60,
                                    60 << hw::TxOlinfo::PAYLEN::lo}};
    ASSERT_EQ(::pwrite(memory.get(), &frame, sizeof(frame), 0), ssize_t{sizeof(frame)});
    const auto enable = bytes_of(RegionAccess{DMATXCTL::at(), 0, 4}, DMATXCTL::TE::mask);
    send_with(client.get(), on_the_wire(message_of(Command::region_write, enable, kNoReply)), {});
    const MappedBar bar(client);
    bar.store<TDBAL>(65, 0x100000);
    bar.store<TDLEN>(65, 4096);
    bar.store<TXDCTL>(65, TXDCTL::ENABLE::mask);
    bar.store<TDT>(65, 1);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (bar.word(TDH::at(65)).load() != 1 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(bar.word(TDH::at(65)).load(), 1u);
}

TEST(Server, PagesThatOneClientKeepsAreNotTheNextOnes) {
    using hw::ixgbe::RDT;
    const Running server(QueuePages::create());
    UniqueFd first = server.connect();
    greet(first);
    const MappedBar kept(first);
    kept.store<RDT>(0, 5);
    EXPECT_EQ(read_register(first, RDT::at(0)), 5u);
    first.reset();
    const UniqueFd next = server.connect();
    greet(next);
    kept.store<RDT>(0, 7);
    EXPECT_EQ(read_register(next, RDT::at(0)), 0u);
}

TEST(Server, TheNextClientFindsAResetDevice) {
    const Running server;
    {
        const UniqueFd client = server.connect();
        greet(client);
        const auto write = bytes_of(RegionAccess{MTA::at(0), 0, 4}, std::uint32_t{9});
        send_with(client.get(), on_the_wire(message_of(Command::region_write, write, kNoReply)), {});
        EXPECT_EQ(read_register(client, MTA::at(0)), 9u);
    }
    const UniqueFd next = server.connect();
    greet(next);
    EXPECT_EQ(read_register(next, MTA::at(0)), 0u);
}

TEST(Server, GarbageEndsTheConnectionAndNotTheServer) {
    const Running server;
    for (unsigned seed = 0; seed < 64; ++seed) {
        const UniqueFd client = server.connect();
        std::vector<std::byte> garbage(64);
        for (std::size_t i = 0; i < garbage.size(); ++i) garbage[i] = static_cast<std::byte>(seed * 37 + i * i * 11);
        garbage[7] = std::byte{0xff};  // a size beyond all
        send_with(client.get(), garbage, {});
        EXPECT_TRUE(receive(client, 1).empty());
    }
    const UniqueFd client = server.connect();
    greet(client);
}

TEST(Server, ASocketThatIsThereIsNotTakenOver) {
    SilentWire wire;
    Function function{{}, wire};
    EXPECT_NE(Server::listen("/tmp", function, wire).error().find("remove what"), std::string::npos);
    EXPECT_FALSE(Server::listen(std::string(200, 'x'), function, wire));
}

}  // namespace
}  // namespace bifurc::vfio_user::test
