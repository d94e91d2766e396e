// SPDX-License-Identifier: BSD-3-Clause
// Frames in bursts, whose verdicts may be known from earlier ones, beside the same frames one by one, each after a
// write that makes the NIC forget all verdicts: rings, buffers, registers and accounts must come out the same.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <memory>
#include <random>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

using Random = std::mt19937;

// A NIC with the first 16 queues' rings in memory.
struct Machine : hw::TypedBar<Machine> {
    static constexpr unsigned kRings = 16;
    static constexpr std::uint32_t kSlots = 32, kBuffer = 2048;
    static constexpr std::size_t kMemory = 0x10000 + std::size_t{kRings} * kSlots * kBuffer;

    std::uint32_t read32(std::uint32_t offset) { return nic.read32(offset); }
    void write32(std::uint32_t offset, std::uint32_t value) { nic.write32(offset, value); }

    static std::uint64_t ring(unsigned queue) { return Memory::kBus + queue * kSlots * 16; }
    static std::uint64_t buffer(unsigned queue, std::uint32_t slot) {
        return Memory::kBus + 0x10000 + std::uint64_t{queue * kSlots + slot} * kBuffer;
    }
    hw::RxDesc& desc(unsigned queue, std::uint32_t slot) { return memory.at<hw::RxDesc>(ring(queue) + slot * 16); }

    // Everything as after power-on, rings open; buffers of 1 KiB on odd queues, tags taken out on every third.
    void start() {
        write<CTRL>(CTRL::value{}.with<CTRL::RST>(1));
        next.fill(0);
        std::fill_n(memory.inside(Memory::kBus, kMemory), kMemory, std::byte{0});
        for (unsigned queue = 0; queue < kRings; ++queue) {
            for (std::uint32_t slot = 0; slot < kSlots; ++slot) desc(queue, slot).read = {buffer(queue, slot), 0};
            write<RDBAL>(queue, {static_cast<std::uint32_t>(ring(queue))});
            write<RDBAH>(queue, {static_cast<std::uint32_t>(ring(queue) >> 32)});
            write<RDLEN>(queue, {kSlots * 16});
            write<SRRCTL>(queue, SRRCTL::value{}
                                     .with<SRRCTL::BSIZEPACKET>(queue % 2 == 0 ? 2 : 1)
                                     .with<SRRCTL::DESCTYPE>(queue == 5 ? SRRCTL::kLegacy : SRRCTL::kAdvancedOneBuffer)
                                     .with<SRRCTL::Drop_En>(1));
            write<RXDCTL>(queue, RXDCTL::value{}.with<RXDCTL::ENABLE>(1).with<RXDCTL::VME>(queue % 3 == 0));
            write<RDT>(queue, {kSlots - 1});
        }
        write<RXCTRL>(RXCTRL::value{}.with<RXCTRL::RXEN>(1));
    }

    // What a queue has got since the last time, descriptor and buffer in turn; its descriptors go back.
    std::vector<Frame> harvest(unsigned queue) {
        std::vector<Frame> got;
        for (std::uint32_t& slot = next[queue]; (desc(queue, slot).wb.status_error & hw::RxStatus::DD::mask) != 0;
             slot = (slot + 1) % kSlots) {
            const auto* const raw = reinterpret_cast<const std::byte*>(&desc(queue, slot));
            got.emplace_back(raw, raw + sizeof(hw::RxDesc));
            const std::byte* const bytes = memory.inside(buffer(queue, slot), kBuffer);
            got.emplace_back(bytes, bytes + kBuffer);
            desc(queue, slot).read = {buffer(queue, slot), 0};
            write<RDT>(queue, {slot});
        }
        return got;
    }

    Memory memory{kMemory};
    RecordingWire wire;
    RecordingInterrupts interrupts;
    Nic nic{{.mac = {2, 0, 0, 0, 0, 1}}, memory, wire, interrupts};
    std::array<std::uint32_t, kRings> next{};
};

bool one_in(Random& random, unsigned n) { return random() % n == 0; }

void put16(Frame& frame, std::size_t at, std::uint32_t value) {
    frame[at] = std::byte(value >> 8 & 0xff);
    frame[at + 1] = std::byte(value & 0xff);
}

