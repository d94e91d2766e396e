// SPDX-License-Identifier: BSD-3-Clause
// Random numbers that are the same on every machine: a failure is named by its seed.
#ifndef FUZZ_VERBS_RANDOM_H
#define FUZZ_VERBS_RANDOM_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace bifurc::fuzz {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    // splitmix64
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t end) { return next() % end; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }

    template <typename T, std::size_t N>
    const T& of(const std::array<T, N>& choices) {
        return choices[below(N)];
    }

    // Numbers at which checks go wrong. None makes the kernel ask for more memory than a small guest has.
    std::uint64_t edge() {
        static constexpr std::array<std::uint64_t, 20> kEdges{
            0,   1,    2,    3,    4,          8,          63,         64,          65,          127,
            128, 4095, 4096, 4097, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ULL << 63U, ~0ULL - 4095};
        return one_in(4) ? next() : of(kEdges);
    }

private:
    std::uint64_t state_;
};

// Independent streams of one seed: what one of them draws does not move the others.
inline std::uint64_t stream(std::uint64_t seed, std::uint64_t number) {
    return Random(seed ^ Random(number + 1).next()).next();
}

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_RANDOM_H
