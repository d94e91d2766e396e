// SPDX-License-Identifier: BSD-3-Clause
#include "tap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bifurc::sim {
namespace {

constexpr char kTunPath[] = "/dev/net/tun";

Failure failure(const std::string& what, const char* remedy) {
    return Failure{fmt::format("{}: {}; {}", what, std::strerror(errno), remedy)};
}

ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

bool set_mac(int socket, const std::string& name, const MacAddress& mac) {
    ifreq request = request_for(name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, mac.data(), mac.size());
    return ::ioctl(socket, SIOCSIFHWADDR, &request) == 0;
}

bool set_mtu(int socket, const std::string& name, unsigned mtu) {
    ifreq request = request_for(name);
    request.ifr_mtu = static_cast<int>(mtu);
    return ::ioctl(socket, SIOCSIFMTU, &request) == 0;
}

bool set_up(int socket, const std::string& name) {
    ifreq request = request_for(name);
    if (::ioctl(socket, SIOCGIFFLAGS, &request) != 0) return false;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

Outcome<Tap> Tap::create(const TapOptions& options) {
    const std::string& name = options.name;
    if (::if_nametoindex(name.c_str()) != 0) {
        return Failure{
            fmt::format("{}: there is a netdev of this name already; choose another name, or a network "
                        "namespace without it",
                        name)};
    }
    UniqueFd fd{::open(kTunPath, O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (!fd) return failure(kTunPath, "load the module tun and run as root");
    ifreq request = request_for(name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
        return failure(fmt::format("{}: cannot make a TAP interface", name), "CAP_NET_ADMIN is needed");
    }
    const UniqueFd control{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (options.mac && !set_mac(control.get(), name, *options.mac)) {
        return failure(fmt::format("{}: cannot set the MAC address", name), "give a unicast address");
    }
    if (!set_mtu(control.get(), name, options.mtu)) {
        return failure(fmt::format("{}: cannot set the MTU to {}", name, options.mtu), "give 68 to 9710");
    }
    if (!set_up(control.get(), name)) return failure(fmt::format("{}: cannot set it up", name), "is it in use?");
    return Tap{std::move(fd), ::if_nametoindex(name.c_str())};
}

bool Tap::write(std::span<const std::byte> frame) noexcept {
    return ::write(fd_.get(), frame.data(), frame.size()) == static_cast<ssize_t>(frame.size());
}

int Tap::read(std::span<std::byte> buffer) noexcept {
    const ssize_t n = ::read(fd_.get(), buffer.data(), buffer.size());
    if (n >= 0) return static_cast<int>(n);
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

void Tap::set_carrier(bool up) noexcept {
    int carrier = up ? 1 : 0;
    ::ioctl(fd_.get(), TUNSETCARRIER, &carrier);  // a TAP that has gone needs no carrier
}

}  // namespace bifurc::sim
