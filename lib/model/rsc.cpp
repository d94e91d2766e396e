// SPDX-License-Identifier: BSD-3-Clause
#include "rsc.h"

#include <algorithm>
#include <array>

#include "hw/desc.h"

namespace bifurc::model {

using namespace hw::ixgbe;
using hw::RxStatus;

namespace {

// The length in the header is the frame's: no padding, nothing cut off. No options, and no congestion on the way.
bool ip_allows(const Packet& packet) noexcept {
    constexpr unsigned kEcn = 3, kCongestion = 3;
    const Bytes ip = packet.frame.subspan(packet.l3_offset);
    return packet.l3_len == kIpv4Header && big16(ip, 2) == ip.size() && (byte_at(ip, 1) & kEcn) != kCongestion;
}

bool options_allow(Bytes options) noexcept {
    // Two NOPs, then kind 8 and length 10.
    constexpr std::array kStamps{std::byte{1}, std::byte{1}, std::byte{8}, std::byte{10}};
    return options.empty() ||
           (options.size() == kTcpTimestamps && std::equal(kStamps.begin(), kStamps.end(), options.begin()));
}

// ACK and PSH are the only flags; reserved ones are none either. There is a payload.
bool tcp_allows(Bytes tcp) noexcept {
    const std::size_t header = (byte_at(tcp, 12) >> 4) * std::size_t{4};
    const unsigned others = (byte_at(tcp, 12) & 15u) | (byte_at(tcp, 13) & ~unsigned{kAck | kPsh});
    return others == 0 && header >= kTcpHeader && header < tcp.size() &&
           options_allow(tcp.subspan(kTcpHeader, header - kTcpHeader));
}

}  // namespace

// DS 4.6.7.2.1: the CRC must be stripped. 4.6.7.2.2: TCP headers must be among those that are looked for.
void RscRules::load(const RegisterFile& regs) noexcept {
    on = regs.field<RFCTL, RFCTL::RSC_DIS>() == 0 && regs.field<HLREG0, HLREG0::RXCRCSTRP>() != 0 &&
         regs.field<RDRXCTL, RDRXCTL::CRCStrip>() != 0 && regs.field<PSRTYPE, PSRTYPE::PSR_type4>() != 0;
    nfs = regs.field<RFCTL, RFCTL::NFSW_DIS>() != 0 && regs.field<RFCTL, RFCTL::NFSR_DIS>() != 0;
    least_first = regs.field<RDRXCTL, RDRXCTL::RSCFRSTSIZE>() * std::size_t{16};
}

RscRole rsc_role(const RscRules& rules, const Packet& packet, std::uint32_t status_error) noexcept {
    if (!rules.on || packet.l3 != L3::ipv4 || packet.l4 != L4::tcp) return RscRole::none;
    const bool good = (status_error & (RxStatus::IPE::mask | RxStatus::TCPE::mask)) == 0;
    const bool allowed = good && (rules.nfs || (packet.type & kNfs) == 0) && ip_allows(packet) &&
                         tcp_allows(packet.frame.subspan(packet.l4_offset));
    return allowed ? RscRole::candidate : RscRole::closes;
}

}  // namespace bifurc::model
