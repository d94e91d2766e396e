// SPDX-License-Identifier: BSD-3-Clause
#include "nic.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "board.h"
#include "coalescer.h"
#include "counted_wire.h"
#include "frames_on_the_way.h"
#include "interrupt_block.h"
#include "judge.h"
#include "packet_buffer.h"
#include "register_file.h"
#include "rx_ring.h"
#include "statistics.h"
#include "tx_ring.h"

namespace bifurc::model {

using namespace hw::ixgbe;

namespace {

// A second address of a register (DS 8.2.2: "also at"). The first is what the rows know.
std::uint32_t canonical(std::uint32_t offset) noexcept {
    struct Alias {
        std::uint32_t from, to, count, from_stride, to_stride;
    };
    static constexpr Alias kAliases[] = {
        {0x02100, SRRCTL::at(0), 16, 4, 0x40}, {0x02200, DCA_RXCTRL::at(0), 16, 4, 0x40},
        {0x0A200, RAL::at(0), 16, 8, 8},       {0x0A204, RAH::at(0), 16, 8, 8},
        {0x0EA00, PSRTYPE::at(0), 16, 4, 4},   {0x0EB00, RETA::at(0), 32, 4, 4},
        {0x0EB80, RSSRK::at(0), 10, 4, 4},     {0x0EC80, MRQC::at(0), 1, 4, 4},
        {0x06030, QPTC::at(0), 16, 0x40, 4},
    };
    for (const Alias& alias : kAliases) {
        const std::uint32_t i = (offset - alias.from) / alias.from_stride;
        if (offset >= alias.from && i < alias.count && alias.from + i * alias.from_stride == offset)
            return alias.to + i * alias.to_stride;
    }
    return offset;
}

}  // namespace

struct Nic::Impl {
    Impl(const NicConfig& the_config, Dma& the_dma, Wire& the_wire, Interrupts& interrupts)
        : config(the_config),
          dma(the_dma),
          regs(the_config.registers),
          wire(the_wire),
          causes(regs, interrupts),
          board(regs),
          flow_director(regs),
          judge(regs, flow_director),
          buffer(the_config.rx_packet_buffer_bytes) {
        reset();
        if (regs.shared()) watched.set();
    }

    // CTRL.RST: everything but the link, the lent pages and the accounts (DS 4.2.1.6).
    void reset();
    void attach_own(unsigned pair) noexcept;
    void refresh();
    [[nodiscard]] bool receiving() const noexcept { return regs.field<RXCTRL, RXCTRL::RXEN>() != 0; }
    [[nodiscard]] bool accept(Bytes frame, RxVerdict& verdict);
    void keep(Bytes frame, const RxVerdict& verdict);
    // What a poll's received frames have come to so far.
    struct RxRound {
        std::bitset<kQueues> touched;    // their descriptors are to be written back
        std::bitset<kQueues> delivered;  // they have got a frame
        unsigned moved = 0;
    };
    void begin_round(RxRound& round);
    [[nodiscard]] bool bring(RxRound& round, const RxVerdict& verdict, Bytes frame);
    void fill_rings(RxRound& round, unsigned budget);
    void take_arrived(RxRound& round, unsigned budget, std::span<const Frame> arrived);
    void bring_next(RxRound& round, unsigned budget);
    void end_round(const RxRound& round);
    void settle(RxRound& round, unsigned queue, RxRing::Outcome outcome);
    [[nodiscard]] bool coalesce(RxRound& round, const RxVerdict& verdict, Bytes frame);
    void settle_large_receives(RxRound& round);
    void drop_stale();
    unsigned empty_rings(unsigned budget);
    unsigned send(unsigned pair, unsigned budget);
    void count_stray(unsigned pair);
    [[nodiscard]] std::uint32_t look(const RegisterFile::Place& place, std::uint32_t at) const;
    std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);
    void act(Hook hook, unsigned index, std::uint32_t value);

