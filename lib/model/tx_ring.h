// SPDX-License-Identifier: BSD-3-Clause
// One transmit queue: 82599 DS 7.2. The descriptors from TDH up to, and without, TDT are the NIC's.
#pragma once

#include <array>
#include <vector>

#include "counted_wire.h"
#include "queue_block.h"
#include "ring_memory.h"
#include "tx_offload.h"

namespace bifurc::model {

class TxRing {
public:
    void attach(TxBlock block) noexcept;
    [[nodiscard]] const TxBlock& block() const noexcept { return block_; }
    void refresh() noexcept;  // as RxRing's
    [[nodiscard]] bool enabled() const noexcept { return enabled_; }

    struct Sent {
        unsigned frames = 0;
        std::uint64_t bytes = 0;
        unsigned packets = 0;  // that descriptors were given back for, whatever became of them
        unsigned dma_faults = 0;
        unsigned bad = 0;
        [[nodiscard]] unsigned work() const noexcept { return frames + dma_faults + bad; }
    };
    // Something may be left to do after send().
    [[nodiscard]] bool has_work() const noexcept {
        return enabled_ && usable_ && (pending_ || block_.get<hw::ixgbe::TDT>().raw != head_);
    }
    // Sends frames until the budget, the ring or the wire's room is used up. A packet that becomes more frames than the
    // budget goes on in the next call.
    [[nodiscard]] Sent send(DmaCursor& dma, CountedWire& wire, unsigned budget);

private:
    enum class Gathered { gone, packet, incomplete, dma_fault, bad, halted };
    // The packet at the head. `gone`: that has been sent already, and its descriptor is the driver's again.
    [[nodiscard]] Gathered take(DmaCursor& dma, CountedWire& wire, std::uint32_t tail, Sent& sent);
    // `first`: its first descriptor, which is read once.
    [[nodiscard]] bool send_simple(DmaCursor& dma, CountedWire& wire, const RawDescriptor& first, Sent& sent);
    [[nodiscard]] Gathered gather(DmaCursor& dma, std::uint32_t tail, const RawDescriptor& first);
    [[nodiscard]] bool append(DmaCursor& dma, std::uint64_t bus, std::uint32_t len, bool& fault);
    void take_context(const RawDescriptor& desc) noexcept;
    void take_request(std::uint32_t command, std::uint32_t olinfo) noexcept;
    // The descriptors from head_ to end_ are the driver's again; DD where it asked for a report.
    void give_back(DmaCursor& dma);
    void show_head(std::uint32_t head) noexcept;
    void report(DmaCursor& dma);
    // Offers the packet's segments to the wire. false: no room, or no budget, for the rest now.
    [[nodiscard]] Bytes packet() const noexcept { return Bytes{memory_}.first(len_); }
    [[nodiscard]] Bytes frame(std::size_t segment);
    [[nodiscard]] bool offer(CountedWire& wire, Sent& sent, unsigned budget);

    TxBlock block_;
    RingMemory ring_;
    RingPlace place_{};  // as latched, with the head that the driver sees
    std::uint32_t head_ = 0;
    bool enabled_ = false;
    bool usable_ = false;

    // The packet at the head: gathered once, offered until the wire has taken all of it.
    bool pending_ = false;
    std::uint32_t end_ = 0;  // the slot behind it
    std::size_t next_segment_ = 0;
    std::uint32_t context_slot_ = 0;
    TxRequest request_;
    std::vector<std::byte> memory_;  // grows to the longest packet seen
    std::size_t len_ = 0;            // of the packet that lies at its start
    std::vector<std::byte> segment_;
    std::vector<std::uint32_t> reports_;   // slots with RS
    std::array<TxContext, 2> contexts_{};  // DS 7.2.3.2.3: two per queue
};

}  // namespace bifurc::model
