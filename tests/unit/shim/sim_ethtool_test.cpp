// SPDX-License-Identifier: BSD-3-Clause
// The simulator's answers to SIOCETHTOOL, for a port that the test plays. Its netdev is "lo": every namespace has one,
// and what is the kernel's (names of features) is asked of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "ethtool_parts.h"

namespace bifurc::sim {
namespace {

class FakeRules final : public Rules {
public:
    int add(ethtool_rx_flow_spec& spec) override {
        if (spec.ring_cookie >= 32) return -EINVAL;
        if (spec.location == RX_CLS_LOC_ANY) spec.location = 2045;
        rules[spec.location] = spec;
        return 0;
    }
    int remove(std::uint32_t location) override { return rules.erase(location) == 1 ? 0 : -EINVAL; }
    int get(std::uint32_t location, ethtool_rx_flow_spec& spec) const override {
        if (!rules.contains(location)) return -EINVAL;
        spec = rules.at(location);
        return 0;
    }
    std::vector<std::uint32_t> locations() const override {
        std::vector<std::uint32_t> all;
        for (const auto& [location, spec] : rules) all.push_back(location);
        return all;
    }
    std::uint32_t capacity() const override { return 2046; }

    std::map<std::uint32_t, ethtool_rx_flow_spec> rules;
};

class FakePort final : public Port {
public:
    FakePort() { std::iota(table_.begin(), table_.end(), 0); }
    const std::string& name() const override { return name_; }
    DriverInfo driver_info() const override { return {"ixgbe", "1.0", "none", "0000:03:00.0"}; }
    LinkInfo link() const override { return {.up = up, .speed_mbps = up ? 10000U : 0U, .full_duplex = true}; }
    Channels channels() const override { return {.combined = combined, .combined_max = 64}; }
    int set_channels(unsigned wanted) override {
        if (wanted == 0 || wanted > 64) return -EINVAL;
        combined = wanted;
        return 0;
    }
    RingSizes ring_sizes() const override { return {.rx = rx, .tx = 512, .rx_max = 4096, .tx_max = 4096}; }
    int set_ring_sizes(unsigned wanted, unsigned) override {
        rx = wanted;
        return 0;
    }
    bool ntuple() const override { return ntuple_; }
    int set_ntuple(bool on) override {
        ntuple_ = on;
        return 0;
    }
    bool offload(Offload which) const override { return !offloads_off.contains(which); }
    void set_offload(Offload which, bool on) override {
        if (on)
            offloads_off.erase(which);
        else
            offloads_off.insert(which);
    }
    Rules& rules() override { return fake_rules; }
    std::span<const std::uint8_t> rss_table() const override { return table_; }
    std::span<const std::uint8_t> rss_key() const override { return key_; }
    unsigned rss_queues() const override { return combined; }
    int set_rss_table(std::span<const std::uint8_t> table) override {
        wanted_table.assign(table.begin(), table.end());
        return rss_answer;
    }
    std::vector<Stat> stats() const override { return {{"rx_packets", 7}, {std::string(40, 'n'), 8}}; }
    std::span<const std::uint16_t> eeprom() const override { return words; }
    std::vector<std::uint32_t> registers() const override { return {0x11, 0x22, 0x33}; }
    int reset() override {
        resets++;
        return 0;
    }

    std::array<std::uint16_t, 4> words{0x0201, 0x0403, 0x0605, 0x0807};
    bool up = true;
    unsigned combined = 32, rx = 512;
    int resets = 0;
    std::vector<std::uint8_t> wanted_table{9};
    int rss_answer = 0;
    FakeRules fake_rules;
    std::set<Offload> offloads_off;

private:
    std::string name_ = "lo";
    bool ntuple_ = false;
    std::array<std::uint8_t, 128> table_{};
    std::array<std::uint8_t, 40> key_{1, 2, 3};
};

template <typename T>
T command(std::uint32_t cmd) {
    T structure;  // not {}: clang counts that as making a flexible array of no elements
    std::memset(&structure, 0, sizeof(structure));
    structure.cmd = cmd;
    return structure;
}

class SimEthtool : public ::testing::Test {
protected:
    // The error; the answered structure replaces the given one, what follows it goes to `tail`.
    template <typename T>
    int call(T& structure) {
        return call_with(structure, answer(structure).payload);
    }
    template <typename T>
    int call_with(T& structure, const std::vector<std::byte>& payload) {
        const EthtoolReply reply = ethtool_ioctl(port, structure.cmd, payload);
        if (take(reply.payload, structure)) tail.assign(reply.payload.begin() + sizeof(T), reply.payload.end());
        return reply.error;
    }
    template <typename T>
    std::vector<T> tail_as() const {
        std::vector<T> items(tail.size() / sizeof(T));
        if (!items.empty()) std::memcpy(items.data(), tail.data(), items.size() * sizeof(T));
        return items;
    }

