// SPDX-License-Identifier: BSD-3-Clause
// The Linux driver's part: brings the NIC up and down through its registers, and moves the kernel's frames.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

#include "dma_space.h"
#include "kernel_rings.h"
#include "netdev_watch.h"
#include "nic_bar.h"

namespace bifurc::sim {

// 64 Tx queues work in the mode without DCB and VMDq (82599 DS 7.2.1.2.1), so that many pairs there are.
inline constexpr unsigned kPairs = 64;
// Entries of the redirection table have 4 bits (DS 8.2.3.7.12).
inline constexpr unsigned kRssReach = 16;

struct DriverSettings {
    unsigned kernel_pairs = 32;
    unsigned rx_ring = 512, tx_ring = 512;
    unsigned mtu = 1500;
    bool lro = false;
};

class PortDriver {
public:
    PortDriver(model::Nic& nic, DmaSpace& dma);

    // Once, before anything else: reset and what stays for good.
    void initialise();
    // The board's, in words; read when the driver begins. Empty: it cannot be read.
    [[nodiscard]] std::span<const std::uint16_t> eeprom() const noexcept { return eeprom_; }
    // Rings, RSS, lengths, receive and transmit on. false: a queue did not come up.
    [[nodiscard]] bool bring_up(const DriverSettings& settings, const NetdevState& netdev);
    // No new frames in; what is in the packet buffer goes to its rings and from there to `sink`; then queues off.
    void take_down(FrameSink& sink);
    [[nodiscard]] bool is_up() const noexcept { return up_; }

    void follow(const NetdevState& netdev) { program_filters_of(netdev); }
    // A queue that nobody refills must not hold up the others (82599 DS 8.2.3.27.7).
    void let_queue_drop(unsigned queue, bool on);
    // Its borrower may switch coalescing on: the queue has a vector with an interval, whether that interrupts or not.
    void let_queue_coalesce(unsigned queue, bool on);
    // Interrupts of a borrowed Rx queue, by the MSI-X vector of the same number.
    void connect_interrupt(unsigned queue, bool on);
    void arm_interrupt(unsigned queue);

    // Received frames of the kernel's queues.
    unsigned harvest(unsigned budget, FrameSink& sink);
    // A frame from the kernel. false: that queue is full, come again.
    [[nodiscard]] bool send(std::span<const std::byte> frame);
    void finish_sending();  // after a burst of send
    [[nodiscard]] std::uint64_t broken() const noexcept;
    [[nodiscard]] unsigned outstanding() const noexcept;

    // Empty: the kernel's queues in turn.
    void set_rss_table(std::span<const std::uint8_t> table, unsigned kernel_pairs);
    // Entries that name one of these go to the kernel's queues.
    void drop_rss_to(unsigned first, unsigned pairs, unsigned kernel_pairs);
    [[nodiscard]] std::span<const std::uint8_t> rss_table() const noexcept { return rss_table_; }
    [[nodiscard]] std::span<const std::uint8_t> rss_key() const noexcept { return rss_key_; }

private:
    void read_eeprom();
    void set_lengths(unsigned mtu);
    void set_rss(unsigned kernel_pairs);
    void write_rss_table();
    void set_lro(bool on);
    void route_interrupt(unsigned queue);
    void program_filters_of(const NetdevState& netdev);

    model::Nic& nic_;
    DmaSpace& dma_;
    NicBar bar_;
    std::vector<KernelRxRing> rx_;
    std::vector<KernelTxRing> tx_;
    std::vector<std::uint16_t> eeprom_;
    std::uint64_t broken_before_ = 0;
    bool up_ = false;
    std::bitset<kPairs> connected_, coalescing_;
    std::array<std::uint8_t, 128> rss_table_{};
    std::array<std::uint8_t, 40> rss_key_{};
};

// Which of `queues` a frame of this flow goes out on: the same for all frames of a flow.
[[nodiscard]] unsigned tx_queue_of(std::span<const std::byte> frame, unsigned queues) noexcept;

}  // namespace bifurc::sim
