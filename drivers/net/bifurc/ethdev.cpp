// SPDX-License-Identifier: BSD-3-Clause
// Where the bus, ethdev and the driver meet: probing, removing, the table of operations.
#include <rte_malloc.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <memory>
#include <new>

#include "bursts.h"
#include "chip.h"
#include "device_info.h"
#include "events.h"
#include "filters.h"
#include "flow.h"
#include "kernel_info.h"
#include "link.h"
#include "log.h"
#include "port.h"
#include "queue_control.h"
#include "queue_setup.h"
#include "rx_interrupts.h"
#include "rx_queue.h"
#include "secondary.h"
#include "start_stop.h"
#include "stats.h"
#include "telemetry.h"
#include "tx_queue.h"

// Which netdevs' queues this driver can run; bifurc_info.chip says which of the families it is. Not static and with C
// linkage: dpdk-pmdinfo.py finds it by its name.
extern "C" {
extern const rte_pci_id bifurc_net_ids[];
#define INTEL(device) RTE_BIFURC_DEVICE(0x8086, device)
const rte_pci_id bifurc_net_ids[] = {
    // 82576 and I350
    INTEL(0x10c9), INTEL(0x10e6), INTEL(0x10e7), INTEL(0x10e8), INTEL(0x150a), INTEL(0x150d), INTEL(0x1518),
    INTEL(0x1526), INTEL(0x1521), INTEL(0x1522), INTEL(0x1523), INTEL(0x1524), INTEL(0x1546),
    // 82599
    INTEL(0x10f7), INTEL(0x10f8), INTEL(0x10f9), INTEL(0x10fb), INTEL(0x10fc), INTEL(0x1507), INTEL(0x1514),
    INTEL(0x1517), INTEL(0x151c), INTEL(0x1529), INTEL(0x152a), INTEL(0x154a), INTEL(0x154d), INTEL(0x1557),
    INTEL(0x1558),
    // X540
    INTEL(0x1528), INTEL(0x1560),
    // X550
    INTEL(0x1563), INTEL(0x15aa), INTEL(0x15ab), INTEL(0x15ac), INTEL(0x15ad), INTEL(0x15ae), INTEL(0x15b0),
    INTEL(0x15c2), INTEL(0x15c3), INTEL(0x15c4), INTEL(0x15c6), INTEL(0x15c7), INTEL(0x15c8), INTEL(0x15ca),
    INTEL(0x15cc), INTEL(0x15ce), INTEL(0x15d1), INTEL(0x15e4), INTEL(0x15e5), RTE_BIFURC_DEVICE(0, 0)};
#undef INTEL
}

