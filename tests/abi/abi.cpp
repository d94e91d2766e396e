// SPDX-License-Identifier: BSD-3-Clause
#include "abi.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace bifurc::abi {
namespace {

Options g_options;

ifreq request_for(const std::string& netdev) {
    ifreq request{};
    netdev.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
    return request;
}

}  // namespace

const Options& options() { return g_options; }
void set_options(Options given) { g_options = std::move(given); }

void Fd::close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

Map anonymous(std::size_t len, int prot) {
    return {::mmap(nullptr, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0), len};
}

int get_raw(int fd, int verb, void* value, socklen_t len) {
    return ::getsockopt(fd, SOL_PACKET, verb, value, &len) < 0 ? errno : 0;
}

int set_raw(int fd, int verb, const void* value, socklen_t len) {
    return ::setsockopt(fd, SOL_PACKET, verb, value, len) < 0 ? errno : 0;
}

Fd bound(const std::string& netdev) {
    Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    EXPECT_GE(fd.get(), 0) << std::strerror(errno);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(::if_nametoindex(netdev.c_str()));
    EXPECT_NE(address.sll_ifindex, 0) << netdev;
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << std::strerror(errno);
    return fd;
}

int attach(int fd, const std::string& netdev) {
    ifreq request = request_for(netdev);
    request.ifr_ifindex = fd;  // which socket: the netdev's driver is not told
    return ::ioctl(fd, BIFURC_SIOCATTACH, &request) < 0 ? errno : 0;
}

Fd open_port() {
    Fd fd = bound();
    bifurc_info info{};
    int code = get(fd.get(), BIFURC_INFO, info);
    if (code == ENOPROTOOPT) {
        EXPECT_EQ(attach(fd.get()), 0);
        code = get(fd.get(), BIFURC_INFO, info);
    }
    EXPECT_EQ(code, 0) << std::strerror(code);
    return fd;
}

bifurc_info info(int fd) {
    bifurc_info info{};
    EXPECT_EQ(get(fd, BIFURC_INFO, info), 0);
    return info;
}

int split(int fd, std::uint32_t pairs, std::uint32_t first, bifurc_split* answer) {
    bifurc_split request{};
    request.first = first;
    request.pairs = pairs;
    const int code = get(fd, BIFURC_SPLIT, request);
    if (answer != nullptr) *answer = request;
    return code;
}

int give_back(int fd) { return set(fd, BIFURC_RETURN, bifurc_return{}); }

int sync(int fd, const bifurc_split& held) {
    bifurc_sync request{};
    request.first = held.first;
    request.pairs = held.pairs;
    request.generation = held.generation;
    return set(fd, BIFURC_SYNC, request);
}

bifurc_regions regions(int fd) {
    bifurc_regions regions{};
    EXPECT_EQ(get(fd, BIFURC_REGIONS, regions), 0);
    EXPECT_LE(regions.count, std::uint32_t{BIFURC_REGIONS_MAX});
    return regions;
}

bifurc_region region_of(const bifurc_regions& regions, std::uint32_t kind) {
    for (std::uint32_t i = 0; i < regions.count && i < BIFURC_REGIONS_MAX; ++i) {
        if (regions.region[i].kind == kind) return regions.region[i];
    }
    ADD_FAILURE() << "no region of kind " << kind;
    return {};
}

Map map_region(int fd, const bifurc_region& region) {
    const int prot = region.kind == BIFURC_REGION_STATUS ? PROT_READ : PROT_READ | PROT_WRITE;
    return {::mmap(nullptr, region.len, prot, MAP_SHARED, fd, static_cast<off_t>(region.mmap_offset)), region.len};
}

int dma_map(int fd, std::uint64_t va, std::uint64_t len, bifurc_dma_map& request,
            std::vector<bifurc_dma_segment>& segments) {
    request = {};
    request.va = va;
    request.len = len;
    request.dmabuf_fd = -1;
    request.nr_segments = static_cast<std::uint32_t>(segments.size());
    request.segments = reinterpret_cast<std::uintptr_t>(segments.data());
    return get(fd, BIFURC_DMA_MAP, request);
}

bool is_up() {
    const Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request = request_for(options().netdev);
    return ::ioctl(fd.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

bool set_up(bool up) {
    const Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request = request_for(options().netdev);
    if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0) return false;
    request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    return ::ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

// rtnetlink(7): flags hide what only memberships asked for, IFLA_PROMISCUITY counts it.
std::optional<unsigned> promiscuity() {
    const Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    struct {
        nlmsghdr header;
        ifinfomsg link;
    } request{};
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.link.ifi_index = static_cast<int>(::if_nametoindex(options().netdev.c_str()));
    if (::send(fd.get(), &request, sizeof(request), 0) < 0) return std::nullopt;
    alignas(nlmsghdr) char buffer[16384];
    const ssize_t got = ::recv(fd.get(), buffer, sizeof(buffer), 0);
    auto* header = reinterpret_cast<nlmsghdr*>(buffer);
    if (got < static_cast<ssize_t>(sizeof(nlmsghdr)) || header->nlmsg_type != RTM_NEWLINK) return std::nullopt;
    auto len = static_cast<int>(IFLA_PAYLOAD(header));
    for (auto* at = IFLA_RTA(NLMSG_DATA(header)); RTA_OK(at, len); at = RTA_NEXT(at, len)) {
        if (at->rta_type == IFLA_PROMISCUITY) return *static_cast<unsigned*>(RTA_DATA(at));
    }
    return std::nullopt;
}

bool run(const std::string& command) {
    const int status = std::system(command.c_str());
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        ::poll(nullptr, 0, 1);
    }
    return true;
}

int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
}

namespace {

int signal_of(const std::function<int()>& access) {
    const int status = in_child([&] {
        std::signal(SIGSEGV, SIG_DFL);
        std::signal(SIGBUS, SIG_DFL);
        return access();
    });
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

int signal_of_read(const void* at) {
    return signal_of([at] { return static_cast<int>(*static_cast<const volatile std::uint32_t*>(at) & 0); });
}

int signal_of_write(void* at) {
    return signal_of([at] {
        *static_cast<volatile std::uint32_t*>(at) = 0;
        return 0;
    });
}

void SplitTest::take(std::uint32_t pairs) {
    port_ = open_port();
    if (info(fd()).pairs_free < pairs) GTEST_SKIP() << options().netdev << " has fewer than " << pairs << " free pairs";
    ASSERT_EQ(split(fd(), pairs, BIFURC_FIRST_ANY, &held_), 0);
}

}  // namespace bifurc::abi
