// SPDX-License-Identifier: BSD-3-Clause
// A sending queue on memory: the test is the NIC. All mbufs are back in their pool at the end.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "eal.h"
#include "net/bifurc/chip.h"
#include "net/bifurc/tx_burst.h"

namespace bifurc::test {

class TxRing : public testing::Test {
protected:
    static constexpr std::uint16_t kSize = 128;

    void SetUp() override {
        pool = make_pool(512);
        ASSERT_TRUE(pool);
        queue.ring = ring.data();
        queue.frames = frames.data();
        queue.reports = reports.data();
        queue.count = &count;
        queue.size = kSize;
        queue.free_thresh = 32;
        queue.rs_thresh = 32;
        queue.max_segments = net::Chip82599::kMaxTxSegments;
        net::open_ring(queue);
    }
    void TearDown() override {
        net::empty(queue);
        EXPECT_TRUE(whole(pool));
    }

    // A frame of zeros, cut into segments.
    rte_mbuf* frame_of(const std::vector<std::uint16_t>& segments) {
        rte_mbuf* head = nullptr;
        for (const std::uint16_t len : segments) {
            rte_mbuf* mbuf = rte_pktmbuf_alloc(pool.get());
            std::memset(rte_pktmbuf_append(mbuf, len), 0, len);
            if (head == nullptr)
                head = mbuf;
            else
                EXPECT_EQ(0, rte_pktmbuf_chain(head, mbuf));
        }
        return head;
    }

    Pool pool;
    std::vector<hw::TxDesc> ring{kSize};
    std::vector<rte_mbuf*> frames = std::vector<rte_mbuf*>(kSize);
    std::vector<std::uint16_t> reports = std::vector<std::uint16_t>(kSize);
    net::TxCounters count{};
    net::TxQueue queue{};
};

}  // namespace bifurc::test
