// SPDX-License-Identifier: BSD-3-Clause
// What has to be done to frames before the NIC can finish their checksums, and which frames it cannot be given.
#pragma once

#include <ethdev_driver.h>

#include "tx_offload.h"

namespace bifurc::net {

// 0, -ENOTSUP (a flag that the NIC has nothing for), -EINVAL (lengths that contradict the frame or each other).
// Otherwise the frame's checksum fields hold what the NIC goes on from. It touches the frame's headers only, wherever
// in the chain of segments they are.
[[nodiscard]] int prepare(rte_mbuf& frame, std::uint32_t max_bytes, unsigned max_segments) noexcept;

// rte_eth_tx_prepare's function for this port.
eth_tx_prep_t tx_prepare_for(const rte_eth_dev* dev);

}  // namespace bifurc::net
