// SPDX-License-Identifier: BSD-3-Clause
// The register window: what was granted works, everything else faults, and nothing that the kernel's side answers can
// make it map outside of itself.
#include "bifurc/window.h"

#include <gtest/gtest.h>

#include <csignal>

#include "fake_kernel.h"

namespace bifurc::client {
namespace {

// Sanitizers catch the signal and exit; here it is the signal that counts.
#define EXPECT_FAULT(statement)            \
    EXPECT_EXIT(                           \
        {                                  \
            std::signal(SIGSEGV, SIG_DFL); \
            statement;                     \
        },                                 \
        testing::KilledBySignal(SIGSEGV), "")

class WindowTest : public testing::Test {
protected:
    WindowTest() : fd_(kernel_.backing()) {}
    ~WindowTest() override { kernel_.close(fd_); }

    volatile std::uint32_t& word(std::uint64_t offset) {
        return *reinterpret_cast<volatile std::uint32_t*>(static_cast<char*>(window_.base()) + offset);
    }
    void touch(std::uint64_t offset) { [[maybe_unused]] const std::uint32_t value = word(offset); }
    std::uint32_t device(off_t offset) {
        std::uint32_t value = 0;
        EXPECT_EQ(pread(fd_, &value, sizeof(value), offset), ssize_t{sizeof(value)});
        return value;
    }

    FakeKernel kernel_;
    int fd_;
    Window window_{kernel_};
};
using WindowDeathTest = WindowTest;

TEST_F(WindowTest, ShowsThePagesAtTheirBarOffsets) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    word(0x1018) = 11;
    word(0x6018) = 22;
    EXPECT_EQ(device(0x0018), 11u);
    EXPECT_EQ(device(0x1018), 22u);
}

TEST_F(WindowDeathTest, StrayAccessesFault) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    for (const std::uint64_t offset : {0x0000u, 0x0ffcu, 0x2000u, 0x5ffcu, 0x7000u, 0xd000u, 0x1fffcu}) {
        EXPECT_FAULT(touch(offset)) << std::hex << offset;
        EXPECT_FAULT(word(offset) = 1) << std::hex << offset;
    }
}

TEST_F(WindowDeathTest, StatusPageIsReadOnly) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    auto* page = const_cast<volatile bifurc_status*>(window_.status_page());
    EXPECT_FAULT(page->seq = 1);
}

TEST_F(WindowTest, RemapAfterAResetKeepsBothAddresses) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    void* base = window_.base();
    const auto* page = window_.status_page();
    word(0x1018) = 1;
    bifurc_regions again = good_regions();
    again.region[0].mmap_offset = 0x8000;
    ASSERT_TRUE(window_.map(fd_, again, kBarLen).ok());
    EXPECT_EQ(window_.base(), base);
    EXPECT_EQ(window_.status_page(), page);
    word(0x1018) = 2;
    EXPECT_EQ(device(0x0018), 1u);
    EXPECT_EQ(device(0x8018), 2u);
}

TEST_F(WindowDeathTest, RemapTakesAwayWhatIsNoLongerGranted) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    bifurc_regions again = good_regions();
    again.region[1].bar_offset = 0x7000;
    ASSERT_TRUE(window_.map(fd_, again, kBarLen).ok());
    EXPECT_FAULT(touch(0x6000));
}

TEST_F(WindowDeathTest, HiddenWindowFaultsAndStatusReadsZeros) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    const auto* page = window_.status_page();
    const std::uint32_t generation = 9;
    ASSERT_EQ(pwrite(fd_, &generation, sizeof(generation), 0x2000 + offsetof(bifurc_status, generation)), 4);
    ASSERT_EQ(page->generation, 9u);
    window_.hide();
    EXPECT_EQ(window_.status_page(), nullptr);
    EXPECT_EQ(page->generation, 0u);  // a thread that still holds the pointer reads, and faults not
    EXPECT_FAULT(touch(0x1000));
}

TEST_F(WindowDeathTest, ShowsNothingWhenOnePageCannotBeMapped) {
    kernel_.mmaps_until_failure = 1;
    EXPECT_EQ(window_.map(fd_, good_regions(), kBarLen).code(), ENODEV);
    EXPECT_EQ(window_.status_page(), nullptr);
    EXPECT_FAULT(touch(0x1000));
}

TEST_F(WindowTest, LetsBeRegionsOfKindsThatItDoesNotKnow) {
    bifurc_regions regions = good_regions();
    regions.region[regions.count++] = {0x3001, 0xffffffffffff, 77, 99};
    EXPECT_TRUE(window_.map(fd_, regions, kBarLen).ok());
}

struct Nonsense {
    const char* what;
    void (*spoil)(bifurc_regions&);
};
class RegionNonsense : public WindowTest, public testing::WithParamInterface<Nonsense> {};

TEST_P(RegionNonsense, IsRefusedAndTheOldMappingStays) {
    ASSERT_TRUE(window_.map(fd_, good_regions(), kBarLen).ok());
    bifurc_regions regions = good_regions();
    GetParam().spoil(regions);
    EXPECT_EQ(window_.map(fd_, regions, kBarLen).code(), EPROTO);
    word(0x1018) = 11;
    EXPECT_EQ(device(0x0018), 11u);
}

const Nonsense kNonsense[] = {
    {"too_many", [](bifurc_regions& r) { r.count = BIFURC_REGIONS_MAX + 1; }},
    {"far_too_many", [](bifurc_regions& r) { r.count = UINT32_MAX; }},
    {"none", [](bifurc_regions& r) { r.count = 0; }},
    {"no_status", [](bifurc_regions& r) { r.count = 2; }},
    {"two_status", [](bifurc_regions& r) { r.region[r.count++] = r.region[2]; }},
    {"huge_status", [](bifurc_regions& r) { r.region[2].len = 0x10000000; }},
    {"status_grew", [](bifurc_regions& r) { r.region[2].len = 0x2000; }},
    {"empty_page", [](bifurc_regions& r) { r.region[0].len = 0; }},
    {"ragged_len", [](bifurc_regions& r) { r.region[0].len = 100; }},
    {"ragged_bar_offset", [](bifurc_regions& r) { r.region[0].bar_offset = 0x1004; }},
    {"ragged_mmap_offset", [](bifurc_regions& r) { r.region[0].mmap_offset = 4; }},
    {"negative_mmap_offset", [](bifurc_regions& r) { r.region[0].mmap_offset = 0xfffffffffffff000; }},
    {"behind_the_bar", [](bifurc_regions& r) { r.region[0].bar_offset = kBarLen; }},
    {"across_the_end", [](bifurc_regions& r) { r.region[0].bar_offset = kBarLen - kPage, r.region[0].len = 0x2000; }},
    {"longer_than_the_bar", [](bifurc_regions& r) { r.region[0].bar_offset = 0, r.region[0].len = kBarLen + kPage; }},
    {"wraps_around", [](bifurc_regions& r) { r.region[0].bar_offset = 0xfffffffffffff000; }},
    {"overlapping", [](bifurc_regions& r) { r.region[1].bar_offset = 0, r.region[1].len = 0x3000; }},
    {"twice_the_same", [](bifurc_regions& r) { r.region[1].bar_offset = r.region[0].bar_offset; }},
};
INSTANTIATE_TEST_SUITE_P(All, RegionNonsense, testing::ValuesIn(kNonsense),
                         [](const auto& info) { return info.param.what; });

}  // namespace
}  // namespace bifurc::client
