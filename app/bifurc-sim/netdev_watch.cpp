// SPDX-License-Identifier: BSD-3-Clause
#include "netdev_watch.h"

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace bifurc::sim {
namespace {

constexpr timeval kAnswerDeadline{.tv_sec = 1, .tv_usec = 0};

Outcome<UniqueFd> netlink_socket(std::uint32_t groups) {
    UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return Failure{fmt::format("cannot open rtnetlink: {}; is this kernel built with it?", std::strerror(errno))};
    }
    return fd;
}

// One attribute's payload as a T, where it is long enough.
template <class T>
std::optional<T> payload(const rtattr* attribute) {
    if (RTA_PAYLOAD(attribute) < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, RTA_DATA(attribute), sizeof(T));
    return value;
}

template <class Visit>
void for_each_attribute(const rtattr* attribute, unsigned len, Visit visit) {
    for (; RTA_OK(attribute, len); attribute = RTA_NEXT(attribute, len)) visit(attribute);
}

// Counters, not flags: the kernel hides from IFF_PROMISC what packet sockets asked for.
struct Counters {
    std::uint32_t promiscuity = 0;
    std::uint32_t all_multicast = 0;
};

Counters read_link(const nlmsghdr* message, NetdevState& state) {
    Counters counters;
    const auto* const info = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
    state.present = true;
    state.up = (info->ifi_flags & IFF_UP) != 0;
    state.running = state.up && (info->ifi_flags & IFF_LOWER_UP) != 0;
    state.all_multicast = (info->ifi_flags & IFF_ALLMULTI) != 0;
    counters.promiscuity = (info->ifi_flags & IFF_PROMISC) != 0 ? 1 : 0;
    const auto visit = [&](const rtattr* attribute) {
        switch (attribute->rta_type) {
            case IFLA_IFNAME: {
                const auto* const text = static_cast<const char*>(RTA_DATA(attribute));
                state.name.assign(text, ::strnlen(text, RTA_PAYLOAD(attribute)));
                break;
            }
            case IFLA_MTU:
                state.mtu = payload<std::uint32_t>(attribute).value_or(0);
                break;
            case IFLA_ADDRESS:
                state.mac = payload<MacAddress>(attribute).value_or(MacAddress{});
                break;
            case IFLA_PROMISCUITY:
                counters.promiscuity = payload<std::uint32_t>(attribute).value_or(0);
                break;
            case IFLA_ALLMULTI:
                counters.all_multicast = payload<std::uint32_t>(attribute).value_or(0);
                break;
            default:
                break;
        }
    };
    for_each_attribute(IFLA_RTA(info), static_cast<unsigned>(IFLA_PAYLOAD(message)), visit);
    return counters;
}

void read_forwarding_entry(const nlmsghdr* message, NetdevState& state) {
    const auto* const entry = static_cast<const ndmsg*>(NLMSG_DATA(message));
    if (static_cast<unsigned>(entry->ndm_ifindex) != state.ifindex || (entry->ndm_flags & NTF_SELF) == 0) return;
    const auto* const first =
        reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(entry) + NLMSG_ALIGN(sizeof(*entry)));
    for_each_attribute(first, static_cast<unsigned>(NLMSG_PAYLOAD(message, sizeof(*entry))),
                       [&](const rtattr* attribute) {
                           if (attribute->rta_type != NDA_LLADDR) return;
                           const auto mac = payload<MacAddress>(attribute);
                           if (mac) ((*mac)[0] & 1 ? state.multicast : state.unicast).push_back(*mac);
                       });
}

}  // namespace

Outcome<NetdevQuery> NetdevQuery::open() {
    Outcome<UniqueFd> fd = netlink_socket(0);
    if (!fd) return Failure{fd.error()};
    const int on = 1;  // so that a dump can be asked for one netdev only
    ::setsockopt(fd->get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerDeadline, sizeof(kAnswerDeadline));
    return NetdevQuery{std::move(*fd)};
}

// true: answered to the end. A message of an earlier question that was given up is skipped by its number.
bool NetdevQuery::ask(const void* request, std::size_t len, const std::function<void(const void*)>& on_message) {
    if (::send(fd_.get(), request, len, 0) != static_cast<ssize_t>(len)) return false;
    alignas(nlmsghdr) std::array<char, 32768> buffer;
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) return false;
        auto left = static_cast<unsigned>(got);
        for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_seq != sequence_) continue;
            if (message->nlmsg_type == NLMSG_ERROR) return static_cast<nlmsgerr*>(NLMSG_DATA(message))->error == 0;
            if (message->nlmsg_type == NLMSG_DONE) return true;
            on_message(message);
            if ((message->nlmsg_flags & NLM_F_MULTI) == 0) return true;
        }
    }
}

std::optional<NetdevState> NetdevQuery::state(unsigned ifindex) {
    struct {
        nlmsghdr header;
        ifinfomsg info;
    } request{};
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.header.nlmsg_seq = ++sequence_;
    request.info.ifi_index = static_cast<int>(ifindex);

    NetdevState state;
    state.ifindex = ifindex;
    Counters counters;
    const bool answered = ask(&request, sizeof(request), [&](const void* message) {
        counters = read_link(static_cast<const nlmsghdr*>(message), state);
    });
    if (!answered || !state.present) return std::nullopt;
    read_address_lists(state);
    // A TAP has no unicast filter of its own (no IFF_UNICAST_FLT), so the kernel counts one promiscuity for a list that
    // is not empty (net/core/dev.c, __dev_set_rx_mode). Our NIC does have one: that count is not meant.
    state.promiscuous = counters.promiscuity > (state.unicast.empty() ? 0u : 1u);
    state.all_multicast = state.all_multicast || counters.all_multicast != 0;
    return state;
}

void NetdevQuery::read_address_lists(NetdevState& state) {
    struct {
        nlmsghdr header;
        ndmsg entry;
    } request{};
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = RTM_GETNEIGH;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = ++sequence_;
    request.entry.ndm_family = PF_BRIDGE;
    request.entry.ndm_ifindex = static_cast<int>(state.ifindex);
    ask(&request, sizeof(request),
        [&](const void* message) { read_forwarding_entry(static_cast<const nlmsghdr*>(message), state); });
    std::ranges::sort(state.unicast);
    std::ranges::sort(state.multicast);
}

Outcome<NetdevWatch> NetdevWatch::open() {
    Outcome<UniqueFd> fd = netlink_socket(RTMGRP_LINK);
    if (!fd) return Failure{fd.error()};
    return NetdevWatch{std::move(*fd)};
}

bool NetdevWatch::drain(const std::function<void(unsigned)>& seen_down) {
    alignas(nlmsghdr) std::array<char, 32768> buffer;
    bool any = false;
    while (true) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno != ENOBUFS) return any;  // ENOBUFS: notifications were lost, so something did change
        any = true;
        auto left = static_cast<unsigned>(std::max<ssize_t>(got, 0));
        for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type != RTM_NEWLINK) continue;
            const auto* const info = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
            if ((info->ifi_flags & IFF_UP) == 0) seen_down(static_cast<unsigned>(info->ifi_index));
        }
    }
}

}  // namespace bifurc::sim
