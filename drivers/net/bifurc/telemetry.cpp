// SPDX-License-Identifier: BSD-3-Clause
#include "telemetry.h"

#include <rte_telemetry.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "bifurc/names.h"
#include "port.h"

namespace bifurc::net {
namespace {

// Held by who answers: a port that closes waits for it, and takes itself off the list.
std::mutex lock;
std::array<const rte_eth_dev*, RTE_MAX_ETHPORTS> shown;

const char* state_name(std::uint32_t state) {
    switch (state) {
        case BIFURC_STATE_LIVE:
            return "live";
        case BIFURC_STATE_QUIESCED:
            return "quiesced";
        default:
            return "gone";
    }
}

// What the port's owner answers, under the names that `bifurc-ctl info --json` has. Numbers go as int: telemetry's
// wider types have other names in each DPDK release.
void put_info(rte_tel_data* answer, const bifurc_info& info) {
    const auto text = [&](const char* name, const char* value) { rte_tel_data_add_dict_string(answer, name, value); };
    const auto number = [&](const char* name, std::uint32_t value) {
        rte_tel_data_add_dict_int(answer, name, static_cast<int>(value));
    };
    text("driver", info.driver);
    number("abi_version", info.abi_version);
    text("chip", chip_name(info));
    text("pci_address", info.pci_address);
    number("mtu", info.mtu);
    number("pairs_total", info.pairs_total);
    number("pairs_kernel", info.pairs_kernel);
    number("pairs_free", info.pairs_free);
    rte_tel_data_add_dict_int(answer, "flow_marks", has_marks(info) ? 1 : 0);
    text("page_protection", pages_name(info));
    text("dma_protection", dma_name(info));
    rte_tel_data* queues = rte_tel_data_alloc();
    if (queues == nullptr) return;
    rte_tel_data_start_array(queues, RTE_TEL_INT_VAL);
    for (std::uint32_t pair = 0; pair < info.pairs; ++pair)
        rte_tel_data_add_array_int(queues, static_cast<int>(info.first + pair));
    rte_tel_data_add_dict_container(answer, "hw_queues", queues, 0);
}

// Only what this process holds is asked, never the part that processes share: a primary may close the port meanwhile.
// Of a netdev that is gone only its name and state are left.
void put_port(rte_tel_data* answer, const rte_eth_dev* dev) {
    rte_bifurc* nic = process_of(dev).nic;
    rte_tel_data_add_dict_string(answer, "netdev", iface_of(dev));
    bifurc_status status{};
    if (rte_bifurc_status(nic, &status) != 0) status.state = BIFURC_STATE_GONE;
    rte_tel_data_add_dict_string(answer, "state", state_name(status.state));
    rte_tel_data_add_dict_int(answer, "generation", static_cast<int>(status.generation));
    bifurc_info info{};
    if (rte_bifurc_info(nic, &info, nullptr) == 0) put_info(answer, info);
}

int answer_list(const char*, const char*, rte_tel_data* answer) {
    rte_tel_data_start_array(answer, RTE_TEL_INT_VAL);
    const std::lock_guard guard{lock};
    for (std::size_t port = 0; port < shown.size(); ++port)
        if (shown[port] != nullptr) rte_tel_data_add_array_int(answer, static_cast<int>(port));
    return 0;
}

int answer_info(const char*, const char* params, rte_tel_data* answer) {
    if (params == nullptr || std::isdigit(static_cast<unsigned char>(*params)) == 0) return -EINVAL;
    char* end = nullptr;
    const unsigned long port = std::strtoul(params, &end, 10);
    if (*end != '\0' || port >= shown.size()) return -EINVAL;
    const std::lock_guard guard{lock};
    if (shown[port] == nullptr) return -ENODEV;
    rte_tel_data_start_dict(answer);
    put_port(answer, shown[port]);
    return 0;
}

}  // namespace

void show_in_telemetry(const rte_eth_dev* dev) {
    const std::lock_guard guard{lock};
    shown[dev->data->port_id] = dev;
}

void hide_from_telemetry(const rte_eth_dev* dev) {
    const std::lock_guard guard{lock};
    for (const rte_eth_dev*& one : shown)
        if (one == dev) one = nullptr;
}

}  // namespace bifurc::net

RTE_INIT(bifurc_net_telemetry) {
    using namespace bifurc::net;
    static_cast<void>(rte_telemetry_register_cmd("/bifurc/list", answer_list,
                                                 "Returns the ports of the bifurc driver. Takes no parameters"));
    static_cast<void>(rte_telemetry_register_cmd(
        "/bifurc/info", answer_info, "Returns what a port borrows, and of which netdev. Parameters: int port_id"));
}
