// SPDX-License-Identifier: BSD-3-Clause
// Registers of the 82599 family whose features neither the PMD nor the model has, but which a driver of the whole port
// sets up or reads. The model keeps what is written and acts on none of it; the counters here stay 0. Spelled as in the
// Intel 82599 datasheet (331520), chapter 8.
#pragma once

#include "reg.h"

namespace bifurc::hw::ixgbe {

// General, LEDs and pins, DS 8.2.3.1
struct ESDP : Reg<ESDP, 0x00020, Access::rw> {};
struct FRTIMER : Reg<FRTIMER, 0x00048, Access::rw> {};
struct TCPTIMER : Reg<TCPTIMER, 0x0004C, Access::rw> {};
struct LEDCTL : Reg<LEDCTL, 0x00200, Access::rw> {};

// EEPROM and flash, PCIe, DS 8.2.3.2 and 8.2.3.4
struct EEMNGCTL : Reg<EEMNGCTL, 0x10110, Access::rw> {};
struct FLA : Reg<FLA, 0x1001C, Access::rw> {};
struct FACTPS : Reg<FACTPS, 0x10150, Access::rw> {};
struct GRC : Reg<GRC, 0x10200, Access::rw> {};
struct GCR : Reg<GCR, 0x11000, Access::rw> {};
struct GCR_EXT : Reg<GCR_EXT, 0x11050, Access::rw> {};
struct DCA_ID : Reg<DCA_ID, 0x11070, Access::rw> {};
struct DCA_CTRL : Reg<DCA_CTRL, 0x11074, Access::rw> {};

// Flow control, DS 8.2.3.3
struct FCTTV : Reg<FCTTV, 0x03200, Access::rw, 4, 4> {};
struct FCRTL : Reg<FCRTL, 0x03220, Access::rw, 4, 8> {};
struct FCRTH : Reg<FCRTH, 0x03260, Access::rw, 4, 8> {};
struct FCRTV : Reg<FCRTV, 0x032A0, Access::rw> {};
struct TFCS : Reg<TFCS, 0x0CE00, Access::rw> {};
struct FCCFG : Reg<FCCFG, 0x03D00, Access::rw> {};
struct PAP : Reg<PAP, 0x04248, Access::rw> {};
struct MFLCN : Reg<MFLCN, 0x04294, Access::rw> {};

// Receive: interrupts by content, wake up, FCoE redirection, pools, DS 8.2.3.7, 8.2.3.14, 8.2.3.27
struct LLITHRESH : Reg<LLITHRESH, 0x0EC90, Access::rw> {};
struct RDSTATCTL : Reg<RDSTATCTL, 0x02C20, Access::rw> {};
struct FCRXCTRL : Reg<FCRXCTRL, 0x05100, Access::rw> {};
struct FCRECTL : Reg<FCRECTL, 0x0ED00, Access::rw> {};
struct FCRETA : Reg<FCRETA, 0x0ED10, Access::rw, 4, 8> {};
struct VT_CTL : Reg<VT_CTL, 0x051B0, Access::rw> {};
struct VFRE : Reg<VFRE, 0x051E0, Access::rw, 4, 2> {};
struct VMOLR : Reg<VMOLR, 0x0F000, Access::rw, 4, 64> {};
struct VLVF : Reg<VLVF, 0x0F100, Access::rw, 4, 64> {};
struct VLVFB : Reg<VLVFB, 0x0F200, Access::rw, 4, 128> {};
struct PFUTA : Reg<PFUTA, 0x0F400, Access::rw, 4, 128> {};
struct MRCTL : Reg<MRCTL, 0x0F600, Access::rw, 4, 4> {};
struct MPSAR_LO : Reg<MPSAR_LO, 0x0A600, Access::rw, 8, 128> {};
struct MPSAR_HI : Reg<MPSAR_HI, 0x0A604, Access::rw, 8, 128> {};

// Transmit: packet buffers, pools, rates, DS 8.2.3.9, 8.2.3.10, 8.2.3.27
struct DTXTCPFLGL : Reg<DTXTCPFLGL, 0x04A88, Access::rw> {};
struct DTXTCPFLGH : Reg<DTXTCPFLGH, 0x04A8C, Access::rw> {};
struct TXPBTHRESH : Reg<TXPBTHRESH, 0x04950, Access::rw, 4, 8> {};
struct TXPBSIZE : Reg<TXPBSIZE, 0x0CC00, Access::rw, 4, 8> {};
struct DTXMXSZRQ : Reg<DTXMXSZRQ, 0x08100, Access::rw> {};
struct VFTE : Reg<VFTE, 0x08110, Access::rw, 4, 2> {};
struct VMVIR : Reg<VMVIR, 0x08000, Access::rw, 4, 64> {};
struct PFVFSPOOF : Reg<PFVFSPOOF, 0x08200, Access::rw, 4, 8> {};
struct PFDTXGSWC : Reg<PFDTXGSWC, 0x08220, Access::rw> {};
struct VMTXSW : Reg<VMTXSW, 0x05180, Access::rw, 4, 2> {};
struct RTTDQSEL : Reg<RTTDQSEL, 0x04904, Access::rw> {};
struct RTTDT1C : Reg<RTTDT1C, 0x04908, Access::rw> {};
struct RTTDT2C : Reg<RTTDT2C, 0x04910, Access::rw, 4, 8> {};
struct RTTBCNRC : Reg<RTTBCNRC, 0x04984, Access::rw> {};
struct RTTPCS : Reg<RTTPCS, 0x0CD00, Access::rw> {};
struct RTTPT2C : Reg<RTTPT2C, 0x0CD20, Access::rw, 4, 8> {};
struct RTTUP2TC : Reg<RTTUP2TC, 0x0C800, Access::rw> {};
struct RTRPCS : Reg<RTRPCS, 0x02430, Access::rw> {};
struct RTRPT4C : Reg<RTRPT4C, 0x02140, Access::rw, 4, 8> {};
struct RTRUP2TC : Reg<RTRUP2TC, 0x03020, Access::rw> {};

// LinkSec and IPsec, time, DS 8.2.3.13, 8.2.3.16, 8.2.3.26
struct SECTXCTRL : Reg<SECTXCTRL, 0x08800, Access::rw> {};
struct SECTXBUFFAF : Reg<SECTXBUFFAF, 0x08808, Access::rw> {};
struct SECTXMINIFG : Reg<SECTXMINIFG, 0x08810, Access::rw> {};
struct SECRXCTRL : Reg<SECRXCTRL, 0x08D00, Access::rw> {};
struct IPSTXIDX : Reg<IPSTXIDX, 0x08900, Access::rw> {};
struct IPSTXSALT : Reg<IPSTXSALT, 0x08904, Access::rw> {};
struct IPSTXKEY : Reg<IPSTXKEY, 0x08908, Access::rw, 4, 4> {};
struct IPSRXIDX : Reg<IPSRXIDX, 0x08E00, Access::rw> {};
struct IPSRXIPADDR : Reg<IPSRXIPADDR, 0x08E04, Access::rw, 4, 4> {};
struct IPSRXSPI : Reg<IPSRXSPI, 0x08E14, Access::rw> {};
struct IPSRXIPIDX : Reg<IPSRXIPIDX, 0x08E18, Access::rw> {};
struct IPSRXKEY : Reg<IPSRXKEY, 0x08E1C, Access::rw, 4, 4> {};
struct IPSRXSALT : Reg<IPSRXSALT, 0x08E2C, Access::rw> {};
struct IPSRXMOD : Reg<IPSRXMOD, 0x08E30, Access::rw> {};
struct RXMTRL : Reg<RXMTRL, 0x05120, Access::rw> {};
struct RXSTMPL : Reg<RXSTMPL, 0x051E8, Access::rw> {};
struct RXSTMPH : Reg<RXSTMPH, 0x051A4, Access::rw> {};
struct TXSTMPL : Reg<TXSTMPL, 0x08C04, Access::rw> {};
struct TXSTMPH : Reg<TXSTMPH, 0x08C08, Access::rw> {};
struct TSYNCRXCTL : Reg<TSYNCRXCTL, 0x05188, Access::rw> {};
struct TSYNCTXCTL : Reg<TSYNCTXCTL, 0x08C00, Access::rw> {};
struct SYSTIML : Reg<SYSTIML, 0x08C0C, Access::rw> {};
struct SYSTIMH : Reg<SYSTIMH, 0x08C10, Access::rw> {};
struct TIMINCA : Reg<TIMINCA, 0x08C14, Access::rw> {};
struct TIMADJL : Reg<TIMADJL, 0x08C18, Access::rw> {};
struct TIMADJH : Reg<TIMADJH, 0x08C1C, Access::rw> {};
struct TSAUXC : Reg<TSAUXC, 0x08C20, Access::rw> {};

// MAC, link, wake up and management, DS 8.2.3.15, 8.2.3.22, 8.2.3.25
struct PCS1GCFIG : Reg<PCS1GCFIG, 0x04200, Access::rw> {};
struct PCS1GLCTL : Reg<PCS1GLCTL, 0x04208, Access::rw> {};
struct PCS1GLSTA : Reg<PCS1GLSTA, 0x0420C, Access::rw> {};
struct PCS1GANA : Reg<PCS1GANA, 0x04218, Access::rw> {};
struct PCS1GANLP : Reg<PCS1GANLP, 0x0421C, Access::rw> {};
struct HLREG1 : Reg<HLREG1, 0x04244, Access::rw> {};
struct MACA : Reg<MACA, 0x0424C, Access::rw> {};
struct LINKS2 : Reg<LINKS2, 0x04324, Access::rw> {};
struct MACC : Reg<MACC, 0x04330, Access::rw> {};
struct ANLP2 : Reg<ANLP2, 0x042B4, Access::rw> {};
struct CORECTL : Reg<CORECTL, 0x14F00, Access::rw> {};
struct MMNGC : Reg<MMNGC, 0x042D0, Access::rw> {};
struct HICR : Reg<HICR, 0x15F00, Access::rw> {};
struct FWSTS : Reg<FWSTS, 0x15F0C, Access::rw> {};
struct WUC : Reg<WUC, 0x05800, Access::rw> {};
struct WUFC : Reg<WUFC, 0x05808, Access::rw> {};
struct WUS : Reg<WUS, 0x05810, Access::rw> {};
struct IPAV : Reg<IPAV, 0x05838, Access::rw> {};
struct MANC : Reg<MANC, 0x05820, Access::rw> {};
struct MANC2H : Reg<MANC2H, 0x05860, Access::rw> {};

// Statistics of those features, and of errors that a virtual wire has not, DS 8.2.3.23
struct CRCERRS : Reg<CRCERRS, 0x04000, Access::rc> {};
struct ILLERRC : Reg<ILLERRC, 0x04004, Access::rc> {};
struct ERRBC : Reg<ERRBC, 0x04008, Access::rc> {};
struct MSPDC : Reg<MSPDC, 0x04010, Access::rc> {};
struct MLFC : Reg<MLFC, 0x04034, Access::rc> {};
struct MRFC : Reg<MRFC, 0x04038, Access::rc> {};
struct RLEC : Reg<RLEC, 0x04040, Access::rc> {};
struct LXONTXC : Reg<LXONTXC, 0x03F60, Access::rc> {};
struct LXOFFTXC : Reg<LXOFFTXC, 0x03F68, Access::rc> {};
struct LXONRXCNT : Reg<LXONRXCNT, 0x041A4, Access::rc> {};
struct LXOFFRXCNT : Reg<LXOFFRXCNT, 0x041A8, Access::rc> {};
struct LXONRXC : Reg<LXONRXC, 0x0CF60, Access::rc> {};
struct LXOFFRXC : Reg<LXOFFRXC, 0x0CF68, Access::rc> {};
struct PXONTXC : Reg<PXONTXC, 0x03F00, Access::rc, 4, 8> {};
struct PXOFFTXC : Reg<PXOFFTXC, 0x03F20, Access::rc, 4, 8> {};
struct PXONRXCNT : Reg<PXONRXCNT, 0x04140, Access::rc, 4, 8> {};
struct PXOFFRXCNT : Reg<PXOFFRXCNT, 0x04160, Access::rc, 4, 8> {};
struct PXON2OFFCNT : Reg<PXON2OFFCNT, 0x03240, Access::rc, 4, 8> {};
struct PXONRXC : Reg<PXONRXC, 0x0CF00, Access::rc, 4, 8> {};
struct PXOFFRXC : Reg<PXOFFRXC, 0x0CF20, Access::rc, 4, 8> {};
struct RNBC : Reg<RNBC, 0x03FC0, Access::rc, 4, 8> {};
struct RFC : Reg<RFC, 0x040A8, Access::rc> {};
struct RJC : Reg<RJC, 0x040B0, Access::rc> {};
struct MNGPRC : Reg<MNGPRC, 0x040B4, Access::rc> {};
struct MNGPDC : Reg<MNGPDC, 0x040B8, Access::rc> {};
struct MNGPTC : Reg<MNGPTC, 0x0CF90, Access::rc> {};
struct XEC : Reg<XEC, 0x04120, Access::rc> {};
struct TXDGPC : Reg<TXDGPC, 0x087A0, Access::rc> {};
struct LSECTXUT : Reg<LSECTXUT, 0x08A3C, Access::rc> {};
struct LSECTXPKTE : Reg<LSECTXPKTE, 0x08A40, Access::rc> {};
struct LSECTXPKTP : Reg<LSECTXPKTP, 0x08A44, Access::rc> {};
struct LSECTXOCTE : Reg<LSECTXOCTE, 0x08A48, Access::rc> {};
struct LSECTXOCTP : Reg<LSECTXOCTP, 0x08A4C, Access::rc> {};
struct LSECRXUT : Reg<LSECRXUT, 0x08F40, Access::rc> {};
struct LSECRXOCTD : Reg<LSECRXOCTD, 0x08F44, Access::rc> {};
struct LSECRXOCTV : Reg<LSECRXOCTV, 0x08F48, Access::rc> {};
struct LSECRXBAD : Reg<LSECRXBAD, 0x08F4C, Access::rc> {};
struct LSECRXNOSCI : Reg<LSECRXNOSCI, 0x08F50, Access::rc> {};
struct LSECRXUNSCI : Reg<LSECRXUNSCI, 0x08F54, Access::rc> {};
struct LSECRXUNCH : Reg<LSECRXUNCH, 0x08F58, Access::rc> {};
struct LSECRXDELAY : Reg<LSECRXDELAY, 0x08F5C, Access::rc> {};
struct LSECRXLATE : Reg<LSECRXLATE, 0x08F60, Access::rc> {};
struct LSECRXOK : Reg<LSECRXOK, 0x08F64, Access::rc, 4, 2> {};
struct LSECRXINV : Reg<LSECRXINV, 0x08F6C, Access::rc, 4, 2> {};
struct LSECRXNV : Reg<LSECRXNV, 0x08F74, Access::rc, 4, 2> {};
struct LSECRXUNSA : Reg<LSECRXUNSA, 0x08F7C, Access::rc> {};
struct LSECRXNUSA : Reg<LSECRXNUSA, 0x08F80, Access::rc> {};
struct FCLAST : Reg<FCLAST, 0x02424, Access::rc> {};
struct BCRCERRS : Reg<BCRCERRS, 0x04198, Access::rc> {};
struct FCCRC : Reg<FCCRC, 0x05118, Access::rc> {};
struct FCOERPDC : Reg<FCOERPDC, 0x0241C, Access::rc> {};
struct FCOEPRC : Reg<FCOEPRC, 0x02428, Access::rc> {};
struct FCOEDWRC : Reg<FCOEDWRC, 0x0242C, Access::rc> {};
struct FCOEPTC : Reg<FCOEPTC, 0x08784, Access::rc> {};
struct FCOEDWTC : Reg<FCOEDWTC, 0x08788, Access::rc> {};
struct O2BGPTC : Reg<O2BGPTC, 0x041C4, Access::rc> {};
struct O2BSPC : Reg<O2BSPC, 0x087B0, Access::rc> {};
struct B2OSPC : Reg<B2OSPC, 0x041C0, Access::rc> {};
struct B2OGPRC : Reg<B2OGPRC, 0x02F90, Access::rc> {};

}  // namespace bifurc::hw::ixgbe
