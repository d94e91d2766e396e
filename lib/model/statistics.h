// SPDX-License-Identifier: BSD-3-Clause
// The statistics registers, 82599 DS 8.2.3.23. Byte counters include the CRC, which frames here come without;
// those of good received frames only while the NIC does not strip it.
#pragma once

#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

void count_received(RegisterFile& regs, std::size_t frame_len) noexcept;  // anything at all
void count_bad_length(RegisterFile& regs, std::size_t frame_len) noexcept;
void count_good(RegisterFile& regs, const Packet& packet) noexcept;  // passed the filters
void count_queue_rx(RegisterFile& regs, unsigned queue, std::size_t frame_len) noexcept;
void count_large_receive(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept;
void count_queue_drop(RegisterFile& regs, unsigned queue, unsigned frames = 1) noexcept;
void count_sent(RegisterFile& regs, Bytes frame) noexcept;
void count_queue_tx(RegisterFile& regs, unsigned queue, unsigned frames, std::uint64_t bytes) noexcept;

}  // namespace bifurc::model
