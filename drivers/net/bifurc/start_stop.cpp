// SPDX-License-Identifier: BSD-3-Clause
#include "start_stop.h"

#include <linux/sockios.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "bursts.h"
#include "chip.h"
#include "ethtool.h"
#include "flow.h"
#include "link.h"
#include "log.h"
#include "port.h"
#include "queue_control.h"
#include "rx_interrupts.h"

namespace bifurc::net {
namespace {

int refuse(const rte_eth_dev* dev, const char* why) {
    rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: %s\n", iface_of(dev), why);
    return -ENOTSUP;
}

int report(int rc, const rte_bifurc_error& error) {
    if (rc != 0) rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s\n", error.text);
    return rc;
}

int refresh_info(rte_eth_dev* dev) {
    rte_bifurc_error error{};
    return report(rte_bifurc_info(process_of(dev).nic, &port_of(dev).info, &error), error);
}

// Whoever else has pairs of this netdev would lose them for a moment by a change of its MTU.
bool is_shared(const Port& port) {
    return port.info.pairs_total - port.info.pairs_kernel > port.info.pairs_free + port.pairs;
}

// The netdev's MTU is its administrator's, who may change it at any time. It is raised once for each wish that is
// larger than what everybody has anyway: ethdev fills that in where the application names none, and applications pass
// it on.
int raise_netdev_mtu(rte_eth_dev* dev, std::uint16_t mtu) {
    Port& port = port_of(dev);
    if (int rc = refresh_info(dev); rc != 0) return rc;
    if (mtu <= RTE_ETHER_MTU || mtu <= port.info.mtu || mtu == port.mtu_wish || is_shared(port)) return 0;
    ifreq request{};
    request.ifr_mtu = mtu;
    if (const int rc = ask_netdev(dev, SIOCSIFMTU, request); rc != 0) {
        rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: the kernel refuses an MTU of %u: %s\n", iface_of(dev), mtu,
                std::strerror(-rc));
        return rc;
    }
    port.mtu_wish = mtu;
    port.info.mtu = mtu;
    return 0;
}

// Once for each MTU of the application's.
void tell_of_another_mtu(rte_eth_dev* dev) {
    Port& port = port_of(dev);
    const std::uint16_t mtu = dev->data->mtu;
    if (port.info.mtu == mtu || port.mtu_told == mtu) return;
    port.mtu_told = mtu;
    rte_log(RTE_LOG_WARNING, bifurc_net_init_log,
            "%s: the netdev's MTU is %u, the application's %u: frames beyond the smaller one do not come in; "
            "`ip link set %s mtu %u` changes the netdev's, for the kernel too\n",
            iface_of(dev), port.info.mtu, mtu, iface_of(dev), mtu);
}

// An application may leave queues out, or go on after a refusal; the bursts may not find them missing.
int check_queues(const rte_eth_dev* dev) {
    const auto missing = [&](void* const* queues, unsigned count, const char* what) {
        for (unsigned q = 0; q < count; ++q) {
            if (queues[q] != nullptr) continue;
            rte_log(RTE_LOG_ERR, bifurc_net_init_log,
                    "%s: %s queue %u was not set up, or its set-up was refused; set it up before the port starts\n",
                    iface_of(dev), what, q);
            return true;
        }
        return false;
    };
    return missing(dev->data->rx_queues, dev->data->nb_rx_queues, "Rx") ||
                   missing(dev->data->tx_queues, dev->data->nb_tx_queues, "Tx")
               ? -EINVAL
               : 0;
}

// After a reset the queues are ours again only through a new mapping. The window stays where it is.
int remap(rte_eth_dev* dev) {
    if (is_live(dev)) return 0;
    Process& process = process_of(dev);
    rte_bifurc_error error{};
    if (int rc = rte_bifurc_map(process.nic, &process.window, &error); rc != 0) return report(rc, error);
    process.status = rte_bifurc_status_page(process.nic);
    port_of(dev).generation = process.status->generation;
    if (is_live(dev)) return 0;
    rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: the port was reset again while its queues were mapped; try again\n",
            iface_of(dev));
    return -EAGAIN;
}

