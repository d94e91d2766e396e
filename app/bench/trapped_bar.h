// SPDX-License-Identifier: BSD-3-Clause
// A BAR for a driver that is not ours: every access faults, the fault handler looks at the instruction and asks
// somebody for the answer. Pages can be made plain memory for as long as bursts run, so that a doorbell costs a store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bifurc::bench {

// Answers for a register file. Called from a signal handler: neither locks nor memory from the heap.
class Registers {
public:
    virtual ~Registers() = default;
    virtual std::uint32_t read32(std::uint32_t offset) noexcept = 0;
    virtual void write32(std::uint32_t offset, std::uint32_t value) noexcept = 0;
};

class TrappedBar {
public:
    static constexpr std::size_t kPage = 4096;

    TrappedBar(std::size_t bytes, Registers& registers);
    ~TrappedBar();
    TrappedBar(const TrappedBar&) = delete;
    TrappedBar& operator=(const TrappedBar&) = delete;

    [[nodiscard]] std::byte* window() const noexcept { return window_; }  // nullptr: no address space
    [[nodiscard]] std::uint32_t* word(std::uint32_t offset) const noexcept {
        return reinterpret_cast<std::uint32_t*>(window_ + offset);
    }
    // The page that holds the offset becomes memory, and then a trap again; the words keep their values.
    [[nodiscard]] bool open_page(std::uint32_t offset) noexcept;
    void close_page(std::uint32_t offset) noexcept;

    // For the fault handler.
    [[nodiscard]] bool holds(const void* address) const noexcept;
    [[nodiscard]] Registers& registers() const noexcept { return registers_; }

private:
    std::byte* window_ = nullptr;
    std::size_t bytes_;
    Registers& registers_;
};

}  // namespace bifurc::bench
