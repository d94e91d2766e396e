// SPDX-License-Identifier: BSD-3-Clause
#include "fake_client.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <rte_memory.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace {

constexpr std::size_t kBarLen = 0x20000;

rte_bifurc_driver* registered = nullptr;
rte_bifurc* opened = nullptr;  // a test has one at a time

int fail(rte_bifurc_error* error, int code, const char* text) {
    if (error != nullptr && code != 0) {
        error->code = code;
        std::snprintf(error->text, sizeof(error->text), "%s", text);
    }
    return code;
}

int note_mac(rte_bifurc* nic, const char* verb, const std::uint8_t* mac) {
    char text[32];
    std::snprintf(text, sizeof(text), "%s %02x:%02x", verb, mac[0], mac[5]);
    nic->calls.emplace_back(text);
    return 0;
}

int answer_ethtool(rte_bifurc& nic, const ifreq& request) {
    std::uint32_t command = 0;
    std::memcpy(&command, request.ifr_data, sizeof(command));
    const auto handler = nic.ethtool.find(command);
    errno = EOPNOTSUPP;
    if (handler == nic.ethtool.end()) return -1;
    const int rc = handler->second(request.ifr_data);
    errno = -rc;
    return rc == 0 ? 0 : -1;
}

// Of the port's netdev, whatever it is called now.
int answer_netdev(rte_bifurc& nic, unsigned long command, ifreq& request) {
    errno = ENODEV;
    if (command == SIOCGIFNAME) {
        if (request.ifr_ifindex != static_cast<int>(nic.info.ifindex)) return -1;
        std::snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic.name.c_str());
        return 0;
    }
    if (nic.name != request.ifr_name) return -1;
    if (command == SIOCETHTOOL) return answer_ethtool(nic, request);
    nic.info.mtu = static_cast<std::uint32_t>(request.ifr_mtu);
    return 0;
}

}  // namespace

extern "C" {

// The driver's questions to the kernel about the netdev are answered by the test.
int ioctl(int fd, unsigned long request, ...) noexcept {
    std::va_list arguments;
    va_start(arguments, request);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    const bool of_netdev = request == SIOCETHTOOL || request == SIOCGIFNAME || request == SIOCSIFMTU;
    if (of_netdev && opened != nullptr && fd == opened->fd)
        return answer_netdev(*opened, request, *static_cast<ifreq*>(argument));
    return static_cast<int>(syscall(SYS_ioctl, fd, request, argument));
}

void rte_bifurc_register(rte_bifurc_driver* driver) { registered = driver; }
void rte_bifurc_unregister(rte_bifurc_driver*) { registered = nullptr; }

int rte_bifurc_fd(const rte_bifurc* nic) { return nic->fd; }
const char* rte_bifurc_iface(const rte_bifurc*) { return "eth0"; }
const volatile bifurc_status* rte_bifurc_status_page(const rte_bifurc* nic) { return &nic->status; }
const std::uint32_t* rte_bifurc_dma_epoch(const rte_bifurc* nic) { return &nic->epoch; }

int rte_bifurc_info(rte_bifurc* nic, bifurc_info* info, rte_bifurc_error*) {
    *info = nic->info;
    return 0;
}
int rte_bifurc_status(const rte_bifurc* nic, bifurc_status* status) {
    *status = nic->status;
    return 0;
}
int rte_bifurc_map(rte_bifurc* nic, void** window, rte_bifurc_error* error) {
    nic->calls.emplace_back("map");
    if (nic->map_result != 0) return fail(error, nic->map_result, "eth0 cannot be mapped");
    std::fill(nic->window.begin(), nic->window.end(), 0u);
    nic->status.state = BIFURC_STATE_LIVE;
    *window = nic->window.data();
    return 0;
}
bool rte_bifurc_dma_find(const rte_bifurc* nic, const void*, rte_bifurc_dma* stretch) {
    *stretch = {0, rte_bifurc::kAddressSpace, rte_bifurc::kDelta};
    return nic->everything_mapped;
}
std::uint64_t rte_bifurc_dma_bus(const rte_bifurc* nic, const void* va, std::size_t) {
    return nic->everything_mapped ? reinterpret_cast<std::uintptr_t>(va) + rte_bifurc::kDelta : RTE_BIFURC_BUS_INVALID;
}
int rte_bifurc_sync(rte_bifurc* nic, std::uint32_t first, std::uint32_t pairs, rte_bifurc_error* error) {
    nic->calls.push_back("sync " + std::to_string(first) + "+" + std::to_string(pairs));
    return fail(error, nic->sync_result, "eth0 is not at rest");
}
int rte_bifurc_eventfd(rte_bifurc* nic, std::uint32_t pair, int fd, bool arm, rte_bifurc_error*) {
    const char* what = fd >= 0 ? "attach" : fd == BIFURC_EVENTFD_KEEP ? "keep" : "detach";
    nic->calls.push_back("eventfd " + std::to_string(pair) + " " + what + (arm ? " armed" : ""));
    return 0;
}
int rte_bifurc_events(rte_bifurc* nic, std::uint32_t* events, rte_bifurc_error*) {
    char byte;
    while (recv(nic->fd, &byte, 1, MSG_DONTWAIT) == 1) {
    }
    *events = __atomic_exchange_n(&nic->events, 0, __ATOMIC_SEQ_CST);
    return 0;
}
int rte_bifurc_stats(rte_bifurc* nic, std::uint32_t pair, bifurc_stats* stats, rte_bifurc_error*) {
    stats->valid = BIFURC_STATS_RX_MISSED;
    stats->rx_missed = pair == nic->info.first ? nic->rx_missed : 0;
    return 0;
}
int rte_bifurc_promiscuous(rte_bifurc* nic, bool on, rte_bifurc_error*) {
    nic->calls.emplace_back(on ? "promiscuous on" : "promiscuous off");
    return 0;
}
int rte_bifurc_allmulticast(rte_bifurc* nic, bool on, rte_bifurc_error*) {
    nic->calls.emplace_back(on ? "allmulticast on" : "allmulticast off");
    return 0;
}
int rte_bifurc_mac_add(rte_bifurc* nic, const std::uint8_t mac[6], rte_bifurc_error*) {
    return note_mac(nic, "join", mac);
}
int rte_bifurc_mac_remove(rte_bifurc* nic, const std::uint8_t mac[6], rte_bifurc_error*) {
    return note_mac(nic, "leave", mac);
}

}  // extern "C"

