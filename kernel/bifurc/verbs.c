// SPDX-License-Identifier: GPL-2.0
/* The verbs: socket options in, checked structures, answers out. */
#include <linux/etherdevice.h>
#include <linux/cred.h>
#include <linux/eventfd.h>
#include <linux/panic.h>
#include <linux/rtnetlink.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <linux/uaccess.h>

#include "core.h"

union bifurc_arg {
	u32 size; /* what each begins with */
	struct bifurc_info info;
	struct bifurc_split split;
	struct bifurc_regions regions;
	struct bifurc_dma_map dma_map;
	struct bifurc_dma_unmap dma_unmap;
	struct bifurc_eventfd eventfd;
	struct bifurc_events events;
	struct bifurc_sync sync;
	struct bifurc_stats stats;
	struct bifurc_return give_back;
};

/* Who passes a socket on passes on what its attacher may: that is logged. */
static void bifurc_tell_passed_on(struct bifurc_sock *bsock)
{
	if (bsock->told_passed_on || uid_eq(current_uid(), bsock->rights.uid) ||
	    !net_ratelimit())
		return;
	bsock->told_passed_on = true;
	netdev_notice(bsock->port->netdev, "%s[%d] of user %u uses a bifurc socket that user %u attached\n",
		      current->comm, task_pid_nr(current),
		      from_kuid(&init_user_ns, current_uid()),
		      from_kuid(&init_user_ns, bsock->rights.uid));
}

/* Locks the port for a verb, unless the socket's netdev has gone. */
static int bifurc_verb_lock(struct bifurc_sock *bsock)
{
	mutex_lock(&bsock->port->lock);
	if (!bsock->gone && bsock->port->netdev) {
		bifurc_tell_passed_on(bsock);
		return 0;
	}
	mutex_unlock(&bsock->port->lock);
	return -ENODEV;
}

static void bifurc_verb_unlock(struct bifurc_sock *bsock)
{
	mutex_unlock(&bsock->port->lock);
}

/* A verb on running queues of this socket. port->lock held. */
static int bifurc_check_pairs(struct bifurc_sock *bsock, u32 first, u32 pairs,
			      u32 generation)
{
	if (!bsock->pairs)
		return -ENOTCONN;
	if (!pairs || pairs > bsock->pairs || first < bsock->first ||
	    first - bsock->first > bsock->pairs - pairs)
		return -EINVAL;
	if (generation != bsock->port->generation)
		return -ENETRESET;
	return bsock->port->up ? 0 : -ENETDOWN;
}

static void bifurc_info_device(struct bifurc_port *port,
			       struct bifurc_info *info)
{
	struct net_device *netdev = port->netdev;
	struct pci_dev *pdev = port->pdev;

	info->pci_vendor = pdev->vendor;
	info->pci_device = pdev->device;
	info->pci_subsystem_vendor = pdev->subsystem_vendor;
	info->pci_subsystem_device = pdev->subsystem_device;
	strscpy(info->pci_address, pci_name(pdev), sizeof(info->pci_address));
	strscpy(info->driver, dev_driver_string(&pdev->dev),
		sizeof(info->driver));
	info->numa_node = dev_to_node(&pdev->dev);
	info->bar_len = pci_resource_len(pdev, 0);
	info->ifindex = netdev->ifindex;
	ether_addr_copy(info->mac, netdev->dev_addr);
	info->mtu = netdev->mtu;
	info->mtu_max = netdev->max_mtu;
}

static void bifurc_info_split(struct bifurc_sock *bsock,
			      struct bifurc_info *info)
{
	struct bifurc_port *port = bsock->port;
	struct bifurc_limits limits;

	port->ops->limits(port->netdev, &limits);
	info->chip = limits.chip;
	info->features = limits.features;
	info->ring_min = limits.ring_min;
	info->ring_max = limits.ring_max;
	info->ring_multiple = limits.ring_multiple;
	info->pairs_total = limits.pairs_total;
	info->pairs_kernel = limits.pairs_kernel;
	info->pairs_free = bifurc_pairs_free(port);
	info->first = bsock->pairs ? bsock->first : 0;
	info->pairs = bsock->pairs;
	info->page_protection =
		bifurc_page_protection(port, bsock->pairs ? bsock->first :
				       limits.pairs_kernel,
				       bsock->pairs ? bsock->pairs : 1);
	info->dma_protection = bifurc_dma_protection(port);
	info->generation = port->generation;
}

