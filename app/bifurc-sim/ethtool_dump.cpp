// SPDX-License-Identifier: BSD-3-Clause
// What is dumped as it is: the board's EEPROM (ethtool -e) and the registers (ethtool -d).
#include <algorithm>
#include <span>
#include <vector>

#include "ethtool_parts.h"
#include "hw/ixgbe_device.h"

namespace bifurc::sim {

using namespace hw::ixgbe;

EthtoolReply answer_memory(Payload payload, std::span<const std::byte> memory, std::uint32_t magic) {
    ethtool_eeprom request;  // not {}: clang counts that as making a flexible array of no elements
    if (!take(payload, request)) return failed(-EINVAL);
    // As ethtool_get_any_eeprom checks it.
    if (request.len == 0 || request.offset > memory.size() || request.len > memory.size() - request.offset)
        return failed(-EINVAL);
    request.magic = magic;
    EthtoolReply reply = answer(request);
    append(reply, memory.data() + request.offset, request.len);
    return reply;
}

EthtoolReply get_eeprom(Port& port, Payload payload) {
    // Who wants to write has to show that he means this kind of NIC, by ixgbe's number for it.
    constexpr std::uint32_t kMagic = kVendorIntel | std::uint32_t{kDevice82599Sfp} << 16;
    return answer_memory(payload, std::as_bytes(port.eeprom()), kMagic);
}

EthtoolReply get_registers(Port& port, Payload payload) {
    constexpr std::uint32_t kIxgbeMac82599 = 2;  // enum ixgbe_mac_type
    ethtool_regs request;                        // not {}: as above
    if (!take(payload, request)) return failed(-EINVAL);
    const std::vector<std::uint32_t> words = port.registers();
    const auto bytes = std::as_bytes(std::span{words});
    request.version = kIxgbeMac82599 << 24 | std::uint32_t{kRevision82599} << 16 | kDevice82599Sfp;
    request.len = std::min(request.len, static_cast<std::uint32_t>(bytes.size()));
    EthtoolReply reply = answer(request);
    append(reply, bytes.data(), request.len);
    return reply;
}

}  // namespace bifurc::sim
