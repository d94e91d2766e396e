// SPDX-License-Identifier: BSD-3-Clause
// What a borrowing program may do to its registers and descriptors: anything, at any time. Every frame must still end
// in exactly one place, and nothing outside the mapped memory may be touched (the sanitizers watch).
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

struct Pages {
    alignas(kPageLen) std::array<std::byte, kPageLen> rx{}, tx{};

    static std::atomic_ref<std::uint32_t> word(std::array<std::byte, kPageLen>& page, std::uint32_t offset) {
        return std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(&page[offset % kPageLen & ~3u]));
    }
};

// Mostly values that a register might hold, so that the nonsense gets far; now and then any word.
std::uint32_t plausible(std::mt19937& random) {
    const std::uint32_t values[] = {0,
                                    1,
                                    Bench::kSlots - 1,
                                    Bench::kSlots * 16,
                                    0x80,
                                    static_cast<std::uint32_t>(Bench::kRxRing),
                                    static_cast<std::uint32_t>(Bench::kTxRing),
                                    static_cast<std::uint32_t>(Bench::kRxRing >> 32),
                                    SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(1).with<SRRCTL::DESCTYPE>(1).raw,
                                    SRRCTL::Drop_En::mask | 2,
                                    RXDCTL::ENABLE::mask,
                                    RXDCTL::ENABLE::mask | RXDCTL::VME::mask,
                                    RSCCTL::RSCEN::mask | RSCCTL::MAXDESC::mask,
                                    0xffffffff,
                                    static_cast<std::uint32_t>(random())};
    return values[random() % std::size(values)];
}

void scribble(Pages& pages, unsigned pair, std::mt19937& random) {
    auto& page = random() % 2 == 0 ? pages.rx : pages.tx;
    const std::uint32_t block = &page == &pages.rx ? RDBAL::at(pair) : TDBAL::at(pair);
    Pages::word(page, block + random() % 16 * 4).store(plausible(random));
}

void scribble_descriptors(Bench& bench, std::mt19937& random) {
    const std::uint64_t ring = random() % 2 == 0 ? Bench::kRxRing : Bench::kTxRing;
    auto& raw = bench.memory.at<std::array<std::uint64_t, 2>>(ring + random() % Bench::kSlots * 16);
    raw[0] = random() % 4 == 0 ? random() : Bench::buffer(random() % Bench::kSlots);
    raw[1] = std::uint64_t{random()} << 32 | random();
    if (random() % 2 == 0) raw[1] = kWholeFrame | random() % 2000 | std::uint64_t{random() % 2000} << 46;
}

// Frames for queue 5, which is lent and may coalesce.
void steer_all(Bench& bench) {
    bench.allow_rsc(5);
    bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x800).with<ETQF::Filter_Enable>(1));
    bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(5).with<ETQS::Queue_Enable>(1));
}

TEST(Nonsense, EveryFrameEndsInOnePlaceWhateverIsWritten) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random{seed};
        Bench bench{seed % 2 == 0, 64 * 1024};
        steer_all(bench);
        auto pages = std::make_unique<Pages>();
        bench.nic.lend(5, pages->rx.data(), pages->tx.data());
        std::uint32_t sequence = 1;
        std::uint64_t now_ns = 0;
        for (int step = 0; step < 2000; ++step) {
            switch (random() % 8) {
                case 0:
                    scribble(*pages, 5, random);
                    break;
                case 1:
                    scribble_descriptors(bench, random);
                    break;
                case 2:
                    bench.wire.room = random() % 8;
                    bench.nic.advance(now_ns += random() % 30'000);
                    bench.nic.poll(random() % 16);
                    break;
                case 3:
                    bench.nic.sync();
                    break;
                case 4:
                    bench.nic.receive(tcp_frame({.sequence = sequence, .payload = 500}));
                    sequence += random() % 8 == 0 ? 0 : 500;
                    break;
                default:
                    bench.nic.receive(udp_frame({}, random() % 1600));
                    break;
            }
            ASSERT_TRUE(adds_up(bench.nic)) << step;
        }
        bench.nic.take_back(5);
        bench.nic.poll(10'000);
        EXPECT_EQ(bench.nic.rx_pending(), 0u) << "a queue that was taken back holds up nobody";
        EXPECT_TRUE(adds_up(bench.nic));
    }
}

TEST(Nonsense, AnyRegisterMayHoldAnything) {
    std::mt19937 random{7};
    Bench bench;
    for (int step = 0; step < 20'000; ++step) {
        const std::uint32_t offset = random() % kBarLen & ~3u;
        if (random() % 2 == 0)
            bench.nic.write32(offset, plausible(random));
        else
            static_cast<void>(bench.nic.read32(offset));
        if (step % 16 == 0) bench.nic.receive(udp_frame({.src_ip = static_cast<std::uint32_t>(random())}));
        if (step % 64 == 0) bench.nic.poll(64);
    }
    EXPECT_TRUE(adds_up(bench.nic));
    bench.write<CTRL>(CTRL::value{}.with<CTRL::RST>(1));
    EXPECT_EQ(bench.nic.rx_pending(), 0u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Nonsense, AnotherThreadMayWriteLentPagesMeanwhile) {
    Bench bench;
    steer_all(bench);
    auto pages = std::make_unique<Pages>();
    bench.nic.lend(5, pages->rx.data(), pages->tx.data());
    std::atomic<bool> over{false};
    std::thread program([&] {
        std::mt19937 random{11};
        while (!over.load()) scribble(*pages, 5, random);
    });
    for (std::uint32_t step = 0; step < 20'000; ++step) {
        bench.nic.receive(step % 3 == 0 ? udp_frame() : tcp_frame({.sequence = step / 3 * 2 + step % 3, .payload = 1}));
        if (step % 4 != 0) continue;
        bench.nic.advance(step * 5000);
        bench.nic.poll(4);
        ASSERT_TRUE(adds_up(bench.nic)) << step;
    }
    over = true;
    program.join();
    bench.nic.take_back(5);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(Lent, PagesStartAtTheirResetValuesWhateverWasInThem) {
    Bench bench;
    steer_all(bench);
    auto pages = std::make_unique<Pages>();
    pages->rx.fill(std::byte{0xff});
    pages->tx.fill(std::byte{0xff});
    bench.nic.lend(5, pages->rx.data(), pages->tx.data());
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.rx_account().queue_disabled, 1u);
    EXPECT_EQ(bench.nic.tx_account().bad_descriptor, 0u);
    EXPECT_EQ(Pages::word(pages->rx, RDBAL::at(5)).load(), 0u);
    EXPECT_EQ(Pages::word(pages->rx, RDBAL::at(4)).load(), 0xffffffffu) << "the neighbour's are the neighbour's";
}

}  // namespace
}  // namespace bifurc::model::test
