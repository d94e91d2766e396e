// SPDX-License-Identifier: BSD-3-Clause
// The socket to one client: whole messages with their descriptors, and never a byte more, for a descriptor belongs to
// the message that it came with.
#pragma once

#include <span>
#include <string>

#include "protocol.h"

namespace bifurc::vfio_user {

class Connection {
public:
    explicit Connection(UniqueFd socket) noexcept : socket_(std::move(socket)) {}
    [[nodiscard]] int fd() const noexcept { return socket_.get(); }

    enum class Got { message, nothing, end };
    // `why`: one sentence where the end is not the client's own wish. Waits only for the rest of a message that has
    // begun, and not for ever.
    [[nodiscard]] Got receive(Message& message, std::string& why);
    // false: the client is gone, or does not read.
    [[nodiscard]] bool send(const Header& request, const Reply& reply);
    [[nodiscard]] bool send(std::span<const std::byte> message, int with_fd = -1);

private:
    enum class Part { whole, nothing, end };
    [[nodiscard]] Part fill(std::span<std::byte> to, std::vector<UniqueFd>& fds, bool begun, std::string& why);
    [[nodiscard]] bool wait(short events) const noexcept;

    UniqueFd socket_;
};

}  // namespace bifurc::vfio_user