// A flow's first frame. Few different values, so that filters hit.
Frame flow(Random& random) {
    const auto port = [&] { return static_cast<std::uint16_t>(one_in(random, 8) ? 2049 : 1000 + random() % 4); };
    Frame frame;
    if (one_in(random, 3)) {
        frame = tcp_frame({.src_port = port(),
                           .flags = static_cast<std::uint8_t>(one_in(random, 3) ? 0x02 : 0x10),
                           .payload = random() % 100});
    } else {
        frame = udp_frame({0x01010100 + static_cast<std::uint32_t>(random() % 4), 0x0a000001, port(), port()},
                          random() % 100);
        if (!one_in(random, 3)) put16(frame, 40, 0);  // without a checksum
    }
    constexpr std::array<std::uint8_t, 5> kFirst{2, 2, 3, 4, 0xff};  // of the destination: multicast among them
    frame[0] = std::byte{kFirst[random() % kFirst.size()]};
    if (frame[0] == std::byte{0xff}) std::fill_n(frame.begin(), 6, std::byte{0xff});
    if (one_in(random, 6)) put16(frame, 16, random() % 80);                 // another length in the IP header
    if (one_in(random, 8)) frame[14] = std::byte{0x46};                     // IP options
    if (one_in(random, 8)) put16(frame, 20, random() % 2 ? 0x2000 : 1);     // a fragment
    if (one_in(random, 8)) frame[23] = std::byte(random() % 2 ? 132 : 41);  // SCTP, IPv6 inside
    if (one_in(random, 6)) put16(frame, 12, random() % 2 ? 0x0806 : 0x86dd);
    if (one_in(random, 8)) frame.resize(random() % frame.size());
    if (one_in(random, 3) && frame.size() > 14) frame = tagged(frame, static_cast<std::uint16_t>(random() % 4));
    if (frame.size() > 17 && one_in(random, 10)) put16(frame, 12, 0x88a8);  // a tag for one value of VET
    return frame;
}

// The flow's next: other payload, identification and so on; now and then something else in it.
Frame follower(Frame frame, Random& random) {
    const std::size_t ip = frame.size() > 16 && frame[12] == std::byte{0x81} ? 18 : 14;
    if (frame.size() > ip + 20 && one_in(random, 2)) {  // identification, and what it takes to have the sum good again
        frame[ip + 5] = std::byte(std::to_integer<unsigned>(frame[ip + 5]) + 1);
        frame[ip + 11] = std::byte(std::to_integer<unsigned>(frame[ip + 11]) - 1);
    }
    for (std::size_t at = ip + 28; at < frame.size() && one_in(random, 2); at += 1 + random() % 8)
        frame[at] = std::byte(random() & 0xff);
    if (!frame.empty() && one_in(random, 5)) frame[random() % std::min<std::size_t>(frame.size(), 64)] ^= std::byte(1);
    return frame;
}

struct Write {
    std::uint32_t offset, value;
};

