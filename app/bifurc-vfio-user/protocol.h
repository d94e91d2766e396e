// SPDX-License-Identifier: BSD-3-Clause
// The vfio-user protocol, version 0.0, as far as a PCI device without migration needs it: QEMU's
// docs/interop/vfio-user.rst. All numbers are the host's; structs of <linux/vfio.h> are used as they are.
#pragma once

#include <linux/vfio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace bifurc::vfio_user {

using sim::UniqueFd;

enum class Command : std::uint16_t {
    version = 1,
    dma_map = 2,
    dma_unmap = 3,
    get_info = 4,
    get_region_info = 5,
    get_region_io_fds = 6,
    get_irq_info = 7,
    set_irqs = 8,
    region_read = 9,
    region_write = 10,
    dma_read = 11,  // these two are the device's
    dma_write = 12,
    device_reset = 13,
    region_write_multi = 15,
};

struct Header {
    std::uint16_t id;
    std::uint16_t command;
    std::uint32_t size;  // of the whole message
    std::uint32_t flags;
    std::uint32_t error;  // errno, in a reply with kError
};
static_assert(sizeof(Header) == 16);
inline constexpr std::uint32_t kTypeMask = 0xf;
inline constexpr std::uint32_t kCommand = 0, kReply = 1;
inline constexpr std::uint32_t kNoReply = 1u << 4;
inline constexpr std::uint32_t kError = 1u << 5;

struct Version {
    std::uint16_t major, minor;  // then, optionally, JSON with a NUL behind it
};
static_assert(sizeof(Version) == 4);

struct DmaMap {
    std::uint32_t argsz;
    std::uint32_t flags;  // VFIO_DMA_MAP_FLAG_READ, _WRITE
    std::uint64_t offset, address, size;
};
static_assert(sizeof(DmaMap) == 32);

struct DmaUnmap {
    std::uint32_t argsz;
    std::uint32_t flags;  // VFIO_DMA_UNMAP_FLAG_ALL
    std::uint64_t address, size;
};
static_assert(sizeof(DmaUnmap) == 24);

struct DeviceInfo {
    std::uint32_t argsz, flags, num_regions, num_irqs;
};
static_assert(sizeof(DeviceInfo) == 16);
static_assert(sizeof(vfio_region_info) == 32 && sizeof(vfio_irq_info) == 16 && sizeof(vfio_irq_set) == 20);

// <linux/vfio.h> has it too, with the areas as its last member, which is no C++.
struct SparseMmap {
    vfio_info_cap_header header;
    std::uint32_t nr_areas, reserved;  // then the areas
};
static_assert(sizeof(SparseMmap) == 16 && sizeof(vfio_region_sparse_mmap_area) == 16);

struct RegionAccess {
    std::uint64_t offset;
    std::uint32_t region, count;  // then the data
};
static_assert(sizeof(RegionAccess) == 16);

struct SmallWrite {  // of region_write_multi
    RegionAccess access;
    std::byte data[8];
};
static_assert(sizeof(SmallWrite) == 24);

struct DmaAccess {
    std::uint64_t address, count;  // then the data: of a write in the request, of a read in the reply
};
static_assert(sizeof(DmaAccess) == 16);

inline constexpr std::size_t kMaxTransfer = 1 << 20;  // what a peer may assume where nothing else was agreed
inline constexpr std::size_t kMaxMessage = sizeof(Header) + kMaxTransfer + 64;
inline constexpr unsigned kMaxFds = 16;

struct Message {
    Header header{};
    std::vector<std::byte> payload;
    std::vector<UniqueFd> fds;
};

struct Reply {
    std::vector<std::byte> payload;
    int error = 0;  // positive errno; the payload is left out then
    int fd = -1;    // goes along; it stays the replier's
};

// Empty, or why the connection ends: one sentence.
using Ending = std::optional<std::string>;

}  // namespace bifurc::vfio_user
