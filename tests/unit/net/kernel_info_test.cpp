// SPDX-License-Identifier: BSD-3-Clause
// What the driver asks the port's owner; the test is the kernel that answers.
#include <linux/ethtool.h>

#include <cstring>

#include "port_fixture.h"

using namespace bifurc::test;

namespace {

constexpr std::uint32_t kEepromBytes = 64, kRegisterBytes = 24, kEntries = 128, kKeyBytes = 40;

class KernelInfo : public Port {
protected:
    KernelInfo() {
        answer<ethtool_drvinfo>(ETHTOOL_GDRVINFO, [](ethtool_drvinfo& info) {
            std::strcpy(info.fw_version, "0x1234, 5.6");
            info.eedump_len = kEepromBytes;
            info.regdump_len = kRegisterBytes;
            info.n_stats = 2;
            return 0;
        });
        answer<ethtool_eeprom>(ETHTOOL_GEEPROM, [](ethtool_eeprom& eeprom) {
            if (eeprom.offset + eeprom.len > kEepromBytes) return -EINVAL;
            eeprom.magic = 0x8086;
            for (std::uint32_t i = 0; i < eeprom.len; ++i)
                eeprom.data[i] = static_cast<std::uint8_t>(eeprom.offset + i);
            return 0;
        });
        answer<ethtool_rxfh>(ETHTOOL_GRSSH, [](ethtool_rxfh& rss) {
            for (std::uint32_t i = 0; i < rss.indir_size; ++i) rss.rss_config[i] = i % 16;
            if (rss.key_size != 0) std::memset(rss.rss_config + rss.indir_size, 0x6d, rss.key_size);
            rss.indir_size = kEntries;
            rss.key_size = kKeyBytes;
            return 0;
        });
    }