    NicConfig config;
    DmaCursor dma;
    RegisterFile regs;
    CountedWire wire;
    InterruptBlock causes;
    Board board;
    FlowDirector flow_director;
    Judge judge;
    PacketBuffer buffer;
    Coalescer coalescer;
    std::array<RxRing, kQueues> rx;
    std::array<TxRing, kQueues> tx;
    std::array<bool, kQueues> lent{};
    std::array<bool, kQueues> always_drop{};  // QDE
    std::bitset<kQueues> watched;             // pairs whose registers are memory that somebody else writes
    std::bitset<kQueues> tx_due;              // of the others: what a trapped write gave them to do is not done yet
    std::size_t tx_turn = 0;                  // whose it was last
    std::uint64_t polls = 0;
    bool link_up = true;
    RxAccount rx_account;
    TxAccount tx_account;
    std::array<QueueAccount, kQueues> queues{};
    // Delivered in this round, and not yet in the accounts.
    struct Delivered {
        std::uint64_t frames = 0, bytes = 0;
    };
    std::array<Delivered, kQueues> fresh{};
    FramesOnTheWay on_the_way;  // empty between rounds
};

void Nic::Impl::reset() {
    regs.reset();
    causes.reset();
    flow_director.reset();
    judge.registers_changed();
    rx_account.receive_disabled += buffer.size() + coalescer.frames();
    buffer.clear();
    coalescer.clear();
    always_drop.fill(false);
    // DS 8.2.3.7.9: entry 0 comes from the EEPROM.
    const auto& mac = config.mac;
    regs.set<RAL>({mac[0] | static_cast<std::uint32_t>(mac[1]) << 8 | static_cast<std::uint32_t>(mac[2]) << 16 |
                   static_cast<std::uint32_t>(mac[3]) << 24});
    regs.set<RAH>(RAH::value{mac[4] | static_cast<std::uint32_t>(mac[5]) << 8}.with<RAH::AV>(1));
    // DS 8.2.3.8.9: one packet buffer, all of it.
    regs.set<RXPBSIZE>({static_cast<std::uint32_t>(config.rx_packet_buffer_bytes) & RXPBSIZE::SIZE::mask});
    for (unsigned pair = 0; pair < kQueues; ++pair) {
        if (!lent[pair]) attach_own(pair);
    }
}

void Nic::Impl::attach_own(unsigned pair) noexcept {
    rx[pair].attach(RxBlock{&regs.word(RDBAL::at(pair))});
    tx[pair].attach(TxBlock{&regs.word(TDBAL::at(pair))});
}

// Of the others, trapped writes tell.
void Nic::Impl::refresh() {
    for (std::size_t pair = watched._Find_first(); pair < kQueues; pair = watched._Find_next(pair)) {
        rx[pair].refresh();
        tx[pair].refresh();
    }
    drop_stale();
}

// Registers.

// What reading shows, where that has no effect.
std::uint32_t Nic::Impl::look(const RegisterFile::Place& place, std::uint32_t at) const {
    const std::uint32_t word = regs.word(at);
    switch (place.row->hook) {
        case Hook::status: {
            const bool master = regs.field<CTRL, CTRL::PCIe_Master_Disable>() == 0;
            return STATUS::value{}.with<STATUS::PCIe_Master_Enable>(master).raw;
        }
        case Hook::links:
            return link_up ? LINKS::value{}
                                 .with<LINKS::LINK_UP>(1)
                                 .with<LINKS::LINK_SPEED>(LINKS::k10G)
                                 .with<LINKS::Link_Status>(1)
                                 .raw
                           : 0;
        case Hook::eicr:
        case Hook::eics:
            return causes.causes();
        case Hook::eims:
            return causes.mask();
        case Hook::eims_ex:
            return causes.vector_mask(place.index);
        case Hook::eimc:
        case Hook::eics_ex:
        case Hook::eimc_ex:
            return 0;  // write-only
        case Hook::qde: {
            const auto qde = QDE::value{word};
            return qde.with<QDE::ENABLE>(always_drop[qde.get<QDE::QUEUE_IDX>()]).raw;
        }
        default:
            return word;
    }
}

