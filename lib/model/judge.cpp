// SPDX-License-Identifier: BSD-3-Clause
#include "judge.h"

#include <utility>

#include "l2_filter.h"

namespace bifurc::model {

using namespace hw::ixgbe;

void Judge::look_at_registers() {
    digest_is_old_ = false;
    digest_.load(regs_);
    flow_director_.reload();
    known_.forget();
}

Judge::Fate Judge::judge_anew(Bytes frame, RxVerdict& verdict) {
    const bool has_header = frame.size() >= kEthernetHeader;
    const auto vet = static_cast<std::uint16_t>(regs_.field<VLNCTRL, VLNCTRL::VET>());
    const Packet packet = has_header ? parse(frame, vet) : Packet{};
    if (!has_header || !length_allowed(regs_, frame.size(), packet.tagged)) {
        pass_over(frame);
        count_bad_length(regs_, frame.size());
        return Fate::bad_length;
    }
    if (!address_matches(regs_, digest_, packet) || !vlan_matches(regs_, packet)) {
        pass_over(frame);
        return Fate::filtered;
    }
    classify(regs_, digest_, flow_director_, packet, verdict);
    if (!flow_director_.compares_behind(packet.l3_offset)) known_.keep(packet, verdict);
    return admit(frame, verdict);
}

void Judge::count() noexcept {
    const FrameTally good = std::exchange(good_, {});
    const std::uint64_t others = std::exchange(others_, 0), others_bytes = std::exchange(others_bytes_, 0);
    if (good.frames + others == 0) return;
    count_received(regs_, good.frames + others, good.bytes + others_bytes);
    count_good(regs_, good);
    const auto says = std::exchange(flow_director_says_, {});
    flow_director_.count(says[static_cast<std::size_t>(FlowDirectorSays::hit)],
                         says[static_cast<std::size_t>(FlowDirectorSays::miss)]);
}

}  // namespace bifurc::model
