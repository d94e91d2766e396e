// SPDX-License-Identifier: BSD-3-Clause
// The descriptor rings of the kernel's own queues. Each object drives one queue of the NIC through its registers, with
// descriptors and buffers in DMA memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dma_space.h"
#include "hw/desc.h"
#include "nic_bar.h"
#include "wire.h"

namespace bifurc::sim {

class KernelRxRing {
public:
    // size: descriptors, a multiple of 8. buffer_len: a multiple of 1 KiB that holds any frame (SRRCTL counts in KiB).
    KernelRxRing(NicBar& bar, DmaSpace& dma, unsigned queue, unsigned size, unsigned buffer_len);

    [[nodiscard]] bool start(bool drop_when_full);
    [[nodiscard]] bool stop();
    // Hands at most `budget` received frames to `sink` and gives their descriptors back. Returns how many.
    unsigned harvest(unsigned budget, FrameSink& sink) { return empty() ? 0 : harvest_some(budget, sink); }
    [[nodiscard]] std::uint64_t broken() const noexcept { return broken_; }  // frames in several or odd descriptors

private:
    [[nodiscard]] hw::RxDesc* desc(unsigned i) const noexcept {
        return reinterpret_cast<hw::RxDesc*>(memory_.data()) + i;
    }
    [[nodiscard]] bool empty() const noexcept { return (desc(next_)->wb.status_error & hw::RxStatus::DD::mask) == 0; }
    unsigned harvest_some(unsigned budget, FrameSink& sink);
    [[nodiscard]] std::size_t buffer_offset(unsigned i) const noexcept;
    void post(unsigned i) noexcept;

    NicBar* bar_;
    unsigned queue_, size_, buffer_len_;
    DmaBlock memory_;  // the ring, then the buffers
    unsigned next_ = 0;
    std::uint64_t broken_ = 0;
    bool in_broken_ = false;  // up to the next end of a frame
};

class KernelTxRing {
public:
    KernelTxRing(NicBar& bar, DmaSpace& dma, unsigned queue, unsigned size, unsigned buffer_len);

    [[nodiscard]] bool start();
    [[nodiscard]] bool stop();
    // Copies the frame to the next descriptor's buffer. false: the ring is full.
    [[nodiscard]] bool post(std::span<const std::byte> frame);
    void ring_doorbell();
    void reclaim();
    [[nodiscard]] unsigned outstanding() const noexcept { return (tail_ + size_ - clean_) % size_; }

private:
    [[nodiscard]] hw::TxDesc* desc(unsigned i) noexcept { return reinterpret_cast<hw::TxDesc*>(memory_.data()) + i; }
    [[nodiscard]] std::size_t buffer_offset(unsigned i) const noexcept;

    NicBar* bar_;
    unsigned queue_, size_, buffer_len_;
    DmaBlock memory_;
    unsigned tail_ = 0, clean_ = 0, rung_ = 0;
};

}  // namespace bifurc::sim
