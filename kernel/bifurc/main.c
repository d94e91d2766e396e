// SPDX-License-Identifier: GPL-2.0
/* The module: registered ports, what drivers call, what the stack tells us. */
#include <linux/capability.h>
#include <linux/dma-mapping.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>

#include "core.h"

static DEFINE_MUTEX(ports_lock);
static LIST_HEAD(ports); /* written under ports_lock, read under RCU */

static struct bifurc_port *bifurc_port_find_rcu(struct net_device *netdev)
{
	struct bifurc_port *port;

	list_for_each_entry_rcu(port, &ports, node) {
		if (READ_ONCE(port->netdev) == netdev)
			return port;
	}
	return NULL;
}

struct bifurc_port *bifurc_port_get(struct net_device *netdev)
{
	struct bifurc_port *port;

	rcu_read_lock();
	port = bifurc_port_find_rcu(netdev);
	if (port && !kref_get_unless_zero(&port->ref))
		port = NULL;
	rcu_read_unlock();
	return port;
}

static void bifurc_port_free(struct kref *ref)
{
	struct bifurc_port *port = container_of(ref, struct bifurc_port, ref);

	mutex_destroy(&port->lock);
	kfree_rcu(port, rcu);
}

void bifurc_port_put(struct bifurc_port *port)
{
	kref_put(&port->ref, bifurc_port_free);
}

/* The port of this netdev with its lock held, or NULL. */
static struct bifurc_port *bifurc_port_lock(struct net_device *netdev)
{
	struct bifurc_port *port = bifurc_port_get(netdev);

	if (port)
		mutex_lock(&port->lock);
	return port;
}

static void bifurc_port_unlock(struct bifurc_port *port)
{
	mutex_unlock(&port->lock);
	bifurc_port_put(port);
}

int bifurc_register(struct net_device *netdev, struct pci_dev *pdev,
		    const struct bifurc_driver_ops *ops)
{
	struct bifurc_port *port;

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	kref_init(&port->ref);
	mutex_init(&port->lock);
	INIT_LIST_HEAD(&port->socks);
	INIT_LIST_HEAD(&port->stuck);
	init_waitqueue_head(&port->wait);
	port->netdev = netdev;
	port->pdev = pdev;
	port->ops = ops;
	port->generation = 1;
	port->dma_segment = max(PAGE_SIZE,
				ALIGN_DOWN(dma_get_max_seg_size(&pdev->dev),
					   PAGE_SIZE));

	/* RTNL: the port can neither open nor close meanwhile. */
	rtnl_lock();
	port->up = netif_running(netdev);
	mutex_lock(&ports_lock);
	list_add_rcu(&port->node, &ports);
	mutex_unlock(&ports_lock);
	rtnl_unlock();
	return 0;
}
EXPORT_SYMBOL_GPL(bifurc_register);

static void bifurc_end_all(struct bifurc_port *port)
{
	struct bifurc_sock *bsock;

	list_for_each_entry(bsock, &port->socks, node)
		bifurc_sock_gone(bsock);
}

void bifurc_unregister(struct net_device *netdev)
{
	struct bifurc_port *port = bifurc_port_get(netdev);

	if (!port)
		return;

	rtnl_lock();
	mutex_lock(&port->lock);
	bifurc_end_all(port);
	port->up = false;
	/*
	 * The driver has closed the port, so the device is reset and idle; one
	 * that was pulled out, or that does not listen any more, may not be.
	 */
	pci_clear_master(port->pdev);
	bifurc_lease_end_stuck(port);
	WRITE_ONCE(port->netdev, NULL);
	mutex_unlock(&port->lock);
	mutex_lock(&ports_lock);
	list_del_rcu(&port->node);
	mutex_unlock(&ports_lock);
	rtnl_unlock();

	/* What the device could reach is unmapped before it may go. */
	wait_event(port->wait, !READ_ONCE(port->leases));

	bifurc_port_put(port); /* the lookup's */
	bifurc_port_put(port); /* the list's */
}
EXPORT_SYMBOL_GPL(bifurc_unregister);

void bifurc_reset_begin(struct net_device *netdev)
{
	struct bifurc_port *port = bifurc_port_lock(netdev);

	if (!port)
		return;
	if (port->up)
		bifurc_split_begin_reset(port);
	bifurc_port_unlock(port);
}
EXPORT_SYMBOL_GPL(bifurc_reset_begin);

void bifurc_reset_end(struct net_device *netdev)
{
	struct bifurc_port *port = bifurc_port_lock(netdev);

	if (!port)
		return;
	if (!port->up)
		bifurc_split_end_reset(port);
	bifurc_port_unlock(port);
}
EXPORT_SYMBOL_GPL(bifurc_reset_end);

bool bifurc_owns(struct net_device *netdev, unsigned int queue)
{
	struct bifurc_port *port;
	bool owns;

	rcu_read_lock();
	port = bifurc_port_find_rcu(netdev);
	owns = port && queue < BIFURC_PAIRS_MAX && test_bit(queue, port->taken);
	rcu_read_unlock();
	return owns;
}
EXPORT_SYMBOL_GPL(bifurc_owns);

unsigned int bifurc_queue_end(struct net_device *netdev)
{
	struct bifurc_port *port;
	unsigned int end = 0;

	rcu_read_lock();
	port = bifurc_port_find_rcu(netdev);
	if (port) {
		end = find_last_bit(port->taken, BIFURC_PAIRS_MAX);
		end = end < BIFURC_PAIRS_MAX ? end + 1 : 0;
	}
	rcu_read_unlock();
	return end;
}
EXPORT_SYMBOL_GPL(bifurc_queue_end);

