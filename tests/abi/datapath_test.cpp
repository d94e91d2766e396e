// SPDX-License-Identifier: BSD-3-Clause
// The least that a borrowed pair must do: send what its ring says, stop when told, harm nobody with nonsense. Registers
// and descriptors of the 82599 family, written by hand.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "abi.h"
#include "hw/desc.h"
#include "hw/ixgbe.h"

namespace bifurc::abi {
namespace {

using namespace hw::ixgbe;
using hw::RxDesc;
using hw::RxStatus;
using hw::TxCmd;
using hw::TxDesc;
using hw::TxOlinfo;
using hw::TxStatus;

constexpr unsigned kRing = 64;
constexpr unsigned kFrameLen = 60;
constexpr std::uint64_t kNowhere = 0xdead'0000'0000;  // a bus address that DMA_MAP did not answer

class DataPath : public SplitTest {
protected:
    void SetUp() override {
        SplitTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        const bifurc_info port = info(fd());
        if (port.chip != BIFURC_CHIP_82599) GTEST_SKIP() << "not an 82599";
        window_ = {::mmap(nullptr, port.bar_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), port.bar_len};
        const bifurc_regions granted = regions(fd());
        for (std::uint32_t i = 0; i < granted.count; ++i) {
            const bifurc_region& region = granted.region[i];
            if (region.kind != BIFURC_REGION_BAR) continue;
            ASSERT_NE(::mmap(window_.at(region.bar_offset), region.len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                             fd(), static_cast<off_t>(region.mmap_offset)),
                      MAP_FAILED);
        }
        std::vector<bifurc_dma_segment> segments(2);
        bifurc_dma_map mapped{};
        ASSERT_EQ(dma_map(fd(), memory_.va(), kPage, mapped, segments), 0);
        bus_ = segments[0].bus;
    }
    void TearDown() override {
        if (!window_.ok() || IsSkipped()) return;
        hw::MmioBar bar = this->bar();
        bar.write<TXDCTL>(queue(), bar.read<TXDCTL>(queue()).with<TXDCTL::ENABLE>(0));
        bar.write<RXDCTL>(queue(), bar.read<RXDCTL>(queue()).with<RXDCTL::ENABLE>(0));
        EXPECT_EQ(sync(fd(), held_), 0);
    }
    hw::MmioBar bar() const { return hw::MmioBar{window_.at()}; }
    unsigned queue() const { return held_.first; }

    // DS 4.6.8.1. The ring lies at the start of the page, the frame behind it.
    void start_tx() {
        hw::MmioBar bar = this->bar();
        bar.write<TDBAL>(queue(), {static_cast<std::uint32_t>(bus_)});
        bar.write<TDBAH>(queue(), {static_cast<std::uint32_t>(bus_ >> 32)});
        bar.write<TDLEN>(queue(), {kRing * sizeof(TxDesc)});
        bar.write<TDH>(queue(), {0});
        bar.write<TDT>(queue(), {0});
        bar.write<TXDCTL>(queue(), bar.read<TXDCTL>(queue()).with<TXDCTL::ENABLE>(1));
        ASSERT_TRUE(eventually([&] { return bar.read<TXDCTL>(queue()).get<TXDCTL::ENABLE>() == 1; }));
        auto* frame = static_cast<unsigned char*>(memory_.at(kFrameAt));
        std::memset(frame, 0xff, 6);
        std::memset(frame + 6, 0x02, 6);
        frame[12] = 0x88;  // an ethertype for local experiments
        frame[13] = 0xb5;
    }
    // DS 4.6.7.1. All buffers are the one behind the ring and the frame.
    void start_rx() {
        hw::MmioBar bar = this->bar();
        auto* ring = static_cast<RxDesc*>(memory_.at());
        for (unsigned i = 0; i < kRing; ++i) ring[i].read = {bus_ + kFrameAt + 1024, 0};
        bar.write<RDBAL>(queue(), {static_cast<std::uint32_t>(bus_)});
        bar.write<RDBAH>(queue(), {static_cast<std::uint32_t>(bus_ >> 32)});
        bar.write<RDLEN>(queue(), {kRing * sizeof(RxDesc)});
        bar.write<SRRCTL>(queue(), hw::Value<SRRCTL>{}
                                       .with<SRRCTL::BSIZEPACKET>(1)
                                       .with<SRRCTL::DESCTYPE>(SRRCTL::kAdvancedOneBuffer)
                                       .with<SRRCTL::Drop_En>(1));
        bar.write<RDH>(queue(), {0});
        bar.write<RXDCTL>(queue(), bar.read<RXDCTL>(queue()).with<RXDCTL::ENABLE>(1));
        ASSERT_TRUE(eventually([&] { return bar.read<RXDCTL>(queue()).get<RXDCTL::ENABLE>() == 1; }));
    }
    int arm(int eventfd) {
        bifurc_eventfd request{};
        request.flags = BIFURC_EVENTFD_ARM;
        request.pair = queue();
        request.fd = eventfd;
        request.generation = held_.generation;
        return set(fd(), BIFURC_EVENTFD, request);
    }
    void send(unsigned slot, std::uint64_t bus, std::uint32_t len) {
        TxDesc& desc = static_cast<TxDesc*>(memory_.at())[slot % kRing];
        desc.read.buffer_addr = bus;
        desc.read.cmd_type_len = (len & TxCmd::DTALEN::mask) | TxCmd::kData << TxCmd::DTYP::lo | TxCmd::EOP::mask |
                                 TxCmd::IFCS::mask | TxCmd::RS::mask | TxCmd::DEXT::mask;
        desc.read.olinfo_status = len << TxOlinfo::PAYLEN::lo;
        bar().write<TDT>(queue(), {(slot + 1) % kRing});
    }
    bool sent(unsigned slot) const {
        auto& status = static_cast<TxDesc*>(memory_.at())[slot % kRing].wb.status;
        return eventually([&] { return (std::atomic_ref{status}.load() & TxStatus::DD::mask) != 0; });
    }
    std::uint64_t dma_faults() const {
        bifurc_stats stats{};
        stats.pair = held_.first;
        EXPECT_EQ(get(fd(), BIFURC_STATS, stats), 0);
        return (stats.valid & BIFURC_STATS_DMA_FAULTS) != 0 ? stats.dma_faults : UINT64_MAX;
    }

