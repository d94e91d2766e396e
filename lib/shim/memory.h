// SPDX-License-Identifier: BSD-3-Clause
// The program's memory, reached as a kernel reaches it: a bad pointer is an error, not a crash.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace bifurc::shim {

// 0 or -EFAULT; -EFAULT may have copied a part. A length of 0 touches nothing.
[[nodiscard]] int copy_in(void* to, const void* user, std::size_t len) noexcept;
[[nodiscard]] int copy_out(void* user, const void* from, std::size_t len) noexcept;
// Will copy_out to [user, user+len) succeed? Asked before a verb that could not be undone. Leaves the bytes as they
// are; they belong to the call under way, so nobody else may be writing them.
[[nodiscard]] int check_writable(void* user, std::size_t len) noexcept;

// Memory for one call. Small pieces lie in the object; large ones come from the kernel, because they would be too much
// for a small thread's stack, and malloc is not safe in signal handlers, as the originals are. Not from the kernel
// whenever possible: it may put a new mapping just where the program asks DMA_MAP about a hole.
class Scratch {
public:
    explicit Scratch(std::size_t len) noexcept;
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    explicit operator bool() const noexcept { return base_ != nullptr; }
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {base_, len_}; }

private:
    std::array<std::byte, 4096> small_;
    std::byte* base_ = nullptr;
    std::size_t len_;
};

}  // namespace bifurc::shim
