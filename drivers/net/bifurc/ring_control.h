// SPDX-License-Identifier: BSD-3-Clause
// Switching a queue on and off, step by step as the datasheets say (82599 DS 4.6.7, 4.6.7.1, 4.6.8, 4.6.8.1). Bar is
// the mapped window or, in tests, a recording one; Clock answers delay_us. Every wait has a deadline.
#pragma once

#include <cerrno>
#include <cstdint>

#include "chip_thresholds.h"
#include "hw/reg.h"
#include "wait.h"

namespace bifurc::net {

inline constexpr std::uint32_t kEnableTimeoutUs = 100'000;  // DS: some microseconds; a device that is a process: longer
inline constexpr std::uint32_t kPollIntervalUs = 10;
inline constexpr std::uint32_t kDrainIntervalUs = 100;
inline constexpr std::uint32_t kDrainTimeoutUs = 20'000;  // without link nothing drains, and stop must go on

struct RingPlace {
    std::uint64_t bus;
    std::uint32_t len_bytes;
};

struct RxSettings {
    std::uint16_t buffer_kib;
    Thresholds thresholds;
    bool strip_vlan;
    std::uint32_t lro_bytes = 0;  // the largest large receive; 0: none
};

// Sets or clears DCTL.ENABLE and waits until the register says so: 0 or -ETIMEDOUT.
template <class DCTL, class Bar, class Clock>
[[nodiscard]] int set_enable(Bar& bar, unsigned hw_queue, bool on, Clock& clock) noexcept {
    using ENABLE = typename DCTL::ENABLE;
    bar.template write<DCTL>(hw_queue, bar.template read<DCTL>(hw_queue).template with<ENABLE>(on));
    const bool done = wait_for(clock, kEnableTimeoutUs, kPollIntervalUs,
                               [&] { return (bar.template read<DCTL>(hw_queue).template get<ENABLE>() != 0) == on; });
    return done ? 0 : -ETIMEDOUT;
}

template <class Chip, class Bar, class Clock>
[[nodiscard]] int enable_rx(Bar& bar, unsigned hw_queue, RingPlace ring, const RxSettings& settings, std::uint16_t tail,
                            Clock& clock) noexcept {
    using RXDCTL = typename Chip::RXDCTL;
    // 1. What an earlier owner left must not run into the new ring.
    if (int rc = set_enable<RXDCTL>(bar, hw_queue, false, clock); rc != 0) return rc;
    // 2. DS 4.6.7: base, length; a fresh ring starts at 0.
    bar.template write<typename Chip::RDBAL>(hw_queue, {static_cast<std::uint32_t>(ring.bus)});
    bar.template write<typename Chip::RDBAH>(hw_queue, {static_cast<std::uint32_t>(ring.bus >> 32)});
    bar.template write<typename Chip::RDLEN>(hw_queue, {ring.len_bytes});
    bar.template write<typename Chip::RDH>(hw_queue, {0});
    bar.template write<typename Chip::RDT>(hw_queue, {0});
    // 3. Buffer size, descriptor type, drop enable.
    bar.template write<typename Chip::SRRCTL>(hw_queue, Chip::srrctl(settings.buffer_kib));
    Chip::set_coalescing(bar, hw_queue, settings.lro_bytes, settings.buffer_kib);
    bar.template write<RXDCTL>(
        hw_queue, Chip::rxdctl(bar.template read<RXDCTL>(hw_queue), settings.thresholds, settings.strip_vlan));
    // 4. ENABLE, and wait: the tail must not move before.
    if (int rc = set_enable<RXDCTL>(bar, hw_queue, true, clock); rc != 0) return rc;
    // 5. The descriptors up to, and without, the tail are the NIC's from here on.
    bar.template write<typename Chip::RDT>(hw_queue, {tail});
    return 0;
}

// DS 4.6.7.1. The NIC may still write into the ring afterwards: rte_bifurc_sync ends that.
template <class Chip, class Bar, class Clock>
[[nodiscard]] int disable_rx(Bar& bar, unsigned hw_queue, Clock& clock) noexcept {
    return set_enable<typename Chip::RXDCTL>(bar, hw_queue, false, clock);
}

template <class Chip, class Bar, class Clock>
[[nodiscard]] int enable_tx(Bar& bar, unsigned hw_queue, RingPlace ring, Thresholds thresholds, Clock& clock) noexcept {
    using TXDCTL = typename Chip::TXDCTL;
    if (int rc = set_enable<TXDCTL>(bar, hw_queue, false, clock); rc != 0) return rc;
    // DS 4.6.8: base, length; an empty ring.
    bar.template write<typename Chip::TDBAL>(hw_queue, {static_cast<std::uint32_t>(ring.bus)});
    bar.template write<typename Chip::TDBAH>(hw_queue, {static_cast<std::uint32_t>(ring.bus >> 32)});
    bar.template write<typename Chip::TDLEN>(hw_queue, {ring.len_bytes});
    bar.template write<typename Chip::TDH>(hw_queue, {0});
    bar.template write<typename Chip::TDT>(hw_queue, {0});
    // Completion is by DD in the descriptor, never by a written-back head.
    bar.template write<typename Chip::TDWBAL>(hw_queue, {0});
    bar.template write<typename Chip::TDWBAH>(hw_queue, {0});
    bar.template write<TXDCTL>(hw_queue, Chip::tx_thresholds(bar.template read<TXDCTL>(hw_queue), thresholds));
    return set_enable<TXDCTL>(bar, hw_queue, true, clock);
}

// DS 4.6.8.1: let the ring run empty (as far as the deadline allows: without link it never does), then ENABLE off.
template <class Chip, class Bar, class Clock>
[[nodiscard]] int disable_tx(Bar& bar, unsigned hw_queue, Clock& clock) noexcept {
    const bool drained = wait_for(clock, kDrainTimeoutUs, kDrainIntervalUs, [&] {
        return bar.template read<typename Chip::TDH>(hw_queue).raw ==
               bar.template read<typename Chip::TDT>(hw_queue).raw;
    });
    static_cast<void>(drained);  // what is left is freed with the ring and was never counted as sent by the NIC
    return set_enable<typename Chip::TXDCTL>(bar, hw_queue, false, clock);
}

}  // namespace bifurc::net
