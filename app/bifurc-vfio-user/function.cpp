// SPDX-License-Identifier: BSD-3-Clause
#include "function.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hw/ixgbe_device.h"

namespace bifurc::vfio_user {
namespace {

constexpr std::uint64_t kWord = 4;
constexpr std::uint64_t kIoAddress = 0, kIoData = 4;  // 82599 DS 8.1.1.1

bool is_access(std::uint64_t offset, std::size_t len) noexcept {
    return (len == 1 || len == 2 || len == 4 || len == 8) && offset % std::min<std::size_t>(len, kWord) == 0;
}

}  // namespace

Function::Function(const std::array<std::uint8_t, 6>& mac, model::Wire& wire, std::unique_ptr<QueuePages> pages)
    : pages_(std::move(pages)),
      nic_({.mac = mac, .registers = pages_ ? pages_->registers() : std::span<std::byte>{}}, dma_, wire, irqs_) {}

std::uint64_t Function::region_len(std::uint32_t region) noexcept {
    switch (region) {
        case VFIO_PCI_BAR0_REGION_INDEX:
            return kRegisterBarLen;
        case VFIO_PCI_BAR2_REGION_INDEX:
            return kIoBarLen;
        case VFIO_PCI_BAR4_REGION_INDEX:
            return kMsixBarLen;
        case VFIO_PCI_CONFIG_REGION_INDEX:
            return ConfigSpace::kLen;
        default:
            return 0;
    }
}

int Function::read(std::uint32_t region, std::uint64_t offset, std::span<std::byte> to) {
    const std::uint64_t len = region_len(region);
    if (offset > len || to.size() > len - offset) return EINVAL;
    switch (region) {
        case VFIO_PCI_BAR0_REGION_INDEX:
            return read_registers(offset, to);
        case VFIO_PCI_BAR2_REGION_INDEX:
            return read_io(offset, to);
        case VFIO_PCI_BAR4_REGION_INDEX:
            std::ranges::copy(std::span{msix_}.subspan(offset, to.size()), to.begin());
            return 0;
        default:
            std::ranges::copy(config_.bytes().subspan(offset, to.size()), to.begin());
            return 0;
    }
}

int Function::write(std::uint32_t region, std::uint64_t offset, std::span<const std::byte> from) {
    const std::uint64_t len = region_len(region);
    if (offset > len || from.size() > len - offset) return EINVAL;
    switch (region) {
        case VFIO_PCI_BAR0_REGION_INDEX:
            return write_registers(offset, from);
        case VFIO_PCI_BAR2_REGION_INDEX:
            return write_io(offset, from);
        case VFIO_PCI_BAR4_REGION_INDEX:
            if (offset < kPendingBitsAt && from.size() <= kPendingBitsAt - offset)
                std::ranges::copy(from, msix_.begin() + static_cast<std::ptrdiff_t>(offset));
            return 0;
        default:
            if (config_.write(offset, from)) reset();
            return 0;
    }
}

// Registers are words. A narrower read shows a part of one, a wider one two (DS 8.1).
int Function::read_registers(std::uint64_t offset, std::span<std::byte> to) {
    if (!is_access(offset, to.size())) return EINVAL;
    while (!to.empty()) {
        const std::uint32_t word = nic_.read32(static_cast<std::uint32_t>(offset & ~(kWord - 1)));
        const std::size_t skip = offset % kWord, part = std::min<std::size_t>(to.size(), kWord - skip);
        std::memcpy(to.data(), reinterpret_cast<const std::byte*>(&word) + skip, part);
        to = to.subspan(part);
        offset += part;
    }
    return 0;
}

int Function::write_registers(std::uint64_t offset, std::span<const std::byte> from) {
    if (!is_access(offset, from.size()) || from.size() < kWord) return EINVAL;
    for (; !from.empty(); from = from.subspan(kWord), offset += kWord) {
        std::uint32_t word = 0;
        std::memcpy(&word, from.data(), sizeof(word));
        nic_.write32(static_cast<std::uint32_t>(offset), word);
    }
    return 0;
}

int Function::read_io(std::uint64_t offset, std::span<std::byte> to) {
    if (to.size() != kWord || offset % kWord != 0) return EINVAL;
    std::uint32_t word = 0;
    if (offset == kIoAddress) word = io_address_;
    if (offset == kIoData) word = nic_.read32(io_address_);
    std::memcpy(to.data(), &word, sizeof(word));
    return 0;
}

int Function::write_io(std::uint64_t offset, std::span<const std::byte> from) {
    if (from.size() != kWord || offset % kWord != 0) return EINVAL;
    std::uint32_t word = 0;
    std::memcpy(&word, from.data(), sizeof(word));
    if (offset == kIoAddress) io_address_ = word;
    if (offset == kIoData) nic_.write32(io_address_, word);
    return 0;
}

bool Function::connect() {
    if (!pages_) return true;
    if (!pages_->renew()) return false;
    reset();
    requests_.clear();  // what an earlier client did with its pages after it had gone
    return true;
}

void Function::reset() {
    using hw::ixgbe::CTRL;
    nic_.write32(CTRL::at(), CTRL::RST::mask);
    config_.reset();
    msix_.fill(std::byte{0});
    io_address_ = 0;
}

void Function::disconnect() {
    reset();
    dma_.clear();
    requests_.clear();
    irqs_.clear();
}

}  // namespace bifurc::vfio_user
