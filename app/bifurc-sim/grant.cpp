// SPDX-License-Identifier: BSD-3-Clause
#include "grant.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "hw/ixgbe.h"

namespace bifurc::sim {

using hw::ixgbe::RDBAL;
using hw::ixgbe::TDBAL;

namespace {

constexpr std::uint64_t kPage = SharedPages::kPage;
constexpr std::uint64_t kEpochStride = 0x10'0000;  // of mmap offsets: more than the pages of one epoch

std::uint64_t page_of(std::uint64_t offset) { return offset & ~(kPage - 1); }

// A word that programs read while we write; none becomes visible before what was stored earlier.
void store(std::uint32_t& word, std::uint32_t value) {
    std::atomic_ref<std::uint32_t>(word).store(value, std::memory_order_release);
}

}  // namespace

std::unique_ptr<Grant> Grant::create(model::Nic& nic, unsigned first, unsigned pairs) {
    auto status = SharedPages::create("bifurc-status", 1, SharedPages::Others::read);
    if (!status) return nullptr;
    return std::unique_ptr<Grant>(new Grant(nic, first, pairs, std::move(status)));
}

Grant::Grant(model::Nic& nic, unsigned first, unsigned pairs, std::unique_ptr<SharedPages> status)
    : nic_(nic), first_(first), pairs_(pairs), status_(std::move(status)) {
    for (unsigned pair = first; pair < first + pairs; ++pair) {
        for (const std::uint64_t page : {page_of(RDBAL::at(pair)), page_of(TDBAL::at(pair))}) {
            if (std::ranges::find(bar_pages_, page) == bar_pages_.end()) bar_pages_.push_back(page);
        }
    }
    std::ranges::sort(bar_pages_);
}

Grant::~Grant() { quiesce(); }

bool Grant::holds(std::uint32_t first, std::uint32_t pairs) const noexcept {
    return pairs != 0 && first >= first_ && first - first_ < pairs_ && pairs <= pairs_ - (first - first_);
}

std::size_t Grant::page_index(std::uint32_t register_offset) const noexcept {
    return static_cast<std::size_t>(std::ranges::find(bar_pages_, page_of(register_offset)) - bar_pages_.begin());
}

bool Grant::make_live() {
    if (live()) return true;
    pages_ = SharedPages::create("bifurc-queues", bar_pages_.size(), SharedPages::Others::read_and_write);
    if (!pages_) return false;
    ++epoch_;
    for (unsigned pair = first_; pair < first_ + pairs_; ++pair) {
        nic_.lend(pair, pages_->page(page_index(RDBAL::at(pair))), pages_->page(page_index(TDBAL::at(pair))));
    }
    return true;
}

void Grant::quiesce() {
    if (!live()) return;
    for (unsigned pair = first_; pair < first_ + pairs_; ++pair) nic_.take_back(pair);
    pages_.reset();
}

void Grant::describe(bifurc_regions& regions) const {
    regions.count = 0;
    const auto add = [&](std::uint64_t offset, std::uint64_t bar_offset, std::uint32_t kind) {
        regions.region[regions.count++] = {.mmap_offset = offset, .bar_offset = bar_offset, .len = kPage, .kind = kind};
    };
    for (std::size_t i = 0; i < bar_pages_.size() && live(); ++i) {
        add(epoch_ * kEpochStride + i * kPage, bar_pages_[i], BIFURC_REGION_BAR);
    }
    add(0, 0, BIFURC_REGION_STATUS);
}

int Grant::find(std::uint64_t offset, std::uint64_t len, int prot, int& fd, std::uint64_t& place) const {
    if (len == 0 || offset % kPage != 0 || (prot & PROT_EXEC) != 0) return -EINVAL;
    if (offset < kPage) {
        if (len > kPage) return -EINVAL;
        if ((prot & PROT_WRITE) != 0) return -EACCES;
        fd = status_->fd();
        place = 0;
        return 0;
    }
    const std::uint64_t base = epoch_ * kEpochStride;
    const std::uint64_t all = bar_pages_.size() * kPage;
    if (!live() || offset < base || offset - base >= all || len > all - (offset - base)) return -EINVAL;
    fd = pages_->fd();
    place = offset - base;
    return 0;
}

// bifurc_uapi.h: seq is odd while the rest changes.
void Grant::publish(std::uint32_t generation, std::uint32_t state, bool link_up, std::uint32_t speed_mbps) {
    auto* const page = reinterpret_cast<bifurc_status*>(status_->page(0));
    const std::uint32_t seq = page->seq;
    store(page->seq, seq + 1);
    store(page->size, sizeof(bifurc_status));
    store(page->generation, generation);
    store(page->state, state);
    store(page->link_up, link_up ? 1 : 0);
    store(page->speed_mbps, speed_mbps);
    store(page->full_duplex, 1);
    store(page->seq, seq + 2);
}

}  // namespace bifurc::sim
