// SPDX-License-Identifier: BSD-3-Clause
// The ABI's verbs, one call each, on an attached socket. What the kernel's side answers is checked here for everything
// that can be checked against the request alone; an answer that makes no sense is EPROTO. No state.
#pragma once

#include "bifurc_uapi.h"
#include "kernel.h"
#include "result.h"

namespace bifurc::client {

class Verbs {
public:
    Verbs(Kernel& kernel, int fd) noexcept : kernel_(&kernel), fd_(fd) {}

    Result<bifurc_info> info() const noexcept;
    // Answers first and generation; the pairs are those asked for.
    Result<bifurc_split> split(std::uint32_t first, std::uint32_t pairs, std::uint32_t flags) const noexcept;
    Result<bifurc_regions> regions() const noexcept;
    // ENOSPC: the answer was written to request.nr_segments.
    Status dma_map(bifurc_dma_map& request) const noexcept;
    Status dma_unmap(std::uint64_t id) const noexcept;
    Status eventfd(std::uint32_t pair, int fd, std::uint32_t flags, std::uint32_t generation) const noexcept;
    Result<bifurc_events> events() const noexcept;
    Status sync(std::uint32_t first, std::uint32_t pairs, std::uint32_t generation) const noexcept;
    Result<bifurc_stats> stats(std::uint32_t pair) const noexcept;
    Status give_back() const noexcept;

private:
    // The structure goes in and out; a short answer is EPROTO.
    template <class T>
    Status get(int verb, T& value) const noexcept;
    template <class T>
    Status set(int verb, T& value) const noexcept;

    Kernel* kernel_;
    int fd_;
};

}  // namespace bifurc::client
