// SPDX-License-Identifier: BSD-3-Clause
// The second opinion on lib/hw/ixgbe.h, ixgbe_device.h and desc.h: DPDK's own ixgbe base header, from the driver SDK.
#include "hw/ixgbe.h"

#include <gtest/gtest.h>
#include <linux/types.h>

#include <span>
#include <string_view>

#include "hw/desc.h"
#include "hw/ixgbe_device.h"

namespace {
using namespace bifurc::hw;

TEST(Reg, FieldsKeepTheirNeighbours) {
    const auto v = ixgbe::TXDCTL::value{0xffffffff}.with<ixgbe::TXDCTL::WTHRESH>(4);
    EXPECT_EQ(v.get<ixgbe::TXDCTL::WTHRESH>(), 4u);
    EXPECT_EQ(v.raw | ixgbe::TXDCTL::WTHRESH::mask, 0xffffffffu);
}

}  // namespace

#if __has_include("ixgbe_base/ixgbe_type.h")
// What the header wants of DPDK's ixgbe_osdep.h, which drags half a driver in.
#define _IXGBE_OS_H_
#define IOMEM
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
#include "ixgbe_base/ixgbe_type.h"

namespace {

struct Offsets {
    const char* name;
    unsigned first, count;
    std::uint32_t (*ours)(unsigned);
    std::uint32_t (*theirs)(unsigned);
};

// One register; an array of them; an array whose first entries DPDK reaches at their other address.
#define ONE_AS(R, D)                                                                                                 \
    Offsets {                                                                                                        \
#R, 0, ixgbe::R::count, [](unsigned i) { return ixgbe::R::at(i); },                                          \
                                                                         [](unsigned) -> std::uint32_t { return D; } \
    }
#define ARRAY_FROM(FIRST, R, D)                                                                          \
    Offsets {                                                                                            \
#R, FIRST, ixgbe::R::count,                                                                      \
            [](unsigned i) { return ixgbe::R::at(i); }, [](unsigned i) -> std::uint32_t { return D(i); } \
    }
#define ONE(R) ONE_AS(R, IXGBE_##R)
#define ARRAY(R) ARRAY_FROM(0, R, IXGBE_##R)

constexpr unsigned kAliased = 16;

const Offsets kQueueRegisters[] = {
    ARRAY(RDBAL),
    ARRAY(RDBAH),
    ARRAY(RDLEN),
    ARRAY(RDH),
    ARRAY(RDT),
    ARRAY(RXDCTL),
    ARRAY(RSCCTL),
    ARRAY_FROM(kAliased, SRRCTL, IXGBE_SRRCTL),
    ARRAY_FROM(kAliased, DCA_RXCTRL, IXGBE_DCA_RXCTRL),
    ARRAY(TDBAL),
    ARRAY(TDBAH),
    ARRAY(TDLEN),
    ARRAY(TDH),
    ARRAY(TDT),
    ARRAY(TXDCTL),
    ARRAY(TDWBAL),
    ARRAY(TDWBAH),
    ARRAY_FROM(0, DCA_TXCTRL, IXGBE_DCA_TXCTRL_82599),
};

const Offsets kPortRegisters[] = {
    ONE(CTRL),
    ONE(STATUS),
    ONE(CTRL_EXT),
    ONE(LINKS),
    ONE(HLREG0),
    ONE(MAXFRS),
    ONE(EICR),
    ONE(EICS),
    ONE(EIAC),
    ONE(EIMS),
    ONE(EIMC),
    ONE(EIAM),
    ONE(GPIE),
    ONE(IVAR_MISC),
    ARRAY(IVAR),
    ARRAY(EICS_EX),
    ARRAY(EIMS_EX),
    ARRAY(EIMC_EX),
    ARRAY(EIAM_EX),
    ARRAY(EITR),
    ONE(FCTRL),
    ONE(VLNCTRL),
    ONE(MCSTCTRL),
    ARRAY(MTA),
    ARRAY(VFTA),
    ARRAY(RAL),
    ARRAY(RAH),
    ARRAY(PSRTYPE),
    ARRAY(ETQF),
    ARRAY(ETQS),
    ONE(SYNQF),
    ARRAY(SAQF),
    ARRAY(DAQF),
    ARRAY(SDPQF),
    ARRAY(FTQF),
    ONE(RXCSUM),
    ONE(MRQC),
    ARRAY(RETA),
    ARRAY(RSSRK),
    ONE(RXCTRL),
    ONE(RDRXCTL),
    ONE(QDE),
    ARRAY(RXPBSIZE),
    ONE(DMATXCTL),
    ONE(RTTDCS),
    ONE(MTQC),
    ARRAY(RQSMR),
    ARRAY(TQSM),
    ARRAY_FROM(0, L34TIMIR, IXGBE_L34T_IMIR),
};

const Offsets kFlowDirector[] = {
    ONE(FDIRCTRL), ARRAY(FDIRSIPv6), ONE(FDIRIPSA),  ONE(FDIRIPDA),  ONE(FDIRPORT),  ONE(FDIRVLAN),
    ONE(FDIRHASH), ONE(FDIRCMD),     ONE(FDIRFREE),  ONE(FDIRDIP4M), ONE(FDIRSIP4M), ONE(FDIRTCPM),
    ONE(FDIRUDPM), ONE(FDIRSCTPM),   ONE(FDIRIP6M),  ONE(FDIRM),     ONE(FDIRHKEY),  ONE(FDIRSKEY),
    ONE(FDIRLEN),  ONE(FDIRUSTAT),   ONE(FDIRFSTAT), ONE(FDIRMATCH), ONE(FDIRMISS),
};

const Offsets kStatistics[] = {
    ONE(PRC64),
    ONE(PRC127),
    ONE(PRC255),
    ONE(PRC511),
    ONE(PRC1023),
    ONE(PRC1522),
    ONE(GPRC),
    ONE(BPRC),
    ONE(MPRC),
    ONE(GPTC),
    ONE(GORCL),
    ONE(GORCH),
    ONE(GOTCL),
    ONE(GOTCH),
    ONE(RUC),
    ONE(ROC),
    ONE(TORL),
    ONE(TORH),
    ONE(TPR),
    ONE(TPT),
    ONE(MPTC),
    ONE(BPTC),
    ARRAY(QPRC),
    ARRAY(QBRC_L),
    ARRAY(QBRC_H),
    ARRAY(QPRDC),
    ARRAY(QBTC_L),
    ARRAY(QBTC_H),
    ARRAY_FROM(0, RXMPC, IXGBE_MPC),
};

void compare(std::span<const Offsets> rows) {
    for (const Offsets& row : rows) {
        ASSERT_LT(row.first, row.count) << row.name;
        for (unsigned i = row.first; i < row.count; ++i) EXPECT_EQ(row.ours(i), row.theirs(i)) << row.name << i;
    }
}

TEST(Ixgbe, QueueRegistersLieWhereDpdkHasThem) { compare(kQueueRegisters); }
TEST(Ixgbe, PortRegistersLieWhereDpdkHasThem) { compare(kPortRegisters); }
TEST(Ixgbe, FlowDirectorLiesWhereDpdkHasIt) { compare(kFlowDirector); }
TEST(Ixgbe, StatisticsLieWhereDpdkHasThem) { compare(kStatistics); }

// DPDK's macros for queues 0 to 15 give the address that is the same as on the 82598. Ours go on in the stride of the
// others, and lie in the queue's block.
TEST(Ixgbe, AliasedQueueRegistersGoOnInTheirStride) {
    for (unsigned i = 0; i < kAliased; ++i) {
        const std::uint32_t back = (kAliased - i) * ixgbe::SRRCTL::stride;
        EXPECT_EQ(ixgbe::SRRCTL::at(i), std::uint32_t{IXGBE_SRRCTL(kAliased)} - back);
        EXPECT_EQ(ixgbe::DCA_RXCTRL::at(i), std::uint32_t{IXGBE_DCA_RXCTRL(kAliased)} - back);
    }
}

TEST(Ixgbe, QueueRegistersLieInThePagesThatAreMapped) {
    for (const Offsets& row : kQueueRegisters) {
        for (unsigned i = 0; i < ixgbe::kQueues; ++i) {
            const std::uint32_t page = row.ours(i) / ixgbe::kPageLen;
            const bool rx = row.name[0] == 'R' || row.name[0] == 'S' || std::string_view{row.name} == "DCA_RXCTRL";
            EXPECT_EQ(page, rx ? (i < 64 ? 0x1u : 0xDu) : (i < 64 ? 0x6u : 0x7u)) << row.name << i;
        }
    }
}

struct Bits {
    const char* name;
    std::uint32_t ours, theirs;
};
#define BITS(R, F, D) \
    Bits { #R "." #F, ixgbe::R::F::mask, static_cast < std::uint32_t>(D) }
#define DESC(R, F, D) \
    Bits { #R "." #F, R::F::mask, static_cast < std::uint32_t>(D) }

const Bits kBits[] = {
    BITS(SRRCTL, BSIZEPACKET, IXGBE_SRRCTL_BSIZEPKT_MASK & 0x1f),  // DPDK's covers the reserved bits 6:5
    BITS(SRRCTL, BSIZEHEADER, IXGBE_SRRCTL_BSIZEHDR_MASK),
    BITS(SRRCTL, RDMTS, IXGBE_SRRCTL_RDMTS_MASK),
    BITS(SRRCTL, DESCTYPE, IXGBE_SRRCTL_DESCTYPE_MASK),
    BITS(SRRCTL, Drop_En, IXGBE_SRRCTL_DROP_EN),
    BITS(RXDCTL, ENABLE, IXGBE_RXDCTL_ENABLE),
    BITS(RXDCTL, VME, IXGBE_RXDCTL_VME),
    BITS(RSCCTL, RSCEN, IXGBE_RSCCTL_RSCEN),
    BITS(RSCCTL, MAXDESC, IXGBE_RSCCTL_MAXDESC_16),
    BITS(TXDCTL, ENABLE, IXGBE_TXDCTL_ENABLE),
    BITS(TXDCTL, SWFLSH, IXGBE_TXDCTL_SWFLSH),
    BITS(TXDCTL, WTHRESH, 0x7f << IXGBE_TXDCTL_WTHRESH_SHIFT),
    BITS(TDWBAL, Head_WB_En, IXGBE_TDWBAL_HEAD_WB_ENABLE),
    BITS(CTRL, LRST, IXGBE_CTRL_LNK_RST),
    BITS(CTRL, RST, IXGBE_CTRL_RST),
    BITS(STATUS, PCIe_Master_Enable, IXGBE_STATUS_GIO),
    BITS(CTRL_EXT, NS_DIS, IXGBE_CTRL_EXT_NS_DIS),
    BITS(CTRL_EXT, DRV_LOAD, IXGBE_CTRL_EXT_DRV_LOAD),
    BITS(LINKS, LINK_UP, IXGBE_LINKS_UP),
    BITS(LINKS, LINK_SPEED, IXGBE_LINKS_SPEED_82599),
    BITS(EITR, ITR_Interval, IXGBE_EITR_ITR_INT_MASK),
    BITS(EITR, CNT_WDIS, IXGBE_EITR_CNT_WDIS),
    BITS(GPIE, Multiple_MSIX, IXGBE_GPIE_MSIX_MODE),
    BITS(GPIE, OCD, IXGBE_GPIE_OCD),
    BITS(GPIE, EIAME, IXGBE_GPIE_EIAME),
    BITS(GPIE, PBA_support, IXGBE_GPIE_PBA_SUPPORT),
    BITS(IVAR, INT_Alloc_val_0, IXGBE_IVAR_ALLOC_VAL),
    BITS(IVAR, INT_Alloc_val_2, IXGBE_IVAR_ALLOC_VAL << 16),
    BITS(ETQF, Filter_Enable, IXGBE_ETQF_FILTER_EN),
    BITS(ETQS, Rx_Queue, IXGBE_ETQS_RX_QUEUE),
    BITS(ETQS, Queue_Enable, IXGBE_ETQS_QUEUE_EN),
    BITS(RXCSUM, IPPCSE, IXGBE_RXCSUM_IPPCSE),
    BITS(RXCSUM, PCSD, IXGBE_RXCSUM_PCSD),
    BITS(FTQF, Protocol, IXGBE_FTQF_PROTOCOL_MASK),
    BITS(FTQF, Priority, IXGBE_FTQF_PRIORITY_MASK << IXGBE_FTQF_PRIORITY_SHIFT),
    BITS(FTQF, Pool_Mask, IXGBE_FTQF_POOL_MASK_EN),
    BITS(FTQF, Queue_Enable, IXGBE_FTQF_QUEUE_ENABLE),
    // DPDK names what is left when one of the five is compared.
    BITS(FTQF, Mask_Source, (0x1f & ~IXGBE_FTQF_SOURCE_ADDR_MASK) << IXGBE_FTQF_5TUPLE_MASK_SHIFT),
    BITS(FTQF, Mask_Destination, (0x1f & ~IXGBE_FTQF_DEST_ADDR_MASK) << IXGBE_FTQF_5TUPLE_MASK_SHIFT),
    BITS(FTQF, Mask_Source_Port, (0x1f & ~IXGBE_FTQF_SOURCE_PORT_MASK) << IXGBE_FTQF_5TUPLE_MASK_SHIFT),
    BITS(FTQF, Mask_Destination_Port, (0x1f & ~IXGBE_FTQF_DEST_PORT_MASK) << IXGBE_FTQF_5TUPLE_MASK_SHIFT),
    BITS(FTQF, Mask_Protocol, (0x1f & ~IXGBE_FTQF_PROTOCOL_COMP_MASK) << IXGBE_FTQF_5TUPLE_MASK_SHIFT),
    BITS(L34TIMIR, Rx_Queue, 0x7fu << IXGBE_IMIR_RX_QUEUE_SHIFT_82599),
    BITS(FCTRL, SBP, IXGBE_FCTRL_SBP),
    BITS(FCTRL, MPE, IXGBE_FCTRL_MPE),
    BITS(FCTRL, UPE, IXGBE_FCTRL_UPE),
    BITS(FCTRL, BAM, IXGBE_FCTRL_BAM),
    BITS(VLNCTRL, VET, IXGBE_VLNCTRL_VET),
    BITS(VLNCTRL, VFE, IXGBE_VLNCTRL_VFE),
    BITS(MCSTCTRL, MFE, IXGBE_MCSTCTRL_MFE),
    BITS(RAH, AV, IXGBE_RAH_AV),
    BITS(MRQC, MRQE, IXGBE_MRQC_MRQE_MASK),
    BITS(MRQC, IPv4_TCP, IXGBE_MRQC_RSS_FIELD_IPV4_TCP),
    BITS(MRQC, IPv4, IXGBE_MRQC_RSS_FIELD_IPV4),
    BITS(MRQC, IPv6, IXGBE_MRQC_RSS_FIELD_IPV6),
    BITS(MRQC, IPv6_TCP, IXGBE_MRQC_RSS_FIELD_IPV6_TCP),
    BITS(MRQC, IPv4_UDP, IXGBE_MRQC_RSS_FIELD_IPV4_UDP),
    BITS(MRQC, IPv6_UDP, IXGBE_MRQC_RSS_FIELD_IPV6_UDP),
    BITS(RXCTRL, RXEN, IXGBE_RXCTRL_RXEN),
    BITS(RDRXCTL, CRCStrip, IXGBE_RDRXCTL_CRCSTRIP),
    BITS(RDRXCTL, DMAIDONE, IXGBE_RDRXCTL_DMAIDONE),
    BITS(QDE, ENABLE, IXGBE_QDE_ENABLE),
    BITS(QDE, QUEUE_IDX, IXGBE_QDE_IDX_MASK),
    BITS(QDE, WE, IXGBE_QDE_WRITE),
    BITS(QDE, RE, IXGBE_QDE_READ),
    BITS(RXPBSIZE, SIZE, IXGBE_RXPBSIZE_MASK),
    BITS(DMATXCTL, TE, IXGBE_DMATXCTL_TE),
    BITS(RTTDCS, ARBDIS, IXGBE_RTTDCS_ARBDIS),
    BITS(HLREG0, TXCRCEN, IXGBE_HLREG0_TXCRCEN),
    BITS(HLREG0, RXCRCSTRP, IXGBE_HLREG0_RXCRCSTRP),
    BITS(HLREG0, JUMBOEN, IXGBE_HLREG0_JUMBOEN),
    BITS(HLREG0, TXPADEN, IXGBE_HLREG0_TXPADEN),
    BITS(MAXFRS, MFS, 0xffffu << IXGBE_MHADD_MFS_SHIFT),
};

const Bits kFlowDirectorBits[] = {
    BITS(FDIRCTRL, PBALLOC, IXGBE_FDIRCTRL_PBALLOC_256K),
    BITS(FDIRCTRL, INIT_Done, IXGBE_FDIRCTRL_INIT_DONE),
    BITS(FDIRCTRL, Perfect_Match, IXGBE_FDIRCTRL_PERFECT_MATCH),
    BITS(FDIRCTRL, Report_Status, IXGBE_FDIRCTRL_REPORT_STATUS),
    BITS(FDIRCTRL, Drop_Queue, IXGBE_FDIRCTRL_DROP_Q_MASK),
    BITS(FDIRCTRL, Full_Thresh, IXGBE_FDIRCTRL_FULL_THRESH_MASK),
    BITS(FDIRPORT, Destination, 0xffffu << IXGBE_FDIRPORT_DESTINATION_SHIFT),
    BITS(FDIRVLAN, FLEX, 0xffffu << IXGBE_FDIRVLAN_FLEX_SHIFT),
    BITS(FDIRHASH, Bucket_Valid, 1u << IXGBE_FDIRHASH_BUCKET_VALID_SHIFT),
    BITS(FDIRHASH, SW_Index, 0x7fffu << IXGBE_FDIRHASH_SIG_SW_INDEX_SHIFT),
    BITS(FDIRCMD, CMD, IXGBE_FDIRCMD_CMD_MASK),
    BITS(FDIRCMD, Filter_Valid, IXGBE_FDIRCMD_FILTER_VALID),
    BITS(FDIRCMD, Filter_Update, IXGBE_FDIRCMD_FILTER_UPDATE),
    BITS(FDIRCMD, L4TYPE, IXGBE_FDIRCMD_L4TYPE_SCTP),
    BITS(FDIRCMD, IPV6, IXGBE_FDIRCMD_IPV6),
    BITS(FDIRCMD, CLEARHT, IXGBE_FDIRCMD_CLEARHT),
    BITS(FDIRCMD, Drop, IXGBE_FDIRCMD_DROP),
    BITS(FDIRCMD, Last, IXGBE_FDIRCMD_LAST),
    BITS(FDIRCMD, Queue_EN, IXGBE_FDIRCMD_QUEUE_EN),
    BITS(FDIRCMD, Rx_Queue, 0x7fu << IXGBE_FDIRCMD_RX_QUEUE_SHIFT),
    BITS(FDIRCMD, Pool, 0x3fu << IXGBE_FDIRCMD_VT_POOL_SHIFT),
    BITS(FDIRFREE, FREE, IXGBE_FDIRFREE_FREE_MASK),
    BITS(FDIRUSTAT, Add, IXGBE_FDIRUSTAT_ADD_MASK),
    BITS(FDIRUSTAT, Remove, IXGBE_FDIRUSTAT_REMOVE_MASK),
    BITS(FDIRFSTAT, FAdd, IXGBE_FDIRFSTAT_FADD_MASK),
    BITS(FDIRFSTAT, FRemove, IXGBE_FDIRFSTAT_FREMOVE_MASK),
    BITS(FDIRM, VLANID, IXGBE_FDIRM_VLANID),
    BITS(FDIRM, VLANP, IXGBE_FDIRM_VLANP),
    BITS(FDIRM, POOL, IXGBE_FDIRM_POOL),
    BITS(FDIRM, L4P, IXGBE_FDIRM_L4P),
    BITS(FDIRM, FLEX, IXGBE_FDIRM_FLEX),
    BITS(FDIRM, DIPv6, IXGBE_FDIRM_DIPv6),
};

const Bits kDescriptorBits[] = {
    DESC(RxInfo, RSS_TYPE, IXGBE_RXDADV_RSSTYPE_MASK),
    DESC(RxInfo, PACKET_TYPE, IXGBE_RXDADV_PKTTYPE_MASK | 1 << 16),  // DPDK's lacks the highest bit
    DESC(RxInfo, SPH, IXGBE_RXDADV_SPH << 16),
    DESC(RxStatus, DD, IXGBE_RXD_STAT_DD),
    DESC(RxStatus, EOP, IXGBE_RXD_STAT_EOP),
    DESC(RxStatus, FLM, IXGBE_RXD_STAT_FLM),
    DESC(RxStatus, VP, IXGBE_RXD_STAT_VP),
    DESC(RxStatus, UDPCS, IXGBE_RXD_STAT_UDPCS),
    DESC(RxStatus, L4I, IXGBE_RXD_STAT_L4CS),
    DESC(RxStatus, IPCS, IXGBE_RXD_STAT_IPCS),
    DESC(RxStatus, PIF, IXGBE_RXD_STAT_PIF),
    DESC(RxStatus, VEXT, IXGBE_RXD_STAT_VEXT),
    DESC(RxStatus, UDPV, IXGBE_RXD_STAT_UDPV),
    DESC(RxStatus, NEXTP, IXGBE_RXDADV_NEXTP_MASK),
    DESC(RxStatus, FDIRERR, IXGBE_RXDADV_ERR_FDIR_LEN | IXGBE_RXDADV_ERR_FDIR_DROP | IXGBE_RXDADV_ERR_FDIR_COLL),
    DESC(RxStatus, HBO, IXGBE_RXDADV_ERR_HBO),
    DESC(RxStatus, RXE, IXGBE_RXDADV_ERR_RXE),
    DESC(RxStatus, TCPE, IXGBE_RXDADV_ERR_TCPE),
    DESC(RxStatus, IPE, IXGBE_RXDADV_ERR_IPE),
    DESC(TxCmd, DTALEN, IXGBE_ADVTXD_DTALEN_MASK),
    DESC(TxCmd, DTYP, IXGBE_ADVTXD_DTYP_MASK),
    DESC(TxCmd, EOP, IXGBE_ADVTXD_DCMD_EOP),
    DESC(TxCmd, IFCS, IXGBE_ADVTXD_DCMD_IFCS),
    DESC(TxCmd, RS, IXGBE_ADVTXD_DCMD_RS),
    DESC(TxCmd, DEXT, IXGBE_ADVTXD_DCMD_DEXT),
    DESC(TxCmd, VLE, IXGBE_ADVTXD_DCMD_VLE),
    DESC(TxCmd, TSE, IXGBE_ADVTXD_DCMD_TSE),
    DESC(TxOlinfo, CC, IXGBE_ADVTXD_CC),
    DESC(TxOlinfo, IXSM, IXGBE_ADVTXD_POPTS_IXSM),
    DESC(TxOlinfo, TXSM, IXGBE_ADVTXD_POPTS_TXSM),
    DESC(TxOlinfo, PAYLEN, 0x3ffffu << IXGBE_ADVTXD_PAYLEN_SHIFT),
    DESC(TxMacIpLens, MACLEN, 0x7fu << IXGBE_ADVTXD_MACLEN_SHIFT),
    DESC(TxMacIpLens, VLAN, 0xffffu << IXGBE_ADVTXD_VLAN_SHIFT),
    DESC(TxTucmd, IPV4, IXGBE_ADVTXD_TUCMD_IPV4),
    DESC(TxTucmd, L4T, IXGBE_ADVTXD_TUCMD_L4T_RSV),
    DESC(TxMssL4len, IDX, 7u << IXGBE_ADVTXD_IDX_SHIFT),
    DESC(TxMssL4len, L4LEN, 0xffu << IXGBE_ADVTXD_L4LEN_SHIFT),
    DESC(TxMssL4len, MSS, 0xffffu << IXGBE_ADVTXD_MSS_SHIFT),
    DESC(TxStatus, DD, IXGBE_TXD_STAT_DD),
};
#undef ONE
#undef ONE_AS
#undef ARRAY
#undef ARRAY_FROM
#undef BITS
#undef DESC

void compare(std::span<const Bits> rows) {
    for (const Bits& row : rows) EXPECT_EQ(row.ours, row.theirs) << row.name;
}

TEST(Ixgbe, RegisterFieldsAreThoseOfDpdk) { compare(kBits); }
TEST(Ixgbe, FlowDirectorFieldsAreThoseOfDpdk) { compare(kFlowDirectorBits); }
TEST(Ixgbe, DescriptorFieldsAreThoseOfDpdk) { compare(kDescriptorBits); }

TEST(Ixgbe, ValuesAreThoseOfDpdk) {
    EXPECT_EQ(ixgbe::SRRCTL::kAdvancedOneBuffer << ixgbe::SRRCTL::DESCTYPE::lo,
              std::uint32_t{IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF});
    EXPECT_EQ(ixgbe::FDIRCMD::kAdd, std::uint32_t{IXGBE_FDIRCMD_CMD_ADD_FLOW});
    EXPECT_EQ(ixgbe::FDIRCMD::kRemove, std::uint32_t{IXGBE_FDIRCMD_CMD_REMOVE_FLOW});
    EXPECT_EQ(ixgbe::FDIRCMD::kQuery, std::uint32_t{IXGBE_FDIRCMD_CMD_QUERY_REM_FILT});
    EXPECT_EQ(TxCmd::kContext << TxCmd::DTYP::lo, std::uint32_t{IXGBE_ADVTXD_DTYP_CTXT});
    EXPECT_EQ(TxCmd::kData << TxCmd::DTYP::lo, std::uint32_t{IXGBE_ADVTXD_DTYP_DATA});
}

}  // namespace
#else
TEST(Ixgbe, IsAsDpdkHasIt) { GTEST_SKIP() << "the driver SDK has no ixgbe base headers; ./run setup fetches them"; }
#endif
