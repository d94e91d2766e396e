// SPDX-License-Identifier: BSD-3-Clause
// The guest's memory, as the client tells of it: its IOMMU domain where it has an IOMMU.
//
// A file is mapped into this process once, however many ranges of it there are: behind an IOMMU each is a page. Only
// files that cannot shrink (sealed memory files, QEMU's memory-backend-memfd) are mapped at all, for a file that was
// truncated under a mapping would end this process. Others are read and written by system calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "model/nic.h"
#include "protocol.h"

namespace bifurc::vfio_user {

// Where an access goes that no mapping allows: to the client's own bus, of which nothing comes back.
class Bus {
public:
    virtual ~Bus() = default;
    virtual void read(std::uint64_t address, std::size_t len) noexcept = 0;
    virtual void write(std::uint64_t address, std::span<const std::byte> data) noexcept = 0;
};

class DmaTable final : public model::Dma {
public:
    explicit DmaTable(Bus& bus) noexcept : bus_(bus) {}

    static constexpr std::uint64_t kPage = 4096;
    static constexpr std::size_t kMaxRanges = 1 << 20;
    static constexpr std::size_t kMaxFiles = 64;

    // 0, or: EINVAL (length, overflow, no whole pages, beyond the file's end), EEXIST (overlaps), ENOSPC (too many).
    // Without a descriptor the range is known and cannot be reached, not by way of the bus either.
    [[nodiscard]] int map(const DmaMap& request, UniqueFd fd);
    // All ranges inside this one. EINVAL: it cuts one in two.
    [[nodiscard]] int unmap(std::uint64_t address, std::uint64_t size);
    void clear() noexcept;
    [[nodiscard]] std::size_t ranges() const noexcept { return ranges_.size(); }

    std::byte* direct(std::uint64_t bus, std::size_t len) noexcept override;
    bool read(std::uint64_t bus, std::span<std::byte> to) noexcept override;
    bool write(std::uint64_t bus, std::span<const std::byte> from) noexcept override;

private:
    class File {
    public:
        File(UniqueFd fd, std::uint64_t len) noexcept;
        ~File();
        File(const File&) = delete;
        File& operator=(const File&) = delete;
        [[nodiscard]] std::byte* data() const noexcept { return data_; }  // nullptr: not mapped here
        [[nodiscard]] int fd() const noexcept { return fd_.get(); }
        [[nodiscard]] std::uint64_t len() const noexcept { return len_; }

    private:
        UniqueFd fd_;
        std::uint64_t len_;
        std::byte* data_ = nullptr;
    };
    using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

    struct Range {
        std::uint64_t size, offset;
        std::shared_ptr<File> file;
        bool readable, writable;
    };
    using Ranges = std::map<std::uint64_t, Range>;  // by address

    [[nodiscard]] int open(UniqueFd fd, std::shared_ptr<File>& file);
    [[nodiscard]] bool overlaps(std::uint64_t address, std::uint64_t size) const noexcept;
    [[nodiscard]] const Ranges::value_type* find(std::uint64_t bus) noexcept;
    // Calls `piece(range, offset in the file, len)` for each part of [bus, bus+len), up to the first that is missing.
    // Returns how far it came.
    template <class Allowed, class Piece>
    std::size_t walk(std::uint64_t bus, std::size_t len, Allowed allowed, Piece piece) noexcept;
    template <class Allowed>
    [[nodiscard]] bool forbidden(std::uint64_t bus, Allowed allowed) noexcept;

    Bus& bus_;
    Ranges ranges_;
    std::map<FileId, std::weak_ptr<File>> files_;
    const Ranges::value_type* last_ = nullptr;  // where the last look-up ended: bursts stay in one range
};

}  // namespace bifurc::vfio_user
