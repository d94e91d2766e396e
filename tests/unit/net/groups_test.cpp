// SPDX-License-Identifier: BSD-3-Clause
// What the vector code takes, and what it leaves to the scalar code. That the results are the same is variants_test's.
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "net/bifurc/rx_vector.h"
#include "net/bifurc/tx_vector.h"

using namespace bifurc::net;
namespace hw = bifurc::hw;

namespace {

constexpr unsigned kBytes = 16;  // the narrowest registers, which every CPU has that this is built for
constexpr unsigned kFrames = TxGroup<kBytes>::kCount;
constexpr std::uintptr_t kBegin = 0x7f00'0000'0000, kLen = 0x20'0000, kLongest = 0x4000;
constexpr std::uintptr_t kHalf = 1ull << 63;  // of all addresses
constexpr std::uint64_t kDelta = 0x1'0000'0000'0000;

class Frames : public testing::Test {
protected:
    Frames() {
        for (unsigned i = 0; i < kFrames; ++i) {
            rte_mbuf& frame = mbufs[i];
            frame.buf_addr = reinterpret_cast<void*>(kBegin + 0x1000 * i);
            frame.buf_iova = ~0ull;  // nobody's business
            frame.data_off = RTE_PKTMBUF_HEADROOM;
            frame.nb_segs = 1;
            frame.port = RTE_MBUF_PORT_INVALID;
            frame.vlan_tci = 0xffff;
            frame.pkt_len = frame.data_len = static_cast<std::uint16_t>(60 + i);
            frame.ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
            pointers[i] = &frame;
        }
    }

    bool describe() {
        descs.fill({});
        TxGroup<kBytes>::Vector sum{};
        const bool taken = TxGroup<kBytes>{plain}.describe(pointers.data(), descs.data(), sum);
        bytes = std::uint64_t{sum[0]} + sum[1] + sum[2] + sum[3];
        return taken;
    }

