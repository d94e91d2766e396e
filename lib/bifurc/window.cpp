// SPDX-License-Identifier: BSD-3-Clause
#include "window.h"

#include <sys/mman.h>

#include <cerrno>

namespace bifurc::client {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMaxStatusLen = 16 * kPage;

bool overlap(const bifurc_region& a, const bifurc_region& b) noexcept {
    return a.bar_offset < b.bar_offset + b.len && b.bar_offset < a.bar_offset + a.len;
}

bool sensible(const bifurc_region& region, std::uint64_t bar_len) noexcept {
    if (region.len == 0 || region.len % kPage != 0) return false;
    if (region.mmap_offset % kPage != 0 || region.mmap_offset > std::uint64_t{INT64_MAX} - region.len) return false;
    if (region.kind == BIFURC_REGION_STATUS) return region.len <= kMaxStatusLen;
    if (region.bar_offset % kPage != 0) return false;
    return region.len <= bar_len && region.bar_offset <= bar_len - region.len;
}

// The status page's length, or 0 if the answer cannot be trusted. Regions of kinds that are not known yet are let be.
std::uint64_t check(const bifurc_regions& regions, std::uint64_t bar_len) noexcept {
    std::uint64_t status_len = 0;
    if (regions.count > BIFURC_REGIONS_MAX) return 0;
    for (std::uint32_t i = 0; i < regions.count; ++i) {
        const bifurc_region& region = regions.region[i];
        if (region.kind != BIFURC_REGION_BAR && region.kind != BIFURC_REGION_STATUS) continue;
        if (!sensible(region, bar_len)) return 0;
        if (region.kind == BIFURC_REGION_STATUS) {
            if (status_len != 0) return 0;
            status_len = region.len;
            continue;
        }
        for (std::uint32_t j = 0; j < i; ++j) {
            if (regions.region[j].kind == BIFURC_REGION_BAR && overlap(region, regions.region[j])) return 0;
        }
    }
    return status_len;
}

}  // namespace

Window::~Window() {
    if (base_ != nullptr) kernel_.munmap(base_, len_);
    if (status_ != nullptr) kernel_.munmap(status_, status_len_);
}

Status Window::reserve(std::uint64_t bar_len, std::uint64_t status_len) noexcept {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    if (base_ == nullptr) {
        const auto base = kernel_.mmap(nullptr, bar_len, PROT_NONE, kFlags, -1, 0);
        if (!base.ok()) return base.error();
        base_ = base.value();
        len_ = bar_len;
    }
    if (status_ == nullptr) {
        const auto status = kernel_.mmap(nullptr, status_len, PROT_READ, kFlags, -1, 0);
        if (!status.ok()) return status.error();
        status_ = status.value();
        status_len_ = status_len;
    }
    return Done{};
}

Status Window::show(int fd, const bifurc_region& region) noexcept {
    const bool bar = region.kind == BIFURC_REGION_BAR;
    void* at = bar ? static_cast<char*>(base_) + region.bar_offset : status_;
    const int prot = bar ? PROT_READ | PROT_WRITE : PROT_READ;
    const auto mapped =
        kernel_.mmap(at, region.len, prot, MAP_SHARED | MAP_FIXED, fd, static_cast<off_t>(region.mmap_offset));
    if (!mapped.ok()) return mapped.error();
    return Done{};
}

Status Window::map(int fd, const bifurc_regions& regions, std::uint64_t bar_len) noexcept {
    const std::uint64_t status_len = check(regions, bar_len);
    if (status_len == 0) return Errno{EPROTO};
    // Pointers into the window are held elsewhere, so its length is settled by the first map.
    if (base_ != nullptr && (len_ != bar_len || status_len_ != status_len)) return Errno{EPROTO};
    if (const Status reserved = reserve(bar_len, status_len); !reserved.ok()) return reserved;
    hide();  // pages of the last generation that are not granted any more
    for (std::uint32_t i = 0; i < regions.count; ++i) {
        const bifurc_region& region = regions.region[i];
        if (region.kind != BIFURC_REGION_BAR && region.kind != BIFURC_REGION_STATUS) continue;
        if (const Status shown = show(fd, region); !shown.ok()) {
            hide();
            return shown;
        }
    }
    shown_.store(true, std::memory_order_release);
    return Done{};
}

void Window::hide() noexcept {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    shown_.store(false, std::memory_order_release);
    // Replacing a mapping of ours by an anonymous one of the same length fails only if memory for page tables is short;
    // what stays then are pages that the owner has killed.
    if (base_ != nullptr) (void)kernel_.mmap(base_, len_, PROT_NONE, kFlags, -1, 0);
    if (status_ != nullptr) (void)kernel_.mmap(status_, status_len_, PROT_READ, kFlags, -1, 0);
}

}  // namespace bifurc::client