// Some of what steers, all over the filters' registers.
std::vector<Write> filters(Random& random) {
    std::vector<Write> writes;
    const auto to = [&]<class R>(hw::Value<R> value, unsigned i = 0) { writes.push_back({R::at(i), value.raw}); };
    const auto queue = [&] { return static_cast<std::uint32_t>(random() % (Machine::kRings + 1)); };
    const auto bit = [&](unsigned n = 2) { return one_in(random, n) ? 1u : 0u; };
    to(FCTRL::value{}.with<FCTRL::UPE>(bit()).with<FCTRL::MPE>(bit()).with<FCTRL::BAM>(bit()));
    to(VLNCTRL::value{}.with<VLNCTRL::VET>(one_in(random, 4) ? 0x88a8 : 0x8100).with<VLNCTRL::VFE>(bit(4)));
    to(VFTA::value{0b1010});
    to(HLREG0::value{}.with<HLREG0::RXCRCSTRP>(bit()).with<HLREG0::JUMBOEN>(bit()));
    to(MAXFRS::value{}.with<MAXFRS::MFS>(one_in(random, 3) ? 100 : 1518));
    to(MRQC::value{static_cast<std::uint32_t>(random()) & 0x00f30000}.with<MRQC::MRQE>(bit()));
    for (unsigned i = 0; i < RETA::count; ++i) to(RETA::value{static_cast<std::uint32_t>(random())}, i);
    for (unsigned i = 0; i < RSSRK::count; ++i) to(RSSRK::value{static_cast<std::uint32_t>(random())}, i);
    to(ETQF::value{}.with<ETQF::EType>(one_in(random, 2) ? 0x0806 : 0x0800).with<ETQF::Filter_Enable>(bit(4)), 2);
    to(ETQS::value{}.with<ETQS::Rx_Queue>(queue()).with<ETQS::Queue_Enable>(bit()), 2);
    to(SYNQF::value{}.with<SYNQF::Queue_Enable>(bit(3)).with<SYNQF::Rx_Queue>(queue()).with<SYNQF::SYNQFP>(bit()));
    for (unsigned i = 0; i < 4; ++i) {
        to(SAQF::value{__builtin_bswap32(0x01010100 + random() % 4)}, i);
        to(SDPQF::value{__builtin_bswap32((1000 + static_cast<std::uint32_t>(random() % 4)) << 16)}, i);
        to(L34TIMIR::value{}.with<L34TIMIR::Rx_Queue>(queue()), i);
        const auto masks = static_cast<std::uint32_t>(random()) | FTQF::Mask_Destination::mask;
        to(FTQF::value{masks & 0x7e00001f}.with<FTQF::Queue_Enable>(bit(3)), i);
    }
    to(RFCTL::value{}.with<RFCTL::RSC_DIS>(1));
    to(RXCTRL::value{}.with<RXCTRL::RXEN>(one_in(random, 10) ? 0 : 1));
    return writes;
}

// The flow director's rules: by address, port and, now and then, two flexible bytes: often those in which a flow's
// frames differ.
std::vector<Write> rules(Random& random) {
    std::vector<Write> writes;
    const auto to = [&]<class R>(hw::Value<R> value) { writes.push_back({R::at(0), value.raw}); };
    constexpr std::uint32_t kIdentification = 18 / 2;  // in words, as Flex_Offset
    const std::uint32_t flexible = one_in(random, 2) ? 0 : 1;
    to(FDIRCTRL::value{}
           .with<FDIRCTRL::PBALLOC>(1)
           .with<FDIRCTRL::Perfect_Match>(1)
           .with<FDIRCTRL::Report_Status>(random() & 1)
           .with<FDIRCTRL::Flex_Offset>(one_in(random, 2) ? kIdentification : static_cast<std::uint32_t>(random())));
    to(FDIRM::value{}.with<FDIRM::VLANID>(random() & 1).with<FDIRM::VLANP>(1).with<FDIRM::FLEX>(flexible));
    to(FDIRSIP4M::value{one_in(random, 2) ? 0 : 0xffffffff});
    to(FDIRDIP4M::value{0xffffffff});
    to(FDIRUDPM::value{one_in(random, 2) ? 0x0000ffff : 0xffffffff});
    to(FDIRTCPM::value{0xffffffff});
    for (std::uint32_t i = 0; i < 6; ++i) {
        to(FDIRIPSA::value{__builtin_bswap32(0x01010100 + random() % 4)});
        to(FDIRPORT::value{}.with<FDIRPORT::Source>(static_cast<std::uint32_t>(1000 + random() % 4)));
        to(FDIRVLAN::value{}
               .with<FDIRVLAN::Vlan>(static_cast<std::uint32_t>(random() % 4))
               .with<FDIRVLAN::FLEX>(one_in(random, 2) ? 0 : 0x0008));
        to(FDIRHASH::value{}.with<FDIRHASH::Hash>(i).with<FDIRHASH::SW_Index>(i + 1));
        to(FDIRCMD::value{}
               .with<FDIRCMD::CMD>(FDIRCMD::kAdd)
               .with<FDIRCMD::L4TYPE>(one_in(random, 3) ? 2 : 1)
               .with<FDIRCMD::Queue_EN>(one_in(random, 4) ? 0 : 1)
               .with<FDIRCMD::Drop>(one_in(random, 5) ? 1 : 0)
               .with<FDIRCMD::Rx_Queue>(static_cast<std::uint32_t>(random() % Machine::kRings)));
    }
    return writes;
}

