// SPDX-License-Identifier: BSD-3-Clause
#include "queue_ledger.h"

namespace bifurc::sim {
namespace {

using model::QueueAccount;

constexpr std::array kCounts = {&QueueAccount::rx_frames, &QueueAccount::rx_bytes, &QueueAccount::rx_missed,
                                &QueueAccount::tx_frames, &QueueAccount::tx_bytes, &QueueAccount::tx_dropped,
                                &QueueAccount::dma_faults};

QueueAccount sum(QueueAccount a, const QueueAccount& b) {
    for (const auto count : kCounts) a.*count += b.*count;
    return a;
}

QueueAccount difference(QueueAccount a, const QueueAccount& b) {
    for (const auto count : kCounts) a.*count -= b.*count;
    return a;
}

}  // namespace

QueueAccount QueueLedger::running(unsigned pair) const {
    if (!pairs_[pair].owner) return {};
    return difference(nic_.queue_account(pair), pairs_[pair].base);
}

void QueueLedger::begin(unsigned pair, Owner owner) {
    end(pair);
    pairs_[pair].owner = owner;
    pairs_[pair].base = nic_.queue_account(pair);
}

void QueueLedger::end(unsigned pair) {
    Pair& entry = pairs_[pair];
    if (!entry.owner) return;
    const QueueAccount now = running(pair);
    QueueAccount& ended = ended_[static_cast<std::size_t>(*entry.owner)];
    ended = sum(ended, now);
    entry.booked = sum(entry.booked, now);
    entry.owner.reset();
}

QueueAccount QueueLedger::total(Owner owner) const {
    QueueAccount all = ended_[static_cast<std::size_t>(owner)];
    for (unsigned pair = 0; pair < pairs_.size(); ++pair) {
        if (pairs_[pair].owner == owner) all = sum(all, running(pair));
    }
    return all;
}

QueueAccount QueueLedger::since_split(unsigned pair) const { return sum(pairs_[pair].booked, running(pair)); }

}  // namespace bifurc::sim
