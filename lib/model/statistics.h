// SPDX-License-Identifier: BSD-3-Clause
// The statistics registers, 82599 DS 8.2.3.23. Byte counters include the CRC, which frames here come without;
// those of good received frames only while the NIC does not strip it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

// Frames that went one way since the registers were written last: these are many, and a burst writes them once.
struct FrameTally {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;               // without CRC
    std::array<std::uint64_t, 6> sizes{};  // to 64 bytes, 127, 255, 511, 1023, and more, with CRC
    std::uint64_t multicast = 0;           // broadcast not among them
    std::uint64_t broadcast = 0;

    // It has an Ethernet header.
    void add(Bytes frame) noexcept {
        ++frames;
        bytes += frame.size();
        ++sizes[size_range(frame.size() + kCrc)];
        std::uint64_t start;
        std::memcpy(&start, frame.data(), sizeof(start));
        if ((start & 1) == 0) return;  // the first byte's lowest bit
        const bool all = start << 16 == ~std::uint64_t{0} << 16;
        ++(all ? broadcast : multicast);
    }

private:
    static unsigned size_range(std::size_t with_crc) noexcept {
        constexpr unsigned kTo64 = 6, kMore = 5;
        return with_crc <= 64 ? 0 : std::min(static_cast<unsigned>(std::bit_width(with_crc)) - kTo64, kMore);
    }
};

void count_received(RegisterFile& regs, std::uint64_t frames, std::uint64_t bytes) noexcept;  // anything at all
void count_bad_length(RegisterFile& regs, std::size_t frame_len) noexcept;
void count_good(RegisterFile& regs, const FrameTally& tally) noexcept;  // passed the filters
void count_queue_rx(RegisterFile& regs, unsigned queue, std::uint64_t frames, std::uint64_t bytes) noexcept;
void count_queue_drop(RegisterFile& regs, unsigned queue, unsigned frames = 1) noexcept;
void count_sent(RegisterFile& regs, const FrameTally& tally) noexcept;
void count_queue_tx(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept;

}  // namespace bifurc::model
