// SPDX-License-Identifier: BSD-3-Clause
// What a queue counts, each reason for a lost frame by its own name. The thread that runs the queue's burst is the only
// writer; any thread may read. Resetting never writes here: a reader keeps a copy and subtracts it (stats.cpp).
#pragma once

#include <rte_common.h>

#include <array>
#include <cstdint>

namespace bifurc::net {

// Rx and Tx of a pair, and pairs, may run on different cores: no line has two writers.
inline constexpr unsigned kCacheLineBytes = RTE_CACHE_LINE_SIZE;

struct Counter {
    std::uint64_t value;

    void add(std::uint64_t n) noexcept { __atomic_store_n(&value, value + n, __ATOMIC_RELAXED); }
    [[nodiscard]] std::uint64_t get() const noexcept { return __atomic_load_n(&value, __ATOMIC_RELAXED); }
};

struct alignas(kCacheLineBytes) RxCounters {
    Counter packets;
    Counter bytes;
    Counter nombuf;      // buffers that the mempool could not give
    Counter unmapped;    // buffers that are not mapped for the device: not posted
    Counter bad_frame;   // the NIC marked the frame as bad (RXE)
    Counter bad_length;  // a length that no posted buffer could hold
    Counter oversize;    // more than one descriptor, and scattered Rx is not on
    Counter overlong;    // more descriptors than the largest frame can take
    Counter bad_link;    // LRO: the descriptor that is to go on is none that the NIC could use
};

struct alignas(kCacheLineBytes) TxCounters {
    Counter packets;
    Counter bytes;
    Counter ring_full;  // bursts that were cut short: not a loss, the caller keeps those frames
    Counter zero_length;
    Counter too_short;
    Counter too_long;
    Counter too_many_segments;
    Counter malformed;  // nb_segs, the chain and pkt_len do not agree
    Counter unmapped;
    Counter bad_offload;  // flags or header lengths that the NIC cannot follow
};

template <class Counters>
struct CounterRow {
    const char* name;
    Counter Counters::*member;
    bool lost_frame;  // part of ierrors or oerrors
};

inline constexpr std::array kRxRows{
    CounterRow<RxCounters>{"nombuf", &RxCounters::nombuf, false},
    CounterRow<RxCounters>{"unmapped", &RxCounters::unmapped, false},
    CounterRow<RxCounters>{"bad_frame", &RxCounters::bad_frame, true},
    CounterRow<RxCounters>{"bad_length", &RxCounters::bad_length, true},
    CounterRow<RxCounters>{"oversize", &RxCounters::oversize, true},
    CounterRow<RxCounters>{"overlong", &RxCounters::overlong, true},
    CounterRow<RxCounters>{"bad_link", &RxCounters::bad_link, true},
};

inline constexpr std::array kTxRows{
    CounterRow<TxCounters>{"ring_full", &TxCounters::ring_full, false},
    CounterRow<TxCounters>{"zero_length", &TxCounters::zero_length, true},
    CounterRow<TxCounters>{"too_short", &TxCounters::too_short, true},
    CounterRow<TxCounters>{"too_long", &TxCounters::too_long, true},
    CounterRow<TxCounters>{"too_many_segments", &TxCounters::too_many_segments, true},
    CounterRow<TxCounters>{"malformed", &TxCounters::malformed, true},
    CounterRow<TxCounters>{"unmapped", &TxCounters::unmapped, true},
    CounterRow<TxCounters>{"bad_offload", &TxCounters::bad_offload, true},
};

}  // namespace bifurc::net
