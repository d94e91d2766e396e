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

// Good bytes are counted behind the CRC's removal: DPDK's net_ixgbe takes the CRC off them only where it is not
// stripped.
std::size_t counted_crc(const RegisterFile& regs) noexcept {
    return regs.field<HLREG0, HLREG0::RXCRCSTRP>() != 0 ? 0 : kCrc;
}

// Six ranges of length, received or sent.
template <class To64, class To127, class To255, class To511, class To1023, class More>
void count_size(RegisterFile& regs, std::size_t with_crc) noexcept {
    if (with_crc <= 64) return regs.count<To64>();
    if (with_crc <= 127) return regs.count<To127>();
    if (with_crc <= 255) return regs.count<To255>();
    if (with_crc <= 511) return regs.count<To511>();
    if (with_crc <= 1023) return regs.count<To1023>();
    regs.count<More>();
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
    regs.count_wide<GORCL, GORCH>(packet.frame.size() + counted_crc(regs));
    count_size<PRC64, PRC127, PRC255, PRC511, PRC1023, PRC1522>(regs, with_crc);
    if (is_broadcast(packet.destination())) return regs.count<BPRC>();
    if (is_multicast(packet.destination())) regs.count<MPRC>();
}

// QPRC, QBRC and QPRDC lie in the queues' pages. Where those are shared, no read clears them, and a driver that adds up
// what it reads would count every frame again and again: they stay 0.
void count_queue_rx(RegisterFile& regs, unsigned queue, std::size_t frame_len) noexcept {
    if (regs.shared()) return;
    const unsigned set = counter_set<RQSMR>(regs, queue);
    regs.count<QPRC>(set);
    regs.count_wide<QBRC_L, QBRC_H>(frame_len + counted_crc(regs), set);
}

// The frames that it was put together of.
void count_large_receive(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept {
    if (regs.shared()) return;
    const unsigned set = counter_set<RQSMR>(regs, queue);
    regs.count<QPRC>(set, frames);
    regs.count_wide<QBRC_L, QBRC_H>(bytes + frames * counted_crc(regs), set);
}

void count_queue_drop(RegisterFile& regs, unsigned queue, unsigned frames) noexcept {
    if (regs.shared()) return;
    regs.count<QPRDC>(counter_set<RQSMR>(regs, queue), frames);
}

void count_sent(RegisterFile& regs, Bytes frame) noexcept {
    const std::size_t with_crc = frame.size() + kCrc;
    regs.count<GPTC>();
    regs.count<TPT>();
    regs.count_wide<GOTCL, GOTCH>(with_crc);
    count_size<PTC64, PTC127, PTC255, PTC511, PTC1023, PTC1522>(regs, with_crc);
    const Bytes destination = frame.first(6);  // nothing shorter than a header is sent
    if (is_broadcast(destination)) return regs.count<BPTC>();
    if (is_multicast(destination)) regs.count<MPTC>();
}

void count_queue_tx(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept {
    if (frames == 0) return;
    const unsigned set = counter_set<TQSM>(regs, queue);
    regs.count<QPTC>(set, frames);
    regs.count_wide<QBTC_L, QBTC_H>(bytes + frames * kCrc, set);
}

}  // namespace bifurc::model
