// SPDX-License-Identifier: BSD-3-Clause
// The size rules of bifurc_uapi.h's structures, in one place.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace bifurc::sim {

// A structure as its caller gave it. 0, -EINVAL (too short), -E2BIG (newer than this side knows, and used).
template <class T>
[[nodiscard]] int take_struct(std::span<const std::byte> payload, T& out) {
    std::uint32_t size = 0;
    if (payload.size() < sizeof(size)) return -EINVAL;
    std::memcpy(&size, payload.data(), sizeof(size));
    if (size < sizeof(T) || payload.size() < size) return -EINVAL;
    const auto unknown = payload.subspan(sizeof(T), size - sizeof(T));
    if (!std::ranges::all_of(unknown, [](std::byte byte) { return byte == std::byte{0}; })) return -E2BIG;
    std::memcpy(&out, payload.data(), sizeof(T));
    return 0;
}

// The answer: as long as the caller's structure, zeros where this side knows nothing.
template <class T>
[[nodiscard]] std::vector<std::byte> give_struct(const T& value) {
    std::vector<std::byte> bytes(std::max<std::size_t>(value.size, sizeof(T)));
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
}

}  // namespace bifurc::sim
