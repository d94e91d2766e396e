// SPDX-License-Identifier: GPL-2.0
/* Who holds which pair: split, give-back, reset. All under port->lock. */
#include <linux/rtnetlink.h>

#include "core.h"

static void bifurc_limits(struct bifurc_port *port, struct bifurc_limits *limits)
{
	port->ops->limits(port->netdev, limits);
	limits->pairs_total = min_t(u32, limits->pairs_total, BIFURC_PAIRS_MAX);
}

static bool bifurc_pair_busy(struct bifurc_port *port, u32 pair)
{
	return test_bit(pair, port->taken) || test_bit(pair, port->ending);
}

u32 bifurc_pairs_free(struct bifurc_port *port)
{
	struct bifurc_limits limits;
	u32 free = 0;
	u32 pair;

	bifurc_limits(port, &limits);
	for (pair = limits.pairs_kernel; pair < limits.pairs_total; pair++)
		free += !bifurc_pair_busy(port, pair);
	return free;
}

/* Does anybody else's queue have registers in the pages of these pairs? */
u32 bifurc_page_protection(struct bifurc_port *port, u32 first, u32 pairs)
{
	u32 mine[BIFURC_BAR_PAGES_MAX];
	struct bifurc_limits limits;
	u32 count, pair, i;

	bifurc_limits(port, &limits);
	count = bifurc_split_pages(port, first, pairs, mine);
	for (pair = 0; pair < limits.pairs_total; pair++) {
		u32 rx, tx;

		if (pair >= first && pair < first + pairs)
			continue;
		port->ops->pages(port->netdev, pair, &rx, &tx);
		for (i = 0; i < count; i++) {
			if (mine[i] == rx || mine[i] == tx)
				return BIFURC_PAGES_SHARED;
		}
	}
	return BIFURC_PAGES_EXCLUSIVE;
}

static bool bifurc_range_free(struct bifurc_port *port, u32 first, u32 pairs)
{
	u32 pair;

	for (pair = first; pair < first + pairs; pair++) {
		if (bifurc_pair_busy(port, pair))
			return false;
	}
	return true;
}

/* The lowest fit. The caller has seen that pairs is not 0. */
static int bifurc_split_place(struct bifurc_port *port, u32 *first, u32 pairs)
{
	struct bifurc_limits limits;
	u32 at;

	bifurc_limits(port, &limits);
	if (*first != BIFURC_FIRST_ANY) {
		if (pairs > limits.pairs_total ||
		    *first > limits.pairs_total - pairs)
			return -EINVAL;
		if (*first < limits.pairs_kernel ||
		    !bifurc_range_free(port, *first, pairs))
			return -EBUSY;
		return 0;
	}
	if (pairs > limits.pairs_total)
		return -ENOSPC;
	for (at = limits.pairs_kernel; at + pairs <= limits.pairs_total; at++) {
		if (bifurc_range_free(port, at, pairs)) {
			*first = at;
			return 0;
		}
	}
	return -ENOSPC;
}

/* On success `lease` is the socket's. RTNL is held, too. */
int bifurc_split_take(struct bifurc_sock *bsock, u32 first, u32 pairs,
		      bool strict, struct bifurc_lease *lease)
{
	struct bifurc_port *port = bsock->port;
	int err;

	if (!port->up)
		return -ENETDOWN;
	if (port->excluded)
		return -EBUSY;
	if (bsock->pairs)
		return -EALREADY;
	err = bifurc_split_place(port, &first, pairs);
	if (err)
		return err;
	if (strict && (bifurc_dma_protection(port) != BIFURC_DMA_IOMMU ||
		       bifurc_page_protection(port, first, pairs) !=
			       BIFURC_PAGES_EXCLUSIVE))
		return -EACCES;

	bitmap_set(port->taken, first, pairs);
	bifurc_lease_begin(lease, port, first, pairs);
	bsock->lease = lease;
	bsock->first = first;
	bsock->pairs = pairs;
	memset(bsock->rx_missed, 0, sizeof(bsock->rx_missed));
	port->ops->acquire(port->netdev, first, pairs);
	bifurc_map_grant(bsock);
	bifurc_status_state(bsock, port->generation, BIFURC_STATE_LIVE);
	return 0;
}

