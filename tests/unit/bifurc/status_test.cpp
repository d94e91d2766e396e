// SPDX-License-Identifier: BSD-3-Clause
// A copy of the status page is consistent or is none.
#include "bifurc/status.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>

namespace bifurc::client {
namespace {

bifurc_status page() {
    bifurc_status status{};
    status.size = sizeof(status);
    status.seq = 4;
    status.generation = 3;
    status.state = BIFURC_STATE_LIVE;
    status.link_up = 1;
    status.speed_mbps = 10000;
    status.full_duplex = 1;
    return status;
}

TEST(Status, IsCopied) {
    const bifurc_status status = page();
    const auto copy = read_status(status);
    ASSERT_TRUE(copy.ok());
    EXPECT_EQ(copy.value().generation, 3u);
    EXPECT_EQ(copy.value().speed_mbps, 10000u);
    EXPECT_EQ(copy.value().full_duplex, 1u);
}

TEST(Status, OfAWriterThatNeverRestsIsGivenUp) {
    bifurc_status status = page();
    status.seq = 5;
    EXPECT_EQ(read_status(status).code(), EAGAIN);
}

TEST(Status, ShorterThanVersionOneIsRefused) {
    bifurc_status status = page();
    status.size = sizeof(status) - 4;
    EXPECT_EQ(read_status(status).code(), EPROTO);
}

// Writer: generation and speed always change together.
TEST(Status, IsNeverTorn) {
    bifurc_status status = page();
    status.speed_mbps = status.generation;
    std::atomic<bool> stop{false};
    std::thread writer{[&] {
        for (std::uint32_t i = 0; !stop.load(); ++i) {
            std::atomic_ref{status.seq}.fetch_add(1);
            std::atomic_ref{status.generation}.store(i);
            std::atomic_ref{status.speed_mbps}.store(i);
            std::atomic_ref{status.seq}.fetch_add(1);
        }
    }};
    int torn = 0;
    for (int copies = 0; copies < 200'000;) {
        const auto copy = read_status(status);
        if (!copy.ok()) continue;
        ++copies;
        if (copy.value().generation != copy.value().speed_mbps) ++torn;
    }
    stop = true;
    writer.join();
    EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace bifurc::client
