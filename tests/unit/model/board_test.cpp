// SPDX-License-Identifier: BSD-3-Clause
// What a driver's probe reads: NVM, SFP+ module, semaphores, MDIO, link.
#include <gtest/gtest.h>

#include <optional>

#include "bench_nic.h"
#include "hw/ixgbe_board.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

std::uint16_t nvm_word(Bench& bench, std::uint32_t address) {
    bench.write<EERD>(EERD::value{}.with<EERD::ADDR>(address).with<EERD::START>(1));
    const auto eerd = bench.read<EERD>();
    EXPECT_EQ(eerd.get<EERD::DONE>(), 1u);
    return static_cast<std::uint16_t>(eerd.get<EERD::DATA>());
}

// The EEPROM's own bus as a driver moves it, the bus granted and the chip selected.
class Spi {
public:
    explicit Spi(Bench& bench) : bench_(bench) {
        set(EEC::EE_REQ::mask | EEC::EE_CS::mask);
        EXPECT_EQ(bench.read<EEC>().get<EEC::EE_GNT>(), 1u);
        set(EEC::EE_REQ::mask);
    }
    ~Spi() {
        set(EEC::EE_REQ::mask | EEC::EE_CS::mask);
        set(0);
        EXPECT_EQ(bench_.read<EEC>().get<EEC::EE_GNT>(), 0u);
    }
    void put(unsigned value, int bits) {
        while (bits-- > 0) {
            const std::uint32_t in = (value >> bits & 1) != 0 ? EEC::EE_DI::mask : 0;
            set(EEC::EE_REQ::mask | in);
            set(EEC::EE_REQ::mask | in | EEC::EE_SK::mask);
            set(EEC::EE_REQ::mask | in);
        }
    }
    unsigned get(int bits) {
        unsigned value = 0;
        while (bits-- > 0) {
            set(EEC::EE_REQ::mask | EEC::EE_SK::mask);
            value = value << 1 | bench_.read<EEC>().get<EEC::EE_DO>();
            set(EEC::EE_REQ::mask);
        }
        return value;
    }

private:
    void set(std::uint32_t lines) { bench_.write<EEC>({lines}); }
    Bench& bench_;
};

// The two-wire bus as a driver moves it, one line at a time.
class TwoWire {
public:
    explicit TwoWire(Bench& bench) : bench_(bench) {}

    void start() { line(true, true), line(true, false), line(false, false); }
    void stop() { line(false, false), line(true, false), line(true, true); }
    bool put(unsigned byte) {  // true: acknowledged
        for (int bit = 7; bit >= 0; --bit) {
            const bool value = (byte >> bit & 1) != 0;
            line(false, value), line(true, value), line(false, value);
        }
        const bool level = sample();
        return !level;
    }
    unsigned get(bool more) {
        unsigned byte = 0;
        for (int bit = 0; bit < 8; ++bit) byte = byte << 1 | (sample() ? 1u : 0u);
        line(false, !more), line(true, !more), line(false, !more);
        return byte;
    }

private:
    void line(bool clock, bool data) {
        bench_.write<I2CCTL>(I2CCTL::value{}.with<I2CCTL::I2C_CLK_OUT>(clock).with<I2CCTL::I2C_DATA_OUT>(data));
        EXPECT_EQ(bench_.read<I2CCTL>().get<I2CCTL::I2C_CLK_IN>(), clock ? 1u : 0u);
    }
    bool sample() {
        line(false, true), line(true, true);
        const bool level = bench_.read<I2CCTL>().get<I2CCTL::I2C_DATA_IN>() != 0;
        line(false, true);
        return level;
    }
    Bench& bench_;
};

constexpr unsigned kModule = 0xa0, kReadFrom = 1;

std::optional<std::vector<unsigned>> module_bytes(Bench& bench, unsigned device, unsigned offset, unsigned count) {
    TwoWire bus(bench);
    bus.start();
    if (!bus.put(device)) return std::nullopt;
    EXPECT_TRUE(bus.put(offset));
    bus.start();
    EXPECT_TRUE(bus.put(device | kReadFrom));
    std::vector<unsigned> bytes;
    while (bytes.size() < count) bytes.push_back(bus.get(bytes.size() + 1 < count));
    bus.stop();
    return bytes;
}

TEST(Board, NvmChecksumIsRight) {  // DS 6.3.8.6
    Bench bench;
    EXPECT_EQ(bench.read<EEC>().get<EEC::EE_PRES>(), 1u);
    unsigned sum = 0;
    for (std::uint32_t word = 0; word <= 0x3f; ++word) sum += nvm_word(bench, word);
    EXPECT_EQ(sum & 0xffff, 0xbabau);
    for (std::uint32_t pointer = 3; pointer < 0xf; ++pointer) EXPECT_EQ(nvm_word(bench, pointer), 0xffff) << pointer;
    EXPECT_EQ(nvm_word(bench, 0x1fff), 0xffff) << "erased";
}

TEST(Board, NvmIsReadOverItsOwnBusToo) {  // DS 3.4.7; what DPDK does before it knows the part
    Bench bench;
    for (const std::uint32_t word : {0x00u, 0x15u, 0x3fu}) {
        Spi spi(bench);
        spi.put(3, 8);
        spi.put(2 * word, 16);
        const unsigned bytes = spi.get(16);
        EXPECT_EQ((bytes >> 8 | bytes << 8) & 0xffff, nvm_word(bench, word)) << word;
    }
    Spi spi(bench);
    spi.put(5, 8);
    EXPECT_EQ(spi.get(8), 0u) << "ready";
}