namespace bifurc::net {
namespace {

int dev_close(rte_eth_dev* dev);

constexpr void add_kernel_info(eth_dev_ops& ops) {
    ops.fw_version_get = fw_version_get;
    ops.flow_ctrl_get = flow_ctrl_get;
    ops.get_eeprom_length = get_eeprom_length;
    ops.get_eeprom = get_eeprom;
    ops.get_module_info = get_module_info;
    ops.get_module_eeprom = get_module_eeprom;
    ops.get_reg = get_reg;
    ops.reta_query = reta_query;
    ops.rss_hash_conf_get = rss_hash_conf_get;
}

// Assigned by name: the order of the members differs between DPDK releases.
constexpr eth_dev_ops make_ops() {
    eth_dev_ops ops{};
    ops.dev_configure = dev_configure;
    ops.dev_start = dev_start;
    ops.dev_stop = dev_stop;
    ops.dev_close = dev_close;
    ops.dev_reset = dev_reset;
    ops.dev_infos_get = dev_infos_get;
    ops.dev_supported_ptypes_get = supported_packet_types;
    ops.is_removed = is_removed;
    ops.link_update = link_update;
    ops.mtu_set = mtu_set;
    ops.vlan_offload_set = vlan_offload_set;
    ops.vlan_strip_queue_set = vlan_strip_queue_set;

    ops.promiscuous_enable = promiscuous_enable;
    ops.promiscuous_disable = promiscuous_disable;
    ops.allmulticast_enable = allmulticast_enable;
    ops.allmulticast_disable = allmulticast_disable;
    ops.mac_addr_add = mac_addr_add;
    ops.mac_addr_remove = mac_addr_remove;
    ops.mac_addr_set = mac_addr_set;
    ops.set_mc_addr_list = set_mc_addr_list;

    ops.flow_ops_get = flow_ops_get;
    add_kernel_info(ops);

    ops.stats_get = stats_get;
    ops.stats_reset = stats_reset;
    ops.xstats_get = xstats_get;
    ops.xstats_get_names = xstats_get_names;
    ops.xstats_reset = stats_reset;

    ops.rx_queue_setup = rx_queue_setup;
    ops.rx_queue_release = rx_queue_release;
    ops.rx_queue_start = rx_queue_start;
    ops.rx_queue_stop = rx_queue_stop;
    ops.rx_queue_intr_enable = rx_queue_intr_enable;
    ops.rx_queue_intr_disable = rx_queue_intr_disable;
    ops.rxq_info_get = rxq_info_get;
    ops.rx_burst_mode_get = rx_burst_mode_get;
    ops.get_monitor_addr = get_monitor_addr;
    ops.tx_queue_setup = tx_queue_setup;
    ops.tx_queue_release = tx_queue_release;
    ops.tx_queue_start = tx_queue_start;
    ops.tx_queue_stop = tx_queue_stop;
    ops.tx_done_cleanup = tx_done_cleanup;
    ops.txq_info_get = txq_info_get;
    ops.tx_burst_mode_get = tx_burst_mode_get;
    return ops;
}

constexpr eth_dev_ops kOps = make_ops();

// What only looks, and where it must not count on the primary's pointers.
constexpr eth_dev_ops make_secondary_ops() {
    eth_dev_ops ops{};
    ops.dev_close = dev_close;
    ops.dev_infos_get = dev_infos_get;
    ops.dev_supported_ptypes_get = supported_packet_types;
    ops.link_update = link_update;
    ops.stats_get = stats_get;
    ops.stats_reset = stats_reset;
    ops.xstats_get = xstats_get;
    ops.xstats_get_names = xstats_get_names;
    ops.xstats_reset = stats_reset;
    add_kernel_info(ops);
    ops.rxq_info_get = rxq_info_get;
    ops.txq_info_get = txq_info_get;
    ops.tx_done_cleanup = tx_done_cleanup;
    return ops;
}

constexpr eth_dev_ops kSecondaryOps = make_secondary_ops();

void drop_process(rte_eth_dev* dev) {
    hide_from_telemetry(dev);
    delete &process_of(dev);
    dev->process_private = nullptr;
}

int dev_close(rte_eth_dev* dev) {
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
        drop_process(dev);
        return 0;
    }
    Port& port = port_of(dev);
    unwatch_events(dev);
    drop_flows(dev);
    drop_filters(dev);
    for (std::uint16_t q = 0; q < dev->data->nb_rx_queues; ++q) rx_queue_release(dev, q);
    for (std::uint16_t q = 0; q < dev->data->nb_tx_queues; ++q) tx_queue_release(dev, q);
    rte_free(port.counters);
    rte_free(port.baseline);
    drop_process(dev);
    return 0;
}

// The process's side of the port: the window, and each pair's doorbells in it.
std::unique_ptr<Process> make_process(rte_bifurc_device& device) {
    std::unique_ptr<Process> process{new (std::nothrow) Process{}};
    if (!process) return nullptr;
    process->nic = device.handle;
    process->window = device.window;
    process->status = rte_bifurc_status_page(device.handle);
    process->dma_epoch = rte_bifurc_dma_epoch(device.handle);
    hw::MmioBar bar{process->window};
    with_chip(device.info.chip, [&]<class Chip>(Chip) {
        for (unsigned pair = 0; pair < device.pairs; ++pair)
            process->doorbells[pair] = {bar.word(Chip::RDT::at(device.first + pair)),
                                        bar.word(Chip::TDT::at(device.first + pair))};
    });
    return process;
}

// The shared side. What is allocated here, dev_close or rte_eth_dev_release_port frees.
int make_port(rte_eth_dev* dev, const rte_bifurc_device& device, std::uint32_t generation) {
    Port& port = port_of(dev);
    port.info = device.info;
    port.first = device.first;
    port.pairs = device.pairs;
    port.generation = generation;
    const int socket = dev->data->numa_node;
    const auto counters = [&] {
        return static_cast<PairCounters*>(
            rte_zmalloc_socket("bifurc_counters", port.pairs * sizeof(PairCounters), RTE_CACHE_LINE_SIZE, socket));
    };
    port.counters = counters();
    port.baseline = counters();
    dev->data->mac_addrs = static_cast<rte_ether_addr*>(
        rte_zmalloc_socket("bifurc_macs", kMaxMacs * sizeof(rte_ether_addr), RTE_CACHE_LINE_SIZE, socket));
    if (port.counters == nullptr || port.baseline == nullptr || dev->data->mac_addrs == nullptr) {
        rte_free(port.counters);
        rte_free(port.baseline);
        return -ENOMEM;
    }
    std::memcpy(dev->data->mac_addrs[0].addr_bytes, port.info.mac, RTE_ETHER_ADDR_LEN);
    return 0;
}

void set_queue_calls(rte_eth_dev* dev) {
    dev->rx_pkt_burst = rte_eth_pkt_burst_dummy;
    dev->tx_pkt_burst = rte_eth_pkt_burst_dummy;
    dev->rx_queue_count = rx_queue_count;
    dev->rx_descriptor_status = rx_descriptor_status;
    dev->tx_descriptor_status = tx_descriptor_status;
}

// A secondary's side of a port that the primary made.
int join_port(rte_eth_dev* dev, void* opaque) {
    auto& device = *static_cast<rte_bifurc_device*>(opaque);
    std::unique_ptr<Process> process = make_process(device);
    if (!process) return -ENOMEM;
    process->generation = process->status->generation;
    process->epoch_offset = static_cast<std::uint32_t>(getpid()) << 10;
    dev->process_private = process.release();
    dev->dev_ops = &kSecondaryOps;
    set_queue_calls(dev);
    choose_secondary_bursts(dev);
    show_in_telemetry(dev);
    return 0;
}

int init_port(rte_eth_dev* dev, void* opaque) {
    auto& device = *static_cast<rte_bifurc_device*>(opaque);
    std::unique_ptr<Process> process = make_process(device);
    if (!process) return -ENOMEM;
    dev->data->numa_node = device.device.numa_node;
    if (int rc = make_port(dev, device, process->status->generation); rc != 0) return rc;
    dev->process_private = process.release();
    dev->intr_handle = device.intr_handle;
    dev->data->dev_flags |= RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS | RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV;
    dev->data->mtu = static_cast<std::uint16_t>(port_of(dev).info.mtu);
    dev->dev_ops = &kOps;
    set_queue_calls(dev);
    static_cast<void>(link_update(dev, 0));
    if (int rc = watch_events(dev); rc != 0) {
        static_cast<void>(dev_close(dev));
        return rc;
    }
    show_in_telemetry(dev);
    return 0;
}

// What the owner says must make sense before registers are computed from it.
bool fits_chip(const rte_bifurc_device& device) {
    if (!is_known_chip(device.info.chip) || device.pairs == 0) return false;
    return with_chip(device.info.chip, [&]<class Chip>(Chip) {
        static_assert(Chip::kQueues <= kMaxPairs);
        return device.pairs <= Chip::kQueues && device.first <= Chip::kQueues - device.pairs &&
               device.info.bar_len >= Chip::kBarLen;
    });
}

int probe(const rte_bifurc_driver* self, rte_bifurc_device* device) {
    if (!fits_chip(*device)) {
        rte_log(RTE_LOG_ERR, bifurc_net_init_log,
                "%s: this driver knows no chip family %u with pairs %u to %u and a BAR of %" PRIu64 " bytes\n",
                device->device.name, device->info.chip, device->first, device->first + device->pairs - 1,
                std::uint64_t{device->info.bar_len});
        return -ENOTSUP;
    }
    device->device.driver = &self->driver;  // who hears of the new port may ask for its driver at once
    const auto make = rte_eal_process_type() == RTE_PROC_PRIMARY ? init_port : join_port;
    const int rc =
        rte_eth_dev_create(&device->device, device->device.name, sizeof(Port), nullptr, nullptr, make, device);
    if (rc != 0) {
        device->device.driver = nullptr;
        rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: no port could be made of it: %s\n", device->device.name,
                rte_strerror(-rc));
    }
    return rc;
}

int remove(rte_bifurc_device* device) {
    rte_eth_dev* dev = rte_eth_dev_allocated(device->device.name);
    if (dev == nullptr) return 0;  // the application closed it
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
        if (dev->process_private != nullptr) drop_process(dev);
        return rte_eth_dev_release_port(dev);
    }
    const std::uint16_t port_id = dev->data->port_id;
    if (dev->data->dev_started != 0)
        if (int rc = rte_eth_dev_stop(port_id); rc != 0) return rc;
    return rte_eth_dev_close(port_id);
}

rte_bifurc_driver driver = [] {
    rte_bifurc_driver driver{};
    driver.id_table = bifurc_net_ids;
    driver.probe = probe;
    driver.remove = remove;
    return driver;
}();

}  // namespace
}  // namespace bifurc::net

RTE_PMD_REGISTER_BIFURC(net_bifurc, bifurc::net::driver);
RTE_PMD_BIFURC_PCI_TABLE(net_bifurc, bifurc_net_ids);
RTE_PMD_BIFURC_KMOD_DEP(net_bifurc, "ixgbe | igb");
