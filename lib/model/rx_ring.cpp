// SPDX-License-Identifier: BSD-3-Clause
#include "rx_ring.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hw/desc.h"

namespace bifurc::model {

using namespace hw::ixgbe;
using hw::RxStatus;

void RxRing::attach(RxBlock block) noexcept {
    block_ = block;
    enabled_ = false;
    waiting_ = 0;
}

void RxRing::refresh() noexcept {
    read_in_ = 0;
    const bool wanted = block_.get<RXDCTL>(std::memory_order_acquire).get<RXDCTL::ENABLE>() != 0;
    const bool was = std::exchange(enabled_, wanted);
    if (!wanted) return;
    const RingPlace now = block_.place();
    if (was && now == place_) return;
    place_ = now;
    ++latched_;
    usable_ = ring_.place(place_.bus(), place_.len_bytes);
    head_ = RDH::value{place_.head}.get<RDH::HEAD>();
    if (head_ >= ring_.size()) usable_ = false;
}

// DS 8.2.3.8.7. Header split and replication are not modelled: such a queue takes no frames.
void RxRing::read_anew(DmaCursor& dma, std::uint64_t poll) noexcept {
    read_in_ = poll;
    ring_.look(dma);
    const auto srrctl = block_.get<SRRCTL>();
    const std::uint32_t type = srrctl.get<SRRCTL::DESCTYPE>();
    settings_ = {.tail = block_.get<RDT>(std::memory_order_acquire).raw,
                 .buffer_bytes = srrctl.get<SRRCTL::BSIZEPACKET>() * 1024,
                 .small = 0,
                 .legacy = type == SRRCTL::kLegacy,
                 .drop = srrctl.get<SRRCTL::Drop_En>() != 0,
                 .strip = block_.get<RXDCTL>().get<RXDCTL::VME>() != 0,
                 .good = false};
    settings_.good = usable_ && settings_.tail < ring_.size() && settings_.buffer_bytes != 0 &&
                     settings_.buffer_bytes <= 16 * 1024 && (settings_.legacy || type == SRRCTL::kAdvancedOneBuffer);
    if (settings_.good) settings_.small = settings_.buffer_bytes;
    expected_ = head_;
}

RxRing::Outcome RxRing::deliver_large(DmaCursor& dma, Bytes frame, const RxVerdict& verdict, bool always_drop) {
    if (!settings_.good) return Outcome::bad_descriptor;
    // DS 7.4.5: with VME the tag goes into the descriptor and out of the frame.
    const bool strip = verdict.tagged && settings_.strip;
    const auto len = static_cast<std::uint32_t>(frame.size() - (strip ? kVlanTag : 0));
    const std::uint32_t needed = (len + settings_.buffer_bytes - 1) / settings_.buffer_bytes;
    if (needed >= ring_.size()) return Outcome::bad_descriptor;  // the ring could never hold it
    if (ring_.between(head_, settings_.tail) < needed)
        return always_drop || settings_.drop ? Outcome::no_descriptor : Outcome::blocked;
    const std::array<Bytes, 2> pieces{frame.first(strip ? 12 : frame.size()),
                                      strip ? frame.subspan(12 + kVlanTag) : Bytes{}};
    return write_frame(dma, pieces, len, verdict);
}

bool RxRing::complete(DmaCursor& dma, std::uint32_t slot, const RawDescriptor& desc) noexcept {
    if (std::byte* const at = ring_.place_of(dma, slot); at != nullptr) {
        complete(at, desc);
        return true;
    }
    write_back();
    return ring_.store(dma, slot, desc);
}

bool RxRing::give_back(DmaCursor& dma, std::uint32_t slot, const RawDescriptor& desc) noexcept {
    return complete(dma, slot, desc);
}

// DS 4.6.7.2.2, 8.2.3.8.13.
std::optional<RxRing::Coalescing> RxRing::coalescing(DmaCursor& dma, std::uint64_t poll) noexcept {
    if (!enabled_) return std::nullopt;
    read_settings(dma, poll);
    const auto rscctl = block_.get<RSCCTL>();
    if (!settings_.good || settings_.legacy || rscctl.get<RSCCTL::RSCEN>() == 0) return std::nullopt;
    constexpr std::array kMaxDescriptors{1u, 4u, 8u, 16u};
    return Coalescing{.max_descriptors = kMaxDescriptors[rscctl.get<RSCCTL::MAXDESC>()],
                      .buffer_bytes = settings_.buffer_bytes,
                      .header_bytes = block_.get<SRRCTL>().get<SRRCTL::BSIZEHEADER>() * 64,
                      .strip = settings_.strip};
}

bool RxRing::take(DmaCursor& dma, Posted& posted) noexcept {
    RawDescriptor desc{};
    if (!ring_.load(dma, head_, desc)) return false;
    posted = {head_, desc.low};
    head_ = ring_.next(head_);
    return true;
}

void RxRing::show_head() noexcept {
    if (block_.replace<RDH>(place_.head, {head_})) place_.head = head_;
}

// A buffer that is not mapped loses the frame; its descriptor still completes, marked as an error, so that the driver
// gets it back and never takes old memory for a frame. A ring that is not mapped moves nothing.
RxRing::Outcome RxRing::write_frame(DmaCursor& dma, std::span<const Bytes, 2> pieces, std::uint32_t len,
                                    const RxVerdict& verdict) {
    std::uint32_t at_frame = 0;
    bool broken = false;
    while (at_frame < len) {
        RawDescriptor desc{};
        if (!ring_.load(dma, head_, desc)) return Outcome::dma_fault;
        const std::uint32_t part = std::min(settings_.buffer_bytes, len - at_frame);
        std::uint32_t written = 0;
        while (written < part && !broken) {
            const bool first = at_frame + written < pieces[0].size();
            const std::size_t at = at_frame + written - (first ? 0 : pieces[0].size());
            const Bytes rest = pieces[first ? 0 : 1].subspan(at);
            const auto chunk = static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), part - written));
            broken = !copy_out(dma, desc.low + written, rest.first(chunk));
            written += chunk;
        }
        at_frame += part;
        if (!complete(dma, head_, done(desc.low, verdict, part, at_frame == len, broken))) return Outcome::dma_fault;
        head_ = ring_.next(head_);
    }
    return broken ? Outcome::dma_fault : Outcome::delivered;
}

}  // namespace bifurc::model
