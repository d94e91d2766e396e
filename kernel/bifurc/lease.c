// SPDX-License-Identifier: GPL-2.0
/*
 * What a split holds, from SPLIT until nothing of it is left. Its end may take
 * as long as the memory is large, so it holds up nobody but its own caller.
 */
#include <linux/slab.h>

#include "core.h"

/* For ends that nobody waits for: of its own, so that the module can wait. */
static struct workqueue_struct *bifurc_ends;

int bifurc_lease_init(void)
{
	bifurc_ends = alloc_workqueue("bifurc", WQ_UNBOUND, 0);
	return bifurc_ends ? 0 : -ENOMEM;
}

void bifurc_lease_exit(void)
{
	destroy_workqueue(bifurc_ends); /* which waits for all that is queued */
}

static void bifurc_lease_work(struct work_struct *work)
{
	bifurc_lease_end(container_of(work, struct bifurc_lease, work));
}

/* kfree() it where it comes to no split. */
struct bifurc_lease *bifurc_lease_create(void)
{
	struct bifurc_lease *lease = kzalloc(sizeof(*lease), GFP_KERNEL_ACCOUNT);

	if (!lease)
		return NULL;
	INIT_LIST_HEAD(&lease->mappings);
	INIT_WORK(&lease->work, bifurc_lease_work);
	return lease;
}

/* port->lock held. */
void bifurc_lease_begin(struct bifurc_lease *lease, struct bifurc_port *port,
			u32 first, u32 pairs)
{
	kref_get(&port->ref);
	lease->port = port;
	lease->first = first;
	lease->pairs = pairs;
	WRITE_ONCE(port->leases, port->leases + 1);
}

/*
 * No lock is held, the queues are idle or the device is, and no socket has
 * this lease any more. First the device loses the memory, then the pairs are
 * free, then the memory is its owner's again.
 */
void bifurc_lease_end(struct bifurc_lease *lease)
{
	struct bifurc_port *port = lease->port;

	/* Who maps memory now will find that the lease has gone, and undo it. */
	wait_event(port->wait, !READ_ONCE(lease->users));
	bifurc_dma_unmap_list(port, &lease->mappings);

	mutex_lock(&port->lock);
	bitmap_clear(port->ending, lease->first, lease->pairs);
	WRITE_ONCE(port->leases, port->leases - 1);
	mutex_unlock(&port->lock);
	wake_up_all(&port->wait);

	bifurc_dma_unpin_list(&lease->mappings);
	kfree(lease);
	bifurc_port_put(port);
}

/* The same, where locks are held: soon, and elsewhere. */
void bifurc_lease_end_later(struct bifurc_lease *lease)
{
	if (lease)
		queue_work(bifurc_ends, &lease->work);
}

/* Until all that was given back before is free. No lock is held. */
void bifurc_lease_flush(void)
{
	flush_workqueue(bifurc_ends);
}

/* The device was reset, so their queues have stopped. port->lock held. */
void bifurc_lease_end_stuck(struct bifurc_port *port)
{
	struct bifurc_lease *lease, *next;

	list_for_each_entry_safe(lease, next, &port->stuck, node) {
		list_del(&lease->node);
		bifurc_lease_end_later(lease);
	}
}

/*
 * The lease that this socket has, for a while: it does not end meanwhile, and
 * its device does not go. So nothing that a program can hold up may happen
 * before bifurc_lease_put().
 */
struct bifurc_lease *bifurc_lease_get(struct bifurc_sock *bsock)
{
	struct bifurc_port *port = bsock->port;
	struct bifurc_lease *lease;

	mutex_lock(&port->lock);
	if (bsock->gone) {
		lease = ERR_PTR(-ENODEV);
	} else if (!bsock->lease) {
		lease = ERR_PTR(-ENOTCONN);
	} else {
		lease = bsock->lease;
		WRITE_ONCE(lease->users, lease->users + 1);
	}
	mutex_unlock(&port->lock);
	return lease;
}

void bifurc_lease_put(struct bifurc_lease *lease)
{
	struct bifurc_port *port = lease->port;

	kref_get(&port->ref); /* with the last user the lease may end */
	mutex_lock(&port->lock);
	WRITE_ONCE(lease->users, lease->users - 1);
	mutex_unlock(&port->lock);
	wake_up_all(&port->wait);
	bifurc_port_put(port);
}
