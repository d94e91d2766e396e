// SPDX-License-Identifier: BSD-3-Clause
#include "queue_control.h"

#include <rte_cycles.h>
#include <rte_errno.h>

#include "chip.h"
#include "hw/reg.h"
#include "log.h"
#include "port.h"
#include "ring_control.h"
#include "rx_burst.h"
#include "tx_burst.h"

namespace bifurc::net {

void SleepingClock::delay_us(unsigned us) noexcept { rte_delay_us_sleep(us); }

namespace {

RxQueue& rx_of(rte_eth_dev* dev, unsigned q) { return *static_cast<RxQueue*>(dev->data->rx_queues[q]); }
TxQueue& tx_of(rte_eth_dev* dev, unsigned q) { return *static_cast<TxQueue*>(dev->data->tx_queues[q]); }

void set_rx_state(rte_eth_dev* dev, unsigned q, bool started) {
    dev->data->rx_queue_state[q] = started ? RTE_ETH_QUEUE_STATE_STARTED : RTE_ETH_QUEUE_STATE_STOPPED;
}
void set_tx_state(rte_eth_dev* dev, unsigned q, bool started) {
    dev->data->tx_queue_state[q] = started ? RTE_ETH_QUEUE_STATE_STARTED : RTE_ETH_QUEUE_STATE_STOPPED;
}

int refuse_dead(const rte_eth_dev* dev) {
    rte_log(RTE_LOG_ERR, bifurc_net_driver_log,
            "%s: its queues were reset or taken away; stop and start the port to set them up again\n", iface_of(dev));
    return port_of(dev).gone ? -ENODEV : -ENETRESET;
}

int report_timeout(const rte_eth_dev* dev, const char* direction, unsigned q, const char* what) {
    rte_log(RTE_LOG_ERR, bifurc_net_driver_log, "%s: %s queue %u did not %s in time; the device does not answer\n",
            iface_of(dev), direction, q, what);
    return -ETIMEDOUT;
}

// Until the NIC has no transfer under way for disabled queues of these pairs. What was reset or has gone is idle.
int quiesce(rte_eth_dev* dev, unsigned first_queue, unsigned pairs) {
    if (!is_live(dev)) return 0;
    rte_bifurc_error error{};
    const int rc = rte_bifurc_sync(process_of(dev).nic, port_of(dev).first + first_queue, pairs, &error);
    if (rc == 0 || rc == -ENETRESET || rc == -ENODEV) return 0;
    rte_log(RTE_LOG_ERR, bifurc_net_driver_log, "queues are not at rest, their mbufs are kept: %s\n", error.text);
    return rc;
}

// Every slot from the pool: the first descriptor is the NIC's next one.
int fill(const rte_eth_dev* dev, RxQueue& queue) {
    LocalNic nic{queue.port_id, queue.port_queue};
    refresh(queue.stretch, nic);
    queue.next = 0;
    queue.refill = 0;
    queue.held = queue.size;
    queue.filled = true;
    if (arm_slots(queue, nic, queue.size) == queue.size) return 0;
    const bool short_pool = queue.held == queue.size;
    empty(queue);
    rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: Rx queue %u needs %u mbufs to start and pool %s %s\n", iface_of(dev),
            queue.port_queue, queue.size, queue.pool->name,
            short_pool ? "has fewer; make it larger or the ring smaller" : "lies in memory that is not mapped for DMA");
    return short_pool ? -ENOMEM : -EFAULT;
}

int switch_rx_on(rte_eth_dev* dev, RxQueue& queue) {
    const Port& port = port_of(dev);
    if (int rc = fill(dev, queue); rc != 0) return rc;
    rte_io_wmb();
    hw::MmioBar bar{process_of(dev).window};
    SleepingClock clock;
    return with_chip(port.info.chip, [&]<class Chip>(Chip) {
        const RingPlace ring{queue.ring_bus, static_cast<std::uint32_t>(queue.size * sizeof(hw::RxDesc))};
        const RxSettings settings{static_cast<std::uint16_t>(queue.buffer_bytes / 1024), queue.thresholds,
                                  queue.vlan_flags != 0, queue.lro_bytes};
        return enable_rx<Chip>(bar, queue.hw_queue, ring, settings, static_cast<std::uint16_t>(queue.size - 1), clock);
    });
}

int switch_tx_on(rte_eth_dev* dev, TxQueue& queue) {
    open_ring(queue);
    rte_io_wmb();
    hw::MmioBar bar{process_of(dev).window};
    SleepingClock clock;
    return with_chip(port_of(dev).info.chip, [&]<class Chip>(Chip) {
        const RingPlace ring{queue.ring_bus, static_cast<std::uint32_t>(queue.size * sizeof(hw::TxDesc))};
        return enable_tx<Chip>(bar, queue.hw_queue, ring, queue.thresholds, clock);
    });
}

// Off, but possibly not at rest: quiesce before touching its mbufs.
int switch_rx_off(rte_eth_dev* dev, RxQueue& queue) {
    if (!queue.filled || !is_live(dev)) return 0;
    hw::MmioBar bar{process_of(dev).window};
    SleepingClock clock;
    return with_chip(port_of(dev).info.chip,
                     [&]<class Chip>(Chip) { return disable_rx<Chip>(bar, queue.hw_queue, clock); });
}

int switch_tx_off(rte_eth_dev* dev, TxQueue& queue) {
    if (!queue.started || !is_live(dev)) return 0;
    hw::MmioBar bar{process_of(dev).window};
    SleepingClock clock;
    return with_chip(port_of(dev).info.chip,
                     [&]<class Chip>(Chip) { return disable_tx<Chip>(bar, queue.hw_queue, clock); });
}

}  // namespace