std::vector<std::uint32_t> registers() {
    std::vector<std::uint32_t> all;
    for (std::uint32_t offset = 0; offset < kBarLen; offset += 4)
        if (RegisterFile::find(offset).row != nullptr) all.push_back(offset);
    return all;
}

// What has come to these since `before`. All of their members are counters.
template <class Account>
auto grown(const Account& account, const Account& before) {
    using Counters = std::array<std::uint64_t, sizeof(Account) / sizeof(std::uint64_t)>;
    auto counters = std::bit_cast<Counters>(account);
    const auto old = std::bit_cast<Counters>(before);
    for (std::size_t i = 0; i < counters.size(); ++i) counters[i] -= old[i];
    return counters;
}

struct VerdictCacheTest : testing::Test {
    // Both as after power-on. One has a past: what it knew then must not count any more.
    void start() {
        cold = std::make_unique<Machine>();
        hot->start();
        cold->start();
        before = hot->nic.rx_account();
        for (unsigned pair = 0; pair < kQueues; ++pair) before_of[pair] = hot->nic.queue_account(pair);
    }
    void apply(const std::vector<Write>& writes) {
        for (const Write& write : writes) {
            hot->write32(write.offset, write.value);
            cold->write32(write.offset, write.value);
        }
    }
    // To one as a burst, to the other one by one.
    void receive(const std::vector<Frame>& frames) {
        const std::vector<model::Frame> burst(frames.begin(), frames.end());
        hot->nic.poll(64, burst);
        for (const Frame& frame : frames) {
            cold->write<MTA>(0, cold->read<MTA>(0));
            cold->nic.receive(frame);
            cold->nic.poll(64);
        }
    }
    void compare_rings() {
        for (unsigned queue = 0; queue < Machine::kRings; ++queue) {
            EXPECT_EQ(hot->read<RDH>(queue), cold->read<RDH>(queue)) << queue;
            EXPECT_TRUE(hot->harvest(queue) == cold->harvest(queue)) << queue;
        }
    }
    void compare_accounts() {
        static const std::vector<std::uint32_t> kRegisters = registers();
        for (const std::uint32_t offset : kRegisters)
            EXPECT_EQ(hot->read32(offset), cold->read32(offset)) << register_name(offset);
        for (unsigned pair = 0; pair < kQueues; ++pair) {
            EXPECT_EQ(grown(hot->nic.queue_account(pair), before_of[pair]),
                      grown(cold->nic.queue_account(pair), QueueAccount{}))
                << pair;
        }
        EXPECT_EQ(grown(hot->nic.rx_account(), before), grown(cold->nic.rx_account(), RxAccount{}));
        EXPECT_TRUE(adds_up(hot->nic));
    }
    void traffic(const std::vector<Frame>& flows) {
        for (unsigned round = 0; round < 12; ++round) {
            std::vector<Frame> burst(1 + random() % 30);
            for (Frame& frame : burst) frame = follower(flows[random() % flows.size()], random);
            receive(burst);
            if (!one_in(random, 4)) compare_rings();
        }
        compare_accounts();
    }

    Random random{20240611};
    std::unique_ptr<Machine> hot = std::make_unique<Machine>(), cold;
    RxAccount before;
    std::array<QueueAccount, kQueues> before_of;
};

TEST_F(VerdictCacheTest, BurstsOfKnownFlowsComeOutAsSingleUnknownFrames) {
    std::vector<Frame> flows(24);
    for (unsigned setup = 0; setup < 24 && !HasFailure(); ++setup) {
        // Flows that were known under other registers; now and then new ones.
        for (Frame& frame : flows)
            if (setup % 4 == 0) frame = flow(random);
        start();
        for (unsigned phase = 0; phase < 3 && !HasFailure(); ++phase) {
            SCOPED_TRACE(testing::Message() << "set-up " << setup << ", phase " << phase);
            if (phase != 2) apply(filters(random));
            if (one_in(random, 2)) apply(rules(random));
            traffic(flows);
        }
    }
}

}  // namespace
}  // namespace bifurc::model::test
