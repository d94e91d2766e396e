// SPDX-License-Identifier: BSD-3-Clause
#include "queue_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "hw/ixgbe.h"

namespace bifurc::vfio_user {

using namespace hw::ixgbe;
static_assert(QueuePages::kAreas[0].offset == RDBAL::at(0) && QueuePages::kAreas[2].offset == RDBAL::at(64));
static_assert(QueuePages::kAreas[1].offset == TDBAL::at(0) && QueuePages::kAreas[1].size == kQueues * TDBAL::stride);

std::unique_ptr<QueuePages> QueuePages::create() {
    void* const at = ::mmap(nullptr, kRegisterBarLen, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return nullptr;
    return std::unique_ptr<QueuePages>(new QueuePages(static_cast<std::byte*>(at)));
}

QueuePages::~QueuePages() { ::munmap(registers_, kRegisterBarLen); }

bool QueuePages::renew() noexcept {
    file_.reset(::memfd_create("bifurc-queues", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    // A file that its other owner could shorten would be a bus error here.
    return file_ && ::ftruncate(file_.get(), kRegisterBarLen) == 0 &&
           ::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 &&
           std::ranges::all_of(kAreas, [this](const Area& area) {
               return ::mmap(registers_ + area.offset, area.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                             file_.get(), static_cast<off_t>(area.offset)) != MAP_FAILED;
           });
}

}  // namespace bifurc::vfio_user
