// SPDX-License-Identifier: BSD-3-Clause
// A part of somebody else's file in this process's memory, and what protects this process from that file.
//
// The file's owner may truncate it at any time, or have no huge page left; touching the window then raises SIGBUS. The
// first window installs a handler that puts zeros of our own in place of the page and lets the access go on. So a
// borrowing program can spoil its own buffers, and nothing else. SIGBUS elsewhere stays fatal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace bifurc::sim {

class SharedWindow {
public:
    // Maps [offset, offset+len) of the file, readable and writable; both are multiples of the file's page size.
    // nullptr: the kernel or the table of windows refused.
    static std::unique_ptr<SharedWindow> map(int fd, std::uint64_t offset, std::size_t len, std::size_t page_size);
    ~SharedWindow();
    SharedWindow(const SharedWindow&) = delete;
    SharedWindow& operator=(const SharedWindow&) = delete;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }

private:
    SharedWindow(std::byte* data, std::size_t len, std::size_t slot) noexcept : data_(data), len_(len), slot_(slot) {}

    std::byte* data_;
    std::size_t len_;
    std::size_t slot_;
};

}  // namespace bifurc::sim
