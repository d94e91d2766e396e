// SPDX-License-Identifier: BSD-3-Clause
// Accesses that the client is asked to make on its bus, because no mapping allows them: so its IOMMU sees them, and
// notes the fault as it does for a device of the client's own.
//
// The device has already taken each for a fault and gone on. It could not wait: the client may answer only when it has
// got the reply that we owe it. So what a reply brings is not used; only that it answers something is checked.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dma_table.h"
#include "protocol.h"

namespace bifurc::vfio_user {

class DmaRequests final : public Bus {
public:
    // What comes while so many have no reply yet is not asked for: an IOMMU's log is soon full, too.
    static constexpr std::size_t kOutstanding = 16;
    // As much of an access as any client takes at once, and enough for a fault: a part of a page.
    static constexpr std::size_t kLongest = 64;

    DmaRequests() { asked_.reserve(kOutstanding); }
    void read(std::uint64_t address, std::size_t len) noexcept override;
    void write(std::uint64_t address, std::span<const std::byte> data) noexcept override;

    // The next message for the client, valid until the next call of anything here; empty: there is none.
    [[nodiscard]] std::span<const std::byte> next() noexcept;
    // A reply came. Its size is as Session::check() allows it.
    [[nodiscard]] Ending answered(const Message& reply);
    // The client has gone.
    void clear() noexcept;

private:
    struct Request {  // as it is sent
        Header header;
        DmaAccess access;
        std::array<std::byte, kLongest> data;
    };
    static_assert(sizeof(Request) == sizeof(Header) + sizeof(DmaAccess) + kLongest);

    Request* ask(Command command, std::uint64_t address, std::size_t len) noexcept;

    std::vector<Request> asked_;  // oldest first; those from sent_ on have not been sent
    std::size_t sent_ = 0;
    std::uint16_t next_id_ = 0;
};

}  // namespace bifurc::vfio_user
