// SPDX-License-Identifier: BSD-3-Clause
// A split lives exactly as long as the open file behind its socket, whoever holds it.
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "abi.h"

namespace bifurc::abi {
namespace {

constexpr int kRounds = 50;

std::uint32_t free_pairs() { return info(open_port().get()).pairs_free; }

struct Pipe {
    Pipe() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        read = Fd{ends[0]};
        write = Fd{ends[1]};
    }
    Fd read;
    Fd write;
};

int receive_code(const Fd& fd) {
    int code = -1;
    return ::read(fd.get(), &code, sizeof(code)) == sizeof(code) ? code : -1;
}
void send_code(const Fd& fd, int code) {
    if (::write(fd.get(), &code, sizeof(code)) != sizeof(code)) ::_exit(99);
}
void wait_for_close(const Fd& fd) {
    char byte;
    while (::read(fd.get(), &byte, 1) > 0) {
    }
}

TEST(Lifetime, CloseFreesThePairsAtOnce) {
    const std::uint32_t last = info(open_port().get()).pairs_total - 1;
    for (int round = 0; round < kRounds; ++round) {
        Fd fd = open_port();
        ASSERT_EQ(split(fd.get(), 1, last), 0) << "round " << round;
        fd.close();
    }
}

TEST(Lifetime, ExitFreesThePairs) {
    const std::uint32_t before = free_pairs();
    const int status = in_child([] {
        const Fd fd = open_port();
        return split(fd.get(), 1);
    });
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_TRUE(eventually([&] { return free_pairs() == before; }));
}

TEST(Lifetime, SigkillFreesThePairs) {
    const std::uint32_t before = free_pairs();
    for (int round = 0; round < kRounds; ++round) {
        Pipe report;
        const pid_t child = ::fork();
        if (child == 0) {
            const Fd fd = open_port();
            send_code(report.write, split(fd.get(), 2));
            while (true) ::pause();
        }
        EXPECT_EQ(receive_code(report.read), 0);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ASSERT_TRUE(eventually([&] { return free_pairs() == before; })) << "round " << round;
    }
}

TEST(Lifetime, DupKeepsTheSplit) {
    Fd fd = open_port();
    bifurc_split held{};
    ASSERT_EQ(split(fd.get(), 1, BIFURC_FIRST_ANY, &held), 0);
    const Fd copy{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)};
    fd.close();
    EXPECT_EQ(info(copy.get()).pairs, 1u);
    EXPECT_EQ(sync(copy.get(), held), 0);
    EXPECT_EQ(split(open_port().get(), 1, held.first), EBUSY);
}

TEST(Lifetime, ForkSharesTheSplit) {
    Fd fd = open_port();
    bifurc_split held{};
    ASSERT_EQ(split(fd.get(), 1, BIFURC_FIRST_ANY, &held), 0);
    const int status =
        in_child([&] { return sync(fd.get(), held) != 0 || info(fd.get()).first != held.first ? 1 : 0; });
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(sync(fd.get(), held), 0);  // the child's death ended nothing
}

TEST(Lifetime, ChildKeepsWhatTheParentCloses) {
    const std::uint32_t before = free_pairs();
    Pipe hold;
    Pipe report;
    Fd fd = open_port();
    bifurc_split held{};
    ASSERT_EQ(split(fd.get(), 1, BIFURC_FIRST_ANY, &held), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        hold.write.close();
        wait_for_close(hold.read);
        send_code(report.write, sync(fd.get(), held));
        ::_exit(0);
    }
    hold.read.close();
    fd.close();
    EXPECT_EQ(split(open_port().get(), 1, held.first), EBUSY);
    hold.write.close();
    EXPECT_EQ(receive_code(report.read), 0);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(eventually([&] { return free_pairs() == before; }));
}

