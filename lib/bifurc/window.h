// SPDX-License-Identifier: BSD-3-Clause
// The register window: a reservation as long as the BAR, inaccessible but for the pages that were granted, so that a
// stray register access faults at once. And the status page. Both keep their addresses until the window is destroyed,
// also over resets and give-backs: others hold pointers into them.
#pragma once

#include <atomic>
#include <cstddef>

#include "bifurc_uapi.h"
#include "kernel.h"
#include "result.h"

namespace bifurc::client {

class Window {
public:
    explicit Window(Kernel& kernel) noexcept : kernel_(kernel) {}
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    ~Window();

    // Shows exactly `regions`. EPROTO: they make no sense, and nothing changed. After any other failure the window
    // shows nothing at all.
    Status map(int fd, const bifurc_regions& regions, std::uint64_t bar_len) noexcept;
    // Shows nothing; the status page reads as zeros.
    void hide() noexcept;

    [[nodiscard]] void* base() const noexcept { return base_; }
    [[nodiscard]] const volatile bifurc_status* status_page() const noexcept {
        return shown_.load(std::memory_order_acquire) ? static_cast<const bifurc_status*>(status_) : nullptr;
    }

private:
    Status reserve(std::uint64_t bar_len, std::uint64_t status_len) noexcept;
    Status show(int fd, const bifurc_region& region) noexcept;

    Kernel& kernel_;
    void* base_ = nullptr;
    std::size_t len_ = 0;
    void* status_ = nullptr;
    std::size_t status_len_ = 0;
    std::atomic<bool> shown_{false};
};

}  // namespace bifurc::client
