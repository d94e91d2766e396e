// SPDX-License-Identifier: BSD-3-Clause
// The netdev's table of rules (ETHTOOL_*RXCLS*). A rule is known by its location. Whoever adds one chooses that: the
// kernel would put a rule over one that is there.
#pragma once

#include <ethdev_driver.h>

#include "flow_pattern.h"

namespace bifurc::net {

// At the mark's location, or at the last free one, as ethtool does. Answers the location in rule.spec. 0, the kernel's
// negative errno, -EEXIST (the mark's location is taken) or -ENOSPC.
[[nodiscard]] int add_rule(const rte_eth_dev* dev, FlowRule& rule);
// Is this very rule at its location?
[[nodiscard]] bool has_rule(const rte_eth_dev* dev, const FlowRule& rule);
[[nodiscard]] int remove_rule(const rte_eth_dev* dev, const FlowRule& rule);

}  // namespace bifurc::net
