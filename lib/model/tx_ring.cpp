// SPDX-License-Identifier: BSD-3-Clause
#include "tx_ring.h"

#include <algorithm>
#include <utility>

#include "hw/desc.h"

namespace bifurc::model {

using namespace hw::ixgbe;
using hw::TxCmd;
using hw::TxOlinfo;

namespace {

constexpr std::size_t kLongestFrame = 15872;     // DS 8.2.3.22.13, MAXFRS
constexpr std::size_t kLongestTso = 256 * 1024;  // DS 7.2.4.2

hw::Value<TxCmd> command_of(const RawDescriptor& desc) noexcept { return {static_cast<std::uint32_t>(desc.high)}; }
std::uint32_t olinfo_of(const RawDescriptor& desc) noexcept { return static_cast<std::uint32_t>(desc.high >> 32); }
bool is_context(hw::Value<TxCmd> command) noexcept {
    return command.get<TxCmd::DEXT>() != 0 && command.get<TxCmd::DTYP>() == TxCmd::kContext;
}
bool is_data(hw::Value<TxCmd> command) noexcept {  // advanced, or DS 7.2.3.2.2: legacy
    return command.get<TxCmd::DEXT>() == 0 || command.get<TxCmd::DTYP>() == TxCmd::kData;
}

}  // namespace

void TxRing::attach(TxBlock block) noexcept {
    block_ = block;
    enabled_ = false;
    pending_ = false;
}

void TxRing::refresh() noexcept {
    const bool wanted = block_.get<TXDCTL>(std::memory_order_acquire).get<TXDCTL::ENABLE>() != 0;
    const bool was = std::exchange(enabled_, wanted);
    pending_ = pending_ && wanted;
    if (!wanted) return;
    const RingPlace now = block_.place();
    if (was && now == place_) return;
    place_ = now;
    pending_ = false;
    usable_ = ring_.place(place_.bus(), place_.len_bytes);
    head_ = TDH::value{place_.head}.get<TDH::HEAD>();
    if (head_ >= ring_.size()) usable_ = false;
    contexts_ = {};
}

void TxRing::take_context(const RawDescriptor& desc) noexcept {
    const std::uint32_t last = olinfo_of(desc);
    contexts_[last >> TxOlinfo::IDX::lo & 1] =
        decode_context(static_cast<std::uint32_t>(desc.low), static_cast<std::uint32_t>(desc.high), last);
}

// DS 7.2.3.2.4: the first data descriptor of a packet says what is to be done with it.
void TxRing::take_request(std::uint32_t raw_command, std::uint32_t raw_olinfo) noexcept {
    const hw::Value<TxCmd> command{raw_command};
    const hw::Value<TxOlinfo> olinfo{raw_olinfo};
    context_slot_ = olinfo.get<TxOlinfo::IDX>() & 1;
    request_ = {};
    request_.vlan_insert = command.get<TxCmd::VLE>() != 0;
    if (command.get<TxCmd::DEXT>() == 0) {
        request_.vlan = static_cast<std::uint16_t>(raw_olinfo >> 16);
        return;
    }
    request_.ip_checksum = olinfo.get<TxOlinfo::IXSM>() != 0;
    request_.l4_checksum = olinfo.get<TxOlinfo::TXSM>() != 0;
    request_.segment = command.get<TxCmd::TSE>() != 0;
    request_.payload_len = olinfo.get<TxOlinfo::PAYLEN>();
    request_.vlan = contexts_[context_slot_].vlan;
}

// What most packets are: one advanced descriptor, and nothing is to be done to the frame. What gather(), offer() and
// give_back() do with it, at once. false: it is another packet, or the wire is full; nothing was done.
inline bool TxRing::send_simple(DmaCursor& dma, CountedWire& wire, const RawDescriptor& first, Sent& sent) {
    constexpr std::uint32_t kLooked =
        TxCmd::DEXT::mask | TxCmd::DTYP::mask | TxCmd::EOP::mask | TxCmd::TSE::mask | TxCmd::VLE::mask;
    constexpr std::uint32_t kSimple = TxCmd::DEXT::mask | TxCmd::kData << TxCmd::DTYP::lo | TxCmd::EOP::mask;
    const auto command = command_of(first);
    const hw::Value<TxOlinfo> olinfo{olinfo_of(first)};
    const std::uint32_t len = command.get<TxCmd::DTALEN>();
    const bool simple = (command.raw & kLooked) == kSimple && olinfo.get<TxOlinfo::PAYLEN>() == len &&
                        (olinfo.raw & (TxOlinfo::IXSM::mask | TxOlinfo::TXSM::mask)) == 0 && len >= kShortestFrame &&
                        len <= kLongestFrame;
    const std::byte* const from = simple ? dma.direct(first.low, len) : nullptr;
    if (from == nullptr) return false;
    if (memory_.size() < len) memory_.resize(len);
    copy_bytes(memory_.data(), from, len);
    if (!wire.transmit(Bytes{memory_}.first(len))) return false;
    ++sent.frames;
    ++sent.packets;
    sent.bytes += len;
    end_ = ring_.next(head_);
    if (command.get<TxCmd::RS>() != 0) {
        reports_.assign(1, head_);
        report(dma);
    }
    head_ = end_;
    return true;
}

bool TxRing::append(DmaCursor& dma, std::uint64_t bus, std::uint32_t len, bool& fault) {
    const std::size_t at = std::exchange(len_, len_ + len);
    if (len_ > kLongestTso) return false;
    if (memory_.size() < len_) memory_.resize(len_);
    if (!fault) fault = !copy_in(dma, bus, std::span{memory_}.subspan(at, len));
    return true;
}

// Collects the packet at the head. What no NIC could send is consumed whole, so that the ring goes on behind it.
TxRing::Gathered TxRing::gather(DmaCursor& dma, std::uint32_t tail, const RawDescriptor& first_one) {
    len_ = 0;
    reports_.clear();
    next_segment_ = 0;
    bool first = true, fault = false, bad = false;
    for (std::uint32_t slot = head_; slot != tail; slot = ring_.next(slot)) {
        RawDescriptor desc = first_one;
        if (slot != head_ && !ring_.load(dma, slot, desc)) return Gathered::halted;
        if (slot != head_) ring_.prefetch(dma, slot, tail);
        const auto command = command_of(desc);
        if (command.get<TxCmd::RS>() != 0) reports_.push_back(slot);
        end_ = ring_.next(slot);
        if (is_context(command) && first) {
            take_context(desc);
            continue;
        }
        if (!is_data(command)) bad = true;
        if (first) take_request(command.raw, olinfo_of(desc));
        first = false;
        const std::uint32_t len = command.get<TxCmd::DTALEN>();
        if (len == 0 || bad || !append(dma, desc.low, len, fault)) bad = true;
        if (command.get<TxCmd::EOP>() == 0) continue;
        const std::size_t longest = request_.segment ? kLongestTso : kLongestFrame;
        const TxContext& context = contexts_[context_slot_];
        bad = bad || len_ > longest || len_ < kEthernetHeader || !possible(context, request_, len_);
        return bad ? Gathered::bad : fault ? Gathered::dma_fault : Gathered::packet;
    }
    // No end of packet yet: more may come, unless the ring is full of it.
    if (ring_.between(head_, tail) + 1 == ring_.size()) return Gathered::bad;
    return Gathered::incomplete;
}

// What goes out is the packet itself where nothing is to be done to it but padding.
Bytes TxRing::frame(std::size_t segment) {
    if (plain(request_)) {
        if (len_ >= kShortestFrame) return packet();
        if (memory_.size() < kShortestFrame) memory_.resize(kShortestFrame);
        std::fill(memory_.begin() + static_cast<std::ptrdiff_t>(len_), memory_.begin() + kShortestFrame, std::byte{0});
        return Bytes{memory_}.first(kShortestFrame);
    }
    make_segment(contexts_[context_slot_], request_, packet(), segment, segment_);
    return segment_;
}

bool TxRing::offer(CountedWire& wire, Sent& sent, unsigned budget) {
    const TxContext& context = contexts_[context_slot_];
    const std::size_t total = segments(context, request_, len_);
    while (next_segment_ < total) {
        if (sent.work() >= budget) return false;
        const Bytes out = frame(next_segment_);
        if (!wire.transmit(out)) return false;
        ++next_segment_;
        ++sent.frames;
        sent.bytes += out.size();
    }
    return true;
}

void TxRing::give_back(DmaCursor& dma) {
    if (!reports_.empty()) report(dma);
    head_ = end_;
}

// Unless the driver has written it meanwhile.
void TxRing::show_head(std::uint32_t head) noexcept {
    if (head != place_.head && block_.replace<TDH>(place_.head, {head})) place_.head = head;
}

// DS 7.2.3.5.1 and 7.2.3.5.2: DD in the descriptors with RS, or the head in memory. Every report is written at once,
// which any WTHRESH allows. A NIC fetches before it sends: whoever sees DD finds the head behind it.
void TxRing::report(DmaCursor& dma) {
    show_head(end_);
    const auto where = block_.get<TDWBAL>();
    if (where.get<TDWBAL::Head_WB_En>() != 0) {
        const std::uint64_t bus = std::uint64_t{block_.get<TDWBAH>().raw} << 32 | (where.raw & ~3u);
        static_cast<void>(copy_out(dma, bus, std::as_bytes(std::span{&end_, 1})));
    } else {
        constexpr RawDescriptor kDone{0, std::uint64_t{hw::TxStatus::DD::mask} << 32};
        for (const std::uint32_t slot : reports_) static_cast<void>(ring_.store(dma, slot, kDone));
    }
}

inline TxRing::Gathered TxRing::take(DmaCursor& dma, CountedWire& wire, std::uint32_t tail, Sent& sent) {
    RawDescriptor first{};
    if (!ring_.load(dma, head_, first)) return Gathered::halted;
    ring_.prefetch(dma, head_, tail);
    return send_simple(dma, wire, first, sent) ? Gathered::gone : gather(dma, tail, first);
}

TxRing::Sent TxRing::send(DmaCursor& dma, CountedWire& wire, unsigned budget) {
    Sent sent;
    if (!enabled_ || !usable_) return sent;
    const std::uint32_t tail = block_.get<TDT>(std::memory_order_acquire).raw;
    if (tail >= ring_.size()) {
        usable_ = false;  // until the queue is enabled anew
        ++sent.bad;
        return sent;
    }
    ring_.look(dma);
    while (sent.work() < budget && (pending_ || head_ != tail)) {
        const Gathered got = pending_ ? Gathered::packet : take(dma, wire, tail, sent);
        if (got == Gathered::gone) continue;
        if (got == Gathered::incomplete) break;
        if (got == Gathered::halted) {  // the ring itself is not mapped
            usable_ = false;
            ++sent.dma_faults;
            break;
        }
        if (got == Gathered::dma_fault) ++sent.dma_faults;
        if (got == Gathered::bad) ++sent.bad;
        pending_ = got == Gathered::packet;
        if (pending_ && !offer(wire, sent, budget)) break;
        pending_ = false;
        give_back(dma);
        ++sent.packets;
    }
    if (sent.packets != 0) show_head(head_);
    return sent;
}

}  // namespace bifurc::model