static int bifurc_verb_info(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	u32 size = arg->size;
	int err;

	memset(arg, 0, sizeof(arg->info));
	arg->info.size = size;
	arg->info.abi_version = BIFURC_ABI_VERSION;

	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	bifurc_info_device(bsock->port, &arg->info);
	bifurc_info_split(bsock, &arg->info);
	bifurc_verb_unlock(bsock);
	return 0;
}

/* What /dev/mem would be: not for everybody, and not in a locked-down kernel. */
static int bifurc_may_be_raw(struct bifurc_sock *bsock)
{
	if (!bsock->rights.raw)
		return -EPERM;
	return security_locked_down(LOCKDOWN_PCI_ACCESS);
}

/* As vfio does without an IOMMU. */
static void bifurc_taint(struct bifurc_port *port)
{
	if (bifurc_dma_protection(port) == BIFURC_DMA_IOMMU)
		return;
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	if (port->told_tainted)
		return;
	port->told_tainted = true;
	netdev_warn(port->netdev, "%s[%d] drives queues that reach all memory, since no IOMMU confines them: kernel tainted\n",
		    current->comm, task_pid_nr(current));
}

/* RTNL: the driver's own queues stay what they are. */
static int bifurc_split_locked(struct bifurc_sock *bsock,
			       struct bifurc_split *split,
			       struct bifurc_lease *lease)
{
	int err;

	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	err = bifurc_split_take(bsock, split->first, split->pairs,
				split->flags & BIFURC_SPLIT_STRICT, lease);
	if (!err) {
		split->first = bsock->first;
		split->generation = bsock->port->generation;
		bifurc_taint(bsock->port);
	}
	bifurc_verb_unlock(bsock);
	return err;
}

static int bifurc_verb_split(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_split *split = &arg->split;
	struct bifurc_lease *lease;
	int err;

	if (split->flags & ~BIFURC_SPLIT_STRICT || split->reserved ||
	    !split->pairs)
		return -EINVAL;
	err = bifurc_may_be_raw(bsock);
	if (err)
		return err;
	lease = bifurc_lease_create();
	if (!lease)
		return -ENOMEM;
	bifurc_lease_flush();

	rtnl_lock();
	err = bifurc_split_locked(bsock, split, lease);
	rtnl_unlock();
	if (err)
		kfree(lease);
	return err;
}

static int bifurc_verb_return(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_lease *lease = NULL;
	int err;

	if (arg->give_back.flags)
		return -EINVAL;

	rtnl_lock();
	err = bifurc_verb_lock(bsock);
	if (err)
		goto unlock_rtnl;
	if (bsock->lease)
		lease = bifurc_split_give_back(bsock);
	else
		err = -ENOTCONN;
	bifurc_verb_unlock(bsock);
unlock_rtnl:
	rtnl_unlock();
	if (lease)
		bifurc_lease_end(lease);
	return err;
}

static void bifurc_undo_split(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	union bifurc_arg give_back = {
		.give_back.size = sizeof(give_back.give_back),
	};

	bifurc_verb_return(bsock, &give_back);
}

static int bifurc_verb_regions(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_port *port = bsock->port;
	u32 size = arg->size;
	int err;

	if (arg->regions.reserved)
		return -EINVAL;
	memset(arg, 0, sizeof(arg->regions));
	arg->regions.size = size;

	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	if (!bsock->pairs) {
		err = -ENOTCONN;
	} else if (!port->up) {
		err = -ENETDOWN;
	} else {
		/* After a reset this is where registers come back. */
		bifurc_map_grant(bsock);
		bifurc_status_state(bsock, port->generation, BIFURC_STATE_LIVE);
		bifurc_map_regions(bsock, &arg->regions);
		arg->regions.generation = port->generation;
	}
	bifurc_verb_unlock(bsock);
	return err;
}

static int bifurc_dma_map_check(const struct bifurc_dma_map *map)
{
	if (map->flags || map->dmabuf_fd < -1)
		return -EINVAL;
	if (!map->len || !PAGE_ALIGNED(map->va) || !PAGE_ALIGNED(map->len) ||
	    map->va + map->len < map->va)
		return -EINVAL;
	if (map->dmabuf_fd != -1)
		return -EOPNOTSUPP;
	/* Before anything as large as the range is allocated. */
	return access_ok(u64_to_user_ptr(map->va), map->len) ? 0 : -EFAULT;
}

