// SPDX-License-Identifier: BSD-3-Clause
// Registers of the 82599 family (82599, X540, X550), one row each, spelled as in the Intel 82599 datasheet (331520),
// chapter 8. tests/unit/hw compares every offset and mask with DPDK's own ixgbe base headers.
#pragma once

#include "reg.h"

namespace bifurc::hw::ixgbe {

inline constexpr unsigned kQueues = 128;           // DS 1.3: 128 Rx and 128 Tx queues
inline constexpr std::uint32_t kBarLen = 0x20000;  // DS 9.3.6.1: BAR0, 128 KiB
inline constexpr std::uint32_t kPageLen = 4096;

// DS 8.2.3.8 Receive DMA registers: queues 0-63 in the page at 0x1000, 64-127 in the page at 0xD000.
template <class Self, std::uint32_t Offset, Access A = Access::rw>
using RxQueueReg = BankedReg<Self, 0x01000 + Offset, 0x0D000 + Offset, 64, A, 0x40, kQueues>;

struct RDBAL : RxQueueReg<RDBAL, 0x00> {};
struct RDBAH : RxQueueReg<RDBAH, 0x04> {};
struct RDLEN : RxQueueReg<RDLEN, 0x08> {
    using LEN = Field<19, 0>;  // bytes, a multiple of 128
};
struct DCA_RXCTRL : RxQueueReg<DCA_RXCTRL, 0x0C> {};
struct RDH : RxQueueReg<RDH, 0x10> {
    using HEAD = Field<15, 0>;
};
struct SRRCTL : RxQueueReg<SRRCTL, 0x14> {
    using BSIZEPACKET = Field<4, 0>;   // 1 KiB units
    using BSIZEHEADER = Field<13, 8>;  // 64 byte units
    using RDMTS = Field<24, 22>;
    using DESCTYPE = Field<27, 25>;
    using Drop_En = Field<28>;
    static constexpr std::uint32_t kLegacy = 0;
    static constexpr std::uint32_t kAdvancedOneBuffer = 1;
};
struct RDT : RxQueueReg<RDT, 0x18> {
    using TAIL = Field<15, 0>;
};
struct RXDCTL : RxQueueReg<RXDCTL, 0x28> {
    using ENABLE = Field<25>;
    using VME = Field<30>;
};
struct RSCCTL : RxQueueReg<RSCCTL, 0x2C> {
    using RSCEN = Field<0>;
    using MAXDESC = Field<3, 2>;
};

// DS 8.2.3.9 Transmit registers: queues 0-63 in the page at 0x6000, 64-127 in the page at 0x7000.
template <class Self, std::uint32_t Offset, Access A = Access::rw>
using TxQueueReg = Reg<Self, 0x06000 + Offset, A, 0x40, kQueues>;

struct TDBAL : TxQueueReg<TDBAL, 0x00> {};
struct TDBAH : TxQueueReg<TDBAH, 0x04> {};
struct TDLEN : TxQueueReg<TDLEN, 0x08> {
    using LEN = Field<19, 0>;
};
struct DCA_TXCTRL : TxQueueReg<DCA_TXCTRL, 0x0C> {};
struct TDH : TxQueueReg<TDH, 0x10> {
    using HEAD = Field<15, 0>;
};
struct TDT : TxQueueReg<TDT, 0x18> {
    using TAIL = Field<15, 0>;
};
struct TXDCTL : TxQueueReg<TXDCTL, 0x28> {
    using PTHRESH = Field<6, 0>;
    using HTHRESH = Field<14, 8>;
    using WTHRESH = Field<22, 16>;
    using ENABLE = Field<25>;
    using SWFLSH = Field<26>;
};
struct TDWBAL : TxQueueReg<TDWBAL, 0x38> {
    using Head_WB_En = Field<0>;
};
struct TDWBAH : TxQueueReg<TDWBAH, 0x3C> {};

}  // namespace bifurc::hw::ixgbe