std::uint32_t Nic::Impl::read(std::uint32_t offset) {
    const std::uint32_t at = canonical(offset);
    const RegisterFile::Place place = RegisterFile::find(at);
    if (place.row == nullptr) {
        regs.note_unknown(offset, false);
        return 0;
    }
    switch (place.row->hook) {
        case Hook::counter:
            return std::exchange(regs.word(at), 0);
        case Hook::i2cctl:
        case Hook::swsm:
            return board.read(place.row->hook);
        case Hook::eicr:
            return causes.read_and_clear();
        default:
            return look(place, at);
    }
}

void Nic::Impl::write(std::uint32_t offset, std::uint32_t value) {
    const std::uint32_t at = canonical(offset);
    const auto [row, index] = RegisterFile::find(at);
    if (row == nullptr) {
        regs.note_unknown(offset, true);
        return;
    }
    std::uint32_t& word = regs.word(at);
    word = (word & ~row->writable) | (value & row->writable);
    if (in_digest(at)) judge.registers_changed();
    act(row->hook, index, value);
}

void Nic::Impl::act(Hook hook, unsigned index, std::uint32_t value) {
    switch (hook) {
        case Hook::reset:
            if ((value & (CTRL::RST::mask | CTRL::LRST::mask)) != 0) reset();  // both bits clear themselves
            break;
        case Hook::eicr:  // DS 8.2.3.5.1: writing ones clears
            causes.clear(value);
            break;
        case Hook::eics:
            causes.set(value);
            break;
        case Hook::eims:
            causes.unmask(value);
            break;
        case Hook::eimc:
            causes.mask_off(value);
            break;
        case Hook::eics_ex:
            causes.set_vectors(index, value);
            break;
        case Hook::eims_ex:
            causes.unmask_vectors(index, value);
            break;
        case Hook::eimc_ex:
            causes.mask_off_vectors(index, value);
            break;
        case Hook::qde: {
            const QDE::value qde{value};
            if (qde.get<QDE::WE>() != 0) always_drop[qde.get<QDE::QUEUE_IDX>()] = qde.get<QDE::ENABLE>() != 0;
            break;
        }
        case Hook::eec:
        case Hook::eerd:
        case Hook::i2cctl:
        case Hook::mdio:
        case Hook::autoc:
            board.written(hook);
            break;
        case Hook::fdir_control:
            flow_director.initialise();
            break;
        case Hook::fdir_command:
            flow_director.command(FDIRCMD::value{value});
            break;
        case Hook::queue_enable:
            if (!lent[index]) {
                rx[index].refresh();
                tx[index].refresh();
                tx_due[index] = !watched[index];
                drop_stale();
            }
            break;
        case Hook::tx_tail:
            tx_due[index] = !watched[index];
            break;
        default:
            break;
    }
}

// Receive.

// false: it has ended here.
inline bool Nic::Impl::accept(Bytes frame, RxVerdict& verdict) {
    switch (judge.judge(frame, verdict)) {
        case Judge::Fate::accepted:
            return true;
        case Judge::Fate::bad_length:
            ++rx_account.bad_length;
            break;
        case Judge::Fate::filtered:
            ++rx_account.filtered;
            break;
        case Judge::Fate::dropped:
            ++rx_account.fdir_drop;
            break;
    }
    return false;
}

void Nic::Impl::keep(Bytes frame, const RxVerdict& verdict) {
    if (buffer.push(frame, verdict)) return;
    ++rx_account.missed;
    regs.count<RXMPC>();
}

// A frame that was not delivered, and does not wait.
void Nic::Impl::settle(RxRound& round, unsigned queue, RxRing::Outcome outcome) {
    QueueAccount& account = queues[queue];
    round.touched[queue] = rx[queue].enabled();
    switch (outcome) {
        case RxRing::Outcome::no_descriptor:
            ++rx_account.no_descriptor;
            break;
        case RxRing::Outcome::disabled:
            ++rx_account.queue_disabled;
            break;
        case RxRing::Outcome::dma_fault:
            ++rx_account.dma_fault;
            ++account.dma_faults;
            return;
        case RxRing::Outcome::bad_descriptor:
            ++rx_account.bad_descriptor;
            break;
        case RxRing::Outcome::delivered:
        case RxRing::Outcome::blocked:
            return;
    }
    ++account.rx_missed;
    count_queue_drop(regs, queue);
}

