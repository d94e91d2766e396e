// SPDX-License-Identifier: BSD-3-Clause
// The handle: opening, closing, duplicating, handing on, and what a packet socket is otherwise asked.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker.h"

namespace bifurc::fuzz {
namespace {

int put(Slot& slot, int fd) {
    if (fd < 0) return errno;
    const int old = slot.fd.exchange(fd);
    if (old >= 0) ::close(old);
    return 0;
}

int open_bound(Worker& worker) { return put(worker.empty_slot(), bound_socket()); }
int open_attached(Worker& worker) { return put(worker.empty_slot(), attached_socket()); }

// As far as a well-behaved borrower comes.
int open_split(Worker& worker) {
    Slot& slot = worker.empty_slot();
    const int fd = attached_socket();
    if (fd < 0) return errno;
    bifurc_split answer{};
    const int err = split(fd, 1, &answer);
    slot.hints.first = answer.first;
    slot.hints.generation = answer.generation;
    put(slot, fd);
    return err;
}

int attach_slot(Worker& worker) {
    const int through = worker.slot().fd;
    return attach(through, worker.random.one_in(4) ? static_cast<int>(worker.random.below(40)) : through);
}

int close_slot(Worker& worker) {
    const int fd = worker.slot().fd.exchange(kNone);
    if (fd < 0) return kNothingToDo;
    return ::close(fd) < 0 ? errno : 0;
}

int duplicate(Worker& worker) { return put(worker.empty_slot(), ::fcntl(worker.slot().fd, F_DUPFD_CLOEXEC, 0)); }

int renew_eventfd(Worker& worker) {
    const int old =
        worker.pool.eventfds[worker.random.below(worker.pool.eventfds.size())].exchange(::eventfd(0, EFD_NONBLOCK));
    if (old >= 0) ::close(old);
    return 0;
}

int send_descriptors(int through, std::span<const int> fds) {
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(head), fds.data(), fds.size_bytes());
    return ::sendmsg(through, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

int pass_on(Worker& worker) {
    const std::array fds{worker.slot().fd.load()};
    return send_descriptors(worker.pool.mailbox, fds);
}

int take_over(Worker& worker) {
    std::array<char, 8> data{};
    iovec into{data.data(), data.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(worker.pool.mailbox, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return errno;
    const cmsghdr* head = CMSG_FIRSTHDR(&message);
    if (head == nullptr) return kNothingToDo;
    int fd = kNone;
    std::memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    return put(worker.empty_slot(), fd);
}

// A socket that only the kernel's garbage collector of such cycles will close.
int pass_in_a_cycle(Worker& worker) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) < 0) return errno;
    const std::array fds{worker.slot().fd.load(), ends[1]};
    const int err = send_descriptors(ends[0], fds);
    for (const int fd : ends) ::close(fd);
    return err;
}

int rebind(Worker& worker) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = worker.random.one_in(2) ? 0 : 0xb588;
    address.sll_ifindex =
        static_cast<int>(worker.random.one_in(2) ? ::if_nametoindex(kNetdev) : worker.random.below(4));
    return ::bind(worker.slot().fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0 ? errno : 0;
}

// A ring of af_packet's own on the same socket, perhaps mapped; without any number it is taken away again.
int ring_of_its_own(Worker& worker) {
    const int fd = worker.slot().fd;
    tpacket_req request{};
    if (!worker.random.one_in(3))
        request = {.tp_block_size = kPage, .tp_block_nr = 2, .tp_frame_size = 2048, .tp_frame_nr = 4};
    const int which = worker.random.one_in(2) ? PACKET_RX_RING : PACKET_TX_RING;
    if (::setsockopt(fd, SOL_PACKET, which, &request, sizeof(request)) < 0) return errno;
    if (request.tp_block_nr == 0) return 0;
    void* at = ::mmap(worker.window(), 2 * kPage, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    return at == MAP_FAILED ? errno : 0;
}

int ordinary_option(Worker& worker) {
    static constexpr std::array kOptions{PACKET_AUXDATA,   PACKET_VERSION,      PACKET_LOSS,
                                         PACKET_RESERVE,   PACKET_VNET_HDR,     PACKET_FANOUT,
                                         PACKET_TIMESTAMP, PACKET_QDISC_BYPASS, PACKET_COPY_THRESH};
    const int value = static_cast<int>(worker.random.below(4));
    const int fd = worker.slot().fd;
    if (worker.random.one_in(3)) {
        tpacket_stats_v3 statistics{};
        return get_verb(fd, PACKET_STATISTICS, &statistics, sizeof(statistics));
    }
    return set_verb(fd, worker.random.of(kOptions), &value, sizeof(value));
}

int join(Worker& worker) {
    packet_mreq request{};
    request.mr_ifindex = static_cast<int>(::if_nametoindex(kNetdev));
    request.mr_type = PACKET_MR_ALLMULTI;
    return set_verb(worker.slot().fd, worker.random.one_in(2) ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP,
                    &request, sizeof(request));
}

int filter(Worker& worker) {
    sock_filter all{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0xffff};
    const sock_fprog program{.len = 1, .filter = &all};
    return ::setsockopt(worker.slot().fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? errno : 0;
}

int transfer(Worker& worker) {
    std::array<unsigned char, 64> frame{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2, 0x88, 0xb5};
    const int fd = worker.slot().fd;
    if (worker.random.one_in(2)) return ::send(fd, frame.data(), frame.size(), MSG_DONTWAIT) < 0 ? errno : 0;
    return ::recv(fd, frame.data(), frame.size(), MSG_DONTWAIT) < 0 ? errno : 0;
}

int wait_for_events(Worker& worker) {
    pollfd waiting{.fd = worker.slot().fd, .events = POLLIN | POLLPRI, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(worker.random.below(3))) < 0 ? errno : 0;
}

// Opens in a namespace of its own, in the one that the netdev is sometimes moved to, or at home.
int open_elsewhere(Worker& worker) {
    const int there = worker.random.one_in(2) ? ::open("/run/netns/fuzz", O_RDONLY | O_CLOEXEC) : kNone;
    int err = there >= 0 ? ::setns(there, CLONE_NEWNET) : ::unshare(CLONE_NEWNET);
    if (there >= 0) ::close(there);
    if (err == 0) err = put(worker.empty_slot(), worker.random.one_in(2) ? attached_socket() : bound_socket());
    if (worker.random.one_in(2)) attach_slot(worker);
    ::setns(worker.pool.home, CLONE_NEWNET);
    return err;
}

constexpr std::array kOperations{
    Operation{"open_bound", 2, open_bound},
    Operation{"open_attached", 4, open_attached},
    Operation{"open_split", 8, open_split},
    Operation{"attach", 4, attach_slot},
    Operation{"close", 4, close_slot},
    Operation{"duplicate", 3, duplicate},
    Operation{"renew_eventfd", 2, renew_eventfd},
    Operation{"pass_on", 3, pass_on},
    Operation{"take_over", 3, take_over},
    Operation{"pass_in_a_cycle", 1, pass_in_a_cycle},
    Operation{"rebind", 1, rebind},
    Operation{"ring_of_its_own", 2, ring_of_its_own},
    Operation{"ordinary_option", 3, ordinary_option},
    Operation{"join", 1, join},
    Operation{"filter", 1, filter},
    Operation{"transfer", 3, transfer},
    Operation{"wait_for_events", 3, wait_for_events},
    Operation{"open_elsewhere", 1, open_elsewhere},
};

}  // namespace

std::span<const Operation> socket_operations() { return kOperations; }

}  // namespace bifurc::fuzz
