// SPDX-License-Identifier: BSD-3-Clause
// The other side of the rings: completes descriptors at once, outside of what is measured.
#pragma once

#include <emmintrin.h>

#include "contestant.h"

namespace bifurc::bench {

inline constexpr std::uint16_t kFrameBytes = 60;  // 64 on the wire

class Device {
public:
    explicit Device(const Rings& rings) : rings_(rings) {}

    // A UDP frame with good checksums and an RSS hash into each of the next `count` descriptors. False: not that many
    // are armed.
    bool receive(unsigned count) {
        const unsigned tail = *rings_.rdt;
        for (; count != 0 && rx_ != tail; --count) {
            // In one piece, as it comes from the bus.
            _mm_store_si128(reinterpret_cast<__m128i*>(&rings_.rx[rx_]),
                            _mm_set_epi32(kFrameBytes, kGood, static_cast<int>(0x12345678u + rx_), kUdpOverIpv4));
            rx_ = rx_ + 1u == rings_.size ? 0 : rx_ + 1u;
        }
        return count == 0;
    }

    // Everything up to the tail is sent; where that was asked for, it is reported.
    void send() {
        for (const unsigned tail = *rings_.tdt; tx_ != tail; tx_ = tx_ + 1u == rings_.size ? 0 : tx_ + 1u)
            if ((rings_.tx[tx_].read.cmd_type_len & hw::TxCmd::RS::mask) != 0)
                rings_.tx[tx_].wb.status = hw::TxStatus::DD::mask;
    }

private:
    static constexpr std::uint32_t kUdpOverIpv4 = 0x21u << hw::RxInfo::PACKET_TYPE::lo | 1;  // RSS type 1: IPv4 and TCP
    static constexpr std::uint32_t kGood =
        hw::RxStatus::DD::mask | hw::RxStatus::EOP::mask | hw::RxStatus::IPCS::mask | hw::RxStatus::L4I::mask;

    Rings rings_;
    unsigned rx_ = 0;
    unsigned tx_ = 0;
};

}  // namespace bifurc::bench
