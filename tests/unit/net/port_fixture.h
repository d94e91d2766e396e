// SPDX-License-Identifier: BSD-3-Clause
// A port of the driver on a client whose NIC is memory: the test plays the NIC and the kernel.
#pragma once

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "eal.h"
#include "fake_client.h"
#include "hw/desc.h"
#include "hw/ixgbe.h"

namespace bifurc::test {

using namespace hw::ixgbe;

inline constexpr unsigned kFirst = 32;
inline constexpr std::uint16_t kRing = 64;

inline bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

class Port : public testing::Test {
protected:
    explicit Port(unsigned pairs = 1) : fake(kFirst, pairs), pairs(static_cast<std::uint16_t>(pairs)) {}

    void SetUp() override {
        pool = make_pool(kRing * 4u * pairs);
        ASSERT_EQ(0, fake.probe());
        ASSERT_EQ(0, rte_eth_dev_get_port_by_name("rte_bifurc0", &port));
    }
    void TearDown() override {
        EXPECT_EQ(0, fake.remove());
        EXPECT_EQ(0u, rte_eth_dev_count_avail());
        EXPECT_TRUE(whole(pool));
    }

    void configure(rte_eth_conf conf = {}) {
        ASSERT_EQ(0, rte_eth_dev_configure(port, pairs, pairs, &conf));
        for (std::uint16_t q = 0; q < pairs; ++q) {
            ASSERT_EQ(0, rte_eth_rx_queue_setup(port, q, kRing, 0, nullptr, pool.get()));
            ASSERT_EQ(0, rte_eth_tx_queue_setup(port, q, kRing, 0, tx_conf()));
        }
    }
    void start(rte_eth_conf conf = {}) {
        configure(conf);
        ASSERT_EQ(0, rte_eth_dev_start(port));
    }
    const rte_eth_txconf* tx_conf() {
        conf_.tx_free_thresh = 16;
        conf_.tx_rs_thresh = 16;
        return &conf_;
    }

    template <class R>
    std::uint32_t reg(unsigned q = 0) {
        return fake.nic.reg(R::at(kFirst + q));
    }
    template <class Desc>
    Desc* ring(std::uint32_t low, std::uint32_t high) {
        return reinterpret_cast<Desc*>((std::uint64_t{high} << 32 | low) - rte_bifurc::kDelta);
    }
    hw::RxDesc* rx_ring(unsigned q = 0) { return ring<hw::RxDesc>(reg<RDBAL>(q), reg<RDBAH>(q)); }
    hw::TxDesc* tx_ring(unsigned q = 0) { return ring<hw::TxDesc>(reg<TDBAL>(q), reg<TDBAH>(q)); }

    std::vector<rte_mbuf*> receive(std::uint16_t q = 0) {
        std::vector<rte_mbuf*> frames(64);
        frames.resize(rte_eth_rx_burst(port, q, frames.data(), 64));
        return frames;
    }
    rte_mbuf* frame(std::uint16_t len = 60) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool.get());
        rte_pktmbuf_append(mbuf, len);
        return mbuf;
    }
    std::map<std::string, std::uint64_t> xstats() {
        const int count = rte_eth_xstats_get(port, nullptr, 0);
        std::vector<rte_eth_xstat> values(static_cast<unsigned>(count));
        std::vector<rte_eth_xstat_name> names(values.size());
        EXPECT_EQ(count, rte_eth_xstats_get(port, values.data(), values.size()));
        EXPECT_EQ(count, rte_eth_xstats_get_names(port, names.data(), names.size()));
        std::map<std::string, std::uint64_t> all;
        for (std::size_t i = 0; i < values.size(); ++i) all[names[i].name] = values[i].value;
        return all;
    }

    FakeDevice fake;
    std::uint16_t pairs;
    Pool pool;
    std::uint16_t port = 0;

private:
    rte_eth_txconf conf_{};
};

class ThreePairs : public Port {
protected:
    ThreePairs() : Port(3) {}
};

// Counts one kind of event.
class Events {
public:
    Events(std::uint16_t port, rte_eth_event_type type) : port_(port), type_(type) {
        rte_eth_dev_callback_register(port_, type_, on_event, &seen_);
    }
    ~Events() { rte_eth_dev_callback_unregister(port_, type_, on_event, &seen_); }
    [[nodiscard]] int count() const { return seen_; }
    [[nodiscard]] bool seen(int n = 1) {
        return eventually([&] { return seen_ >= n; });
    }

private:
    static int on_event(std::uint16_t, rte_eth_event_type, void* seen, void*) {
        ++*static_cast<std::atomic<int>*>(seen);
        return 0;
    }
    std::uint16_t port_;
    rte_eth_event_type type_;
    std::atomic<int> seen_{0};
};

}  // namespace bifurc::test