    std::array<rte_mbuf, kFrames> mbufs{};
    std::array<rte_mbuf*, kFrames> pointers;
    std::array<hw::TxDesc, kFrames> descs;
    std::uint64_t bytes = 0;
    TxPlain plain{{kBegin, kLen, kDelta}, kLen - kLongest, 17, kLongest, RTE_MBUF_F_TX_VLAN, 0x0100'0000, 0x80};
};

TEST_F(Frames, PlainOnesAreDescribedTogether) {
    ASSERT_TRUE(describe());
    for (unsigned i = 0; i < kFrames; ++i) {
        EXPECT_EQ(descs[i].read.buffer_addr, kBegin + 0x1000 * i + RTE_PKTMBUF_HEADROOM + kDelta);
        EXPECT_EQ(descs[i].read.cmd_type_len, 0x0100'0000 | (60 + i));
        EXPECT_EQ(descs[i].read.olinfo_status, 0x80 | (60 + i) << hw::TxOlinfo::PAYLEN::lo);
    }
    EXPECT_EQ(bytes, 60u + 61u + 62u + 63u);
}

TEST_F(Frames, TheLastPlaceOfTheStretchIsTaken) {
    mbufs[1].buf_addr = reinterpret_cast<void*>(kBegin + plain.room - 1 - RTE_PKTMBUF_HEADROOM);
    EXPECT_TRUE(describe());
    mbufs[0].pkt_len = mbufs[0].data_len = 17;
    mbufs[1].pkt_len = mbufs[1].data_len = kLongest;
    EXPECT_TRUE(describe());
}

TEST_F(Frames, AStretchOfAllThereIsIsNoShorterThanAnother) {
    plain.dma = {0, SIZE_MAX, kDelta};
    plain.room = SIZE_MAX - kLongest;
    EXPECT_TRUE(describe());
}

TEST_F(Frames, WhateverIsNotPlainIsLeftToOthers) {
    const std::pair<const char*, std::function<void(rte_mbuf&)>> oddities[] = {
        {"two segments", [](rte_mbuf& frame) { frame.nb_segs = 2; }},
        {"no segment", [](rte_mbuf& frame) { frame.nb_segs = 0; }},
        {"longer than its segment", [](rte_mbuf& frame) { ++frame.pkt_len; }},
        {"longer by more than a segment holds", [](rte_mbuf& frame) { frame.pkt_len += 0x10000; }},
        {"too short", [](rte_mbuf& frame) { frame.pkt_len = frame.data_len = 16; }},
        {"empty", [](rte_mbuf& frame) { frame.pkt_len = frame.data_len = 0; }},
        {"too long", [](rte_mbuf& frame) { frame.pkt_len = frame.data_len = kLongest + 1; }},
        {"asks for a tag", [](rte_mbuf& frame) { frame.ol_flags |= RTE_MBUF_F_TX_VLAN; }},
        {"before the stretch", [](rte_mbuf& frame) { frame.buf_addr = reinterpret_cast<void*>(kBegin - 0x1000); }},
        {"behind the room",
         [&](rte_mbuf& frame) { frame.buf_addr = reinterpret_cast<void*>(kBegin + plain.room - frame.data_off); }},
        {"led out of the stretch",
         [&](rte_mbuf& frame) {
             frame.buf_addr = reinterpret_cast<void*>(kBegin + plain.room - 0x8000);
             frame.data_off = 0x8000;
         }},
        {"nowhere", [](rte_mbuf& frame) { frame.buf_addr = nullptr; }},
        {"half of all addresses away",
         [](rte_mbuf& frame) { frame.buf_addr = reinterpret_cast<void*>(kBegin + kHalf); }},
    };
    for (const auto& [what, change] : oddities) {
        for (rte_mbuf& frame : mbufs) {
            const rte_mbuf kept = frame;
            change(frame);
            EXPECT_FALSE(describe()) << what;
            for (const hw::TxDesc& desc : descs) EXPECT_EQ(desc.read.buffer_addr | desc.read.cmd_type_len, 0u) << what;
            frame = kept;
        }
    }
    EXPECT_TRUE(describe());
}

class Buffers : public Frames {
protected:
    static constexpr std::size_t kRoom = 2048;
    static constexpr std::uintptr_t kFirst = kBegin - RTE_PKTMBUF_HEADROOM, kLast = kFirst + kLen - kRoom;

    // How many of the group's were armed; 0 if one of them is not in the stretch.
    unsigned arm() {
        unsigned outside = 0;
        const ArmedStretch stretch{kFirst, kLen - kRoom, kBegin + kDelta};
        const unsigned armed = arm_groups<kBytes>(stretch, pointers.data(), rx.data(), kFrames, outside);
        return outside == 0 ? armed : 0;
    }

    std::array<hw::RxDesc, kFrames> rx;
};

TEST_F(Buffers, InTheStretchAreArmedTogether) {
    mbufs[1].buf_addr = reinterpret_cast<void*>(kLast);
    rx.fill({.wb = {0, 0, hw::RxStatus::DD::mask, 60, 0}});
    ASSERT_EQ(arm(), kFrames);
    for (unsigned i = 0; i < kFrames; ++i) {
        const auto data = reinterpret_cast<std::uintptr_t>(mbufs[i].buf_addr) + RTE_PKTMBUF_HEADROOM;
        EXPECT_EQ(rx[i].read.pkt_addr, data + kDelta);
        EXPECT_EQ(rx[i].read.hdr_addr, 0u);
    }
}

TEST_F(Buffers, OutsideOfItAreNot) {
    for (const std::uintptr_t where : {kFirst - 1, kLast + 1, kFirst + kHalf, std::uintptr_t{0}}) {
        for (rte_mbuf& frame : mbufs) {
            const rte_mbuf kept = frame;
            frame.buf_addr = reinterpret_cast<void*>(where);
            EXPECT_EQ(arm(), 0u) << where;
            frame = kept;
        }
    }
    EXPECT_EQ(arm(), kFrames);
}

}  // namespace
