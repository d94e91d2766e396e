// SPDX-License-Identifier: BSD-3-Clause
// Rights, as the kernel sees the sender.
#pragma once

#include "dispatch.h"

namespace bifurc::sim {

// Does this socket belong to the simulator's network namespace? Names and indices of netdevs mean something only inside
// one. A socket keeps that of the thread that made it, and one that accept(2) answers has that of the client's, so that
// this is the kernel's word and not the client's.
[[nodiscard]] bool in_our_network_namespace(int socket);

class KernelGate final : public Gate {
public:
    // -EPERM: CAP_NET_ADMIN is missing; -ENODEV: not a packet socket of this network namespace that is bound to the
    // port. Raw: CAP_SYS_RAWIO, too. The simulator's user namespace stands for the initial one.
    [[nodiscard]] Admission may_attach(pid_t pid, int packet_socket, const SimPort& port) override;
    [[nodiscard]] bool may_configure(pid_t pid) override;
};

}  // namespace bifurc::sim
