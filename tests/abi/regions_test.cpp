// SPDX-License-Identifier: BSD-3-Clause
// What can be mapped, what cannot, and what becomes of a mapping.
#include <algorithm>
#include <csignal>

#include "abi.h"
#include "hw/ixgbe.h"

namespace bifurc::abi {
namespace {

class Regions : public SplitTest {
protected:
    void SetUp() override {
        SplitTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        regions_ = regions(fd());
        bar_ = region_of(regions_, BIFURC_REGION_BAR);
        status_ = region_of(regions_, BIFURC_REGION_STATUS);
    }
    // The errno of an mmap, 0 if it succeeded.
    int map(std::uint64_t offset, std::size_t len, int prot = PROT_READ | PROT_WRITE, int flags = MAP_SHARED) const {
        errno = 0;
        const Map mapped{::mmap(nullptr, len, prot, flags, fd(), static_cast<off_t>(offset)), len};
        return mapped.ok() ? 0 : errno;
    }
    bool is_82599() const { return info(fd()).chip == BIFURC_CHIP_82599; }

    bifurc_regions regions_{};
    bifurc_region bar_{};
    bifurc_region status_{};
};

TEST_F(Regions, LieInTheBarWithoutOverlap) {
    const std::uint64_t bar_len = info(fd()).bar_len;
    EXPECT_EQ(regions_.generation, held_.generation);
    int status_pages = 0;
    for (std::uint32_t i = 0; i < regions_.count; ++i) {
        const bifurc_region& region = regions_.region[i];
        EXPECT_GT(region.len, 0u);
        EXPECT_EQ(region.len % kPage, 0u);
        EXPECT_EQ(region.mmap_offset % kPage, 0u);
        if (region.kind == BIFURC_REGION_STATUS) ++status_pages;
        if (region.kind != BIFURC_REGION_BAR) continue;
        EXPECT_EQ(region.bar_offset % kPage, 0u);
        EXPECT_LE(region.bar_offset + region.len, bar_len);
        for (std::uint32_t j = 0; j < i; ++j) {
            const bifurc_region& other = regions_.region[j];
            if (other.kind != BIFURC_REGION_BAR) continue;
            EXPECT_TRUE(other.bar_offset + other.len <= region.bar_offset ||
                        region.bar_offset + region.len <= other.bar_offset);
        }
    }
    EXPECT_EQ(status_pages, 1);
}

TEST_F(Regions, OfAn82599AreTheQueuesPages) {
    if (!is_82599()) GTEST_SKIP() << "not an 82599";
    for (const std::uint32_t reg : {hw::ixgbe::RDBAL::at(held_.first), hw::ixgbe::TDBAL::at(held_.first)}) {
        bool found = false;
        for (std::uint32_t i = 0; i < regions_.count; ++i) {
            const bifurc_region& region = regions_.region[i];
            found |=
                region.kind == BIFURC_REGION_BAR && region.bar_offset <= reg && reg < region.bar_offset + region.len;
        }
        EXPECT_TRUE(found) << std::hex << reg;
    }
}

TEST_F(Regions, RegistersKeepWhatIsWritten) {
    if (!is_82599()) GTEST_SKIP() << "not an 82599";
    const Map page = map_region(fd(), bar_);
    ASSERT_TRUE(page.ok());
    const std::uint32_t reg = bar_.bar_offset == 0x1000 || bar_.bar_offset == 0xd000
                                  ? hw::ixgbe::RDBAL::at(held_.first)
                                  : hw::ixgbe::TDBAL::at(held_.first);
    auto& word = *static_cast<volatile std::uint32_t*>(page.at(reg - bar_.bar_offset));
    word = 0x12345680;
    EXPECT_EQ(word, 0x12345680u);
}

TEST_F(Regions, StatusPageSaysWhatVersionOneSays) {
    const Map page = map_region(fd(), status_);
    ASSERT_TRUE(page.ok());
    const auto* status = static_cast<const volatile bifurc_status*>(page.at());
    EXPECT_GE(status->size, sizeof(bifurc_status));
    EXPECT_EQ(status->generation, held_.generation);
    EXPECT_EQ(status->state, BIFURC_STATE_LIVE);
    EXPECT_LE(status->link_up, 1u);
}

TEST_F(Regions, StatusPageCannotBeWritten) {
    EXPECT_NE(map(status_.mmap_offset, status_.len, PROT_READ | PROT_WRITE), 0);
    EXPECT_NE(map(status_.mmap_offset, status_.len, PROT_WRITE), 0);
    const Map page = map_region(fd(), status_);
    ASSERT_TRUE(page.ok());
    EXPECT_NE(::mprotect(page.at(), kPage, PROT_READ | PROT_WRITE), 0);
    EXPECT_EQ(signal_of_write(page.at()), SIGSEGV);
}

TEST_F(Regions, NothingElseCanBeMapped) {
    for (const std::uint64_t offset : {std::uint64_t{bar_.mmap_offset} + 0x40000000, std::uint64_t{1} << 46}) {
        EXPECT_NE(map(offset, kPage), 0) << std::hex << offset;
        EXPECT_NE(map(offset, kPage, PROT_READ), 0) << std::hex << offset;
    }
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < regions_.count; ++i)
        end = std::max<std::uint64_t>(end, regions_.region[i].mmap_offset + regions_.region[i].len);
    EXPECT_NE(map(end, kPage, PROT_READ), 0);
}

TEST_F(Regions, WrongLengthsAreRefused) {
    EXPECT_NE(map(bar_.mmap_offset, std::size_t{1} << 30), 0);
    EXPECT_NE(map(status_.mmap_offset, status_.len + kPage, PROT_READ), 0);
    EXPECT_EQ(map(bar_.mmap_offset, 0), EINVAL);
    EXPECT_EQ(map(bar_.mmap_offset + 1, kPage), EINVAL);
}

TEST_F(Regions, PrivateAndExecutableMappingsAreRefused) {
    EXPECT_NE(map(bar_.mmap_offset, bar_.len, PROT_READ | PROT_WRITE, MAP_PRIVATE), 0);
    EXPECT_NE(map(bar_.mmap_offset, bar_.len, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
    EXPECT_NE(map(status_.mmap_offset, status_.len, PROT_READ | PROT_EXEC), 0);
}

TEST_F(Regions, CannotBeMappedWithoutASplit) {
    const Fd other = open_port();
    const Map mapped = map_region(other.get(), bar_);
    EXPECT_FALSE(mapped.ok());
    ASSERT_EQ(give_back(fd()), 0);
    EXPECT_NE(map(bar_.mmap_offset, bar_.len), 0);
}

// Later touches read zeros or fault, and what is written reaches nobody.
TEST_F(Regions, OldMappingsAreDeadAfterReturn) {
    if (!is_82599()) GTEST_SKIP() << "not an 82599";
    const Map old = map_region(fd(), bar_);
    ASSERT_TRUE(old.ok());
    const std::uint32_t reg =
        (bar_.bar_offset == 0x6000 ? hw::ixgbe::TDBAL::at(held_.first) : hw::ixgbe::RDBAL::at(held_.first)) -
        static_cast<std::uint32_t>(bar_.bar_offset);
    *static_cast<volatile std::uint32_t*>(old.at(reg)) = 0x12345680;
    ASSERT_EQ(give_back(fd()), 0);

    const Fd next = open_port();
    ASSERT_EQ(split(next.get(), 1, held_.first), 0);
    const Map fresh = map_region(next.get(), region_of(regions(next.get()), BIFURC_REGION_BAR));
    ASSERT_TRUE(fresh.ok());
    auto& own = *static_cast<volatile std::uint32_t*>(fresh.at(reg));
    own = 0x45678900;
    if (signal_of_read(old.at(reg)) == 0) {
        EXPECT_EQ(*static_cast<volatile std::uint32_t*>(old.at(reg)), 0u);
        signal_of_write(old.at(reg));
    }
    EXPECT_EQ(own, 0x45678900u);
}

}  // namespace
}  // namespace bifurc::abi
