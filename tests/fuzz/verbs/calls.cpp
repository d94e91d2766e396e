// SPDX-License-Identifier: BSD-3-Clause
#include "calls.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

namespace bifurc::fuzz {

int get_verb(int fd, int verb, void* value, socklen_t len) {
    return ::getsockopt(fd, SOL_PACKET, verb, value, &len) < 0 ? errno : 0;
}

int set_verb(int fd, int verb, const void* value, socklen_t len) {
    return ::setsockopt(fd, SOL_PACKET, verb, value, len) < 0 ? errno : 0;
}

int bound_socket() {
    const int fd = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(::if_nametoindex(kNetdev));
    if (fd >= 0 && address.sll_ifindex != 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
        return fd;
    if (fd >= 0) ::close(fd);
    return -1;
}

int attach(int fd, int which) {
    ifreq request{};
    std::strcpy(request.ifr_name, kNetdev);
    request.ifr_ifindex = which;
    return ::ioctl(fd, BIFURC_SIOCATTACH, &request) < 0 ? errno : 0;
}

int attached_socket() {
    const int fd = bound_socket();
    if (fd < 0 || attach(fd, fd) == 0) return fd;
    ::close(fd);
    return -1;
}

int split(int fd, std::uint32_t pairs, bifurc_split* answer) {
    *answer = {};
    answer->first = BIFURC_FIRST_ANY;
    answer->pairs = pairs;
    return get(fd, BIFURC_SPLIT, *answer);
}

int give_back(int fd) { return set(fd, BIFURC_RETURN, bifurc_return{}); }

int dma_map(int fd, const void* at, std::size_t len, bifurc_dma_segment* segments, std::uint32_t room,
            std::uint64_t* id) {
    bifurc_dma_map map{};
    map.va = reinterpret_cast<std::uint64_t>(at);
    map.len = len;
    map.dmabuf_fd = -1;
    map.nr_segments = room;
    map.segments = reinterpret_cast<std::uint64_t>(segments);
    const int err = get(fd, BIFURC_DMA_MAP, map);
    if (err == 0 && id != nullptr) *id = map.id;
    return err;
}

int dma_unmap(int fd, std::uint64_t id) {
    bifurc_dma_unmap unmap{};
    unmap.id = id;
    return set(fd, BIFURC_DMA_UNMAP, unmap);
}

int sync_pair(int fd, const bifurc_split& split) {
    bifurc_sync sync{};
    sync.first = split.first;
    sync.pairs = 1;
    sync.generation = split.generation;
    return set(fd, BIFURC_SYNC, sync);
}

int arm_eventfd(int fd, const bifurc_split& split, int eventfd) {
    bifurc_eventfd request{};
    request.flags = BIFURC_EVENTFD_ARM;
    request.pair = split.first;
    request.fd = eventfd;
    request.generation = split.generation;
    return set(fd, BIFURC_EVENTFD, request);
}

}  // namespace bifurc::fuzz
