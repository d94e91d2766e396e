// SPDX-License-Identifier: BSD-3-Clause
// What is particular to the 82576 family (82576, I350). DS is the Intel 82576 datasheet (320961).
#pragma once

#include <rte_ethdev.h>

#include "chip_thresholds.h"
#include "hw/desc.h"
#include "hw/igb.h"

namespace bifurc::net {

struct Chip82576 {
    using RDBAL = hw::igb::RDBAL;
    using RDBAH = hw::igb::RDBAH;
    using RDLEN = hw::igb::RDLEN;
    using RDH = hw::igb::RDH;
    using RDT = hw::igb::RDT;
    using SRRCTL = hw::igb::SRRCTL;
    using RXDCTL = hw::igb::RXDCTL;
    using TDBAL = hw::igb::TDBAL;
    using TDBAH = hw::igb::TDBAH;
    using TDLEN = hw::igb::TDLEN;
    using TDH = hw::igb::TDH;
    using TDT = hw::igb::TDT;
    using TXDCTL = hw::igb::TXDCTL;
    using TDWBAL = hw::igb::TDWBAL;
    using TDWBAH = hw::igb::TDWBAH;

    static constexpr char kName[] = "82576";
    // What leads frames to a lent queue, with the netdev and the queue.
    static constexpr char kSteering[] = "ethtool -X %s weight W0 W1 ... up to the one of queue %u";
    static constexpr unsigned kQueues = hw::igb::kQueues;
    static constexpr std::uint32_t kBarLen = hw::igb::kBarLen;
    static constexpr std::uint32_t kSpeeds = RTE_ETH_LINK_SPEED_10M | RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_1G;
    static constexpr std::uint32_t kMaxFrameBytes = 9728;  // DS 1.3: jumbo frames up to 9.5 KiB
    static constexpr std::uint16_t kMaxRxBufferKib = 16;   // SRRCTL takes more, no frame needs it
    static constexpr std::uint16_t kMaxTxSegments = 40;    // the datasheet has no limit: as on the 82599
    // Shorter frames must be padded by software (Linux: igb_xmit_frame, "with TCTL.PSP set").
    static constexpr std::uint32_t kMinTxFrameBytes = 17;
    static constexpr std::uint32_t kRxErrorMask = hw::Field<31>::mask;  // DS 7.1.5.2: RXE is the highest error bit
    static constexpr std::uint32_t kRxIpErrorMask = hw::Field<30>::mask;
    static constexpr std::uint32_t kRxL4ErrorMask = hw::Field<29>::mask;
    static constexpr std::uint32_t kRxL4CheckedMask = hw::RxStatus::L4I::mask | hw::RxStatus::UDPCS::mask;
    static constexpr std::uint8_t kMaxThreshold = 31;
    // DS 8.10.10: write back each descriptor at once, or a lone frame waits for company.
    static constexpr Thresholds kRxThresholds{8, 8, 1};
    static constexpr Thresholds kTxThresholds{8, 1, 0};

    static hw::Value<SRRCTL> srrctl(std::uint16_t buffer_kib) noexcept {
        // Drop_En: a ring that the application does not refill loses its own frames and never blocks the port's.
        return hw::Value<SRRCTL>{}
            .with<SRRCTL::BSIZEPACKET>(buffer_kib)
            .with<SRRCTL::DESCTYPE>(SRRCTL::kAdvancedOneBuffer)
            .with<SRRCTL::Drop_En>(1);
    }

    static bool has_udp_zero_erratum(std::uint16_t) noexcept { return false; }

    // The family coalesces nothing.
    static constexpr bool kCoalesces = false;
    template <class Bar>
    static void set_coalescing(Bar&, unsigned, std::uint32_t, std::uint16_t) noexcept {}

    static constexpr bool kQueueStripsVlan = false;  // DS 8.2.1 CTRL.VME: for the whole port, by its owner

    static hw::Value<RXDCTL> rxdctl(hw::Value<RXDCTL> value, Thresholds t, bool) noexcept {
        return value.with<RXDCTL::PTHRESH>(t.prefetch)
            .with<RXDCTL::HTHRESH>(t.host)
            .with<RXDCTL::WTHRESH>(t.write_back);
    }

    static hw::Value<TXDCTL> tx_thresholds(hw::Value<TXDCTL> value, Thresholds t) noexcept {
        return value.with<TXDCTL::PTHRESH>(t.prefetch)
            .with<TXDCTL::HTHRESH>(t.host)
            .with<TXDCTL::WTHRESH>(t.write_back);
    }
};

}  // namespace bifurc::net