/* Is one of the driver's queues 0 .. count-1 lent out? port->lock held. */
static int bifurc_refuse(struct bifurc_port *port, unsigned int count,
			 const char *what)
{
	unsigned int lowest = find_first_bit(port->taken, BIFURC_PAIRS_MAX);

	if (lowest == BIFURC_PAIRS_MAX || lowest >= count)
		return 0;
	netdev_err(port->netdev, "%s refused: queue pair %u is lent to a program; end that program first\n",
		   what, lowest);
	return -EBUSY;
}

int bifurc_conflict(struct net_device *netdev, unsigned int count,
		    const char *what)
{
	struct bifurc_port *port = bifurc_port_lock(netdev);
	int err;

	if (!port)
		return 0;
	err = bifurc_refuse(port, count, what);
	bifurc_port_unlock(port);
	return err;
}
EXPORT_SYMBOL_GPL(bifurc_conflict);

int bifurc_exclude(struct net_device *netdev, const char *what)
{
	struct bifurc_port *port = bifurc_port_lock(netdev);
	int err;

	if (!port)
		return 0;
	err = bifurc_refuse(port, UINT_MAX, what);
	if (!err)
		port->excluded++;
	bifurc_port_unlock(port);
	return err;
}
EXPORT_SYMBOL_GPL(bifurc_exclude);

void bifurc_include(struct net_device *netdev)
{
	struct bifurc_port *port = bifurc_port_lock(netdev);

	if (!port)
		return;
	port->excluded--;
	bifurc_port_unlock(port);
}
EXPORT_SYMBOL_GPL(bifurc_include);

bool bifurc_rss_default(const u32 *indir, unsigned int entries,
			unsigned int rings)
{
	unsigned int i;

	for (i = 0; i < entries; i++) {
		if (indir[i] != ethtool_rxfh_indir_default(i, rings))
			return false;
	}
	return true;
}
EXPORT_SYMBOL_GPL(bifurc_rss_default);

/*
 * Attaching needs what changes to the netdev need. Whoever drives raw rings is
 * as powerful as the kernel, IOMMU or not, since all queues of the device share
 * one domain with the kernel's own buffers: no namespace's root is enough.
 */
static int bifurc_find_rights(struct bifurc_port *port,
			      struct bifurc_rights *rights)
{
	if (!ns_capable(dev_net(port->netdev)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	rights->uid = current_uid();
	/* Who lacks these has done nothing wrong yet: SPLIT asks for them. */
	rights->raw = ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN) &&
		      ns_capable_noaudit(&init_user_ns, CAP_SYS_RAWIO);
	return 0;
}

/* RTNL is held, so the port stays registered. */
int bifurc_siocdevprivate(struct net_device *netdev, struct ifreq *ifr,
			  void __user *data, int cmd)
{
	struct bifurc_rights rights;
	struct bifurc_port *port;
	int err;

	if (cmd != BIFURC_SIOCATTACH)
		return -EOPNOTSUPP;
	port = bifurc_port_get(netdev);
	if (!port)
		return -EOPNOTSUPP;
	err = bifurc_find_rights(port, &rights);
	if (!err)
		err = bifurc_attach(port, ifr->ifr_ifindex, &rights);
	bifurc_port_put(port);
	return err;
}
EXPORT_SYMBOL_GPL(bifurc_siocdevprivate);

static void bifurc_link_changed(struct bifurc_port *port)
{
	struct bifurc_sock *bsock;
	struct bifurc_link link;

	bifurc_link_read(port->netdev, &link);
	mutex_lock(&port->lock);
	list_for_each_entry(bsock, &port->socks, node) {
		bifurc_status_link(bsock, &link);
		bifurc_raise(bsock, BIFURC_EVENT_LINK);
	}
	mutex_unlock(&port->lock);
}

/* The stack tells of link and removal, so drivers need no hook for either. */
static int bifurc_netdev_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	struct net_device *netdev = netdev_notifier_info_to_dev(ptr);
	struct bifurc_port *port = bifurc_port_get(netdev);

	if (!port)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		bifurc_link_changed(port);
		break;
	case NETDEV_UNREGISTER: /* also: moves to another namespace */
		mutex_lock(&port->lock);
		bifurc_end_all(port);
		mutex_unlock(&port->lock);
		break;
	}
	bifurc_port_put(port);
	return NOTIFY_DONE;
}

static struct notifier_block bifurc_notifier = {
	.notifier_call = bifurc_netdev_event,
};

static int __init bifurc_init(void)
{
	int err;

	bifurc_sock_init();
	err = bifurc_lease_init();
	if (err)
		goto exit_packet;
	err = register_netdevice_notifier(&bifurc_notifier);
	if (err)
		goto exit_lease;
	return 0;

exit_lease:
	bifurc_lease_exit();
exit_packet:
	bifurc_packet_exit();
	return err;
}

/* Attached sockets and drivers hold the module: neither is left here. */
static void __exit bifurc_exit(void)
{
	unregister_netdevice_notifier(&bifurc_notifier);
	bifurc_lease_exit();
	bifurc_packet_exit();
	rcu_barrier(); /* bifurc_port_free() */
}

module_init(bifurc_init);
module_exit(bifurc_exit);
MODULE_DESCRIPTION("Lends queue pairs of a network port to programs");
MODULE_LICENSE("GPL");
MODULE_VERSION(BIFURC_VERSION);