static int bifurc_verb_dma_map(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_dma_segment *segments = NULL;
	struct bifurc_dma_map *map = &arg->dma_map;
	int err;

	err = bifurc_dma_map_check(map);
	if (err)
		return err;
	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	err = bsock->pairs ? 0 : -ENOTCONN;
	bifurc_verb_unlock(bsock);
	if (err)
		return err;

	err = bifurc_dma_map(bsock, map, &segments);
	if (err)
		return err;
	if (copy_to_user(u64_to_user_ptr(map->segments), segments,
			 array_size(map->nr_segments, sizeof(*segments)))) {
		bifurc_dma_unmap(bsock, map->id);
		err = -EFAULT;
	}
	kvfree(segments);
	return err;
}

static void bifurc_undo_dma_map(struct bifurc_sock *bsock,
				union bifurc_arg *arg)
{
	bifurc_dma_unmap(bsock, arg->dma_map.id);
}

static int bifurc_verb_dma_unmap(struct bifurc_sock *bsock,
				 union bifurc_arg *arg)
{
	if (arg->dma_unmap.flags)
		return -EINVAL;
	return bifurc_dma_unmap(bsock, arg->dma_unmap.id);
}

/* port->lock held. On success an attached ctx belongs to the pair. */
static int bifurc_eventfd_locked(struct bifurc_sock *bsock,
				 const struct bifurc_eventfd *eventfd,
				 struct eventfd_ctx *ctx)
{
	int err;

	err = bifurc_check_pairs(bsock, eventfd->pair, 1, eventfd->generation);
	if (err)
		return err;
	if (ctx)
		err = bifurc_irq_attach(bsock, eventfd->pair, ctx);
	else if (eventfd->fd == -1)
		bifurc_irq_detach(bsock, eventfd->pair);
	if (!err && eventfd->flags & BIFURC_EVENTFD_ARM)
		err = bifurc_irq_arm(bsock, eventfd->pair);
	return err;
}

static int bifurc_verb_eventfd(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_eventfd *eventfd = &arg->eventfd;
	struct eventfd_ctx *ctx = NULL;
	int err;

	if (eventfd->flags & ~BIFURC_EVENTFD_ARM || eventfd->reserved ||
	    eventfd->fd < BIFURC_EVENTFD_KEEP)
		return -EINVAL;
	if (eventfd->fd == -1 && eventfd->flags & BIFURC_EVENTFD_ARM)
		return -EINVAL;
	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	if (eventfd->fd >= 0)
		ctx = eventfd_ctx_fdget(eventfd->fd);
	if (IS_ERR(ctx)) {
		err = PTR_ERR(ctx);
	} else {
		err = bifurc_eventfd_locked(bsock, eventfd, ctx);
		if (err && ctx)
			eventfd_ctx_put(ctx);
	}
	bifurc_verb_unlock(bsock);
	return err;
}

/* Works on a socket whose netdev has gone, too: it is how that is told. */
static int bifurc_verb_events(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_events *events = &arg->events;

	if (events->reserved)
		return -EINVAL;
	mutex_lock(&bsock->port->lock);
	spin_lock(&bsock->events_lock);
	events->events = bsock->events;
	bsock->events = 0;
	spin_unlock(&bsock->events_lock);
	events->generation = bsock->port->generation;
	mutex_unlock(&bsock->port->lock);
	return 0;
}

static void bifurc_undo_events(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	bifurc_raise(bsock, arg->events.events);
}

static int bifurc_verb_sync(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_port *port = bsock->port;
	struct bifurc_sync *sync = &arg->sync;
	int err;

	if (sync->flags || sync->reserved)
		return -EINVAL;
	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	err = bifurc_check_pairs(bsock, sync->first, sync->pairs,
				 sync->generation);
	if (!err)
		err = port->ops->flush(port->netdev, sync->first, sync->pairs);
	bifurc_verb_unlock(bsock);
	return err;
}

static int bifurc_verb_stats(struct bifurc_sock *bsock, union bifurc_arg *arg)
{
	struct bifurc_port *port = bsock->port;
	struct bifurc_stats *stats = &arg->stats;
	u64 *missed;
	int err;

	if (stats->reserved)
		return -EINVAL;
	err = bifurc_verb_lock(bsock);
	if (err)
		return err;
	stats->valid = 0;
	stats->rx_missed = 0;
	stats->dma_faults = 0;
	err = bifurc_check_pairs(bsock, stats->pair, 1, port->generation);
	if (!err && port->ops->rx_missed) {
		missed = &bsock->rx_missed[stats->pair - bsock->first];
		*missed += port->ops->rx_missed(port->netdev, stats->pair);
		stats->rx_missed = *missed;
		stats->valid = BIFURC_STATS_RX_MISSED;
	}
	bifurc_verb_unlock(bsock);
	return err;
}

