// SPDX-License-Identifier: BSD-3-Clause
#include "statistics.h"

#include "l2_filter.h"

namespace bifurc::model {

using namespace hw::ixgbe;

namespace {

constexpr std::size_t kCrc = 4;

// RQSMR and TQSM: a byte per queue, which of the 16 sets it counts into.
template <class Map>
unsigned counter_set(const RegisterFile& regs, unsigned queue) noexcept {
    return regs.get<Map>(queue / 4).raw >> (8 * (queue % 4)) & 15;
}

void count_size(RegisterFile& regs, std::size_t with_crc) noexcept {
    if (with_crc <= 64) return regs.count<PRC64>();
    if (with_crc <= 127) return regs.count<PRC127>();
    if (with_crc <= 255) return regs.count<PRC255>();
    if (with_crc <= 511) return regs.count<PRC511>();
    if (with_crc <= 1023) return regs.count<PRC1023>();
    regs.count<PRC1522>();
}

}  // namespace

void count_received(RegisterFile& regs, std::size_t frame_len) noexcept {
    regs.count<TPR>();
    regs.count_wide<TORL, TORH>(frame_len + kCrc);
}

void count_bad_length(RegisterFile& regs, std::size_t frame_len) noexcept {
    if (frame_len < kEthernetHeader) return regs.count<RUC>();
    regs.count<ROC>();
}

void count_good(RegisterFile& regs, const Packet& packet) noexcept {
    const std::size_t with_crc = packet.frame.size() + kCrc;
    regs.count<GPRC>();
    regs.count_wide<GORCL, GORCH>(with_crc);
    count_size(regs, with_crc);
    if (is_broadcast(packet.destination())) return regs.count<BPRC>();
    if (is_multicast(packet.destination())) regs.count<MPRC>();
}

void count_queue_rx(RegisterFile& regs, unsigned queue, std::size_t frame_len) noexcept {
    const unsigned set = counter_set<RQSMR>(regs, queue);
    regs.count<QPRC>(set);
    regs.count_wide<QBRC_L, QBRC_H>(frame_len + kCrc, set);
}

void count_queue_drop(RegisterFile& regs, unsigned queue) noexcept {
    regs.count<QPRDC>(counter_set<RQSMR>(regs, queue));
}

void count_tx(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept {
    if (frames == 0) return;
    const unsigned set = counter_set<TQSM>(regs, queue);
    const std::uint64_t with_crc = bytes + frames * kCrc;
    regs.count<GPTC>(0, frames);
    regs.count<TPT>(0, frames);
    regs.count_wide<GOTCL, GOTCH>(with_crc);
    regs.count<QPTC>(set, frames);
    regs.count_wide<QBTC_L, QBTC_H>(with_crc, set);
}

}  // namespace bifurc::model
