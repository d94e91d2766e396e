// SPDX-License-Identifier: BSD-3-Clause
// The commands, and those that need no file of their own. What Linux's ixgbe and net/ethtool/ioctl.c refuse is refused
// here, with the same errno.
#include "ethtool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "ethtool_netdev.h"
#include "ethtool_parts.h"

namespace bifurc::sim {
namespace {

constexpr unsigned kOtherVectors = 1;  // link and mailbox; ixgbe shows it as "Other"

template <std::size_t size>
void copy_text(char (&to)[size], const std::string& from) {
    from.copy(to, size - 1);
}

EthtoolReply get_driver(Port& port, Payload) {
    const DriverInfo driver = port.driver_info();
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    copy_text(info.driver, driver.driver);
    copy_text(info.version, driver.version);
    copy_text(info.fw_version, driver.firmware);
    copy_text(info.bus_info, driver.bus_address);
    info.eedump_len = static_cast<std::uint32_t>(port.eeprom().size_bytes());
    info.regdump_len = static_cast<std::uint32_t>(port.registers().size() * sizeof(std::uint32_t));
    info.n_stats = static_cast<std::uint32_t>(port.stats().size());
    return answer(info);
}

EthtoolReply get_link(Port& port, Payload) {
    return answer(ethtool_value{.cmd = ETHTOOL_GLINK, .data = port.link().up ? 1U : 0U});
}

EthtoolReply restart(Port& port, Payload) { return failed(port.reset()); }

ethtool_channels channels_of(const Port& port) {
    const Channels have = port.channels();
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    channels.max_other = channels.other_count = kOtherVectors;
    channels.max_combined = have.combined_max;
    channels.combined_count = have.combined;
    return channels;
}

EthtoolReply get_channels(Port& port, Payload) { return answer(channels_of(port)); }

EthtoolReply set_channels(Port& port, Payload payload) {
    ethtool_channels asked{};
    if (!take(payload, asked)) return failed(-EINVAL);
    const ethtool_channels have = channels_of(port);
    if (asked.rx_count != 0 || asked.tx_count != 0 || asked.other_count != kOtherVectors) return failed(-EINVAL);
    if (asked.combined_count == have.combined_count) return {};
    return failed(port.set_channels(asked.combined_count));
}

EthtoolReply get_ring_sizes(Port& port, Payload) {
    const RingSizes sizes = port.ring_sizes();
    ethtool_ringparam ring{};
    ring.cmd = ETHTOOL_GRINGPARAM;
    ring.rx_max_pending = sizes.rx_max;
    ring.tx_max_pending = sizes.tx_max;
    ring.rx_pending = sizes.rx;
    ring.tx_pending = sizes.tx;
    return answer(ring);
}

EthtoolReply set_ring_sizes(Port& port, Payload payload) {
    ethtool_ringparam asked{};
    if (!take(payload, asked)) return failed(-EINVAL);
    const RingSizes sizes = port.ring_sizes();
    if (asked.rx_mini_pending != 0 || asked.rx_jumbo_pending != 0 || asked.rx_pending > sizes.rx_max ||
        asked.tx_pending > sizes.tx_max)
        return failed(-EINVAL);
    return failed(port.set_ring_sizes(asked.rx_pending, asked.tx_pending));
}

EthtoolReply get_permanent_address(Port& port, Payload payload) {
    ethtool_perm_addr request{};
    std::array<std::byte, 6> address{};
    if (!take(payload, request) || request.size < address.size()) return failed(-EINVAL);
    if (const int error = netdev_address(port.name(), address); error != 0) return failed(error);
    request.size = address.size();
    EthtoolReply reply = answer(request);
    append(reply, address.data(), address.size());
    return reply;
}

struct Command {
    std::uint32_t cmd;
    EthtoolHandler handler;
};

constexpr std::array kCommands{
    Command{ETHTOOL_GDRVINFO, get_driver},
    Command{ETHTOOL_GREGS, get_registers},
    Command{ETHTOOL_GLINK, get_link},
    Command{ETHTOOL_GLINKSETTINGS, get_link_settings},
    Command{ETHTOOL_NWAY_RST, restart},
    Command{ETHTOOL_GCHANNELS, get_channels},
    Command{ETHTOOL_SCHANNELS, set_channels},
    Command{ETHTOOL_GRINGPARAM, get_ring_sizes},
    Command{ETHTOOL_SRINGPARAM, set_ring_sizes},
    Command{ETHTOOL_GEEPROM, get_eeprom},
    Command{ETHTOOL_GPAUSEPARAM, get_pause},
    Command{ETHTOOL_GMODULEINFO, get_module_info},
    Command{ETHTOOL_GMODULEEEPROM, get_module_memory},
    Command{ETHTOOL_GPERMADDR, get_permanent_address},
    Command{ETHTOOL_GSSET_INFO, get_set_sizes},
    Command{ETHTOOL_GSTRINGS, get_strings},
    Command{ETHTOOL_GSTATS, get_stats},
    Command{ETHTOOL_GRXCSUM, get_legacy_feature},
    Command{ETHTOOL_GTXCSUM, get_legacy_feature},
    Command{ETHTOOL_GSG, get_legacy_feature},
    Command{ETHTOOL_GTSO, get_legacy_feature},
    Command{ETHTOOL_GGSO, get_legacy_feature},
    Command{ETHTOOL_GGRO, get_legacy_feature},
    Command{ETHTOOL_GFLAGS, get_flags},
    Command{ETHTOOL_GFEATURES, get_features},
    Command{ETHTOOL_SFEATURES, set_features},
    Command{ETHTOOL_GRXFH, get_hash_fields},
    Command{ETHTOOL_GRXRINGS, get_rx_rings},
    Command{ETHTOOL_GRXCLSRLCNT, get_rule_count},
    Command{ETHTOOL_GRXCLSRULE, get_rule},
    Command{ETHTOOL_GRXCLSRLALL, get_rule_locations},
    Command{ETHTOOL_SRXCLSRLINS, add_rule},
    Command{ETHTOOL_SRXCLSRLDEL, remove_rule},
    Command{ETHTOOL_GRSSH, get_rss},
    Command{ETHTOOL_SRSSH, set_rss},
    Command{ETHTOOL_GRXFHINDIR, get_rss_table},
};

}  // namespace

EthtoolReply ethtool_ioctl(Port& port, std::uint32_t cmd, std::span<const std::byte> payload) {
    const auto* command = std::ranges::find(kCommands, cmd, &Command::cmd);
    if (command == kCommands.end()) return failed(-EOPNOTSUPP);
    std::uint32_t stated = 0;
    // The handlers that ask the netdev hand the structure on: it must not name another command.
    if (!take(payload, stated) || stated != cmd) return failed(-EINVAL);
    return command->handler(port, payload);
}

}  // namespace bifurc::sim
