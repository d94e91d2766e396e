// SPDX-License-Identifier: BSD-3-Clause
#include "dma_table.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <ostream>

#include "client.h"

namespace bifurc::vfio_user::test {
namespace {

constexpr std::uint64_t kBus = 0x1000'0000;

std::array<std::byte, 64> pattern() {
    std::array<std::byte, 64> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i + 1);
    return bytes;
}

template <class Bytes>
Bytes at(const UniqueFd& file, std::size_t offset) {
    Bytes bytes{};
    EXPECT_EQ(::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
    return bytes;
}

// What the table left to the client's bus.
struct BusAccess {
    bool write;
    std::uint64_t address;
    std::size_t len;
    bool operator==(const BusAccess&) const = default;
};
std::ostream& operator<<(std::ostream& to, const BusAccess& access) {
    return to << (access.write ? "write " : "read ") << access.len << " at " << std::hex << access.address << std::dec;
}

class RecordingBus : public Bus {
public:
    void read(std::uint64_t address, std::size_t len) noexcept override { seen.push_back({false, address, len}); }
    void write(std::uint64_t address, std::span<const std::byte> data) noexcept override {
        seen.push_back({true, address, data.size()});
        written.assign(data.begin(), data.end());
    }
    std::vector<BusAccess> seen;
    std::vector<std::byte> written;
};

TEST(DmaTable, AMappedRangeIsReachedDirectly) {
    const UniqueFd file = memory_file(4);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 2, 1), copy_of(file)), 0);
    std::byte* const memory = table.direct(kBus + 100, 64);
    ASSERT_NE(memory, nullptr);
    std::memcpy(memory, pattern().data(), 64);
    EXPECT_EQ((at<std::array<std::byte, 64>>(file, kPage + 100)), pattern());
    EXPECT_EQ(table.direct(kBus + 2 * kPage - 63, 64), nullptr) << "beyond the end";
    EXPECT_EQ(table.direct(kBus - 1, 1), nullptr);
    EXPECT_EQ(table.direct(kBus, ~std::size_t{0}), nullptr);
}

TEST(DmaTable, AFileThatMayShrinkIsNeverMapped) {
    const UniqueFd file = memory_file(2, false);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 2), copy_of(file)), 0);
    EXPECT_EQ(table.direct(kBus, 64), nullptr);
    EXPECT_TRUE(table.write(kBus + 8, pattern()));
    std::array<std::byte, 64> read{};
    EXPECT_TRUE(table.read(kBus + 8, read));
    EXPECT_EQ(read, pattern());
    ASSERT_EQ(::ftruncate(file.get(), 0), 0);
    EXPECT_FALSE(table.read(kBus + 8, read)) << "and not a fault of this process";
}

TEST(DmaTable, PagesThatFollowEachOtherAreOneTransfer) {
    const UniqueFd file = memory_file(8);
    RecordingBus bus;
    DmaTable table{bus};
    for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(table.map(range(kBus + i * kPage, 1, 7 - 2 * i), copy_of(file)), 0);
    std::vector<std::byte> much(3 * kPage, std::byte{0x5a}), back(much.size());
    EXPECT_EQ(table.direct(kBus + 100, much.size()), nullptr);
    EXPECT_TRUE(table.write(kBus + 100, much));
    EXPECT_TRUE(table.read(kBus + 100, back));
    EXPECT_EQ(back, much);
    EXPECT_EQ((at<std::array<std::byte, 1>>(file, 1 * kPage + 99))[0], std::byte{0x5a});
    EXPECT_FALSE(table.write(kBus + 2 * kPage, std::vector<std::byte>(3 * kPage))) << "all or nothing";
    EXPECT_EQ((at<std::array<std::byte, 1>>(file, 3 * kPage))[0], std::byte{0x5a});
}

TEST(DmaTable, DirectionsAreKept) {
    const UniqueFd file = memory_file(2);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 1, 0, VFIO_DMA_MAP_FLAG_READ), copy_of(file)), 0);
    ASSERT_EQ(table.map(range(kBus + kPage, 1, 1, VFIO_DMA_MAP_FLAG_WRITE), copy_of(file)), 0);
    std::array<std::byte, 64> bytes{};
    EXPECT_EQ(table.direct(kBus, 64), nullptr) << "whoever has a pointer can do both";
    EXPECT_TRUE(table.read(kBus, bytes));
    EXPECT_FALSE(table.write(kBus, bytes));
    EXPECT_FALSE(table.read(kBus + kPage, bytes));
    EXPECT_TRUE(table.write(kBus + kPage, bytes));
}

TEST(DmaTable, WhatIsUnmappedIsGone) {
    const UniqueFd file = memory_file(4);
    RecordingBus bus;
    DmaTable table{bus};
    for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(table.map(range(kBus + i * kPage, 1, i), copy_of(file)), 0);
    ASSERT_NE(table.direct(kBus + kPage, 8), nullptr);
    EXPECT_EQ(table.unmap(kBus + kPage, 2 * kPage), 0);
    EXPECT_EQ(table.direct(kBus + kPage, 8), nullptr);
    EXPECT_NE(table.direct(kBus, 8), nullptr);
    EXPECT_NE(table.direct(kBus + 3 * kPage, 8), nullptr);
    EXPECT_EQ(table.unmap(kBus + kPage, 2 * kPage), 0) << "nothing there: nothing to do";
    EXPECT_EQ(table.unmap(0, ~std::uint64_t{0}), 0);
    EXPECT_EQ(table.ranges(), 0u);
}

