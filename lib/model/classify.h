// SPDX-License-Identifier: BSD-3-Clause
// Which queue a frame goes to, and what its write-back will say: 82599 DS 7.1.2 (order of the filters), 7.1.6.2.
#pragma once

#include "filter_digest.h"
#include "flow_director.h"
#include "packet.h"
#include "register_file.h"
#include "rsc.h"

namespace bifurc::model {

enum class FlowDirectorSays : std::uint8_t { nothing, miss, hit };

struct RxVerdict {
    bool drop = false;    // by a flow director rule
    bool tagged = false;  // the frame has a VLAN tag
    FlowDirectorSays flow_director = FlowDirectorSays::nothing;
    RscRole rsc = RscRole::none;
    unsigned queue = 0;
    std::uint32_t pkt_info = 0;
    std::uint32_t hash = 0;
    std::uint32_t status_error = 0;  // without DD and EOP
    std::uint16_t vlan = 0;
};

void classify(const RegisterFile& regs, const FilterDigest& digest, const FlowDirector& flow_director,
              const Packet& packet, RxVerdict& verdict);

}  // namespace bifurc::model
