// SPDX-License-Identifier: BSD-3-Clause
#include "log.h"

#include <array>
#include <cstdarg>
#include <cstdio>

extern "C" {
RTE_LOG_REGISTER(bifurc_bus_log, bus.bifurc, NOTICE)
}

namespace bifurc::bus {

void log(std::uint32_t level, const char* device, const char* format, ...) noexcept {
    std::array<char, 512> line;  // a sentence of the client, which has at most 384, fits
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line.data(), line.size(), format, arguments);
    va_end(arguments);
    rte_log(level, static_cast<std::uint32_t>(bifurc_bus_log), "BIFURC: %s: %s\n", device, line.data());
}

}  // namespace bifurc::bus
