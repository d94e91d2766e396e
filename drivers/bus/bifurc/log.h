// SPDX-License-Identifier: BSD-3-Clause
// The log type bus.bifurc (--log-level=bus.bifurc:debug). One line for each thing that went wrong, logged where it is
// handled, after the device's name.
#pragma once

#include <rte_log.h>

#include <cstdint>

extern "C" {
extern int bifurc_bus_log;
}

namespace bifurc::bus {

[[gnu::format(printf, 3, 4)]] void log(std::uint32_t level, const char* device, const char* format, ...) noexcept;

}  // namespace bifurc::bus
