// SPDX-License-Identifier: BSD-3-Clause
#include "port_driver.h"

#include <algorithm>

#include "filters.h"
#include "hw/ixgbe.h"
#include "hw/ixgbe_board.h"
#include "hw/ixgbe_device.h"

namespace bifurc::sim {

using namespace hw::ixgbe;

namespace {

constexpr unsigned kFrameOverhead = 14 + 4 + 4;  // Ethernet header, one VLAN tag, FCS

// Linux draws the key at random; a fixed one makes two runs alike.
constexpr std::array<std::uint8_t, 40> kRssKey = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                                  0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                                  0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                                  0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

constexpr std::uint32_t kModeratedInterval = 25;  // EITR counts 2 us: Linux begins with 20,000 interrupts a second too

// Without HLREG0.JUMBOEN the NIC lets in what Ethernet allows, however small the MTU.
constexpr unsigned kEthernetMtu = 1500;

unsigned buffer_len_for(unsigned mtu) { return (std::max(mtu, kEthernetMtu) + kFrameOverhead + 1023) / 1024 * 1024; }

}  // namespace

PortDriver::PortDriver(model::Nic& nic, DmaSpace& dma) : nic_(nic), dma_(dma), bar_(nic), rss_key_(kRssKey) {}

// 82599 DS 4.6.3, the software initialisation sequence.
void PortDriver::initialise() {
    // 1. Interrupts off, global reset, interrupts off again (4.6.3.1, 4.6.3.2).
    bar_.write<EIMC>({0x7fffffff});
    bar_.set<CTRL, CTRL::RST>(0, 1);
    static_cast<void>(bar_.wait<CTRL, CTRL::RST>(0, 0));
    bar_.write<EIMC>({0x7fffffff});
    for (unsigned i = 0; i < EIMC_EX::count; ++i) bar_.write<EIMC_EX>(i, {0xffffffff});
    // 2. DMA initialisation done (4.6.3).
    static_cast<void>(bar_.wait<RDRXCTL, RDRXCTL::DMAIDONE>(0, 1));
    bar_.set<CTRL_EXT, CTRL_EXT::DRV_LOAD>(0, 1);
    // 3. Interrupts: MSI-X, one vector a queue, each cause clears and masks itself when it is signalled (7.3.1.4).
    bar_.write<GPIE>(
        GPIE::value{}.with<GPIE::Multiple_MSIX>(1).with<GPIE::OCD>(1).with<GPIE::EIAME>(1).with<GPIE::PBA_support>(1));
    bar_.write<EIAC>({EICR::RTxQ::mask});
    for (unsigned i = 0; i < EIAM_EX::count; ++i) bar_.write<EIAM_EX>(i, {0xffffffff});
    // 4. Receive (4.6.7): CRC stripped, one packet buffer. 5. Transmit (4.6.8): one packet buffer, 64 queues.
    bar_.set<RDRXCTL, RDRXCTL::CRCStrip>(0, 1);
    bar_.set<HLREG0, HLREG0::RXCRCSTRP>(0, 1);
    // What coalescing wants of the whole port (4.6.7.2.1, 4.6.7.2.2), whether it is on or not: as Linux.
    bar_.set<RDRXCTL, RDRXCTL::RSCFRSTSIZE>(0, 0);
    bar_.set<RDRXCTL, RDRXCTL::RSCACKC>(0, 1);
    bar_.set<RDRXCTL, RDRXCTL::FCOE_WRFIX>(0, 1);
    bar_.set<RSCDBU, RSCDBU::RSCACKDIS>(0, 1);
    bar_.set<PSRTYPE, PSRTYPE::PSR_type4>(0, 1);
    bar_.set<HLREG0, HLREG0::TXCRCEN>(0, 1);
    bar_.set<HLREG0, HLREG0::TXPADEN>(0, 1);
    bar_.set<RTTDCS, RTTDCS::ARBDIS>(0, 1);  // MTQC may only change while the arbiter rests
    bar_.write<MTQC>({0});
    bar_.set<RTTDCS, RTTDCS::ARBDIS>(0, 0);
    bar_.set<DMATXCTL, DMATXCTL::TE>(0, 1);
    read_eeprom();
}

// 82599 DS 8.2.3.2.2, a word at a time.
void PortDriver::read_eeprom() {
    const unsigned words = 1u << (bar_.read<EEC>().get<EEC::EE_Size>() + 6);
    eeprom_.clear();
    for (unsigned address = 0; address < words; ++address) {
        bar_.write<EERD>(EERD::value{}.with<EERD::ADDR>(address).with<EERD::START>(1));
        if (!bar_.wait<EERD, EERD::DONE>(0, 1)) return;
        eeprom_.push_back(static_cast<std::uint16_t>(bar_.read<EERD>().get<EERD::DATA>()));
    }
}

void PortDriver::set_lengths(unsigned mtu) {
    bar_.set<HLREG0, HLREG0::JUMBOEN>(0, mtu > kEthernetMtu ? 1 : 0);
    bar_.write<MAXFRS>(MAXFRS::value{}.with<MAXFRS::MFS>(mtu + kFrameOverhead));
}

namespace {

std::uint32_t word(std::span<const std::uint8_t> bytes, unsigned i) {
    return bytes[4 * i] | bytes[4 * i + 1] << 8 | bytes[4 * i + 2] << 16 |
           static_cast<std::uint32_t>(bytes[4 * i + 3]) << 24;
}

std::uint8_t kernel_queue(unsigned entry, unsigned kernel_pairs) {
    return static_cast<std::uint8_t>(entry % std::min(kernel_pairs, kRssReach));
}

}  // namespace

void PortDriver::write_rss_table() {
    for (unsigned i = 0; i < RETA::count; ++i) bar_.write<RETA>(i, {word(rss_table_, i)});
}

void PortDriver::set_rss_table(std::span<const std::uint8_t> table, unsigned kernel_pairs) {
    for (unsigned i = 0; i < rss_table_.size(); ++i)
        rss_table_[i] = table.empty() ? kernel_queue(i, kernel_pairs) : table[i];
    write_rss_table();
}

void PortDriver::drop_rss_to(unsigned first, unsigned pairs, unsigned kernel_pairs) {
    for (unsigned i = 0; i < rss_table_.size(); ++i)
        if (rss_table_[i] - first < pairs) rss_table_[i] = kernel_queue(i, kernel_pairs);
    if (is_up()) write_rss_table();
}

// 82599 DS 7.1.2.8: RSS spreads over the kernel's queues; a borrowed queue gets what a rule, or ethtool -X, leads to
// it.
void PortDriver::set_rss(unsigned kernel_pairs) {
    set_rss_table({}, kernel_pairs);
    for (unsigned i = 0; i < RSSRK::count; ++i) bar_.write<RSSRK>(i, {word(rss_key_, i)});
    bar_.write<MRQC>(MRQC::value{}
                         .with<MRQC::MRQE>(1)
                         .with<MRQC::IPv4>(1)
                         .with<MRQC::IPv4_TCP>(1)
                         .with<MRQC::IPv6>(1)
                         .with<MRQC::IPv6_TCP>(1));
}

// NFS is no exception: nothing here looks for it.
void PortDriver::set_lro(bool on) {
    bar_.write<RFCTL>(
        RFCTL::value{}.with<RFCTL::RSC_DIS>(on ? 0 : 1).with<RFCTL::NFSW_DIS>(1).with<RFCTL::NFSR_DIS>(1));
}

void PortDriver::program_filters_of(const NetdevState& netdev) { program_filters(bar_, netdev); }

bool PortDriver::bring_up(const DriverSettings& settings, const NetdevState& netdev) {
    program_filters_of(netdev);
    set_lengths(settings.mtu);
    set_rss(settings.kernel_pairs);
    set_lro(settings.lro);
    const unsigned buffer_len = buffer_len_for(settings.mtu);
    bool ok = true;
    for (unsigned q = 0; q < settings.kernel_pairs; ++q) {
        // Linux lets queues drop when there are several and flow control is off (ixgbe_set_rx_drop_en).
        rx_.emplace_back(bar_, dma_, q, settings.rx_ring, buffer_len);
        ok = rx_.back().start(settings.kernel_pairs > 1) && ok;
        tx_.emplace_back(bar_, dma_, q, settings.tx_ring, buffer_len);
        ok = tx_.back().start() && ok;
    }
    bar_.set<RXCTRL, RXCTRL::RXEN>(0, 1);
    up_ = ok;
    return ok;
}

void PortDriver::take_down(FrameSink& sink) {
    bar_.set<RXCTRL, RXCTRL::RXEN>(0, 0);
    // Every round empties the kernel's rings, and borrowed ones drop, so the packet buffer empties in a few.
    constexpr unsigned kRounds = 10'000, kBurst = 256;
    for (unsigned round = 0; round < kRounds && (nic_.rx_pending() != 0 || outstanding() != 0); ++round) {
        if (nic_.poll(kBurst) == 0 && harvest(kBurst, sink) == 0 && round > 100) break;  // a wire that takes nothing
        harvest(kBurst, sink);
        finish_sending();
    }
    while (harvest(kBurst, sink) != 0) {
    }
    for (KernelRxRing& ring : rx_) static_cast<void>(ring.stop());
    for (KernelTxRing& ring : tx_) static_cast<void>(ring.stop());
    broken_before_ = broken();
    rx_.clear();
    tx_.clear();
    up_ = false;
}

void PortDriver::let_queue_drop(unsigned queue, bool on) {
    bar_.write<QDE>(QDE::value{}.with<QDE::QUEUE_IDX>(queue).with<QDE::ENABLE>(on ? 1 : 0).with<QDE::WE>(1));
}

// 82599 DS 4.6.7.2.2: a large receive ends with the interval of its queue's vector.
void PortDriver::let_queue_coalesce(unsigned queue, bool on) {
    if (coalescing_[queue] == on) return;
    coalescing_[queue] = on;
    bar_.write<EITR>(queue, EITR::value{}.with<EITR::ITR_Interval>(on ? kModeratedInterval : 0));
    route_interrupt(queue);
}

// 82599 DS 8.2.3.5.16: IVAR n holds the Rx cause of queue 2n in byte 0 and of 2n+1 in byte 2.
void PortDriver::route_interrupt(unsigned queue) {
    const IVAR::value now = bar_.read<IVAR>(queue / 2);
    const std::uint32_t valid = connected_[queue] || coalescing_[queue] ? 1 : 0;
    bar_.write<IVAR>(queue / 2, queue % 2 == 0 ? now.with<IVAR::INT_Alloc_0>(queue).with<IVAR::INT_Alloc_val_0>(valid)
                                               : now.with<IVAR::INT_Alloc_2>(queue).with<IVAR::INT_Alloc_val_2>(valid));
}

void PortDriver::connect_interrupt(unsigned queue, bool on) {
    if (connected_[queue] == on) return;
    connected_[queue] = on;
    route_interrupt(queue);
    // A cause that an earlier owner left pending is let out before anybody has armed this one: there is no register
    // that clears a cause of these vectors.
    if (on) arm_interrupt(queue);
    bar_.write<EIMC_EX>(queue / 32, {1u << queue % 32});
}

void PortDriver::arm_interrupt(unsigned queue) { bar_.write<EIMS_EX>(queue / 32, {1u << queue % 32}); }

unsigned PortDriver::harvest(unsigned budget, FrameSink& sink) {
    unsigned got = 0;
    for (KernelRxRing& ring : rx_) got += ring.harvest(budget, sink);
    return got;
}

bool PortDriver::send(std::span<const std::byte> frame) {
    if (tx_.empty()) return false;
    KernelTxRing& ring = tx_[tx_queue_of(frame, static_cast<unsigned>(tx_.size()))];
    if (ring.post(frame)) return true;
    ring.reclaim();
    return ring.post(frame);
}

void PortDriver::finish_sending() {
    for (KernelTxRing& ring : tx_) {
        ring.ring_doorbell();
        ring.reclaim();
    }
}

std::uint64_t PortDriver::broken() const noexcept {
    std::uint64_t sum = broken_before_;
    for (const KernelRxRing& ring : rx_) sum += ring.broken();
    return sum;
}

unsigned PortDriver::outstanding() const noexcept {
    unsigned sum = 0;
    for (const KernelTxRing& ring : tx_) sum += ring.outstanding();
    return sum;
}

// Protocol, addresses and ports, folded: nothing that differs between two frames of a flow.
unsigned tx_queue_of(std::span<const std::byte> frame, unsigned queues) noexcept {
    constexpr std::size_t kEtherType = 12, kIpv4Protocol = 23, kIpv4Addresses = 26, kIpv4PortsEnd = 38;
    if (frame.size() < kIpv4PortsEnd || frame[kEtherType] != std::byte{8} || frame[kEtherType + 1] != std::byte{0}) {
        return 0;
    }
    const bool with_ports =
        frame[14] == std::byte{0x45} && (frame[20] & std::byte{0x3f}) == std::byte{0} && frame[21] == std::byte{0};
    unsigned hash = std::to_integer<unsigned>(frame[kIpv4Protocol]);
    for (std::size_t i = kIpv4Addresses; i < (with_ports ? kIpv4PortsEnd : kIpv4PortsEnd - 4); ++i) {
        hash = hash * 31 + std::to_integer<unsigned>(frame[i]);
    }
    return hash % queues;
}

}  // namespace bifurc::sim
