// SPDX-License-Identifier: BSD-3-Clause
// Steering rules of one port: what `ethtool -N` adds, lists and deletes, in ethtool's own terms.
//
// Rules follow Linux's ixgbe: flow director perfect filters for ip4, tcp4, udp4 and sctp4, one input mask for all of
// them (82599 DS 7.1.2.7.3 has a single set of mask registers), 2046 locations. Beside these, ether rules that match an
// EtherType go to the EtherType filters (DS 7.1.2.3). A rule's action is the drop queue, a queue of the kernel, or a
// queue of a live split; rules to a split's queues end with it.
#pragma once

#include <linux/ethtool.h>

#include <cstdint>
#include <vector>

namespace bifurc::sim {

class Rules {
public:
    virtual ~Rules() = default;

    // ETHTOOL_SRXCLSRLINS. spec.location may be RX_CLS_LOC_ANY; it is answered with the one chosen. A rule at a
    // location that is taken replaces it. Errors: -EOPNOTSUPP (ntuple is off), -EINVAL (what the NIC cannot match; a
    // queue that is nobody's; a second mask; a location out of range), -ENOSPC (no location, or no EtherType filter, is
    // free).
    virtual int add(ethtool_rx_flow_spec& spec) = 0;
    // ETHTOOL_SRXCLSRLDEL. -EINVAL: no rule there.
    virtual int remove(std::uint32_t location) = 0;
    // ETHTOOL_GRXCLSRULE. -EINVAL: no rule there.
    [[nodiscard]] virtual int get(std::uint32_t location, ethtool_rx_flow_spec& spec) const = 0;
    // ETHTOOL_GRXCLSRLALL, ascending.
    [[nodiscard]] virtual std::vector<std::uint32_t> locations() const = 0;
    // Locations are 0 .. capacity()-1; what GRXCLSRLCNT and GRXCLSRLALL report as the table's size.
    [[nodiscard]] virtual std::uint32_t capacity() const = 0;
};

}  // namespace bifurc::sim
