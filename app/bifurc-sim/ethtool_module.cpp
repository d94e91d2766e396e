// SPDX-License-Identifier: BSD-3-Clause
// The SFP+ module in the port's cage (ethtool -m): a 10GBASE-SR without diagnostics, as SFF-8472 and SFF-8079 lay its
// memory out. And flow control (ethtool -a), which the simulated port does not do.
#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string_view>

#include "ethtool_parts.h"

namespace bifurc::sim {
namespace {

using ModuleMemory = std::array<std::uint8_t, ETH_MODULE_SFF_8079_LEN>;

void write_text(ModuleMemory& memory, std::size_t at, std::size_t len, std::string_view text) {
    std::fill_n(memory.begin() + static_cast<std::ptrdiff_t>(at), len, std::uint8_t{' '});
    std::copy(text.begin(), text.end(), memory.begin() + static_cast<std::ptrdiff_t>(at));
}

ModuleMemory make_module() {
    ModuleMemory memory{};
    memory[0] = 0x03;   // SFP
    memory[1] = 0x04;   // described by this memory
    memory[2] = 0x07;   // LC
    memory[3] = 0x10;   // 10GBASE-SR
    memory[11] = 0x06;  // 64B/66B
    memory[12] = 103;   // x 100 MBd
    write_text(memory, 20, 16, "bifurc-sim");
    write_text(memory, 40, 16, "simulated SR");
    const auto sum = [&](std::ptrdiff_t from, std::ptrdiff_t to) {
        return static_cast<std::uint8_t>(std::accumulate(memory.begin() + from, memory.begin() + to, 0u));
    };
    memory[63] = sum(0, 63);
    memory[95] = sum(64, 95);
    return memory;
}

}  // namespace

EthtoolReply get_pause(Port&, Payload) {
    ethtool_pauseparam pause{};
    pause.cmd = ETHTOOL_GPAUSEPARAM;
    return answer(pause);
}

EthtoolReply get_module_info(Port&, Payload) {
    ethtool_modinfo info{};
    info.cmd = ETHTOOL_GMODULEINFO;
    info.type = ETH_MODULE_SFF_8079;
    info.eeprom_len = ETH_MODULE_SFF_8079_LEN;
    return answer(info);
}

EthtoolReply get_module_memory(Port&, Payload payload) {
    static const ModuleMemory memory = make_module();
    return answer_memory(payload, std::as_bytes(std::span{memory}), 0);
}

}  // namespace bifurc::sim
