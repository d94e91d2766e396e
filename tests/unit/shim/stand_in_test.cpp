// SPDX-License-Identifier: BSD-3-Clause
// Verbs on a stand-in, against a simulator that the test plays. The stand-in is a plain connection: what attach puts in
// a packet socket's place.
#include "stand_in.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstring>
#include <span>

#include "../../../lib/bifurc/bifurc_uapi.h"
#include "exchange.h"
#include "fake_simulator.h"

namespace bifurc::shim {
namespace {

template <typename T>
std::vector<std::byte> bytes_of(const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    return {bytes.begin(), bytes.end()};
}

template <typename T>
T from_bytes(const std::vector<std::byte>& bytes) {
    T value{};
    std::memcpy(&value, bytes.data(), std::min(sizeof(value), bytes.size()));
    return value;
}

Told echo(Asked& asked) { return {.payload = asked.payload}; }

TEST(StandIn, IsRecognisedByItsPeerAndNothingElseIs) {
    FakeSimulator simulator(echo);
    const Fd connection = connect_to_simulator();
    ASSERT_TRUE(connection);
    EXPECT_TRUE(is_connection(connection.get()));
    const Fd copy(::dup(connection.get()));
    EXPECT_TRUE(is_connection(copy.get()));

    const Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Fd internet(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const Fd alone(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
    const Fd first(pair[0]);
    const Fd second(pair[1]);
    for (const int fd : {-1, file.get(), internet.get(), alone.get(), first.get()}) EXPECT_FALSE(is_connection(fd));
}

TEST(StandIn, AGetVerbGoesThereAndBack) {
    FakeSimulator simulator([](Asked& asked) -> Told {
        EXPECT_EQ(asked.request.op, Op::get_option);
        EXPECT_EQ(asked.request.arg, static_cast<std::uint32_t>(BIFURC_SPLIT));
        auto split = from_bytes<bifurc_split>(asked.payload);
        split.first = split.pairs + 30;
        return {.payload = bytes_of(split)};
    });
    const Fd fd = connect_to_simulator();
    bifurc_split split{
        .size = sizeof(split), .flags = 0, .first = BIFURC_FIRST_ANY, .pairs = 2, .generation = 0, .reserved = 0};
    socklen_t len = sizeof(split);
    ASSERT_EQ(get_option(fd.get(), BIFURC_SPLIT, &split, &len), 0);
    EXPECT_EQ(split.first, 32U);
    EXPECT_EQ(len, sizeof(split));
}

TEST(StandIn, AnErrorIsTheVerbsAnswer) {
    FakeSimulator simulator([](Asked&) -> Told { return {.error = -ENOSPC}; });
    const Fd fd = connect_to_simulator();
    bifurc_split split{};
    socklen_t len = sizeof(split);
    EXPECT_EQ(get_option(fd.get(), BIFURC_SPLIT, &split, &len), -ENOSPC);
    const bifurc_return give_back{.size = sizeof(give_back), .flags = 0};
    EXPECT_EQ(set_option(fd.get(), BIFURC_RETURN, &give_back, sizeof(give_back)), -ENOSPC);
}

TEST(StandIn, AnAnswerNeverGoesBeyondTheProgramsBuffer) {
    FakeSimulator simulator([](Asked&) -> Told { return {.payload = std::vector<std::byte>(64, std::byte{0xff})}; });
    const Fd fd = connect_to_simulator();
    std::array<unsigned char, 16> buffer{};
    socklen_t len = 8;
    ASSERT_EQ(get_option(fd.get(), BIFURC_EVENTS, buffer.data(), &len), 0);
    EXPECT_EQ(len, 8U);
    EXPECT_EQ(buffer[7], 0xff);
    EXPECT_EQ(buffer[8], 0);
}

TEST(StandIn, BadPointersReachNobody) {
    std::atomic<int> requests = 0;
    FakeSimulator simulator([&](Asked& asked) {
        requests++;
        return echo(asked);
    });
    const Fd fd = connect_to_simulator();
    bifurc_split split{};
    socklen_t len = sizeof(split);
    static const bifurc_split constant{
        .size = sizeof(constant), .flags = 0, .first = 0, .pairs = 1, .generation = 0, .reserved = 0};
    EXPECT_EQ(get_option(fd.get(), BIFURC_SPLIT, nullptr, &len), -EFAULT);
    EXPECT_EQ(get_option(fd.get(), BIFURC_SPLIT, &split, nullptr), -EFAULT);
    EXPECT_EQ(get_option(fd.get(), BIFURC_SPLIT, const_cast<bifurc_split*>(&constant), &len), -EFAULT)
        << "a split that could not be told would be lost";
    EXPECT_EQ(set_option(fd.get(), BIFURC_RETURN, nullptr, sizeof(bifurc_return)), -EFAULT);
    len = static_cast<socklen_t>(-1);
    EXPECT_EQ(get_option(fd.get(), BIFURC_SPLIT, &split, &len), -EINVAL);
    EXPECT_EQ(set_option(fd.get(), BIFURC_RETURN, &split, static_cast<socklen_t>(-1)), -EINVAL);
    EXPECT_EQ(requests, 0);
}

TEST(StandIn, OptionsOfNobodyAndVerbsInTheWrongDirectionAreUnknown) {
    FakeSimulator simulator(echo);
    const Fd fd = connect_to_simulator();
    bifurc_info info{};
    socklen_t len = sizeof(info);
    for (const int option : {int{BIFURC_RETURN}, BIFURC_RETURN + 1, PACKET_ADD_MEMBERSHIP, PACKET_STATISTICS})
        EXPECT_EQ(get_option(fd.get(), option, &info, &len), -ENOPROTOOPT);
    for (const int option : {int{BIFURC_INFO}, BIFURC_RETURN + 1, PACKET_VERSION})
        EXPECT_EQ(set_option(fd.get(), option, &info, len), -ENOPROTOOPT);
}

TEST(StandIn, DmaMapBringsItsSegments) {
    FakeSimulator simulator([](Asked& asked) -> Told {
        auto map = from_bytes<bifurc_dma_map>(asked.payload);
        map.id = 7;
        map.nr_segments = 2;
        std::vector<std::byte> payload = bytes_of(map);
        for (const bifurc_dma_segment segment : {bifurc_dma_segment{0, 4096, 0x1000}, {4096, 4096, 0x9000}}) {
            const auto bytes = bytes_of(segment);
            payload.insert(payload.end(), bytes.begin(), bytes.end());
        }
        return {.payload = payload};
    });
    const Fd fd = connect_to_simulator();
    std::array<bifurc_dma_segment, 3> segments{};
    bifurc_dma_map map{};
    map.size = sizeof(map);
    map.nr_segments = segments.size();
    map.segments = reinterpret_cast<std::uintptr_t>(segments.data());
    socklen_t len = sizeof(map);
    ASSERT_EQ(get_option(fd.get(), BIFURC_DMA_MAP, &map, &len), 0);
    EXPECT_EQ(map.id, 7U);
    EXPECT_EQ(map.nr_segments, 2U);
    EXPECT_EQ(len, sizeof(map));
    EXPECT_EQ(segments[0].bus, 0x1000U);
    EXPECT_EQ(segments[1].bus, 0x9000U);
    EXPECT_EQ(segments[2].len, 0U);

    map.segments = 0;
    map.nr_segments = 3;
    EXPECT_EQ(get_option(fd.get(), BIFURC_DMA_MAP, &map, &len), -EFAULT);
    len = sizeof(map) - 1;
    EXPECT_EQ(get_option(fd.get(), BIFURC_DMA_MAP, &map, &len), -EINVAL);
}

TEST(StandIn, DmaMapTellsHowManySegmentsItWouldTake) {
    FakeSimulator simulator([](Asked& asked) -> Told {
        auto map = from_bytes<bifurc_dma_map>(asked.payload);
        map.nr_segments = 9;
        return {.error = -ENOSPC, .payload = bytes_of(map)};
    });
    const Fd fd = connect_to_simulator();
    bifurc_dma_map map{};
    socklen_t len = sizeof(map);
    EXPECT_EQ(get_option(fd.get(), BIFURC_DMA_MAP, &map, &len), -ENOSPC);
    EXPECT_EQ(map.nr_segments, 9U);
}

TEST(StandIn, AnEventfdGoesBesideItsStructure) {
    FakeSimulator simulator([](Asked& asked) -> Told {
        if (!asked.passed) return {.error = -ENOENT};
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(asked.passed.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
        return {};
    });
    const Fd fd = connect_to_simulator();
    const Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    bifurc_eventfd verb{};
    verb.size = sizeof(verb);
    verb.fd = event.get();
    ASSERT_EQ(set_option(fd.get(), BIFURC_EVENTFD, &verb, sizeof(verb)), 0);
    std::uint64_t count = 0;
    EXPECT_EQ(::read(event.get(), &count, sizeof(count)), static_cast<ssize_t>(sizeof(count)));
    verb.fd = -1;
    EXPECT_EQ(set_option(fd.get(), BIFURC_EVENTFD, &verb, sizeof(verb)), -ENOENT) << "nothing to pass";
    verb.fd = 1 << 20;
    EXPECT_EQ(set_option(fd.get(), BIFURC_EVENTFD, &verb, sizeof(verb)), -EBADF);
}

// BIFURC_SYNC notifies; BIFURC_EVENTS is answered with `told`.
struct Notified {
    explicit Notified(std::function<Told(Asked&)> told)
        : simulator([told](Asked& asked) -> Told {
              if (asked.request.arg != BIFURC_SYNC) return told(asked);
              EXPECT_EQ(::send(asked.connection, "!", 1, 0), 1);
              return {};
          }),
          fd(connect_to_simulator()) {}
    void notify() {
        const bifurc_sync sync{};
        EXPECT_EQ(set_option(fd.get(), BIFURC_SYNC, &sync, sizeof(sync)), 0);
    }
    int ask() {
        bifurc_events events{};
        socklen_t len = sizeof(events);
        return get_option(fd.get(), BIFURC_EVENTS, &events, &len);
    }
    bool wakes() {
        pollfd poll{fd.get(), POLLIN, 0};
        return ::poll(&poll, 1, 0) == 1;
    }
    FakeSimulator simulator;
    Fd fd;
};

Told link_changed(Asked&) {
    return {.payload = bytes_of(bifurc_events{sizeof(bifurc_events), BIFURC_EVENT_LINK, 1, 0})};
}

TEST(StandIn, AskingForEventsEndsTheirNotification) {
    Notified notified(link_changed);
    notified.notify();
    ASSERT_TRUE(notified.wakes());
    ASSERT_EQ(notified.ask(), 0);
    EXPECT_FALSE(notified.wakes());
}

TEST(StandIn, TheNotificationOfWhatCameAfterTheAnswerStays) {
    Notified notified(link_changed);
    notified.notify();
    notified.notify();
    ASSERT_EQ(notified.ask(), 0);
    EXPECT_TRUE(notified.wakes());
}

TEST(StandIn, RefusedQuestionForEventsLeavesTheirNotification) {
    Notified notified([](Asked&) { return Told{.error = -EINVAL}; });
    notified.notify();
    EXPECT_EQ(notified.ask(), -EINVAL);
    EXPECT_TRUE(notified.wakes());
}

TEST(StandIn, MmapShowsThePagesThatTheSimulatorAnswers) {
    const Fd memory(::memfd_create("pages", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(memory.get(), 8192), 0);
    ASSERT_EQ(::pwrite(memory.get(), "second", 6, 4096), 6);
    FakeSimulator simulator([&](Asked& asked) -> Told {
        EXPECT_EQ(asked.request.offset, 0x5000U);
        EXPECT_EQ(asked.request.length, 4096U);
        EXPECT_EQ(asked.request.arg, static_cast<std::uint32_t>(PROT_READ));
        return {.value = 4096, .fd = memory.get()};
    });
    const Fd fd = connect_to_simulator();
    const long at = map(fd.get(), nullptr, 4096, PROT_READ, MAP_SHARED, 0x5000);
    ASSERT_GT(at, 0);
    EXPECT_EQ(std::memcmp(reinterpret_cast<void*>(at), "second", 6), 0);
    ::munmap(reinterpret_cast<void*>(at), 4096);
    EXPECT_EQ(map(fd.get(), nullptr, 4096, PROT_READ, MAP_PRIVATE, 0x5000), -EINVAL);
}

TEST(StandIn, ASimulatorThatGoesAwayIsAMissingDevice) {
    const bifurc_return give_back{};
    FakeSimulator simulator([](Asked&) -> Told { return {.hang_up = true}; });
    const Fd fd = connect_to_simulator();
    EXPECT_EQ(set_option(fd.get(), BIFURC_RETURN, &give_back, sizeof(give_back)), -ENODEV) << "in the verb";
    EXPECT_EQ(set_option(fd.get(), BIFURC_RETURN, &give_back, sizeof(give_back)), -ENODEV) << "before it";
}

TEST(StandIn, AnAnswerThatIsNoneIsRefused) {
    for (const Told& told : {Told{.magic = 1}, Told{.cut = 1}, Told{.cut = sizeof(Reply) - 1}, Told{.error = 5},
                             Told{.payload = std::vector<std::byte>(4000)}}) {
        FakeSimulator simulator([&](Asked&) { return told; });
        const Fd fd = connect_to_simulator();
        const bifurc_return give_back{};
        EXPECT_EQ(set_option(fd.get(), BIFURC_RETURN, &give_back, sizeof(give_back)), -EPROTO);
    }
}

TEST(Attach, TakesThePacketSocketsPlaceAndKeepsItsFlags) {
    Fd packet_socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!packet_socket) GTEST_SKIP() << "a packet socket needs CAP_NET_RAW";
    std::atomic<bool> was_packet_socket = false;
    FakeSimulator simulator([&](Asked& asked) -> Told {
        const bool names_netdev = asked.request.op == Op::owns || asked.request.op == Op::attach;
        if (names_netdev && std::strcmp(asked.request.ifname, "sim0") != 0) return {.error = -ENODEV};
        int domain = 0;
        socklen_t len = sizeof(domain);
        if (asked.request.op == Op::attach)
            was_packet_socket =
                ::getsockopt(asked.passed.get(), SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_PACKET;
        return {};
    });
    EXPECT_EQ(attach(packet_socket.get(), "other0\0\0\0\0\0\0\0\0\0"), -ENOTTY) << "the kernel's to judge";
    EXPECT_EQ(attach(packet_socket.get(), nullptr), -EFAULT);
    ASSERT_EQ(attach(packet_socket.get(), "sim0\0\0\0\0\0\0\0\0\0\0\0"), 0);
    EXPECT_TRUE(was_packet_socket);
    EXPECT_TRUE(is_connection(packet_socket.get()));
    EXPECT_NE(::fcntl(packet_socket.get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(packet_socket.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(attach(packet_socket.get(), "sim0\0\0\0\0\0\0\0\0\0\0\0"), 0) << "twice does no harm";

    const Fd copy(::dup(packet_socket.get()));
    packet_socket.close();
    const bifurc_return give_back{};
    EXPECT_EQ(set_option(copy.get(), BIFURC_RETURN, &give_back, sizeof(give_back)), 0)
        << "lives with its last descriptor";
}

TEST(Attach, NeedsAPacketSocket) {
    FakeSimulator simulator(echo);
    const Fd internet(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(attach(internet.get(), "sim0\0\0\0\0\0\0\0\0\0\0\0"), -ENOTTY);
}

TEST(Attach, WithoutASimulatorIsTheKernelsMatter) {
    const Fd packet_socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!packet_socket) GTEST_SKIP() << "a packet socket needs CAP_NET_RAW";
    EXPECT_EQ(attach(packet_socket.get(), "sim0\0\0\0\0\0\0\0\0\0\0\0"), -ENOTTY);
}

}  // namespace
}  // namespace bifurc::shim
