// SPDX-License-Identifier: BSD-3-Clause
// A receive ring in memory: the test is the NIC and writes completions by hand. In every scenario all mbufs are back in
// their pool at the end.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "eal.h"
#include "net/bifurc/chip.h"
#include "net/bifurc/rx_burst.h"

namespace bifurc::test {

// Internal linkage, as the bursts have.
namespace {

using namespace bifurc::net;

// Everything is mapped with one delta, unless a hole or a border is set.
struct TestNic {
    static constexpr std::uint64_t kDelta = 0x7000'0000'0000;

    void ring_rdt(std::uint32_t tail) { rdt.push_back(tail); }
    void ring_tdt(std::uint32_t tail) { tdt.push_back(tail); }
    [[nodiscard]] std::uint32_t dma_epoch() const { return epoch; }
    bool dma_find(std::uintptr_t va, rte_bifurc_dma& found) {
        ++lookups;
        if (va >= hole && va < hole + hole_len) return false;
        if (va < border)
            found = {0, border, delta};
        else
            found = {border, SIZE_MAX - border, delta};
        return true;
    }

    std::vector<std::uint32_t> rdt, tdt;
    std::uint32_t epoch = 1;
    std::uintptr_t hole = 0, hole_len = 0, border = 0;
    std::uint64_t delta = kDelta;
    unsigned lookups = 0;
};

class Rx : public testing::Test {
protected:
    static constexpr std::uint16_t kSize = 64;
    static constexpr std::uint16_t kThresh = 16;

    void SetUp() override { open(kSize * 4, kThresh); }

    void open(unsigned mbufs, std::uint16_t thresh) {
        TearDown();
        pool = make_pool(mbufs);
        ASSERT_TRUE(pool);
        queue = {};
        queue.ring = ring.data();
        queue.buffers = buffers.data();
        queue.count = &count;
        queue.pool = pool.get();
        queue.size = kSize;
        queue.free_thresh = thresh;
        queue.buffer_bytes = 2048;
        queue.port_id = 7;
        queue.filled = true;
        ring.assign(kSize, {});
        count = {};
        hw_next = 0;
        queue.held = kSize;
        refresh(queue.stretch, nic);
        for (int i = 0; i < kSize / thresh; ++i) ASSERT_EQ(thresh, arm_slots(queue, nic, thresh));
        hw_tail = kSize - 1;
    }

    void TearDown() override {
        if (!pool) return;
        empty(queue);
        EXPECT_TRUE(whole(pool));
        pool.reset();
    }

    // The NIC completes one descriptor. false: it has none.
    bool complete(std::uint16_t length, std::uint32_t flags = hw::RxStatus::EOP::mask, std::uint32_t info = 0,
                  std::uint32_t hash = 0, std::uint16_t vlan = 0) {
        if (!nic.rdt.empty()) hw_tail = nic.rdt.back();
        if (hw_next == hw_tail) return false;
        hw::RxDesc& desc = ring[hw_next];
        EXPECT_EQ(desc.read.pkt_addr, reinterpret_cast<std::uintptr_t>(buffers[hw_next]->buf_addr) +
                                          RTE_PKTMBUF_HEADROOM + TestNic::kDelta);
        EXPECT_EQ(desc.read.hdr_addr, 0u);
        desc.wb = {info, hash, flags | hw::RxStatus::DD::mask, length, vlan};
        hw_next = (hw_next + 1) % kSize;
        return true;
    }

    // One whole frame of which the NIC says this much more. The caller frees the mbuf.
    rte_mbuf* described(std::uint32_t status, std::uint32_t info, std::uint32_t hash = 0, std::uint16_t vlan = 0) {
        EXPECT_TRUE(complete(60, status | hw::RxStatus::EOP::mask, info, hash, vlan));
        rte_mbuf* frame = nullptr;
        EXPECT_EQ(1, (receive<Chip82599, false>(queue, nic, &frame, 1)));
        return frame;
    }

    template <bool Scatter = false>
    std::vector<rte_mbuf*> burst(std::uint16_t want = 32) {
        std::vector<rte_mbuf*> frames(want);
        frames.resize(receive<Chip82599, Scatter>(queue, nic, frames.data(), want));
        return frames;
    }
    static void release(std::vector<rte_mbuf*> frames) {
        for (rte_mbuf* frame : frames) rte_pktmbuf_free(frame);
    }

    Pool pool;
    std::vector<hw::RxDesc> ring{kSize};
    std::vector<rte_mbuf*> buffers = std::vector<rte_mbuf*>(kSize);
    RxCounters count{};
    RxQueue queue{};
    TestNic nic;
    std::uint32_t hw_next = 0, hw_tail = 0;
};

}  // namespace
}  // namespace bifurc::test
