// SPDX-License-Identifier: BSD-3-Clause
#include "filter_digest.h"

namespace bifurc::model {

using namespace hw::ixgbe;

void FilterDigest::load(const RegisterFile& regs) {
    addresses.clear();
    for (unsigned i = 0; i < RAL::count; ++i) {
        const auto rah = regs.get<RAH>(i);
        if (rah.get<RAH::AV>() == 0) continue;
        addresses.push_back(std::uint64_t{rah.get<RAH::RAH_bits>()} << 32 | regs.get<RAL>(i).raw);
    }
    ethertypes.clear();
    for (unsigned i = 0; i < ETQF::count; ++i) {
        if (regs.field<ETQF, ETQF::Filter_Enable>(i) != 0) ethertypes.push_back(i);
    }
    five_tuples.clear();
    for (unsigned i = 0; i < FTQF::count; ++i) {
        if (regs.field<FTQF, FTQF::Queue_Enable>(i) != 0) five_tuples.push_back(i);
    }
    toeplitz.load(regs);
    rsc.load(regs);
}

bool in_digest(std::uint32_t offset) noexcept {
    constexpr auto within = [](std::uint32_t at, std::uint32_t base, std::uint32_t stride, unsigned count) {
        return at - base < stride * count;
    };
    return offset >= RDBAL::base && !within(offset, RDBAL::base, RDBAL::stride, RDBAL::split) &&
           !within(offset, RDBAL::base2, RDBAL::stride, RDBAL::count - RDBAL::split) &&
           !within(offset, TDBAL::base, TDBAL::stride, TDBAL::count);
}

}  // namespace bifurc::model
