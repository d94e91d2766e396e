// SPDX-License-Identifier: BSD-3-Clause
// What is particular to the 82599 family (82599, X540, X550). DS is the Intel 82599 datasheet (331520).
#pragma once

#include <rte_ethdev.h>

#include "chip_thresholds.h"
#include "hw/desc.h"
#include "hw/ixgbe.h"

namespace bifurc::net {

struct Chip82599 {
    using RDBAL = hw::ixgbe::RDBAL;
    using RDBAH = hw::ixgbe::RDBAH;
    using RDLEN = hw::ixgbe::RDLEN;
    using RDH = hw::ixgbe::RDH;
    using RDT = hw::ixgbe::RDT;
    using SRRCTL = hw::ixgbe::SRRCTL;
    using RXDCTL = hw::ixgbe::RXDCTL;
    using TDBAL = hw::ixgbe::TDBAL;
    using TDBAH = hw::ixgbe::TDBAH;
    using TDLEN = hw::ixgbe::TDLEN;
    using TDH = hw::ixgbe::TDH;
    using TDT = hw::ixgbe::TDT;
    using TXDCTL = hw::ixgbe::TXDCTL;
    using TDWBAL = hw::ixgbe::TDWBAL;
    using TDWBAH = hw::ixgbe::TDWBAH;

    static constexpr char kName[] = "82599";
    // What leads frames to a lent queue, with the netdev and the queue.
    static constexpr char kSteering[] = "ethtool -N %s flow-type udp4 dst-port PORT action %u";
    static constexpr unsigned kQueues = hw::ixgbe::kQueues;
    static constexpr std::uint32_t kBarLen = hw::ixgbe::kBarLen;
    static constexpr std::uint32_t kSpeeds = RTE_ETH_LINK_SPEED_100M | RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_10G;
    static constexpr std::uint32_t kMaxFrameBytes = 15872;  // DS 8.2.3.22.13 MAXFRS, with CRC
    static constexpr std::uint16_t kMaxRxBufferKib = 16;    // DS 8.2.3.8.7 SRRCTL.BSIZEPACKET
    static constexpr std::uint32_t kHeaderBytes = 128;      // DS 4.6.7.2.2: what is recommended
    static constexpr std::uint16_t kMaxTxSegments = 40;     // DS 7.2.1.1: descriptors of one packet
    // Shorter frames must be padded by software (Linux: ixgbe_xmit_frame pads to the least PAYLEN, 17).
    static constexpr std::uint32_t kMinTxFrameBytes = 17;
    static constexpr std::uint32_t kRxErrorMask = hw::RxStatus::RXE::mask;
    static constexpr std::uint32_t kRxIpErrorMask = hw::RxStatus::IPE::mask;
    static constexpr std::uint32_t kRxL4ErrorMask = hw::RxStatus::TCPE::mask;
    static constexpr std::uint32_t kRxL4CheckedMask = hw::RxStatus::L4I::mask;
    static constexpr std::uint8_t kMaxThreshold = 127;
    static constexpr Thresholds kRxThresholds{0, 0, 0};   // RXDCTL has none
    static constexpr Thresholds kTxThresholds{32, 1, 0};  // DS 8.2.3.9.10: HTHRESH not 0 where PTHRESH is used

    static hw::Value<SRRCTL> srrctl(std::uint16_t buffer_kib) noexcept {
        // BSIZEHEADER: what coalesces must have headers below it, also where none is split off (DS 7.11.1).
        // Drop_En: a ring that the application does not refill loses its own frames and never blocks the port's.
        return hw::Value<SRRCTL>{}
            .with<SRRCTL::BSIZEPACKET>(buffer_kib)
            .with<SRRCTL::BSIZEHEADER>(kHeaderBytes / 64)
            .with<SRRCTL::DESCTYPE>(SRRCTL::kAdvancedOneBuffer)
            .with<SRRCTL::Drop_En>(1);
    }

    // The 82599 itself, not X540 and X550, may take a UDP checksum of 0 for a wrong one (Linux: ixgbe_rx_checksum).
    static bool has_udp_zero_erratum(std::uint16_t pci_device) noexcept {
        return pci_device < 0x1560 && pci_device != 0x1528;
    }

    // Receive side coalescing as the application asked for it, whatever an earlier owner had. DS 8.2.3.8.13: MAXDESC
    // stands for 1, 4, 8 or 16 buffers; the most that stay within `lro_bytes`, where there is a choice.
    static constexpr bool kCoalesces = true;
    template <class Bar>
    static void set_coalescing(Bar& bar, unsigned hw_queue, std::uint32_t lro_bytes,
                               std::uint16_t buffer_kib) noexcept {
        using hw::ixgbe::RSCCTL;
        hw::Value<RSCCTL> rscctl{};
        if (lro_bytes != 0) {
            const std::uint32_t buffers = lro_bytes / (buffer_kib * 1024u);
            const std::uint32_t code = buffers >= 16 ? 3 : buffers >= 8 ? 2 : buffers >= 4 ? 1 : 0;
            rscctl = rscctl.with<RSCCTL::RSCEN>(1).with<RSCCTL::MAXDESC>(code);
        }
        bar.template write<RSCCTL>(hw_queue, rscctl);
    }

    static constexpr bool kQueueStripsVlan = true;  // DS 8.2.3.8.8 RXDCTL.VME

    static hw::Value<RXDCTL> rxdctl(hw::Value<RXDCTL> value, Thresholds, bool strip_vlan) noexcept {
        return value.with<RXDCTL::VME>(strip_vlan);
    }

    static hw::Value<TXDCTL> tx_thresholds(hw::Value<TXDCTL> value, Thresholds t) noexcept {
        return value.with<TXDCTL::PTHRESH>(t.prefetch)
            .with<TXDCTL::HTHRESH>(t.host)
            .with<TXDCTL::WTHRESH>(t.write_back);
    }
};

}  // namespace bifurc::net
