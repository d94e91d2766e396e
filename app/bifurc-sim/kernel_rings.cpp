// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_rings.h"

#include <cstring>

#include "hw/ixgbe.h"

namespace bifurc::sim {

using namespace hw::ixgbe;

namespace {

constexpr std::uint32_t low(std::uint64_t bus) { return static_cast<std::uint32_t>(bus); }
constexpr std::uint32_t high(std::uint64_t bus) { return static_cast<std::uint32_t>(bus >> 32); }

}  // namespace

KernelRxRing::KernelRxRing(NicBar& bar, DmaSpace& dma, unsigned queue, unsigned size, unsigned buffer_len)
    : bar_(&bar),
      queue_(queue),
      size_(size),
      buffer_len_(buffer_len),
      memory_(dma, size * (sizeof(hw::RxDesc) + buffer_len)) {}

std::size_t KernelRxRing::buffer_offset(unsigned i) const noexcept {
    return size_ * sizeof(hw::RxDesc) + std::size_t{i} * buffer_len_;
}

void KernelRxRing::post(unsigned i) noexcept {
    desc(i)->read.pkt_addr = memory_.bus() + buffer_offset(i);
    desc(i)->read.hdr_addr = 0;
}

// 82599 DS 4.6.7.1, receive queues enablement, in its order.
bool KernelRxRing::start(bool drop_when_full) {
    if (memory_.data() == nullptr) return false;
    for (unsigned i = 0; i < size_; ++i) post(i);
    next_ = 0;
    in_broken_ = false;
    bar_->write<RDBAL>(queue_, {low(memory_.bus())});
    bar_->write<RDBAH>(queue_, {high(memory_.bus())});
    bar_->write<RDLEN>(queue_, {static_cast<std::uint32_t>(size_ * sizeof(hw::RxDesc))});
    bar_->write<SRRCTL>(queue_, SRRCTL::value{}
                                    .with<SRRCTL::BSIZEPACKET>(buffer_len_ / 1024)
                                    .with<SRRCTL::DESCTYPE>(SRRCTL::kAdvancedOneBuffer)
                                    .with<SRRCTL::Drop_En>(drop_when_full ? 1 : 0));
    bar_->write<RDH>(queue_, {0});
    bar_->write<RDT>(queue_, {0});
    bar_->set<RXDCTL, RXDCTL::ENABLE>(queue_, 1);
    if (!bar_->wait<RXDCTL, RXDCTL::ENABLE>(queue_, 1)) return false;
    bar_->write<RDT>(queue_, {size_ - 1});  // one stays ours: RDT == RDH means an empty ring
    return true;
}

bool KernelRxRing::stop() {
    bar_->set<RXDCTL, RXDCTL::ENABLE>(queue_, 0);
    return bar_->wait<RXDCTL, RXDCTL::ENABLE>(queue_, 0);
}

unsigned KernelRxRing::harvest_some(unsigned budget, FrameSink& sink) {
    unsigned got = 0;
    unsigned last = 0;
    for (; got < budget; ++got) {
        const hw::RxDesc done = *desc(next_);
        if ((done.wb.status_error & hw::RxStatus::DD::mask) == 0) break;
        const bool ends = (done.wb.status_error & hw::RxStatus::EOP::mask) != 0;
        if (in_broken_) {
            // The rest of a frame that was counted is none of its own.
        } else if (ends && done.wb.length <= buffer_len_) {
            sink.frame({memory_.data() + buffer_offset(next_), done.wb.length});
        } else {
            ++broken_;
        }
        in_broken_ = !ends;
        post(next_);
        last = next_;
        next_ = (next_ + 1) % size_;
    }
    if (got != 0) bar_->write<RDT>(queue_, {last});
    return got;
}

KernelTxRing::KernelTxRing(NicBar& bar, DmaSpace& dma, unsigned queue, unsigned size, unsigned buffer_len)
    : bar_(&bar),
      queue_(queue),
      size_(size),
      buffer_len_(buffer_len),
      memory_(dma, size * (sizeof(hw::TxDesc) + buffer_len)) {}

std::size_t KernelTxRing::buffer_offset(unsigned i) const noexcept {
    return size_ * sizeof(hw::TxDesc) + std::size_t{i} * buffer_len_;
}

// 82599 DS 4.6.8.1, transmit queues enablement.
bool KernelTxRing::start() {
    if (memory_.data() == nullptr) return false;
    tail_ = clean_ = rung_ = 0;
    bar_->write<TDBAL>(queue_, {low(memory_.bus())});
    bar_->write<TDBAH>(queue_, {high(memory_.bus())});
    bar_->write<TDLEN>(queue_, {static_cast<std::uint32_t>(size_ * sizeof(hw::TxDesc))});
    bar_->write<TDH>(queue_, {0});
    bar_->write<TDT>(queue_, {0});
    // DS 7.2.3.4.1: WTHRESH 0 writes each descriptor back that asks for it.
    bar_->write<TXDCTL>(queue_,
                        TXDCTL::value{}.with<TXDCTL::PTHRESH>(32).with<TXDCTL::HTHRESH>(1).with<TXDCTL::ENABLE>(1));
    return bar_->wait<TXDCTL, TXDCTL::ENABLE>(queue_, 1);
}

bool KernelTxRing::stop() {
    bar_->set<TXDCTL, TXDCTL::ENABLE>(queue_, 0);
    return bar_->wait<TXDCTL, TXDCTL::ENABLE>(queue_, 0);
}

bool KernelTxRing::post(std::span<const std::byte> frame) {
    if (outstanding() == size_ - 1 || frame.size() > buffer_len_) return false;
    std::memcpy(memory_.data() + buffer_offset(tail_), frame.data(), frame.size());
    const auto len = static_cast<std::uint32_t>(frame.size());
    const auto bits = hw::TxCmd::EOP::mask | hw::TxCmd::IFCS::mask | hw::TxCmd::RS::mask | hw::TxCmd::DEXT::mask |
                      (hw::TxCmd::kData << hw::TxCmd::DTYP::lo);
    desc(tail_)->read.buffer_addr = memory_.bus() + buffer_offset(tail_);
    desc(tail_)->read.cmd_type_len = bits | len;
    desc(tail_)->read.olinfo_status = len << hw::TxOlinfo::PAYLEN::lo;
    tail_ = (tail_ + 1) % size_;
    return true;
}

void KernelTxRing::ring_doorbell() {
    if (rung_ == tail_) return;
    rung_ = tail_;
    bar_->write<TDT>(queue_, {tail_});
}

void KernelTxRing::reclaim() {
    while (clean_ != tail_ && (desc(clean_)->wb.status & hw::TxStatus::DD::mask) != 0) clean_ = (clean_ + 1) % size_;
}

}  // namespace bifurc::sim
