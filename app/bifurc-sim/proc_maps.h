// SPDX-License-Identifier: BSD-3-Clause
// What another process has mapped where: /proc/PID/maps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace bifurc::sim {

struct MappedArea {
    std::uint64_t start = 0, end = 0;
    bool readable = false, writable = false, shared = false;
    std::uint64_t file_offset = 0;
    std::uint64_t inode = 0;  // 0: no file
};

// One line of /proc/PID/maps. false: not one.
bool parse_maps_line(std::string_view line, MappedArea& area);

// The areas that overlap [start, end), ascending. Empty if the process cannot be read.
[[nodiscard]] std::vector<MappedArea> mapped_areas(pid_t pid, std::uint64_t start, std::uint64_t end);

}  // namespace bifurc::sim
