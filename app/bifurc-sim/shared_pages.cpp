// SPDX-License-Identifier: BSD-3-Clause
#include "shared_pages.h"

#include <fcntl.h>
#include <sys/mman.h>

namespace bifurc::sim {

std::unique_ptr<SharedPages> SharedPages::create(const char* name, std::size_t pages, Others others) {
    const std::size_t len = pages * kPage;
    UniqueFd fd{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(len)) != 0) return nullptr;
    void* const data = ::mmap(nullptr, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (data == MAP_FAILED) return nullptr;
    // Our mapping was made before, so F_SEAL_FUTURE_WRITE (fcntl(2)) leaves it the only writable one.
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (others == Others::read ? F_SEAL_FUTURE_WRITE : 0);
    auto shared = std::unique_ptr<SharedPages>(new SharedPages(std::move(fd), static_cast<std::byte*>(data), len));
    if (::fcntl(shared->fd(), F_ADD_SEALS, seals) != 0) return nullptr;
    return shared;
}

SharedPages::~SharedPages() {
    // Refused for pages that only we write; those keep the last that they said.
    ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(len_));
    ::munmap(data_, len_);
}

}  // namespace bifurc::sim
