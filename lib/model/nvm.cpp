// SPDX-License-Identifier: BSD-3-Clause
#include "nvm.h"

namespace bifurc::model {
namespace {

// Addresses in words, DS 6.1 and 6.3. A pointer of all ones means that its section is not there.
constexpr unsigned kFirmwarePtr = 0x0f;
constexpr unsigned kPartNumberGuard = 0x15, kPartNumberPtr = 0x16;
constexpr unsigned kSfpInitPtr = 0x2b;
constexpr unsigned kDeviceCaps = 0x2c;
constexpr unsigned kTrackIdLow = 0x2d, kTrackIdHigh = 0x2e;  // what ethtool -i shows as the firmware's version
constexpr unsigned kChecksum = 0x3f;
constexpr std::uint16_t kChecksumOf = 0xbaba;
constexpr std::uint16_t kIsPointer = 0xfafa;
constexpr std::uint16_t kNoCrosstalkFix = 0x80;  // the receiver needs no look at the module's presence pin

// Sections, behind the words that the checksum is about.
constexpr unsigned kFirmware = 0x40, kPatchConfig = 0x48, kSfpList = 0x58, kSfpInit = 0x60, kPartNumber = 0x68;

}  // namespace

Nvm::Nvm() noexcept {
    contents_.fill(0xffff);
    // DS 6.4: the firmware's section; the driver wants a pass-through patch above version 5 for SFI boards.
    contents_[kFirmwarePtr] = kFirmware;
    contents_[kFirmware + 4] = kPatchConfig;
    contents_[kPatchConfig + 7] = 6;
    // A list of (kind of module, what to write into its PHY); short- and long-range optics are kinds 5 and 6, and
    // need nothing.
    contents_[kSfpInitPtr] = kSfpList;
    contents_[kSfpList + 1] = 5;
    contents_[kSfpList + 2] = kSfpInit;
    contents_[kSfpList + 3] = 6;
    contents_[kSfpList + 4] = kSfpInit;
    contents_[kDeviceCaps] = kNoCrosstalkFix;
    contents_[kTrackIdLow] = 1;
    contents_[kTrackIdHigh] = 0x8000;
    // The board's part number as text: the section's length in words, itself included, then two characters a word.
    constexpr char kName[] = "BIFURC-001";
    constexpr unsigned kNameWords = (sizeof(kName) - 1) / 2;
    contents_[kPartNumberGuard] = kIsPointer;
    contents_[kPartNumberPtr] = kPartNumber;
    contents_[kPartNumber] = kNameWords + 1;
    for (unsigned i = 0; i < kNameWords; ++i) {
        contents_[kPartNumber + 1 + i] = static_cast<std::uint16_t>(kName[2 * i] << 8 | kName[2 * i + 1]);
    }
    // DS 6.3.8.6: words 0 to 0x3f add up to 0xbaba. The sections that pointers 3 to 0xe name count too: there are none.
    unsigned sum = 0;
    for (unsigned i = 0; i < kChecksum; ++i) sum += contents_[i];
    contents_[kChecksum] = static_cast<std::uint16_t>(kChecksumOf - sum);
}

}  // namespace bifurc::model
