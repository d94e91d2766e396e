// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ethdev_driver.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace bifurc::net {

int dev_infos_get(rte_eth_dev* dev, rte_eth_dev_info* info);

// What packet_type() (rx_describe.h) is made of. The end is marked; later releases of DPDK ask for the number instead,
// as the type of eth_dev_ops::dev_supported_ptypes_get says.
inline constexpr std::array<std::uint32_t, 16> kReportedTypes{
    RTE_PTYPE_L2_ETHER,     RTE_PTYPE_L2_ETHER_VLAN, RTE_PTYPE_L3_IPV4,       RTE_PTYPE_L3_IPV4_EXT,
    RTE_PTYPE_L3_IPV6,      RTE_PTYPE_L3_IPV6_EXT,   RTE_PTYPE_L4_TCP,        RTE_PTYPE_L4_UDP,
    RTE_PTYPE_L4_SCTP,      RTE_PTYPE_TUNNEL_IP,     RTE_PTYPE_INNER_L3_IPV6, RTE_PTYPE_INNER_L3_IPV6_EXT,
    RTE_PTYPE_INNER_L4_TCP, RTE_PTYPE_INNER_L4_UDP,  RTE_PTYPE_INNER_L4_SCTP, RTE_PTYPE_UNKNOWN};

template <class... Count>
const std::uint32_t* supported_packet_types(rte_eth_dev*, Count*... count) {
    ((*count = kReportedTypes.size() - 1), ...);
    return kReportedTypes.data();
}

}  // namespace bifurc::net
