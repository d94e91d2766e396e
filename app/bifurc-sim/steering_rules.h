// SPDX-License-Identifier: BSD-3-Clause
// Rules on the NIC of one port.
#pragma once

#include <functional>
#include <map>

#include "flow_director.h"
#include "nic_bar.h"
#include "rules.h"

namespace bifurc::sim {

class SteeringRules final : public Rules {
public:
    // usable: may a rule's action name this queue now?
    SteeringRules(model::Nic& nic, std::function<bool(unsigned queue)> usable);

    int add(ethtool_rx_flow_spec& spec) override;
    int remove(std::uint32_t location) override;
    [[nodiscard]] int get(std::uint32_t location, ethtool_rx_flow_spec& spec) const override;
    [[nodiscard]] std::vector<std::uint32_t> locations() const override;
    [[nodiscard]] std::uint32_t capacity() const override { return FlowDirector::kCapacity; }

    [[nodiscard]] bool enabled() const noexcept { return enabled_; }
    // Off forgets all rules.
    void enable(bool on);
    // After a reset: what can still be is written again, the others go.
    void restore();
    // The queues change owner.
    void drop_rules_to(unsigned first_queue, unsigned count);

private:
    struct Rule {
        ethtool_rx_flow_spec spec{};
        unsigned queue = 0;
        bool ether = false;
        unsigned slot = 0;  // EtherType filter; for the others:
        FlowKey key{};
    };

    [[nodiscard]] int queue_of(const ethtool_rx_flow_spec& spec, unsigned& queue) const;
    [[nodiscard]] int choose_location(std::uint32_t& location) const;
    int add_ether(const ethtool_rx_flow_spec& spec, Rule& rule);
    int add_flow(const ethtool_rx_flow_spec& spec, Rule& rule);
    [[nodiscard]] bool any_flow() const;
    void write(std::uint32_t location, const Rule& rule);
    void erase(std::uint32_t location, const Rule& rule);

    NicBar bar_;
    FlowDirector director_;
    std::function<bool(unsigned)> usable_;
    bool enabled_ = false;
    FlowMask mask_{};
    std::map<std::uint32_t, Rule> rules_;
};

// ethtool's terms into the flow director's. false: something it cannot match.
bool to_flow(const ethtool_rx_flow_spec& spec, FlowKey& key, FlowMask& mask);

}  // namespace bifurc::sim