    FakePort port;
    std::vector<std::byte> tail;
};

TEST_F(SimEthtool, EveryCommandSurvivesEveryLength) {
    for (std::uint32_t cmd = 0; cmd < 0x60; cmd++) {
        for (std::size_t len = 0; len < 300; len++) {
            std::vector<std::byte> payload(len, std::byte{0xff});
            std::copy_n(reinterpret_cast<const std::byte*>(&cmd), std::min(len, sizeof(cmd)), payload.begin());
            const EthtoolReply reply = ethtool_ioctl(port, cmd, payload);
            EXPECT_LE(reply.error, 0);
            EXPECT_TRUE(reply.error == 0 || reply.payload.empty());
        }
    }
}

TEST_F(SimEthtool, WhatItDoesNotKnowIsNotSupported) {
    auto wake_on_lan = command<ethtool_wolinfo>(ETHTOOL_GWOL);
    EXPECT_EQ(call(wake_on_lan), -EOPNOTSUPP);
}

TEST_F(SimEthtool, TheStructureMustNameTheCommandToo) {
    const auto other = command<ethtool_value>(ETHTOOL_STSO);
    EXPECT_EQ(ethtool_ioctl(port, ETHTOOL_GTSO, answer(other).payload).error, -EINVAL);
}

TEST_F(SimEthtool, Driver) {
    auto info = command<ethtool_drvinfo>(ETHTOOL_GDRVINFO);
    ASSERT_EQ(call(info), 0);
    EXPECT_STREQ(info.driver, "ixgbe");
    EXPECT_STREQ(info.bus_info, "0000:03:00.0");
    EXPECT_EQ(info.n_stats, 2U);
    EXPECT_EQ(info.eedump_len, 8U);
    EXPECT_EQ(info.regdump_len, 12U);
}

TEST_F(SimEthtool, TheEepromIsReadInPieces) {
    auto memory = command<ethtool_eeprom>(ETHTOOL_GEEPROM);
    memory.offset = 1;
    memory.len = 3;
    ASSERT_EQ(call(memory), 0);
    EXPECT_EQ(memory.magic, 0x10fb8086U) << "as ixgbe's: device and vendor";
    EXPECT_EQ(tail_as<std::uint8_t>(), (std::vector<std::uint8_t>{2, 3, 4}));
    memory.offset = 7;
    memory.len = 2;
    EXPECT_EQ(call(memory), -EINVAL);
    memory.offset = 0xffffffff;
    EXPECT_EQ(call(memory), -EINVAL);
}

TEST_F(SimEthtool, RegistersAreGivenAsFarAsThereIsRoom) {
    auto registers = command<ethtool_regs>(ETHTOOL_GREGS);
    registers.len = 1000;
    ASSERT_EQ(call(registers), 0);
    EXPECT_EQ(registers.len, 12U);
    EXPECT_EQ(registers.version & 0xffff, 0x10fbU) << "ethtool prints by the device's number";
    EXPECT_EQ(tail_as<std::uint32_t>(), (std::vector<std::uint32_t>{0x11, 0x22, 0x33}));
    registers.len = 4;
    ASSERT_EQ(call(registers), 0);
    EXPECT_EQ(tail_as<std::uint32_t>(), (std::vector<std::uint32_t>{0x11}));
}

TEST_F(SimEthtool, LinkSettingsTellTheMaskLengthFirst) {
    auto settings = command<ethtool_link_settings>(ETHTOOL_GLINKSETTINGS);
    ASSERT_EQ(call(settings), 0);
    ASSERT_LT(settings.link_mode_masks_nwords, 0);
    EXPECT_TRUE(tail.empty());
    settings.link_mode_masks_nwords = static_cast<std::int8_t>(-settings.link_mode_masks_nwords);
    ASSERT_EQ(call(settings), 0);
    EXPECT_EQ(settings.speed, 10000U);
    EXPECT_EQ(settings.duplex, DUPLEX_FULL);
    EXPECT_EQ(settings.port, PORT_FIBRE);
    EXPECT_EQ(tail.size(), 3 * 4 * static_cast<std::size_t>(settings.link_mode_masks_nwords));
    port.up = false;
    ASSERT_EQ(call(settings), 0);
    EXPECT_EQ(settings.speed, static_cast<std::uint32_t>(SPEED_UNKNOWN));
}

TEST_F(SimEthtool, ChannelsAreAllCombined) {
    auto channels = command<ethtool_channels>(ETHTOOL_GCHANNELS);
    ASSERT_EQ(call(channels), 0);
    EXPECT_EQ(channels.combined_count, 32U);
    channels.cmd = ETHTOOL_SCHANNELS;
    channels.combined_count = 16;
    EXPECT_EQ(call(channels), 0);
    EXPECT_EQ(port.combined, 16U);
    for (const unsigned wrong : {0U, 65U}) {
        channels.combined_count = wrong;
        EXPECT_EQ(call(channels), -EINVAL);
    }
    channels.combined_count = 8;
    channels.rx_count = 1;
    EXPECT_EQ(call(channels), -EINVAL);
    EXPECT_EQ(port.combined, 16U);
}

TEST_F(SimEthtool, RingSizesAboveTheMaximumAreRefused) {
    auto ring = command<ethtool_ringparam>(ETHTOOL_GRINGPARAM);
    ASSERT_EQ(call(ring), 0);
    EXPECT_EQ(ring.rx_max_pending, 4096U);
    ring.cmd = ETHTOOL_SRINGPARAM;
    ring.rx_pending = 1024;
    EXPECT_EQ(call(ring), 0);
    EXPECT_EQ(port.rx, 1024U);
    ring.rx_pending = 4097;
    EXPECT_EQ(call(ring), -EINVAL);
    ring.rx_pending = 512;
    ring.rx_mini_pending = 1;
    EXPECT_EQ(call(ring), -EINVAL);
    EXPECT_EQ(port.rx, 1024U);
}

TEST_F(SimEthtool, StatisticsHaveTheirNames) {
    auto sets = command<ethtool_sset_info>(ETHTOOL_GSSET_INFO);
    sets.sset_mask = 1ULL << ETH_SS_STATS | 1ULL << 63;
    ASSERT_EQ(call(sets), 0);
    EXPECT_EQ(sets.sset_mask, 1ULL << ETH_SS_STATS) << "a set that there is not is left out";
    EXPECT_EQ(tail_as<std::uint32_t>(), std::vector<std::uint32_t>{2});

    auto strings = command<ethtool_gstrings>(ETHTOOL_GSTRINGS);
    strings.string_set = ETH_SS_STATS;
    ASSERT_EQ(call(strings), 0);
    EXPECT_EQ(strings.len, 2U);
    ASSERT_EQ(tail.size(), 2U * ETH_GSTRING_LEN);
    const auto text = tail_as<char>();
    EXPECT_STREQ(text.data(), "rx_packets");
    EXPECT_EQ(std::string(text.data() + ETH_GSTRING_LEN), std::string(31, 'n')) << "cut, and still terminated";

    auto stats = command<ethtool_stats>(ETHTOOL_GSTATS);
    ASSERT_EQ(call(stats), 0);
    EXPECT_EQ(stats.n_stats, 2U);
    EXPECT_EQ(tail_as<std::uint64_t>(), (std::vector<std::uint64_t>{7, 8}));
}

TEST_F(SimEthtool, TheModuleIsReadInPieces) {
    auto info = command<ethtool_modinfo>(ETHTOOL_GMODULEINFO);
    ASSERT_EQ(call(info), 0);
    EXPECT_EQ(info.type, std::uint32_t{ETH_MODULE_SFF_8079});
    auto memory = command<ethtool_eeprom>(ETHTOOL_GMODULEEEPROM);
    memory.len = info.eeprom_len;
    ASSERT_EQ(call(memory), 0);
    const auto all = tail_as<std::uint8_t>();
    ASSERT_EQ(all.size(), info.eeprom_len);
    EXPECT_EQ(all[0], 3);
    unsigned sum = 0;
    for (unsigned i = 0; i < 63; ++i) sum += all[i];
    EXPECT_EQ(all[63], sum & 0xff);
    memory.offset = 20;
    memory.len = 6;
    ASSERT_EQ(call(memory), 0);
    const auto vendor = tail_as<char>();
    EXPECT_EQ(std::string(vendor.begin(), vendor.end()), "bifurc");
    memory.offset = info.eeprom_len - 1;
    memory.len = 2;
    EXPECT_EQ(call(memory), -EINVAL);
}

TEST_F(SimEthtool, ThereIsNoFlowControl) {
    auto pause = command<ethtool_pauseparam>(ETHTOOL_GPAUSEPARAM);
    ASSERT_EQ(call(pause), 0);
    EXPECT_EQ(pause.rx_pause + pause.tx_pause, 0U);
}

class SimEthtoolFeatures : public SimEthtool {
protected:
    static constexpr std::size_t kBlocks = 8;  // more than any kernel has: it answers how many

