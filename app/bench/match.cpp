// SPDX-License-Identifier: BSD-3-Clause
#include "match.h"

#include <fmt/format.h>
#include <rte_ether.h>

#include <algorithm>
#include <cstring>

#include "clock.h"

namespace bifurc::bench {
namespace {

constexpr unsigned kCache = 256;          // mbufs that DPDK keeps per core, in hot pools
constexpr unsigned kColdBuffers = 65536;  // beyond what the rings hold
constexpr unsigned kPacketsPerTurn = 4096;
constexpr unsigned kWarmUpBatches = 4;
constexpr std::uint16_t kCountedPackets = 256;  // instructions do not vary, and counting them is slow

// The same frame in every buffer, and the mbuf such that it can be sent as it is.
void fill(rte_mempool*, void*, void* object, unsigned) {
    auto* mbuf = static_cast<rte_mbuf*>(object);
    mbuf->data_off = RTE_PKTMBUF_HEADROOM;
    mbuf->data_len = kFrameBytes;
    mbuf->pkt_len = kFrameBytes;
    auto* bytes = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    std::memset(bytes, 0, kFrameBytes);
    bytes[0] = 2, bytes[6] = 2, bytes[11] = 1, bytes[12] = 8;  // IPv4
    bytes[14] = 0x45, bytes[23] = 17;                          // UDP
}

rte_mempool* make_pool(std::size_t contestants, std::uint16_t ring, Warmth warmth) {
    static unsigned serial = 0;
    const std::string name = fmt::format("bench{}", serial++);
    const bool hot = warmth == Warmth::hot;
    // Two rings each, a batch of half a ring on its way, and what caches keep back.
    const auto count =
        static_cast<unsigned>(contestants * 2 * ring + ring / 2u + 4 * kCache + (hot ? 0 : kColdBuffers));
    rte_mempool* pool = rte_pktmbuf_pool_create(name.c_str(), count, hot ? kCache : 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    if (pool != nullptr) rte_mempool_obj_iter(pool, fill, nullptr);
    return pool;
}

// What looking at the clock costs: taken off every measurement.
double clock_cost() {
    std::vector<std::uint64_t> costs(1001);
    for (std::uint64_t& cost : costs) {
        const std::uint64_t before = now_cycles();
        cost = now_cycles() - before;
    }
    std::nth_element(costs.begin(), costs.begin() + 500, costs.end());
    return static_cast<double>(costs[500]);
}

void summarise(std::vector<double>& samples, Score& score) {
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) { return samples[static_cast<std::size_t>(share * double(samples.size() - 1))]; };
    score.least = samples.front();
    score.low = at(0.25);
    score.median = at(0.5);
    score.high = at(0.75);
}

}  // namespace

Arena::Arena(Contestants& contestants, std::uint16_t ring, Warmth warmth)
    : contestants_(contestants), ring_(ring), frames_(ring) {
    pool_ = make_pool(contestants.size(), ring, warmth);
    if (pool_ == nullptr) {
        error_ = "not enough memory for the pool: give more with --memory";
        return;
    }
    for (auto& contestant : contestants_) {
        error_ = contestant->start({ring, pool_});
        if (!error_.empty()) return;
        ++started_;
        devices_.emplace_back(contestant->rings());
    }
}

Arena::~Arena() {
    for (std::size_t i = 0; i < started_; ++i) contestants_[i]->stop();
    rte_mempool_free(pool_);
}

Task Arena::task(Job job, std::uint16_t burst) const { return {job, burst, static_cast<std::uint16_t>(ring_ / 2)}; }

bool Arena::warm_up(std::size_t contestant, const Task& task) {
    Turn turn{*contestants_[contestant], devices_[contestant], pool_, task, frames_.data()};
    for (unsigned i = 0; i < kWarmUpBatches; ++i)
        if (!turn.batch([](auto move) { return move(); })) return false;
    return true;
}

double Arena::take_turn(std::size_t contestant, const Task& task) {
    static const double kClockCost = clock_cost();
    if (!warm_up(contestant, task)) return -1;
    Turn turn{*contestants_[contestant], devices_[contestant], pool_, task, frames_.data()};
    const unsigned batches = std::max(1u, kPacketsPerTurn / task.batch);
    double cycles = 0;
    for (unsigned i = 0; i < batches; ++i) {
        const bool whole = turn.batch([&](auto move) {
            const std::uint64_t before = now_cycles();
            const unsigned moved = move();
            cycles += static_cast<double>(now_cycles() - before) - kClockCost;
            return moved;
        });
        if (!whole) return -1;
    }
    return cycles / (double{1} * batches * task.batch);
}

double Arena::instructions(std::size_t contestant, Task task) {
    InstructionCounter counter;
    task.batch = std::min(task.batch, kCountedPackets);
    if (!warm_up(contestant, task)) return -1;
    Turn turn{*contestants_[contestant], devices_[contestant], pool_, task, frames_.data()};
    const std::uint64_t idle = counter.count([] {});
    std::uint64_t steps = 0;
    const bool whole = turn.batch([&](auto move) {
        unsigned moved = 0;
        steps = counter.count([&] { moved = move(); });
        return moved;
    });
    return whole ? static_cast<double>(steps - idle) / task.batch : -1;
}

Outcome Arena::play(Job job, std::uint16_t burst, unsigned rounds) {
    Outcome outcome;
    const Task task = this->task(job, burst);
    std::vector<std::vector<double>> samples(contestants_.size());
    for (unsigned round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < contestants_.size(); ++i) {
            // Another one begins each round, so that nobody always follows the same neighbour's leftovers.
            const std::size_t who = (i + round) % contestants_.size();
            const double cycles = take_turn(who, task);
            if (cycles < 0) {
                outcome.error = contestants_[who]->name() + " did not move all frames";
                return outcome;
            }
            samples[who].push_back(cycles);
        }
    }
    for (std::size_t i = 0; i < contestants_.size(); ++i) {
        Score score{contestants_[i]->name(), contestants_[i]->group(), contestants_[i]->modes()};
        summarise(samples[i], score);
        outcome.scores.push_back(std::move(score));
    }
    return outcome;
}

void Arena::count_instructions(Job job, std::uint16_t burst, std::vector<Score>& scores) {
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i].instructions = instructions(i, task(job, burst));
}

}  // namespace bifurc::bench
