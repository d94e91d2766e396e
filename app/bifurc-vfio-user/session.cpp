// SPDX-License-Identifier: BSD-3-Clause
#include "session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace bifurc::vfio_user {
namespace {

constexpr std::uint16_t kMajor = 0, kMinor = 0;

struct Row {
    Command command;
    const char* name;
    std::size_t at_least, at_most;  // bytes of payload
    unsigned fds;                   // at most
};

constexpr Row kRows[] = {
    {Command::version, "VERSION", sizeof(Version), sizeof(Version) + 4096, 0},
    {Command::dma_map, "DMA_MAP", sizeof(DmaMap), sizeof(DmaMap), 1},
    {Command::dma_unmap, "DMA_UNMAP", sizeof(DmaUnmap), sizeof(DmaUnmap), 0},
    {Command::get_info, "DEVICE_GET_INFO", sizeof(DeviceInfo), sizeof(DeviceInfo), 0},
    {Command::get_region_info, "DEVICE_GET_REGION_INFO", sizeof(vfio_region_info), 4096, 0},
    {Command::get_region_io_fds, "DEVICE_GET_REGION_IO_FDS", 16, 4096, 0},
    {Command::get_irq_info, "DEVICE_GET_IRQ_INFO", sizeof(vfio_irq_info), sizeof(vfio_irq_info), 0},
    {Command::set_irqs, "DEVICE_SET_IRQS", sizeof(vfio_irq_set), sizeof(vfio_irq_set) + kMsixVectors, kMaxFds},
    {Command::region_read, "REGION_READ", sizeof(RegionAccess), sizeof(RegionAccess), 0},
    {Command::region_write, "REGION_WRITE", sizeof(RegionAccess), sizeof(RegionAccess) + kMaxTransfer, 0},
    {Command::device_reset, "DEVICE_RESET", 0, 0, 0},
    {Command::region_write_multi, "REGION_WRITE_MULTI", 8, kMaxTransfer, 0},
};

// What the device asks for, and how much a reply may bring.
constexpr Row kReplies[] = {
    {Command::dma_read, "DMA_READ", 0, sizeof(DmaAccess) + DmaRequests::kLongest, 0},
    {Command::dma_write, "DMA_WRITE", 0, sizeof(DmaAccess), 0},
};

const Row* row_of(std::span<const Row> rows, std::uint16_t command) noexcept {
    const auto row =
        std::ranges::find(rows, command, [](const Row& r) { return static_cast<std::uint16_t>(r.command); });
    return row == rows.end() ? nullptr : &*row;
}

bool is_reply(const Header& header) noexcept { return (header.flags & kTypeMask) == kReply; }
const Row* row_of(const Header& header) noexcept {
    return row_of(is_reply(header) ? std::span<const Row>{kReplies} : kRows, header.command);
}

// The payload's size was checked against the table.
template <class T>
T front(const Message& message) noexcept {
    T value;
    std::memcpy(&value, message.payload.data(), sizeof(value));
    return value;
}

template <class T>
void append(std::vector<std::byte>& payload, const T& value) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
    payload.insert(payload.end(), bytes, bytes + sizeof(value));
}

// A region of which the client may map the areas. One that has no room for them yet is told how much they need, and
// asks again.
void append_mappable(Reply& reply, vfio_region_info info, std::uint32_t room, const QueuePages& pages) {
    constexpr std::uint32_t kAreas = QueuePages::kAreas.size();
    const SparseMmap sparse{
        .header = {.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1, .next = 0}, .nr_areas = kAreas, .reserved = 0};
    info.argsz = sizeof(info) + sizeof(sparse) + kAreas * sizeof(vfio_region_sparse_mmap_area);
    const bool whole = room >= info.argsz;
    info.flags |= VFIO_REGION_INFO_FLAG_MMAP | (whole ? VFIO_REGION_INFO_FLAG_CAPS : 0);
    info.cap_offset = whole ? sizeof(info) : 0;
    append(reply.payload, info);
    if (!whole) return;
    append(reply.payload, sparse);
    for (const auto& [offset, size] : QueuePages::kAreas) {
        append(reply.payload, vfio_region_sparse_mmap_area{.offset = offset, .size = size});
    }
    reply.fd = pages.fd();
}

}  // namespace