    template <class T, class F>
    void answer(std::uint32_t command, F handler) {
        fake.nic.ethtool[command] = [handler](void* raw) { return handler(*static_cast<T*>(raw)); };
    }
};

TEST_F(KernelInfo, FirmwareVersionWithTheRoomThatItNeeds) {
    char text[32] = "";
    EXPECT_EQ(0, rte_eth_dev_fw_version_get(port, text, sizeof(text)));
    EXPECT_STREQ(text, "0x1234, 5.6");
    EXPECT_EQ(12, rte_eth_dev_fw_version_get(port, text, 4));
}

TEST_F(KernelInfo, FlowControlIsReadAndNotSet) {
    const struct {
        bool rx, tx;
        rte_eth_fc_mode mode;
    } rows[] = {{false, false, RTE_ETH_FC_NONE},
                {true, false, RTE_ETH_FC_RX_PAUSE},
                {false, true, RTE_ETH_FC_TX_PAUSE},
                {true, true, RTE_ETH_FC_FULL}};
    for (const auto& row : rows) {
        answer<ethtool_pauseparam>(ETHTOOL_GPAUSEPARAM, [row](ethtool_pauseparam& pause) {
            pause.rx_pause = row.rx;
            pause.tx_pause = row.tx;
            pause.autoneg = 1;
            return 0;
        });
        rte_eth_fc_conf conf{};
        ASSERT_EQ(0, rte_eth_dev_flow_ctrl_get(port, &conf));
        EXPECT_EQ(conf.mode, row.mode);
        EXPECT_EQ(conf.autoneg, 1);
        EXPECT_EQ(-ENOTSUP, rte_eth_dev_flow_ctrl_set(port, &conf));
    }
}

TEST_F(KernelInfo, EepromIsReadInPieces) {
    EXPECT_EQ(static_cast<int>(kEepromBytes), rte_eth_dev_get_eeprom_length(port));
    std::uint8_t bytes[16] = {};
    rte_dev_eeprom_info info{};
    info.data = bytes;
    info.offset = 32;
    info.length = sizeof(bytes);
    ASSERT_EQ(0, rte_eth_dev_get_eeprom(port, &info));
    EXPECT_EQ(bytes[0], 32);
    EXPECT_EQ(bytes[15], 47);
    EXPECT_EQ(info.magic, 0x8086u);
    info.offset = kEepromBytes;
    EXPECT_EQ(-EINVAL, rte_eth_dev_get_eeprom(port, &info));
}

TEST_F(KernelInfo, TheModuleIsTheKernelsToDescribe) {
    rte_eth_dev_module_info info{};
    EXPECT_EQ(-EOPNOTSUPP, rte_eth_dev_get_module_info(port, &info)) << "no module, no answer";
    answer<ethtool_modinfo>(ETHTOOL_GMODULEINFO, [](ethtool_modinfo& module) {
        module.type = ETH_MODULE_SFF_8472;
        module.eeprom_len = ETH_MODULE_SFF_8472_LEN;
        return 0;
    });
    answer<ethtool_eeprom>(ETHTOOL_GMODULEEEPROM, [](ethtool_eeprom& eeprom) {
        std::memset(eeprom.data, 3, eeprom.len);
        return 0;
    });
    ASSERT_EQ(0, rte_eth_dev_get_module_info(port, &info));
    EXPECT_EQ(info.type, std::uint32_t{RTE_ETH_MODULE_SFF_8472});
    std::vector<std::uint8_t> bytes(info.eeprom_len);
    rte_dev_eeprom_info eeprom{};
    eeprom.data = bytes.data();
    eeprom.length = info.eeprom_len;
    ASSERT_EQ(0, rte_eth_dev_get_module_eeprom(port, &eeprom));
    EXPECT_EQ(bytes[0], 3);
    EXPECT_EQ(bytes.back(), 3);
}

TEST_F(KernelInfo, RegistersAreDumpedWhole) {
    answer<ethtool_regs>(ETHTOOL_GREGS, [](ethtool_regs& registers) {
        registers.version = 7;
        std::memset(registers.data, 0xab, registers.len);
        return 0;
    });
    rte_dev_reg_info info{};
    ASSERT_EQ(0, rte_eth_dev_get_reg_info(port, &info));
    ASSERT_EQ(info.length * info.width, kRegisterBytes);
    std::vector<std::uint32_t> words(info.length);
    info.data = words.data();
    ASSERT_EQ(0, rte_eth_dev_get_reg_info(port, &info));
    EXPECT_EQ(words.back(), 0xababababu);
    EXPECT_EQ(info.version, 7u);
}

TEST_F(KernelInfo, RssIsReadInTheNicsNumbersAndNotChanged) {
    answer<ethtool_rxnfc>(ETHTOOL_GRXFH, [](ethtool_rxnfc& fields) {
        fields.data = RXH_IP_SRC | RXH_IP_DST;
        if (fields.flow_type == TCP_V4_FLOW) fields.data |= RXH_L4_B_0_1 | RXH_L4_B_2_3;
        return 0;
    });
    rte_eth_dev_info device{};
    ASSERT_EQ(0, rte_eth_dev_info_get(port, &device));
    ASSERT_EQ(device.reta_size, kEntries);
    EXPECT_EQ(device.hash_key_size, kKeyBytes);
    EXPECT_EQ(device.flow_type_rss_offloads, 0u) << "nothing of it can be configured";
    rte_eth_rss_reta_entry64 table[2]{};
    table[0].mask = table[1].mask = ~0ull;
    ASSERT_EQ(0, rte_eth_dev_rss_reta_query(port, table, kEntries));
    EXPECT_EQ(table[1].reta[63], 127 % 16);
    std::uint8_t key[kKeyBytes] = {};
    rte_eth_rss_conf conf{};
    conf.rss_key = key;
    conf.rss_key_len = kKeyBytes;
    ASSERT_EQ(0, rte_eth_dev_rss_hash_conf_get(port, &conf));
    EXPECT_EQ(key[39], 0x6d);
    EXPECT_EQ(conf.rss_hf, RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV4_TCP);
    EXPECT_NE(0, rte_eth_dev_rss_reta_update(port, table, kEntries));
}

TEST_F(KernelInfo, TheNicsOwnStatisticsStandBesideOurs) {
    answer<ethtool_gstrings>(ETHTOOL_GSTRINGS, [](ethtool_gstrings& strings) {
        if (strings.string_set != ETH_SS_STATS) return -EOPNOTSUPP;
        strings.len = 2;
        std::memset(strings.data, 0, 2 * ETH_GSTRING_LEN);
        std::strcpy(reinterpret_cast<char*>(strings.data), "rx_packets");
        std::memset(strings.data + ETH_GSTRING_LEN, 'n', ETH_GSTRING_LEN);  // without an end
        return 0;
    });
    answer<ethtool_stats>(ETHTOOL_GSTATS, [](ethtool_stats& stats) {
        stats.n_stats = 2;
        stats.data[0] = 77;
        stats.data[1] = 1ull << 40;
        return 0;
    });
    auto all = xstats();
    EXPECT_EQ(all.at("nic_rx_packets"), 77u);
    EXPECT_EQ(all.at("nic_" + std::string(ETH_GSTRING_LEN, 'n')), 1ull << 40);
    EXPECT_EQ(all.at("rx_q0_nombuf"), 0u);
}

}  // namespace
