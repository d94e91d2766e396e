// SPDX-License-Identifier: BSD-3-Clause
// The memory that a port's device may reach: its IOMMU domain, so to speak.
//
// Bus addresses are given out once, upwards from 4 GiB, with a gap after each mapping. They are nobody's virtual or
// physical addresses, so that a program that puts one of those into a descriptor sees a DMA fault here as it would
// behind a real IOMMU.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/nic.h"
#include "shared_window.h"
#include "unique_fd.h"

namespace bifurc::sim {

// Memory of this process that its own driver part gives to the device. Unmapped and freed by its destructor.
class DmaSpace;
class DmaBlock {
public:
    DmaBlock() noexcept = default;
    DmaBlock(DmaSpace& space, std::size_t len);
    DmaBlock(DmaBlock&& other) noexcept;
    DmaBlock& operator=(DmaBlock&& other) noexcept;
    ~DmaBlock();

    [[nodiscard]] std::byte* data() const noexcept { return data_; }  // nullptr: out of memory
    [[nodiscard]] std::uint64_t bus() const noexcept { return bus_; }

private:
    DmaSpace* space_ = nullptr;
    std::byte* data_ = nullptr;
    std::size_t len_ = 0;
    std::uint64_t bus_ = 0;
};

class DmaSpace final : public model::Dma {
public:
    static constexpr std::uint64_t kFirstBus = 0x1'0000'0000;
    static constexpr std::uint64_t kPage = 4096;

    // [va, va+len) of another process, all of it mapped there and writable. Shared file memory is mapped into this
    // process too; private memory is reached through that process's address space, which is held, not its number.
    // Errors: -EINVAL (alignment, length), -EFAULT (not mapped, not writable), -ENOMEM.
    [[nodiscard]] int map_process(pid_t pid, std::uint64_t va, std::uint64_t len, std::uint64_t& bus);
    // Memory of this process.
    [[nodiscard]] std::uint64_t map_own(std::byte* data, std::size_t len);
    void unmap(std::uint64_t bus);

    std::byte* direct(std::uint64_t bus, std::size_t len) noexcept override;
    model::Stretch stretch(std::uint64_t bus) noexcept override;
    std::uint64_t epoch() noexcept override { return epoch_; }
    bool read(std::uint64_t bus, std::span<std::byte> to) noexcept override;
    bool write(std::uint64_t bus, std::span<const std::byte> from) noexcept override;

private:
    struct Piece {  // the mapping's pieces follow each other without gaps
        std::uint64_t bus = 0, len = 0;
        std::byte* direct = nullptr;              // or, if nullptr:
        std::shared_ptr<UniqueFd> address_space;  // /proc/PID/mem
        std::uint64_t va = 0;
        std::shared_ptr<SharedWindow> window;  // owns what `direct` points into
    };
    struct Mapping {
        std::uint64_t bus = 0, len = 0;
        std::vector<Piece> pieces;
    };

    [[nodiscard]] const Mapping* find(std::uint64_t bus, std::size_t len) noexcept;
    [[nodiscard]] static const Piece* piece_at(const Mapping& mapping, std::uint64_t bus) noexcept;
    template <class Byte, class Direct, class Remote>
    bool transfer(std::uint64_t bus, std::span<Byte> bytes, Direct copy, Remote call) noexcept;
    std::uint64_t add(Mapping mapping);

    std::vector<Mapping> mappings_;  // ascending by bus
    std::size_t last_ = 0;           // where the last look-up ended: bursts stay in one mapping
    std::uint64_t epoch_ = 1;        // steps when a mapping ends
    std::uint64_t next_bus_ = kFirstBus;
};

}  // namespace bifurc::sim
