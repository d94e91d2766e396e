// SPDX-License-Identifier: BSD-3-Clause
// Receive and transmit descriptors of the ixgbe and igb families: 16 bytes, little-endian, in memory that the NIC and
// one owner share. Sources: 82599 datasheet (331520) 7.1.5, 7.1.6 and 7.2.3; 82576 datasheet (320961) 7.1.5 and 7.2.2.
// Both families use the same advanced layouts; where a field differs it has the family's name.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reg.h"

namespace bifurc::hw {

// DS 7.1.6: what software posts (read format) and what the NIC leaves in its place (write-back format).
union RxDesc {
    struct {
        std::uint64_t pkt_addr;
        std::uint64_t hdr_addr;  // also clears DD of the last round: bit 0 must be 0
    } read;
    struct {
        std::uint32_t pkt_info;      // RSS type 3:0, packet type 16:4, header length, SPH
        std::uint32_t hash;          // RSS hash, or flow director id, or IP id and fragment checksum
        std::uint32_t status_error;  // owner: the NIC until DD is set
        std::uint16_t length;        // bytes in this buffer
        std::uint16_t vlan;
    } wb;
};
static_assert(sizeof(RxDesc) == 16 && offsetof(RxDesc, wb.status_error) == 8 && offsetof(RxDesc, wb.length) == 12);

struct RxInfo {  // RxDesc::wb.pkt_info, DS 7.1.6.2
    using RSS_TYPE = Field<3, 0>;
    using PACKET_TYPE = Field<16, 4>;
    using RSCCNT = Field<20, 17>;  // with RSC only: 1, and one more for each further frame that begins in this buffer
    using HDR_LEN = Field<30, 21>;
    using SPH = Field<31>;
};

struct RxStatus {  // RxDesc::wb.status_error, DS 7.1.6.2: status 19:0, errors 31:20
    using DD = Field<0>;
    using EOP = Field<1>;
    using FLM = Field<2>;
    using VP = Field<3>;
    using UDPCS = Field<4>;
    using L4I = Field<5>;
    using IPCS = Field<6>;
    using PIF = Field<7>;
    using VEXT = Field<9>;
    using UDPV = Field<10>;
    using LLINT = Field<11>;
    using NEXTP = Field<19, 4>;  // with RSC only: the descriptor that goes on; overlays the bits above
    using FDIRERR = Field<22, 20>;
    using HBO = Field<23>;
    using RXE = Field<29>;
    using TCPE = Field<30>;
    using IPE = Field<31>;
};

// DS 7.2.3.2.4: data descriptor, and its write-back.
union TxDesc {
    struct {
        std::uint64_t buffer_addr;
        std::uint32_t cmd_type_len;
        std::uint32_t olinfo_status;
    } read;
    struct {
        std::uint64_t reserved;
        std::uint32_t nxtseq_seed;
        std::uint32_t status;  // owner: the NIC until DD is set
    } wb;
    struct {  // DS 7.2.3.2.3: context descriptor
        std::uint32_t vlan_macip_lens;
        std::uint32_t fcoef_ipsec_seqnum;
        std::uint32_t type_tucmd;
        std::uint32_t mss_l4len_idx;
    } ctx;
};
static_assert(sizeof(TxDesc) == 16 && offsetof(TxDesc, wb.status) == 12);

struct TxCmd {  // TxDesc::read.cmd_type_len, DS 7.2.3.2.4
    using DTALEN = Field<15, 0>;
    using MAC = Field<19, 18>;
    using DTYP = Field<23, 20>;
    using EOP = Field<24>;
    using IFCS = Field<25>;
    using RS = Field<27>;
    using DEXT = Field<29>;
    using VLE = Field<30>;
    using TSE = Field<31>;
    static constexpr std::uint32_t kContext = 2;  // DTYP
    static constexpr std::uint32_t kData = 3;
};

struct TxOlinfo {  // TxDesc::read.olinfo_status
    using STA = Field<3, 0>;
    using IDX = Field<6, 4>;
    using CC = Field<7>;
    using IXSM = Field<8>;
    using TXSM = Field<9>;
    using PAYLEN = Field<31, 14>;
};

struct TxStatus {  // TxDesc::wb.status
    using DD = Field<0>;
};

struct TxMacIpLens {  // TxDesc::ctx.vlan_macip_lens, DS 7.2.3.2.3
    using IPLEN = Field<8, 0>;
    using MACLEN = Field<15, 9>;
    using VLAN = Field<31, 16>;
};

struct TxTucmd {  // TxDesc::ctx.type_tucmd; DTYP and DEXT are where TxCmd has them
    using IPV4 = Field<10>;
    using L4T = Field<12, 11>;
    static constexpr std::uint32_t kUdp = 0;  // L4T
    static constexpr std::uint32_t kTcp = 1;
    static constexpr std::uint32_t kSctp = 2;
};

struct TxMssL4len {  // TxDesc::ctx.mss_l4len_idx
    using IDX = Field<6, 4>;
    using L4LEN = Field<15, 8>;
    using MSS = Field<31, 16>;
};

}  // namespace bifurc::hw
