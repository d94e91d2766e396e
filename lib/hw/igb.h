// SPDX-License-Identifier: BSD-3-Clause
// Queue registers of the 82576 family (82576, I350), one row each, spelled as in the Intel 82576 datasheet (320961),
// chapter 8. tests/unit/hw compares offsets and masks with DPDK's own e1000 base headers.
#pragma once

#include "reg.h"

namespace bifurc::hw::igb {

inline constexpr unsigned kQueues = 16;            // DS 1.3: 16 Rx and 16 Tx queues; the I350 has 8
inline constexpr std::uint32_t kBarLen = 0x20000;  // DS 9.4.11: BAR0, 128 KiB
inline constexpr std::uint32_t kPageLen = 4096;

// DS 8.10 Receive registers: all queues in the page at 0xC000. The first four have a second address from 0x2800 on, a
// page that holds other registers too and is never mapped.
template <class Self, std::uint32_t Offset, Access A = Access::rw>
using RxQueueReg = Reg<Self, 0x0C000 + Offset, A, 0x40, kQueues>;

struct RDBAL : RxQueueReg<RDBAL, 0x00> {};
struct RDBAH : RxQueueReg<RDBAH, 0x04> {};
struct RDLEN : RxQueueReg<RDLEN, 0x08> {
    using LEN = Field<19, 0>;  // bytes, a multiple of 128
};
struct SRRCTL : RxQueueReg<SRRCTL, 0x0C> {
    using BSIZEPACKET = Field<6, 0>;   // 1 KiB units
    using BSIZEHEADER = Field<11, 8>;  // 64 byte units
    using RDMTS = Field<24, 20>;
    using DESCTYPE = Field<27, 25>;
    using Timestamp = Field<30>;  // I350
    using Drop_En = Field<31>;
    static constexpr std::uint32_t kLegacy = 0;
    static constexpr std::uint32_t kAdvancedOneBuffer = 1;
};
struct RDH : RxQueueReg<RDH, 0x10> {
    using HEAD = Field<15, 0>;
};
struct DCA_RXCTRL : RxQueueReg<DCA_RXCTRL, 0x14> {};
struct RDT : RxQueueReg<RDT, 0x18> {
    using TAIL = Field<15, 0>;
};
struct RXDCTL : RxQueueReg<RXDCTL, 0x28> {
    using PTHRESH = Field<4, 0>;
    using HTHRESH = Field<12, 8>;
    using WTHRESH = Field<20, 16>;
    using ENABLE = Field<25>;
    using SWFLSH = Field<26>;
};
struct RQDPC : RxQueueReg<RQDPC, 0x30, Access::rc> {};

// DS 8.12 Transmit registers: all queues in the page at 0xE000; the first four again from 0x3800 on.
template <class Self, std::uint32_t Offset, Access A = Access::rw>
using TxQueueReg = Reg<Self, 0x0E000 + Offset, A, 0x40, kQueues>;

struct TDBAL : TxQueueReg<TDBAL, 0x00> {};
struct TDBAH : TxQueueReg<TDBAH, 0x04> {};
struct TDLEN : TxQueueReg<TDLEN, 0x08> {
    using LEN = Field<19, 0>;
};
struct TDH : TxQueueReg<TDH, 0x10> {
    using HEAD = Field<15, 0>;
};
struct DCA_TXCTRL : TxQueueReg<DCA_TXCTRL, 0x14> {};
struct TDT : TxQueueReg<TDT, 0x18> {
    using TAIL = Field<15, 0>;
};
struct TXDCTL : TxQueueReg<TXDCTL, 0x28> {
    using PTHRESH = Field<4, 0>;
    using HTHRESH = Field<12, 8>;
    using WTHRESH = Field<20, 16>;
    using ENABLE = Field<25>;
    using SWFLSH = Field<26>;
};
struct TDWBAL : TxQueueReg<TDWBAL, 0x38> {
    using Head_WB_En = Field<0>;
};
struct TDWBAH : TxQueueReg<TDWBAH, 0x3C> {};

}  // namespace bifurc::hw::igb
