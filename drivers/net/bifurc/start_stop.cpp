// SPDX-License-Identifier: BSD-3-Clause
#include "start_stop.h"

#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "bursts.h"
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

// The MTU is the netdev's: the kernel sets the NIC's frame limit by it, and may reset the queues to do so.
int set_netdev_mtu(rte_eth_dev* dev, std::uint32_t mtu) {
    ifreq request{};
    std::snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", iface_of(dev));
    request.ifr_mtu = static_cast<int>(mtu);
    if (ioctl(rte_bifurc_fd(process_of(dev).nic), SIOCSIFMTU, &request) == 0) {
        port_of(dev).info.mtu = mtu;
        return 0;
    }
    const int rc = -errno;
    rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: the kernel refuses an MTU of %u: %s\n", iface_of(dev), mtu,
            std::strerror(-rc));
    return rc;
}

// Frames as large as the application asks for must pass; a larger MTU of the netdev is left to its administrator.
int raise_netdev_mtu(rte_eth_dev* dev) {
    Port& port = port_of(dev);
    rte_bifurc_error error{};
    if (int rc = rte_bifurc_info(process_of(dev).nic, &port.info, &error); rc != 0) return report(rc, error);
    return dev->data->mtu > port.info.mtu ? set_netdev_mtu(dev, dev->data->mtu) : 0;
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
    if (int rc = raise_netdev_mtu(dev); rc != 0) return rc;
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
    return set_netdev_mtu(dev, mtu);
}

}  // namespace bifurc::net
