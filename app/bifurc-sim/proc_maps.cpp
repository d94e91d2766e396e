// SPDX-License-Identifier: BSD-3-Clause
#include "proc_maps.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <string>

namespace bifurc::sim {
namespace {

// Takes a number and the one separator behind it off the front of `text`.
bool take_number(std::string_view& text, std::uint64_t& value, int base, char separator) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    const auto used = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || used >= text.size() || text[used] != separator) return false;
    text.remove_prefix(used + 1);
    return true;
}

}  // namespace

// proc(5): "start-end rwxp offset major:minor inode path"
bool parse_maps_line(std::string_view line, MappedArea& area) {
    if (!take_number(line, area.start, 16, '-') || !take_number(line, area.end, 16, ' ')) return false;
    if (line.size() < 5 || line[4] != ' ') return false;
    area.readable = line[0] == 'r';
    area.writable = line[1] == 'w';
    area.shared = line[3] == 's';
    line.remove_prefix(5);
    std::uint64_t device = 0;
    return take_number(line, area.file_offset, 16, ' ') && take_number(line, device, 16, ':') &&
           take_number(line, device, 16, ' ') &&
           std::from_chars(line.data(), line.data() + line.size(), area.inode).ec == std::errc{};
}

std::vector<MappedArea> mapped_areas(pid_t pid, std::uint64_t start, std::uint64_t end) {
    std::vector<MappedArea> areas;
    std::ifstream maps(fmt::format("/proc/{}/maps", pid));
    for (std::string line; std::getline(maps, line);) {
        MappedArea area;
        if (!parse_maps_line(line, area)) continue;
        if (area.start >= end) break;
        if (area.end > start) areas.push_back(area);
    }
    return areas;
}

}  // namespace bifurc::sim