// true: the frame is part of a large receive, and settled with it.
bool Nic::Impl::coalesce(RxRound& round, const RxVerdict& verdict, Bytes frame) {
    const bool taken = coalescer.take(dma, polls,
                                      {.ring = rx[verdict.queue],
                                       .verdict = verdict,
                                       .bytes = frame,
                                       .now_ns = causes.now_ns(),
                                       .interval_ns = causes.rx_interval_ns(verdict.queue),
                                       .least_first = judge.rsc().least_first});
    settle_large_receives(round);
    if (taken) round.touched.set(verdict.queue);
    return taken;
}

void Nic::Impl::settle_large_receives(RxRound& round) {
    for (const Coalescer::Closed& closed : coalescer.closed()) {
        QueueAccount& account = queues[closed.queue];
        round.touched[closed.queue] = rx[closed.queue].enabled();
        if (closed.outcome == RxRing::Outcome::delivered) {
            round.delivered.set(closed.queue);
            fresh[closed.queue].frames += closed.frames;
            fresh[closed.queue].bytes += closed.bytes;
        } else if (closed.outcome == RxRing::Outcome::dma_fault) {
            rx_account.dma_fault += closed.frames;
            account.dma_faults += closed.frames;
        } else {
            rx_account.queue_disabled += closed.frames;
            account.rx_missed += closed.frames;
            count_queue_drop(regs, closed.queue, closed.frames);
        }
    }
    coalescer.forget_closed();
}

// A queue that was disabled, since then enabled anew or not, has no transfer of what it was in the middle of.
void Nic::Impl::drop_stale() {
    RxRound round;  // nothing is written
    coalescer.drop_stale();
    settle_large_receives(round);
}

// No further frame comes while the port does not receive: nothing waits then.
void Nic::Impl::begin_round(RxRound& round) {
    coalescer.expire(dma, polls, receiving() ? causes.now_ns() : UINT64_MAX);
    settle_large_receives(round);
}

// false: the frame has to wait.
inline bool Nic::Impl::bring(RxRound& round, const RxVerdict& verdict, Bytes frame) {
    if (verdict.rsc == RscRole::none || !coalesce(round, verdict, frame)) {
        const unsigned queue = verdict.queue;
        const auto outcome = rx[queue].deliver(dma, polls, frame, verdict, always_drop[queue]);
        if (outcome == RxRing::Outcome::blocked) return false;
        if (outcome == RxRing::Outcome::delivered) {
            if (fresh[queue].frames++ == 0) round.touched[queue] = round.delivered[queue] = true;
            fresh[queue].bytes += frame.size();
        } else {
            settle(round, queue, outcome);
        }
    }
    ++round.moved;
    return true;
}

void Nic::Impl::fill_rings(RxRound& round, unsigned budget) {
    for (; round.moved < budget && !buffer.empty(); buffer.pop()) {
        const BufferedFrame& frame = buffer.front();
        if (!bring(round, frame.verdict, buffer.bytes(frame))) break;
    }
}

void Nic::Impl::take_arrived(RxRound& round, unsigned budget, std::span<const Frame> arrived) {
    rx_account.received += arrived.size();
    if (!receiving()) {
        rx_account.receive_disabled += arrived.size();
        for (const Frame frame : arrived) judge.pass_over(frame);
        return;
    }
    for (const Frame frame : arrived) {
        Judged& judged = on_the_way.last();
        if (!accept(frame, judged.verdict)) continue;
        judged.frame = frame;
        rx[judged.verdict.queue].expect(dma, polls);
        on_the_way.push();
        while (on_the_way.full()) bring_next(round, budget);
    }
    while (!on_the_way.empty()) bring_next(round, budget);
}

