// SPDX-License-Identifier: BSD-3-Clause
// BAR 0 as memory of which the client may map the queues' pages: a sealed memory file, laid over memory of our own.
//
// The file is as long as the BAR, since offsets in it are offsets in the BAR, but only the areas are shared: what the
// client writes elsewhere in the file nobody sees.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "config_space.h"
#include "unique_fd.h"

namespace bifurc::vfio_user {

class QueuePages {
public:
    struct Area {
        std::uint64_t offset, size;
    };
    static constexpr std::array<Area, 3> kAreas{{{0x1000, 0x1000}, {0x6000, 0x2000}, {0xD000, 0x1000}}};

    // nullptr: out of memory.
    [[nodiscard]] static std::unique_ptr<QueuePages> create();
    ~QueuePages();
    QueuePages(const QueuePages&) = delete;
    QueuePages& operator=(const QueuePages&) = delete;

    // Pages that no earlier client has, all zeros. false: out of memory or descriptors; what is shared then is of no
    // use.
    [[nodiscard]] bool renew() noexcept;
    [[nodiscard]] std::span<std::byte> registers() const noexcept { return {registers_, kRegisterBarLen}; }
    // What the client maps, after renew().
    [[nodiscard]] int fd() const noexcept { return file_.get(); }

private:
    explicit QueuePages(std::byte* registers) noexcept : registers_(registers) {}

    std::byte* registers_;
    sim::UniqueFd file_;
};

}  // namespace bifurc::vfio_user
