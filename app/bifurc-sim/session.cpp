// SPDX-License-Identifier: BSD-3-Clause
#include "session.h"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "hw/ixgbe.h"
#include "hw/ixgbe_device.h"
#include "uapi_struct.h"

namespace bifurc::sim {

namespace {

constexpr std::uint32_t kBorrowedRingMin = 32;

VerbReply failed(int error) { return {.error = error, .payload = {}}; }

template <class T>
VerbReply answered(const T& value) {
    return {.error = 0, .payload = give_struct(value)};
}

void copy_text(char* to, std::size_t room, const std::string& text) { to[text.copy(to, room - 1)] = '\0'; }

// Writing to anything else than an eventfd could block, or mean something.
bool is_eventfd(int fd) {
    std::array<char, 64> target{};
    const std::string link = fmt::format("/proc/self/fd/{}", fd);
    return ::readlink(link.c_str(), target.data(), target.size() - 1) > 0 &&
           std::strcmp(target.data(), "anon_inode:[eventfd]") == 0;
}

}  // namespace

Session::Session(SimPort& port, UniqueFd packet_socket, Rights rights, std::function<void()> wake)
    : port_(port), packet_socket_(std::move(packet_socket)), rights_(rights), wake_(std::move(wake)) {
    port_.add_user(*this);
}

Session::~Session() {
    port_.remove_user(*this);
    end_split();
    packet_socket_.reset();  // its memberships end with it
    port_.follow(false);
}

void Session::end_split() {
    if (grant_) port_.give_back(std::move(grant_));
    for (const auto& [id, bus] : mappings_) port_.dma().unmap(bus);
    mappings_.clear();
    eventfds_.clear();
    armed_.clear();
}

void Session::on_event(std::uint32_t events) {
    const bool was_idle = pending_ == 0;
    pending_ |= events;
    if (was_idle && pending_ != 0) wake_();
}

void Session::on_interrupt(unsigned pair) {
    const auto entry = eventfds_.find(pair);
    if (entry == eventfds_.end() || armed_.erase(pair) == 0) return;
    const std::uint64_t one = 1;
    static_cast<void>(::write(entry->second.get(), &one, sizeof(one)) == sizeof(one));  // full: it has its signal
}

VerbReply Session::get_option(std::uint32_t option, std::span<const std::byte> payload, pid_t pid) {
    if (option == BIFURC_EVENTS) return events(payload);
    if (port_.gone()) return failed(-ENODEV);
    switch (option) {
        case BIFURC_INFO:
            return info(payload);
        case BIFURC_SPLIT:
            return split(payload);
        case BIFURC_REGIONS:
            return regions(payload);
        case BIFURC_DMA_MAP:
            return dma_map(payload, pid);
        case BIFURC_STATS:
            return stats(payload);
        default:
            return failed(-ENOPROTOOPT);
    }
}

int Session::set_option(std::uint32_t option, std::span<const std::byte> payload, UniqueFd fd) {
    if (port_.gone()) return -ENODEV;
    switch (option) {
        case BIFURC_DMA_UNMAP:
            return dma_unmap(payload);
        case BIFURC_EVENTFD:
            return eventfd(payload, std::move(fd));
        case BIFURC_SYNC:
            return sync(payload);
        case BIFURC_RETURN:
            return give_back(payload);
        case PACKET_ADD_MEMBERSHIP:
        case PACKET_DROP_MEMBERSHIP:
            return membership(option, payload);
        default:
            return -ENOPROTOOPT;
    }
}

int Session::map(std::uint64_t offset, std::uint64_t len, int prot, int& fd, std::uint64_t& place) const {
    if (port_.gone()) return -ENODEV;
    if (!grant_) return -ENOTCONN;
    return grant_->find(offset, len, prot, fd, place);
}

VerbReply Session::info(std::span<const std::byte> payload) {
    bifurc_info info;
    if (const int error = take_struct(payload, info); error != 0) return failed(error);
    const std::uint32_t size = info.size;
    const NetdevState& netdev = port_.netdev_state();
    info = {};
    info.size = size;
    info.abi_version = BIFURC_ABI_VERSION;
    info.pci_vendor = info.pci_subsystem_vendor = hw::ixgbe::kVendorIntel;
    info.pci_device = info.pci_subsystem_device = hw::ixgbe::kDevice82599Sfp;
    copy_text(info.driver, sizeof(info.driver), port_.driver_info().driver);
    info.numa_node = -1;
    info.ifindex = netdev.ifindex;
    std::ranges::copy(netdev.mac, info.mac);
    info.features = BIFURC_FEATURE_MARKS;
    info.mtu = netdev.mtu;
    info.mtu_max = kMtuMax;
    info.chip = BIFURC_CHIP_82599;
    info.ring_min = kBorrowedRingMin;
    info.ring_max = kRingMax;
    info.ring_multiple = kRingMultiple;
    info.pairs_total = port_.pairs().total();
    info.pairs_kernel = port_.pairs().kernel();
    info.pairs_free = port_.pairs().free();
    info.first = grant_ ? grant_->first() : 0;
    info.pairs = grant_ ? grant_->pairs() : 0;
    info.page_protection = BIFURC_PAGES_EXCLUSIVE;  // each grant has pages of its own
    info.dma_protection = BIFURC_DMA_IOMMU;         // DmaSpace reaches nothing else
    info.generation = port_.generation();
    info.bar_len = hw::ixgbe::kBarLen;
    return answered(info);
}

VerbReply Session::split(std::span<const std::byte> payload) {
    bifurc_split split;
    if (const int error = take_struct(payload, split); error != 0) return failed(error);
    if ((split.flags & ~BIFURC_SPLIT_STRICT) != 0 || split.reserved != 0 || split.pairs == 0) return failed(-EINVAL);
    if (!rights_.raw) return failed(-EPERM);
    if (grant_) return failed(-EALREADY);
    if (const int error = port_.split(split.first, split.pairs, grant_); error != 0) return failed(error);
    split.first = grant_->first();
    split.generation = port_.generation();
    return answered(split);
}

VerbReply Session::regions(std::span<const std::byte> payload) {
    bifurc_regions regions;
    if (const int error = take_struct(payload, regions); error != 0) return failed(error);
    if (regions.reserved != 0) return failed(-EINVAL);
    if (!grant_) return failed(-ENOTCONN);
    if (const int error = port_.make_live(*grant_); error != 0) return failed(error);
    regions = {.size = regions.size, .count = 0, .generation = port_.generation(), .reserved = 0, .region = {}};
    grant_->describe(regions);
    return answered(regions);
}

// Bus addresses of one mapping follow each other, so that one segment is always enough.
VerbReply Session::dma_map(std::span<const std::byte> payload, pid_t pid) {
    bifurc_dma_map map;
    if (const int error = take_struct(payload, map); error != 0) return failed(error);
    const bool aligned = map.len != 0 && (map.va | map.len) % DmaSpace::kPage == 0 && map.va + map.len >= map.va;
    if (map.flags != 0 || map.dmabuf_fd < -1 || !aligned) return failed(-EINVAL);
    if (map.dmabuf_fd != -1) return failed(-EOPNOTSUPP);
    if (!grant_) return failed(-ENOTCONN);
    const std::uint32_t room = map.nr_segments;
    map.nr_segments = 1;
    if (room < 1) return {.error = -ENOSPC, .payload = give_struct(map)};
    std::uint64_t bus = 0;
    if (const int error = port_.dma().map_process(pid, map.va, map.len, bus); error != 0) return failed(error);
    map.id = next_id_++;
    mappings_[map.id] = bus;
    VerbReply reply = answered(map);
    const bifurc_dma_segment segment{.offset = 0, .len = map.len, .bus = bus};
    const auto* const bytes = reinterpret_cast<const std::byte*>(&segment);
    reply.payload.insert(reply.payload.end(), bytes, bytes + sizeof(segment));
    return reply;
}

// A verb on running queues of this socket.
int Session::check_pairs(std::uint32_t first, std::uint32_t pairs, std::uint32_t generation) const {
    if (!grant_) return -ENOTCONN;
    if (!grant_->holds(first, pairs)) return -EINVAL;
    if (generation != port_.generation()) return -ENETRESET;
    return port_.usable() ? 0 : -ENETDOWN;
}

int Session::dma_unmap(std::span<const std::byte> payload) {
    bifurc_dma_unmap unmap;
    if (const int error = take_struct(payload, unmap); error != 0) return error;
    if (unmap.flags != 0) return -EINVAL;
    if (!grant_) return -ENOTCONN;
    const auto mapping = mappings_.find(unmap.id);
    if (mapping == mappings_.end()) return -EINVAL;
    port_.dma().unmap(mapping->second);  // one thread: no transfer is under way
    mappings_.erase(mapping);
    return 0;
}

int Session::eventfd(std::span<const std::byte> payload, UniqueFd fd) {
    bifurc_eventfd request;
    if (const int error = take_struct(payload, request); error != 0) return error;
    if ((request.flags & ~BIFURC_EVENTFD_ARM) != 0 || request.reserved != 0 || request.fd < BIFURC_EVENTFD_KEEP) {
        return -EINVAL;
    }
    if (const int error = check_pairs(request.pair, 1, request.generation); error != 0) return error;
    const bool arm = (request.flags & BIFURC_EVENTFD_ARM) != 0;
    if (request.fd >= 0 && !is_eventfd(fd.get())) return -EINVAL;
    const bool attached = request.fd >= 0 || (request.fd == BIFURC_EVENTFD_KEEP && eventfds_.contains(request.pair));
    if (arm && !attached) return -EINVAL;
    if (request.fd >= 0) eventfds_[request.pair] = std::move(fd);
    if (request.fd == -1) eventfds_.erase(request.pair);
    port_.connect_interrupt(request.pair, attached);
    if (arm) {
        armed_.insert(request.pair);
        port_.arm_interrupt(request.pair);  // may signal at once, for a frame that came before
    }
    return 0;
}

VerbReply Session::events(std::span<const std::byte> payload) {
    bifurc_events events;
    if (const int error = take_struct(payload, events); error != 0) return failed(error);
    if (events.reserved != 0) return failed(-EINVAL);
    events.events = std::exchange(pending_, 0);
    told_gone_ = told_gone_ || (events.events & BIFURC_EVENT_GONE) != 0;
    events.generation = port_.generation();
    return answered(events);
}

int Session::sync(std::span<const std::byte> payload) {
    bifurc_sync request;
    if (const int error = take_struct(payload, request); error != 0) return error;
    if (request.flags != 0 || request.reserved != 0) return -EINVAL;
    if (const int error = check_pairs(request.first, request.pairs, request.generation); error != 0) return error;
    port_.sync();
    return 0;
}

VerbReply Session::stats(std::span<const std::byte> payload) const {
    bifurc_stats stats;
    if (const int error = take_struct(payload, stats); error != 0) return failed(error);
    if (stats.reserved != 0) return failed(-EINVAL);
    if (!grant_) return failed(-ENOTCONN);
    if (!grant_->holds(stats.pair, 1)) return failed(-EINVAL);
    const model::QueueAccount account = port_.since_split(stats.pair);
    stats.valid = BIFURC_STATS_RX_MISSED | BIFURC_STATS_DMA_FAULTS;
    stats.rx_missed = account.rx_missed;
    stats.dma_faults = account.dma_faults;
    return answered(stats);
}

int Session::give_back(std::span<const std::byte> payload) {
    bifurc_return request;
    if (const int error = take_struct(payload, request); error != 0) return error;
    if (request.flags != 0) return -EINVAL;
    if (!grant_) return -ENOTCONN;
    end_split();
    return 0;
}

int Session::membership(std::uint32_t option, std::span<const std::byte> payload) {
    packet_mreq request{};
    if (payload.size() < sizeof(request)) return -EINVAL;
    std::memcpy(&request, payload.data(), sizeof(request));
    if (request.mr_ifindex != static_cast<int>(port_.ifindex())) return -ENODEV;
    if (::setsockopt(packet_socket_.get(), SOL_PACKET, static_cast<int>(option), &request, sizeof(request)) != 0) {
        return -errno;
    }
    port_.follow(false);  // so that the filter is in force when the caller goes on
    return 0;
}

}  // namespace bifurc::sim
