// SPDX-License-Identifier: BSD-3-Clause
#include "ethtool.h"

#include <net/if.h>

#include <algorithm>
#include <array>

#include "ethtool_size.h"
#include "exchange.h"
#include "memory.h"

namespace bifurc::shim {

int ethtool_ioctl(void* user_ifreq) noexcept {
    ifreq request{};
    if (copy_in(&request, user_ifreq, sizeof(request)) < 0) return -EFAULT;
    request.ifr_name[IFNAMSIZ - 1] = '\0';
    const Fd connection = connect_to_simulator();
    if (!connection || !owns(connection.get(), request.ifr_name)) return -ENOTTY;

    auto* user = reinterpret_cast<std::byte*>(request.ifr_data);
    std::uint32_t cmd = 0;
    if (copy_in(&cmd, user, sizeof(cmd)) < 0) return -EFAULT;
    std::array<std::byte, 256> head;
    const auto fixed = std::span(head).first(std::min(ethtool_head_size(cmd), head.size()));
    if (copy_in(fixed.data(), user, fixed.size()) < 0) return -EFAULT;
    const EthtoolSize size = ethtool_size(cmd, fixed);
    if (size.in > kMaxPayload) return -EINVAL;

    const Scratch scratch(size.in + size.out);
    if (!scratch) return -ENOMEM;
    const auto in = scratch.bytes().first(size.in);
    const auto out = scratch.bytes().subspan(size.in);
    if (copy_in(in.data(), user, in.size()) < 0) return -EFAULT;
    const Answer answer = ask(connection.get(), make_request(Op::ethtool, cmd, request.ifr_name), in, out);
    if (answer.error < 0) return answer.error;
    return copy_out(user, out.data(), answer.len);
}

}  // namespace bifurc::shim
