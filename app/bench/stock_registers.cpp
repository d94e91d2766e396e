// SPDX-License-Identifier: BSD-3-Clause
#include "stock_registers.h"

namespace bifurc::bench {
namespace {

// Values that do not follow from what was written. DS is the 82599 datasheet (331520).
struct Row {
    std::uint32_t offset;
    std::uint32_t forced_on;   // reads as 1, always
    std::uint32_t forced_off;  // reads as 0, always: bits that the hardware clears when it is done
};
constexpr Row kRows[] = {
    {0x00000, 0, 1u << 26 | 1u << 3},   // CTRL: resets are over at once (DS 8.2.3.1.1)
    {0x00008, 0, 1u << 19},             // STATUS: no PCIe master request is pending (8.2.3.1.2)
    {0x02F00, 1u << 3, 0},              // RDRXCTL.DMAIDONE (8.2.3.8.8)
    {0x0425C, 0, 1u << 30},             // MSCA.MDICMD: a PHY access is over, and finds none (8.2.3.22.11)
    {0x042A4, 1u << 30 | 3u << 28, 0},  // LINKS: up, 10 Gbit/s (8.2.3.22.20)
    {0x042B0, 1u << 16, 0},             // ANLP1: negotiation has left its first state (8.2.3.22.23)
    {0x08804, 1, 0},                    // SECTXSTAT, SECRXSTAT: ready (8.2.3.12)
    {0x08D04, 1, 0},
    {0x10010, 1u << 7 | 1u << 8 | 1u << 9 | 8u << 11, 0},  // EEC: present, read, granted, 16 Ki words (8.2.3.2.1)
    {0x10110, 0xffu << 18, 0},                             // EEMNGCTL: configuration done (8.2.3.2.4)
    {0x10140, 0, 1},                                       // SWSM.SMBI: the semaphore is free (8.2.3.2.6)
};

constexpr std::uint32_t kEerd = 0x10014;  // DS 8.2.3.2.2: done 1, address 15:2, data 31:16
constexpr std::uint32_t kRal0 = 0x05400, kRah0 = 0x05404;
constexpr std::uint32_t kAutoc = 0x042A0;

// DS 6.2: all words are 0 but the checksum, which makes words 0 to 0x3f add up to 0xBABA.
std::uint32_t nvm_word(std::uint32_t address) { return address == 0x3f ? 0xBABA : 0; }

}  // namespace

StockRegisters::StockRegisters() {
    words_[kRal0 / 4] = 0x00000002;  // 02:00:00:00:00:01
    words_[kRah0 / 4] = 1u << 31 | 0x0100;
    words_[kAutoc / 4] = 3u << 13;  // LMS: 10 Gbit/s, serial
}

std::uint32_t StockRegisters::read32(std::uint32_t offset) noexcept {
    if (offset >= kBytes) return 0;
    std::uint32_t value = words_[offset / 4];
    for (const Row& row : kRows)
        if (row.offset == offset) value = (value | row.forced_on) & ~row.forced_off;
    return value;
}

void StockRegisters::write32(std::uint32_t offset, std::uint32_t value) noexcept {
    if (offset >= kBytes) return;
    if (offset == kEerd) value = (value & 0xfffc) | 1u << 1 | nvm_word(value >> 2 & 0x3fff) << 16;
    words_[offset / 4] = value;
}

}  // namespace bifurc::bench
