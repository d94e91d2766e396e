// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_info.h"

#include <linux/ethtool.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ethtool_tail.h"

namespace bifurc::net {
namespace {

// No EEPROM, register dump or table of these families is near it.
constexpr std::uint32_t kMaxBytes = 1 << 20;

int driver_info(const rte_eth_dev* dev, ethtool_drvinfo& info) {
    info = {};
    info.cmd = ETHTOOL_GDRVINFO;
    return ask_ethtool(dev, &info);
}

// ETHTOOL_GEEPROM and ETHTOOL_GMODULEEEPROM, which check offset and length themselves.
int read_eeprom(const rte_eth_dev* dev, std::uint32_t command, rte_dev_eeprom_info& info) {
    if (info.length == 0 || info.length > kMaxBytes) return -EINVAL;
    WithTail<ethtool_eeprom> eeprom{command, info.length};
    if (!eeprom) return -ENOMEM;
    eeprom.head().offset = info.offset;
    eeprom.head().len = info.length;
    if (const int rc = eeprom.ask(dev); rc != 0) return rc;
    info.magic = eeprom.head().magic;
    std::memcpy(info.data, eeprom.template tail<char>(), std::min(info.length, eeprom.head().len));
    return 0;
}

// The whole of RSS: the table, then the key.
int read_rss(const rte_eth_dev* dev, const ethtool_rxfh& sizes, WithTail<ethtool_rxfh>& rss) {
    if (!rss) return -ENOMEM;
    rss.head().indir_size = sizes.indir_size;
    rss.head().key_size = sizes.key_size;
    return rss.ask(dev);
}

std::size_t rss_bytes(const ethtool_rxfh& sizes) { return sizes.indir_size * sizeof(std::uint32_t) + sizes.key_size; }

int ask_rss_sizes(const rte_eth_dev* dev, ethtool_rxfh& sizes) {
    sizes = {};
    sizes.cmd = ETHTOOL_GRSSH;
    if (const int rc = ask_ethtool(dev, &sizes); rc != 0) return rc;
    constexpr std::uint32_t kMaxEntries = 512, kMaxKey = 255;
    return sizes.indir_size <= kMaxEntries && sizes.key_size <= kMaxKey ? 0 : -EPROTO;
}

struct HashedFlow {
    std::uint32_t flow_type;
    std::uint64_t addresses, ports;  // RTE_ETH_RSS_*, by what is hashed
};
constexpr HashedFlow kHashedFlows[] = {
    {TCP_V4_FLOW, RTE_ETH_RSS_IPV4, RTE_ETH_RSS_NONFRAG_IPV4_TCP},
    {UDP_V4_FLOW, RTE_ETH_RSS_IPV4, RTE_ETH_RSS_NONFRAG_IPV4_UDP},
    {TCP_V6_FLOW, RTE_ETH_RSS_IPV6, RTE_ETH_RSS_NONFRAG_IPV6_TCP},
    {UDP_V6_FLOW, RTE_ETH_RSS_IPV6, RTE_ETH_RSS_NONFRAG_IPV6_UDP},
};

}  // namespace

int fw_version_get(rte_eth_dev* dev, char* text, std::size_t room) {
    ethtool_drvinfo info{};
    if (const int rc = driver_info(dev, info); rc != 0) return rc;
    const std::size_t needed = strnlen(info.fw_version, sizeof(info.fw_version)) + 1;
    if (room < needed) return static_cast<int>(needed);
    std::memcpy(text, info.fw_version, needed - 1);
    text[needed - 1] = '\0';
    return 0;
}

int flow_ctrl_get(rte_eth_dev* dev, rte_eth_fc_conf* conf) {
    ethtool_pauseparam pause{};
    pause.cmd = ETHTOOL_GPAUSEPARAM;
    if (const int rc = ask_ethtool(dev, &pause); rc != 0) return rc;
    constexpr rte_eth_fc_mode kModes[2][2] = {{RTE_ETH_FC_NONE, RTE_ETH_FC_TX_PAUSE},
                                              {RTE_ETH_FC_RX_PAUSE, RTE_ETH_FC_FULL}};
    conf->mode = kModes[pause.rx_pause != 0][pause.tx_pause != 0];
    conf->autoneg = pause.autoneg != 0;
    return 0;
}

int get_eeprom_length(rte_eth_dev* dev) {
    ethtool_drvinfo info{};
    if (const int rc = driver_info(dev, info); rc != 0) return rc;
    if (info.eedump_len == 0) return -ENOTSUP;
    return static_cast<int>(std::min(info.eedump_len, kMaxBytes));
}

int get_eeprom(rte_eth_dev* dev, rte_dev_eeprom_info* info) { return read_eeprom(dev, ETHTOOL_GEEPROM, *info); }

int get_module_info(rte_eth_dev* dev, rte_eth_dev_module_info* info) {
    ethtool_modinfo module{};
    module.cmd = ETHTOOL_GMODULEINFO;
    if (const int rc = ask_ethtool(dev, &module); rc != 0) return rc;
    static_assert(RTE_ETH_MODULE_SFF_8472 == ETH_MODULE_SFF_8472 && RTE_ETH_MODULE_SFF_8079 == ETH_MODULE_SFF_8079);
    info->type = module.type;
    info->eeprom_len = module.eeprom_len;
    return 0;
}

int get_module_eeprom(rte_eth_dev* dev, rte_dev_eeprom_info* info) {
    return read_eeprom(dev, ETHTOOL_GMODULEEEPROM, *info);
}

// All or nothing: which register stands where is the driver's affair, told by the version.
int get_reg(rte_eth_dev* dev, rte_dev_reg_info* info) {
    constexpr std::uint32_t kWidth = 4;
    ethtool_drvinfo driver{};
    if (const int rc = driver_info(dev, driver); rc != 0) return rc;
    const std::uint32_t bytes = std::min(driver.regdump_len, kMaxBytes) / kWidth * kWidth;
    if (bytes == 0) return -ENOTSUP;
    if (info->data == nullptr) {
        info->length = bytes / kWidth;
        info->width = kWidth;
        return 0;
    }
    if (info->offset != 0 || (info->length != 0 && info->length != bytes / kWidth)) return -ENOTSUP;
    WithTail<ethtool_regs> registers{ETHTOOL_GREGS, bytes};
    if (!registers) return -ENOMEM;
    registers.head().len = bytes;
    if (const int rc = registers.ask(dev); rc != 0) return rc;
    info->version = registers.head().version;
    std::memcpy(info->data, registers.tail<char>(), bytes);
    return 0;
}

RssSizes rss_sizes(const rte_eth_dev* dev) {
    ethtool_rxfh sizes{};
    if (ask_rss_sizes(dev, sizes) != 0) return {};
    return {static_cast<std::uint16_t>(sizes.indir_size), static_cast<std::uint8_t>(sizes.key_size)};
}

int reta_query(rte_eth_dev* dev, rte_eth_rss_reta_entry64* table, std::uint16_t size) {
    ethtool_rxfh sizes{};
    if (const int rc = ask_rss_sizes(dev, sizes); rc != 0) return rc;
    if (size != sizes.indir_size) return -EINVAL;
    WithTail<ethtool_rxfh> rss{ETHTOOL_GRSSH, rss_bytes(sizes)};
    if (const int rc = read_rss(dev, sizes, rss); rc != 0) return rc;
    for (unsigned i = 0; i < size; ++i) {
        rte_eth_rss_reta_entry64& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
        const unsigned place = i % RTE_ETH_RETA_GROUP_SIZE;
        if ((group.mask >> place & 1) != 0)
            group.reta[place] = static_cast<std::uint16_t>(rss.tail<std::uint32_t>()[i]);
    }
    return 0;
}

int rss_hash_conf_get(rte_eth_dev* dev, rte_eth_rss_conf* conf) {
    ethtool_rxfh sizes{};
    if (const int rc = ask_rss_sizes(dev, sizes); rc != 0) return rc;
    WithTail<ethtool_rxfh> rss{ETHTOOL_GRSSH, rss_bytes(sizes)};
    if (const int rc = read_rss(dev, sizes, rss); rc != 0) return rc;
    if (conf->rss_key != nullptr && conf->rss_key_len >= sizes.key_size) {
        const char* key = rss.tail<char>() + sizes.indir_size * sizeof(std::uint32_t);
        std::memcpy(conf->rss_key, key, sizes.key_size);
        conf->rss_key_len = static_cast<std::uint8_t>(sizes.key_size);
    }
    conf->rss_hf = 0;
    for (const HashedFlow& flow : kHashedFlows) {
        ethtool_rxnfc fields{};
        fields.cmd = ETHTOOL_GRXFH;
        fields.flow_type = flow.flow_type;
        if (ask_ethtool(dev, &fields) != 0) continue;
        if ((fields.data & (RXH_IP_SRC | RXH_IP_DST)) != 0) conf->rss_hf |= flow.addresses;
        if ((fields.data & (RXH_L4_B_0_1 | RXH_L4_B_2_3)) != 0) conf->rss_hf |= flow.ports;
    }
    return 0;
}

}  // namespace bifurc::net
