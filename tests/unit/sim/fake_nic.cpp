// SPDX-License-Identifier: BSD-3-Clause
// A stand-in for the model, so that the driver part's tests fail for the driver part's faults only. Just enough of a
// NIC: registers that keep what was written, rings that are followed, flow director by source address, and an account.
#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <utility>

#include "hw/desc.h"
#include "hw/ixgbe.h"
#include "hw/ixgbe_device.h"
#include "model/nic.h"

namespace bifurc::model {

using namespace hw::ixgbe;

struct Nic::Impl {
    struct Lent {
        std::byte* rx = nullptr;
        std::byte* tx = nullptr;
    };

    Dma& dma;
    Wire& wire;
    Interrupts& interrupts;
    std::map<std::uint32_t, std::uint32_t> registers;
    std::map<std::uint32_t, std::pair<std::uint32_t, unsigned>> filters;  // location -> source address, queue
    std::array<Lent, kQueues> lent{};
    std::array<QueueAccount, kQueues> queues{};
    std::array<bool, kQueues> drop{};
    std::deque<std::vector<std::byte>> buffer;
    RxAccount rx;
    TxAccount tx;

    template <class R>
    std::uint32_t& reg(unsigned i = 0) {
        const std::uint32_t offset = R::at(i);
        std::byte* const page =
            i < kQueues && R::count == kQueues ? (offset & 0xf000) == 0x6000 ? lent[i].tx : lent[i].rx : nullptr;
        return page != nullptr ? *reinterpret_cast<std::uint32_t*>(page + (offset & 0xfff)) : registers[offset];
    }
    template <class R, class F>
    std::uint32_t field(unsigned i = 0) {
        return typename R::value{reg<R>(i)}.template get<F>();
    }

