// SPDX-License-Identifier: BSD-3-Clause
#include "classify.h"

#include <optional>

#include "checksum.h"
#include "hw/desc.h"

namespace bifurc::model {
namespace {

using namespace hw::ixgbe;
using hw::RxInfo;
using hw::RxStatus;

constexpr std::uint32_t kRssTypeFlowDirector = 15;

struct EtherTypeHit {
    unsigned index;
    std::optional<unsigned> queue;
};

std::optional<EtherTypeHit> ethertype_filter(const RegisterFile& regs, const FilterDigest& digest,
                                             const Packet& packet) noexcept {
    for (const unsigned i : digest.ethertypes) {
        if (regs.field<ETQF, ETQF::EType>(i) != packet.ethertype) continue;
        const auto etqs = regs.get<ETQS>(i);
        EtherTypeHit hit{i, std::nullopt};
        if (etqs.get<ETQS::Queue_Enable>() != 0) hit.queue = etqs.get<ETQS::Rx_Queue>();
        return hit;
    }
    return std::nullopt;
}

std::optional<unsigned> syn_filter(const RegisterFile& regs, const Packet& packet) noexcept {
    constexpr std::uint8_t kSyn = 2;
    const auto synqf = regs.get<SYNQF>();
    if (synqf.get<SYNQF::Queue_Enable>() == 0 || packet.l4 != L4::tcp) return std::nullopt;
    if ((byte_at(packet.frame, packet.l4_offset + 13) & kSyn) == 0) return std::nullopt;
    return synqf.get<SYNQF::Rx_Queue>();
}

std::uint32_t protocol_code(L4 l4) noexcept { return l4 == L4::tcp ? 0 : l4 == L4::udp ? 1 : l4 == L4::sctp ? 2 : 3; }

bool matches(const RegisterFile& regs, unsigned i, FTQF::value ftqf, const Packet& packet) noexcept {
    const std::uint32_t ports = regs.get<SDPQF>(i).raw;
    const std::uint32_t wire_ports = packet.l4_offset != 0 ? wire32(packet.frame, packet.l4_offset) : 0;
    return (ftqf.get<FTQF::Mask_Source>() != 0 || regs.get<SAQF>(i).raw == wire32(packet.src_ip)) &&
           (ftqf.get<FTQF::Mask_Destination>() != 0 || regs.get<DAQF>(i).raw == wire32(packet.dst_ip)) &&
           (ftqf.get<FTQF::Mask_Source_Port>() != 0 || (ports ^ wire_ports) << 16 == 0) &&
           (ftqf.get<FTQF::Mask_Destination_Port>() != 0 || (ports ^ wire_ports) >> 16 == 0) &&
           (ftqf.get<FTQF::Mask_Protocol>() != 0 || ftqf.get<FTQF::Protocol>() == protocol_code(packet.l4));
}

// DS 7.1.2.5: of the filters that match, the one with the highest priority; of equals, the first.
std::optional<unsigned> five_tuple_filter(const RegisterFile& regs, const FilterDigest& digest,
                                          const Packet& packet) noexcept {
    if (packet.l3 != L3::ipv4) return std::nullopt;
    std::optional<unsigned> queue;
    std::uint32_t best = 0;
    for (const unsigned i : digest.five_tuples) {
        const auto ftqf = regs.get<FTQF>(i);
        if (queue && ftqf.get<FTQF::Priority>() <= best) continue;
        if (!matches(regs, i, ftqf, packet)) continue;
        queue = regs.field<L34TIMIR, L34TIMIR::Rx_Queue>(i);
        best = ftqf.get<FTQF::Priority>();
    }
    return queue;
}

}  // namespace

void classify(const RegisterFile& regs, const FilterDigest& digest, const FlowDirector& flow_director,
              const Packet& packet, RxVerdict& verdict) {
    verdict.tagged = packet.tagged;
    verdict.status_error =
        checksum_status(packet.frame, checksum_place(packet)) | (packet.tagged ? RxStatus::VP::mask : 0);
    std::uint32_t type = packet.type;

    // DS 7.1.2, figure 7-6: the first filter that gives a queue decides.
    const auto ethertype = ethertype_filter(regs, digest, packet);
    if (ethertype) type = kEtherTypeMatched | ethertype->index;
    const std::optional<unsigned> syn = syn_filter(regs, packet);
    std::optional<unsigned> queue = ethertype ? ethertype->queue : std::nullopt;
    if (!queue && regs.field<SYNQF, SYNQF::SYNQFP>() != 0) queue = syn;
    if (!queue) queue = five_tuple_filter(regs, digest, packet);
    if (!queue) queue = syn;
    const bool asked = !queue && flow_director.asked(packet);
    const FlowDirector::Match* const hit = asked ? flow_director.match(packet) : nullptr;
    verdict.flow_director = hit != nullptr ? FlowDirectorSays::hit
                            : asked        ? FlowDirectorSays::miss
                                           : FlowDirectorSays::nothing;
    if (hit != nullptr) queue = hit->queue;
    verdict.drop = hit != nullptr && hit->drop;
    // Either takes the place of RSS, which is not asked then.
    const bool reported = hit != nullptr && regs.field<FDIRCTRL, FDIRCTRL::Report_Status>() != 0;
    const RssResult rss = reported && queue ? RssResult{} : spread(regs, digest.toeplitz, packet);
    verdict.queue = queue.value_or(rss.queue);
    verdict.hash = rss.hash;
    std::uint32_t rss_type = rss.type;
    if (reported) {
        rss_type = kRssTypeFlowDirector;
        verdict.hash = static_cast<std::uint32_t>(hit->hash) << 16 | hit->soft_id;
        verdict.status_error |= RxStatus::FLM::mask;
    }
    verdict.rsc = rsc_role(digest.rsc, packet, verdict.status_error);
    verdict.vlan = packet.tagged ? packet.vlan : std::uint16_t{0};
    verdict.pkt_info = rss_type | type << RxInfo::PACKET_TYPE::lo;
}

}  // namespace bifurc::model
