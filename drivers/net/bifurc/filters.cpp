// SPDX-License-Identifier: BSD-3-Clause
#include "filters.h"

#include <cerrno>
#include <cstring>

#include "log.h"
#include "port.h"

namespace bifurc::net {
namespace {

int report(int rc, const rte_bifurc_error& error) {
    if (rc != 0) rte_log(RTE_LOG_ERR, bifurc_net_driver_log, "%s\n", error.text);
    return rc;
}

// ethdev repeats what is set whenever the port starts: only a change is worth a membership.
template <class Call>
int switch_mode(rte_eth_dev* dev, bool& current, bool on, Call call) {
    if (current == on) return 0;
    rte_bifurc_error error{};
    const int rc = call(process_of(dev).nic, on, &error);
    if (rc == 0) current = on;
    return report(rc, error);
}

int join(rte_eth_dev* dev, const rte_ether_addr& mac) {
    rte_bifurc_error error{};
    return report(rte_bifurc_mac_add(process_of(dev).nic, mac.addr_bytes, &error), error);
}

int leave(rte_eth_dev* dev, const rte_ether_addr& mac) {
    rte_bifurc_error error{};
    return report(rte_bifurc_mac_remove(process_of(dev).nic, mac.addr_bytes, &error), error);
}

// Puts `mac` (all zeros: none) into the place of what was joined there before.
int replace(rte_eth_dev* dev, rte_ether_addr& place, const rte_ether_addr& mac) {
    if (rte_is_same_ether_addr(&place, &mac)) return 0;
    if (!rte_is_zero_ether_addr(&mac))
        if (int rc = join(dev, mac); rc != 0) return rc;
    if (!rte_is_zero_ether_addr(&place)) static_cast<void>(leave(dev, place));
    place = mac;
    return 0;
}

}  // namespace

int promiscuous_enable(rte_eth_dev* dev) {
    return switch_mode(dev, port_of(dev).filters.promiscuous, true, rte_bifurc_promiscuous);
}
int promiscuous_disable(rte_eth_dev* dev) {
    return switch_mode(dev, port_of(dev).filters.promiscuous, false, rte_bifurc_promiscuous);
}
int allmulticast_enable(rte_eth_dev* dev) {
    return switch_mode(dev, port_of(dev).filters.allmulticast, true, rte_bifurc_allmulticast);
}
int allmulticast_disable(rte_eth_dev* dev) {
    return switch_mode(dev, port_of(dev).filters.allmulticast, false, rte_bifurc_allmulticast);
}

int mac_addr_add(rte_eth_dev* dev, rte_ether_addr* mac, std::uint32_t index, std::uint32_t) {
    if (index >= kMaxMacs) return -EINVAL;
    return replace(dev, port_of(dev).filters.unicast[index], *mac);
}

void mac_addr_remove(rte_eth_dev* dev, std::uint32_t index) {
    if (index < kMaxMacs) static_cast<void>(replace(dev, port_of(dev).filters.unicast[index], rte_ether_addr{}));
}

// The netdev keeps its own address, which it always receives; another one joins it.
int mac_addr_set(rte_eth_dev* dev, rte_ether_addr* mac) {
    Port& port = port_of(dev);
    rte_ether_addr own;
    std::memcpy(own.addr_bytes, port.info.mac, sizeof(own.addr_bytes));
    return replace(dev, port.filters.unicast[0], rte_is_same_ether_addr(mac, &own) ? rte_ether_addr{} : *mac);
}

int set_mc_addr_list(rte_eth_dev* dev, rte_ether_addr* list, std::uint32_t count) {
    MacFilters& filters = port_of(dev).filters;
    if (count > kMaxMulticast) return -ENOSPC;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (int rc = join(dev, list[i]); rc != 0) {
            while (i-- != 0) static_cast<void>(leave(dev, list[i]));
            return rc;
        }
    }
    for (std::uint32_t i = 0; i < filters.multicast_count; ++i) static_cast<void>(leave(dev, filters.multicast[i]));
    for (std::uint32_t i = 0; i < count; ++i) filters.multicast[i] = list[i];
    filters.multicast_count = count;
    return 0;
}

void drop_filters(rte_eth_dev* dev) {
    if (port_of(dev).gone) return;
    static_cast<void>(promiscuous_disable(dev));
    static_cast<void>(allmulticast_disable(dev));
    for (std::uint32_t i = 0; i < kMaxMacs; ++i) mac_addr_remove(dev, i);
    static_cast<void>(set_mc_addr_list(dev, nullptr, 0));
}

}  // namespace bifurc::net
