// SPDX-License-Identifier: BSD-3-Clause
#include "invariants.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "calls.h"
#include "rights.h"

namespace bifurc::fuzz {
namespace {

constexpr std::size_t kLimit = 64 * kPage;

std::uint32_t free_pairs() {
    const int fd = attached_socket();
    bifurc_info info{};
    if (fd < 0 || get(fd, BIFURC_INFO, info) != 0) fail(std::string("no INFO on eth0: ") + std::strerror(errno));
    ::close(fd);
    return info.pairs_free;
}

void must(int err, const char* what) {
    if (err != 0) fail(std::string("after all have ended, ") + what + ": " + std::strerror(err));
}

// The next borrower has all that there is at its first try.
void borrow_all(std::uint32_t pairs) {
    const int fd = attached_socket();
    bifurc_split taken{};
    must(split(fd, pairs, &taken), "SPLIT of all free pairs");
    bifurc_regions regions{};
    must(get(fd, BIFURC_REGIONS, regions), "REGIONS");
    for (std::uint32_t i = 0; i < regions.count; ++i) {
        const bifurc_region& region = regions.region[i];
        void* at = ::mmap(nullptr, region.len, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(region.mmap_offset));
        if (at == MAP_FAILED) must(errno, "mmap of a region");
        ::munmap(at, region.len);
    }
    must(give_back(fd), "RETURN");
    ::close(fd);
}

// Of a user whose limit has room for just so much: nothing of what ended is still counted as his.
[[noreturn]] void map_up_to_the_limit() {
    limit_locked_memory(kLimit);
    void* memory = ::mmap(nullptr, 2 * kLimit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::array<bifurc_dma_segment, 2 * kLimit / kPage> segments{};
    const int fd = attached_socket();
    bifurc_split taken{};
    must(split(fd, 1, &taken), "SPLIT of one pair");
    std::uint64_t id = 0;
    must(dma_map(fd, memory, kLimit, segments.data(), segments.size(), &id), "DMA_MAP of all that may be locked");
    if (dma_map(fd, memory, kPage, segments.data(), segments.size(), nullptr) != ENOMEM)
        fail("more is pinned than may be locked");
    must(dma_unmap(fd, id), "DMA_UNMAP");
    ::_exit(0);
}

void borrow_up_to_the_limit() {
    const pid_t child = ::fork();
    if (child == 0) map_up_to_the_limit();
    int status = 0;
    if (!within_deadline([&] { return ::waitpid(child, &status, WNOHANG) != 0; }))
        fail_hanging("a borrower of one pair hangs");
    if (status != 0) ::_exit(1);  // it has said why
}

}  // namespace

Invariants::Invariants() : free_(free_pairs()) {}

void Invariants::check() {
    // The last files may be closed by the kernel's collector of cycles, a little later.
    if (!within_deadline([&] { return free_pairs() == free_; }))
        fail(std::to_string(free_pairs()) + " pairs are free, " + std::to_string(free_) + " were");
    borrow_all(free_);
    borrow_up_to_the_limit();
    if (!within_deadline([] { return pinned_pages() == 0; }))
        fail(std::to_string(pinned_pages()) + " pages stay pinned");
    const std::string said = log_.complaints();
    if (!said.empty()) fail("the kernel complains:\n" + said);
}

}  // namespace bifurc::fuzz