std::string command_name(std::uint16_t command) {
    for (const std::span<const Row> rows : {std::span<const Row>{kRows}, std::span<const Row>{kReplies}}) {
        if (const Row* const row = row_of(rows, command); row != nullptr) return row->name;
    }
    return fmt::format("command {}", command);
}

Ending Session::check(const Header& header) {
    const std::string name = command_name(header.command);
    const Row* const row = row_of(header);
    if ((header.flags & kTypeMask) != kCommand && !(is_reply(header) && row != nullptr)) {
        return fmt::format("{}: flags {:#x} are those of no command", name, header.flags);
    }
    if (header.size < sizeof(Header)) return fmt::format("{}: {} bytes are less than a header", name, header.size);
    if (header.size > kMaxMessage) {
        return fmt::format("{}: {} bytes are more than the {} of the longest message", name, header.size, kMaxMessage);
    }
    const std::size_t payload = header.size - sizeof(Header);
    if (row != nullptr && (payload < row->at_least || payload > row->at_most)) {
        return fmt::format("{}: a payload of {} bytes; it takes {} to {}", name, payload, row->at_least, row->at_most);
    }
    return {};
}

Ending Session::handle(Message message, Reply& reply) {
    const Row* const row = row_of(message.header);
    const std::string name = command_name(message.header.command);
    if (row != nullptr && message.fds.size() > row->fds) {
        return fmt::format("{}: {} descriptors came along; it takes at most {}", name, message.fds.size(), row->fds);
    }
    if (greeted_ == (row != nullptr && row->command == Command::version)) {
        return fmt::format("{}: {}", name, greeted_ ? "a second time" : "before VERSION");
    }
    if (is_reply(message.header)) return function_.requests().answered(message);
    if (row == nullptr) {  // of a later protocol: migration and the like
        reply.error = EOPNOTSUPP;
        return {};
    }
    switch (row->command) {
        case Command::version:
            return version(message, reply);
        case Command::dma_map:
            return dma_map(message, reply);
        case Command::dma_unmap:
            return dma_unmap(message, reply);
        case Command::get_info:
            return get_info(message, reply);
        case Command::get_region_info:
            return get_region_info(message, reply);
        case Command::get_irq_info:
            return get_irq_info(message, reply);
        case Command::set_irqs:
            return set_irqs(message, reply);
        case Command::region_read:
            return region_read(message, reply);
        case Command::region_write:
            return region_write(message, reply);
        case Command::region_write_multi:
            return region_write_multi(message, reply);
        case Command::device_reset:
            function_.reset();
            return {};
        case Command::get_region_io_fds:
            reply.error = EOPNOTSUPP;
            return {};
        case Command::dma_read:  // no row of kRows
        case Command::dma_write:
            return {};
    }
    return {};
}

// The client's capabilities are not looked at: nothing here goes beyond what every client can do.
Ending Session::version(const Message& message, Reply& reply) {
    const auto asked = front<Version>(message);
    if (asked.major != kMajor) {
        return fmt::format("VERSION: the client speaks {}.{}, and this is {}.{}", asked.major, asked.minor, kMajor,
                           kMinor);
    }
    greeted_ = true;
    append(reply.payload, Version{kMajor, kMinor});
    const std::string capabilities =
        fmt::format(R"({{"capabilities":{{"max_msg_fds":{},"max_data_xfer_size":{}}}}})", kMaxFds, kMaxTransfer);
    const auto* const text = reinterpret_cast<const std::byte*>(capabilities.c_str());
    reply.payload.insert(reply.payload.end(), text, text + capabilities.size() + 1);
    return {};
}

Ending Session::dma_map(Message& message, Reply& reply) {
    UniqueFd fd;
    if (!message.fds.empty()) fd = std::move(message.fds[0]);
    reply.error = function_.dma().map(front<DmaMap>(message), std::move(fd));
    return {};
}

