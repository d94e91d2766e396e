// SPDX-License-Identifier: BSD-3-Clause
// rte_flow's patterns and actions in the kernel's words: one rule as the NIC's perfect filters or EtherType filters
// know it. What these cannot express is refused here; what the kernel cannot do with it, there.
#pragma once

#include <linux/ethtool.h>
#include <rte_flow.h>

#include <cstdint>
#include <optional>

namespace bifurc::net {

struct FlowRule {
    ethtool_rx_flow_spec spec;  // all but the location
    std::optional<std::uint32_t> mark;
    // As the kernel tells of it, which drivers do in a way of their own: by this it is known again (flow_table.h).
    ethtool_rx_flow_spec told;
};

// Queues of the port are hw_first and on. 0, or a negative errno and the reason in `error`.
[[nodiscard]] int translate_flow(const rte_flow_attr* attributes, const rte_flow_item* pattern,
                                 const rte_flow_action* actions, std::uint32_t hw_first, unsigned queues,
                                 FlowRule& rule, rte_flow_error* error) noexcept;

}  // namespace bifurc::net