// A frame that nothing waits before has no need to lie in the packet buffer.
void Nic::Impl::bring_next(RxRound& round, unsigned budget) {
    const auto& [frame, verdict] = on_the_way.pop();
    const bool goes_through = buffer.empty() && round.moved < budget;
    if (!goes_through || !bring(round, verdict, frame)) keep(frame, verdict);
}

void Nic::Impl::end_round(const RxRound& round) {
    const auto each_of = [](const std::bitset<kQueues>& those, auto call) {
        for (std::size_t i = those._Find_first(); i < kQueues; i = those._Find_next(i)) call(static_cast<unsigned>(i));
    };
    each_of(round.touched, [this](unsigned queue) { rx[queue].write_back(); });
    each_of(round.touched, [this](unsigned queue) { rx[queue].show_head(); });
    each_of(round.delivered, [this](unsigned queue) {
        const Delivered delivered = std::exchange(fresh[queue], {});
        rx_account.delivered += delivered.frames;
        queues[queue].rx_frames += delivered.frames;
        queues[queue].rx_bytes += delivered.bytes;
        count_queue_rx(regs, queue, delivered.frames, delivered.bytes);
        causes.rx_cause(queue);
    });
}

// Transmit: the queues take turns, so that none starves the others.
unsigned Nic::Impl::empty_rings(unsigned budget) {
    const std::bitset<kQueues> due = watched | tx_due;
    if (due.none() || regs.field<DMATXCTL, DMATXCTL::TE>() == 0 || !link_up) return 0;
    constexpr unsigned kTurn = 32;
    unsigned moved = 0;
    std::size_t first_idle = kQueues;  // since somebody had work
    while (moved < budget) {
        tx_turn = due._Find_next(tx_turn);
        if (tx_turn >= kQueues) tx_turn = due._Find_first();
        if (tx_turn == first_idle) break;
        const unsigned work = send(static_cast<unsigned>(tx_turn), std::min(kTurn, budget - moved));
        moved += work;
        if (work != 0)
            first_idle = kQueues;
        else if (first_idle == kQueues)
            first_idle = tx_turn;
    }
    return moved;
}

unsigned Nic::Impl::send(unsigned pair, unsigned budget) {
    const TxRing::Sent sent = tx[pair].send(dma, wire, budget);
    tx_due[pair] = !watched[pair] && tx[pair].has_work();
    if (sent.work() == 0 && sent.packets == 0) return 0;
    QueueAccount& account = queues[pair];
    account.tx_frames += sent.frames;
    account.tx_bytes += sent.bytes;
    account.tx_dropped += sent.dma_faults + sent.bad;
    account.dma_faults += sent.dma_faults;
    tx_account.transmitted += sent.frames;
    tx_account.dma_fault += sent.dma_faults;
    tx_account.bad_descriptor += sent.bad;
    count_queue_tx(regs, pair, sent.frames, sent.bytes);
    if (sent.packets != 0) causes.tx_cause(pair);
    return sent.work();
}

// Words in the pair's blocks that belong to no register and yet were written.
void Nic::Impl::count_stray(unsigned pair) {
    const auto look = [&](const auto& block, std::uint32_t base) {
        for (std::uint32_t offset = 0; offset < block.kLen; offset += 4) {
            if (RegisterFile::find(base + offset).row == nullptr && block.word(offset) != 0)
                regs.note_unknown(base + offset, true);
        }
    };
    look(rx[pair].block(), RDBAL::at(pair));
    look(tx[pair].block(), TDBAL::at(pair));
}

Nic::Nic(const NicConfig& config, Dma& dma, Wire& wire, Interrupts& interrupts)
    : impl_(std::make_unique<Impl>(config, dma, wire, interrupts)) {}
Nic::~Nic() = default;

std::uint32_t Nic::read32(std::uint32_t offset) {
    if (impl_->regs.shared()) impl_->refresh();
    return impl_->read(offset);
}
void Nic::write32(std::uint32_t offset, std::uint32_t value) {
    if (impl_->regs.shared()) impl_->refresh();
    impl_->write(offset, value);
}

