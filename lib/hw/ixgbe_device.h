// SPDX-License-Identifier: BSD-3-Clause
// Registers of the 82599 family that belong to the whole port, not to a queue: those that the port's owner sets up.
// Spelled as in the Intel 82599 datasheet (331520), chapter 8. The queues' registers are in ixgbe.h.
#pragma once

#include "reg.h"

namespace bifurc::hw::ixgbe {

// As PCI knows the 82599ES with SFP+.
inline constexpr std::uint16_t kVendorIntel = 0x8086, kDevice82599Sfp = 0x10fb;
inline constexpr std::uint8_t kRevision82599 = 1;

// DS 8.2.3.1 General control
struct CTRL : Reg<CTRL, 0x00000, Access::rw> {
    using PCIe_Master_Disable = Field<2>;
    using LRST = Field<3>;
    using RST = Field<26>;
};
struct STATUS : Reg<STATUS, 0x00008, Access::ro> {
    using PCIe_Master_Enable = Field<19>;
};
struct CTRL_EXT : Reg<CTRL_EXT, 0x00018, Access::rw> {
    using NS_DIS = Field<16>;
    using DRV_LOAD = Field<28>;
};
struct LINKS : Reg<LINKS, 0x042A4, Access::ro> {
    using Link_Status = Field<7>;  // link was up ever since the last read
    using LINK_SPEED = Field<29, 28>;
    using LINK_UP = Field<30>;
    static constexpr std::uint32_t k10G = 3;
};

// DS 8.2.3.5 Interrupts
struct EICR : Reg<EICR, 0x00800, Access::rc> {
    using RTxQ = Field<15, 0>;
    using LSC = Field<20>;
};
struct EICS : Reg<EICS, 0x00808, Access::rw> {};  // shows EICR without clearing it
struct EIAC : Reg<EIAC, 0x00810, Access::rw> {};
struct EIMS : Reg<EIMS, 0x00880, Access::rw> {};
struct EIMC : Reg<EIMC, 0x00888, Access::wo> {};
struct EIAM : Reg<EIAM, 0x00890, Access::rw> {};
// Vectors 24 and up are at 0x12300.
struct EITR : BankedReg<EITR, 0x00820, 0x12300, 24, Access::rw, 4, 128> {
    using ITR_Interval = Field<11, 3>;  // 2 us units at 10 Gbit/s
    using CNT_WDIS = Field<31>;
};
struct GPIE : Reg<GPIE, 0x00898, Access::rw> {
    using Multiple_MSIX = Field<4>;
    using OCD = Field<5>;
    using EIAME = Field<30>;
    using PBA_support = Field<31>;
};
struct IVAR : Reg<IVAR, 0x00900, Access::rw, 4, 64> {  // Rx 2n, Tx 2n, Rx 2n+1, Tx 2n+1
    using INT_Alloc_0 = Field<5, 0>;
    using INT_Alloc_val_0 = Field<7>;
    using INT_Alloc_2 = Field<21, 16>;
    using INT_Alloc_val_2 = Field<23>;
};
struct IVAR_MISC : Reg<IVAR_MISC, 0x00A00, Access::rw> {
    using INT_Alloc_1 = Field<13, 8>;  // of all causes but the queues' and the TCP timer's
    using INT_Alloc_val_1 = Field<15>;
};
struct EICS_EX : Reg<EICS_EX, 0x00A90, Access::wo, 4, 2> {};
struct EIMS_EX : Reg<EIMS_EX, 0x00AA0, Access::rw, 4, 2> {};
struct EIMC_EX : Reg<EIMC_EX, 0x00AB0, Access::wo, 4, 2> {};
struct EIAM_EX : Reg<EIAM_EX, 0x00AD0, Access::rw, 4, 2> {};

// DS 8.2.3.7 Receive: filters and RSS
struct ETQF : Reg<ETQF, 0x05128, Access::rw, 4, 8> {
    using EType = Field<15, 0>;
    using Filter_Enable = Field<31>;
};
struct RXCSUM : Reg<RXCSUM, 0x05000, Access::rw> {
    using IPPCSE = Field<12>;
    using PCSD = Field<13>;  // the hash instead of the fragment checksum
};
struct VFTA : Reg<VFTA, 0x0A000, Access::rw, 4, 128> {};
struct RFCTL : Reg<RFCTL, 0x05008, Access::rw> {
    using RSC_DIS = Field<5>;
    using NFSW_DIS = Field<6>;
    using NFSR_DIS = Field<7>;
};
struct PSRTYPE : Reg<PSRTYPE, 0x05480, Access::rw, 4, 16> {
    using PSR_type4 = Field<4>;  // TCP
};
// The 5-tuple filters. Addresses and ports are in the order of the wire.
struct SAQF : Reg<SAQF, 0x0E000, Access::rw, 4, 128> {};
struct DAQF : Reg<DAQF, 0x0E200, Access::rw, 4, 128> {};
struct SDPQF : Reg<SDPQF, 0x0E400, Access::rw, 4, 128> {};
struct FTQF : Reg<FTQF, 0x0E600, Access::rw, 4, 128> {
    using Protocol = Field<1, 0>;  // 0 TCP, 1 UDP, 2 SCTP, 3 other
    using Priority = Field<4, 2>;
    using Mask_Source = Field<25>;  // set: not compared, as the next four
    using Mask_Destination = Field<26>;
    using Mask_Source_Port = Field<27>;
    using Mask_Destination_Port = Field<28>;
    using Mask_Protocol = Field<29>;
    using Pool_Mask = Field<30>;
    using Queue_Enable = Field<31>;
};
struct L34TIMIR : Reg<L34TIMIR, 0x0E800, Access::rw, 4, 128> {
    using Rx_Queue = Field<27, 21>;
};
struct SYNQF : Reg<SYNQF, 0x0EC30, Access::rw> {
    using Queue_Enable = Field<0>;
    using Rx_Queue = Field<7, 1>;
    using SYNQFP = Field<31>;  // before the 5-tuple filters
};
struct FCTRL : Reg<FCTRL, 0x05080, Access::rw> {
    using SBP = Field<1>;
    using MPE = Field<8>;
    using UPE = Field<9>;
    using BAM = Field<10>;
};
struct VLNCTRL : Reg<VLNCTRL, 0x05088, Access::rw> {
    using VET = Field<15, 0>;
    using VFE = Field<30>;
};
struct MCSTCTRL : Reg<MCSTCTRL, 0x05090, Access::rw> {
    using MO = Field<1, 0>;
    using MFE = Field<2>;
};
struct MTA : Reg<MTA, 0x05200, Access::rw, 4, 128> {};
// Entries 0-15 also answer at 0x05400; like Linux, that is where they are used.
struct RAL : BankedReg<RAL, 0x05400, 0x0A280, 16, Access::rw, 8, 128> {};
struct RAH : BankedReg<RAH, 0x05404, 0x0A284, 16, Access::rw, 8, 128> {
    using RAH_bits = Field<15, 0>;
    using AV = Field<31>;
};
// These three also answer at 0x0EC80, 0x0EB00 and 0x0EB80.
struct MRQC : Reg<MRQC, 0x05818, Access::rw> {
    using MRQE = Field<3, 0>;  // 1: RSS only
    using IPv4_TCP = Field<16>;
    using IPv4 = Field<17>;
    using IPv6 = Field<20>;
    using IPv6_TCP = Field<21>;
    using IPv4_UDP = Field<22>;
    using IPv6_UDP = Field<23>;
};
struct RETA : Reg<RETA, 0x05C00, Access::rw, 4, 32> {};
struct RSSRK : Reg<RSSRK, 0x05C80, Access::rw, 4, 10> {};
struct ETQS : Reg<ETQS, 0x0EC00, Access::rw, 4, 8> {
    using Rx_Queue = Field<22, 16>;
    using Queue_Enable = Field<31>;
};

// DS 8.2.3.8 Receive DMA
struct RXCTRL : Reg<RXCTRL, 0x03000, Access::rw> {
    using RXEN = Field<0>;
};
struct RDRXCTL : Reg<RDRXCTL, 0x02F00, Access::rw> {
    using CRCStrip = Field<1>;
    using DMAIDONE = Field<3>;
    using RSCFRSTSIZE = Field<21, 17>;  // the least frame that begins a large receive, in 16 bytes
    using RSCACKC = Field<25>;
    using FCOE_WRFIX = Field<26>;
};
struct RSCDBU : Reg<RSCDBU, 0x03028, Access::rw> {
    using RSCSMALDIS = Field<6, 0>;
    using RSCACKDIS = Field<7>;
};
struct QDE : Reg<QDE, 0x02F04, Access::rw> {  // DS 8.2.3.27.7, PF Queue Drop Enable
    using ENABLE = Field<0>;
    using QUEUE_IDX = Field<14, 8>;
    using WE = Field<16>;
    using RE = Field<17>;
};
struct RXPBSIZE : Reg<RXPBSIZE, 0x03C00, Access::rw, 4, 8> {
    using SIZE = Field<19, 10>;
};

// DS 8.2.3.9 and 8.2.3.10 Transmit
struct DMATXCTL : Reg<DMATXCTL, 0x04A80, Access::rw> {
    using TE = Field<0>;
};
struct RTTDCS : Reg<RTTDCS, 0x04900, Access::rw> {
    using ARBDIS = Field<6>;
};
struct MTQC : Reg<MTQC, 0x08120, Access::rw> {};

// DS 8.2.3.22 MAC
struct HLREG0 : Reg<HLREG0, 0x04240, Access::rw> {
    using TXCRCEN = Field<0>;
    using RXCRCSTRP = Field<1>;
    using JUMBOEN = Field<2>;
    using TXPADEN = Field<10>;
};
struct MAXFRS : Reg<MAXFRS, 0x04268, Access::rw> {
    using MFS = Field<31, 16>;
};

// DS 8.2.3.20 Flow director
struct FDIRCTRL : Reg<FDIRCTRL, 0x0EE00, Access::rw> {
    using PBALLOC = Field<1, 0>;
    using INIT_Done = Field<3>;
    using Perfect_Match = Field<4>;
    using Report_Status = Field<5>;
    using Drop_Queue = Field<14, 8>;
    using Flex_Offset = Field<20, 16>;
    using Max_Length = Field<27, 24>;
    using Full_Thresh = Field<31, 28>;
};
struct FDIRSIPv6 : Reg<FDIRSIPv6, 0x0EE0C, Access::rw, 4, 3> {};
struct FDIRIPSA : Reg<FDIRIPSA, 0x0EE18, Access::rw> {};
struct FDIRIPDA : Reg<FDIRIPDA, 0x0EE1C, Access::rw> {};
struct FDIRPORT : Reg<FDIRPORT, 0x0EE20, Access::rw> {
    using Source = Field<15, 0>;
    using Destination = Field<31, 16>;
};
struct FDIRVLAN : Reg<FDIRVLAN, 0x0EE24, Access::rw> {
    using Vlan = Field<15, 0>;
    using FLEX = Field<31, 16>;
};
struct FDIRHASH : Reg<FDIRHASH, 0x0EE28, Access::rw> {
    using Hash = Field<14, 0>;
    using Bucket_Valid = Field<15>;
    using SW_Index = Field<30, 16>;
};
struct FDIRCMD : Reg<FDIRCMD, 0x0EE2C, Access::rw> {
    using CMD = Field<1, 0>;
    using Filter_Valid = Field<2>;
    using Filter_Update = Field<3>;
    using L4TYPE = Field<6, 5>;  // 0: none of these, 1: UDP, 2: TCP, 3: SCTP
    using IPV6 = Field<7>;
    using CLEARHT = Field<8>;
    using Drop = Field<9>;
    using Last = Field<11>;
    using Queue_EN = Field<15>;
    using Rx_Queue = Field<22, 16>;
    using Pool = Field<29, 24>;
    static constexpr std::uint32_t kAdd = 1;
    static constexpr std::uint32_t kRemove = 2;
    static constexpr std::uint32_t kQuery = 3;
};
struct FDIRFREE : Reg<FDIRFREE, 0x0EE38, Access::ro> {
    using FREE = Field<15, 0>;
};
struct FDIRDIP4M : Reg<FDIRDIP4M, 0x0EE3C, Access::rw> {};  // mask registers: a set bit is not compared
struct FDIRSIP4M : Reg<FDIRSIP4M, 0x0EE40, Access::rw> {};
struct FDIRTCPM : Reg<FDIRTCPM, 0x0EE44, Access::rw> {};
struct FDIRUDPM : Reg<FDIRUDPM, 0x0EE48, Access::rw> {};
struct FDIRLEN : Reg<FDIRLEN, 0x0EE4C, Access::rc> {};
struct FDIRUSTAT : Reg<FDIRUSTAT, 0x0EE50, Access::rc> {
    using Add = Field<15, 0>;
    using Remove = Field<31, 16>;
};
struct FDIRFSTAT : Reg<FDIRFSTAT, 0x0EE54, Access::rc> {
    using FAdd = Field<7, 0>;
    using FRemove = Field<15, 8>;
};
struct FDIRMATCH : Reg<FDIRMATCH, 0x0EE58, Access::rc> {};
struct FDIRMISS : Reg<FDIRMISS, 0x0EE5C, Access::rc> {};
struct FDIRHKEY : Reg<FDIRHKEY, 0x0EE68, Access::rw> {};
struct FDIRSKEY : Reg<FDIRSKEY, 0x0EE6C, Access::rw> {};
struct FDIRM : Reg<FDIRM, 0x0EE70, Access::rw> {
    using VLANID = Field<0>;
    using VLANP = Field<1>;
    using POOL = Field<2>;
    using L4P = Field<3>;
    using FLEX = Field<4>;
    using DIPv6 = Field<5>;
};
struct FDIRIP6M : Reg<FDIRIP6M, 0x0EE74, Access::rw> {};
struct FDIRSCTPM : Reg<FDIRSCTPM, 0x0EE78, Access::rw> {};

// DS 8.2.3.23 Statistics. All clear on read.
struct PRC64 : Reg<PRC64, 0x0405C, Access::rc> {};
struct PRC127 : Reg<PRC127, 0x04060, Access::rc> {};
struct PRC255 : Reg<PRC255, 0x04064, Access::rc> {};
struct PRC511 : Reg<PRC511, 0x04068, Access::rc> {};
struct PRC1023 : Reg<PRC1023, 0x0406C, Access::rc> {};
struct PRC1522 : Reg<PRC1522, 0x04070, Access::rc> {};
struct GPRC : Reg<GPRC, 0x04074, Access::rc> {};
struct BPRC : Reg<BPRC, 0x04078, Access::rc> {};
struct MPRC : Reg<MPRC, 0x0407C, Access::rc> {};
struct GPTC : Reg<GPTC, 0x04080, Access::rc> {};
struct GORCL : Reg<GORCL, 0x04088, Access::rc> {};
struct GORCH : Reg<GORCH, 0x0408C, Access::rc> {};
struct GOTCL : Reg<GOTCL, 0x04090, Access::rc> {};
struct GOTCH : Reg<GOTCH, 0x04094, Access::rc> {};
struct RUC : Reg<RUC, 0x040A4, Access::rc> {};
struct ROC : Reg<ROC, 0x040AC, Access::rc> {};
struct TORL : Reg<TORL, 0x040C0, Access::rc> {};
struct TORH : Reg<TORH, 0x040C4, Access::rc> {};
struct TPR : Reg<TPR, 0x040D0, Access::rc> {};
struct TPT : Reg<TPT, 0x040D4, Access::rc> {};
struct PTC64 : Reg<PTC64, 0x040D8, Access::rc> {};
struct PTC127 : Reg<PTC127, 0x040DC, Access::rc> {};
struct PTC255 : Reg<PTC255, 0x040E0, Access::rc> {};
struct PTC511 : Reg<PTC511, 0x040E4, Access::rc> {};
struct PTC1023 : Reg<PTC1023, 0x040E8, Access::rc> {};
struct PTC1522 : Reg<PTC1522, 0x040EC, Access::rc> {};
struct MPTC : Reg<MPTC, 0x040F0, Access::rc> {};
struct BPTC : Reg<BPTC, 0x040F4, Access::rc> {};
struct RXMPC : Reg<RXMPC, 0x03FA0, Access::rc, 4, 8> {};
// Queues are mapped onto 16 sets of counters, four queues a word.
struct RQSMR : Reg<RQSMR, 0x02300, Access::rw, 4, 32> {};
struct TQSM : Reg<TQSM, 0x08600, Access::rw, 4, 32> {};
struct QPRC : Reg<QPRC, 0x01030, Access::rc, 0x40, 16> {};
struct QBRC_L : Reg<QBRC_L, 0x01034, Access::rc, 0x40, 16> {};
struct QBRC_H : Reg<QBRC_H, 0x01038, Access::rc, 0x40, 16> {};
struct QPRDC : Reg<QPRDC, 0x01430, Access::rc, 0x40, 16> {};
struct QPTC : Reg<QPTC, 0x08680, Access::rc, 4, 16> {};
struct QBTC_L : Reg<QBTC_L, 0x08700, Access::rc, 8, 16> {};
struct QBTC_H : Reg<QBTC_H, 0x08704, Access::rc, 8, 16> {};

}  // namespace bifurc::hw::ixgbe
