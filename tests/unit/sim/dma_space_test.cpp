// SPDX-License-Identifier: BSD-3-Clause
#include "dma_space.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace {

using bifurc::sim::DmaBlock;
using bifurc::sim::DmaSpace;
using bifurc::sim::UniqueFd;

constexpr std::size_t kPage = 4096;

// Memory of `pages` pages at a place with free pages behind it, unmapped when it goes.
class Memory {
public:
    Memory(std::size_t pages, int flags, int fd = -1, int prot = PROT_READ | PROT_WRITE) : len_(pages * kPage) {
        data_ = static_cast<std::byte*>(::mmap(nullptr, len_, prot, flags, fd, 0));
    }
    ~Memory() { ::munmap(data_, len_); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    std::byte* data() const { return data_; }
    std::uint64_t va() const { return reinterpret_cast<std::uint64_t>(data_); }

private:
    std::size_t len_;
    std::byte* data_;
};

std::array<std::byte, 16> pattern(unsigned seed) {
    std::array<std::byte, 16> bytes;
    for (unsigned i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(seed + i);
    return bytes;
}

// A second process with the same memory, until the object goes.
class Child {
public:
    Child() {
        int pipe[2];
        EXPECT_EQ(::pipe(pipe), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            char byte;
            ::close(pipe[1]);
            ::_exit(::read(pipe[0], &byte, 1) == 0 ? 0 : 1);
        }
        ::close(pipe[0]);
        life_.reset(pipe[1]);
    }
    ~Child() { end(); }
    void end() {
        if (pid_ <= 0) return;
        life_.reset();
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = -1;
    UniqueFd life_;
};

TEST(DmaSpace, OwnMemoryIsReachedDirectly) {
    DmaSpace space;
    const DmaBlock block(space, 2 * kPage);
    EXPECT_GE(block.bus(), DmaSpace::kFirstBus);
    EXPECT_EQ(space.direct(block.bus() + 100, 200), block.data() + 100);
    EXPECT_EQ(space.direct(block.bus(), 2 * kPage), block.data());
    EXPECT_EQ(space.direct(block.bus(), 2 * kPage + 1), nullptr);
    EXPECT_EQ(space.direct(block.bus() - 1, 1), nullptr);
}

TEST(DmaSpace, MemoryIsGoneWithItsBlock) {
    DmaSpace space;
    std::uint64_t bus = 0;
    {
        const DmaBlock block(space, kPage);
        bus = block.bus();
    }
    EXPECT_EQ(space.direct(bus, 1), nullptr);
    std::byte byte{};
    EXPECT_FALSE(space.read(bus, {&byte, 1}));
}

TEST(DmaSpace, SharedFileMemoryIsReachedDirectly) {
    const UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
    ASSERT_EQ(::ftruncate(file.get(), 4 * kPage), 0);
    const Memory memory(4, MAP_SHARED, file.get());
    DmaSpace space;
    std::uint64_t bus = 0;
    ASSERT_EQ(space.map_process(::getpid(), memory.va() + kPage, 2 * kPage, bus), 0);
    std::byte* const at = space.direct(bus + 8, 16);
    ASSERT_NE(at, nullptr);
    EXPECT_NE(at, memory.data() + kPage + 8) << "a mapping of its own, not the program's address";
    std::memcpy(at, pattern(1).data(), 16);
    EXPECT_EQ(std::memcmp(memory.data() + kPage + 8, pattern(1).data(), 16), 0);
    space.unmap(bus);
    EXPECT_EQ(space.direct(bus + 8, 16), nullptr);
}

TEST(DmaSpace, AnotherProcessesPrivateMemoryIsReachedThroughItsAddressSpace) {
    const Memory memory(2, MAP_PRIVATE | MAP_ANONYMOUS);
    std::memcpy(memory.data(), pattern(7).data(), 16);
    const Child child;
    DmaSpace space;
    std::uint64_t bus = 0;
    ASSERT_EQ(space.map_process(child.pid(), memory.va(), 2 * kPage, bus), 0);
    EXPECT_EQ(space.direct(bus, 16), nullptr);
    ASSERT_TRUE(space.write(bus, pattern(9)));
    std::array<std::byte, 16> read{};
    ASSERT_TRUE(space.read(bus, read));
    EXPECT_EQ(read, pattern(9));
    EXPECT_EQ(std::memcmp(memory.data(), pattern(7).data(), 16), 0) << "the parent's copy is another one";
}

TEST(DmaSpace, MemoryOfAProcessThatIsGoneFaults) {
    const Memory memory(1, MAP_PRIVATE | MAP_ANONYMOUS);
    Child child;
    DmaSpace space;
    std::uint64_t bus = 0;
    ASSERT_EQ(space.map_process(child.pid(), memory.va(), kPage, bus), 0);
    child.end();
    EXPECT_FALSE(space.write(bus, pattern(1)));
}

TEST(DmaSpace, ARangeMaySpanSharedAndPrivateMemory) {
    const Memory memory(2, MAP_PRIVATE | MAP_ANONYMOUS);
    const UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
    ASSERT_EQ(::ftruncate(file.get(), kPage), 0);
    ASSERT_NE(::mmap(memory.data() + kPage, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.get(), 0),
              MAP_FAILED);
    DmaSpace space;
    std::uint64_t bus = 0;
    ASSERT_EQ(space.map_process(::getpid(), memory.va(), 2 * kPage, bus), 0);
    EXPECT_EQ(space.direct(bus + kPage - 8, 16), nullptr);
    EXPECT_NE(space.direct(bus + kPage, 16), nullptr);
    ASSERT_TRUE(space.write(bus + kPage - 8, pattern(3)));
    EXPECT_EQ(std::memcmp(memory.data() + kPage - 8, pattern(3).data(), 16), 0);
    std::array<std::byte, 16> read{};
    ASSERT_TRUE(space.read(bus + kPage - 8, read));
    EXPECT_EQ(read, pattern(3));
}

TEST(DmaSpace, RefusesWhatIsNotMappedOrNotWritable) {
    DmaSpace space;
    std::uint64_t bus = 0;
    const Memory read_only(1, MAP_PRIVATE | MAP_ANONYMOUS, -1, PROT_READ);
    EXPECT_EQ(space.map_process(::getpid(), read_only.va(), kPage, bus), -EFAULT);
    const Memory hole(3, MAP_PRIVATE | MAP_ANONYMOUS);
    ::munmap(hole.data() + kPage, kPage);
    EXPECT_EQ(space.map_process(::getpid(), hole.va(), 3 * kPage, bus), -EFAULT);
    EXPECT_EQ(space.map_process(::getpid(), hole.va() + kPage, kPage, bus), -EFAULT);
}

// As Linux does: a file system that writes pages back by itself would not know of what the device writes.
TEST(DmaSpace, RefusesSharedPagesOfAnOrdinaryFile) {
    char name[] = "dma-space-XXXXXX";  // where the test runs, for /tmp is a tmpfs often
    const UniqueFd file{::mkstemp(name)};
    ::unlink(name);
    struct statfs fs {};
    if (::fstatfs(file.get(), &fs) != 0 || fs.f_type == TMPFS_MAGIC) GTEST_SKIP() << "no ordinary file system here";
    ASSERT_EQ(::ftruncate(file.get(), kPage), 0);
    DmaSpace space;
    std::uint64_t bus = 0;
    const Memory shared(1, MAP_SHARED, file.get());
    EXPECT_EQ(space.map_process(::getpid(), shared.va(), kPage, bus), -EFAULT);
    const Memory copied(1, MAP_PRIVATE, file.get());
    EXPECT_EQ(space.map_process(::getpid(), copied.va(), kPage, bus), 0) << "the process's own copy is no file's";
}

TEST(DmaSpace, RefusesOddPlacesAndLengths) {
    DmaSpace space;
    std::uint64_t bus = 0;
    const Memory memory(1, MAP_PRIVATE | MAP_ANONYMOUS);
    EXPECT_EQ(space.map_process(::getpid(), memory.va() + 1, kPage, bus), -EINVAL);
    EXPECT_EQ(space.map_process(::getpid(), memory.va(), 100, bus), -EINVAL);
    EXPECT_EQ(space.map_process(::getpid(), memory.va(), 0, bus), -EINVAL);
    EXPECT_EQ(space.map_process(::getpid(), ~std::uint64_t{0} & ~(kPage - 1), 2 * kPage, bus), -EINVAL);
}

TEST(DmaSpace, MappingsDoNotTouch) {
    DmaSpace space;
    const DmaBlock first(space, kPage), second(space, kPage);
    EXPECT_EQ(space.direct(first.bus() + kPage, 1), nullptr);
    EXPECT_GT(second.bus(), first.bus() + kPage);
}

TEST(DmaSpace, AFileThatShrinksSpoilsOnlyItsOwnersData) {
    const UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
    ASSERT_EQ(::ftruncate(file.get(), kPage), 0);
    const Memory memory(1, MAP_SHARED, file.get());
    DmaSpace space;
    std::uint64_t bus = 0;
    ASSERT_EQ(space.map_process(::getpid(), memory.va(), kPage, bus), 0);
    ASSERT_EQ(::ftruncate(file.get(), 0), 0);
    std::byte* const at = space.direct(bus, 16);
    ASSERT_NE(at, nullptr);
    std::memcpy(at, pattern(1).data(), 16);  // SIGBUS, were it not for SharedWindow
    EXPECT_EQ(std::memcmp(at, pattern(1).data(), 16), 0);
}

}  // namespace
