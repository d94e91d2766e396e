// SPDX-License-Identifier: BSD-3-Clause
// Whose frames were they? The NIC counts per queue; the ledger books each queue's counts to the owner of that time.
#pragma once

#include <array>
#include <optional>

#include "model/nic.h"
#include "port_driver.h"

namespace bifurc::sim {

class QueueLedger {
public:
    enum class Owner { kernel, split };

    explicit QueueLedger(const model::Nic& nic) noexcept : nic_(nic) {}

    // From now on this pair counts for this owner.
    void begin(unsigned pair, Owner owner);
    // Its owner's time is over, for now.
    void end(unsigned pair);
    // A new split begins: since_split starts from zero.
    void new_split(unsigned pair) { pairs_[pair].booked = {}; }

    [[nodiscard]] model::QueueAccount total(Owner owner) const;
    [[nodiscard]] model::QueueAccount since_split(unsigned pair) const;

private:
    struct Pair {
        std::optional<Owner> owner;
        model::QueueAccount base{};    // the NIC's counts when the owner's time began
        model::QueueAccount booked{};  // of earlier times in this split
    };
    [[nodiscard]] model::QueueAccount running(unsigned pair) const;

    const model::Nic& nic_;
    std::array<Pair, kPairs> pairs_{};
    std::array<model::QueueAccount, 2> ended_{};
};

}  // namespace bifurc::sim
