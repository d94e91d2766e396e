// SPDX-License-Identifier: BSD-3-Clause
// An 82599 as software sees it: registers, descriptor rings, DMA, classification, interrupts.
//
// A pure device: no threads, no sockets, no clock. Memory, wire, interrupts and time come from the owner through the
// interfaces below. One thread at a time calls into a Nic.
//
// Three ways to reach the registers. Trapped: every access is a call of read32/write32 (the simulator's own driver
// part; a virtual machine's exits). Lent: a queue pair's 4 KiB register pages lie in memory that another process writes
// at any time; poll() looks at them. Shared: so do all queues' pages, of the port's own driver too, and the rest is
// trapped. Such memory is never trusted: each word is read once and checked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bifurc::model {

// Without FCS. Nobody else writes it meanwhile.
using Frame = std::span<const std::byte>;

// Memory that is contiguous for the device and for this process.
struct Stretch {
    std::uint64_t bus = 0, len = 0;
    std::byte* data = nullptr;
};

// The device's view of memory. An address that is not mapped answers nullptr or false and has touched nothing; the
// Nic then counts a DMA fault for the queue.
class Dma {
public:
    virtual ~Dma() = default;
    // [bus, bus+len) as this process sees it, or nullptr if it is not wholly inside one directly reachable mapping.
    virtual std::byte* direct(std::uint64_t bus, std::size_t len) noexcept = 0;
    // All that is directly reachable around this address, if the answer stays true until epoch() steps, which it does
    // between two polls only; else, or if that is nothing, len 0. Nobody need answer this: it saves asking direct() for
    // each descriptor.
    virtual Stretch stretch(std::uint64_t /*bus*/) noexcept { return {}; }
    virtual std::uint64_t epoch() noexcept { return 0; }
    // For what is mapped, but not directly reachable. All or nothing.
    virtual bool read(std::uint64_t bus, std::span<std::byte> to) noexcept = 0;
    virtual bool write(std::uint64_t bus, std::span<const std::byte> from) noexcept = 0;
};

class Wire {
public:
    virtual ~Wire() = default;
    // A whole frame. false: no room now; the Nic keeps it and offers it again at the next poll.
    virtual bool transmit(Frame frame) noexcept = 0;
};

class Interrupts {
public:
    virtual ~Interrupts() = default;
    virtual void raise(unsigned vector) noexcept = 0;  // MSI-X vector; 0 also stands for MSI and INTx
};

struct NicConfig {
    std::array<std::uint8_t, 6> mac{};
    std::size_t rx_packet_buffer_bytes = 512 * 1024;  // DS 1.3
    // Where the registers lie, if the queues' pages are shared: a BAR's length (DS 9.3.6.1), there as long as the Nic.
    // Nobody else writes outside those pages. QPRC and its like, in them, stay 0. Nothing can be lent then.
    std::span<std::byte> registers{};
};

// What became of the frames that came in from the wire: received == the sum of the others + those still in the packet
// buffer or in an open large receive. Every frame ends in exactly one of them.
struct RxAccount {
    std::uint64_t received = 0;
    std::uint64_t delivered = 0;         // to a ring, complete
    std::uint64_t filtered = 0;          // L2 filters: not for this port
    std::uint64_t receive_disabled = 0;  // RXCTRL.RXEN clear
    std::uint64_t bad_length = 0;        // too short, or above MAXFRS
    std::uint64_t missed = 0;            // packet buffer full (MPC)
    std::uint64_t no_descriptor = 0;     // drop enabled and ring empty (QPRDC)
    std::uint64_t queue_disabled = 0;    // queue not enabled (any more); flow director's drop queue among them
    std::uint64_t fdir_drop = 0;         // perfect filter with the drop action
    std::uint64_t dma_fault = 0;         // descriptor or buffer address not mapped
    std::uint64_t bad_descriptor = 0;    // ring or descriptor that no device could follow
};

struct TxAccount {
    std::uint64_t transmitted = 0;  // on the wire
    std::uint64_t dma_fault = 0;
    std::uint64_t bad_descriptor = 0;  // length 0, above the limit, unknown type, ring without end of packet
};

struct QueueAccount {
    std::uint64_t rx_frames = 0, rx_bytes = 0, rx_missed = 0;
    std::uint64_t tx_frames = 0, tx_bytes = 0, tx_dropped = 0;
    std::uint64_t dma_faults = 0;
};

class Nic {
public:
    Nic(const NicConfig& config, Dma& dma, Wire& wire, Interrupts& interrupts);
    ~Nic();
    Nic(const Nic&) = delete;
    Nic& operator=(const Nic&) = delete;

    // Trapped access, 32-bit aligned. What no register knows is counted and named (unknown_accesses), reads give 0.
    // What was written to shared pages before has been acted upon first, but for tails.
    [[nodiscard]] std::uint32_t read32(std::uint32_t offset);
    void write32(std::uint32_t offset, std::uint32_t value);
    // What is there: nothing is cleared, taken or counted by looking, and a lent pair's registers show its pages.
    // Write-only registers, and what no register knows, show 0.
    [[nodiscard]] std::uint32_t peek32(std::uint32_t offset) const;

    // From now on this queue pair's registers lie in these pages (each 4096 bytes: the BAR pages that hold the queue's
    // Rx and Tx registers; the caller keeps them alive until take_back). Both queues start disabled, registers at
    // their reset values. The pair's registers in the trapped file are dead meanwhile.
    void lend(unsigned pair, std::byte* rx_page, std::byte* tx_page);
    // Disables both queues and forgets the pages. No DMA for this pair after it returns.
    void take_back(unsigned pair);
    // Acts on all register writes made to lent pages so far. On return no DMA is under way for a disabled queue.
    void sync();

    // A frame from the wire, without FCS: classified, into the packet buffer. Rings are filled by poll().
    void receive(Frame frame);
    // Looks at lent pages, fills Rx rings from the packet buffer, empties Tx rings onto the wire; at most `budget`
    // frames each way. Returns how many frames moved: 0 means idle. Frames that have arrived are received first: what
    // that leads to is the same, but frames that need not wait are not copied into the packet buffer and out of it.
    unsigned poll(unsigned budget, std::span<const Frame> arrived = {});
    // Time goes on: interrupt throttling (EITR), and for the next poll() the end of large receives. Never runs
    // backward.
    void advance(std::uint64_t now_ns);
    // Until when nothing needs advance() and poll(); nothing: for as long as nobody calls.
    [[nodiscard]] std::optional<std::uint64_t> wake_at_ns() const noexcept;
    // The wire had no room: poll() soon again.
    [[nodiscard]] bool tx_waiting() const noexcept;
    // The wire's state. A change interrupts.
    void set_link(bool up);

    [[nodiscard]] const RxAccount& rx_account() const noexcept;
    [[nodiscard]] const TxAccount& tx_account() const noexcept;
    [[nodiscard]] QueueAccount queue_account(unsigned pair) const noexcept;
    [[nodiscard]] std::size_t rx_pending() const noexcept;  // frames in the packet buffer and in open large receives

    struct UnknownAccess {
        std::uint32_t offset;
        bool write;
        std::uint64_t count;
    };
    [[nodiscard]] std::vector<UnknownAccess> unknown_accesses() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The datasheet's name of the register at this offset ("TDT[32]"), or "unknown 0x01234".
[[nodiscard]] std::string register_name(std::uint32_t offset);

}  // namespace bifurc::model
