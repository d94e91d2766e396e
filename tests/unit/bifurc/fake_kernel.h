// SPDX-License-Identifier: BSD-3-Clause
// A kernel that the test plays: one netdev "eth0" whose driver can split, every answer of which a test may replace.
#pragma once

#include <linux/if_packet.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bifurc/bifurc_uapi.h"
#include "bifurc/kernel.h"
#include "bifurc/rights.h"

namespace bifurc::client {

inline constexpr unsigned kIfindex = 7;
inline constexpr std::uint64_t kBarLen = 0x20000;
inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::uint64_t kAllCapabilities = ~std::uint64_t{0};

inline bifurc_info good_info() {
    bifurc_info info{};
    info.size = sizeof(info);
    info.abi_version = BIFURC_ABI_VERSION;
    std::strcpy(info.driver, "ixgbe");
    info.ifindex = kIfindex;
    info.chip = BIFURC_CHIP_82599;
    info.ring_min = 64;
    info.ring_max = 4096;
    info.ring_multiple = 8;
    info.pairs_total = 64;
    info.pairs_kernel = 32;
    info.pairs_free = 32;
    info.bar_len = kBarLen;
    return info;
}

inline bifurc_regions good_regions() {
    bifurc_regions regions{};
    regions.size = sizeof(regions);
    regions.count = 3;
    regions.generation = 1;
    regions.region[0] = {0x0000, 0x1000, 0x1000, BIFURC_REGION_BAR};
    regions.region[1] = {0x1000, 0x6000, 0x1000, BIFURC_REGION_BAR};
    regions.region[2] = {0x2000, 0, 0x1000, BIFURC_REGION_STATUS};
    return regions;
}

class FakeKernel final : public Kernel {
public:
    using Get = std::function<int(void* value, socklen_t* len)>;
    using Set = std::function<int(const void* value, socklen_t len)>;

    FakeKernel() {
        answer(BIFURC_INFO, good_info());
        answer(BIFURC_REGIONS, good_regions());
        get[BIFURC_SPLIT] = [](void* value, socklen_t*) {
            auto& split = *static_cast<bifurc_split*>(value);
            if (split.first == BIFURC_FIRST_ANY) split.first = 32;
            split.generation = 1;
            return 0;
        };
        get[BIFURC_DMA_MAP] = [this](void* value, socklen_t*) {
            return map_as(*static_cast<bifurc_dma_map*>(value), {{0, 0, 0}});
        };
        answer(BIFURC_EVENTS, bifurc_events{sizeof(bifurc_events), BIFURC_EVENT_LINK, 1, 0});
        answer(BIFURC_STATS, bifurc_stats{sizeof(bifurc_stats), 0, BIFURC_STATS_RX_MISSED, 0, 5, 0});
        for (const int option : {BIFURC_DMA_UNMAP, BIFURC_EVENTFD, BIFURC_SYNC, BIFURC_RETURN})
            set[option] = [](const void*, socklen_t) { return 0; };
        for (const int option : {PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP})
            set[option] = [](const void*, socklen_t) { return 0; };
    }

    // Every answer to this verb is a copy of `value`.
    template <class T>
    void answer(int option, const T& value) {
        get[option] = [value](void* out, socklen_t*) {
            std::memcpy(out, &value, sizeof(value));
            return 0;
        };
    }
    void refuse(int option, int code) {
        get[option] = [code](void*, socklen_t*) { return -code; };
        set[option] = [code](const void*, socklen_t) { return -code; };
    }
    // Answers these segments; a length of 0 stands for the whole request.
    int map_as(bifurc_dma_map& request, std::vector<bifurc_dma_segment> segments) {
        if (segments.size() == 1 && segments[0].len == 0) segments[0] = {0, request.len, request.va ^ kBusFlip};
        const bool fits = segments.size() <= request.nr_segments;
        request.nr_segments = static_cast<std::uint32_t>(segments.size());
        if (!fits) return -ENOSPC;
        std::copy(segments.begin(), segments.end(), reinterpret_cast<bifurc_dma_segment*>(request.segments));
        request.id = ++last_id;
        return 0;
    }
    static constexpr std::uint64_t kBusFlip = std::uint64_t{1} << 52;

    int packet_socket() noexcept override { return socket_answer < 0 ? socket_answer : backing(); }
    int bind(int, unsigned ifindex) noexcept override { return ifindex == kIfindex ? bind_answer : -ENODEV; }
    int bound_ifindex(int) noexcept override { return bound_answer; }
    int attach(int, const char* iface) noexcept override {
        attached_as = iface;
        if (attach_answer == 0) attached = true;
        return attach_answer;
    }
    int get_option(int, int level, int option, void* value, socklen_t* len) noexcept override {
        asked.push_back(option);
        if (level != SOL_PACKET || !attached || get.count(option) == 0) return -ENOPROTOOPT;
        return get[option](value, len);
    }
    int set_option(int, int level, int option, const void* value, socklen_t len) noexcept override {
        asked.push_back(option);
        if (level != SOL_PACKET || !attached || set.count(option) == 0) return -ENOPROTOOPT;
        return set[option](value, len);
    }
    int close(int fd) noexcept override {
        open.erase(fd);
        return ::close(fd);
    }
    Result<void*> mmap(void* at, std::size_t len, int prot, int flags, int fd, off_t offset) noexcept override {
        if (fd >= 0 && mmaps_until_failure-- == 0) return Errno{mmap_error};
        void* mapped = ::mmap(at, len, prot, flags, fd, offset);
        if (mapped == MAP_FAILED) return Errno{errno};
        return mapped;
    }
    int munmap(void* at, std::size_t len) noexcept override { return ::munmap(at, len); }
    std::string alternative_name;
    unsigned name_to_index(const char* iface) noexcept override {
        const std::string name{iface};
        return name == "eth0" || name == alternative_name ? kIfindex : 0;
    }
    bool index_to_name(unsigned ifindex, char (&name)[16]) noexcept override {
        if (ifindex != kIfindex) return false;
        std::strcpy(name, "eth0");
        return true;
    }
    std::uint64_t capabilities() noexcept override { return effective; }
    ssize_t read_file(const char* path, void* buffer, std::size_t room) noexcept override {
        const auto file = files.find(path);
        if (file == files.end()) return -ENOENT;
        return static_cast<ssize_t>(file->second.copy(static_cast<char*>(buffer), room));
    }
    Result<std::uint64_t> inode(const char* path) noexcept override {
        if (path != std::string{kUserNamespaceFile}) return Errno{ENOENT};
        return user_namespace;
    }

    // A file in memory takes the socket's place, so that its pages can be mapped.
    int backing() {
        const int fd = ::memfd_create("registers", MFD_CLOEXEC);
        if (fd < 0 || ::ftruncate(fd, 16 * kPage) < 0) return -errno;
        open.insert(fd);
        return fd;
    }

    std::map<int, Get> get;
    std::map<int, Set> set;
    std::vector<int> asked;  // options, in order
    std::set<int> open;
    std::string attached_as;
    bool attached = false;
    int socket_answer = 0;
    int bind_answer = 0;
    int attach_answer = 0;
    int bound_answer = kIfindex;
    int mmaps_until_failure = -1;  // of the socket; -1: all succeed
    int mmap_error = ENODEV;
    std::uint64_t last_id = 0;
    std::uint64_t effective = kAllCapabilities;
    std::map<std::string, std::string> files;
    std::uint64_t user_namespace = kInitialUserNamespace;
};

}  // namespace bifurc::client