Ending Session::dma_unmap(const Message& message, Reply& reply) {
    const auto request = front<DmaUnmap>(message);
    if ((request.flags & VFIO_DMA_UNMAP_FLAG_ALL) != 0) {
        function_.dma().clear();
    } else {
        reply.error = function_.dma().unmap(request.address, request.size);
    }
    reply.payload = message.payload;
    return {};
}

Ending Session::get_info(const Message&, Reply& reply) {
    append(reply.payload, DeviceInfo{.argsz = sizeof(DeviceInfo),
                                     .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
                                     .num_regions = VFIO_PCI_NUM_REGIONS,
                                     .num_irqs = VFIO_PCI_NUM_IRQS});
    return {};
}

Ending Session::get_region_info(const Message& message, Reply& reply) {
    const auto asked = front<vfio_region_info>(message);
    if (asked.index >= VFIO_PCI_NUM_REGIONS) {
        reply.error = EINVAL;
        return {};
    }
    vfio_region_info info{};
    info.argsz = sizeof(info);
    info.index = asked.index;
    info.size = Function::region_len(asked.index);
    if (info.size != 0) info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    if (info.index == VFIO_PCI_BAR0_REGION_INDEX && function_.pages() != nullptr) {
        append_mappable(reply, info, asked.argsz, *function_.pages());
    } else {
        append(reply.payload, info);
    }
    return {};
}

Ending Session::get_irq_info(const Message& message, Reply& reply) {
    const auto asked = front<vfio_irq_info>(message);
    if (asked.index >= VFIO_PCI_NUM_IRQS) {
        reply.error = EINVAL;
        return {};
    }
    vfio_irq_info info{};
    info.argsz = sizeof(info);
    info.index = asked.index;
    info.count = IrqTable::count(asked.index);
    if (info.count != 0) info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
    append(reply.payload, info);
    return {};
}

Ending Session::set_irqs(Message& message, Reply& reply) {
    const auto request = front<vfio_irq_set>(message);
    reply.error =
        function_.irqs().set(request, std::span{message.payload}.subspan(sizeof(request)), std::move(message.fds));
    return {};
}

Ending Session::region_read(const Message& message, Reply& reply) {
    const auto access = front<RegionAccess>(message);
    if (access.count > kMaxTransfer) {
        return fmt::format("REGION_READ: {} bytes at once; at most {}", access.count, kMaxTransfer);
    }
    append(reply.payload, access);
    reply.payload.resize(sizeof(access) + access.count);
    reply.error = function_.read(access.region, access.offset, std::span{reply.payload}.subspan(sizeof(access)));
    return {};
}

Ending Session::region_write(const Message& message, Reply& reply) {
    const auto access = front<RegionAccess>(message);
    const auto data = std::span{message.payload}.subspan(sizeof(access));
    if (access.count != data.size()) {
        return fmt::format("REGION_WRITE: {} bytes are announced, {} came", access.count, data.size());
    }
    reply.error = function_.write(access.region, access.offset, data);
    append(reply.payload, access);
    return {};
}

Ending Session::region_write_multi(const Message& message, Reply& reply) {
    const auto count = front<std::uint64_t>(message);
    auto writes = std::span{message.payload}.subspan(sizeof(count));
    if (writes.size() % sizeof(SmallWrite) != 0 || writes.size() / sizeof(SmallWrite) != count) {
        return fmt::format("REGION_WRITE_MULTI: {} writes are announced, {} bytes came", count, writes.size());
    }
    for (; !writes.empty(); writes = writes.subspan(sizeof(SmallWrite))) {
        SmallWrite one;
        std::memcpy(&one, writes.data(), sizeof(one));
        if (one.access.count > sizeof(one.data)) {
            return fmt::format("REGION_WRITE_MULTI: a write of {} bytes; at most {}", one.access.count,
                               sizeof(one.data));
        }
        const int error =
            function_.write(one.access.region, one.access.offset, std::span{one.data}.first(one.access.count));
        if (error != 0 && reply.error == 0) reply.error = error;
    }
    append(reply.payload, count);
    return {};
}

}  // namespace bifurc::vfio_user
