// SPDX-License-Identifier: BSD-3-Clause
#include "status.h"

#include <cerrno>
#include <cstdint>

namespace bifurc::client {
namespace {

constexpr int kTries = 1000;

// The page is memory that another program or the kernel writes, so every word is an atomic access.
std::uint32_t load(const volatile std::uint32_t& word, int order) noexcept { return __atomic_load_n(&word, order); }

}  // namespace

Result<bifurc_status> read_status(const volatile bifurc_status& page) noexcept {
    for (int i = 0; i < kTries; ++i) {
        const std::uint32_t before = load(page.seq, __ATOMIC_ACQUIRE);
        if ((before & 1) != 0) continue;
        bifurc_status copy{};
        // Acquire, so that the second look at seq stays behind them.
        copy.size = load(page.size, __ATOMIC_ACQUIRE);
        copy.generation = load(page.generation, __ATOMIC_ACQUIRE);
        copy.state = load(page.state, __ATOMIC_ACQUIRE);
        copy.link_up = load(page.link_up, __ATOMIC_ACQUIRE);
        copy.speed_mbps = load(page.speed_mbps, __ATOMIC_ACQUIRE);
        copy.full_duplex = load(page.full_duplex, __ATOMIC_ACQUIRE);
        if (load(page.seq, __ATOMIC_ACQUIRE) != before) continue;
        copy.seq = before;
        if (copy.size < sizeof(copy)) return Errno{EPROTO};
        return copy;
    }
    return Errno{EAGAIN};
}

}  // namespace bifurc::client
