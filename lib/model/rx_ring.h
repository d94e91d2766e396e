// SPDX-License-Identifier: BSD-3-Clause
// One receive queue: 82599 DS 7.1.4 to 7.1.6. The descriptors from RDH up to, and without, RDT are the NIC's.
#pragma once

#include <array>
#include <optional>

#include "classify.h"
#include "hw/desc.h"
#include "queue_block.h"
#include "ring_memory.h"

namespace bifurc::model {

class RxRing {
public:
    void attach(RxBlock block) noexcept;
    [[nodiscard]] const RxBlock& block() const noexcept { return block_; }

    // Looks at RXDCTL: on 0 -> 1 the ring's place is latched (DS 4.6.7); on 1 -> 0 the queue is idle at once. A ring
    // that moved, or whose head was set, was disabled in between: only then may it be (DS 8.2.3.8.1 to 8.2.3.8.4).
    void refresh() noexcept;
    [[nodiscard]] bool enabled() const noexcept { return enabled_; }
    // Steps with each ring that is latched: what was taken from an earlier one has no place to go back to.
    [[nodiscard]] std::uint64_t latched() const noexcept { return latched_; }

    enum class Outcome {
        delivered,
        blocked,  // no descriptor, and drop is not enabled: the frame keeps the head of the packet buffer
        no_descriptor,
        disabled,
        dma_fault,
        bad_descriptor,
    };
    // `poll`: its number; registers are looked at once in each. `always_drop`: QDE for this queue. Never touches memory
    // beyond what the descriptors say. What the driver sees of it comes with write_back().
    [[nodiscard]] Outcome deliver(DmaCursor& dma, std::uint64_t poll, Bytes frame, const RxVerdict& verdict,
                                  bool always_drop) {
        if (!enabled_) return Outcome::disabled;
        read_settings(dma, poll);
        const bool small = frame.size() <= settings_.small && !(verdict.tagged && settings_.strip);
        if (small && head_ != settings_.tail) return write_small(dma, frame, verdict);
        return deliver_large(dma, frame, verdict, always_drop);
    }

    // A frame is to come in this poll: its descriptor is fetched ahead. The driver's core had it last, and to come by
    // it takes longer than all else that is done to a frame.
    void expect(DmaCursor& dma, std::uint64_t poll) noexcept {
        if (!enabled_) return;
        read_settings(dma, poll);
        if (!settings_.good || expected_ == settings_.tail) return;
        ring_.prefetch(expected_);
        expected_ = ring_.next(expected_);
    }

    // A descriptor at a time, for frames that are put together (DS 7.11). Nothing: this queue does not do that. What is
    // said here is true until the poll ends.
    struct Coalescing {
        unsigned max_descriptors;
        std::uint32_t buffer_bytes;
        std::uint32_t header_bytes;  // longer than a header has to be
        bool strip;
    };
    [[nodiscard]] std::optional<Coalescing> coalescing(DmaCursor& dma, std::uint64_t poll) noexcept;
    // Where the ring lies in this poll: before what was taken in an earlier one is given back.
    void look(DmaCursor& dma, std::uint64_t poll) noexcept { read_settings(dma, poll); }
    [[nodiscard]] std::uint32_t available() const noexcept { return ring_.between(head_, settings_.tail); }
    struct Posted {
        std::uint32_t slot;
        std::uint64_t buffer;
    };
    // One that is available(). false: the ring is not mapped, nothing was taken.
    [[nodiscard]] bool take(DmaCursor& dma, Posted& posted) noexcept;
    // What was taken, in any order. false: the ring is not mapped.
    [[nodiscard]] bool give_back(DmaCursor& dma, std::uint32_t slot, const RawDescriptor& desc) noexcept;

