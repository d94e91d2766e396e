// SPDX-License-Identifier: BSD-3-Clause
// Which memory the device may reach, and at which bus addresses. Lookups run in any thread beside map and unmap; map,
// unmap and clear themselves must be serialised by the caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <shared_mutex>

#include "array.h"
#include "result.h"
#include "rte_bifurc.h"
#include "verbs.h"

namespace bifurc::client {

class DmaTable {
public:
    Status map(const Verbs& verbs, std::uintptr_t va, std::size_t len) noexcept;
    // ENOENT: no call of map had just these arguments.
    Status unmap(const Verbs& verbs, std::uintptr_t va, std::size_t len) noexcept;
    // Forgets everything, for when the kernel has unpinned it all.
    void clear() noexcept;

    // The stretch around va that reaches farthest up.
    [[nodiscard]] bool find(std::uintptr_t va, rte_bifurc_dma& stretch) const noexcept;
    [[nodiscard]] std::uint64_t bus(std::uintptr_t va, std::size_t len) const noexcept;
    // Steps when a mapping ends, after the table forgot it and before the kernel does.
    [[nodiscard]] const std::atomic<std::uint32_t>& epoch() const noexcept { return epoch_; }

private:
    struct Mapping {
        std::uintptr_t va;  // as the caller gave it
        std::size_t len;
        std::uint64_t id;
    };
    struct Piece {  // one segment that the kernel answered
        std::uintptr_t va;
        std::uintptr_t end;
        std::uint64_t delta;
        std::uint64_t id;
    };
    struct Stretch {
        std::uintptr_t va;
        std::uintptr_t end;
        std::uint64_t delta;
        std::uintptr_t reach;  // the farthest end among this stretch and all before it
    };

    [[nodiscard]] bool known(std::uint64_t id) const noexcept;
    // Room for a mapping of so many pieces more, wherever they are kept. lock_ held.
    [[nodiscard]] bool reserve(std::size_t pieces) noexcept;
    // Makes stretches of all pieces but those of *without. Needs no memory: there is room for all pieces. lock_ held.
    void publish(const std::uint64_t* without) const noexcept;
    [[nodiscard]] const Stretch* farthest(std::uintptr_t va) const noexcept;
    // What a lookup gives while the stretches are those of all pieces.
    template <class Look>
    auto look(Look look) const noexcept;

    Array<Mapping> mappings_;
    mutable std::shared_mutex lock_;  // all below
    Array<Piece> pieces_;
    // Whoever maps a thousand pages one by one does not sort a thousand times: the next lookup does.
    mutable bool stale_ = false;
    mutable Array<Stretch> stretches_;  // by va
    mutable Array<Stretch> spare_;
    std::atomic<std::uint32_t> epoch_{0};
};

}  // namespace bifurc::client
