// SPDX-License-Identifier: BSD-3-Clause
// Rows of what is kept and not acted upon, so that register_file.cpp has those that mean something.
#include "hw/ixgbe_kept.h"
#include "register_rows.h"

namespace bifurc::model {

using namespace hw::ixgbe;

void add_kept(std::vector<Row>& rows) {
    add<ESDP>(rows, "ESDP");
    add<FRTIMER>(rows, "FRTIMER");
    add<TCPTIMER>(rows, "TCPTIMER");
    add<LEDCTL>(rows, "LEDCTL");
    add<EEMNGCTL>(rows, "EEMNGCTL");
    add<FLA>(rows, "FLA");
    add<FACTPS>(rows, "FACTPS");
    add<GRC>(rows, "GRC");
    add<GCR>(rows, "GCR");
    add<GCR_EXT>(rows, "GCR_EXT");
    add<DCA_ID>(rows, "DCA_ID");
    add<DCA_CTRL>(rows, "DCA_CTRL");
    add<FCTTV>(rows, "FCTTV");
    add<FCRTL>(rows, "FCRTL");
    add<FCRTH>(rows, "FCRTH");
    add<FCRTV>(rows, "FCRTV");
    add<TFCS>(rows, "TFCS");
    add<FCCFG>(rows, "FCCFG");
    add<PAP>(rows, "PAP");
    add<MFLCN>(rows, "MFLCN");
    add<RSCDBU>(rows, "RSCDBU");
    add<LLITHRESH>(rows, "LLITHRESH");
    add<RDSTATCTL>(rows, "RDSTATCTL");
    add<FCRXCTRL>(rows, "FCRXCTRL");
    add<FCRECTL>(rows, "FCRECTL");
    add<FCRETA>(rows, "FCRETA");
    add<VT_CTL>(rows, "VT_CTL");
    add<VFRE>(rows, "VFRE");
    add<VMOLR>(rows, "VMOLR");
    add<VLVF>(rows, "VLVF");
    add<VLVFB>(rows, "VLVFB");
    add<PFUTA>(rows, "PFUTA");
    add<MRCTL>(rows, "MRCTL");
    add<MPSAR_LO>(rows, "MPSAR_LO");
    add<MPSAR_HI>(rows, "MPSAR_HI");
    add<DTXTCPFLGL>(rows, "DTXTCPFLGL");
    add<DTXTCPFLGH>(rows, "DTXTCPFLGH");
    add<TXPBTHRESH>(rows, "TXPBTHRESH");
    add<TXPBSIZE>(rows, "TXPBSIZE");
    add<DTXMXSZRQ>(rows, "DTXMXSZRQ");
    add<VFTE>(rows, "VFTE");
    add<VMVIR>(rows, "VMVIR");
    add<PFVFSPOOF>(rows, "PFVFSPOOF");
    add<PFDTXGSWC>(rows, "PFDTXGSWC");
    add<VMTXSW>(rows, "VMTXSW");
    add<RTTDQSEL>(rows, "RTTDQSEL");
    add<RTTDT1C>(rows, "RTTDT1C");
    add<RTTDT2C>(rows, "RTTDT2C");
    add<RTTBCNRC>(rows, "RTTBCNRC");
    add<RTTPCS>(rows, "RTTPCS");
    add<RTTPT2C>(rows, "RTTPT2C");
    add<RTTUP2TC>(rows, "RTTUP2TC");
    add<RTRPCS>(rows, "RTRPCS");
    add<RTRPT4C>(rows, "RTRPT4C");
    add<RTRUP2TC>(rows, "RTRUP2TC");
    add<SECTXCTRL>(rows, "SECTXCTRL");
    add<SECTXBUFFAF>(rows, "SECTXBUFFAF");
    add<SECTXMINIFG>(rows, "SECTXMINIFG");
    add<SECRXCTRL>(rows, "SECRXCTRL");
    add<TSYNCRXCTL>(rows, "TSYNCRXCTL");
    add<TSYNCTXCTL>(rows, "TSYNCTXCTL");
    add<SYSTIML>(rows, "SYSTIML");
    add<SYSTIMH>(rows, "SYSTIMH");
    add<TIMINCA>(rows, "TIMINCA");
    add<TIMADJL>(rows, "TIMADJL");
    add<TIMADJH>(rows, "TIMADJH");
    add<TSAUXC>(rows, "TSAUXC");
    add<PCS1GCFIG>(rows, "PCS1GCFIG");
    add<PCS1GLCTL>(rows, "PCS1GLCTL");
    add<PCS1GLSTA>(rows, "PCS1GLSTA");
    add<PCS1GANA>(rows, "PCS1GANA");
    add<PCS1GANLP>(rows, "PCS1GANLP");
    add<HLREG1>(rows, "HLREG1");
    add<MACA>(rows, "MACA");
    add<LINKS2>(rows, "LINKS2");
    add<MACC>(rows, "MACC");
    add<ANLP2>(rows, "ANLP2");
    add<CORECTL>(rows, "CORECTL");
    add<WUC>(rows, "WUC");
    add<WUFC>(rows, "WUFC");
    add<WUS>(rows, "WUS");
    add<IPAV>(rows, "IPAV");
    add<MANC>(rows, "MANC");
    add<MANC2H>(rows, "MANC2H");
}

void add_silent_counters(std::vector<Row>& rows) {
    add_counter<CRCERRS>(rows, "CRCERRS");
    add_counter<ILLERRC>(rows, "ILLERRC");
    add_counter<ERRBC>(rows, "ERRBC");
    add_counter<MSPDC>(rows, "MSPDC");
    add_counter<MLFC>(rows, "MLFC");
    add_counter<MRFC>(rows, "MRFC");
    add_counter<RLEC>(rows, "RLEC");
    add_counter<LXONTXC>(rows, "LXONTXC");
    add_counter<LXOFFTXC>(rows, "LXOFFTXC");
    add_counter<LXONRXCNT>(rows, "LXONRXCNT");
    add_counter<LXOFFRXCNT>(rows, "LXOFFRXCNT");
    add_counter<LXONRXC>(rows, "LXONRXC");
    add_counter<LXOFFRXC>(rows, "LXOFFRXC");
    add_counter<PXONTXC>(rows, "PXONTXC");
    add_counter<PXOFFTXC>(rows, "PXOFFTXC");
    add_counter<PXONRXCNT>(rows, "PXONRXCNT");
    add_counter<PXOFFRXCNT>(rows, "PXOFFRXCNT");
    add_counter<PXON2OFFCNT>(rows, "PXON2OFFCNT");
    add_counter<PXONRXC>(rows, "PXONRXC");
    add_counter<PXOFFRXC>(rows, "PXOFFRXC");
    add_counter<RNBC>(rows, "RNBC");
    add_counter<RFC>(rows, "RFC");
    add_counter<RJC>(rows, "RJC");
    add_counter<MNGPRC>(rows, "MNGPRC");
    add_counter<MNGPDC>(rows, "MNGPDC");
    add_counter<MNGPTC>(rows, "MNGPTC");
    add_counter<XEC>(rows, "XEC");
    add_counter<BCRCERRS>(rows, "BCRCERRS");
    add_counter<FCCRC>(rows, "FCCRC");
    add_counter<FCOERPDC>(rows, "FCOERPDC");
    add_counter<FCOEPRC>(rows, "FCOEPRC");
    add_counter<FCOEDWRC>(rows, "FCOEDWRC");
    add_counter<FCOEPTC>(rows, "FCOEPTC");
    add_counter<FCOEDWTC>(rows, "FCOEDWTC");
    add_counter<O2BGPTC>(rows, "O2BGPTC");
    add_counter<O2BSPC>(rows, "O2BSPC");
    add_counter<B2OSPC>(rows, "B2OSPC");
    add_counter<B2OGPRC>(rows, "B2OGPRC");
}

}  // namespace bifurc::model