struct bifurc_verb {
	int optname;
	bool get;
	size_t size; /* version 1's */
	int (*run)(struct bifurc_sock *bsock, union bifurc_arg *arg);
	/* The answer could not be written: a failed verb changes nothing. */
	void (*undo)(struct bifurc_sock *bsock, union bifurc_arg *arg);
};

static const struct bifurc_verb verbs[] = {
	{ BIFURC_INFO, true, sizeof(struct bifurc_info), bifurc_verb_info },
	{ BIFURC_SPLIT, true, sizeof(struct bifurc_split), bifurc_verb_split,
	  bifurc_undo_split },
	{ BIFURC_REGIONS, true, sizeof(struct bifurc_regions),
	  bifurc_verb_regions },
	{ BIFURC_DMA_MAP, true, sizeof(struct bifurc_dma_map),
	  bifurc_verb_dma_map, bifurc_undo_dma_map },
	{ BIFURC_DMA_UNMAP, false, sizeof(struct bifurc_dma_unmap),
	  bifurc_verb_dma_unmap },
	{ BIFURC_EVENTFD, false, sizeof(struct bifurc_eventfd),
	  bifurc_verb_eventfd },
	{ BIFURC_EVENTS, true, sizeof(struct bifurc_events), bifurc_verb_events,
	  bifurc_undo_events },
	{ BIFURC_SYNC, false, sizeof(struct bifurc_sync), bifurc_verb_sync },
	{ BIFURC_STATS, true, sizeof(struct bifurc_stats), bifurc_verb_stats },
	{ BIFURC_RETURN, false, sizeof(struct bifurc_return),
	  bifurc_verb_return },
};

static const struct bifurc_verb *bifurc_find_verb(int optname, bool get)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (verbs[i].optname == optname && verbs[i].get == get)
			return &verbs[i];
	}
	return NULL;
}

bool bifurc_is_get_verb(int optname)
{
	return bifurc_find_verb(optname, true);
}

bool bifurc_is_set_verb(int optname)
{
	return bifurc_find_verb(optname, false);
}

/* What a newer caller's structure has beyond ours must be zero. */
static int bifurc_check_tail(sockptr_t from, size_t known, size_t size)
{
	u8 tail[64];
	size_t at, len;

	if (size > PAGE_SIZE)
		return -E2BIG;
	for (at = known; at < size; at += len) {
		len = min(size - at, sizeof(tail));
		if (copy_from_sockptr_offset(tail, from, at, len))
			return -EFAULT;
		if (memchr_inv(tail, 0, len))
			return -E2BIG;
	}
	return 0;
}

static int bifurc_copy_in(const struct bifurc_verb *verb,
			  union bifurc_arg *arg, sockptr_t from, size_t len)
{
	u32 size;

	if (len < sizeof(size))
		return -EINVAL;
	if (copy_from_sockptr(&size, from, sizeof(size)))
		return -EFAULT;
	if (size < verb->size || size > len)
		return -EINVAL;
	if (copy_from_sockptr(arg, from, verb->size))
		return -EFAULT;
	arg->size = size; /* another thread may have changed it meanwhile */
	return bifurc_check_tail(from, verb->size, size);
}

int bifurc_set_verb(struct bifurc_sock *bsock, int optname, sockptr_t optval,
		    unsigned int optlen)
{
	const struct bifurc_verb *verb = bifurc_find_verb(optname, false);
	union bifurc_arg arg;
	int err;

	err = bifurc_copy_in(verb, &arg, optval, optlen);
	return err ? err : verb->run(bsock, &arg);
}

int bifurc_get_verb(struct bifurc_sock *bsock, int optname,
		    char __user *optval, int __user *optlen)
{
	const struct bifurc_verb *verb = bifurc_find_verb(optname, true);
	union bifurc_arg arg;
	int err, len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	err = bifurc_copy_in(verb, &arg, USER_SOCKPTR(optval), len);
	if (err)
		return err;
	err = verb->run(bsock, &arg);
	/* nr_segments is answered with ENOSPC, too. */
	if (err && !(err == -ENOSPC && optname == BIFURC_DMA_MAP))
		return err;
	if (copy_to_user(optval, &arg, verb->size) ||
	    put_user((int)arg.size, optlen)) {
		if (!err && verb->undo)
			verb->undo(bsock, &arg);
		return -EFAULT;
	}
	return err;
}
