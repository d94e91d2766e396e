// SPDX-License-Identifier: BSD-3-Clause
// A simulated port as ethtool sees it. All calls in the event loop's thread; errors are negative errnos.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rules.h"

namespace bifurc::sim {

struct DriverInfo {
    std::string driver;       // "ixgbe": the part that is played
    std::string version;      // ours
    std::string firmware;     // says that this is a simulator
    std::string bus_address;  // PCI address
};

struct LinkInfo {
    bool up = false;
    std::uint32_t speed_mbps = 0;  // 0 while the link is down
    bool full_duplex = true;
};

struct Channels {
    unsigned combined = 0;  // the kernel's queue pairs
    unsigned combined_max = 0;
};

struct RingSizes {
    unsigned rx = 0, tx = 0;
    unsigned rx_max = 0, tx_max = 0;
};

struct Stat {
    std::string name;  // at most 31 characters, as ETH_GSTRING_LEN wants
    std::uint64_t value = 0;
};

// Offloads that the NIC brings and ethtool -K switches: as ixgbe, they are on from the start and switching one is no
// reset; but lro is off, needs rx_checksum, and resets. The kernel's stack does not use them on a TAP, which does its
// own; borrowers read them.
enum class Offload { rx_checksum, tx_checksum, tso, rx_vlan, tx_vlan, rx_hash, lro };

class Port {
public:
    virtual ~Port() = default;

    [[nodiscard]] virtual const std::string& name() const = 0;  // the netdev's present name
    [[nodiscard]] virtual DriverInfo driver_info() const = 0;
    [[nodiscard]] virtual LinkInfo link() const = 0;

    [[nodiscard]] virtual Channels channels() const = 0;
    // Resets the port. -EINVAL: 0 or above the maximum; -EBUSY: a live split holds one of these pairs.
    virtual int set_channels(unsigned combined) = 0;

    [[nodiscard]] virtual RingSizes ring_sizes() const = 0;
    // Resets the port, after rounding as ixgbe does (limits, multiples of 8). 0 if nothing changed.
    virtual int set_ring_sizes(unsigned rx, unsigned tx) = 0;

    // The ntuple feature (ethtool -K). Changing it resets the port, as in ixgbe; off deletes all rules.
    [[nodiscard]] virtual bool ntuple() const = 0;
    virtual int set_ntuple(bool on) = 0;

    [[nodiscard]] virtual bool offload(Offload which) const = 0;
    virtual void set_offload(Offload which, bool on) = 0;

    [[nodiscard]] virtual Rules& rules() = 0;

    // RSS, over the kernel's queues at first: 128 entries, each a queue; the 40-byte key (ethtool -x).
    [[nodiscard]] virtual std::span<const std::uint8_t> rss_table() const = 0;
    [[nodiscard]] virtual std::span<const std::uint8_t> rss_key() const = 0;
    // How many queues there are for the table: the kernel's, and lent ones as far as an entry's four bits reach.
    [[nodiscard]] virtual unsigned rss_queues() const = 0;
    // ethtool -X, until the queues are reset. Empty: the kernel's queues in turn. -EINVAL: wrong length, or a queue
    // that is neither the kernel's nor lent.
    virtual int set_rss_table(std::span<const std::uint8_t> table) = 0;

    // ethtool -S. Always the same names in the same order while the channels stay.
    [[nodiscard]] virtual std::vector<Stat> stats() const = 0;

    // The board's EEPROM (ethtool -e), and the registers in the order of ixgbe's dump (ethtool -d).
    [[nodiscard]] virtual std::span<const std::uint16_t> eeprom() const = 0;
    [[nodiscard]] virtual std::vector<std::uint32_t> registers() const = 0;

    // Resets the port (ethtool -r): borrowed queues are quiesced and the generation steps.
    virtual int reset() = 0;
};

}  // namespace bifurc::sim
