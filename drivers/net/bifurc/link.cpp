// SPDX-License-Identifier: BSD-3-Clause
#include "link.h"

#include "port.h"
#include "wait.h"

namespace bifurc::net {
namespace {

constexpr std::uint32_t kWaitForLinkUs = 9'000'000;  // what rte_eth_link_get() documents
constexpr std::uint32_t kLinkIntervalUs = 50'000;

rte_eth_link read_link(const rte_eth_dev* dev) {
    rte_eth_link link{};
    link.link_speed = RTE_ETH_SPEED_NUM_NONE;
    link.link_autoneg = RTE_ETH_LINK_AUTONEG;
    link.link_status = RTE_ETH_LINK_DOWN;
    bifurc_status status{};
    if (port_of(dev).gone || rte_bifurc_status(process_of(dev).nic, &status) != 0) return link;
    if (status.state == BIFURC_STATE_GONE || status.link_up == 0) return link;
    link.link_status = RTE_ETH_LINK_UP;
    link.link_duplex = status.full_duplex != 0 ? RTE_ETH_LINK_FULL_DUPLEX : RTE_ETH_LINK_HALF_DUPLEX;
    // RTE_ETH_SPEED_NUM_* are Mbit/s, as the page's.
    link.link_speed = status.speed_mbps != BIFURC_SPEED_UNKNOWN ? status.speed_mbps : RTE_ETH_SPEED_NUM_UNKNOWN;
    return link;
}

}  // namespace

int link_update(rte_eth_dev* dev, int wait_to_complete) {
    rte_eth_link link = read_link(dev);
    if (wait_to_complete != 0 && !port_of(dev).gone) {
        SleepingClock clock;
        // Without link in time the answer is "down", which is no failure.
        static_cast<void>(wait_for(clock, kWaitForLinkUs, kLinkIntervalUs, [&] {
            link = read_link(dev);
            return link.link_status == RTE_ETH_LINK_UP;
        }));
    }
    return rte_eth_linkstatus_set(dev, &link);
}

}  // namespace bifurc::net