    void SetUp() override {
        bit_ = place_of("rx-ntuple-filter");
        ASSERT_GT(bit_, 0U);
    }
    unsigned place_of(const std::string& name) {
        auto strings = command<ethtool_gstrings>(ETHTOOL_GSTRINGS);
        strings.string_set = ETH_SS_FEATURES;
        EXPECT_EQ(call(strings), 0);
        const auto text = tail_as<char>();
        unsigned place = 0;
        for (unsigned i = 0; i < strings.len; i++)
            if (std::string(text.data() + i * ETH_GSTRING_LEN) == name) place = i;
        return place;
    }
    ethtool_get_features_block block() {
        auto features = command<ethtool_gfeatures>(ETHTOOL_GFEATURES);
        features.size = kBlocks;
        EXPECT_EQ(call(features), 0);
        words_ = features.size;
        return tail_as<ethtool_get_features_block>()[bit_ / 32];
    }
    int set(bool on) {
        std::vector<ethtool_set_features_block> blocks(words_);
        blocks[bit_ / 32] = {.valid = mask(), .requested = on ? mask() : 0};
        auto features = command<ethtool_sfeatures>(ETHTOOL_SFEATURES);
        features.size = words_;
        EthtoolReply payload = answer(features);
        append(payload, blocks.data(), blocks.size());
        return call_with(features, payload.payload);
    }
    std::uint32_t mask() const { return 1U << bit_ % 32; }

