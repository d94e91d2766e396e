// SPDX-License-Identifier: BSD-3-Clause
// Large receives: frames of one TCP flow under one header, 82599 DS 7.11. Each flow that is being coalesced has one of
// the port's 32 contexts, until something ends it: the flow itself, or the interval of its queue's vector.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "classify.h"
#include "rx_ring.h"

namespace bifurc::model {

class Coalescer {
public:
    // What became of the frames of one large receive: delivered, dma_fault or disabled.
    struct Closed {
        unsigned queue;
        RxRing::Outcome outcome;
        unsigned frames;
        std::uint64_t bytes;
    };
    struct Arrival {
        RxRing& ring;
        const RxVerdict& verdict;
        Bytes bytes;
        std::uint64_t now_ns;
        std::uint64_t interval_ns;  // of the queue's vector; 0: it has none, and nothing may wait for its end
        std::size_t least_first;    // RscRules
    };

    Coalescer() { closed_.reserve(2 * kContexts); }

    // true: the frame is part of a large receive, of which closed() tells when that has ended. false: it goes to its
    // ring by itself. What had to end before it has ended.
    [[nodiscard]] bool take(DmaCursor& dma, std::uint64_t poll, const Arrival& arrival);
    // Ends those whose time is up.
    void expire(DmaCursor& dma, std::uint64_t poll, std::uint64_t now_ns);
    // Forgets those whose ring is not enabled any more, or another one, without a transfer.
    void drop_stale();
    void clear() noexcept { open_ = 0; }

    [[nodiscard]] std::size_t frames() const noexcept;                   // in those that are open
    [[nodiscard]] std::optional<std::uint64_t> due_ns() const noexcept;  // when the first of them ends

    // Those that have ended since forget_closed().
    [[nodiscard]] std::span<const Closed> closed() const noexcept { return closed_; }
    void forget_closed() noexcept { closed_.clear(); }

private:
    static constexpr std::size_t kContexts = 32;  // DS 7.11: concurrent flows of a port

    using Flow = std::array<std::byte, 12>;  // addresses and ports, as they are on the wire
    // A frame's header as it goes to memory, without a tag that is taken out.
    struct Header {
        std::array<std::byte, kEthernetHeader + kVlanTag + kIpv4Header + kTcpHeader + kTcpTimestamps> bytes{};
        std::size_t len = 0;
        std::size_t ip_at = 0;

        [[nodiscard]] Bytes ip() const noexcept { return Bytes{bytes}.subspan(ip_at, kIpv4Header); }
        [[nodiscard]] Bytes tcp() const noexcept { return Bytes{bytes}.first(len).subspan(ip_at + kIpv4Header); }
    };
    struct Context {
        RxRing* ring = nullptr;
        Flow flow{};
        RxVerdict verdict;  // the first frame's
        Header header;      // the first frame's, brought up to date by each
        std::uint32_t next_sequence = 0;
        std::size_t ip_len = 0;
        std::uint64_t first_buffer = 0;
        std::uint32_t buffer_bytes = 0;
        unsigned descriptors_left = 0;
        RxRing::Posted now{};  // the buffer that is being filled
        std::uint32_t used = 0;
        unsigned rsccnt = 0;
        unsigned frames = 0;
        std::uint64_t bytes = 0;  // on the wire
        bool broken = false;      // memory that is not mapped
        std::uint64_t due_ns = 0;
        std::uint64_t latched = 0;  // which ring of the queue's
    };

    static Flow flow_of(Bytes frame, bool tagged) noexcept;
    static Header header_of(Bytes frame, bool tagged, bool strip) noexcept;
    [[nodiscard]] Context* find(const RxRing& ring, const Flow& flow) noexcept;
    [[nodiscard]] static bool goes_on(const Context& context, const RxVerdict& verdict, const Header& header,
                                      std::size_t payload) noexcept;
    [[nodiscard]] Context* open(DmaCursor& dma, const RxRing::Coalescing& settings, const Arrival& arrival,
                                const Flow& flow, const Header& header, std::size_t payload);
    static void append(DmaCursor& dma, Context& context, const Header& header, Bytes payload);
    static void write(DmaCursor& dma, Context& context, Bytes bytes);
    static bool next_buffer(DmaCursor& dma, Context& context);
    static void take_over(Header& header, const Header& from) noexcept;
    static void update_header(DmaCursor& dma, Context& context);
    void close(DmaCursor& dma, std::uint64_t poll, Context& context);

    std::array<Context, kContexts> contexts_{};  // the first open_ of them
    std::size_t open_ = 0;
    std::vector<Closed> closed_;
};

}  // namespace bifurc::model
