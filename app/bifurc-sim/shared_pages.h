// SPDX-License-Identifier: BSD-3-Clause
// A few pages that this process shares with programs that borrow queues: a sealed memfd and this process's mapping.
#pragma once

#include <cstddef>
#include <memory>

#include "unique_fd.h"

namespace bifurc::sim {

class SharedPages {
public:
    static constexpr std::size_t kPage = 4096;
    enum class Others { read, read_and_write };

    // Zeros. Nobody can change its length, so that touching it is always safe here. nullptr: out of memory or fds.
    static std::unique_ptr<SharedPages> create(const char* name, std::size_t pages, Others others);
    // With others that write: the pages are punched out, so that mappings elsewhere show zeros, shared with nobody
    // here.
    ~SharedPages();
    SharedPages(const SharedPages&) = delete;
    SharedPages& operator=(const SharedPages&) = delete;

    [[nodiscard]] std::byte* page(std::size_t i) const noexcept { return data_ + i * kPage; }
    // What may be passed to others.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

private:
    SharedPages(UniqueFd fd, std::byte* data, std::size_t len) noexcept : fd_(std::move(fd)), data_(data), len_(len) {}

    UniqueFd fd_;
    std::byte* data_;
    std::size_t len_;
};

}  // namespace bifurc::sim
