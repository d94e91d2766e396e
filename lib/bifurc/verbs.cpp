// SPDX-License-Identifier: BSD-3-Clause
#include "verbs.h"

#include <cerrno>

namespace bifurc::client {
namespace {

constexpr std::uint64_t kPage = 4096;
// Far above any BAR of the chips that bifurc knows; a bound for what a reservation may cost.
constexpr std::uint64_t kMaxBarLen = std::uint64_t{1} << 30;

template <std::size_t N>
bool terminated(const char (&text)[N]) noexcept {
    for (const char c : text) {
        if (c == '\0') return true;
    }
    return false;
}

// Everything that a driver may use as a divisor, a length or an index.
bool sensible(const bifurc_info& info) noexcept {
    if (!terminated(info.pci_address) || !terminated(info.driver)) return false;
    if (info.bar_len == 0 || info.bar_len % kPage != 0 || info.bar_len > kMaxBarLen) return false;
    if (info.ring_multiple == 0 || info.ring_min == 0 || info.ring_min > info.ring_max) return false;
    if (info.pairs_kernel > info.pairs_total || info.pairs_free > info.pairs_total) return false;
    return info.pairs == 0 || (info.first < info.pairs_total && info.pairs <= info.pairs_total - info.first);
}

}  // namespace

template <class T>
Status Verbs::get(int verb, T& value) const noexcept {
    value.size = sizeof(value);
    socklen_t len = sizeof(value);
    const int rc = kernel_->get_option(fd_, SOL_PACKET, verb, &value, &len);
    if (rc < 0) return Errno{-rc};
    if (len < sizeof(value)) return Errno{EPROTO};
    return Done{};
}

template <class T>
Status Verbs::set(int verb, T& value) const noexcept {
    value.size = sizeof(value);
    const int rc = kernel_->set_option(fd_, SOL_PACKET, verb, &value, sizeof(value));
    if (rc < 0) return Errno{-rc};
    return Done{};
}

Result<bifurc_info> Verbs::info() const noexcept {
    bifurc_info info{};
    if (const Status asked = get(BIFURC_INFO, info); !asked.ok()) return asked.error();
    // The version steps when structures no longer grow compatibly, so another one cannot be read at all.
    if (info.abi_version != BIFURC_ABI_VERSION) return Errno{EPROTONOSUPPORT};
    if (!sensible(info)) return Errno{EPROTO};
    return info;
}

Result<bifurc_split> Verbs::split(std::uint32_t first, std::uint32_t pairs, std::uint32_t flags) const noexcept {
    bifurc_split split{};
    split.flags = flags;
    split.first = first;
    split.pairs = pairs;
    if (const Status asked = get(BIFURC_SPLIT, split); !asked.ok()) return asked.error();
    const bool as_asked = split.pairs == pairs && (first == BIFURC_FIRST_ANY || split.first == first);
    if (!as_asked || split.first > UINT32_MAX - pairs) return Errno{EPROTO};
    return split;
}

Result<bifurc_regions> Verbs::regions() const noexcept {
    bifurc_regions regions{};
    if (const Status asked = get(BIFURC_REGIONS, regions); !asked.ok()) return asked.error();
    if (regions.count > BIFURC_REGIONS_MAX) return Errno{EPROTO};
    return regions;
}

Status Verbs::dma_map(bifurc_dma_map& request) const noexcept { return get(BIFURC_DMA_MAP, request); }

Status Verbs::dma_unmap(std::uint64_t id) const noexcept {
    bifurc_dma_unmap request{};
    request.id = id;
    return set(BIFURC_DMA_UNMAP, request);
}

Status Verbs::eventfd(std::uint32_t pair, int fd, std::uint32_t flags, std::uint32_t generation) const noexcept {
    bifurc_eventfd request{};
    request.flags = flags;
    request.pair = pair;
    request.fd = fd;
    request.generation = generation;
    return set(BIFURC_EVENTFD, request);
}

Result<bifurc_events> Verbs::events() const noexcept {
    bifurc_events events{};
    if (const Status asked = get(BIFURC_EVENTS, events); !asked.ok()) return asked.error();
    return events;
}

Status Verbs::sync(std::uint32_t first, std::uint32_t pairs, std::uint32_t generation) const noexcept {
    bifurc_sync request{};
    request.first = first;
    request.pairs = pairs;
    request.generation = generation;
    return set(BIFURC_SYNC, request);
}

Result<bifurc_stats> Verbs::stats(std::uint32_t pair) const noexcept {
    bifurc_stats stats{};
    stats.pair = pair;
    if (const Status asked = get(BIFURC_STATS, stats); !asked.ok()) return asked.error();
    return stats;
}

Status Verbs::give_back() const noexcept {
    bifurc_return request{};
    return set(BIFURC_RETURN, request);
}

}  // namespace bifurc::client
