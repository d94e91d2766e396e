// SPDX-License-Identifier: BSD-3-Clause
// ethtool's structures of variable length: a head, and what the kernel writes behind it.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "ethtool.h"

namespace bifurc::net {

template <class Head>
class WithTail {
public:
    // Zeroed but for the command. false as a condition: out of memory.
    WithTail(std::uint32_t command, std::size_t tail_bytes)
        : memory_(new (std::nothrow) std::uint64_t[(sizeof(Head) + tail_bytes) / sizeof(std::uint64_t) + 1]{}) {
        if (memory_) head().cmd = command;
    }
    [[nodiscard]] Head& head() noexcept { return *reinterpret_cast<Head*>(memory_.get()); }
    template <class T>
    [[nodiscard]] T* tail() noexcept {
        return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(memory_.get()) + sizeof(Head));
    }
    [[nodiscard]] int ask(const rte_eth_dev* dev) noexcept {
        return memory_ ? ask_ethtool(dev, memory_.get()) : -ENOMEM;
    }
    [[nodiscard]] explicit operator bool() const noexcept { return memory_ != nullptr; }

private:
    std::unique_ptr<std::uint64_t[]> memory_;
};

}  // namespace bifurc::net
