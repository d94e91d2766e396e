// SPDX-License-Identifier: BSD-3-Clause
// DMA_MAP and DMA_UNMAP: which memory, which answers.
#include "abi.h"

namespace bifurc::abi {
namespace {

class Dma : public SplitTest {
protected:
    int map(std::uint64_t va, std::uint64_t len) { return dma_map(fd(), va, len, request_, segments_); }
    int unmap(std::uint64_t id) {
        bifurc_dma_unmap request{};
        request.id = id;
        return set(fd(), BIFURC_DMA_UNMAP, request);
    }

    bifurc_dma_map request_{};
    std::vector<bifurc_dma_segment> segments_ = std::vector<bifurc_dma_segment>(64);
    Map memory_ = anonymous(16 * kPage);
};

TEST_F(Dma, SegmentsCoverTheMemoryInOrder) {
    ASSERT_EQ(map(memory_.va(), 16 * kPage), 0);
    ASSERT_GE(request_.nr_segments, 1u);
    ASSERT_LE(request_.nr_segments, segments_.size());
    std::uint64_t at = 0;
    for (std::uint32_t i = 0; i < request_.nr_segments; ++i) {
        EXPECT_EQ(segments_[i].offset, at);
        EXPECT_GT(segments_[i].len, 0u);
        EXPECT_EQ(segments_[i].bus % kPage, 0u);
        at += segments_[i].len;
    }
    EXPECT_EQ(at, 16 * kPage);
    EXPECT_EQ(unmap(request_.id), 0);
}

TEST_F(Dma, OfSharedMemoryWorksToo) {
    const Map shared{::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), kPage};
    EXPECT_EQ(map(shared.va(), kPage), 0);
}

TEST_F(Dma, TwiceGivesTwoIds) {
    ASSERT_EQ(map(memory_.va(), kPage), 0);
    const std::uint64_t first = request_.id;
    ASSERT_EQ(map(memory_.va(), kPage), 0);
    EXPECT_NE(request_.id, first);
    EXPECT_EQ(unmap(first), 0);
    EXPECT_EQ(unmap(request_.id), 0);
}

TEST_F(Dma, WhatIsNotInWholePagesIsEinval) {
    EXPECT_EQ(map(memory_.va() + 1, kPage), EINVAL);
    EXPECT_EQ(map(memory_.va() + 2048, kPage), EINVAL);
    EXPECT_EQ(map(memory_.va(), kPage - 1), EINVAL);
    EXPECT_EQ(map(memory_.va(), 0), EINVAL);
}

TEST_F(Dma, ThatWrapsAroundIsRefused) {
    for (const auto& [va, len] :
         {std::pair{memory_.va(), ~std::uint64_t{0xfff}}, {~std::uint64_t{0xfff}, std::uint64_t{2 * kPage}}}) {
        const int code = map(va, len);
        EXPECT_TRUE(code == EINVAL || code == EFAULT || code == ENOMEM) << code;
    }
}

TEST_F(Dma, OfMemoryThatIsNotThereIsEfault) {
    EXPECT_EQ(map(0, kPage), EFAULT);
    EXPECT_EQ(map(std::uint64_t{1} << 62, kPage), EFAULT);  // no address of any process
    // What lies behind the end of a file is mapped, and yet not there.
    const Fd file{::memfd_create("empty", MFD_CLOEXEC)};
    const Map nothing{::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0), kPage};
    EXPECT_EQ(map(nothing.va(), kPage), EFAULT);
}

TEST_F(Dma, WithAHoleInTheMiddleIsEfault) {
    ASSERT_EQ(::mprotect(memory_.at(8 * kPage), kPage, PROT_NONE), 0);
    EXPECT_EQ(map(memory_.va(), 16 * kPage), EFAULT);
    EXPECT_EQ(map(memory_.va() + 8 * kPage, 8 * kPage), EFAULT);
    EXPECT_EQ(map(memory_.va(), 8 * kPage), 0);
}

TEST_F(Dma, OfMemoryThatTheProcessMayNotWriteIsEfault) {
    const Map read_only = anonymous(kPage, PROT_READ);
    EXPECT_EQ(map(read_only.va(), kPage), EFAULT);
    const Map nothing = anonymous(kPage, PROT_NONE);
    EXPECT_EQ(map(nothing.va(), kPage), EFAULT);
}

TEST_F(Dma, WithoutRoomSaysHowManySegmentsItTakes) {
    segments_.clear();
    EXPECT_EQ(map(memory_.va(), 16 * kPage), ENOSPC);
    EXPECT_GE(request_.nr_segments, 1u);
    EXPECT_LE(request_.nr_segments, 16u);
    segments_.resize(request_.nr_segments);
    EXPECT_EQ(map(memory_.va(), 16 * kPage), 0);
}

TEST_F(Dma, WithABadSegmentsPointerIsEfault) {
    bifurc_dma_map request{};
    request.va = memory_.va();
    request.len = kPage;
    request.dmabuf_fd = -1;
    request.nr_segments = 4;
    for (const std::uint64_t pointer : {std::uint64_t{0}, std::uint64_t{8}, anonymous(kPage, PROT_READ).va()}) {
        request.segments = pointer;
        EXPECT_EQ(get(fd(), BIFURC_DMA_MAP, request), EFAULT) << std::hex << pointer;
    }
}

TEST_F(Dma, OfWhatIsNoDmabufIsRefused) {
    for (const int other : {0, -2, 1000000}) {
        bifurc_dma_map request{};
        request.va = memory_.va();
        request.len = kPage;
        request.dmabuf_fd = other;
        request.nr_segments = static_cast<std::uint32_t>(segments_.size());
        request.segments = reinterpret_cast<std::uintptr_t>(segments_.data());
        const int code = get(fd(), BIFURC_DMA_MAP, request);
        EXPECT_TRUE(code == EOPNOTSUPP || code == EINVAL || code == EBADF) << code;
    }
}

TEST_F(Dma, UnmapOfAnIdThatIsNotOursIsEinval) {
    ASSERT_EQ(map(memory_.va(), kPage), 0);
    EXPECT_EQ(unmap(request_.id + 1000), EINVAL);
    EXPECT_EQ(unmap(UINT64_MAX), EINVAL);
    EXPECT_EQ(unmap(request_.id), 0);
    EXPECT_EQ(unmap(request_.id), EINVAL);
}

TEST_F(Dma, OfAnotherSocketStaysItsOwn) {
    const Fd other = open_port();
    if (split(other.get(), 1) != 0) GTEST_SKIP() << "fewer than 2 free pairs";
    std::uint64_t theirs = 0;
    for (int i = 0; i < 3; ++i) {
        bifurc_dma_map request{};
        ASSERT_EQ(dma_map(other.get(), memory_.va(), kPage, request, segments_), 0);
        theirs = request.id;
    }
    EXPECT_EQ(unmap(theirs), EINVAL);
    bifurc_dma_unmap request{};
    request.id = theirs;
    EXPECT_EQ(set(other.get(), BIFURC_DMA_UNMAP, request), 0);
}

TEST_F(Dma, EndsWithReturn) {
    ASSERT_EQ(map(memory_.va(), kPage), 0);
    ASSERT_EQ(give_back(fd()), 0);
    EXPECT_EQ(unmap(request_.id), ENOTCONN);
    ASSERT_EQ(split(fd(), 1), 0);
    EXPECT_EQ(unmap(request_.id), EINVAL);
}

}  // namespace
}  // namespace bifurc::abi
