// SPDX-License-Identifier: BSD-3-Clause
// Which queue: RSS, flow director, ethertype and 5-tuple filters (82599 DS 7.1.2).
#include <gtest/gtest.h>

#include "bench_nic.h"
#include "model/rss.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

// The key and results of Microsoft's "Verifying the RSS Hash Calculation".
constexpr std::uint8_t kKey[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                                   0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                                   0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

void set_key(Bench& bench) {
    for (unsigned i = 0; i < 10; ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, kKey + 4 * i, 4);
        bench.write<RSSRK>(i, {word});
    }
}

TEST(Rss, HashesAsPublished) {
    Bench bench;
    set_key(bench);
    for (unsigned i = 0; i < RETA::count; ++i) bench.write<RETA>(i, {0x03020100});
    bench.write<MRQC>(MRQC::value{}.with<MRQC::MRQE>(1).with<MRQC::IPv4>(1).with<MRQC::IPv4_UDP>(1));
    bench.open_rx(0x51ccc178 & 3);
    // 66.9.149.187:2794 -> 161.142.100.80:1766
    bench.nic.receive(udp_frame({0x420995bb, 0xa18e6450, 2794, 1766}));
    bench.nic.poll(8);
    EXPECT_EQ(bench.rx_desc(0).wb.hash, 0x51ccc178u);
    EXPECT_EQ(bench.rx_desc(0).wb.pkt_info & 15, 7u) << "type: IPv4 with UDP ports";
}

TEST(Rss, AddressesAloneHashAsPublished) {
    Bench bench;
    set_key(bench);
    bench.write<MRQC>(MRQC::value{}.with<MRQC::MRQE>(1).with<MRQC::IPv4>(1));
    bench.open_rx(0);
    bench.nic.receive(udp_frame({0x420995bb, 0xa18e6450, 2794, 1766}));
    bench.nic.poll(8);
    EXPECT_EQ(bench.rx_desc(0).wb.hash, 0x323e8fc2u);
    EXPECT_EQ(bench.rx_desc(0).wb.pkt_info & 15, 2u);
}

TEST(Rss, IPv6HashesAsPublished) {
    RegisterFile regs;
    for (unsigned i = 0; i < RSSRK::count; ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, kKey + 4 * i, 4);
        regs.set<RSSRK>({word}, i);
    }
    // 3ffe:2501:200:1fff::7 port 2794 -> 3ffe:2501:200:3::1 port 1766
    const std::uint8_t input[36] = {0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0,    0,    0,    0,
                                    0,    0,    0,    7,    0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03,
                                    0,    0,    0,    0,    0,    0,    0,    1,    0x0a, 0xea, 0x06, 0xe6};
    const auto bytes = std::as_bytes(std::span{input});
    ToeplitzTable table;
    table.load(regs);
    EXPECT_EQ(table.hash(bytes.first(32)), 0x2cc18cd5u);
    EXPECT_EQ(table.hash(bytes), 0x40207d3du);
}

// Steps as Linux's ixgbe does them; addresses in the order of the wire, masks inverted.
struct Rule {
    std::uint32_t src_ip = 0, src_mask = 0;
    std::uint16_t dst_port = 0, dst_port_mask = 0;
    unsigned queue = 3;
    bool drop = false;
    std::uint16_t id = 7;
};

std::uint32_t reverse16(std::uint32_t value) {
    std::uint32_t reversed = 0;
    for (unsigned bit = 0; bit < 16; ++bit) reversed |= (value >> bit & 1) << (15 - bit);
    return reversed;
}

void start_flow_director(Bench& bench) {
    bench.write<FDIRCTRL>(
        FDIRCTRL::value{}.with<FDIRCTRL::PBALLOC>(1).with<FDIRCTRL::Perfect_Match>(1).with<FDIRCTRL::Report_Status>(1));
    ASSERT_EQ(bench.read<FDIRCTRL>().get<FDIRCTRL::INIT_Done>(), 1u);
}

void add_rule(Bench& bench, const Rule& rule) {
    bench.write<FDIRM>(FDIRM::value{}
                           .with<FDIRM::VLANID>(1)
                           .with<FDIRM::VLANP>(1)
                           .with<FDIRM::POOL>(1)
                           .with<FDIRM::FLEX>(1)
                           .with<FDIRM::DIPv6>(1));
    bench.write<FDIRSIP4M>({~__builtin_bswap32(rule.src_mask)});
    bench.write<FDIRDIP4M>({0xffffffff});
    bench.write<FDIRUDPM>({~(reverse16(rule.dst_port_mask) << 16)});
    bench.write<FDIRIPSA>({__builtin_bswap32(rule.src_ip)});
    bench.write<FDIRPORT>(FDIRPORT::value{}.with<FDIRPORT::Destination>(rule.dst_port));
    bench.write<FDIRHASH>(FDIRHASH::value{}.with<FDIRHASH::Hash>(0x123).with<FDIRHASH::SW_Index>(rule.id));
    bench.write<FDIRCMD>(FDIRCMD::value{}
                             .with<FDIRCMD::CMD>(FDIRCMD::kAdd)
                             .with<FDIRCMD::Filter_Update>(1)
                             .with<FDIRCMD::L4TYPE>(1)
                             .with<FDIRCMD::Last>(1)
                             .with<FDIRCMD::Queue_EN>(1)
                             .with<FDIRCMD::Drop>(rule.drop)
                             .with<FDIRCMD::Rx_Queue>(rule.queue));
    ASSERT_EQ(bench.read<FDIRCMD>().get<FDIRCMD::CMD>(), 0u);
}

