// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_gate.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>

namespace bifurc::sim {
namespace {

bool same_file(const std::string& a, const std::string& b) {
    struct stat of_a {
    }, of_b{};
    return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

// The effective capabilities, from /proc/PID/status (proc(5)). Those of another user namespace count for nothing here.
std::uint64_t capabilities(pid_t pid) {
    if (!same_file(fmt::format("/proc/{}/ns/user", pid), "/proc/self/ns/user")) return 0;
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    constexpr std::string_view kKey = "CapEff:";
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(kKey)) return std::strtoull(line.c_str() + kKey.size(), nullptr, 16);
    }
    return 0;
}

constexpr std::uint64_t bit(unsigned capability) { return std::uint64_t{1} << capability; }

// 0, or -ENODEV if it is no packet socket of this network namespace that is bound to the port.
int check_socket(int packet_socket, const SimPort& port) {
    int domain = 0;
    socklen_t len = sizeof(domain);
    if (::getsockopt(packet_socket, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0 || domain != AF_PACKET) return -ENODEV;
    sockaddr_ll bound{};
    len = sizeof(bound);
    if (::getsockname(packet_socket, reinterpret_cast<sockaddr*>(&bound), &len) != 0) return -ENODEV;
    const bool ours = bound.sll_ifindex == static_cast<int>(port.ifindex()) && in_our_network_namespace(packet_socket);
    return ours ? 0 : -ENODEV;
}

}  // namespace

bool in_our_network_namespace(int socket) {
    const UniqueFd theirs{::ioctl(socket, SIOCGSKNS)};
    return theirs && same_file(fmt::format("/proc/self/fd/{}", theirs.get()), "/proc/self/ns/net");
}

Admission KernelGate::may_attach(pid_t pid, int packet_socket, const SimPort& port) {
    const std::uint64_t held = capabilities(pid);
    if ((held & bit(CAP_NET_ADMIN)) == 0) return {.error = -EPERM, .rights = {}};
    return {.error = check_socket(packet_socket, port), .rights = {.raw = (held & bit(CAP_SYS_RAWIO)) != 0}};
}

bool KernelGate::may_configure(pid_t pid) { return (capabilities(pid) & bit(CAP_NET_ADMIN)) != 0; }

}  // namespace bifurc::sim
