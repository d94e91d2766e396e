// SPDX-License-Identifier: BSD-3-Clause
// What lies in the windows: memory of all kinds, registers, status pages, or nothing.
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker.h"

namespace bifurc::fuzz {
namespace {

int result_of(void* mapped) { return mapped == MAP_FAILED ? errno : 0; }

int map_memory(Worker& worker) {
    static constexpr std::array kProtections{PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
                                             PROT_READ, PROT_NONE};
    const int protection = worker.random.of(kProtections);
    const int flags = MAP_FIXED | MAP_ANONYMOUS | (worker.random.one_in(3) ? MAP_SHARED : MAP_PRIVATE) |
                      (worker.random.one_in(2) ? MAP_POPULATE : 0);
    return result_of(::mmap(worker.window(), kWindowLen, protection, flags, -1, 0));
}

// A file in memory, which may be shorter than its mapping.
int map_file(Worker& worker) {
    const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
    if (file < 0) return errno;
    if (::ftruncate(file, static_cast<off_t>(worker.random.below(kWindowLen))) < 0) return errno;
    const int flags = MAP_FIXED | (worker.random.one_in(2) ? MAP_SHARED : MAP_PRIVATE);
    const int err = result_of(::mmap(worker.window(), kWindowLen, PROT_READ | PROT_WRITE, flags, file, 0));
    ::close(file);
    return err;
}

int unmap(Worker& worker) {
    std::byte* at = worker.window() + worker.random.below(4) * kPage;
    // Not munmap(): what libc maps next shall not come to lie here.
    return result_of(::mmap(at, worker.random.one_in(2) ? kPage : 4 * kPage, PROT_NONE,
                            MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

int protect(Worker& worker) {
    static constexpr std::array kProtections{PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ | PROT_EXEC};
    std::byte* at = worker.window() + worker.random.below(8) * kPage;
    return ::mprotect(at, 4 * kPage, worker.random.of(kProtections)) < 0 ? errno : 0;
}

int advise(Worker& worker) {
    static constexpr std::array kAdvice{MADV_DONTNEED, MADV_FREE, MADV_DONTFORK, MADV_WILLNEED, MADV_REMOVE, MADV_COLD};
    return ::madvise(worker.window(), kWindowLen, worker.random.of(kAdvice)) < 0 ? errno : 0;
}

int lock(Worker& worker) {
    return (worker.random.one_in(2) ? ::mlock(worker.window(), 8 * kPage) : ::munlock(worker.window(), kWindowLen)) < 0
               ? errno
               : 0;
}

// From now on a page that is missing here comes late: process.cpp brings it.
int hold(Worker& worker) {
    if (worker.pool.holder < 0) return kNothingToDo;
    void* at =
        ::mmap(worker.window(), kWindowLen, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return errno;
    uffdio_register request{};
    request.range = {.start = reinterpret_cast<std::uint64_t>(at), .len = kWindowLen};
    request.mode = UFFDIO_REGISTER_MODE_MISSING;
    return ::ioctl(worker.pool.holder, UFFDIO_REGISTER, &request) < 0 ? errno : 0;
}

int touch(Worker& worker) {
    volatile std::byte* at = worker.window() + worker.random.below(kWindowLen);
    const bool write = worker.random.one_in(2);
    return guarded([&] {
        if (write)
            *at = std::byte{1};
        else
            (void)*at;
    })
               ? 0
               : EFAULT;
}

// Registers only by words, and only read: what shall be written, borrow.cpp writes.
int read_registers(Worker& worker) {
    const std::byte* at = worker.pool.registers + worker.random.below(kRegisterWindows) * kPage;
    const auto* word = reinterpret_cast<const volatile std::uint32_t*>(at) + worker.random.below(8);
    return guarded([&] { (void)*word; }) ? 0 : EFAULT;
}

// A region as the kernel lists it, or nearly: writable only where no verb's answer goes.
int map_region(Worker& worker) {
    Slot& slot = worker.slot();
    const int fd = slot.fd;
    bifurc_regions regions{};
    const int err = get(fd, BIFURC_REGIONS, regions);
    if (err != 0) return err;
    slot.hints.generation = regions.generation;
    const bifurc_region& region = regions.region[worker.random.below(regions.count)];
    auto offset = static_cast<off_t>(region.mmap_offset);
    std::size_t len = region.len;
    if (worker.random.one_in(8)) offset = static_cast<off_t>(worker.random.edge() & ~(kPage - 1));
    if (worker.random.one_in(8)) len *= 2;
    const int flags = MAP_FIXED | (worker.random.one_in(8) ? MAP_PRIVATE : MAP_SHARED);
    if (worker.random.one_in(4)) return result_of(::mmap(worker.window(), len, PROT_READ, flags, fd, offset));
    std::byte* at = worker.pool.registers + worker.random.below(kRegisterWindows - 1) * kPage;
    return result_of(::mmap(at, len, PROT_READ | PROT_WRITE, flags, fd, offset));
}

int protect_registers(Worker& worker) {
    static constexpr std::array kProtections{PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ | PROT_EXEC};
    std::byte* at = worker.pool.registers + worker.random.below(kRegisterWindows) * kPage;
    return ::mprotect(at, kPage, worker.random.of(kProtections)) < 0 ? errno : 0;
}

// Moved to where no verb's answer goes either.
int move_registers(Worker& worker) {
    std::byte* from = worker.pool.registers + worker.random.below(kRegisterWindows) * kPage;
    std::byte* to = worker.pool.registers + worker.random.below(kRegisterWindows) * kPage;
    return result_of(::mremap(from, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to));
}

constexpr std::array kOperations{
    Operation{"map_memory", 10, map_memory},
    Operation{"map_file", 4, map_file},
    Operation{"unmap", 3, unmap},
    Operation{"protect", 3, protect},
    Operation{"advise", 2, advise},
    Operation{"lock", 1, lock},
    Operation{"hold", 2, hold},
    Operation{"touch", 4, touch},
    Operation{"map_region", 8, map_region},
    Operation{"read_registers", 6, read_registers},
    Operation{"protect_registers", 1, protect_registers},
    Operation{"move_registers", 1, move_registers},
};

}  // namespace

std::span<const Operation> memory_operations() { return kOperations; }

}  // namespace bifurc::fuzz
