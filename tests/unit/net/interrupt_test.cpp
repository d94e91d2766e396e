// SPDX-License-Identifier: BSD-3-Clause
// Rx interrupts through DPDK's own API; the test is the kernel that signals.
#include <rte_epoll.h>
#include <rte_interrupts.h>
#include <unistd.h>

#include "port_fixture.h"

using namespace bifurc::test;

namespace {

class Interrupts : public Port {
protected:
    Interrupts() : Port(2) {}

    void start_with_interrupts() {
        rte_eth_conf conf{};
        conf.intr_conf.rxq = 1;
        start(conf);
        fake.nic.calls.clear();
    }
    void signal(std::uint16_t q) {
        const std::uint64_t one = 1;
        ASSERT_EQ(write(rte_eth_dev_rx_intr_ctl_q_get_fd(port, q), &one, sizeof(one)), ssize_t{sizeof(one)});
    }
    // The queue that woke us, or -1.
    int woken_by(int timeout_ms) {
        rte_epoll_event event{};
        if (rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, timeout_ms) != 1) return -1;
        return static_cast<int>(reinterpret_cast<std::uintptr_t>(event.epdata.data));
    }
    void watch(std::uint16_t q) {
        ASSERT_EQ(0, rte_eth_dev_rx_intr_ctl_q(port, q, RTE_EPOLL_PER_THREAD, RTE_INTR_EVENT_ADD,
                                               reinterpret_cast<void*>(std::uintptr_t{q})));
    }
};

TEST_F(Interrupts, EachQueueHasAnEventfdWhileThePortRuns) {
    rte_eth_conf conf{};
    conf.intr_conf.rxq = 1;
    start(conf);
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"eventfd 32 attach", "eventfd 33 attach"}));
    fake.nic.calls.clear();
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"eventfd 32 detach", "eventfd 33 detach", "sync 32+2"}));
    EXPECT_EQ(-1, rte_eth_dev_rx_intr_ctl_q_get_fd(port, 0));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    EXPECT_GE(rte_eth_dev_rx_intr_ctl_q_get_fd(port, 1), 0);
}

TEST_F(Interrupts, ASignalWakesTheSleeperOfThatQueueOncePerArming) {
    start_with_interrupts();
    watch(0);
    watch(1);
    ASSERT_EQ(0, rte_eth_dev_rx_intr_enable(port, 1));
    EXPECT_EQ(fake.nic.calls, (std::vector<std::string>{"eventfd 33 keep armed"}));
    EXPECT_EQ(woken_by(0), -1);
    signal(1);
    EXPECT_EQ(woken_by(10'000), 1);
    ASSERT_EQ(0, rte_eth_dev_rx_intr_disable(port, 1));
    ASSERT_EQ(0, rte_eth_dev_rx_intr_enable(port, 1));
    EXPECT_EQ(woken_by(0), -1);
    signal(1);
    EXPECT_EQ(woken_by(10'000), 1);
}

TEST_F(Interrupts, ArmingUsesUpEarlierSignals) {
    start_with_interrupts();
    signal(0);
    ASSERT_EQ(0, rte_eth_dev_rx_intr_enable(port, 0));
    std::uint64_t left = 0;
    EXPECT_EQ(read(rte_eth_dev_rx_intr_ctl_q_get_fd(port, 0), &left, sizeof(left)), -1);
}

TEST_F(Interrupts, WithoutBeingAskedForThereAreNone) {
    start();
    EXPECT_EQ(-ENOTSUP, rte_eth_dev_rx_intr_enable(port, 0));
    EXPECT_EQ(-1, rte_eth_dev_rx_intr_ctl_q_get_fd(port, 0));
}

TEST_F(Interrupts, AResetAndThePortsEndWakeWhoeverSleeps) {
    start_with_interrupts();
    watch(1);
    fake.reset_by_kernel();
    fake.raise(BIFURC_EVENT_RESET);
    EXPECT_EQ(woken_by(10'000), 1);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
    ASSERT_EQ(0, rte_eth_dev_start(port));
    watch(0);
    fake.hang_up();
    EXPECT_EQ(woken_by(10'000), 0);
    ASSERT_EQ(0, rte_eth_dev_stop(port));
}

}  // namespace
