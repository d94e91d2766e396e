// SPDX-License-Identifier: BSD-3-Clause
#include "irq_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace bifurc::vfio_user {
namespace {

// A client that lets its counter run full, or sends something that is no event descriptor, holds nobody up.
void never_block(int fd) noexcept { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

void signal(const UniqueFd& fd) noexcept {
    const std::uint64_t one = 1;
    if (fd) static_cast<void>(::write(fd.get(), &one, sizeof(one)) == sizeof(one));
}

}  // namespace

unsigned IrqTable::count(std::uint32_t index) noexcept {
    if (index == VFIO_PCI_MSIX_IRQ_INDEX) return kMsixVectors;
    return index == VFIO_PCI_MSI_IRQ_INDEX || index == VFIO_PCI_ERR_IRQ_INDEX ? 1 : 0;
}

std::span<UniqueFd> IrqTable::of(std::uint32_t index) noexcept {
    if (index == VFIO_PCI_MSIX_IRQ_INDEX) return msix_;
    if (index == VFIO_PCI_MSI_IRQ_INDEX) return msi_;
    if (index == VFIO_PCI_ERR_IRQ_INDEX) return error_;
    return {};
}

int IrqTable::set(const vfio_irq_set& request, std::span<const std::byte> data, std::vector<UniqueFd> fds) {
    constexpr std::uint32_t kActions =
        VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_ACTION_TRIGGER;
    constexpr std::uint32_t kData = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_DATA_EVENTFD;
    if ((request.flags & kActions) != VFIO_IRQ_SET_ACTION_TRIGGER) return EINVAL;  // nothing here is maskable
    const std::uint32_t kind = request.flags & kData;
    std::span<UniqueFd> irqs = of(request.index);
    if (request.start > irqs.size() || request.count > irqs.size() - request.start) return EINVAL;
    if (kind == VFIO_IRQ_SET_DATA_NONE && request.count == 0) {
        for (UniqueFd& fd : irqs) fd.reset();
    } else if (kind == VFIO_IRQ_SET_DATA_NONE) {
        for (const UniqueFd& fd : irqs.subspan(request.start, request.count)) signal(fd);
    } else if (kind == VFIO_IRQ_SET_DATA_BOOL && data.size() == request.count) {
        for (std::size_t i = 0; i < data.size(); ++i) {
            if (data[i] != std::byte{0}) signal(irqs[request.start + i]);
        }
    } else if (kind == VFIO_IRQ_SET_DATA_EVENTFD && (fds.empty() || fds.size() == request.count)) {
        irqs = irqs.subspan(request.start, request.count);
        for (std::size_t i = 0; i < irqs.size(); ++i) {
            irqs[i] = fds.empty() ? UniqueFd{} : std::move(fds[i]);
            if (irqs[i]) never_block(irqs[i].get());
        }
    } else {
        return EINVAL;
    }
    msix_used_ = static_cast<unsigned>(std::ranges::count_if(msix_, [](const UniqueFd& fd) { return bool{fd}; }));
    return 0;
}

void IrqTable::clear() noexcept {
    for (UniqueFd& fd : msix_) fd.reset();
    msi_[0].reset();
    error_[0].reset();
    msix_used_ = 0;
}

void IrqTable::raise(unsigned vector) noexcept {
    if (msix_used_ == 0) return signal(msi_[0]);
    if (vector < msix_.size()) signal(msix_[vector]);
}

}  // namespace bifurc::vfio_user
