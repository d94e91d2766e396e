// SPDX-License-Identifier: BSD-3-Clause
// What the filter registers say, in the form in which a frame asks for it: most of their entries are off most of the
// time. Made anew when one of them was written.
#pragma once

#include <cstdint>
#include <vector>

#include "register_file.h"
#include "rsc.h"
#include "rss.h"

namespace bifurc::model {

struct FilterDigest {
    std::vector<std::uint64_t> addresses;  // valid entries of RAL and RAH, as mac48()
    std::vector<unsigned> ethertypes;      // enabled ETQF
    std::vector<unsigned> five_tuples;     // enabled FTQF
    ToeplitzTable toeplitz;
    RscRules rsc;

    void load(const RegisterFile& regs);
};

// An address as RAL and RAH hold it: the first byte on the wire lowest.
[[nodiscard]] inline std::uint64_t mac48(Bytes mac) noexcept {
    return wire32(mac) | static_cast<std::uint64_t>(byte_at(mac, 4)) << 32 |
           static_cast<std::uint64_t>(byte_at(mac, 5)) << 40;
}

// Does a write there change what a digest says? All do but those to queues' registers and those below, which are
// interrupts' and general ones.
[[nodiscard]] bool in_digest(std::uint32_t offset) noexcept;

}  // namespace bifurc::model
