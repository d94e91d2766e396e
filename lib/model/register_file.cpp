// SPDX-License-Identifier: BSD-3-Clause
#include "register_file.h"

#include <algorithm>
#include <array>
#include <string>

#include "hw/ixgbe_board.h"
#include "nvm.h"
#include "register_rows.h"

namespace bifurc::model {

void append(std::vector<Row>& rows, const Row& row) { rows.push_back(row); }

namespace {

using namespace hw;
using namespace hw::ixgbe;

void add_general(std::vector<Row>& rows) {
    add<CTRL>(rows, "CTRL", kAll, Hook::reset);
    add<STATUS>(rows, "STATUS", 0, Hook::status);
    add<CTRL_EXT>(rows, "CTRL_EXT");
    add<LINKS>(rows, "LINKS", 0, Hook::links);
    add<EICR>(rows, "EICR", kAll, Hook::eicr);
    add<EICS>(rows, "EICS", kAll, Hook::eics);
    add<EIAC>(rows, "EIAC");
    add<EIMS>(rows, "EIMS", kAll, Hook::eims);
    add<EIMC>(rows, "EIMC", kAll, Hook::eimc);
    add<EIAM>(rows, "EIAM");
    add<GPIE>(rows, "GPIE");
    add<IVAR>(rows, "IVAR");
    add<IVAR_MISC>(rows, "IVAR_MISC");
    add<EITR>(rows, "EITR");
    add<EICS_EX>(rows, "EICS_EX", kAll, Hook::eics_ex);
    add<EIMS_EX>(rows, "EIMS_EX", kAll, Hook::eims_ex);
    add<EIMC_EX>(rows, "EIMC_EX", kAll, Hook::eimc_ex);
    add<EIAM_EX>(rows, "EIAM_EX");
    add<HLREG0>(rows, "HLREG0", kAll, Hook::none,
                HLREG0::TXCRCEN::mask | HLREG0::RXCRCSTRP::mask | HLREG0::TXPADEN::mask);
    add<MAXFRS>(rows, "MAXFRS", MAXFRS::MFS::mask, Hook::none, 1518u << MAXFRS::MFS::lo);
}

void add_filters(std::vector<Row>& rows) {
    add<FCTRL>(rows, "FCTRL");
    add<VLNCTRL>(rows, "VLNCTRL", kAll, Hook::none, 0x8100);
    add<MCSTCTRL>(rows, "MCSTCTRL");
    add<MTA>(rows, "MTA");
    add<RAL>(rows, "RAL");
    add<RAH>(rows, "RAH", RAH::RAH_bits::mask | RAH::AV::mask);
    add<VFTA>(rows, "VFTA");
    add<RFCTL>(rows, "RFCTL");
    add<PSRTYPE>(rows, "PSRTYPE");
    add<ETQF>(rows, "ETQF");
    add<ETQS>(rows, "ETQS");
    add<SYNQF>(rows, "SYNQF");
    add<SAQF>(rows, "SAQF");
    add<DAQF>(rows, "DAQF");
    add<SDPQF>(rows, "SDPQF");
    add<FTQF>(rows, "FTQF");
    add<L34TIMIR>(rows, "L34TIMIR");
    add<RXCSUM>(rows, "RXCSUM");
    add<MRQC>(rows, "MRQC");
    add<RETA>(rows, "RETA");
    add<RSSRK>(rows, "RSSRK");
}

void add_flow_director(std::vector<Row>& rows) {
    add<FDIRCTRL>(rows, "FDIRCTRL", ~FDIRCTRL::INIT_Done::mask, Hook::fdir_control);
    add<FDIRSIPv6>(rows, "FDIRSIPv6");
    add<FDIRIPSA>(rows, "FDIRIPSA");
    add<FDIRIPDA>(rows, "FDIRIPDA");
    add<FDIRPORT>(rows, "FDIRPORT");
    add<FDIRVLAN>(rows, "FDIRVLAN");
    add<FDIRHASH>(rows, "FDIRHASH");
    add<FDIRCMD>(rows, "FDIRCMD", kAll, Hook::fdir_command);
    add<FDIRFREE>(rows, "FDIRFREE", 0);
    add<FDIRDIP4M>(rows, "FDIRDIP4M");
    add<FDIRSIP4M>(rows, "FDIRSIP4M");
    add<FDIRTCPM>(rows, "FDIRTCPM");
    add<FDIRUDPM>(rows, "FDIRUDPM");
    add<FDIRSCTPM>(rows, "FDIRSCTPM");
    add<FDIRIP6M>(rows, "FDIRIP6M");
    add<FDIRM>(rows, "FDIRM");
    add<FDIRHKEY>(rows, "FDIRHKEY");
    add<FDIRSKEY>(rows, "FDIRSKEY");
    add_counter<FDIRLEN>(rows, "FDIRLEN");
    add_counter<FDIRUSTAT>(rows, "FDIRUSTAT");
    add_counter<FDIRFSTAT>(rows, "FDIRFSTAT");
    add_counter<FDIRMATCH>(rows, "FDIRMATCH");
    add_counter<FDIRMISS>(rows, "FDIRMISS");
}

void add_queues(std::vector<Row>& rows) {
    add<RDBAL>(rows, "RDBAL", 0xffffff80);
    add<RDBAH>(rows, "RDBAH");
    add<RDLEN>(rows, "RDLEN", 0x000fff80);
    add<DCA_RXCTRL>(rows, "DCA_RXCTRL");
    add<RDH>(rows, "RDH", 0xffff);
    add<SRRCTL>(rows, "SRRCTL", kAll, Hook::none, 2u | 4u << SRRCTL::BSIZEHEADER::lo);
    add<RDT>(rows, "RDT", 0xffff);
    add<RXDCTL>(rows, "RXDCTL", kAll, Hook::queue_enable);
    add<RSCCTL>(rows, "RSCCTL");
    add<TDBAL>(rows, "TDBAL", 0xffffff80);
    add<TDBAH>(rows, "TDBAH");
    add<TDLEN>(rows, "TDLEN", 0x000fff80);
    add<DCA_TXCTRL>(rows, "DCA_TXCTRL");
    add<TDH>(rows, "TDH", 0xffff);
    add<TDT>(rows, "TDT", 0xffff, Hook::tx_tail);
    add<TXDCTL>(rows, "TXDCTL", kAll, Hook::queue_enable);
    add<TDWBAL>(rows, "TDWBAL");
    add<TDWBAH>(rows, "TDWBAH");
}

void add_dma(std::vector<Row>& rows) {
    add<RXCTRL>(rows, "RXCTRL");
    add<RDRXCTL>(rows, "RDRXCTL", ~RDRXCTL::DMAIDONE::mask, Hook::none,
                 RDRXCTL::DMAIDONE::mask | 8u << RDRXCTL::RSCFRSTSIZE::lo);
    add<RSCDBU>(rows, "RSCDBU");
    add<QDE>(rows, "QDE", kAll, Hook::qde);
    add<RXPBSIZE>(rows, "RXPBSIZE", RXPBSIZE::SIZE::mask);
    add<DMATXCTL>(rows, "DMATXCTL");
    add<RTTDCS>(rows, "RTTDCS");
    add<MTQC>(rows, "MTQC");
}

void add_statistics(std::vector<Row>& rows) {
    add<RQSMR>(rows, "RQSMR");
    add<TQSM>(rows, "TQSM");
    add_counter<PRC64>(rows, "PRC64");
    add_counter<PRC127>(rows, "PRC127");
    add_counter<PRC255>(rows, "PRC255");
    add_counter<PRC511>(rows, "PRC511");
    add_counter<PRC1023>(rows, "PRC1023");
    add_counter<PRC1522>(rows, "PRC1522");
    add_counter<GPRC>(rows, "GPRC");
    add_counter<BPRC>(rows, "BPRC");
    add_counter<MPRC>(rows, "MPRC");
    add_counter<GPTC>(rows, "GPTC");
    add_counter<GORCL>(rows, "GORCL");
    add_counter<GORCH>(rows, "GORCH");
    add_counter<GOTCL>(rows, "GOTCL");
    add_counter<GOTCH>(rows, "GOTCH");
    add_counter<RUC>(rows, "RUC");
    add_counter<ROC>(rows, "ROC");
    add_counter<TORL>(rows, "TORL");
    add_counter<TORH>(rows, "TORH");
    add_counter<TPR>(rows, "TPR");
    add_counter<TPT>(rows, "TPT");
    add_counter<PTC64>(rows, "PTC64");
    add_counter<PTC127>(rows, "PTC127");
    add_counter<PTC255>(rows, "PTC255");
    add_counter<PTC511>(rows, "PTC511");
    add_counter<PTC1023>(rows, "PTC1023");
    add_counter<PTC1522>(rows, "PTC1522");
    add_counter<MPTC>(rows, "MPTC");
    add_counter<BPTC>(rows, "BPTC");
    add_counter<RXMPC>(rows, "RXMPC");
    add_counter<QPRC>(rows, "QPRC");
    add_counter<QBRC_L>(rows, "QBRC_L");
    add_counter<QBRC_H>(rows, "QBRC_H");
    add_counter<QPRDC>(rows, "QPRDC");
    add_counter<QPTC>(rows, "QPTC");
    add_counter<QBTC_L>(rows, "QBTC_L");
    add_counter<QBTC_H>(rows, "QBTC_H");
}

void add_board(std::vector<Row>& rows) {
    add<I2CCTL>(rows, "I2CCTL", kAll, Hook::i2cctl, I2CCTL::I2C_CLK_OUT::mask | I2CCTL::I2C_DATA_OUT::mask);
    add<EEC>(rows, "EEC", EEC::EE_SK::mask | EEC::EE_CS::mask | EEC::EE_DI::mask | EEC::EE_REQ::mask, Hook::eec,
             EEC::EE_PRES::mask | EEC::Auto_RD::mask | EEC::EE_ADDR_SIZE::mask | Nvm::kSizeCode << EEC::EE_Size::lo);
    add<EERD>(rows, "EERD", EERD::START::mask | EERD::ADDR::mask, Hook::eerd);
    add<SWSM>(rows, "SWSM", SWSM::SMBI::mask | SWSM::SWESMBI::mask, Hook::swsm);
    add<FWSM>(rows, "FWSM", 0, Hook::none, FWSM::FW_Val_Bit::mask);
    add<SW_FW_SYNC>(rows, "SW_FW_SYNC");
    add<MSCA>(rows, "MSCA", kAll, Hook::mdio);
    add<MSRWD>(rows, "MSRWD", MSRWD::MDIWRDATA::mask);
    add<AUTOC>(rows, "AUTOC", kAll, Hook::autoc, AUTOC::kSerial10G << AUTOC::LMS::lo);
    add<AUTOC2>(rows, "AUTOC2", kAll, Hook::none, AUTOC2::kSfi << AUTOC2::PMA_PMD_10G_serial::lo);
    add<ANLP1>(rows, "ANLP1", 0, Hook::none, 1u << ANLP1::AN_state::lo);
    // Ready, and without the cipher's block: a strap says that the board has none.
    add<SECTXSTAT>(rows, "SECTXSTAT", 0, Hook::none, SECTXSTAT::SECTX_RDY::mask | SECTXSTAT::SECTX_OFF_DIS::mask);
    add<SECRXSTAT>(rows, "SECRXSTAT", 0, Hook::none, SECRXSTAT::SECRX_RDY::mask | SECRXSTAT::SECRX_OFF_DIS::mask);
}

struct Decode {
    std::vector<Row> rows;
    std::array<std::uint16_t, kBarLen / 4> row_of{};  // 1 + index into rows; 0: nothing there

