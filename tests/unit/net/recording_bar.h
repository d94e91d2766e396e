// SPDX-License-Identifier: BSD-3-Clause
// A register file that remembers every write in order and answers reads with what was written, unless told otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "hw/reg.h"

namespace bifurc::test {

using Writes = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

class RecordingBar : public hw::TypedBar<RecordingBar> {
public:
    std::uint32_t read32(std::uint32_t offset) { return values[offset]; }
    void write32(std::uint32_t offset, std::uint32_t value) {
        writes.emplace_back(offset, value);
        if (!stuck.contains(offset)) values[offset] = value;
    }

    Writes writes;
    std::map<std::uint32_t, std::uint32_t> values;
    std::set<std::uint32_t> stuck;  // registers that ignore writes
};

// Time that passes only while somebody waits.
struct FakeClock {
    void delay_us(unsigned us) { now_us += us; }
    std::uint64_t now_us = 0;
};

}  // namespace bifurc::test
