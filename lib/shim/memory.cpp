// SPDX-License-Identifier: BSD-3-Clause
#include "memory.h"

#include <sys/mman.h>
#include <sys/uio.h>

#include <cstdint>

#include "raw.h"

namespace bifurc::shim {
namespace {

// process_vm_readv(2) on oneself needs no capability, and reports a bad page where a plain copy would be killed.
int transfer(long call, void* own, const void* user, std::size_t len) noexcept {
    if (len == 0) return 0;
    iovec local{own, len};
    iovec remote{const_cast<void*>(user), len};
    const long moved = raw(call, raw(SYS_getpid), &local, 1UL, &remote, 1UL, 0UL);
    return moved == static_cast<long>(len) ? 0 : -EFAULT;
}

}  // namespace

int copy_in(void* to, const void* user, std::size_t len) noexcept {
    return transfer(SYS_process_vm_readv, to, user, len);
}

int copy_out(void* user, const void* from, std::size_t len) noexcept {
    return transfer(SYS_process_vm_writev, const_cast<void*>(from), user, len);
}

int check_writable(void* user, std::size_t len) noexcept {
    constexpr std::size_t kPage = 4096;
    auto* at = static_cast<std::byte*>(user);
    while (len > 0) {
        std::byte kept{};
        if (copy_in(&kept, at, 1) < 0 || copy_out(at, &kept, 1) < 0) return -EFAULT;
        const std::size_t to_next_page = kPage - (reinterpret_cast<std::uintptr_t>(at) & (kPage - 1));
        if (to_next_page >= len) break;
        at += to_next_page;
        len -= to_next_page;
    }
    return 0;
}

Scratch::Scratch(std::size_t len) noexcept : len_(len) {
    if (len <= small_.size()) {
        base_ = small_.data();
        return;
    }
    const long at = raw(SYS_mmap, nullptr, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
    if (at > 0) base_ = reinterpret_cast<std::byte*>(at);
}

Scratch::~Scratch() {
    if (len_ > small_.size() && base_ != nullptr) raw(SYS_munmap, base_, len_);
}

}  // namespace bifurc::shim