// The descriptor that `fd` carries over a Unix socket.
void send_fd(int to, int fd) {
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    if (::sendmsg(to, &message, 0) != 1) ::_exit(98);
}
Fd receive_fd(int from) {
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    if (::recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1) return Fd{};
    int fd = -1;
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return Fd{fd};
}

TEST(Lifetime, PassedSocketOutlivesTheProcessThatOpenedIt) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const Fd ours{ends[0]};
    Fd theirs{ends[1]};
    const int status = in_child([&] {
        const Fd fd = open_port();
        const int code = split(fd.get(), 1);
        send_fd(theirs.get(), fd.get());
        return code;
    });
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const Fd fd = receive_fd(ours.get());
    ASSERT_GE(fd.get(), 0);
    const bifurc_info got = info(fd.get());
    ASSERT_EQ(got.pairs, 1u);
    bifurc_split held{};
    held.first = got.first;
    held.pairs = 1;
    held.generation = got.generation;
    EXPECT_EQ(sync(fd.get(), held), 0);
    EXPECT_TRUE(map_region(fd.get(), region_of(regions(fd.get()), BIFURC_REGION_BAR)).ok());
    EXPECT_EQ(split(open_port().get(), 1, held.first), EBUSY);
}

// A child that opens a port, says so, splits when told, says the errno, and holds on until told to end.
pid_t racer(std::uint32_t first, std::uint32_t pairs, Pipe& ready, Pipe& go, Pipe& report, Pipe& end) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    go.write.close();
    end.write.close();
    const Fd fd = open_port();
    send_code(ready.write, 0);
    wait_for_close(go.read);
    send_code(report.write, split(fd.get(), pairs, first));
    wait_for_close(end.read);
    ::_exit(0);
}

TEST(Race, ForTheSamePairsHasExactlyOneWinner) {
    const bifurc_info port = info(open_port().get());
    for (int round = 0; round < kRounds; ++round) {
        // Half of the rounds for named pairs, half for so many that there are not enough for both.
        const bool named = round % 2 == 0;
        const std::uint32_t pairs = named ? 1 : port.pairs_free / 2 + 1;
        Pipe ready;
        Pipe go;
        Pipe report;
        Pipe end;
        const std::uint32_t first = named ? port.pairs_total - 1 : BIFURC_FIRST_ANY;
        const pid_t children[] = {racer(first, pairs, ready, go, report, end),
                                  racer(first, pairs, ready, go, report, end)};
        EXPECT_EQ(receive_code(ready.read), 0);
        EXPECT_EQ(receive_code(ready.read), 0);
        go.write.close();
        const int codes[] = {receive_code(report.read), receive_code(report.read)};
        EXPECT_EQ(std::min(codes[0], codes[1]), 0);
        EXPECT_EQ(std::max(codes[0], codes[1]), named ? EBUSY : ENOSPC);
        end.write.close();
        for (const pid_t child : children) ::waitpid(child, nullptr, 0);
        ASSERT_TRUE(eventually([&] { return free_pairs() == port.pairs_free; })) << "round " << round;
    }
}

// The effective capabilities of this process, changed for a time; they stay permitted.
class Effective {
public:
    Effective() { EXPECT_EQ(::syscall(SYS_capget, &header_, before_), 0); }
    Effective(const Effective&) = delete;
    Effective& operator=(const Effective&) = delete;
    ~Effective() { EXPECT_EQ(::syscall(SYS_capset, &header_, before_), 0); }

    bool without(int capability) { return lower(CAP_TO_INDEX(capability), CAP_TO_MASK(capability)); }
    bool without_any() { return lower(0, ~0U) && lower(1, ~0U); }

private:
    bool lower(std::size_t word, std::uint32_t mask) {
        __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
        if (::syscall(SYS_capget, &header_, data) != 0) return false;
        data[word].effective &= ~mask;
        return ::syscall(SYS_capset, &header_, data) == 0;
    }

    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct before_[_LINUX_CAPABILITY_U32S_3]{};
};