TEST(DmaTable, ARangeIsNotCutInTwo) {
    const UniqueFd file = memory_file(4);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 4), copy_of(file)), 0);
    EXPECT_EQ(table.unmap(kBus, kPage), EINVAL);
    EXPECT_EQ(table.unmap(kBus + kPage, 8 * kPage), EINVAL);
    EXPECT_EQ(table.unmap(kBus, 0), EINVAL);
    EXPECT_EQ(table.unmap(~std::uint64_t{0}, 2), EINVAL);
    EXPECT_NE(table.direct(kBus, 4 * kPage), nullptr);
}

TEST(DmaTable, WithoutAFileNothingIsReached) {
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 1), UniqueFd{}), 0);
    std::array<std::byte, 8> bytes{};
    EXPECT_EQ(table.direct(kBus, 8), nullptr);
    EXPECT_FALSE(table.read(kBus, bytes));
    EXPECT_FALSE(table.write(kBus, bytes));
    EXPECT_TRUE(bus.seen.empty()) << "mapped all the same: no IOMMU would object";
}

TEST(DmaTable, WhatNoMappingAllowsIsTriedOnTheClientsBus) {
    const UniqueFd file = memory_file(2);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 1), copy_of(file)), 0);
    ASSERT_EQ(table.map(range(kBus + 2 * kPage, 1, 1, VFIO_DMA_MAP_FLAG_READ), copy_of(file)), 0);
    const std::array<std::byte, 64> bytes = pattern();
    std::array<std::byte, 64> read{};
    EXPECT_FALSE(table.read(kBus + kPage, read));
    EXPECT_FALSE(table.write(kBus + kPage - 24, bytes)) << "from the first byte on that is not mapped";
    EXPECT_EQ(bus.written, std::vector(bytes.begin() + 24, bytes.end()));
    EXPECT_FALSE(table.write(kBus + 2 * kPage, bytes)) << "mapped, but not for writing";
    EXPECT_TRUE(table.read(kBus + 2 * kPage, read));
    EXPECT_EQ(bus.seen, (std::vector<BusAccess>{
                            {false, kBus + kPage, 64}, {true, kBus + kPage, 40}, {true, kBus + 2 * kPage, 64}}));
}

TEST(DmaTable, NonsenseIsRefused) {
    const UniqueFd file = memory_file(4);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 4), copy_of(file)), 0);
    struct {
        const char* why;
        DmaMap request;
        int error;
    } const cases[] = {
        {"overlaps from above", range(kBus + 3 * kPage, 1), EEXIST},
        {"overlaps from below", range(kBus - kPage, 2), EEXIST},
        {"around it", range(0, (kBus >> 12) * 2), EEXIST},
        {"no length", range(kBus * 2, 0), EINVAL},
        {"beyond the end of all addresses", range(~std::uint64_t{0} - kPage + 1, 2), EINVAL},
        {"beyond the file's end", range(kBus * 2, 1, 4), EINVAL},
        {"longer than the file", range(kBus * 2, 5), EINVAL},
        {"offset that wraps", range(kBus * 2, 1, ~std::size_t{0} / kPage), EINVAL},
    };
    for (const auto& one : cases) EXPECT_EQ(table.map(one.request, copy_of(file)), one.error) << one.why;
    DmaMap crooked = range(kBus * 2, 1);
    crooked.offset = 8;
    EXPECT_EQ(table.map(crooked, copy_of(file)), EINVAL) << "no whole pages";
    EXPECT_EQ(table.map(range(kBus * 2, 1), UniqueFd{::open("/dev/zero", O_RDWR | O_CLOEXEC)}), EINVAL);
    EXPECT_EQ(table.ranges(), 1u);
}

TEST(DmaTable, OneFileIsMappedOnceAndFilesAreLimited) {
    const UniqueFd file = memory_file(4);
    RecordingBus bus;
    DmaTable table{bus};
    ASSERT_EQ(table.map(range(kBus, 1, 0), copy_of(file)), 0);
    ASSERT_EQ(table.map(range(kBus + 8 * kPage, 1, 1), copy_of(file)), 0);
    EXPECT_EQ(table.direct(kBus + 8 * kPage, 8), table.direct(kBus, 8) + kPage);
    int error = 0;
    std::size_t files = 1;
    for (; files < 2 * DmaTable::kMaxFiles && error == 0; ++files)
        error = table.map(range(kBus * 2 + files * kPage, 1), memory_file(1));
    EXPECT_EQ(error, ENOSPC);
    table.clear();
    EXPECT_EQ(table.map(range(kBus, 1), memory_file(1)), 0) << "room again";
}

}  // namespace
}  // namespace bifurc::vfio_user::test
