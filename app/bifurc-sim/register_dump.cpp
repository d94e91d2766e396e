// SPDX-License-Identifier: BSD-3-Clause
#include "register_dump.h"

#include <array>
#include <span>

#include "hw/ixgbe.h"
#include "hw/ixgbe_board.h"
#include "hw/ixgbe_device.h"
#include "hw/ixgbe_kept.h"

namespace bifurc::sim {
namespace {

using namespace hw::ixgbe;

constexpr std::size_t kWords = 1145;

// So many entries of a register, from this word of the dump on.
struct Entries {
    std::uint32_t (*offset)(unsigned);
    unsigned word, count;
};

template <class R>
consteval Entries at(unsigned word, unsigned count = 1) {
    if (count > R::count) throw "the register has no so many entries";  // does not compile
    return {R::at, word, count};
}

// Places as in Linux's ixgbe (ixgbe_get_regs). Words that are not named stay 0: they are registers of the 82598, of
// tests on the bench and of the physical layer, which the model has not.
constexpr std::array kLayout{
    // General, EEPROM
    at<CTRL>(0), at<STATUS>(1), at<CTRL_EXT>(2), at<ESDP>(3), at<LEDCTL>(5), at<FRTIMER>(6), at<TCPTIMER>(7),
    at<EEC>(8), at<EERD>(9), at<FLA>(10), at<EEMNGCTL>(11), at<GRC>(17),
    // Interrupts: EICR twice, without clearing it
    at<EICS>(18), at<EICS>(19), at<EIMS>(20), at<EIMC>(21), at<EIAC>(22), at<EIAM>(23), at<EITR>(24), at<IVAR>(25),
    at<GPIE>(29),
    // Flow control
    at<FCTTV>(31, 4), at<FCRTL>(35, 8), at<FCRTH>(43, 8), at<FCRTV>(51), at<TFCS>(52),
    // Receive
    at<RDBAL>(53, 64), at<RDBAH>(117, 64), at<RDLEN>(181, 64), at<RDH>(245, 64), at<RDT>(309, 64),
    at<RXDCTL>(373, 64), at<SRRCTL>(437, 16), at<DCA_RXCTRL>(453, 16), at<RDRXCTL>(469), at<RXPBSIZE>(470, 8),
    at<RXCTRL>(478), at<RXCSUM>(480), at<RFCTL>(481), at<RAL>(482, 16), at<RAH>(498, 16), at<PSRTYPE>(514),
    at<FCTRL>(515), at<VLNCTRL>(516), at<MCSTCTRL>(517), at<MRQC>(518),
    // Transmit
    at<TDBAL>(537, 32), at<TDBAH>(569, 32), at<TDLEN>(601, 32), at<TDH>(633, 32), at<TDT>(665, 32),
    at<TXDCTL>(697, 32), at<TDWBAL>(729, 32), at<TDWBAH>(761, 32), at<DCA_TXCTRL>(794, 16), at<TXPBSIZE>(811, 8),
    // Wake up
    at<WUC>(820), at<WUFC>(821), at<WUS>(822), at<IPAV>(823),
    // Traffic classes
    at<FCCFG>(829), at<RTTDCS>(830), at<RTTPCS>(831), at<RTRPCS>(832), at<RTRPT4C>(833, 8), at<RTTDT2C>(849, 8),
    at<RTTPT2C>(865, 8),
    // Statistics
    at<CRCERRS>(881), at<ILLERRC>(882), at<ERRBC>(883), at<MSPDC>(884), at<RXMPC>(885, 8), at<MLFC>(893), at<MRFC>(894),
    at<RLEC>(895), at<LXONTXC>(896), at<LXONRXCNT>(897), at<LXOFFTXC>(898), at<LXOFFRXCNT>(899), at<PXONTXC>(900, 8),
    at<PXONRXCNT>(908, 8), at<PXOFFTXC>(916, 8), at<PXOFFRXCNT>(924, 8), at<PRC64>(932), at<PRC127>(933),
    at<PRC255>(934), at<PRC511>(935), at<PRC1023>(936), at<PRC1522>(937), at<GPRC>(938), at<BPRC>(939), at<MPRC>(940),
    at<GPTC>(941), at<GORCL>(942), at<GORCH>(943), at<GOTCL>(944), at<GOTCH>(945), at<RNBC>(946, 8), at<RUC>(954),
    at<RFC>(955), at<ROC>(956), at<RJC>(957), at<MNGPRC>(958), at<MNGPDC>(959), at<MNGPTC>(960), at<TORL>(961),
    at<TORH>(962), at<TPR>(963), at<TPT>(964), at<PTC64>(965), at<PTC127>(966), at<PTC255>(967), at<PTC511>(968),
    at<PTC1023>(969), at<PTC1522>(970), at<MPTC>(971), at<BPTC>(972), at<XEC>(973), at<QPRC>(974, 16), at<QPTC>(990, 16),
    at<QBRC_L>(1006, 16), at<QBTC_L>(1022, 16),
    // MAC and link
    at<PCS1GCFIG>(1038), at<PCS1GLCTL>(1039), at<PCS1GLSTA>(1040), at<PCS1GANA>(1043), at<PCS1GANLP>(1044),
    at<HLREG0>(1047), at<HLREG1>(1048), at<PAP>(1049), at<MACA>(1050), at<MSCA>(1054), at<MSRWD>(1055),
    at<AUTOC>(1064), at<LINKS>(1065), at<AUTOC2>(1066), at<ANLP1>(1068), at<ANLP2>(1069), at<RDSTATCTL>(1071),
    at<MFLCN>(1128), at<RTRUP2TC>(1129), at<RTTUP2TC>(1130),
    // LinkSec and IPsec
    at<SECTXCTRL>(1139), at<SECTXSTAT>(1140), at<SECTXBUFFAF>(1141), at<SECTXMINIFG>(1142), at<SECRXCTRL>(1143),
    at<SECRXSTAT>(1144),
};

constexpr bool in_order(std::span<const Entries> layout) {
    unsigned free = 0;
    for (const Entries& entries : layout) {
        if (entries.word < free) return false;
        free = entries.word + entries.count;
    }
    return free <= kWords;
}
static_assert(in_order(kLayout));

}  // namespace

std::vector<std::uint32_t> register_dump(const model::Nic& nic) {
    std::vector<std::uint32_t> words(kWords);
    for (const Entries& entries : kLayout) {
        for (unsigned i = 0; i < entries.count; ++i) words[entries.word + i] = nic.peek32(entries.offset(i));
    }
    return words;
}

}  // namespace bifurc::sim
