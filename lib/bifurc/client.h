// SPDX-License-Identifier: BSD-3-Clause
// The handle: one attached socket and all that hangs on it.
#pragma once

#include <mutex>

#include "attach.h"
#include "dma_table.h"
#include "memberships.h"
#include "rte_bifurc.h"
#include "sentence.h"
#include "verbs.h"
#include "window.h"

struct rte_bifurc {
    rte_bifurc(bifurc::client::Kernel& the_kernel, const bifurc::client::Attached& attached) noexcept;
    rte_bifurc(const rte_bifurc&) = delete;
    rte_bifurc& operator=(const rte_bifurc&) = delete;
    ~rte_bifurc();

    // What there is to say of this netdev after a failure.
    [[nodiscard]] bifurc::client::Facts facts() const noexcept;

    bifurc::client::Kernel& kernel;
    const int fd;
    char iface[16];
    const std::uint64_t bar_len;
    const bifurc::client::Verbs verbs;

    std::mutex lock;  // serialises the verbs; lookups and status go without
    std::uint32_t generation;
    bifurc::client::Window window;
    bifurc::client::DmaTable dma;
    bifurc::client::Memberships memberships;
};

namespace bifurc::client {

// What there is to say of any netdev after a failure: what the kernel lets this process do.
Facts facts_of(Kernel& kernel, const char* iface) noexcept;

// As rte_bifurc_open and rte_bifurc_adopt, on any kernel.
int open_handle(Kernel& kernel, const char* iface, rte_bifurc** handle, rte_bifurc_error* err) noexcept;
int adopt_handle(Kernel& kernel, int fd, rte_bifurc** handle, rte_bifurc_error* err) noexcept;

}  // namespace bifurc::client
