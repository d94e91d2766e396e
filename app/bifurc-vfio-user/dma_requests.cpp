// SPDX-License-Identifier: BSD-3-Clause
#include "dma_requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "session.h"

namespace bifurc::vfio_user {

// nullptr: too many have no reply yet.
DmaRequests::Request* DmaRequests::ask(Command command, std::uint64_t address, std::size_t len) noexcept {
    if (asked_.size() == kOutstanding) return nullptr;
    const std::uint64_t page_left = DmaTable::kPage - address % DmaTable::kPage;
    const std::uint64_t count = std::min({std::uint64_t{len}, std::uint64_t{kLongest}, page_left});
    const std::size_t data = command == Command::dma_write ? count : 0;
    return &asked_.emplace_back(
        Request{.header = {.id = next_id_++,
                           .command = static_cast<std::uint16_t>(command),
                           .size = static_cast<std::uint32_t>(sizeof(Header) + sizeof(DmaAccess) + data),
                           .flags = kCommand,
                           .error = 0},
                .access = {.address = address, .count = count},
                .data = {}});
}

void DmaRequests::read(std::uint64_t address, std::size_t len) noexcept { ask(Command::dma_read, address, len); }

void DmaRequests::write(std::uint64_t address, std::span<const std::byte> data) noexcept {
    Request* const request = ask(Command::dma_write, address, data.size());
    if (request != nullptr) std::ranges::copy(data.first(request->access.count), request->data.begin());
}

std::span<const std::byte> DmaRequests::next() noexcept {
    if (sent_ == asked_.size()) return {};
    const Request& request = asked_[sent_++];
    return std::as_bytes(std::span{&request, 1}).first(request.header.size);
}

Ending DmaRequests::answered(const Message& reply) {
    const auto unsent = asked_.begin() + static_cast<std::ptrdiff_t>(sent_);
    const auto asked = std::find_if(asked_.begin(), unsent, [&](const Request& request) {
        return request.header.id == reply.header.id && request.header.command == reply.header.command;
    });
    const std::string name = command_name(reply.header.command);
    if (asked == unsent) return fmt::format("{}: a reply with number {}, and nothing was asked", name, reply.header.id);
    // A write's reply may do without the payload, as QEMU's does; one that tells of an error must.
    const bool failed = (reply.header.flags & kError) != 0,
               is_read = asked->header.command == static_cast<std::uint16_t>(Command::dma_read);
    const std::size_t whole = sizeof(DmaAccess) + (is_read ? asked->access.count : 0);
    const std::size_t len = reply.payload.size();
    if (failed ? len != 0 : len != whole && (is_read || len != 0)) {
        return fmt::format("{}: a reply with a payload of {} bytes; {} bytes were asked for", name, len,
                           asked->access.count);
    }
    asked_.erase(asked);
    --sent_;
    return {};
}

void DmaRequests::clear() noexcept {
    asked_.clear();
    sent_ = 0;
}

}  // namespace bifurc::vfio_user