int rx_queue_start(rte_eth_dev* dev, std::uint16_t q) {
    RxQueue& queue = rx_of(dev, q);
    if (queue.filled) return 0;
    if (!is_live(dev)) return refuse_dead(dev);
    if (int rc = switch_rx_on(dev, queue); rc != 0) {
        if (rc == -ETIMEDOUT) report_timeout(dev, "Rx", q, "start");
        static_cast<void>(rx_queue_stop(dev, q));
        return rc;
    }
    set_rx_state(dev, q, true);
    return 0;
}

int rx_queue_stop(rte_eth_dev* dev, std::uint16_t q) {
    RxQueue& queue = rx_of(dev, q);
    if (!queue.filled) return 0;
    if (switch_rx_off(dev, queue) != 0) return report_timeout(dev, "Rx", q, "stop");
    if (int rc = quiesce(dev, q, 1); rc != 0) return rc;
    empty(queue);
    set_rx_state(dev, q, false);
    return 0;
}

int tx_queue_start(rte_eth_dev* dev, std::uint16_t q) {
    TxQueue& queue = tx_of(dev, q);
    if (queue.started) return 0;
    if (!is_live(dev)) return refuse_dead(dev);
    if (switch_tx_on(dev, queue) != 0) {
        report_timeout(dev, "Tx", q, "start");
        static_cast<void>(tx_queue_stop(dev, q));
        return -ETIMEDOUT;
    }
    set_tx_state(dev, q, true);
    return 0;
}

int tx_queue_stop(rte_eth_dev* dev, std::uint16_t q) {
    TxQueue& queue = tx_of(dev, q);
    if (!queue.started) return 0;
    if (switch_tx_off(dev, queue) != 0) return report_timeout(dev, "Tx", q, "stop");
    if (int rc = quiesce(dev, q, 1); rc != 0) return rc;
    empty(queue);
    set_tx_state(dev, q, false);
    return 0;
}

// The frames that the NIC has completed before keep what it said of them: they are described by the new setting, which
// tells wrongly of those few whether their tag was taken out. Who cannot bear that stops the queue first.
void vlan_strip_queue_set(rte_eth_dev* dev, std::uint16_t q, int on) {
    if (dev->data->rx_queues[q] == nullptr) return;  // ethdev asks for no answer; whoever sets it up says what it does
    RxQueue& queue = rx_of(dev, q);
    with_chip(port_of(dev).info.chip, [&]<class Chip>(Chip) {
        if constexpr (Chip::kQueueStripsVlan) {
            set_vlan_strip(queue, on != 0);
            if (!queue.filled || !is_live(dev)) return;
            hw::MmioBar bar{process_of(dev).window};
            using RXDCTL = typename Chip::RXDCTL;
            bar.write<RXDCTL>(queue.hw_queue,
                              Chip::rxdctl(bar.read<RXDCTL>(queue.hw_queue), queue.thresholds, on != 0));
        }
    });
}

int vlan_offload_set(rte_eth_dev* dev, int mask) {
    if ((mask & RTE_ETH_VLAN_STRIP_MASK) == 0) return 0;
    const bool own = with_chip(port_of(dev).info.chip, []<class Chip>(Chip) { return bool{Chip::kQueueStripsVlan}; });
    if (!own) return -ENOTSUP;
    const bool on = (dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
    for (std::uint16_t q = 0; q < dev->data->nb_rx_queues; ++q) vlan_strip_queue_set(dev, q, on);
    return 0;
}

int start_queues(rte_eth_dev* dev) {
    int rc = 0;
    for (std::uint16_t q = 0; q < dev->data->nb_tx_queues && rc == 0; ++q)
        if (!tx_of(dev, q).deferred_start) rc = tx_queue_start(dev, q);
    for (std::uint16_t q = 0; q < dev->data->nb_rx_queues && rc == 0; ++q)
        if (!rx_of(dev, q).deferred_start) rc = rx_queue_start(dev, q);
    if (rc != 0) static_cast<void>(stop_queues(dev));
    return rc;
}

int stop_queues(rte_eth_dev* dev) {
    rte_eth_dev_data& data = *dev->data;
    int rc = 0;
    for (std::uint16_t q = 0; q < data.nb_tx_queues; ++q)
        if (data.tx_queues[q] != nullptr && switch_tx_off(dev, tx_of(dev, q)) != 0)
            rc = report_timeout(dev, "Tx", q, "stop");
    for (std::uint16_t q = 0; q < data.nb_rx_queues; ++q)
        if (data.rx_queues[q] != nullptr && switch_rx_off(dev, rx_of(dev, q)) != 0)
            rc = report_timeout(dev, "Rx", q, "stop");
    // One wait for all of them.
    if (rc == 0) rc = quiesce(dev, 0, port_of(dev).pairs);
    if (rc != 0) return rc;
    for (std::uint16_t q = 0; q < data.nb_tx_queues; ++q) {
        if (data.tx_queues[q] != nullptr) empty(tx_of(dev, q));
        set_tx_state(dev, q, false);
    }
    for (std::uint16_t q = 0; q < data.nb_rx_queues; ++q) {
        if (data.rx_queues[q] != nullptr) empty(rx_of(dev, q));
        set_rx_state(dev, q, false);
    }
    return 0;
}

}  // namespace bifurc::net
