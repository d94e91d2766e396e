// SPDX-License-Identifier: BSD-3-Clause
// Queue pairs that a program borrows, with the pages through which it reaches them.
//
// Each grant has register pages of its own (doc/adr/0003), so that no mapping that a program still holds shows a
// working register of the pairs' next owner. After a reset it gets new ones.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bifurc/bifurc_uapi.h"
#include "model/nic.h"
#include "shared_pages.h"

namespace bifurc::sim {

class Grant {
public:
    // nullptr: out of memory or descriptors. Quiesced until make_live.
    static std::unique_ptr<Grant> create(model::Nic& nic, unsigned first, unsigned pairs);
    ~Grant();
    Grant(const Grant&) = delete;
    Grant& operator=(const Grant&) = delete;

    [[nodiscard]] unsigned first() const noexcept { return first_; }
    [[nodiscard]] unsigned pairs() const noexcept { return pairs_; }
    [[nodiscard]] bool holds(std::uint32_t first, std::uint32_t pairs) const noexcept;
    [[nodiscard]] bool live() const noexcept { return pages_ != nullptr; }

    // New pages, lent to the NIC. false: out of memory or descriptors.
    bool make_live();
    // The queues off, the pages dead.
    void quiesce();

    // What can be mapped now, as REGIONS answers it.
    void describe(bifurc_regions& regions) const;
    // For mmap of [offset, offset+len): the descriptor and the place in it. Negative errno.
    [[nodiscard]] int find(std::uint64_t offset, std::uint64_t len, int prot, int& fd, std::uint64_t& place) const;

    void publish(std::uint32_t generation, std::uint32_t state, bool link_up, std::uint32_t speed_mbps);

private:
    Grant(model::Nic& nic, unsigned first, unsigned pairs, std::unique_ptr<SharedPages> status);
    [[nodiscard]] std::size_t page_index(std::uint32_t register_offset) const noexcept;

    model::Nic& nic_;
    unsigned first_, pairs_;
    std::vector<std::uint64_t> bar_pages_;  // BAR offsets of the pages that the pairs' registers lie in
    std::unique_ptr<SharedPages> pages_;    // in that order
    std::unique_ptr<SharedPages> status_;
    std::uint64_t epoch_ = 0;  // steps with each set of pages, so that an old offset maps nothing
};

}  // namespace bifurc::sim
