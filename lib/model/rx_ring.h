// SPDX-License-Identifier: BSD-3-Clause
// One receive queue: 82599 DS 7.1.4 to 7.1.6. The descriptors from RDH up to, and without, RDT are the NIC's.
#pragma once

#include "classify.h"
#include "queue_block.h"
#include "ring_memory.h"

namespace bifurc::model {

class RxRing {
public:
    void attach(RxBlock block) noexcept;
    [[nodiscard]] const RxBlock& block() const noexcept { return block_; }

    // Looks at RXDCTL: on 0 -> 1 the ring's place is latched (DS 4.6.7); on 1 -> 0 the queue is idle at once.
    void refresh() noexcept;
    [[nodiscard]] bool enabled() const noexcept { return enabled_; }

    enum class Outcome {
        delivered,
        blocked,  // no descriptor, and drop is not enabled: the frame keeps the head of the packet buffer
        no_descriptor,
        disabled,
        dma_fault,
        bad_descriptor,
    };
    // `always_drop`: QDE for this queue. Never touches memory beyond what the descriptors say.
    [[nodiscard]] Outcome deliver(DmaCursor& dma, Bytes frame, const RxVerdict& verdict, bool tagged, bool always_drop);

private:
    struct Layout {
        std::uint32_t buffer_bytes;
        bool legacy;
    };
    [[nodiscard]] bool layout(Layout& out) const noexcept;
    [[nodiscard]] Outcome write_frame(DmaCursor& dma, std::span<const Bytes, 2> pieces, std::uint32_t len,
                                      const RxVerdict& verdict, const Layout& layout);
    [[nodiscard]] bool complete(DmaCursor& dma, const RxVerdict& verdict, const Layout& layout, std::uint32_t len,
                                bool last, bool broken);

    RxBlock block_;
    RingMemory ring_;
    std::uint32_t head_ = 0;
    bool enabled_ = false;
    bool usable_ = false;  // base and length make sense
};

}  // namespace bifurc::model