// Attached, but not by one who may have a raw split.
Fd open_port_without_rawio() {
    Effective effective;
    EXPECT_TRUE(effective.without(CAP_SYS_RAWIO));
    return open_port();
}

TEST(Capabilities, NetAdminIsNeededToAttach) {
    const Fd fd = bound();
    bifurc_info unused{};
    if (get(fd.get(), BIFURC_INFO, unused) != ENOPROTOOPT) GTEST_SKIP() << "this kernel's sockets need no attaching";
    {
        Effective effective;
        ASSERT_TRUE(effective.without(CAP_NET_ADMIN));
        EXPECT_EQ(attach(fd.get()), EPERM);
        EXPECT_EQ(get(fd.get(), BIFURC_INFO, unused), ENOPROTOOPT);
    }
    EXPECT_EQ(attach(fd.get()), 0);
    EXPECT_EQ(split(fd.get(), 1), 0);  // the refusal left nothing
}

TEST(Capabilities, WithoutRawioASocketAnswersButGetsNoRawSplit) {
    const Fd fd = open_port_without_rawio();
    EXPECT_GT(info(fd.get()).pairs_free, 0u);
    bifurc_events events{};
    EXPECT_EQ(get(fd.get(), BIFURC_EVENTS, events), 0);
    EXPECT_EQ(give_back(fd.get()), ENOTCONN);
    EXPECT_EQ(split(fd.get(), 1), EPERM);
    EXPECT_EQ(info(fd.get()).pairs, 0u);
}

TEST(Capabilities, OfARawSplitComeAfterItsFieldsAndBeforeAllElse) {
    const Fd fd = open_port_without_rawio();
    const bifurc_info port = info(fd.get());
    EXPECT_EQ(split(fd.get(), 0), EINVAL);
    for (const auto field : {&bifurc_split::flags, &bifurc_split::reserved}) {
        bifurc_split request{};
        request.first = BIFURC_FIRST_ANY;
        request.pairs = 1;
        request.*field = 0x80000000;
        EXPECT_EQ(get(fd.get(), BIFURC_SPLIT, request), EINVAL);
    }
    EXPECT_EQ(split(fd.get(), 1, 0), EPERM);                 // the kernel's: else EBUSY
    EXPECT_EQ(split(fd.get(), 1, port.pairs_total), EPERM);  // not there: else EINVAL
    EXPECT_EQ(split(fd.get(), UINT32_MAX), EPERM);           // too many: else ENOSPC
}

// Rights belong to the socket from its attaching on: what its holder may do later neither adds nor takes.
TEST(Capabilities, AttachingAgainDoesNotRaiseThem) {
    const Fd fd = open_port_without_rawio();
    EXPECT_EQ(attach(fd.get()), 0);
    EXPECT_EQ(split(fd.get(), 1), EPERM);
    const Fd other = open_port();
    EXPECT_EQ(split(other.get(), 1), 0);
}

TEST(Capabilities, AreThoseOfTheAttacherForWhoeverHoldsTheSocket) {
    const Fd fd = open_port();
    const int status = in_child([&] {
        Effective effective;
        if (!effective.without_any()) return 1;
        if (split(fd.get(), 1) != 0) return 2;
        return map_region(fd.get(), region_of(regions(fd.get()), BIFURC_REGION_BAR)).ok() ? 0 : 3;
    });
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
    EXPECT_EQ(info(fd.get()).pairs, 1u);
}

TEST(Capabilities, APassedSocketHasNoMoreThanItsAttacherHad) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const Fd ours{ends[0]};
    const Fd theirs{ends[1]};
    const int status = in_child([&] {
        send_fd(theirs.get(), open_port_without_rawio().get());
        return 0;
    });
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const Fd fd = receive_fd(ours.get());
    ASSERT_GE(fd.get(), 0);
    EXPECT_EQ(split(fd.get(), 1), EPERM);
}

}  // namespace
}  // namespace bifurc::abi
