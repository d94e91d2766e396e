// SPDX-License-Identifier: BSD-3-Clause
#include "statistics.h"

namespace bifurc::model {

using namespace hw::ixgbe;

namespace {

// RQSMR and TQSM: a byte per queue, which of the 16 sets it counts into.
template <class Map>
unsigned counter_set(const RegisterFile& regs, unsigned queue) noexcept {
    return regs.get<Map>(queue / 4).raw >> (8 * (queue % 4)) & 15;
}

// Good bytes are counted behind the CRC's removal: DPDK's net_ixgbe takes the CRC off them only where it is not
// stripped.
std::size_t counted_crc(const RegisterFile& regs) noexcept {
    return regs.field<HLREG0, HLREG0::RXCRCSTRP>() != 0 ? 0 : kCrc;
}

template <class... Ranges>
void count_sizes(RegisterFile& regs, const FrameTally& tally) noexcept {
    std::size_t i = 0;
    (regs.count<Ranges>(0, tally.sizes[i++]), ...);
}

}  // namespace

void count_received(RegisterFile& regs, std::uint64_t frames, std::uint64_t bytes) noexcept {
    regs.count<TPR>(0, frames);
    regs.count_wide<TORL, TORH>(bytes + frames * kCrc);
}

void count_bad_length(RegisterFile& regs, std::size_t frame_len) noexcept {
    if (frame_len < kEthernetHeader) return regs.count<RUC>();
    regs.count<ROC>();
}

void count_good(RegisterFile& regs, const FrameTally& tally) noexcept {
    regs.count<GPRC>(0, tally.frames);
    regs.count_wide<GORCL, GORCH>(tally.bytes + tally.frames * counted_crc(regs));
    count_sizes<PRC64, PRC127, PRC255, PRC511, PRC1023, PRC1522>(regs, tally);
    regs.count<BPRC>(0, tally.broadcast);
    regs.count<MPRC>(0, tally.multicast);
}

// QPRC, QBRC and QPRDC lie in the queues' pages. Where those are shared, no read clears them, and a driver that adds up
// what it reads would count every frame again and again: they stay 0.
void count_queue_rx(RegisterFile& regs, unsigned queue, std::uint64_t frames, std::uint64_t bytes) noexcept {
    if (regs.shared()) return;
    const unsigned set = counter_set<RQSMR>(regs, queue);
    regs.count<QPRC>(set, frames);
    regs.count_wide<QBRC_L, QBRC_H>(bytes + frames * counted_crc(regs), set);
}

void count_queue_drop(RegisterFile& regs, unsigned queue, unsigned frames) noexcept {
    if (regs.shared()) return;
    regs.count<QPRDC>(counter_set<RQSMR>(regs, queue), frames);
}

void count_sent(RegisterFile& regs, const FrameTally& tally) noexcept {
    regs.count<GPTC>(0, tally.frames);
    regs.count<TPT>(0, tally.frames);
    regs.count_wide<GOTCL, GOTCH>(tally.bytes + tally.frames * kCrc);
    count_sizes<PTC64, PTC127, PTC255, PTC511, PTC1023, PTC1522>(regs, tally);
    regs.count<BPTC>(0, tally.broadcast);
    regs.count<MPTC>(0, tally.multicast);
}

void count_queue_tx(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept {
    if (frames == 0) return;
    const unsigned set = counter_set<TQSM>(regs, queue);
    regs.count<QPTC>(set, frames);
    regs.count_wide<QBTC_L, QBTC_H>(bytes + frames * kCrc, set);
}

}  // namespace bifurc::model
