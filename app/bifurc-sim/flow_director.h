// SPDX-License-Identifier: BSD-3-Clause
// The flow director's perfect filters, by its registers (82599 DS 7.1.2.7 and 8.2.3.20).
#pragma once

#include <cstdint>

#include "nic_bar.h"

namespace bifurc::sim {

// What a perfect filter compares. Numbers are in host order; `flex` are the two bytes of the EtherType.
struct FlowKey {
    std::uint8_t l4_type = 0;  // FDIRCMD.L4TYPE: 0 any, 1 UDP, 2 TCP, 3 SCTP
    std::uint32_t src_ip = 0, dst_ip = 0;
    std::uint16_t src_port = 0, dst_port = 0;
    std::uint16_t vlan = 0, flex = 0;

    bool operator==(const FlowKey&) const = default;
};

// Set bits are compared. The NIC has one for all filters; l4_type is 3 or, for filters that match any, 0.
using FlowMask = FlowKey;

class FlowDirector {
public:
    static constexpr unsigned kDropQueue = 127;
    static constexpr std::uint32_t kCapacity = 2046;  // PBALLOC 1: 64 KiB hold 2048 less two (DS 7.1.2.7.5)

    explicit FlowDirector(model::Nic& nic) noexcept : bar_(nic) {}

    // Empties the table. true: the NIC said that it was done.
    bool initialise();
    // false: the NIC cannot compare this (parts of the VLAN tag or flex bytes, ports without a protocol).
    [[nodiscard]] static bool valid(const FlowMask& mask) noexcept;
    void set_mask(const FlowMask& mask);
    bool add(const FlowKey& key, const FlowMask& mask, std::uint32_t location, unsigned queue);
    bool remove(const FlowKey& key, const FlowMask& mask, std::uint32_t location);

    // DS 7.1.2.7.15 and 7.1.2.7.16: which of 8192 buckets the filter lies in.
    [[nodiscard]] static std::uint32_t bucket(const FlowKey& key, const FlowMask& mask) noexcept;

private:
    NicBar bar_;
};

}  // namespace bifurc::sim
