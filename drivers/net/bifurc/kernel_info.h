// SPDX-License-Identifier: BSD-3-Clause
// What belongs to the port's owner and the application may ask: by ethtool's ioctls, each time anew.
#pragma once

#include <ethdev_driver.h>
#include <rte_dev_info.h>

#include <cstdint>

namespace bifurc::net {

int fw_version_get(rte_eth_dev* dev, char* text, std::size_t room);
int flow_ctrl_get(rte_eth_dev* dev, rte_eth_fc_conf* conf);
int get_eeprom_length(rte_eth_dev* dev);
int get_eeprom(rte_eth_dev* dev, rte_dev_eeprom_info* info);
int get_module_info(rte_eth_dev* dev, rte_eth_dev_module_info* info);
int get_module_eeprom(rte_eth_dev* dev, rte_dev_eeprom_info* info);
int get_reg(rte_eth_dev* dev, rte_dev_reg_info* info);

// RSS spreads over the kernel's queues: what it does can be read, in the NIC's numbers, and not changed.
struct RssSizes {
    std::uint16_t table_entries;
    std::uint8_t key_bytes;
};
RssSizes rss_sizes(const rte_eth_dev* dev);
int reta_query(rte_eth_dev* dev, rte_eth_rss_reta_entry64* table, std::uint16_t size);
int rss_hash_conf_get(rte_eth_dev* dev, rte_eth_rss_conf* conf);

}  // namespace bifurc::net