TEST(Board, NvmNamesItsPartAndAFirmware) {
    Bench bench;
    EXPECT_EQ(nvm_word(bench, 0x15), 0xfafa);
    const std::uint16_t section = nvm_word(bench, 0x16);
    std::string name;
    for (std::uint32_t i = 1; i < nvm_word(bench, section); ++i) {
        const std::uint16_t word = nvm_word(bench, section + i);
        name += {static_cast<char>(word >> 8), static_cast<char>(word & 0xff)};
    }
    EXPECT_EQ(name, "BIFURC-001");
    EXPECT_GT(nvm_word(bench, nvm_word(bench, nvm_word(bench, 0x0f) + 4u) + 7u), 5) << "the patch's version";
}

TEST(Board, ModuleIsAShortRangeOpticOfAnAcceptedVendor) {  // SFF-8472
    Bench bench;
    EXPECT_EQ(module_bytes(bench, kModule, 0, 4), (std::vector<unsigned>{3, 4, 7, 0x10}));
    EXPECT_EQ(module_bytes(bench, kModule, 37, 3), (std::vector<unsigned>{0x00, 0x1b, 0x21}));
    const auto all = module_bytes(bench, kModule, 0, 96);
    ASSERT_TRUE(all);
    unsigned base = 0, extended = 0;
    for (unsigned i = 0; i < 63; ++i) base += (*all)[i];
    for (unsigned i = 64; i < 95; ++i) extended += (*all)[i];
    EXPECT_EQ((*all)[63], base & 0xff);
    EXPECT_EQ((*all)[95], extended & 0xff);
    EXPECT_TRUE(bench.nic.unknown_accesses().empty());
}

TEST(Board, ModuleAnswersToItsAddressOnly) {
    Bench bench;
    EXPECT_FALSE(module_bytes(bench, 0xa2, 0, 1)) << "no diagnostics";
    EXPECT_EQ(module_bytes(bench, kModule, 255, 2), (std::vector<unsigned>{0, 3})) << "begins again at its end";
}

TEST(Board, ModuleIsNotWritten) {
    Bench bench;
    TwoWire bus(bench);
    bus.start();
    EXPECT_TRUE(bus.put(kModule));
    EXPECT_TRUE(bus.put(0));
    EXPECT_FALSE(bus.put(0x55));
    bus.stop();
    EXPECT_EQ(module_bytes(bench, kModule, 0, 1), (std::vector<unsigned>{3}));
}

TEST(Board, WhoReadsTheSemaphoreFreeHasIt) {  // DS 8.2.3.4.12
    Bench bench;
    EXPECT_EQ(bench.read<SWSM>().get<SWSM::SMBI>(), 0u);
    EXPECT_EQ(bench.read<SWSM>().get<SWSM::SMBI>(), 1u);
    bench.write<SWSM>(SWSM::value{}.with<SWSM::SMBI>(1).with<SWSM::SWESMBI>(1));
    EXPECT_EQ(bench.read<SWSM>().get<SWSM::SWESMBI>(), 1u);
    bench.write<SWSM>({0});
    EXPECT_EQ(bench.read<SWSM>().raw, 0u);
}

TEST(Board, NobodyAnswersOnTheMdio) {
    Bench bench;
    bench.write<MSCA>(MSCA::value{}.with<MSCA::MDICMD>(1).with<MSCA::OPCODE>(3));
    EXPECT_EQ(bench.read<MSCA>().get<MSCA::MDICMD>(), 0u) << "done at once";
    EXPECT_EQ(bench.read<MSRWD>().get<MSRWD::MDIRDDATA>(), 0xffffu);
}

TEST(Board, LinkIsSerialTenGigabitAndRestartsAtOnce) {
    Bench bench;
    const auto autoc = bench.read<AUTOC>();
    EXPECT_EQ(autoc.get<AUTOC::LMS>(), AUTOC::kSerial10G);
    bench.write<AUTOC>(autoc.with<AUTOC::Restart_AN>(1));
    EXPECT_EQ(bench.read<AUTOC>().raw, autoc.raw);
    EXPECT_NE(bench.read<ANLP1>().get<ANLP1::AN_state>(), 0u);
    EXPECT_EQ(bench.read<LINKS>().raw, LINKS::LINK_UP::mask | LINKS::LINK_SPEED::mask | LINKS::Link_Status::mask);
    bench.nic.set_link(false);
    EXPECT_EQ(bench.read<LINKS>().raw, 0u);
}

TEST(Board, MasterDisableIsSeenInTheStatus) {  // DS 5.2.5.3.2
    Bench bench;
    EXPECT_EQ(bench.read<STATUS>().get<STATUS::PCIe_Master_Enable>(), 1u);
    bench.write<CTRL>(CTRL::value{}.with<CTRL::PCIe_Master_Disable>(1));
    EXPECT_EQ(bench.read<STATUS>().get<STATUS::PCIe_Master_Enable>(), 0u);
}

}  // namespace
}  // namespace bifurc::model::test
