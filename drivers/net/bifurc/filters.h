// SPDX-License-Identifier: BSD-3-Clause
// What the port lets in: memberships of the one socket. The kernel keeps count of them among all its users, and they
// end with the socket however it ends.
#pragma once

#include <ethdev_driver.h>

#include <cstdint>

namespace bifurc::net {

int promiscuous_enable(rte_eth_dev* dev);
int promiscuous_disable(rte_eth_dev* dev);
int allmulticast_enable(rte_eth_dev* dev);
int allmulticast_disable(rte_eth_dev* dev);
int mac_addr_add(rte_eth_dev* dev, rte_ether_addr* mac, std::uint32_t index, std::uint32_t pool);
void mac_addr_remove(rte_eth_dev* dev, std::uint32_t index);
int mac_addr_set(rte_eth_dev* dev, rte_ether_addr* mac);
int set_mc_addr_list(rte_eth_dev* dev, rte_ether_addr* list, std::uint32_t count);

// Undoes everything of the above.
void drop_filters(rte_eth_dev* dev);

}  // namespace bifurc::net