    // Completed descriptors go back together, as the chip writes them: a driver that waits for the next one would else
    // get hold of their cache line after each. All of them, and before the poll ends.
    void write_back() noexcept {
        for (std::size_t i = 0; i < waiting_; ++i) RingMemory::store(done_[i].at, done_[i].desc);
        waiting_ = 0;
    }
    // RDH, behind all write-backs of the poll: an access that cannot be split waits for everything stored before it.
    void show_head() noexcept;

private:
    // The registers that a frame asks for, looked at once a poll.
    struct Settings {
        std::uint32_t tail;
        std::uint32_t buffer_bytes;
        std::uint32_t small;  // no longer frame fits into one buffer; 0: the queue cannot take frames
        bool legacy;
        bool drop;
        bool strip;
        bool good;  // a queue that can take frames
    };
    void read_settings(DmaCursor& dma, std::uint64_t poll) noexcept {
        if (read_in_ != poll) read_anew(dma, poll);
    }
    void read_anew(DmaCursor& dma, std::uint64_t poll) noexcept;
    [[nodiscard]] Outcome write_small(DmaCursor& dma, Bytes frame, const RxVerdict& verdict);
    [[nodiscard]] Outcome deliver_large(DmaCursor& dma, Bytes frame, const RxVerdict& verdict, bool always_drop);
    [[nodiscard]] Outcome write_frame(DmaCursor& dma, std::span<const Bytes, 2> pieces, std::uint32_t len,
                                      const RxVerdict& verdict);
    [[nodiscard]] bool complete(DmaCursor& dma, std::uint32_t slot, const RawDescriptor& desc) noexcept;
    void complete(std::byte* at, const RawDescriptor& desc) noexcept {
        if (waiting_ == done_.size()) write_back();
        done_[waiting_++] = {at, desc};
    }
    [[nodiscard]] RawDescriptor done(std::uint64_t posted, const RxVerdict& verdict, std::uint32_t len, bool last,
                                     bool broken) const noexcept;

    RxBlock block_;
    RingMemory ring_;
    RingPlace place_{};  // as latched, with the head that the driver sees
    std::uint32_t head_ = 0;
    std::uint64_t latched_ = 0;
    bool enabled_ = false;
    bool usable_ = false;        // base and length make sense
    std::uint64_t read_in_ = 0;  // in which poll settings_ were read
    Settings settings_{};
    std::uint32_t expected_ = 0;  // the descriptor of the next frame that is told of, in this poll

    struct Done {
        std::byte* at;
        RawDescriptor desc;
    };
    std::array<Done, 32> done_;
    std::size_t waiting_ = 0;
};

// What each frame goes through.

// The descriptor written back, in the place of one whose buffer is at `posted`.
inline RawDescriptor RxRing::done(std::uint64_t posted, const RxVerdict& verdict, std::uint32_t len, bool last,
                                  bool broken) const noexcept {
    std::uint32_t status = hw::RxStatus::DD::mask;
    if (last) status |= hw::RxStatus::EOP::mask | verdict.status_error | (broken ? hw::RxStatus::RXE::mask : 0);
    const std::uint64_t vlan = std::uint64_t{last ? verdict.vlan : 0u} << 48;
    if (settings_.legacy) {  // DS 7.1.5: length, checksum, status, errors, VLAN; the address stays
        return {posted, len | std::uint64_t{status & 0xff} << 32 | std::uint64_t{status >> 24 & 0xff} << 40 | vlan};
    }
    return {last ? verdict.pkt_info | std::uint64_t{verdict.hash} << 32 : 0, status | std::uint64_t{len} << 32 | vlan};
}

// One buffer, all of the frame: what write_frame does, without its loops.
inline RxRing::Outcome RxRing::write_small(DmaCursor& dma, Bytes frame, const RxVerdict& verdict) {
    const auto len = static_cast<std::uint32_t>(frame.size());
    std::byte* const at = ring_.place_of(dma, head_);
    if (at == nullptr) return write_frame(dma, std::array<Bytes, 2>{frame, Bytes{}}, len, verdict);
    const std::uint64_t buffer = RingMemory::load_low(at);
    const bool broken = !copy_out(dma, buffer, frame);
    complete(at, done(buffer, verdict, len, true, broken));
    head_ = ring_.next(head_);
    return broken ? Outcome::dma_fault : Outcome::delivered;
}

}  // namespace bifurc::model
