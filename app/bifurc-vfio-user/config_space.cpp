// SPDX-License-Identifier: BSD-3-Clause
#include "config_space.h"

#include <linux/pci_regs.h>

#include "hw/ixgbe_device.h"

namespace bifurc::vfio_user {
namespace {

// Capabilities lie where the chip has them.
constexpr unsigned kPm = 0x40, kMsi = 0x50, kMsix = 0x70, kExpress = 0xa0;
constexpr unsigned kIoBarIndex = 2, kMsixBarIndex = 4;
constexpr unsigned kDeviceControl = kExpress + PCI_EXP_DEVCTL;

struct Item {
    unsigned offset, size;
    std::uint32_t value, writable;
};

constexpr Item kItems[] = {
    {PCI_VENDOR_ID, 2, hw::ixgbe::kVendorIntel, 0},
    {PCI_DEVICE_ID, 2, hw::ixgbe::kDevice82599Sfp, 0},
    {PCI_COMMAND, 2, 0,
     PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
         PCI_COMMAND_INTX_DISABLE},
    {PCI_STATUS, 2, PCI_STATUS_CAP_LIST, 0},
    {PCI_REVISION_ID, 1, hw::ixgbe::kRevision82599, 0},
    {PCI_CLASS_DEVICE, 2, 0x0200, 0},  // Ethernet
    {PCI_CACHE_LINE_SIZE, 1, 0x10, 0xff},
    {PCI_BASE_ADDRESS_0, 4, PCI_BASE_ADDRESS_MEM_TYPE_64, ~(kRegisterBarLen - 1)},
    {PCI_BASE_ADDRESS_1, 4, 0, 0xffffffff},
    {PCI_BASE_ADDRESS_0 + 4 * kIoBarIndex, 4, PCI_BASE_ADDRESS_SPACE_IO, ~(kIoBarLen - 1)},
    {PCI_BASE_ADDRESS_0 + 4 * kMsixBarIndex, 4, PCI_BASE_ADDRESS_MEM_TYPE_64, ~(kMsixBarLen - 1)},
    {PCI_BASE_ADDRESS_5, 4, 0, 0xffffffff},
    {PCI_SUBSYSTEM_VENDOR_ID, 2, hw::ixgbe::kVendorIntel, 0},
    {PCI_SUBSYSTEM_ID, 2, 0x0003, 0},
    {PCI_CAPABILITY_LIST, 1, kPm, 0},
    {PCI_INTERRUPT_LINE, 1, 0, 0xff},

    {kPm, 2, PCI_CAP_ID_PM | kMsi << 8, 0},
    {kPm + PCI_PM_PMC, 2, 3, 0},
    {kPm + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET, PCI_PM_CTRL_STATE_MASK},

    {kMsi, 2, PCI_CAP_ID_MSI | kMsix << 8, 0},
    {kMsi + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_ENABLE},
    {kMsi + PCI_MSI_ADDRESS_LO, 4, 0, 0xfffffffc},
    {kMsi + PCI_MSI_ADDRESS_HI, 4, 0, 0xffffffff},
    {kMsi + PCI_MSI_DATA_64, 2, 0, 0xffff},

    {kMsix, 2, PCI_CAP_ID_MSIX | kExpress << 8, 0},
    {kMsix + PCI_MSIX_FLAGS, 2, 64 - 1, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL},
    {kMsix + PCI_MSIX_TABLE, 4, 0 | kMsixBarIndex, 0},
    {kMsix + PCI_MSIX_PBA, 4, kPendingBitsAt | kMsixBarIndex, 0},

    {kExpress, 2, PCI_CAP_ID_EXP, 0},
    {kExpress + PCI_EXP_FLAGS, 2, 2 | PCI_EXP_TYPE_ENDPOINT << 4, 0},
    {kExpress + PCI_EXP_DEVCAP, 4, 2 | PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 0},  // payloads of 512 bytes
    {kDeviceControl, 2, PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ_512B,
     0xffff & ~PCI_EXP_DEVCTL_BCR_FLR},
    {kExpress + PCI_EXP_LNKCAP, 4, PCI_EXP_LNKCAP_SLS_5_0GB | 8 << 4, 0},
    {kExpress + PCI_EXP_LNKCTL, 2, 0, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC},
    {kExpress + PCI_EXP_LNKSTA, 2, PCI_EXP_LNKSTA_CLS_5_0GB | PCI_EXP_LNKSTA_NLW_X8, 0},
    {kExpress + PCI_EXP_DEVCAP2, 4, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS, 0},
    {kExpress + PCI_EXP_DEVCTL2, 2, 0, PCI_EXP_DEVCTL2_COMP_TIMEOUT | PCI_EXP_DEVCTL2_COMP_TMOUT_DIS},
};

// Which bits of each byte software changes.
constexpr std::array<std::byte, 256> writable_bits() {
    std::array<std::byte, 256> bits{};
    for (const Item& item : kItems) {
        for (unsigned i = 0; i < item.size; ++i) bits[item.offset + i] = static_cast<std::byte>(item.writable >> 8 * i);
    }
    return bits;
}
constexpr std::array<std::byte, 256> kWritable = writable_bits();

}  // namespace

void ConfigSpace::reset() noexcept {
    bytes_.fill(std::byte{0});
    for (const Item& item : kItems) {
        for (unsigned i = 0; i < item.size; ++i) {
            bytes_[item.offset + i] = static_cast<std::byte>(item.value >> 8 * i);
        }
    }
}

bool ConfigSpace::write(std::size_t offset, std::span<const std::byte> from) noexcept {
    bool reset_wanted = false;
    for (const std::byte value : from) {
        constexpr unsigned kResetByte = kDeviceControl + 1;
        if (offset == kResetByte && (value & std::byte{PCI_EXP_DEVCTL_BCR_FLR >> 8}) != std::byte{0}) {
            reset_wanted = true;
        }
        const std::byte may = offset < kWritable.size() ? kWritable[offset] : std::byte{0};
        bytes_[offset] = (bytes_[offset] & ~may) | (value & may);
        ++offset;
    }
    return reset_wanted;
}

}  // namespace bifurc::vfio_user
