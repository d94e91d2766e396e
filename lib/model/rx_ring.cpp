// SPDX-License-Identifier: BSD-3-Clause
#include "rx_ring.h"

#include <algorithm>
#include <array>

#include "hw/desc.h"

namespace bifurc::model {

using namespace hw::ixgbe;
using hw::RxStatus;

void RxRing::attach(RxBlock block) noexcept {
    block_ = block;
    enabled_ = false;
}

void RxRing::refresh() noexcept {
    const bool wanted = block_.get<RXDCTL>(std::memory_order_acquire).get<RXDCTL::ENABLE>() != 0;
    if (wanted == enabled_) return;
    enabled_ = wanted;
    if (!wanted) return;
    const std::uint64_t bus = std::uint64_t{block_.get<RDBAH>().raw} << 32 | block_.get<RDBAL>().raw;
    usable_ = ring_.place(bus, block_.get<RDLEN>().raw);
    head_ = block_.get<RDH>().get<RDH::HEAD>();
    if (head_ >= ring_.size()) usable_ = false;
}

// DS 8.2.3.8.7. Header split and replication are not modelled: such a queue takes no frames.
bool RxRing::layout(Layout& out) const noexcept {
    const auto srrctl = block_.get<SRRCTL>();
    const std::uint32_t type = srrctl.get<SRRCTL::DESCTYPE>();
    out.buffer_bytes = srrctl.get<SRRCTL::BSIZEPACKET>() * 1024;
    out.legacy = type == SRRCTL::kLegacy;
    return out.buffer_bytes != 0 && out.buffer_bytes <= 16 * 1024 && (out.legacy || type == SRRCTL::kAdvancedOneBuffer);
}

RxRing::Outcome RxRing::deliver(DmaCursor& dma, Bytes frame, const RxVerdict& verdict, bool tagged, bool always_drop) {
    if (!enabled_) return Outcome::disabled;
    Layout how{};
    const std::uint32_t tail = block_.get<RDT>(std::memory_order_acquire).raw;
    if (!usable_ || tail >= ring_.size() || !layout(how)) return Outcome::bad_descriptor;

    // DS 7.4.5: with VME the tag goes into the descriptor and out of the frame.
    const bool strip = tagged && block_.get<RXDCTL>().get<RXDCTL::VME>() != 0;
    const std::array<Bytes, 2> pieces{frame.first(strip ? 12 : frame.size()),
                                      strip ? frame.subspan(12 + kVlanTag) : Bytes{}};
    const auto len = static_cast<std::uint32_t>(pieces[0].size() + pieces[1].size());
    const std::uint32_t needed = (len + how.buffer_bytes - 1) / how.buffer_bytes;
    if (needed >= ring_.size()) return Outcome::bad_descriptor;  // the ring could never hold it
    if (ring_.between(head_, tail) < needed) {
        const bool drop = always_drop || block_.get<SRRCTL>().get<SRRCTL::Drop_En>() != 0;
        return drop ? Outcome::no_descriptor : Outcome::blocked;
    }
    return write_frame(dma, pieces, len, verdict, how);
}

// A buffer that is not mapped loses the frame; its descriptor still completes, marked as an error, so that the driver
// gets it back and never takes old memory for a frame. A ring that is not mapped moves nothing.
RxRing::Outcome RxRing::write_frame(DmaCursor& dma, std::span<const Bytes, 2> pieces, std::uint32_t len,
                                    const RxVerdict& verdict, const Layout& how) {
    std::uint32_t done = 0;
    bool broken = false;
    while (done < len) {
        RawDescriptor desc{};
        if (!ring_.load(dma, head_, desc)) return Outcome::dma_fault;
        const std::uint32_t part = std::min(how.buffer_bytes, len - done);
        std::uint32_t written = 0;
        while (written < part && !broken) {
            const bool first = done + written < pieces[0].size();
            const std::size_t at = done + written - (first ? 0 : pieces[0].size());
            const Bytes rest = pieces[first ? 0 : 1].subspan(at);
            const auto chunk = static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), part - written));
            broken = !copy_out(dma, desc.low + written, rest.first(chunk));
            written += chunk;
        }
        done += part;
        if (!complete(dma, verdict, how, part, done == len, broken)) return Outcome::dma_fault;
        head_ = ring_.next(head_);
        block_.set<RDH>({head_});
    }
    return broken ? Outcome::dma_fault : Outcome::delivered;
}

bool RxRing::complete(DmaCursor& dma, const RxVerdict& verdict, const Layout& how, std::uint32_t len, bool last,
                      bool broken) {
    std::uint32_t status = RxStatus::DD::mask;
    if (last) status |= RxStatus::EOP::mask | verdict.status_error | (broken ? RxStatus::RXE::mask : 0);
    RawDescriptor desc{};
    if (how.legacy) {  // DS 7.1.5: length, checksum, status, errors, VLAN; the address stays
        RawDescriptor posted{};
        if (!ring_.load(dma, head_, posted)) return false;
        desc.low = posted.low;
        desc.high = len | std::uint64_t{status & 0xff} << 32 | std::uint64_t{status >> 24 & 0xff} << 40 |
                    std::uint64_t{last ? verdict.vlan : 0u} << 48;
    } else {
        desc.low = last ? verdict.pkt_info | std::uint64_t{verdict.hash} << 32 : 0;
        desc.high = status | std::uint64_t{len} << 32 | std::uint64_t{last ? verdict.vlan : 0u} << 48;
    }
    return ring_.store(dma, head_, desc);
}

}  // namespace bifurc::model
