// SPDX-License-Identifier: BSD-3-Clause
// What ethtool*.cpp share: a handler per command, reading its structure from a payload that is not trusted.
#pragma once

#include <linux/ethtool.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

#include "ethtool.h"

namespace bifurc::sim {

using Payload = std::span<const std::byte>;
using EthtoolHandler = EthtoolReply (*)(Port&, Payload);

[[nodiscard]] inline EthtoolReply failed(int error) { return {.error = error, .payload = {}}; }

// false: the payload is too short to hold one.
template <typename T>
[[nodiscard]] bool take(Payload payload, T& structure) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (payload.size() < sizeof(structure)) return false;
    std::memcpy(&structure, payload.data(), sizeof(structure));
    return true;
}

template <typename T>
void append(EthtoolReply& reply, const T* items, std::size_t count) {
    const auto* bytes = reinterpret_cast<const std::byte*>(items);
    reply.payload.insert(reply.payload.end(), bytes, bytes + count * sizeof(T));
}

template <typename T>
[[nodiscard]] EthtoolReply answer(const T& structure) {
    EthtoolReply reply;
    append(reply, &structure, 1);
    return reply;
}

// ethtool_dump.cpp
// Answers an ethtool_eeprom request with the piece of memory that it names.
EthtoolReply answer_memory(Payload payload, std::span<const std::byte> memory, std::uint32_t magic);
EthtoolReply get_registers(Port& port, Payload payload);
EthtoolReply get_eeprom(Port& port, Payload payload);

// ethtool_link.cpp
EthtoolReply get_link_settings(Port& port, Payload payload);

// ethtool_module.cpp
EthtoolReply get_pause(Port& port, Payload payload);
EthtoolReply get_module_info(Port& port, Payload payload);
EthtoolReply get_module_memory(Port& port, Payload payload);

// ethtool_strings.cpp
EthtoolReply get_set_sizes(Port& port, Payload payload);
EthtoolReply get_strings(Port& port, Payload payload);
EthtoolReply get_stats(Port& port, Payload payload);

// ethtool_features.cpp
EthtoolReply get_legacy_feature(Port& port, Payload payload);
EthtoolReply get_flags(Port& port, Payload payload);
EthtoolReply get_features(Port& port, Payload payload);
EthtoolReply set_features(Port& port, Payload payload);

// ethtool_rx.cpp
EthtoolReply get_rx_rings(Port& port, Payload payload);
EthtoolReply get_hash_fields(Port& port, Payload payload);
EthtoolReply get_rule_count(Port& port, Payload payload);
EthtoolReply get_rule(Port& port, Payload payload);
EthtoolReply get_rule_locations(Port& port, Payload payload);
EthtoolReply add_rule(Port& port, Payload payload);
EthtoolReply remove_rule(Port& port, Payload payload);
EthtoolReply get_rss(Port& port, Payload payload);
EthtoolReply set_rss(Port& port, Payload payload);
EthtoolReply get_rss_table(Port& port, Payload payload);

}  // namespace bifurc::sim
