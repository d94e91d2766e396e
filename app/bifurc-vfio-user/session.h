// SPDX-License-Identifier: BSD-3-Clause
// One client's messages and what they mean. What the protocol does not allow ends the connection; what the device does
// not have is refused in the reply.
#pragma once

#include <string>

#include "function.h"
#include "protocol.h"

namespace bifurc::vfio_user {

class Session {
public:
    explicit Session(Function& function) noexcept : function_(function) {}

    // Whether a header may be believed, before anything is read that it announces.
    [[nodiscard]] static Ending check(const Header& header);
    // A command, to which `reply` is the answer, or the answer to what the device asked (DmaRequests).
    [[nodiscard]] Ending handle(Message message, Reply& reply);

private:
    [[nodiscard]] Ending version(const Message& message, Reply& reply);
    [[nodiscard]] Ending dma_map(Message& message, Reply& reply);
    [[nodiscard]] Ending dma_unmap(const Message& message, Reply& reply);
    [[nodiscard]] Ending get_info(const Message& message, Reply& reply);
    [[nodiscard]] Ending get_region_info(const Message& message, Reply& reply);
    [[nodiscard]] Ending get_irq_info(const Message& message, Reply& reply);
    [[nodiscard]] Ending set_irqs(Message& message, Reply& reply);
    [[nodiscard]] Ending region_read(const Message& message, Reply& reply);
    [[nodiscard]] Ending region_write(const Message& message, Reply& reply);
    [[nodiscard]] Ending region_write_multi(const Message& message, Reply& reply);

    Function& function_;
    bool greeted_ = false;
};

[[nodiscard]] std::string command_name(std::uint16_t command);

}  // namespace bifurc::vfio_user
