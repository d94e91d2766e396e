// SPDX-License-Identifier: BSD-3-Clause
#include "stats.h"

#include <cstdio>

#include "nic_stats.h"
#include "port.h"

namespace bifurc::net {
namespace {

struct OwnerRow {
    const char* direction;
    const char* name;
    std::uint64_t OwnerCounters::*member;
};
constexpr std::array kOwnerRows{
    OwnerRow{"rx", "missed", &OwnerCounters::rx_missed},
    OwnerRow{"dma", "faults", &OwnerCounters::dma_faults},
};

constexpr unsigned kRowsPerPair = kRxRows.size() + kTxRows.size() + kOwnerRows.size();

// Asks the owner; where it does not answer, what it said last stays.
void refresh_owner(const rte_eth_dev* dev, unsigned pair) {
    Port& port = port_of(dev);
    bifurc_stats stats{};
    if (port.gone || rte_bifurc_stats(process_of(dev).nic, port.first + pair, &stats, nullptr) != 0) return;
    OwnerCounters& owner = port.counters[pair].owner;
    if ((stats.valid & BIFURC_STATS_RX_MISSED) != 0) owner.rx_missed = stats.rx_missed;
    if ((stats.valid & BIFURC_STATS_DMA_FAULTS) != 0) owner.dma_faults = stats.dma_faults;
}

// One pair's counters since the last reset.
class Since {
public:
    Since(const Port& port, unsigned pair) : now_(port.counters[pair]), base_(port.baseline[pair]) {}
    std::uint64_t operator()(Counter RxCounters::*member) const {
        return (now_.rx.*member).get() - (base_.rx.*member).get();
    }
    std::uint64_t operator()(Counter TxCounters::*member) const {
        return (now_.tx.*member).get() - (base_.tx.*member).get();
    }
    std::uint64_t operator()(std::uint64_t OwnerCounters::*member) const {
        return now_.owner.*member - base_.owner.*member;
    }
    template <class Rows>
    std::uint64_t lost(const Rows& rows) const {
        std::uint64_t sum = 0;
        for (const auto& row : rows)
            if (row.lost_frame) sum += (*this)(row.member);
        return sum;
    }

private:
    const PairCounters& now_;
    const PairCounters& base_;
};

}  // namespace

QueueStats add_pair(const rte_eth_dev* dev, unsigned pair, rte_eth_stats& sum) {
    refresh_owner(dev, pair);
    const Since since{port_of(dev), pair};
    const QueueStats queue{since(&RxCounters::packets), since(&TxCounters::packets), since(&RxCounters::bytes),
                           since(&TxCounters::bytes), since.lost(kRxRows)};
    sum.ipackets += queue.rx_packets;
    sum.opackets += queue.tx_packets;
    sum.ibytes += queue.rx_bytes;
    sum.obytes += queue.tx_bytes;
    sum.imissed += since(&OwnerCounters::rx_missed);
    sum.ierrors += queue.rx_errors;
    sum.oerrors += since.lost(kTxRows);
    sum.rx_nombuf += since(&RxCounters::nombuf);
    return queue;
}

int stats_reset(rte_eth_dev* dev) {
    Port& port = port_of(dev);
    for (unsigned pair = 0; pair < port.pairs; ++pair) {
        refresh_owner(dev, pair);
        const PairCounters& now = port.counters[pair];
        PairCounters& base = port.baseline[pair];
        for (const auto& row : kRxRows) (base.rx.*row.member).value = (now.rx.*row.member).get();
        for (const auto& row : kTxRows) (base.tx.*row.member).value = (now.tx.*row.member).get();
        base.rx.packets.value = now.rx.packets.get();
        base.rx.bytes.value = now.rx.bytes.get();
        base.tx.packets.value = now.tx.packets.get();
        base.tx.bytes.value = now.tx.bytes.get();
        base.owner = now.owner;
    }
    return 0;
}

int xstats_get_names(rte_eth_dev* dev, rte_eth_xstat_name* names, unsigned room) {
    const unsigned own = port_of(dev).pairs * kRowsPerPair;
    const unsigned count = own + nic_stats_count(dev);
    if (names == nullptr || room < count) return static_cast<int>(count);
    unsigned at = 0;
    const auto put = [&](const char* direction, unsigned pair, const char* name) {
        std::snprintf(names[at].name, sizeof(names[at].name), "%s_q%u_%s", direction, pair, name);
        ++at;
    };
    for (unsigned pair = 0; pair < port_of(dev).pairs; ++pair) {
        for (const auto& row : kRxRows) put("rx", pair, row.name);
        for (const auto& row : kTxRows) put("tx", pair, row.name);
        for (const auto& row : kOwnerRows) put(row.direction, pair, row.name);
    }
    nic_stats_names(dev, names + own, count - own);
    return static_cast<int>(count);
}

int xstats_get(rte_eth_dev* dev, rte_eth_xstat* values, unsigned room) {
    const Port& port = port_of(dev);
    const unsigned own = port.pairs * kRowsPerPair;
    const unsigned count = own + nic_stats_count(dev);
    if (values == nullptr || room < count) return static_cast<int>(count);
    unsigned at = 0;
    const auto put = [&](std::uint64_t value) { values[at++].value = value; };
    for (unsigned pair = 0; pair < port.pairs; ++pair) {
        refresh_owner(dev, pair);
        const Since since{port, pair};
        for (const auto& row : kRxRows) put(since(row.member));
        for (const auto& row : kTxRows) put(since(row.member));
        for (const auto& row : kOwnerRows) put(since(row.member));
    }
    nic_stats_values(dev, values + own, count - own);
    for (unsigned i = 0; i < count; ++i) values[i].id = i;
    return static_cast<int>(count);
}

}  // namespace bifurc::net
