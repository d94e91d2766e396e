// SPDX-License-Identifier: BSD-3-Clause
#include "board.h"

#include "hw/ixgbe_board.h"

namespace bifurc::model {

using namespace hw::ixgbe;

void Board::written(Hook hook) noexcept {
    switch (hook) {
        case Hook::eec: {  // DS 3.4.7.2: who asks for the bus has it
            const auto eec = regs_.get<EEC>();
            eeprom_.drive(eec.get<EEC::EE_CS>() != 0, eec.get<EEC::EE_SK>() != 0, eec.get<EEC::EE_DI>() != 0);
            regs_.set<EEC>(eec.with<EEC::EE_GNT>(eec.get<EEC::EE_REQ>()).with<EEC::EE_DO>(eeprom_.data_out()));
            break;
        }
        case Hook::eerd: {  // DS 8.2.3.2.2: a word of the EEPROM; done at once
            const auto eerd = regs_.get<EERD>();
            if (eerd.get<EERD::START>() == 0) break;
            const std::uint16_t word = eeprom_.contents().word(eerd.get<EERD::ADDR>());
            regs_.set<EERD>(eerd.with<EERD::START>(0).with<EERD::DONE>(1).with<EERD::DATA>(word));
            break;
        }
        case Hook::i2cctl: {
            const auto lines = regs_.get<I2CCTL>();
            module_.drive(lines.get<I2CCTL::I2C_CLK_OUT>() != 0, lines.get<I2CCTL::I2C_DATA_OUT>() != 0);
            break;
        }
        case Hook::mdio:  // DS 8.2.3.22.11: nobody answers on the bus, so that a read sees it pulled up
            regs_.set<MSCA>(regs_.get<MSCA>().with<MSCA::MDICMD>(0));
            regs_.set<MSRWD>(regs_.get<MSRWD>().with<MSRWD::MDIRDDATA>(0xffff));
            break;
        case Hook::autoc:  // DS 8.2.3.22.19
            regs_.set<AUTOC>(regs_.get<AUTOC>().with<AUTOC::Restart_AN>(0));
            break;
        default:
            break;
    }
}

std::uint32_t Board::read(Hook hook) noexcept {
    if (hook == Hook::swsm) {  // DS 8.2.3.4.12: who reads 0 in SMBI has the semaphore
        const auto swsm = regs_.get<SWSM>();
        regs_.set<SWSM>(swsm.with<SWSM::SMBI>(1));
        return swsm.raw;
    }
    const auto lines = regs_.get<I2CCTL>();
    return lines.with<I2CCTL::I2C_CLK_IN>(lines.get<I2CCTL::I2C_CLK_OUT>())
        .with<I2CCTL::I2C_DATA_IN>(module_.data())
        .raw;
}

}  // namespace bifurc::model
