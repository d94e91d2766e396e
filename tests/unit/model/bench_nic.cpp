// SPDX-License-Identifier: BSD-3-Clause
#include "bench_nic.h"

namespace bifurc::model::test {

using namespace hw::ixgbe;

namespace {

void put16(Frame& frame, std::size_t at, std::uint32_t value) {
    frame[at] = std::byte(value >> 8 & 0xff);
    frame[at + 1] = std::byte(value & 0xff);
}
void put32(Frame& frame, std::size_t at, std::uint32_t value) {
    put16(frame, at, value >> 16);
    put16(frame, at + 2, value);
}
std::uint32_t sum16(const Frame& frame, std::size_t from, std::size_t to) {
    std::uint32_t sum = 0;
    for (std::size_t at = from; at < to; ++at)
        sum += std::to_integer<std::uint32_t>(frame[at]) << ((at - from) % 2 == 0 ? 8 : 0);
    return sum;
}
std::uint32_t complement(std::uint32_t sum) {
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

}  // namespace

Frame udp_frame(const UdpFlow& flow, std::size_t payload) {
    Frame frame(14 + 20 + 8 + payload);
    const std::uint8_t macs[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    std::memcpy(frame.data(), macs, sizeof(macs));
    frame[14] = std::byte{0x45};
    put16(frame, 16, static_cast<std::uint32_t>(28 + payload));
    frame[22] = std::byte{64};
    frame[23] = std::byte{17};
    put32(frame, 26, flow.src_ip);
    put32(frame, 30, flow.dst_ip);
    put16(frame, 24, complement(sum16(frame, 14, 34)));
    put16(frame, 34, flow.src_port);
    put16(frame, 36, flow.dst_port);
    put16(frame, 38, static_cast<std::uint32_t>(8 + payload));
    for (std::size_t i = 0; i < payload; ++i) frame[42 + i] = std::byte(i * 7 & 0xff);
    const std::uint32_t pseudo = sum16(frame, 26, 34) + 17 + static_cast<std::uint32_t>(8 + payload);
    put16(frame, 40, complement(sum16(frame, 34, frame.size()) + pseudo));
    return frame;
}

std::byte tcp_payload(std::uint32_t sequence) { return std::byte((sequence * 7 + sequence / 251) & 0xff); }

Frame tcp_frame(const TcpSegment& segment) {
    const std::size_t tcp_len = 20 + segment.options.size(), total = 20 + tcp_len + segment.payload;
    Frame frame(14 + total);
    const std::uint8_t start[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, segment.tos};
    std::memcpy(frame.data(), start, sizeof(start));
    put16(frame, 16, static_cast<std::uint32_t>(total));
    frame[22] = std::byte{64};
    frame[23] = std::byte{6};
    put32(frame, 26, 0x01010101);
    put32(frame, 30, 0x0a000001);
    put16(frame, 24, complement(sum16(frame, 14, 34)));
    put16(frame, 34, segment.src_port);
    put16(frame, 36, 2000);
    put32(frame, 38, segment.sequence);
    put32(frame, 42, segment.acknowledged);
    frame[46] = std::byte(tcp_len / 4 << 4);
    frame[47] = std::byte{segment.flags};
    put16(frame, 48, segment.window);
    if (!segment.options.empty()) std::memcpy(&frame[54], segment.options.data(), segment.options.size());
    for (std::uint32_t i = 0; i < segment.payload; ++i) frame[34 + tcp_len + i] = tcp_payload(segment.sequence + i);
    const std::uint32_t pseudo = sum16(frame, 26, 34) + 6 + static_cast<std::uint32_t>(tcp_len + segment.payload);
    put16(frame, 50, complement(sum16(frame, 34, frame.size()) + pseudo));
    return frame;
}

Frame tagged(Frame frame, std::uint16_t vlan) {
    frame.insert(frame.begin() + 12, {std::byte{0x81}, std::byte{0}, std::byte(vlan >> 8), std::byte(vlan & 0xff)});
    return frame;
}

void Bench::open_rx(unsigned queue, std::uint32_t buffer_kib, bool drop) {
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) rx_desc(slot).read = {buffer(slot), 0};
    write<RDBAL>(queue, {static_cast<std::uint32_t>(kRxRing)});
    write<RDBAH>(queue, {static_cast<std::uint32_t>(kRxRing >> 32)});
    write<RDLEN>(queue, {kSlots * 16});
    write<RDH>(queue, {0});
    write<SRRCTL>(queue, SRRCTL::value{}
                             .with<SRRCTL::BSIZEPACKET>(buffer_kib)
                             .with<SRRCTL::DESCTYPE>(SRRCTL::kAdvancedOneBuffer)
                             .with<SRRCTL::Drop_En>(drop));
    write<RXDCTL>(queue, RXDCTL::value{}.with<RXDCTL::ENABLE>(1));
    write<RDT>(queue, {kSlots - 1});
}

void Bench::allow_rsc(unsigned queue, std::uint32_t maxdesc) {
    write<RDRXCTL>(RDRXCTL::value{}.with<RDRXCTL::CRCStrip>(1).with<RDRXCTL::RSCACKC>(1));
    write<RFCTL>(RFCTL::value{}.with<RFCTL::NFSW_DIS>(1).with<RFCTL::NFSR_DIS>(1));
    write<PSRTYPE>(PSRTYPE::value{}.with<PSRTYPE::PSR_type4>(1));
    write<GPIE>(GPIE::value{}.with<GPIE::Multiple_MSIX>(1));
    write<IVAR>(queue / 2, {(0x80 | kRscVector) << 16 * (queue % 2)});
    write<EITR>(kRscVector, EITR::value{}.with<EITR::ITR_Interval>(25));
    write<SRRCTL>(queue, read<SRRCTL>(queue).with<SRRCTL::BSIZEHEADER>(2));
    write<RSCCTL>(queue, RSCCTL::value{}.with<RSCCTL::RSCEN>(1).with<RSCCTL::MAXDESC>(maxdesc));
}

void Bench::open_tx(unsigned queue) {
    write<TDBAL>(queue, {static_cast<std::uint32_t>(kTxRing)});
    write<TDBAH>(queue, {static_cast<std::uint32_t>(kTxRing >> 32)});
    write<TDLEN>(queue, {kSlots * 16});
    write<TDH>(queue, {0});
    write<TDT>(queue, {0});
    write<TXDCTL>(queue, TXDCTL::value{}.with<TXDCTL::ENABLE>(1));
}

void Bench::post(std::uint32_t slot, std::uint64_t bus, std::uint32_t len, std::uint32_t command,
                 std::uint32_t olinfo) {
    tx_desc(slot).read = {bus, command | len, olinfo | len << hw::TxOlinfo::PAYLEN::lo};
}

Frame Bench::received(std::uint32_t slot) {
    const std::byte* from = memory.inside(buffer(slot), 0x4000);
    return Frame(from, from + rx_desc(slot).wb.length);
}

bool adds_up(const Nic& nic) {
    const RxAccount& a = nic.rx_account();
    return a.received == a.delivered + a.filtered + a.receive_disabled + a.bad_length + a.missed + a.no_descriptor +
                             a.queue_disabled + a.fdir_drop + a.dma_fault + a.bad_descriptor + nic.rx_pending();
}

}  // namespace bifurc::model::test
