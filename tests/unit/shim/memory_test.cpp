// SPDX-License-Identifier: BSD-3-Clause
#include "memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace bifurc::shim {
namespace {

constexpr std::size_t kPage = 4096;

// One page that may be used as `protection` says, followed by one that may not be touched.
class Pages {
public:
    explicit Pages(int protection) {
        base_ = ::mmap(nullptr, 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EXPECT_NE(base_, MAP_FAILED);
        EXPECT_EQ(::mprotect(base_, kPage, protection), 0);
    }
    ~Pages() { ::munmap(base_, 2 * kPage); }
    char* last(std::size_t len) { return static_cast<char*>(base_) + kPage - len; }

private:
    void* base_ = nullptr;
};

TEST(Memory, CopiesWhatTheProgramMayReach) {
    Pages pages(PROT_READ | PROT_WRITE);
    ASSERT_EQ(copy_out(pages.last(8), "abcdefg", 8), 0);
    std::array<char, 8> got{};
    ASSERT_EQ(copy_in(got.data(), pages.last(8), got.size()), 0);
    EXPECT_STREQ(got.data(), "abcdefg");
}

TEST(Memory, ReportsWhatItMayNot) {
    Pages pages(PROT_READ | PROT_WRITE);
    Pages constant(PROT_READ);
    std::array<char, 8> bytes{};
    EXPECT_EQ(copy_in(bytes.data(), nullptr, bytes.size()), -EFAULT);
    EXPECT_EQ(copy_out(nullptr, bytes.data(), bytes.size()), -EFAULT);
    EXPECT_EQ(copy_in(bytes.data(), pages.last(4), bytes.size()), -EFAULT) << "half of it is there";
    EXPECT_EQ(copy_out(pages.last(4), bytes.data(), bytes.size()), -EFAULT);
    EXPECT_EQ(copy_in(bytes.data(), constant.last(8), bytes.size()), 0);
    EXPECT_EQ(copy_out(constant.last(8), bytes.data(), bytes.size()), -EFAULT);
}

TEST(Memory, NothingIsTouchedForLengthZero) {
    EXPECT_EQ(copy_in(nullptr, nullptr, 0), 0);
    EXPECT_EQ(copy_out(nullptr, nullptr, 0), 0);
    EXPECT_EQ(check_writable(nullptr, 0), 0);
}

TEST(Memory, ForeseesAFailingCopyAndChangesNothing) {
    Pages pages(PROT_READ | PROT_WRITE);
    Pages constant(PROT_READ);
    std::strcpy(pages.last(8), "abcdefg");
    EXPECT_EQ(check_writable(pages.last(8), 8), 0);
    EXPECT_STREQ(pages.last(8), "abcdefg");
    EXPECT_EQ(check_writable(pages.last(8), 9), -EFAULT) << "one byte in the next page";
    EXPECT_EQ(check_writable(constant.last(8), 8), -EFAULT);
}

TEST(Memory, ErrnoIsTheProgramsOwn) {
    errno = ERANGE;
    std::array<char, 8> bytes{};
    EXPECT_EQ(copy_in(bytes.data(), nullptr, bytes.size()), -EFAULT);
    EXPECT_EQ(errno, ERANGE);
}

TEST(Scratch, HoldsSmallAndLargePieces) {
    for (const std::size_t len : {std::size_t{0}, std::size_t{1}, kPage, 33 * kPage}) {
        const Scratch scratch(len);
        ASSERT_TRUE(scratch);
        ASSERT_EQ(scratch.bytes().size(), len);
        std::ranges::fill(scratch.bytes(), std::byte{1});
    }
    EXPECT_FALSE(Scratch(SIZE_MAX - kPage)) << "more than there is";
}

}  // namespace
}  // namespace bifurc::shim
