// SPDX-License-Identifier: BSD-3-Clause
#include "stand_in.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <span>

#include "../bifurc/bifurc_uapi.h"
#include "exchange.h"
#include "memory.h"

namespace bifurc::shim {
namespace {

// No structure of the ABI is near this; what lies beyond is left to the simulator's check of `size`.
constexpr std::size_t kMaxStructure = 1024;
using Structure = std::array<std::byte, kMaxStructure>;

constexpr std::array<int, 6> kGetOptions{BIFURC_INFO,    BIFURC_SPLIT,  BIFURC_REGIONS,
                                         BIFURC_DMA_MAP, BIFURC_EVENTS, BIFURC_STATS};
constexpr std::array<int, 6> kSetOptions{BIFURC_DMA_UNMAP, BIFURC_EVENTFD,        BIFURC_SYNC,
                                         BIFURC_RETURN,    PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP};

bool contains(std::span<const int> options, int option) noexcept {
    return std::ranges::find(options, option) != options.end();
}

bool is_packet_socket(int fd) noexcept {
    int domain = 0;
    socklen_t len = sizeof(domain);
    return raw(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_PACKET;
}

// The notification that announced what has just been told: just that one, since the next may be there already. A call
// that told nothing, because it was refused or never reached the simulator, leaves it there, and poll(2) still wakes.
void take_notification(int fd) noexcept {
    char notification = 0;
    raw(SYS_recvfrom, fd, &notification, sizeof(notification), MSG_DONTWAIT, nullptr, nullptr);
}

bool tells_events(std::span<const std::byte> structure) noexcept {
    bifurc_events events{};
    if (structure.size() < sizeof(events)) return false;
    std::memcpy(&events, structure.data(), sizeof(events));
    return events.events != 0;
}

// Both directions, before the verb acts: what could fail later cannot be undone.
int take_structure(void* optval, std::span<std::byte> structure) noexcept {
    if (copy_in(structure.data(), optval, structure.size()) < 0) return -EFAULT;
    return check_writable(optval, structure.size());
}

// DMA_MAP's reply: the structure, then the segments.
int dma_map(int fd, void* optval, socklen_t* optlen, std::span<std::byte> structure) noexcept {
    bifurc_dma_map map{};
    if (structure.size() < sizeof(map)) return -EINVAL;
    std::memcpy(&map, structure.data(), sizeof(map));
    const std::size_t fit = (kMaxPayload - structure.size()) / sizeof(bifurc_dma_segment);
    map.nr_segments = std::min<std::uint32_t>(map.nr_segments, static_cast<std::uint32_t>(fit));
    std::memcpy(structure.data(), &map, sizeof(map));

    auto* segments = reinterpret_cast<void*>(map.segments);
    const std::size_t segments_len = map.nr_segments * sizeof(bifurc_dma_segment);
    if (check_writable(segments, segments_len) < 0) return -EFAULT;
    const Scratch scratch(structure.size() + segments_len);
    if (!scratch) return -ENOMEM;

    const Answer answer = ask(fd, make_request(Op::get_option, BIFURC_DMA_MAP), structure, scratch.bytes());
    const std::size_t head = std::min(answer.len, structure.size());
    if (copy_out(optval, scratch.bytes().data(), head) < 0) return -EFAULT;
    if (copy_out(segments, scratch.bytes().data() + head, answer.len - head) < 0) return -EFAULT;
    if (answer.error < 0) return answer.error;
    const auto answered = static_cast<socklen_t>(head);
    return copy_out(optlen, &answered, sizeof(answered));
}

// The descriptor that goes beside the structure, or -1. -EBADF: it is not open; told before the request opens
// descriptors of its own, which may get that very number.
int eventfd_of(std::span<const std::byte> structure) noexcept {
    bifurc_eventfd eventfd{};
    if (structure.size() < sizeof(eventfd)) return -1;
    std::memcpy(&eventfd, structure.data(), sizeof(eventfd));
    if (eventfd.fd < 0) return -1;
    return raw(SYS_fcntl, eventfd.fd, F_GETFD) < 0 ? -EBADF : eventfd.fd;
}

}  // namespace

int get_option(int fd, int option, void* optval, socklen_t* optlen) noexcept {
    if (!contains(kGetOptions, option)) return -ENOPROTOOPT;
    socklen_t len = 0;
    if (copy_in(&len, optlen, sizeof(len)) < 0) return -EFAULT;
    if (len > INT_MAX) return -EINVAL;  // a negative int to the kernel
    Structure buffer;
    const auto structure = std::span(buffer).first(std::min<std::size_t>(len, buffer.size()));
    if (const int error = take_structure(optval, structure); error < 0) return error;
    if (copy_out(optlen, &len, sizeof(len)) < 0) return -EFAULT;
    if (option == BIFURC_DMA_MAP) return dma_map(fd, optval, optlen, structure);

    Structure room;
    const Answer answer = ask(fd, make_request(Op::get_option, static_cast<std::uint32_t>(option)), structure, room);
    const auto answered = static_cast<socklen_t>(std::min(answer.len, structure.size()));
    if (option == BIFURC_EVENTS && answer.error == 0 && tells_events(std::span(room).first(answered))) {
        take_notification(fd);
    }
    if (copy_out(optval, room.data(), answered) < 0) return -EFAULT;
    if (answer.error < 0) return answer.error;
    return copy_out(optlen, &answered, sizeof(answered));
}

int set_option(int fd, int option, const void* optval, socklen_t optlen) noexcept {
    if (!contains(kSetOptions, option)) return -ENOPROTOOPT;
    if (optlen > INT_MAX) return -EINVAL;
    Structure buffer;
    const auto structure = std::span(buffer).first(std::min<std::size_t>(optlen, buffer.size()));
    if (copy_in(structure.data(), optval, structure.size()) < 0) return -EFAULT;
    const int passed = option == BIFURC_EVENTFD ? eventfd_of(structure) : -1;
    if (passed < -1) return passed;
    return ask(fd, make_request(Op::set_option, static_cast<std::uint32_t>(option)), structure, {}, passed).error;
}

int attach(int fd, const void* user_ifreq) noexcept {
    if (is_connection(fd)) return 0;  // attached before
    if (!is_packet_socket(fd)) return -ENOTTY;
    char name[IFNAMSIZ] = {};
    if (copy_in(name, user_ifreq, sizeof(name)) < 0) return -EFAULT;  // ifr_name is ifreq's first member
    name[IFNAMSIZ - 1] = '\0';
    const Fd connection = connect_to_simulator();
    if (!connection || !owns(connection.get(), name)) return -ENOTTY;

    // O_NONBLOCK is the open file's, O_CLOEXEC the descriptor's: the program set them and keeps them.
    const long status = raw(SYS_fcntl, fd, F_GETFL);
    const long descriptor = raw(SYS_fcntl, fd, F_GETFD);
    if (status < 0 || descriptor < 0) return -EBADF;
    const Answer answer = ask(connection.get(), make_request(Op::attach, 0, name), {}, {}, fd);
    if (answer.error < 0) return answer.error;
    raw(SYS_fcntl, connection.get(), F_SETFL, status & O_NONBLOCK);
    const int cloexec = (descriptor & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0;
    const long put = raw(SYS_dup3, connection.get(), fd, cloexec);
    return put < 0 ? static_cast<int>(put) : 0;
}

long map(int fd, void* addr, std::size_t len, int prot, int flags, std::int64_t offset) noexcept {
    if ((flags & MAP_TYPE) == MAP_PRIVATE) return -EINVAL;  // a private copy of a register would reach no queue
    Request request = make_request(Op::mmap, static_cast<std::uint32_t>(prot));
    request.offset = static_cast<std::uint64_t>(offset);
    request.length = len;
    const Answer answer = ask(fd, request, {}, {});
    if (answer.error < 0) return answer.error;
    if (!answer.fd) return -EPROTO;
    return raw(SYS_mmap, addr, len, prot, flags, answer.fd.get(), answer.value);
}

}  // namespace bifurc::shim
