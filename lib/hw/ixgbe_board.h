// SPDX-License-Identifier: BSD-3-Clause
// Registers of the 82599 family that reach beyond the MAC: the board's NVM, the SFP+ module, the MDIO, what software
// and firmware share, and the link. A driver's probe reads them. Spelled as in the Intel 82599 datasheet (331520),
// chapter 8.
#pragma once

#include "reg.h"

namespace bifurc::hw::ixgbe {

// DS 8.2.3.1
struct I2CCTL : Reg<I2CCTL, 0x00028, Access::rw> {
    using I2C_CLK_IN = Field<0>;
    using I2C_CLK_OUT = Field<1>;
    using I2C_DATA_IN = Field<2>;
    using I2C_DATA_OUT = Field<3>;
};

// DS 8.2.3.2 EEPROM/Flash
struct EEC : Reg<EEC, 0x10010, Access::rw> {
    using EE_SK = Field<0>;
    using EE_CS = Field<1>;  // low selects
    using EE_DI = Field<2>;
    using EE_DO = Field<3>;
    using EE_REQ = Field<6>;
    using EE_GNT = Field<7>;
    using EE_PRES = Field<8>;
    using Auto_RD = Field<9>;
    using EE_ADDR_SIZE = Field<10>;  // addresses of 16 bits
    using EE_Size = Field<14, 11>;   // 2^(EE_Size + 6) words
};
struct EERD : Reg<EERD, 0x10014, Access::rw> {
    using START = Field<0>;
    using DONE = Field<1>;
    using ADDR = Field<15, 2>;
    using DATA = Field<31, 16>;
};

// DS 8.2.3.4.12 to 8.2.3.4.14: semaphores between the drivers of both ports, and with the firmware
struct SWSM : Reg<SWSM, 0x10140, Access::rw> {
    using SMBI = Field<0>;  // reading sets it
    using SWESMBI = Field<1>;
};
struct FWSM : Reg<FWSM, 0x10148, Access::ro> {
    using FW_Mode = Field<3, 1>;
    using FW_Val_Bit = Field<15>;
};
struct SW_FW_SYNC : Reg<SW_FW_SYNC, 0x10160, Access::rw> {};

// DS 8.2.3.22 MAC: MDIO and link
struct MSCA : Reg<MSCA, 0x0425C, Access::rw> {
    using OPCODE = Field<27, 26>;
    using MDICMD = Field<30>;  // set to start, clear when done
};
struct MSRWD : Reg<MSRWD, 0x04260, Access::rw> {
    using MDIWRDATA = Field<15, 0>;
    using MDIRDDATA = Field<31, 16>;
};
struct AUTOC : Reg<AUTOC, 0x042A0, Access::rw> {
    using Restart_AN = Field<12>;
    using LMS = Field<15, 13>;
    static constexpr std::uint32_t kSerial10G = 3;
};
struct AUTOC2 : Reg<AUTOC2, 0x042A8, Access::rw> {
    using PMA_PMD_10G_serial = Field<17, 16>;
    static constexpr std::uint32_t kSfi = 2;
};
struct ANLP1 : Reg<ANLP1, 0x042B0, Access::ro> {
    using AN_state = Field<19, 16>;
};

// DS 8.2.3.13 LinkSec and IPsec
struct SECTXSTAT : Reg<SECTXSTAT, 0x08804, Access::ro> {
    using SECTX_RDY = Field<0>;
    using SECTX_OFF_DIS = Field<2>;
};
struct SECRXSTAT : Reg<SECRXSTAT, 0x08D04, Access::ro> {
    using SECRX_RDY = Field<0>;
    using SECRX_OFF_DIS = Field<2>;
};

}  // namespace bifurc::hw::ixgbe
