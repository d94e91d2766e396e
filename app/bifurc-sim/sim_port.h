// SPDX-License-Identifier: BSD-3-Clause
// One simulated port: netdev, NIC, wire, and the driver's part between them.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "account.h"
#include "dma_space.h"
#include "grant.h"
#include "model/nic.h"
#include "netdev.h"
#include "pair_table.h"
#include "port.h"
#include "port_driver.h"
#include "queue_ledger.h"
#include "register_dump.h"
#include "steering_rules.h"
#include "wire.h"

namespace bifurc::sim {

inline constexpr std::uint32_t kSpeedMbps = 10'000;
inline constexpr unsigned kRingMin = 64, kRingMax = 4096,
                          kRingMultiple = 8;  // ixgbe's; RDLEN is a multiple of 128 bytes
inline constexpr unsigned kMtuMax = 9706;     // MAXFRS allows 9728 bytes: Ethernet header, a VLAN tag and FCS are 22

// Somebody attached to the port. What it holds is quiesced by the port when the queues are reset.
class PortUser {
public:
    virtual ~PortUser() = default;
    [[nodiscard]] virtual Grant* grant() = 0;
    virtual void on_event(std::uint32_t events) = 0;  // BIFURC_EVENT_*
    virtual void on_interrupt(unsigned pair) = 0;
};

class SimPort final : public Port, private model::Interrupts {
public:
    // queues, rings and MTU of `settings` are taken as they are.
    SimPort(std::unique_ptr<Netdev> netdev, std::unique_ptr<SimWire> wire, const DriverSettings& settings);
    ~SimPort() override;

    // Reads the netdev's state and brings the NIC up. false: the netdev has gone already.
    [[nodiscard]] bool start();
    // No frames in or out any more; what is on its way arrives.
    void stop();

    // The data path. Returns how many frames moved.
    unsigned poll(std::uint64_t now_ns);
    // Follows the netdev. was_down: it has been down since the last call, even if it is up now.
    void follow(bool was_down);
    // About ten times a second.
    void tick();

    [[nodiscard]] unsigned ifindex() const { return netdev_->ifindex(); }
    [[nodiscard]] int netdev_fd() const { return netdev_->fd(); }
    [[nodiscard]] const SimWire& wire() const { return *wire_; }
    [[nodiscard]] bool busy_polling() const;  // somebody's register pages must be looked at
    [[nodiscard]] PortAccount account() const;

    // For those attached.
    [[nodiscard]] const NetdevState& netdev_state() const { return state_; }
    [[nodiscard]] bool gone() const { return gone_; }
    [[nodiscard]] bool usable() const { return driver_.is_up(); }
    [[nodiscard]] std::uint32_t generation() const { return generation_; }
    [[nodiscard]] const PairTable& pairs() const { return pairs_; }
    [[nodiscard]] DmaSpace& dma() { return dma_; }
    void add_user(PortUser& user) { users_.insert(&user); }
    void remove_user(PortUser& user) { users_.erase(&user); }
    // Negative errno as SPLIT's.
    [[nodiscard]] int split(std::uint32_t first, std::uint32_t pairs, std::unique_ptr<Grant>& grant);
    // REGIONS after a reset. -ENETDOWN, -ENOMEM.
    [[nodiscard]] int make_live(Grant& grant);
    void give_back(std::unique_ptr<Grant> grant);
    void sync() { nic_.sync(); }
    void connect_interrupt(unsigned pair, bool on) { driver_.connect_interrupt(pair, on); }
    void arm_interrupt(unsigned pair) { driver_.arm_interrupt(pair); }
    [[nodiscard]] model::QueueAccount since_split(unsigned pair) const { return ledger_.since_split(pair); }

    // Port
    [[nodiscard]] const std::string& name() const override { return state_.name; }
    [[nodiscard]] DriverInfo driver_info() const override;
    [[nodiscard]] LinkInfo link() const override;
    [[nodiscard]] Channels channels() const override;
    int set_channels(unsigned combined) override;
    [[nodiscard]] RingSizes ring_sizes() const override;
    int set_ring_sizes(unsigned rx, unsigned tx) override;
    [[nodiscard]] bool ntuple() const override { return rules_.enabled(); }
    int set_ntuple(bool on) override;
    [[nodiscard]] bool offload(Offload which) const override;
    void set_offload(Offload which, bool on) override;
    [[nodiscard]] Rules& rules() override { return rules_; }
    [[nodiscard]] std::span<const std::uint8_t> rss_table() const override { return driver_.rss_table(); }
    [[nodiscard]] std::span<const std::uint8_t> rss_key() const override { return driver_.rss_key(); }
    [[nodiscard]] unsigned rss_queues() const override;
    int set_rss_table(std::span<const std::uint8_t> table) override;
    [[nodiscard]] std::vector<Stat> stats() const override;
    [[nodiscard]] std::span<const std::uint16_t> eeprom() const override { return driver_.eeprom(); }
    [[nodiscard]] std::vector<std::uint32_t> registers() const override { return register_dump(nic_); }
    int reset() override;

private:
    class ToNic;
    class ToNetdev;

    void raise(unsigned vector) noexcept override;
    [[nodiscard]] unsigned burst() const;  // frames that a step moves in one round
    unsigned read_netdev();
    // Everything that resets the queues goes through here: down, change, and up again if the netdev is up.
    void reset_queues(const std::function<void()>& change, std::uint32_t more_events = 0);
    void take_down();
    void bring_up();
    void publish();
    void tell(std::uint32_t events);
    void follow_link();
    [[nodiscard]] bool link_up() const { return !gone_ && state_.up && wire_->link(); }

    std::unique_ptr<Netdev> netdev_;
    std::unique_ptr<SimWire> wire_;
    DriverSettings settings_;
    DmaSpace dma_;
    model::Nic nic_;
    PortDriver driver_;
    SteeringRules rules_;
    PairTable pairs_;
    QueueLedger ledger_;
    std::set<PortUser*> users_;
    NetdevState state_;
    std::uint32_t generation_ = 1;
    bool gone_ = false;
    bool netdev_busy_ = false;  // it had frames when it was asked last
    unsigned round_ = 0;
    bool link_was_up_ = false;
    std::set<Offload> offloads_off_{Offload::lro};  // nobody wants these

    std::array<std::byte, 16384> staged_{};  // a frame from the netdev that found its queue full waits here
    std::size_t staged_len_ = 0;
    std::uint64_t fdir_match_ = 0, fdir_miss_ = 0;  // the NIC's counters clear when they are read
    std::uint64_t netdev_read_ = 0, netdev_written_ = 0, netdev_refused_ = 0, tx_too_long_ = 0;
};

}  // namespace bifurc::sim