    Decode() {
        add_general(rows);
        add_board(rows);
        add_kept(rows);
        add_silent_counters(rows);
        add_filters(rows);
        add_flow_director(rows);
        add_dma(rows);
        add_queues(rows);
        add_statistics(rows);  // last: QPRC and its like lie between the queues' registers
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::uint32_t n = 0; n < rows[i].count; ++n)
                row_of[(rows[i].base + n * rows[i].stride) / 4] = static_cast<std::uint16_t>(i + 1);
        }
    }
};

const Decode& decode() {
    static const Decode the_decode;
    return the_decode;
}

}  // namespace

RegisterFile::RegisterFile(std::span<std::byte> memory)
    : own_(memory.empty() ? kBarLen / 4 : 0),
      words_(memory.empty() ? own_.data() : reinterpret_cast<std::uint32_t*>(memory.data()), kBarLen / 4) {
    reset();
}

RegisterFile::Place RegisterFile::find(std::uint32_t offset) noexcept {
    if (offset >= kBarLen || offset % 4 != 0) return {nullptr, 0};
    const Decode& table = decode();
    const std::uint16_t row = table.row_of[offset / 4];
    if (row == 0) return {nullptr, 0};
    const Row& found = table.rows[row - 1u];
    return {&found, found.first_index + (offset - found.base) / found.stride};
}

void RegisterFile::reset() noexcept {
    std::fill(words_.begin(), words_.end(), 0);
    for (const Row& row : decode().rows) {
        for (std::uint32_t n = 0; n < row.count; ++n) word(row.base + n * row.stride) = row.reset;
    }
}

std::vector<Nic::UnknownAccess> RegisterFile::unknown() const {
    std::vector<Nic::UnknownAccess> all;
    for (const auto& [access, count] : unknown_) all.push_back({access.first, access.second, count});
    return all;
}

std::string register_name(std::uint32_t offset) {
    const auto [row, index] = RegisterFile::find(offset);
    if (row == nullptr) {
        char text[32];
        std::snprintf(text, sizeof(text), "unknown 0x%05x", offset);
        return text;
    }
    const bool single = row->count == 1 && row->first_index == 0;
    return single ? row->name : std::string(row->name) + "[" + std::to_string(index) + "]";
}

}  // namespace bifurc::model
