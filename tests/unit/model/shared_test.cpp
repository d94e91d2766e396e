// SPDX-License-Identifier: BSD-3-Clause
// All queues' registers in memory that a driver reads and writes without anybody noticing.
#include <gtest/gtest.h>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

// Its queues' pages are reached by loads and stores, all else as by any driver.
class SharedBench : public Bench {
public:
    SharedBench() : SharedBench(std::make_unique<Registers>()) {}

    template <class R>
    std::uint32_t& stored(unsigned i) {
        return *reinterpret_cast<std::uint32_t*>(memory_->data() + R::at(i));
    }
    void start_rx(unsigned queue) {
        for (std::uint32_t slot = 0; slot < kSlots; ++slot) rx_desc(slot).read = {buffer(slot), 0};
        stored<RDBAL>(queue) = static_cast<std::uint32_t>(kRxRing);
        stored<RDBAH>(queue) = static_cast<std::uint32_t>(kRxRing >> 32);
        stored<RDLEN>(queue) = kSlots * 16;
        stored<RDH>(queue) = 0;
        stored<SRRCTL>(queue) = SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(2).with<SRRCTL::DESCTYPE>(1).raw;
        stored<RXDCTL>(queue) = RXDCTL::ENABLE::mask;
        stored<RDT>(queue) = kSlots - 1;
    }
    void start_tx(unsigned queue) {
        stored<TDBAL>(queue) = static_cast<std::uint32_t>(kTxRing);
        stored<TDBAH>(queue) = static_cast<std::uint32_t>(kTxRing >> 32);
        stored<TDLEN>(queue) = kSlots * 16;
        stored<TXDCTL>(queue) = TXDCTL::ENABLE::mask;
        const Frame frame = udp_frame();
        std::memcpy(memory.inside(kBuffers, frame.size()), frame.data(), frame.size());
        post(0, kBuffers, static_cast<std::uint32_t>(frame.size()), kWholeFrame);
        stored<TDT>(queue) = 1;
    }
    void receive_one() {
        nic.receive(udp_frame());
        nic.poll(8);
    }

private:
    using Registers = std::array<std::byte, kBarLen>;
    explicit SharedBench(std::unique_ptr<Registers> registers)
        : Bench(true, 512 * 1024, *registers), memory_(std::move(registers)) {}
    std::unique_ptr<Registers> memory_;
};

TEST(Shared, QueuesAreDrivenByLoadsAndStoresAlone) {
    SharedBench bench;
    bench.start_rx(0);
    bench.receive_one();
    EXPECT_EQ(bench.received(0), udp_frame());
    EXPECT_EQ(bench.stored<RDH>(0), 1u);
    bench.start_tx(100);
    bench.nic.poll(8);
    EXPECT_EQ(bench.wire.frames.size(), 1u);
    EXPECT_EQ(bench.stored<TDH>(100), 1u);
    EXPECT_EQ(bench.read<TDH>(100).raw, 1u) << "a trapped access finds the same register";
}

TEST(Shared, ARegistersOtherAddressIsTrappedAndSeenInThePage) {  // DS 8.2.3.8.7: SRRCTL
    SharedBench bench;
    bench.write32(0x02100 + 4 * 3, 0x1234);
    EXPECT_EQ(bench.stored<SRRCTL>(3), 0x1234u);
}

TEST(Shared, AResetStopsTheQueuesAndPutsThePagesBack) {
    SharedBench bench;
    bench.start_rx(0);
    bench.receive_one();
    bench.write<CTRL>(CTRL::value{}.with<CTRL::RST>(1));
    EXPECT_EQ(bench.stored<RXDCTL>(0), 0u);
    EXPECT_EQ(bench.stored<RDBAL>(0), 0u);
    EXPECT_EQ(bench.stored<SRRCTL>(0), RegisterFile::reset_value<SRRCTL>().raw);
    EXPECT_EQ(bench.nic.poll(8), 0u);
}

TEST(Shared, ARingThatStartsAnewBetweenTwoPollsDoes) {
    SharedBench bench;
    bench.start_rx(0);
    bench.receive_one();
    bench.receive_one();
    bench.stored<RXDCTL>(0) = 0;
    bench.start_rx(0);
    bench.receive_one();
    EXPECT_EQ(bench.received(0), udp_frame());
    EXPECT_EQ(bench.stored<RDH>(0), 1u);
}

TEST(Shared, AHeadThatTheDriverSetsMeanwhileIsNotOverwritten) {
    SharedBench bench;
    bench.start_tx(0);
    bench.wire.on_transmit = [&] { bench.stored<TDH>(0) = 5, bench.stored<TDT>(0) = 5; };
    bench.nic.poll(8);
    EXPECT_EQ(bench.stored<TDH>(0), 5u);
    bench.post(5, Bench::kBuffers, 60, kWholeFrame);
    bench.stored<TDT>(0) = 6;
    bench.wire.on_transmit = [] {};
    bench.nic.poll(8);
    EXPECT_EQ(bench.stored<TDH>(0), 6u);
    EXPECT_EQ(bench.wire.frames.size(), 2u);
}

TEST(Shared, ATrappedAccessComesAfterWhatWasStoredBefore) {
    SharedBench bench;
    bench.start_tx(0);
    bench.wire.room = 0;
    bench.nic.poll(8);
    bench.stored<TXDCTL>(0) = 0;
    static_cast<void>(bench.read<STATUS>());  // as drivers flush their writes
    bench.stored<TDT>(0) = 0;
    bench.stored<TXDCTL>(0) = TXDCTL::ENABLE::mask;
    bench.wire.room = 8;
    bench.nic.poll(8);
    EXPECT_TRUE(bench.wire.frames.empty()) << "the frame was given up when the queue was disabled";
}

TEST(Shared, CountersThatNoReadWouldClearStandStill) {
    SharedBench bench;
    bench.start_rx(0);
    bench.receive_one();
    bench.nic.poll(8);
    EXPECT_EQ(bench.stored<QPRC>(0), 0u);
    EXPECT_EQ(bench.stored<QBRC_L>(0), 0u);
    EXPECT_EQ(bench.read<GPRC>().raw, 1u) << "of the others nothing changes";
}

}  // namespace
}  // namespace bifurc::model::test
