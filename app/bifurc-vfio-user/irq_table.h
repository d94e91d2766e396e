// SPDX-License-Identifier: BSD-3-Clause
// Where the device's interrupts go: the client's event descriptors. The client keeps the MSI-X table and its masks.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/nic.h"
#include "protocol.h"

namespace bifurc::vfio_user {

inline constexpr unsigned kMsixVectors = 64;  // 82599 DS 9.3.8.1

class IrqTable final : public model::Interrupts {
public:
    // How many interrupts of this kind (VFIO_PCI_*_IRQ_INDEX) there are.
    [[nodiscard]] static unsigned count(std::uint32_t index) noexcept;

    // `data` is what follows the struct. 0 or EINVAL.
    [[nodiscard]] int set(const vfio_irq_set& request, std::span<const std::byte> data, std::vector<UniqueFd> fds);
    void clear() noexcept;

    void raise(unsigned vector) noexcept override;

private:
    [[nodiscard]] std::span<UniqueFd> of(std::uint32_t index) noexcept;

    std::array<UniqueFd, kMsixVectors> msix_;
    std::array<UniqueFd, 1> msi_;
    std::array<UniqueFd, 1> error_;  // for uncorrectable PCIe errors, of which there are none
    unsigned msix_used_ = 0;
};

}  // namespace bifurc::vfio_user