    unsigned bit_ = 0;
    std::uint32_t words_ = 0;
};

TEST_F(SimEthtoolFeatures, NtupleIsTheOneThatThePortBrings) {
    EXPECT_NE(block().available & mask(), 0U);
    EXPECT_EQ(block().never_changed & mask(), 0U);
    EXPECT_EQ(block().active & mask(), 0U);
    ASSERT_EQ(set(true), 0);
    EXPECT_TRUE(port.ntuple());
    EXPECT_NE(block().active & mask(), 0U);
    auto flags = command<ethtool_value>(ETHTOOL_GFLAGS);
    ASSERT_EQ(call(flags), 0);
    EXPECT_NE(flags.data & ETH_FLAG_NTUPLE, 0U);
    ASSERT_EQ(set(false), 0);
    EXPECT_FALSE(port.ntuple());
}

TEST_F(SimEthtoolFeatures, OffloadsAreTheNicsAndOnUntilSwitchedOff) {
    const struct {
        const char* name;
        Offload offload;
        std::uint32_t word, bit;  // which ioctl of the old kind tells the same
    } rows[] = {{"rx-checksum", Offload::rx_checksum, ETHTOOL_GRXCSUM, 1},
                {"tx-checksum-ip-generic", Offload::tx_checksum, ETHTOOL_GTXCSUM, 1},
                {"tx-tcp-segmentation", Offload::tso, ETHTOOL_GTSO, 1},
                {"rx-vlan-hw-parse", Offload::rx_vlan, ETHTOOL_GFLAGS, ETH_FLAG_RXVLAN},
                {"tx-vlan-hw-insert", Offload::tx_vlan, ETHTOOL_GFLAGS, ETH_FLAG_TXVLAN},
                {"rx-hashing", Offload::rx_hash, ETHTOOL_GFLAGS, ETH_FLAG_RXHASH},
                {"rx-lro", Offload::lro, ETHTOOL_GFLAGS, ETH_FLAG_LRO}};
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        bit_ = place_of(row.name);
        ASSERT_GT(bit_, 0U);
        const auto told = [&] {
            auto word = command<ethtool_value>(row.word);
            EXPECT_EQ(call(word), 0);
            return (word.data & row.bit) != 0;
        };
        EXPECT_NE(block().active & mask(), 0U);
        EXPECT_TRUE(told());
        ASSERT_EQ(set(false), 0);
        EXPECT_FALSE(port.offload(row.offload));
        EXPECT_EQ(block().active & mask(), 0U);
        EXPECT_NE(block().available & mask(), 0U);
        EXPECT_FALSE(told());
        ASSERT_EQ(set(true), 0);
        EXPECT_TRUE(told());
    }
}

TEST_F(SimEthtoolFeatures, AStructureOfTheWrongSizeChangesNothing) {
    (void)block();
    words_++;
    EXPECT_LT(set(true), 0);
    EXPECT_FALSE(port.ntuple());
    auto features = command<ethtool_sfeatures>(ETHTOOL_SFEATURES);
    features.size = 0xffffffff;
    EXPECT_EQ(call(features), -EINVAL) << "it announces blocks that did not come";
}

TEST_F(SimEthtool, RulesAreAddedListedAndDeleted) {
    auto request = command<ethtool_rxnfc>(ETHTOOL_SRXCLSRLINS);
    request.fs.flow_type = UDP_V4_FLOW;
    request.fs.location = RX_CLS_LOC_ANY;
    ASSERT_EQ(call(request), 0);
    EXPECT_EQ(request.fs.location, 2045U) << "the location that was chosen";

    ethtool_rx_flow_spec second{};
    second.location = 7;
    auto count = command<ethtool_rxnfc>(ETHTOOL_GRXCLSRLCNT);
    ASSERT_EQ(call(count), 0);
    EXPECT_EQ(count.rule_cnt, 1U);

    auto all = command<ethtool_rxnfc>(ETHTOOL_GRXCLSRLALL);
    EXPECT_EQ(call(all), -EMSGSIZE) << "no room";
    all.rule_cnt = 5;
    ASSERT_EQ(call(all), 0);
    EXPECT_EQ(all.rule_cnt, 1U);
    EXPECT_EQ(all.data, 2046U);
    std::uint32_t location = 0;
    std::memcpy(&location, reinterpret_cast<const char*>(&all) + offsetof(ethtool_rxnfc, rule_locs), sizeof(location));
    EXPECT_EQ(location, 2045U);
    ASSERT_EQ(port.fake_rules.add(second), 0);
    ASSERT_EQ(call(all), -EMSGSIZE);
    all.rule_cnt = 2;
    ASSERT_EQ(call(all), 0);
    EXPECT_EQ(tail_as<std::uint32_t>(), std::vector<std::uint32_t>{2045}) << "7 is in the structure, 2045 behind it";

    auto one = command<ethtool_rxnfc>(ETHTOOL_GRXCLSRULE);
    one.fs.location = 2045;
    ASSERT_EQ(call(one), 0);
    EXPECT_EQ(one.fs.flow_type, static_cast<std::uint32_t>(UDP_V4_FLOW));

    auto gone = command<ethtool_rxnfc>(ETHTOOL_SRXCLSRLDEL);
    gone.fs.location = 2045;
    EXPECT_EQ(call(gone), 0);
    EXPECT_EQ(call(gone), -EINVAL);
    EXPECT_EQ(call(one), -EINVAL);
}

TEST_F(SimEthtool, ARefusedRuleIsTheRulesOwnError) {
    auto request = command<ethtool_rxnfc>(ETHTOOL_SRXCLSRLINS);
    request.fs.ring_cookie = 32;
    EXPECT_EQ(call(request), -EINVAL);
}

TEST_F(SimEthtool, HashFields) {
    const auto fields = [this](std::uint32_t flow_type) -> std::uint64_t {
        auto request = command<ethtool_rxnfc>(ETHTOOL_GRXFH);
        request.flow_type = flow_type;
        std::vector<std::byte> payload = answer(request).payload;
        payload.resize(16);
        const EthtoolReply reply = ethtool_ioctl(port, ETHTOOL_GRXFH, payload);
        if (reply.error != 0) return 0;
        EXPECT_EQ(reply.payload.size(), 16U);
        std::uint64_t data = 0;
        std::memcpy(&data, reply.payload.data() + 8, sizeof(data));
        return data;
    };
    EXPECT_EQ(fields(TCP_V4_FLOW), RXH_IP_SRC | RXH_IP_DST | RXH_L4_B_0_1 | RXH_L4_B_2_3);
    EXPECT_EQ(fields(UDP_V4_FLOW), RXH_IP_SRC | RXH_IP_DST);
    EXPECT_EQ(fields(ETHER_FLOW), 0U);
}

TEST_F(SimEthtool, RssIsAskedForItsSizesAndThenForItself) {
    auto rss = command<ethtool_rxfh>(ETHTOOL_GRSSH);
    ASSERT_EQ(call(rss), 0);
    EXPECT_EQ(rss.indir_size, 128U);
    EXPECT_EQ(rss.key_size, 40U);
    EXPECT_TRUE(tail.empty());
    ASSERT_EQ(call(rss), 0);
    EXPECT_EQ(rss.hfunc, 1);
    ASSERT_EQ(tail.size(), 128U * 4 + 40);
    EXPECT_EQ(tail_as<std::uint32_t>()[127], 127U);
    EXPECT_EQ(tail[128 * 4 + 1], std::byte{2});
    rss.key_size = 39;
    EXPECT_EQ(call(rss), -EINVAL);
    rss.rss_context = 1;
    EXPECT_EQ(call(rss), -EOPNOTSUPP);

    auto table = command<ethtool_rxfh_indir>(ETHTOOL_GRXFHINDIR);
    ASSERT_EQ(call(table), 0);
    EXPECT_EQ(table.size, 128U);
    EXPECT_TRUE(tail.empty());
}

// ethtool -X: a word for each entry behind the structure, none for the default.
TEST_F(SimEthtool, TheRssTableIsTakenWholeOrNotAtAll) {
    const auto set = [this](const ethtool_rxfh& head, std::size_t entries, std::uint32_t queue) {
        std::vector<std::byte> payload(sizeof(head) + entries * sizeof(queue));
        std::memcpy(payload.data(), &head, sizeof(head));
        for (std::size_t i = 0; i < entries; ++i)
            std::memcpy(payload.data() + sizeof(head) + i * sizeof(queue), &queue, sizeof(queue));
        const EthtoolReply reply = ethtool_ioctl(port, ETHTOOL_SRSSH, payload);
        EXPECT_TRUE(reply.payload.empty());
        return reply.error;
    };
    auto rss = command<ethtool_rxfh>(ETHTOOL_SRSSH);
    EXPECT_EQ(set(rss, 0, 0), 0);
    EXPECT_TRUE(port.wanted_table.empty()) << "the default";
    rss.indir_size = 128;
    EXPECT_EQ(set(rss, 128, 5), 0);
    EXPECT_EQ(port.wanted_table, std::vector<std::uint8_t>(128, 5));
    port.wanted_table.clear();
    EXPECT_EQ(set(rss, 127, 5), -EINVAL) << "one is missing";
    EXPECT_EQ(set(rss, 128, 256), -EINVAL);
    rss.indir_size = 64;
    EXPECT_EQ(set(rss, 64, 5), -EINVAL);
    rss.indir_size = 0xffffffff;
    EXPECT_EQ(set(rss, 0, 0), 0) << "nothing is to change";
    rss.key_size = 40;
    EXPECT_EQ(set(rss, 10, 0), -EOPNOTSUPP);
    EXPECT_TRUE(port.wanted_table.empty());
    rss.key_size = 0;
    rss.indir_size = 128;
    port.rss_answer = -EINVAL;
    EXPECT_EQ(set(rss, 128, 17), -EINVAL);
}

TEST_F(SimEthtool, PermanentAddressNeedsRoom) {
    auto request = command<ethtool_perm_addr>(ETHTOOL_GPERMADDR);
    EXPECT_EQ(call(request), -EINVAL);
    request.size = 32;
    ASSERT_EQ(call(request), 0);
    EXPECT_EQ(request.size, 6U);
    EXPECT_EQ(tail.size(), 6U);
}

TEST_F(SimEthtool, RestartResets) {
    auto restart = command<ethtool_value>(ETHTOOL_NWAY_RST);
    EXPECT_EQ(call(restart), 0);
    EXPECT_EQ(port.resets, 1);
}

}  // namespace
}  // namespace bifurc::sim