TEST(FlowDirector, MatchingFlowGoesToItsQueueWithItsId) {
    Bench bench;
    start_flow_director(bench);
    add_rule(bench, {.src_ip = 0x01010101, .src_mask = 0xffffffff});
    bench.open_rx(3);
    bench.nic.receive(udp_frame({.src_ip = 0x01010101}));
    bench.nic.receive(udp_frame({.src_ip = 0x01010102}));
    bench.nic.poll(8);
    EXPECT_EQ(bench.received(0), udp_frame({.src_ip = 0x01010101}));
    EXPECT_EQ(bench.rx_desc(0).wb.hash & 0xffff, 7u);
    EXPECT_NE(bench.rx_desc(0).wb.status_error & hw::RxStatus::FLM::mask, 0u);
    EXPECT_EQ(bench.nic.rx_account().queue_disabled, 1u) << "the other flow went to queue 0, which is off";
    EXPECT_EQ(bench.read<FDIRMATCH>().raw, 1u);
    EXPECT_EQ(bench.read<FDIRMISS>().raw, 1u);
}

TEST(FlowDirector, PortMasksAreBitReversed) {
    Bench bench;
    start_flow_director(bench);
    add_rule(bench, {.dst_port = 0x1200, .dst_port_mask = 0xff00});
    bench.open_rx(3);
    bench.nic.receive(udp_frame({.dst_port = 0x1234}));
    bench.nic.receive(udp_frame({.dst_port = 0x1334}));
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.queue_account(3).rx_frames, 1u);
}

TEST(FlowDirector, DropActionDropsAndRemovedRuleNoLongerMatches) {
    Bench bench;
    start_flow_director(bench);
    add_rule(bench, {.src_ip = 0x01010101, .src_mask = 0xffffffff, .drop = true});
    bench.nic.receive(udp_frame());
    EXPECT_EQ(bench.nic.rx_account().fdir_drop, 1u);
    bench.write<FDIRHASH>(FDIRHASH::value{}.with<FDIRHASH::Hash>(0x123).with<FDIRHASH::SW_Index>(7));
    bench.write<FDIRCMD>(FDIRCMD::value{}.with<FDIRCMD::CMD>(FDIRCMD::kRemove));
    bench.nic.receive(udp_frame());
    EXPECT_EQ(bench.nic.rx_account().fdir_drop, 1u);
    EXPECT_EQ(bench.read<FDIRUSTAT>().get<FDIRUSTAT::Remove>(), 1u);
    EXPECT_TRUE(adds_up(bench.nic));
}

TEST(FlowDirector, MatchWithoutQueueEnableIsReportedAndRssDecides) {  // DS 8.2.3.20.18 Queue-EN
    Bench bench;
    start_flow_director(bench);
    add_rule(bench, {.src_ip = 0x01010101, .src_mask = 0xffffffff});
    bench.write<FDIRCMD>(FDIRCMD::value{}
                             .with<FDIRCMD::CMD>(FDIRCMD::kAdd)
                             .with<FDIRCMD::Filter_Update>(1)
                             .with<FDIRCMD::L4TYPE>(1)
                             .with<FDIRCMD::Rx_Queue>(3));
    bench.open_rx(0);
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_NE(bench.rx_desc(0).wb.status_error & hw::RxStatus::FLM::mask, 0u);
    EXPECT_EQ(bench.nic.queue_account(0).rx_frames, 1u);
}

TEST(FlowDirector, TheFirstOfTheFilterKindsDecides) {  // DS 7.1.2: ethertype, then 5-tuple, then flow director
    Bench bench;
    start_flow_director(bench);
    add_rule(bench, {.src_ip = 0x01010101, .src_mask = 0xffffffff, .queue = 3});
    bench.write<FTQF>(0, FTQF::value{}
                             .with<FTQF::Protocol>(1)
                             .with<FTQF::Mask_Source>(1)
                             .with<FTQF::Mask_Destination>(1)
                             .with<FTQF::Mask_Source_Port>(1)
                             .with<FTQF::Queue_Enable>(1)
                             .with<FTQF::Pool_Mask>(1));
    bench.write<SDPQF>(0, {static_cast<std::uint32_t>(__builtin_bswap16(2000)) << 16});
    bench.write<L34TIMIR>(0, L34TIMIR::value{}.with<L34TIMIR::Rx_Queue>(4));
    bench.open_rx(4);
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.queue_account(4).rx_frames, 1u);
    bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(6).with<ETQS::Queue_Enable>(1));
    bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x0800).with<ETQF::Filter_Enable>(1));
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.nic.queue_account(6).rx_missed, 1u) << "queue 6 is off, but it was chosen";
}

TEST(Interrupts, QueueRaisesItsVectorOnceAndThrottled) {  // DS 7.3
    Bench bench;
    bench.open_rx(0);
    bench.write<IVAR>(0, {0x80 | 2});
    bench.write<GPIE>(GPIE::value{}.with<GPIE::Multiple_MSIX>(1).with<GPIE::EIAME>(1));
    bench.write<EIAC>({EICR::RTxQ::mask});
    bench.write<EIAM_EX>(0, {0xffffffff});
    bench.write<EITR>(2, EITR::value{}.with<EITR::ITR_Interval>(5));  // 10 us
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.interrupts.raised[2], 0u) << "masked";
    bench.write<EIMS_EX>(0, {4});
    EXPECT_EQ(bench.interrupts.raised[2], 1u);
    bench.nic.receive(udp_frame());
    bench.nic.poll(8);
    EXPECT_EQ(bench.interrupts.raised[2], 1u) << "masked itself";
    bench.write<EIMS_EX>(0, {4});
    EXPECT_EQ(bench.interrupts.raised[2], 1u) << "throttled";
    bench.nic.advance(10'000);
    EXPECT_EQ(bench.interrupts.raised[2], 2u);
}

}  // namespace
}  // namespace bifurc::model::test
