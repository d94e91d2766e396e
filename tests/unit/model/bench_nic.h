// SPDX-License-Identifier: BSD-3-Clause
// A Nic on a test bench: memory, wire and interrupts that the test sees, and a driver's few steps.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "hw/desc.h"
#include "model/nic.h"
#include "model/register_file.h"

namespace bifurc::model::test {

// One stretch of memory at a bus address that is nobody's virtual address.
class Memory : public Dma {
public:
    explicit Memory(std::size_t len, bool reachable = true) : bytes_(len), reachable_(reachable) {}

    static constexpr std::uint64_t kBus = 0x100000000;
    std::byte* direct(std::uint64_t bus, std::size_t len) noexcept override {
        return reachable_ ? inside(bus, len) : nullptr;
    }
    Stretch stretch(std::uint64_t) noexcept override {
        return {kBus, reachable_ ? bytes_.size() : 0, reachable_ ? bytes_.data() : nullptr};
    }
    std::uint64_t epoch() noexcept override { return epoch_; }
    // The same bytes at the same bus address, elsewhere; where they were, nobody is to write any more.
    std::vector<std::byte> move() {
        std::vector<std::byte> old = bytes_;
        bytes_.swap(old);
        ++epoch_;
        return old;
    }
    // From now on nothing is mapped.
    void hide() {
        reachable_ = false;
        hidden_ = true;
        ++epoch_;
    }
    bool read(std::uint64_t bus, std::span<std::byte> to) noexcept override {
        const std::byte* from = inside(bus, to.size());
        if (from != nullptr) std::memcpy(to.data(), from, to.size());
        return from != nullptr;
    }
    bool write(std::uint64_t bus, std::span<const std::byte> from) noexcept override {
        std::byte* to = inside(bus, from.size());
        if (to != nullptr) std::memcpy(to, from.data(), from.size());
        on_write();
        return to != nullptr;
    }
    std::function<void()> on_write = [] {};  // not if it is directly reachable
    template <class T>
    T& at(std::uint64_t bus) {
        return *reinterpret_cast<T*>(inside(bus, sizeof(T)));
    }
    std::byte* inside(std::uint64_t bus, std::size_t len) noexcept {
        if (hidden_ || bus < kBus || bus - kBus > bytes_.size() || len > bytes_.size() - (bus - kBus)) return nullptr;
        return bytes_.data() + (bus - kBus);
    }

private:
    std::vector<std::byte> bytes_;
    bool reachable_;
    bool hidden_ = false;
    std::uint64_t epoch_ = 1;
};

class RecordingWire : public Wire {
public:
    bool transmit(std::span<const std::byte> frame) noexcept override {
        if (room == 0) return false;
        --room;
        on_transmit();
        frames.emplace_back(frame.begin(), frame.end());
        return true;
    }
    std::size_t room = ~std::size_t{0};
    std::function<void()> on_transmit = [] {};
    std::vector<std::vector<std::byte>> frames;
};

class RecordingInterrupts : public Interrupts {
public:
    void raise(unsigned vector) noexcept override { ++raised[vector]; }
    std::map<unsigned, unsigned> raised;
};

using Frame = std::vector<std::byte>;

struct UdpFlow {
    std::uint32_t src_ip = 0x01010101, dst_ip = 0x0a000001;
    std::uint16_t src_port = 1000, dst_port = 2000;
};

// A UDP frame with good checksums; `payload` bytes of a pattern.
Frame udp_frame(const UdpFlow& flow = {}, std::size_t payload = 18);
Frame tagged(Frame frame, std::uint16_t vlan);

struct TcpSegment {
    std::uint16_t src_port = 1000;
    std::uint32_t sequence = 1, acknowledged = 1;
    std::uint8_t flags = 0x10;  // ACK
    std::uint16_t window = 8192;
    std::vector<std::uint8_t> options{};  // whole words
    std::uint8_t tos = 0;
    std::size_t payload = 1000;
};
// A TCP frame with good checksums. Each byte of its payload tells its place in the flow.
Frame tcp_frame(const TcpSegment& segment);
std::byte tcp_payload(std::uint32_t sequence);

class Bench : public hw::TypedBar<Bench> {
public:
    explicit Bench(bool reachable = true, std::size_t packet_buffer = 512 * 1024, std::span<std::byte> registers = {})
        : memory(1 << 19, reachable),
          nic({.mac = {2, 0, 0, 0, 0, 1}, .rx_packet_buffer_bytes = packet_buffer, .registers = registers}, memory,
              wire, interrupts) {
        using namespace hw::ixgbe;
        write<RXCTRL>(RXCTRL::value{}.with<RXCTRL::RXEN>(1));
        write<DMATXCTL>(DMATXCTL::value{}.with<DMATXCTL::TE>(1));
        write<FCTRL>(FCTRL::value{}.with<FCTRL::UPE>(1).with<FCTRL::BAM>(1));
    }
    std::uint32_t read32(std::uint32_t offset) { return nic.read32(offset); }
    void write32(std::uint32_t offset, std::uint32_t value) { nic.write32(offset, value); }

    static constexpr std::uint64_t kRxRing = Memory::kBus, kTxRing = Memory::kBus + 0x10000;
    static constexpr std::uint64_t kBuffers = Memory::kBus + 0x20000;
    static constexpr std::uint32_t kSlots = 16;
    static constexpr unsigned kRscVector = 5;

    [[nodiscard]] static std::uint64_t buffer(std::uint32_t slot) { return kBuffers + slot * 0x4000; }

    // Ring of kSlots advanced descriptors, all but one given to the NIC.
    void open_rx(unsigned queue, std::uint32_t buffer_kib = 2, bool drop = true);
    void open_tx(unsigned queue);
    // What the port's driver and the queue's set up for large receives (DS 4.6.7.2).
    void allow_rsc(unsigned queue, std::uint32_t maxdesc = 3);
    // One data descriptor over memory at `bus`.
    void post(std::uint32_t slot, std::uint64_t bus, std::uint32_t len, std::uint32_t command,
              std::uint32_t olinfo = 0);
    hw::RxDesc& rx_desc(std::uint32_t slot) { return memory.at<hw::RxDesc>(kRxRing + slot * 16); }
    hw::TxDesc& tx_desc(std::uint32_t slot) { return memory.at<hw::TxDesc>(kTxRing + slot * 16); }
    Frame received(std::uint32_t slot);

    Memory memory;
    RecordingWire wire;
    RecordingInterrupts interrupts;
    Nic nic;
};

inline constexpr std::uint32_t kWholeFrame = hw::TxCmd::DEXT::mask | hw::TxCmd::kData << hw::TxCmd::DTYP::lo |
                                             hw::TxCmd::EOP::mask | hw::TxCmd::IFCS::mask | hw::TxCmd::RS::mask;

// received == the sum of all ends of a frame + those still in the packet buffer.
[[nodiscard]] bool adds_up(const Nic& nic);

}  // namespace bifurc::model::test