    unsigned queue_of(const std::vector<std::byte>& frame) {
        std::uint32_t source = 0;
        std::memcpy(&source, frame.data() + 26, sizeof(source));
        for (const auto& [location, filter] : filters) {
            if (filter.first == source) return ++registers[FDIRMATCH::at()], filter.second;
        }
        return 0;
    }
    bool deliver(const std::vector<std::byte>& frame);
    bool send_one(unsigned q);
};

// true: the frame is out of the packet buffer.
bool Nic::Impl::deliver(const std::vector<std::byte>& frame) {
    const unsigned q = queue_of(frame);
    const std::uint32_t count = reg<RDLEN>(q) / sizeof(hw::RxDesc);
    if (field<RXDCTL, RXDCTL::ENABLE>(q) == 0 || count == 0) return ++rx.queue_disabled, ++queues[q].rx_missed, true;
    std::uint32_t& head = reg<RDH>(q);
    if (head == reg<RDT>(q)) {
        if (field<SRRCTL, SRRCTL::Drop_En>(q) == 0 && !drop[q]) return false;
        return ++rx.no_descriptor, ++queues[q].rx_missed, true;
    }
    const std::uint64_t at = (std::uint64_t{reg<RDBAH>(q)} << 32 | reg<RDBAL>(q)) + head * sizeof(hw::RxDesc);
    hw::RxDesc desc;
    if (!dma.read(at, std::as_writable_bytes(std::span{&desc, 1})) || !dma.write(desc.read.pkt_addr, frame)) {
        return ++rx.dma_fault, ++queues[q].dma_faults, true;
    }
    desc = {};
    desc.wb.status_error = hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask;
    desc.wb.length = static_cast<std::uint16_t>(frame.size());
    dma.write(at, std::as_bytes(std::span{&desc, 1}));
    head = (head + 1) % count;
    ++rx.delivered;
    ++queues[q].rx_frames;
    queues[q].rx_bytes += frame.size();
    if ((registers[EIMS_EX::at(q / 32)] >> q % 32 & 1) != 0) interrupts.raise(q);
    return true;
}

bool Nic::Impl::send_one(unsigned q) {
    const std::uint32_t count = reg<TDLEN>(q) / sizeof(hw::TxDesc);
    std::uint32_t& head = reg<TDH>(q);
    if (field<TXDCTL, TXDCTL::ENABLE>(q) == 0 || count == 0 || head == reg<TDT>(q)) return false;
    const std::uint64_t at = (std::uint64_t{reg<TDBAH>(q)} << 32 | reg<TDBAL>(q)) + head * sizeof(hw::TxDesc);
    hw::TxDesc desc;
    if (!dma.read(at, std::as_writable_bytes(std::span{&desc, 1}))) return ++tx.dma_fault, false;
    std::vector<std::byte> frame(desc.read.cmd_type_len & 0xffff);
    if (!dma.read(desc.read.buffer_addr, frame)) return ++tx.dma_fault, false;
    if (!wire.transmit(frame)) return false;
    desc = {};
    desc.wb.status = hw::TxStatus::DD::mask;
    dma.write(at, std::as_bytes(std::span{&desc, 1}));
    head = (head + 1) % count;
    ++tx.transmitted;
    ++queues[q].tx_frames;
    queues[q].tx_bytes += frame.size();
    return true;
}

Nic::Nic(const NicConfig&, Dma& dma, Wire& wire, Interrupts& interrupts)
    : impl_(new Impl{.dma = dma,
                     .wire = wire,
                     .interrupts = interrupts,
                     .registers = {},
                     .filters = {},
                     .buffer = {},
                     .rx = {},
                     .tx = {}}) {}
Nic::~Nic() = default;

std::uint32_t Nic::read32(std::uint32_t offset) {
    const bool clears = offset == FDIRMATCH::at();
    return clears ? std::exchange(impl_->registers[offset], 0) : impl_->registers[offset];
}

std::uint32_t Nic::peek32(std::uint32_t offset) const { return impl_->registers[offset]; }

void Nic::write32(std::uint32_t offset, std::uint32_t value) {
    auto& registers = impl_->registers;
    const FDIRCMD::value command{value};
    const std::uint32_t location = FDIRHASH::value{registers[FDIRHASH::at()]}.get<FDIRHASH::SW_Index>();
    if (offset == CTRL::at()) value &= ~CTRL::RST::mask;
    if (offset == FDIRCTRL::at()) value |= FDIRCTRL::INIT_Done::mask, impl_->filters.clear();
    if (offset == RDRXCTL::at()) value |= RDRXCTL::DMAIDONE::mask;
    if (offset == QDE::at()) impl_->drop[QDE::value{value}.get<QDE::QUEUE_IDX>()] = (value & 1) != 0;
    if (offset == FDIRCMD::at() && command.get<FDIRCMD::CMD>() == FDIRCMD::kAdd) {
        impl_->filters[location] = {registers[FDIRIPSA::at()], command.get<FDIRCMD::Rx_Queue>()};
    }
    if (offset == FDIRCMD::at() && command.get<FDIRCMD::CMD>() == FDIRCMD::kRemove) impl_->filters.erase(location);
    if (offset == FDIRCMD::at()) value &= ~FDIRCMD::CMD::mask;
    registers[offset] = value;
}

void Nic::lend(unsigned pair, std::byte* rx_page, std::byte* tx_page) { impl_->lent[pair] = {rx_page, tx_page}; }
void Nic::take_back(unsigned pair) { impl_->lent[pair] = {}; }
void Nic::sync() {}

void Nic::receive(Frame frame) {
    ++impl_->rx.received;
    if (impl_->field<RXCTRL, RXCTRL::RXEN>() == 0) {
        ++impl_->rx.receive_disabled;
        return;
    }
    impl_->buffer.emplace_back(frame.begin(), frame.end());
}

unsigned Nic::poll(unsigned budget, std::span<const Frame> arrived) {
    for (const Frame frame : arrived) receive(frame);
    unsigned moved = 0;
    for (; moved < budget && !impl_->buffer.empty() && impl_->deliver(impl_->buffer.front()); ++moved)
        impl_->buffer.pop_front();
    for (unsigned q = 0; q < 64; ++q) {
        while (moved < 2 * budget && impl_->send_one(q)) ++moved;
    }
    return moved;
}

void Nic::advance(std::uint64_t) {}
void Nic::set_link(bool) {}
const RxAccount& Nic::rx_account() const noexcept { return impl_->rx; }
const TxAccount& Nic::tx_account() const noexcept { return impl_->tx; }
QueueAccount Nic::queue_account(unsigned pair) const noexcept { return impl_->queues[pair]; }
std::size_t Nic::rx_pending() const noexcept { return impl_->buffer.size(); }
std::vector<Nic::UnknownAccess> Nic::unknown_accesses() const { return {}; }
std::string register_name(std::uint32_t) { return {}; }

}  // namespace bifurc::model