// Which queues these are is the owner's choice, unless somebody asked for them by number.
void tell_of_queues(const rte_eth_dev* dev) {
    const Port& port = port_of(dev);
    with_chip(port.info.chip, [&]<class Chip>(Chip) {
        char command[128];
        std::snprintf(command, sizeof(command), Chip::kSteering, iface_of(dev), port.first);
        rte_log(RTE_LOG_NOTICE, bifurc_net_init_log,
                "%s: the port has queues %u to %u; `%s` leads frames to the first\n", iface_of(dev), port.first,
                port.first + port.pairs - 1, command);
    });
}

int start_once(rte_eth_dev* dev) {
    if (int rc = remap(dev); rc != 0) return rc;
    // From here on a reset silences the bursts again, whenever it comes.
    choose_bursts(dev);
    port_of(dev).running = true;
    int rc = start_queues(dev);
    if (rc == 0) {
        rc = open_rx_interrupts(dev);
        if (rc != 0) static_cast<void>(stop_queues(dev));
    }
    if (rc != 0) {
        silence_bursts(dev);
        port_of(dev).running = false;
    } else {
        restore_flows(dev);
    }
    return rc;
}

}  // namespace

int dev_configure(rte_eth_dev* dev) {
    const rte_eth_conf& conf = dev->data->dev_conf;
    constexpr unsigned kNotOurs = RTE_ETH_MQ_RX_DCB_FLAG | RTE_ETH_MQ_RX_VMDQ_FLAG;
    if ((conf.rxmode.mq_mode & kNotOurs) != 0 || conf.txmode.mq_mode != RTE_ETH_MQ_TX_NONE)
        return refuse(dev, "DCB and VMDq are the kernel's to configure");
    if (conf.link_speeds != RTE_ETH_LINK_SPEED_AUTONEG)
        return refuse(dev, "the link's speed is the kernel's to set: use ethtool -s");
    if (conf.lpbk_mode != 0) return refuse(dev, "there is no loopback mode on borrowed queues");
    return 0;
}

int dev_start(rte_eth_dev* dev) {
    if (port_of(dev).gone) {
        rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: the netdev or its driver is gone; close the port\n",
                iface_of(dev));
        return -ENODEV;
    }
    if (int rc = check_queues(dev); rc != 0) return rc;
    if (int rc = raise_netdev_mtu(dev, dev->data->mtu); rc != 0) return rc;
    tell_of_another_mtu(dev);
    // The port may be reset again meanwhile, and again.
    constexpr int kTries = 4;
    int rc = -EAGAIN;
    for (int i = 0; i < kTries && rc == -EAGAIN; ++i) {
        rc = start_once(dev);
        if (rc == -ENETRESET) rc = -EAGAIN;
    }
    if (rc == 0) tell_of_queues(dev);
    static_cast<void>(link_update(dev, 0));
    return rc;
}

int dev_stop(rte_eth_dev* dev) {
    silence_bursts(dev);
    close_rx_interrupts(dev);
    const int rc = stop_queues(dev);
    port_of(dev).running = rc != 0;
    return rc;
}

int dev_reset(rte_eth_dev* dev) {
    if (port_of(dev).gone) return -ENODEV;
    return remap(dev);
}

int mtu_set(rte_eth_dev* dev, std::uint16_t mtu) {
    if (dev->data->dev_started) {
        rte_log(RTE_LOG_ERR, bifurc_net_driver_log,
                "%s: the MTU changes buffers and may reset the queues; stop the port first\n", iface_of(dev));
        return -EBUSY;
    }
    return raise_netdev_mtu(dev, mtu);
}

}  // namespace bifurc::net