    static constexpr std::size_t kFrameAt = kRing * sizeof(TxDesc);
    Map window_;
    Map memory_ = anonymous(kPage);
    std::uint64_t bus_ = 0;
};

TEST_F(DataPath, SentFramesAreWrittenBackMoreThanOnceAroundTheRing) {
    start_tx();
    for (unsigned slot = 0; slot < 3 * kRing; ++slot) {
        send(slot, bus_ + kFrameAt, kFrameLen);
        ASSERT_TRUE(sent(slot)) << slot;
    }
    EXPECT_EQ(bar().read<TDH>(queue()).raw, 3 * kRing % kRing);
}

TEST_F(DataPath, DisabledAndSyncedQueueSendsNothing) {
    start_tx();
    hw::MmioBar bar = this->bar();
    bar.write<TXDCTL>(queue(), bar.read<TXDCTL>(queue()).with<TXDCTL::ENABLE>(0));
    ASSERT_EQ(sync(fd(), held_), 0);
    send(0, bus_ + kFrameAt, kFrameLen);
    ASSERT_EQ(sync(fd(), held_), 0);
    EXPECT_EQ(static_cast<TxDesc*>(memory_.at())[0].wb.status & TxStatus::DD::mask, 0u);
}

// A frame at an address that was never mapped is a counted fault. What the queue does next is the chip's affair, but
// the next owner of the pair gets it in order.
TEST_F(DataPath, AddressThatIsNotMappedIsACountedFault) {
    if (info(fd()).dma_protection != BIFURC_DMA_IOMMU) GTEST_SKIP() << "no IOMMU is in force";
    if (dma_faults() == UINT64_MAX) GTEST_SKIP() << "this device counts no faults per pair";
    start_tx();
    send(0, kNowhere, kFrameLen);
    EXPECT_TRUE(eventually([&] { return dma_faults() > 0; }));
}

TEST_F(DataPath, NonsenseInRegistersHarmsNobody) {
    hw::MmioBar bar = this->bar();
    const Fd other = open_port();
    for (const std::uint32_t value : {0xffffffffu, 0x80000001u, 0x02000000u}) {
        for (const std::uint32_t reg : {TDBAL::at(queue()), TDBAH::at(queue()), TDLEN::at(queue()), TDH::at(queue()),
                                        TXDCTL::at(queue()), TDT::at(queue()), RDBAL::at(queue()), RDBAH::at(queue()),
                                        RDLEN::at(queue()), SRRCTL::at(queue()), RXDCTL::at(queue()), RDT::at(queue())})
            bar.write32(reg, value);
        EXPECT_EQ(info(other.get()).pairs, 0u);  // somebody still answers
    }
    ASSERT_EQ(give_back(fd()), 0);
    ASSERT_EQ(split(fd(), 1, held_.first, &held_), 0);  // and the pair is as new
    SplitTest::TearDown();
    window_ = {};
}

TEST_F(DataPath, StoppedReceiveLeavesItsMemoryAlone) {
    hw::MmioBar bar = this->bar();
    start_rx();
    bar.write<RDT>(queue(), {kRing - 1});
    bar.write<RXDCTL>(queue(), bar.read<RXDCTL>(queue()).with<RXDCTL::ENABLE>(0));
    ASSERT_EQ(sync(fd(), held_), 0);
    std::memset(memory_.at(), 0, kPage);
    ASSERT_EQ(sync(fd(), held_), 0);
    for (std::size_t i = 0; i < kPage; ++i) ASSERT_EQ(static_cast<char*>(memory_.at())[i], 0) << i;
}

TEST_F(DataPath, ArrivingFramesSignalTheEventfdOncePerArming) {
    if (options().traffic.empty()) GTEST_SKIP() << "needs --traffic";
    Fd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    const int code = arm(event.get());
    if (code == EOPNOTSUPP) GTEST_SKIP() << "the driver gives split queues no interrupts";
    ASSERT_EQ(code, 0);
    start_rx();
    bar().write<RDT>(queue(), {kRing - 1});
    ASSERT_EQ(::setenv("PAIR", std::to_string(queue()).c_str(), 1), 0);
    for (int round = 0; round < 2; ++round) {
        const unsigned before = bar().read<RDH>(queue()).raw;
        ASSERT_TRUE(run(options().traffic)) << options().traffic;
        pollfd waiting{event.get(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 5000), 1) << "no interrupt";
        EXPECT_NE(bar().read<RDH>(queue()).raw, before);
        std::uint64_t signals = 0;
        ASSERT_EQ(::read(event.get(), &signals, sizeof(signals)), static_cast<ssize_t>(sizeof(signals)));
        EXPECT_EQ(signals, 1u);
        ASSERT_EQ(arm(BIFURC_EVENTFD_KEEP), 0);
    }
}

}  // namespace
}  // namespace bifurc::abi
