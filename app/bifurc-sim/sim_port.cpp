// SPDX-License-Identifier: BSD-3-Clause
#include "sim_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "hw/ixgbe_device.h"

namespace bifurc::sim {

namespace {

constexpr unsigned kBurst = 32;  // frames that come from the netdev in one round

constexpr unsigned kRoundsBetweenLooks = 16;

using Owner = QueueLedger::Owner;

}  // namespace

class SimPort::ToNic final : public FrameSink {
public:
    ToNic(model::Nic& nic, unsigned burst) : nic_(nic), budget_(2 * burst) {}
    void frame(model::Frame frame) override { nic_.receive(frame); }
    void frames(std::span<const model::Frame> frames) override {
        moved_ += nic_.poll(budget_, frames);
        polled_ = true;
    }
    // The NIC's turn, unless it has had it.
    [[nodiscard]] unsigned poll() { return polled_ ? moved_ : nic_.poll(budget_); }

private:
    model::Nic& nic_;
    unsigned budget_;
    unsigned moved_ = 0;
    bool polled_ = false;
};

class SimPort::ToNetdev final : public FrameSink {
public:
    explicit ToNetdev(SimPort& port) : port_(port) {}
    void frame(model::Frame frame) override {
        ++(port_.netdev_->write(frame) ? port_.netdev_written_ : port_.netdev_refused_);
    }

private:
    SimPort& port_;
};

SimPort::SimPort(std::unique_ptr<Netdev> netdev, std::unique_ptr<SimWire> wire, const DriverSettings& settings)
    : netdev_(std::move(netdev)),
      wire_(std::move(wire)),
      settings_(settings),
      nic_({}, dma_, *wire_, *this),
      driver_(nic_, dma_),
      rules_(nic_, [this](unsigned queue) { return queue < pairs_.kernel() || pairs_.granted(queue); }),
      pairs_(kPairs, settings.kernel_pairs),
      ledger_(nic_) {}

SimPort::~SimPort() = default;

bool SimPort::start() {
    const std::optional<NetdevState> state = netdev_->state();
    if (!state) return false;
    state_ = *state;
    settings_.mtu = std::min(state_.mtu, kMtuMax);
    driver_.initialise();
    follow_link();
    if (state_.up) bring_up();
    return true;
}

void SimPort::stop() {
    if (driver_.is_up()) take_down();
}

void SimPort::bring_up() {
    if (!driver_.bring_up(settings_, state_)) {
        fmt::print(stderr, "bifurc-sim: {}: a queue did not come up; the port stays down until it is set down and up\n",
                   name());
        return;
    }
    for (unsigned pair = 0; pair < pairs_.kernel(); ++pair) ledger_.begin(pair, Owner::kernel);
    rules_.restore();
}

void SimPort::take_down() {
    ToNetdev to_netdev(*this);
    driver_.take_down(to_netdev);
    for (unsigned pair = 0; pair < pairs_.kernel(); ++pair) ledger_.end(pair);
    for (PortUser* const user : users_) {
        Grant* const grant = user->grant();
        if (grant == nullptr || !grant->live()) continue;
        for (unsigned i = 0; i < grant->pairs(); ++i) ledger_.end(grant->first() + i);
        grant->quiesce();
    }
}

void SimPort::reset_queues(const std::function<void()>& change, std::uint32_t more_events) {
    if (driver_.is_up()) take_down();
    ++generation_;
    change();
    if (state_.up && !gone_) bring_up();
    tell(BIFURC_EVENT_RESET | more_events);
}

void SimPort::tell(std::uint32_t events) {
    publish();
    for (PortUser* const user : users_) user->on_event(events);
}

void SimPort::publish() {
    for (PortUser* const user : users_) {
        Grant* const grant = user->grant();
        if (grant == nullptr) continue;
        const std::uint32_t state =
            gone_ ? BIFURC_STATE_GONE : (grant->live() ? BIFURC_STATE_LIVE : BIFURC_STATE_QUIESCED);
        grant->publish(generation_, state, link_up(), link().speed_mbps);
    }
}

unsigned SimPort::read_netdev() {
    if (!driver_.is_up()) return 0;
    unsigned moved = 0;
    while (moved < kBurst) {
        if (staged_len_ == 0) {
            const int got = netdev_->read(staged_);
            if (got <= 0) break;  // nothing, or it is going: follow() will see that
            ++netdev_read_;
            staged_len_ = static_cast<std::size_t>(got);
        }
        if (staged_len_ > settings_.mtu + 18) {  // Ethernet header and a VLAN tag
            ++tx_too_long_;
        } else if (!driver_.send({staged_.data(), staged_len_})) {
            break;
        }
        staged_len_ = 0;
        ++moved;
    }
    driver_.finish_sending();
    return moved;
}

// None starves the others, and the kernel's rings have room. Many, because of what a round costs for each queue that
// gets some of them.
unsigned SimPort::burst() const { return std::clamp(settings_.rx_ring / 2, kRingMin / 2, 128u); }

unsigned SimPort::poll(std::uint64_t now_ns) {
    const unsigned burst = this->burst();
    ToNic to_nic(nic_, burst);
    ToNetdev to_netdev(*this);
    nic_.advance(now_ns);
    unsigned moved = wire_->poll(now_ns, burst, to_nic);
    moved += to_nic.poll();
    if (driver_.is_up()) moved += driver_.harvest(burst, to_netdev);
    // Asking the netdev is a system call: while it has nothing and others have, it is not asked in each round.
    if (moved != 0 && !netdev_busy_ && ++round_ % kRoundsBetweenLooks != 0) return moved;
    const unsigned read = read_netdev();
    netdev_busy_ = read != 0;
    return moved + read;
}

bool SimPort::busy_polling() const {
    return wire_->timed() || std::ranges::any_of(users_, [](PortUser* user) {
               const Grant* const grant = user->grant();
               return grant != nullptr && grant->live();
           });
}

void SimPort::follow_link() {
    const bool up = link_up();
    nic_.set_link(wire_->link());
    if (up == link_was_up_) return;
    link_was_up_ = up;
    if (!gone_) netdev_->set_carrier(wire_->link());
    tell(BIFURC_EVENT_LINK);
}

void SimPort::follow(bool was_down) {
    if (gone_) return;
    const std::optional<NetdevState> state = netdev_->state();
    if (!state) {
        gone_ = true;
        state_.up = false;
        fmt::print(stderr, "bifurc-sim: {}: the netdev was removed; nothing is left to simulate for it\n", name());
        return reset_queues([] {}, BIFURC_EVENT_GONE | BIFURC_EVENT_LINK);
    }
    const bool reset = was_down || state->up != state_.up || state->mtu != state_.mtu;
    const bool changed = *state != state_;
    const auto adopt = [&] {
        state_ = *state;
        settings_.mtu = std::min(state_.mtu, kMtuMax);
    };
    if (reset) {
        reset_queues(adopt);
    } else if (changed) {
        adopt();
        driver_.follow(state_);
    }
    follow_link();
}

void SimPort::tick() {
    wire_->tick();
    follow(false);
    fdir_match_ += nic_.read32(hw::ixgbe::FDIRMATCH::at());
    fdir_miss_ += nic_.read32(hw::ixgbe::FDIRMISS::at());
}

int SimPort::split(std::uint32_t first, std::uint32_t pairs, std::unique_ptr<Grant>& grant) {
    if (!driver_.is_up()) return -ENETDOWN;
    std::uint32_t got = 0;
    if (const int error = pairs_.take(first, pairs, got); error != 0) return error;
    for (unsigned pair = got; pair < got + pairs; ++pair) ledger_.new_split(pair);
    grant = Grant::create(nic_, got, pairs);
    if (!grant || make_live(*grant) != 0) {
        grant.reset();
        pairs_.release(got, pairs);
        return -ENOMEM;
    }
    return 0;
}

int SimPort::make_live(Grant& grant) {
    if (grant.live()) return 0;
    if (!driver_.is_up()) return -ENETDOWN;
    if (!grant.make_live()) return -ENOMEM;
    for (unsigned pair = grant.first(); pair < grant.first() + grant.pairs(); ++pair) {
        driver_.let_queue_drop(pair, true);
        driver_.let_queue_coalesce(pair, settings_.lro);
        ledger_.begin(pair, Owner::split);
    }
    grant.publish(generation_, BIFURC_STATE_LIVE, link_up(), link().speed_mbps);
    return 0;
}

// doc/architecture.md, Lifetime: rules, then queues, then pages; only then are the pairs free.
void SimPort::give_back(std::unique_ptr<Grant> grant) {
    rules_.drop_rules_to(grant->first(), grant->pairs());
    driver_.drop_rss_to(grant->first(), grant->pairs(), pairs_.kernel());
    for (unsigned pair = grant->first(); pair < grant->first() + grant->pairs(); ++pair) {
        driver_.connect_interrupt(pair, false);
        if (grant->live()) ledger_.end(pair);
    }
    grant->quiesce();
    for (unsigned pair = grant->first(); pair < grant->first() + grant->pairs(); ++pair) {
        driver_.let_queue_drop(pair, false);
        driver_.let_queue_coalesce(pair, false);
    }
    grant->publish(generation_, BIFURC_STATE_GONE, false, 0);
    pairs_.release(grant->first(), grant->pairs());
}

void SimPort::raise(unsigned vector) noexcept {
    for (PortUser* const user : users_) {
        const Grant* const grant = user->grant();
        if (grant != nullptr && grant->holds(vector, 1)) user->on_interrupt(vector);
    }
}

int SimPort::set_channels(unsigned combined) {
    const unsigned before = pairs_.kernel();
    if (combined == before) return 0;
    if (const int error = pairs_.set_kernel(combined); error != 0) return error;
    // The queues that run are the old number's: take them down under it.
    static_cast<void>(pairs_.set_kernel(before));
    reset_queues([&] {
        static_cast<void>(pairs_.set_kernel(combined));
        settings_.kernel_pairs = combined;
    });
    return 0;
}

int SimPort::set_ring_sizes(unsigned rx, unsigned tx) {
    // As ixgbe_set_ringparam: into the limits, then up to the next multiple.
    const auto fit = [](unsigned size) {
        return (std::clamp(size, kRingMin, kRingMax) + kRingMultiple - 1) / kRingMultiple * kRingMultiple;
    };
    if (fit(rx) == settings_.rx_ring && fit(tx) == settings_.tx_ring) return 0;
    reset_queues([&] {
        settings_.rx_ring = fit(rx);
        settings_.tx_ring = fit(tx);
    });
    return 0;
}

int SimPort::set_ntuple(bool on) {
    if (on == rules_.enabled()) return 0;
    reset_queues([&] { rules_.enable(on); });
    return 0;
}

// As ixgbe_fix_features: what is put together must have been checked.
bool SimPort::offload(Offload which) const {
    if (which == Offload::lro && !offload(Offload::rx_checksum)) return false;
    return !offloads_off_.contains(which);
}

void SimPort::set_offload(Offload which, bool on) {
    if (on)
        offloads_off_.erase(which);
    else
        offloads_off_.insert(which);
    const bool lro = offload(Offload::lro);
    if (lro != settings_.lro) reset_queues([&] { settings_.lro = lro; });
}

// As the Linux driver's hooks have it (kernel/ixgbe/ixgbe_bifurc.c).
unsigned SimPort::rss_queues() const {
    unsigned queues = pairs_.kernel();
    for (unsigned pair = queues; pair < kRssReach; ++pair)
        if (pairs_.granted(pair)) queues = pair + 1;
    return queues;
}

int SimPort::set_rss_table(std::span<const std::uint8_t> table) {
    const auto may_stand = [this](std::uint8_t queue) {
        return queue < kRssReach && (queue < pairs_.kernel() || pairs_.granted(queue));
    };
    if (!table.empty() && table.size() != rss_table().size()) return -EINVAL;
    if (!std::ranges::all_of(table, may_stand)) return -EINVAL;
    driver_.set_rss_table(table, pairs_.kernel());
    return 0;
}

int SimPort::reset() {
    if (!state_.up) return -ENETDOWN;
    reset_queues([] {});
    return 0;
}

}  // namespace bifurc::sim
