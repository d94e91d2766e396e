// SPDX-License-Identifier: BSD-3-Clause
#include "rx_interrupts.h"

#include <rte_epoll.h>
#include <rte_errno.h>
#include <rte_interrupts.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "log.h"
#include "port.h"

namespace bifurc::net {
namespace {

std::uint32_t pair_of(const rte_eth_dev* dev, unsigned q) { return port_of(dev).first + q; }

int attach(rte_eth_dev* dev, unsigned q, int fd) {
    rte_bifurc_error error{};
    const int rc = rte_bifurc_eventfd(process_of(dev).nic, pair_of(dev, q), fd, false, &error);
    if (rc != 0) rte_log(RTE_LOG_ERR, bifurc_net_init_log, "Rx interrupt of queue %u: %s\n", q, error.text);
    return rc;
}

// EAL closes what is in the handle's list when it is disabled.
int open_one(rte_eth_dev* dev, unsigned q) {
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) {
        const int rc = -errno;
        rte_log(RTE_LOG_ERR, bifurc_net_init_log, "%s: no eventfd for Rx queue %u: %s\n", iface_of(dev), q,
                std::strerror(-rc));
        return rc;
    }
    if (rte_intr_efds_index_set(dev->intr_handle, static_cast<int>(q), fd) != 0) {
        close(fd);
        return -rte_errno;
    }
    // Counted at once, so that a failure further on leaves nothing open.
    if (rte_intr_nb_efd_set(dev->intr_handle, static_cast<int>(q) + 1) != 0 ||
        rte_intr_max_intr_set(dev->intr_handle, static_cast<int>(q) + 1 + RTE_INTR_VEC_RXTX_OFFSET) != 0 ||
        rte_intr_vec_list_index_set(dev->intr_handle, static_cast<int>(q),
                                    static_cast<int>(RTE_INTR_VEC_RXTX_OFFSET + q)) != 0)
        return -rte_errno;
    return attach(dev, q, fd);
}

}  // namespace

int open_rx_interrupts(rte_eth_dev* dev) {
    if (dev->data->dev_conf.intr_conf.rxq == 0) return 0;
    const int queues = dev->data->nb_rx_queues;
    if (rte_intr_vec_list_alloc(dev->intr_handle, "bifurc_vectors", queues) != 0) return -rte_errno;
    int rc = 0;
    for (int q = 0; q < queues && rc == 0; ++q) rc = open_one(dev, static_cast<unsigned>(q));
    if (rc != 0) close_rx_interrupts(dev);
    return rc;
}

void close_rx_interrupts(rte_eth_dev* dev) {
    const int open = rte_intr_nb_efd_get(dev->intr_handle);
    // After a reset the owner has forgotten them.
    for (int q = 0; q < open && is_live(dev); ++q)
        static_cast<void>(
            rte_bifurc_eventfd(process_of(dev).nic, pair_of(dev, static_cast<unsigned>(q)), -1, false, nullptr));
    rte_spinlock_t& lock = process_of(dev).sleepers;
    rte_spinlock_lock(&lock);
    if (open > 0) rte_intr_efd_disable(dev->intr_handle);
    rte_intr_vec_list_free(dev->intr_handle);
    rte_spinlock_unlock(&lock);
}

// One signal per arming. What was signalled before is used up first: a frame that it was for is there to be polled.
int rx_queue_intr_enable(rte_eth_dev* dev, std::uint16_t q) {
    if (q >= rte_intr_nb_efd_get(dev->intr_handle)) return -ENOTSUP;
    std::uint64_t signals = 0;
    static_cast<void>(read(rte_intr_efds_index_get(dev->intr_handle, q), &signals, sizeof(signals)) < 0);
    rte_bifurc_error error{};
    const int rc = rte_bifurc_eventfd(process_of(dev).nic, pair_of(dev, q), BIFURC_EVENTFD_KEEP, true, &error);
    if (rc != 0) rte_log(RTE_LOG_ERR, bifurc_net_driver_log, "Rx interrupt of queue %u: %s\n", q, error.text);
    return rc;
}

// There is nothing to take back: a signal that still comes is used up at the next arming.
int rx_queue_intr_disable(rte_eth_dev* dev, std::uint16_t q) {
    return q < rte_intr_nb_efd_get(dev->intr_handle) ? 0 : -ENOTSUP;
}

void wake_sleepers(rte_eth_dev* dev) {
    constexpr std::uint64_t kOne = 1;
    rte_spinlock_t& lock = process_of(dev).sleepers;
    rte_spinlock_lock(&lock);
    for (int q = 0; q < rte_intr_nb_efd_get(dev->intr_handle); ++q)
        static_cast<void>(write(rte_intr_efds_index_get(dev->intr_handle, q), &kOne, sizeof(kOne)) < 0);
    rte_spinlock_unlock(&lock);
}

}  // namespace bifurc::net
