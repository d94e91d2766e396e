// SPDX-License-Identifier: BSD-3-Clause
#include "events.h"

#include <poll.h>
#include <rte_interrupts.h>

#include <cerrno>

#include "bursts.h"
#include "link.h"
#include "log.h"
#include "port.h"
#include "rx_interrupts.h"
#include "wait.h"

namespace bifurc::net {
namespace {

constexpr std::uint32_t kUnwatchTimeoutUs = 1'000'000;
constexpr std::uint32_t kUnwatchIntervalUs = 1'000;

void on_event(void* opaque);

rte_intr_handle* handle_of(const rte_eth_dev* dev) { return dev->intr_handle; }

bool hung_up(const rte_eth_dev* dev) {
    pollfd poller{rte_bifurc_fd(process_of(dev).nic), POLLIN, 0};
    return poll(&poller, 1, 0) == 1 && (poller.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void on_link(rte_eth_dev* dev) {
    if (link_update(dev, 0) == 0 && dev->data->dev_conf.intr_conf.lsc != 0)
        rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, nullptr);
}

// The kernel took our queues through a reset. A stopped port finds out by itself when it starts.
void on_reset(rte_eth_dev* dev) {
    if (!port_of(dev).running || is_live(dev)) return;
    port_of(dev).running = false;  // further resets are no news until the port starts again
    silence_bursts(dev);
    wake_sleepers(dev);
    rte_log(RTE_LOG_NOTICE, bifurc_net_driver_log,
            "%s: the kernel reset the port and its queues; stop and start the port (or reset it) to go on\n",
            iface_of(dev));
    rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, nullptr);
}

// Last of all: the application may close the port in its callback.
void on_gone(rte_eth_dev* dev) {
    Process& process = process_of(dev);
    port_of(dev).gone = true;
    silence_bursts(dev);
    wake_sleepers(dev);
    // The socket would report this for ever.
    rte_intr_callback_unregister_pending(handle_of(dev), on_event, dev, nullptr);
    process.watching = false;
    rte_log(RTE_LOG_NOTICE, bifurc_net_driver_log, "%s: the netdev or its driver is gone; close the port\n",
            iface_of(dev));
    on_link(dev);
    rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RMV, nullptr);
}

void on_event(void* opaque) {
    auto* dev = static_cast<rte_eth_dev*>(opaque);
    if (dev->state == RTE_ETH_DEV_UNUSED || port_of(dev).gone) return;
    Process& process = process_of(dev);
    std::uint32_t events = 0;
    rte_bifurc_error error{};
    const int rc = rte_bifurc_events(process.nic, &events, &error);
    const bool gone = (events & BIFURC_EVENT_GONE) != 0 || rc == -ENODEV || hung_up(dev);
    if (gone) return on_gone(dev);
    if (rc != 0 && !process.events_failed) {
        process.events_failed = true;
        rte_log(RTE_LOG_ERR, bifurc_net_driver_log, "its events cannot be read: %s\n", error.text);
    }
    if ((events & BIFURC_EVENT_LINK) != 0) on_link(dev);
    if ((events & BIFURC_EVENT_RESET) != 0) on_reset(dev);
}

}  // namespace

int watch_events(rte_eth_dev* dev) {
    const int rc = rte_intr_callback_register(handle_of(dev), on_event, dev);
    process_of(dev).watching = rc == 0;
    return rc;
}

void unwatch_events(rte_eth_dev* dev) {
    Process& process = process_of(dev);
    if (!process.watching) return;
    process.watching = false;
    SleepingClock clock;
    // -EAGAIN while the callback runs. It may be the caller itself (a port closed inside its event): then EAL removes
    // it when it returns.
    const bool done = wait_for(clock, kUnwatchTimeoutUs, kUnwatchIntervalUs,
                               [&] { return rte_intr_callback_unregister(handle_of(dev), on_event, dev) != -EAGAIN; });
    if (!done) rte_intr_callback_unregister_pending(handle_of(dev), on_event, dev, nullptr);
}

int is_removed(rte_eth_dev* dev) { return port_of(dev).gone || hung_up(dev) ? 1 : 0; }

}  // namespace bifurc::net
