// SPDX-License-Identifier: BSD-3-Clause
// The PCI function: the model behind BARs and configuration space, its memory and its interrupts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "config_space.h"
#include "dma_requests.h"
#include "dma_table.h"
#include "irq_table.h"
#include "model/nic.h"
#include "queue_pages.h"
#include "wire.h"

namespace bifurc::vfio_user {

class Function {
public:
    // `pages`: the queues' registers are memory that the client may map; without, every access is a message.
    Function(const std::array<std::uint8_t, 6>& mac, model::Wire& wire, std::unique_ptr<QueuePages> pages = nullptr);

    // Its length; 0: there is none.
    [[nodiscard]] static std::uint64_t region_len(std::uint32_t region) noexcept;
    // Accesses inside a region. 0, or EINVAL: outside, or of a size that this region does not know.
    [[nodiscard]] int read(std::uint32_t region, std::uint64_t offset, std::span<std::byte> to);
    [[nodiscard]] int write(std::uint32_t region, std::uint64_t offset, std::span<const std::byte> from);

    // A client has come. false: there is no memory for pages to share with it.
    [[nodiscard]] bool connect();
    // As after power-up, but for the client's memory and interrupts.
    void reset();
    // The client is gone: so are its memory and its interrupts.
    void disconnect();

    [[nodiscard]] DmaTable& dma() noexcept { return dma_; }
    [[nodiscard]] DmaRequests& requests() noexcept { return requests_; }
    [[nodiscard]] IrqTable& irqs() noexcept { return irqs_; }
    [[nodiscard]] model::Nic& nic() noexcept { return nic_; }
    [[nodiscard]] const QueuePages* pages() const noexcept { return pages_.get(); }

private:
    [[nodiscard]] int read_registers(std::uint64_t offset, std::span<std::byte> to);
    [[nodiscard]] int write_registers(std::uint64_t offset, std::span<const std::byte> from);
    [[nodiscard]] int read_io(std::uint64_t offset, std::span<std::byte> to);
    [[nodiscard]] int write_io(std::uint64_t offset, std::span<const std::byte> from);

    DmaRequests requests_;
    DmaTable dma_{requests_};
    IrqTable irqs_;
    std::unique_ptr<QueuePages> pages_;
    model::Nic nic_;
    ConfigSpace config_;
    std::array<std::byte, kMsixBarLen> msix_{};  // the client's table is its own; nothing is ever pending here
    std::uint32_t io_address_ = 0;               // IOADDR
};

}  // namespace bifurc::vfio_user
