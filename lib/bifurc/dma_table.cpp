// SPDX-License-Identifier: BSD-3-Clause
#include "dma_table.h"

#include <algorithm>
#include <cerrno>
#include <mutex>

namespace bifurc::client {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint32_t kFirstRoom = 64;
// The pages may be moved between two tries, so one retry need not be enough.
constexpr int kTries = 4;

// The kernel's side answered: in order, without gaps, over exactly `len` bytes, nowhere around the end of the bus.
bool sensible(const Array<bifurc_dma_segment>& segments, std::uint64_t len) noexcept {
    std::uint64_t at = 0;
    for (const bifurc_dma_segment& segment : segments) {
        if (segment.offset != at || segment.len == 0 || segment.len > len - at) return false;
        if (segment.bus > UINT64_MAX - segment.len) return false;
        at += segment.len;
    }
    return at == len;
}

// Asks with more and more room until all segments fit.
Result<std::uint64_t> ask(const Verbs& verbs, std::uint64_t va, std::uint64_t len,
                          Array<bifurc_dma_segment>& segments) noexcept {
    const std::uint64_t most = len / kPage;
    std::uint32_t room = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kFirstRoom));
    for (int i = 0; i < kTries; ++i) {
        if (!segments.reserve(room)) return Errno{ENOMEM};
        bifurc_dma_map request{};
        request.va = va;
        request.len = len;
        request.dmabuf_fd = -1;
        request.nr_segments = room;
        request.segments = reinterpret_cast<std::uintptr_t>(segments.data());
        const Status asked = verbs.dma_map(request);
        if (asked.ok()) {
            segments.set_size(std::min(request.nr_segments, room));
            if (request.nr_segments <= room && sensible(segments, len)) return request.id;
            (void)verbs.dma_unmap(request.id);
            return Errno{EPROTO};
        }
        if (asked.code() != ENOSPC) return asked.error();
        if (request.nr_segments <= room || request.nr_segments > most) return Errno{EPROTO};
        room = request.nr_segments;
    }
    return Errno{EPROTO};
}

}  // namespace

bool DmaTable::known(std::uint64_t id) const noexcept {
    return std::any_of(mappings_.begin(), mappings_.end(), [id](const Mapping& m) { return m.id == id; });
}

bool DmaTable::reserve(std::size_t pieces) noexcept {
    const std::size_t all = pieces_.size() + pieces;
    // Both arrays of stretches change places at every publish, so both need the room.
    return mappings_.reserve(mappings_.size() + 1) && pieces_.reserve(all) && stretches_.reserve(all) &&
           spare_.reserve(all);
}

Status DmaTable::map(const Verbs& verbs, std::uintptr_t va, std::size_t len) noexcept {
    if (len == 0 || va > UINTPTR_MAX - len || va + len > UINTPTR_MAX - kPage) return Errno{EINVAL};
    const std::uintptr_t from = va & ~(kPage - 1);
    const std::uintptr_t to = (va + len + kPage - 1) & ~(kPage - 1);
    if ((to - from) / kPage > UINT32_MAX) return Errno{EINVAL};

    Array<bifurc_dma_segment> segments;
    const auto id = ask(verbs, from, to - from, segments);
    if (!id.ok()) return id.error();
    if (known(id.value())) return Errno{EPROTO};  // not ours to unmap: it is another mapping's
    {
        const std::unique_lock guard{lock_};
        if (reserve(segments.size())) {
            mappings_.push({va, len, id.value()});
            for (const bifurc_dma_segment& segment : segments) {
                const std::uintptr_t at = from + segment.offset;
                pieces_.push({at, at + segment.len, segment.bus - at, id.value()});
            }
            stale_ = true;
            return Done{};
        }
    }
    (void)verbs.dma_unmap(id.value());
    return Errno{ENOMEM};
}

Status DmaTable::unmap(const Verbs& verbs, std::uintptr_t va, std::size_t len) noexcept {
    std::size_t at = 0;
    while (at < mappings_.size() && !(mappings_[at].va == va && mappings_[at].len == len)) ++at;
    if (at == mappings_.size()) return Errno{ENOENT};
    const std::uint64_t id = mappings_[at].id;
    // First nobody finds it any more, then the kernel lets go of it.
    {
        const std::unique_lock guard{lock_};
        publish(&id);
    }
    epoch_.fetch_add(1, std::memory_order_acq_rel);
    const Status asked = verbs.dma_unmap(id);
    const std::unique_lock guard{lock_};
    if (!asked.ok()) {
        publish(nullptr);
        return asked;
    }
    mappings_.erase(at);
    Piece* kept = std::remove_if(pieces_.begin(), pieces_.end(), [id](const Piece& piece) { return piece.id == id; });
    pieces_.set_size(static_cast<std::size_t>(kept - pieces_.begin()));
    return Done{};
}

void DmaTable::clear() noexcept {
    {
        const std::unique_lock guard{lock_};
        mappings_.clear();
        pieces_.clear();
        publish(nullptr);
    }
    epoch_.fetch_add(1, std::memory_order_acq_rel);
}

void DmaTable::publish(const std::uint64_t* without) const noexcept {
    spare_.clear();
    for (const Piece& piece : pieces_) {
        if (without == nullptr || piece.id != *without) spare_.push({piece.va, piece.end, piece.delta, 0});
    }
    // Neighbours with the same distance between address and bus address are one stretch, whoever mapped them.
    std::sort(spare_.begin(), spare_.end(),
              [](const Stretch& a, const Stretch& b) { return a.delta != b.delta ? a.delta < b.delta : a.va < b.va; });
    std::size_t kept = 0;
    for (const Stretch& stretch : spare_) {
        if (kept != 0 && spare_[kept - 1].delta == stretch.delta && stretch.va <= spare_[kept - 1].end) {
            spare_[kept - 1].end = std::max(spare_[kept - 1].end, stretch.end);
        } else {
            spare_[kept++] = stretch;
        }
    }
    spare_.set_size(kept);
    std::sort(spare_.begin(), spare_.end(), [](const Stretch& a, const Stretch& b) { return a.va < b.va; });
    std::uintptr_t reach = 0;
    for (Stretch& stretch : spare_) stretch.reach = reach = std::max(reach, stretch.end);
    stretches_.swap(spare_);
    stale_ = false;
}

const DmaTable::Stretch* DmaTable::farthest(std::uintptr_t va) const noexcept {
    const Stretch* at = std::upper_bound(stretches_.begin(), stretches_.end(), va,
                                         [](std::uintptr_t x, const Stretch& stretch) { return x < stretch.va; });
    const Stretch* best = nullptr;
    while (at != stretches_.begin() && (--at)->reach > va) {
        if (at->end > va && (best == nullptr || at->end > best->end)) best = at;
    }
    return best;
}

template <class Look>
auto DmaTable::look(Look look) const noexcept {
    {
        const std::shared_lock guard{lock_};
        if (!stale_) return look();
    }
    const std::unique_lock guard{lock_};
    if (stale_) publish(nullptr);
    return look();
}

bool DmaTable::find(std::uintptr_t va, rte_bifurc_dma& stretch) const noexcept {
    return look([&] {
        const Stretch* found = farthest(va);
        if (found != nullptr) stretch = {found->va, found->end - found->va, found->delta};
        return found != nullptr;
    });
}

std::uint64_t DmaTable::bus(std::uintptr_t va, std::size_t len) const noexcept {
    return look([&]() -> std::uint64_t {
        const Stretch* found = farthest(va);
        if (found == nullptr || found->end - va < len) return RTE_BIFURC_BUS_INVALID;
        return va + found->delta;
    });
}

}  // namespace bifurc::client
