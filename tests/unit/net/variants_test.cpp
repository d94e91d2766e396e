// SPDX-License-Identifier: BSD-3-Clause
// Whatever the NIC writes and the application sends: the bursts of each instruction set do what the scalar ones do.
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "port_fixture.h"
#include "simd_width.h"

using namespace bifurc::test;
namespace hw = bifurc::hw;

namespace {

struct Case {
    unsigned simd_bits;
    bool option;  // Rx: scattered; Tx: with offloads
};

// On a CPU that lacks the set the next best one runs: tested twice then.
class Variant : public Port, public testing::WithParamInterface<Case> {
protected:
    static constexpr unsigned kScalarBits = 64;

    // A log of all that can be seen of `rounds` rounds on a port that may use so many bits.
    std::string receive_log(unsigned bits, unsigned rounds);
    std::string send_log(unsigned bits, unsigned rounds);

    void begin(unsigned bits, std::uint64_t rx_offloads, std::uint64_t tx_offloads) {
        const SimdWidth width{bits};
        rte_eth_conf conf{};
        conf.rxmode.offloads = rx_offloads;
        conf.txmode.offloads = tx_offloads;
        start(conf);
        ASSERT_EQ(0, rte_eth_stats_reset(port));
    }
    void end(std::ostream& log) {
        for (const auto& [name, value] : xstats()) log << name << ' ' << value << '\n';
        ASSERT_EQ(0, rte_eth_dev_stop(port));
    }
};

// Mostly whole frames, with whatever the NIC might say about them; now and then what only the scalar code sees to.
hw::RxDesc random_completion(std::mt19937& random) {
    using namespace hw;
    const bool odd = random() % 24 == 0;
    const auto any = static_cast<std::uint32_t>(random());
    constexpr std::uint32_t kSaid = RxStatus::VP::mask | RxStatus::UDPCS::mask | RxStatus::L4I::mask |
                                    RxStatus::IPCS::mask | RxStatus::TCPE::mask | RxStatus::IPE::mask;
    std::uint32_t status = RxStatus::DD::mask | (any & kSaid);
    if (!odd || random() % 2 == 0) status |= RxStatus::EOP::mask;
    if (odd && random() % 2 == 0) status |= RxStatus::RXE::mask;
    const auto info = static_cast<std::uint32_t>(random()) & 0x1ffff;
    const auto length = static_cast<std::uint16_t>(odd ? random() % 2100 : 1 + random() % 2048);
    RxDesc desc{};
    desc.wb = {info, static_cast<std::uint32_t>(random()), status, length, static_cast<std::uint16_t>(random())};
    return desc;
}

void describe(std::ostream& log, const rte_mbuf& frame) {
    log << frame.pkt_len << ' ' << frame.nb_segs << ' ' << frame.port << ' ' << std::hex << frame.ol_flags << ' '
        << frame.packet_type << ' ' << frame.vlan_tci << std::dec;
    if ((frame.ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0) log << " hash " << frame.hash.rss;
    if ((frame.ol_flags & RTE_MBUF_F_RX_FDIR_ID) != 0) log << " mark " << frame.hash.fdir.hi;
    for (const rte_mbuf* segment = &frame; segment != nullptr; segment = segment->next)
        log << " [" << segment->data_off << ' ' << segment->data_len << ' ' << rte_mbuf_refcnt_read(segment) << ']';
    log << '\n';
}

std::string Variant::receive_log(unsigned bits, unsigned rounds) {
    std::ostringstream log;
    begin(bits, (GetParam().option ? RTE_ETH_RX_OFFLOAD_SCATTER : 0) | RTE_ETH_RX_OFFLOAD_VLAN_STRIP, 0);
    std::mt19937 random{7};
    unsigned next = 0;
    std::uint64_t got = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        for (auto n = random() % 56; n != 0 && next != reg<RDT>(); --n) {
            rx_ring()[next] = random_completion(random);
            next = (next + 1) % kRing;
        }
        rte_mbuf* frames[64];
        const std::uint16_t count = rte_eth_rx_burst(port, 0, frames, static_cast<std::uint16_t>(1 + random() % 64));
        got += count;
        log << "burst " << count << " tail " << reg<RDT>() << '\n';
        for (unsigned i = 0; i < count; ++i) {
            describe(log, *frames[i]);
            rte_pktmbuf_free(frames[i]);
        }
    }
    EXPECT_GT(got, rounds);
    end(log);
    return log.str();
}

TEST_P(Variant, ReceivesWhatTheScalarBurstReceives) {
    const std::string scalar = receive_log(kScalarBits, 2000);
    EXPECT_TRUE(scalar == receive_log(GetParam().simd_bits, 2000));
}

std::string Variant::send_log(unsigned bits, unsigned rounds) {
    std::ostringstream log;
    begin(bits, 0, GetParam().option ? RTE_ETH_TX_OFFLOAD_VLAN_INSERT : 0);
    std::mt19937 random{9};
    unsigned next = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        std::vector<rte_mbuf*> burst;
        for (auto n = random() % 48; n != 0; --n) {
            const bool odd = random() % 16 == 0;
            rte_mbuf* mbuf = frame(static_cast<std::uint16_t>(odd ? random() % 20 : 17 + random() % 1484));
            if (mbuf == nullptr) break;
            if (odd && random() % 2 == 0) rte_pktmbuf_chain(mbuf, frame(100));
            if (random() % 8 == 0) {
                mbuf->ol_flags |= RTE_MBUF_F_TX_VLAN;
                mbuf->vlan_tci = static_cast<std::uint16_t>(random() % 4);
            }
            burst.push_back(mbuf);
        }
        const auto wanted = static_cast<std::uint16_t>(burst.size());
        const std::uint16_t taken = rte_eth_tx_burst(port, 0, burst.data(), wanted);
        log << "burst " << taken << " of " << wanted << " tail " << reg<TDT>() << '\n';
        for (unsigned i = taken; i < wanted; ++i) rte_pktmbuf_free(burst[i]);
        for (; next != reg<TDT>(); next = (next + 1) % kRing) {
            hw::TxDesc& desc = tx_ring()[next];
            log << std::hex << desc.read.cmd_type_len << ' ' << desc.read.olinfo_status << std::dec << '\n';
            if ((desc.read.cmd_type_len & hw::TxCmd::RS::mask) != 0) desc.wb.status = hw::TxStatus::DD::mask;
        }
        log << "free mbufs " << rte_mempool_avail_count(pool.get()) << '\n';
    }
    end(log);
    return log.str();
}