std::uint32_t Nic::peek32(std::uint32_t offset) const {
    const std::uint32_t at = canonical(offset);
    const RegisterFile::Place place = RegisterFile::find(at);
    if (place.row == nullptr) return 0;
    for (unsigned pair = 0; pair < kQueues && place.row->hook != Hook::counter; ++pair) {
        if (!impl_->lent[pair]) continue;
        if (const std::uint32_t rx = at - RDBAL::at(pair); rx < RxBlock::kLen) return impl_->rx[pair].block().word(rx);
        if (const std::uint32_t tx = at - TDBAL::at(pair); tx < TxBlock::kLen) return impl_->tx[pair].block().word(tx);
    }
    return impl_->look(place, at);
}

void Nic::lend(unsigned pair, std::byte* rx_page, std::byte* tx_page) {
    if (pair >= kQueues || impl_->regs.shared()) return;
    constexpr std::uint32_t kInPage = kPageLen - 1;
    impl_->lent[pair] = true;
    impl_->rx[pair].attach(RxBlock{rx_page + (RDBAL::at(pair) & kInPage)});
    impl_->tx[pair].attach(TxBlock{tx_page + (TDBAL::at(pair) & kInPage)});
    impl_->drop_stale();
    impl_->rx[pair].block().clear();
    impl_->tx[pair].block().clear();
    impl_->rx[pair].block().set(RegisterFile::reset_value<SRRCTL>());
    impl_->queues[pair] = {};
    impl_->watched[pair] = true;
    impl_->tx_due[pair] = false;
}

void Nic::take_back(unsigned pair) {
    if (pair >= kQueues || !impl_->lent[pair]) return;
    impl_->count_stray(pair);
    impl_->lent[pair] = false;
    impl_->attach_own(pair);
    impl_->drop_stale();
    for (const std::uint32_t offset : {RXDCTL::at(pair), TXDCTL::at(pair)}) impl_->regs.word(offset) = 0;
    impl_->watched[pair] = false;
}

void Nic::sync() { impl_->refresh(); }

void Nic::receive(Frame frame) {
    Impl::RxRound round;  // nothing moves
    impl_->take_arrived(round, 0, {&frame, 1});
    impl_->judge.count();
}

unsigned Nic::poll(unsigned budget, std::span<const Frame> arrived) {
    ++impl_->polls;
    impl_->dma.renew();
    impl_->refresh();
    Impl::RxRound round;
    impl_->begin_round(round);
    impl_->fill_rings(round, budget);
    impl_->take_arrived(round, budget, arrived);
    impl_->judge.count();
    impl_->end_round(round);
    const unsigned sent = impl_->empty_rings(budget);
    impl_->wire.count(impl_->regs);
    return round.moved + sent;
}

void Nic::advance(std::uint64_t now_ns) { impl_->causes.advance(now_ns); }
std::optional<std::uint64_t> Nic::wake_at_ns() const noexcept {
    const std::optional<std::uint64_t> interrupt = impl_->causes.due_ns(), large = impl_->coalescer.due_ns();
    return interrupt && large ? std::min(interrupt, large) : interrupt ? interrupt : large;
}
bool Nic::tx_waiting() const noexcept { return impl_->wire.full(); }
void Nic::set_link(bool up) {
    if (std::exchange(impl_->link_up, up) != up) impl_->causes.link_changed();
}

const RxAccount& Nic::rx_account() const noexcept { return impl_->rx_account; }
const TxAccount& Nic::tx_account() const noexcept { return impl_->tx_account; }
QueueAccount Nic::queue_account(unsigned pair) const noexcept {
    return pair < kQueues ? impl_->queues[pair] : QueueAccount{};
}
std::size_t Nic::rx_pending() const noexcept { return impl_->buffer.size() + impl_->coalescer.frames(); }
std::vector<Nic::UnknownAccess> Nic::unknown_accesses() const { return impl_->regs.unknown(); }

}  // namespace bifurc::model