namespace bifurc::test {

FakeDevice::FakeDevice(unsigned first, unsigned pairs, std::uint32_t chip) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
        nic.fd = ends[0];
        nic.peer = ends[1];
    }
    opened = &nic;
    for (const std::uint32_t command : {ETHTOOL_GRXCSUM, ETHTOOL_GTXCSUM, ETHTOOL_GTSO}) ethtool_word(command, 1);
    ethtool_word(ETHTOOL_GFLAGS, ETH_FLAG_RXVLAN | ETH_FLAG_TXVLAN | ETH_FLAG_RXHASH);
    nic.info.chip = chip;
    nic.info.bar_len = kBarLen;
    nic.info.mtu = 1500;
    nic.info.ifindex = 7;
    nic.info.pairs_total = 64;
    nic.info.pairs_kernel = 32;
    nic.info.pairs_free = 32 - pairs;
    nic.info.features = BIFURC_FEATURE_MARKS;
    nic.info.mtu_max = 9710;
    nic.info.ring_min = 32;
    nic.info.ring_max = 4096;
    nic.info.ring_multiple = 8;
    nic.info.first = first;
    nic.info.pairs = pairs;
    nic.info.mac[0] = 2;
    nic.status.state = BIFURC_STATE_LIVE;
    nic.status.generation = 1;
    nic.status.link_up = 1;
    nic.status.speed_mbps = 10000;
    nic.status.full_duplex = 1;

    device.device.name = "rte_bifurc0";
    device.device.numa_node = SOCKET_ID_ANY;
    device.device.driver = &registered->driver;
    device.handle = &nic;
    device.info = nic.info;
    device.first = first;
    device.pairs = pairs;
    device.window = nic.window.data();
    device.intr_handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
    rte_intr_type_set(device.intr_handle, RTE_INTR_HANDLE_EXT);
    rte_intr_fd_set(device.intr_handle, nic.fd);
}

FakeDevice::~FakeDevice() {
    opened = nullptr;
    rte_intr_instance_free(device.intr_handle);
    close(nic.fd);
    if (nic.peer >= 0) close(nic.peer);
}

int FakeDevice::probe() { return registered->probe(registered, &device); }
int FakeDevice::remove() { return registered->remove(&device); }

void FakeDevice::raise(std::uint32_t events) {
    __atomic_fetch_or(&nic.events, events, __ATOMIC_SEQ_CST);
    const char byte = 1;
    static_cast<void>(!send(nic.peer, &byte, 1, 0));
}

void FakeDevice::ethtool_word(std::uint32_t command, std::uint32_t word) {
    nic.ethtool[command] = [word](void* structure) {
        static_cast<ethtool_value*>(structure)->data = word;
        return 0;
    };
}

void FakeDevice::hang_up() {
    close(nic.peer);
    nic.peer = -1;
}

void FakeDevice::reset_by_kernel() {
    nic.status.state = BIFURC_STATE_QUIESCED;
    ++nic.status.generation;
    std::fill(nic.window.begin(), nic.window.end(), 0u);
}

}  // namespace bifurc::test