TEST_P(Variant, SendsWhatTheScalarBurstSends) {
    const std::string scalar = send_log(kScalarBits, 1000);
    EXPECT_TRUE(scalar == send_log(GetParam().simd_bits, 1000));
}

INSTANTIATE_TEST_SUITE_P(All, Variant,
                         testing::Values(Case{128, false}, Case{128, true}, Case{256, false}, Case{256, true},
                                         Case{512, false}, Case{512, true}),
                         [](const auto& info) {
                             return std::to_string(info.param.simd_bits) + (info.param.option ? "Full" : "Plain");
                         });

using Choice = Port;

TEST_F(Choice, EalsLimitAndTheCpuDecide) {
    const std::pair<unsigned, const char*> widths[] = {
        {64, "Scalar"}, {128, "Vector SSE"}, {256, "Vector AVX2"}, {512, "Vector AVX-512"}};
    const char* best = "Scalar";
    for (const auto& [bits, name] : widths) {
        const bool has = bits == 64 || (bits == 128 && __builtin_cpu_supports("sse4.2")) ||
                         (bits == 256 && __builtin_cpu_supports("avx2")) ||
                         (bits == 512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
        if (has) best = name;
        const SimdWidth width{bits};
        start();
        rte_eth_burst_mode mode{};
        ASSERT_EQ(0, rte_eth_rx_burst_mode_get(port, 0, &mode));
        EXPECT_EQ(std::string{mode.info}, std::string{best} + " 82599 Single buffer");
        ASSERT_EQ(0, rte_eth_tx_burst_mode_get(port, 0, &mode));
        EXPECT_EQ(std::string{mode.info}, std::string{best} + " 82599 Multi-segment");
        ASSERT_EQ(0, rte_eth_dev_stop(port));
    }
}

}  // namespace
