// SPDX-License-Identifier: BSD-3-Clause
#include "memberships.h"

#include <linux/if_packet.h>

#include <algorithm>
#include <cerrno>

namespace bifurc::client {
namespace {

unsigned short kind(const Mac& mac) noexcept { return (mac[0] & 1) != 0 ? PACKET_MR_MULTICAST : PACKET_MR_UNICAST; }

}  // namespace

Status Memberships::change(bool join, unsigned short type, const Mac& mac) noexcept {
    packet_mreq request{};
    request.mr_ifindex = static_cast<int>(ifindex_);
    request.mr_type = type;
    if (type == PACKET_MR_MULTICAST || type == PACKET_MR_UNICAST) {
        request.mr_alen = static_cast<unsigned short>(mac.size());
        std::copy(mac.begin(), mac.end(), request.mr_address);
    }
    const int option = join ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
    const int rc = kernel_.set_option(fd_, SOL_PACKET, option, &request, sizeof(request));
    if (rc < 0) return Errno{-rc};
    return Done{};
}

Status Memberships::switch_to(bool& state, bool on, unsigned short type) noexcept {
    if (state == on) return Done{};
    const Status changed = change(on, type, {});
    if (changed.ok()) state = on;
    return changed;
}

Status Memberships::promiscuous(bool on) noexcept { return switch_to(promiscuous_, on, PACKET_MR_PROMISC); }

Status Memberships::allmulticast(bool on) noexcept { return switch_to(allmulticast_, on, PACKET_MR_ALLMULTI); }

Status Memberships::add(const Mac& mac) noexcept {
    if (std::find(macs_.begin(), macs_.end(), mac) != macs_.end()) return Done{};
    if (!macs_.reserve(macs_.size() + 1)) return Errno{ENOMEM};
    const Status changed = change(true, kind(mac), mac);
    if (changed.ok()) macs_.push(mac);
    return changed;
}

Status Memberships::remove(const Mac& mac) noexcept {
    const Mac* found = std::find(macs_.begin(), macs_.end(), mac);
    if (found == macs_.end()) return Errno{ENOENT};
    const Status changed = change(false, kind(mac), mac);
    if (changed.ok()) macs_.erase(static_cast<std::size_t>(found - macs_.begin()));
    return changed;
}

}  // namespace bifurc::client