/* Whether they stopped is in `unstopped`. The device is up. */
static void bifurc_split_stop(struct bifurc_port *port,
			      struct bifurc_lease *lease)
{
	int err;

	err = port->ops->quiesce(port->netdev, lease->first, lease->pairs);
	lease->unstopped = err;
	/* A device that does not answer is not asked for anything more. */
	if (err != -ETIMEDOUT)
		return;
	netdev_err(port->netdev, "queue pairs %u..%u do not stop; resetting the device\n",
		   lease->first, lease->first + lease->pairs - 1);
	port->ops->request_reset(port->netdev);
}

/*
 * Registers are taken from user space before the queues are stopped: a
 * program that still runs could start them again otherwise. Memory is let go
 * only when the queues were seen idle; if they do not stop, it stays pinned,
 * and the pairs taken, until the device has been reset.
 *
 * Answers what is left to do without any lock: bifurc_lease_end(). NULL:
 * nothing, or it is done after the reset.
 */
struct bifurc_lease *bifurc_split_give_back(struct bifurc_sock *bsock)
{
	struct bifurc_lease *lease = bsock->lease;
	struct bifurc_port *port = bsock->port;
	u32 first = bsock->first;
	u32 pairs = bsock->pairs;

	if (!lease)
		return NULL;
	bifurc_irq_detach_all(bsock);
	port->ops->drop_rules(port->netdev, first, pairs, port->up);
	bifurc_map_revoke(bsock);
	bitmap_set(port->ending, first, pairs);
	bitmap_clear(port->taken, first, pairs);
	bsock->lease = NULL;
	bsock->pairs = 0;
	bifurc_status_state(bsock, port->generation, BIFURC_STATE_QUIESCED);

	if (port->up)
		bifurc_split_stop(port, lease);
	if (!lease->unstopped)
		return lease;
	list_add_tail(&lease->node, &port->stuck);
	return NULL;
}

/*
 * The netdev has gone from this socket; only close is left. RTNL is held, or
 * the netdev detached.
 */
void bifurc_sock_gone(struct bifurc_sock *bsock)
{
	if (bsock->gone)
		return;
	bifurc_lease_end_later(bifurc_split_give_back(bsock));
	WRITE_ONCE(bsock->gone, true);
	bifurc_status_state(bsock, bsock->port->generation, BIFURC_STATE_GONE);
	bifurc_raise(bsock, BIFURC_EVENT_GONE);
}

void bifurc_split_begin_reset(struct bifurc_port *port)
{
	struct bifurc_sock *bsock;

	port->generation++;
	list_for_each_entry(bsock, &port->socks, node) {
		if (!bsock->pairs)
			continue;
		bifurc_status_state(bsock, port->generation,
				    BIFURC_STATE_QUIESCED);
		bifurc_irq_detach_all(bsock);
		bifurc_map_revoke(bsock);
		/* What does not stop now is stopped by the reset itself. */
		if (port->ops->quiesce(port->netdev, bsock->first,
				       bsock->pairs))
			bsock->lease->unstopped = true;
		bifurc_raise(bsock, BIFURC_EVENT_RESET);
	}
	port->up = false;
}

/*
 * The program learns twice: at begin that its queues are dead, here that it
 * can map them again.
 */
void bifurc_split_end_reset(struct bifurc_port *port)
{
	struct bifurc_limits limits;
	struct bifurc_sock *bsock;

	port->up = true;
	bifurc_lease_end_stuck(port);
	bifurc_limits(port, &limits);
	list_for_each_entry(bsock, &port->socks, node) {
		if (!bsock->pairs)
			continue;
		bsock->lease->unstopped = false;
		if (bsock->first < limits.pairs_kernel ||
		    bsock->first + bsock->pairs > limits.pairs_total) {
			/* bifurc_conflict() is there to prevent this. */
			netdev_err(port->netdev, "the driver took lent queue pairs for itself\n");
			bifurc_sock_gone(bsock);
			continue;
		}
		port->ops->acquire(port->netdev, bsock->first, bsock->pairs);
		bifurc_raise(bsock, BIFURC_EVENT_RESET);
	}
}
