/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside bifurc.ko.
 *
 * Locks, outermost first:
 *   RTNL              steering rules, link settings
 *   port->lock        split table, leases, sockets of the port, driver
 *                     operations
 *   bsock->map.lock   what its mappings show; taken in page faults, that is
 *                     inside mmap_lock, so nothing that faults, pins or
 *                     allocates memory may run under it
 *
 * No program may hold these up: under them nothing is copied from or to user
 * space, pinned, unpinned, mapped for the device or unmapped, and no lock is
 * waited for that a program can hold (its mmap_lock, a page of its files).
 * kernel/README.md goes through all paths.
 */
#ifndef BIFURC_CORE_H
#define BIFURC_CORE_H

#include <linux/bitmap.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "bifurc.h"
#include "bifurc_uapi.h"

/* A pair's Rx page and Tx page; pairs on both sides of a page border. */
#define BIFURC_BAR_PAGES_MAX 4

/* A port goes through its sockets with locks held: some to each pair. */
#define BIFURC_SOCKS_MAX 1024

struct bifurc_port {
	struct kref ref;
	struct rcu_head rcu;
	struct list_head node;
	unsigned int dma_segment; /* what the device takes in one piece */
	struct mutex lock; /* all below */
	struct net_device *netdev; /* NULL once the driver has gone */
	struct pci_dev *pdev;
	const struct bifurc_driver_ops *ops;
	struct list_head socks;
	unsigned int nr_socks;
	struct list_head stuck; /* leases whose queues did not stop */
	bool up; /* the device is set up and answers */
	bool told_tainted;
	unsigned int excluded; /* changes of mode under way: nothing is lent */
	u32 generation;
	unsigned int leases; /* whose memory the device may still reach */
	wait_queue_head_t wait; /* for fewer leases, for fewer users of one */
	DECLARE_BITMAP(taken, BIFURC_PAIRS_MAX);
	DECLARE_BITMAP(ending, BIFURC_PAIRS_MAX); /* given back, not yet free */
};

/*
 * What a split holds: the pairs, and the memory that their queues may reach.
 * SPLIT makes it. Give-back takes it from its socket once the queues are idle;
 * bifurc_lease_end() then does what takes long, without any lock, and only
 * after that are the pairs free. The device stays until all leases have ended.
 */
struct bifurc_lease {
	struct list_head node; /* port->stuck, under port->lock */
	struct work_struct work;
	struct bifurc_port *port;
	u32 first;
	u32 pairs;
	unsigned int users; /* who maps or unmaps now; under port->lock */
	bool unstopped; /* its queues may run until the reset under way is over */
	/* Under port->lock while a socket has the lease. */
	struct list_head mappings;
};

struct bifurc_map {
	atomic_t vmas; /* that show registers, or did */
	struct mutex lock; /* all below */
	bool granted;
	u32 generation;
	u32 pages;
	u32 bar_offset[BIFURC_BAR_PAGES_MAX];
	resource_size_t bar;
	struct page *dead; /* what a revoked mapping shows */
	struct page *status;
};

struct bifurc_irq;

/* Found out once, when a socket is attached: whoever is handed it has them. */
struct bifurc_rights {
	kuid_t uid;
	bool raw; /* may drive rings itself, which is as much as the kernel may */
};

struct bifurc_sock {
	struct socket *sock;
	struct bifurc_port *port; /* fixed while attached */
	struct bifurc_rights rights; /* of the process that attached it */
	bool told_passed_on;

	struct list_head node; /* port->socks, under port->lock */
	struct bifurc_lease *lease; /* NULL: no split */
	u64 last_mapping;
	u32 first;
	u32 pairs; /* 0: no split */
	bool gone;
	u64 rx_missed[BIFURC_PAIRS_MAX]; /* by pair - first, as is irq */
	struct bifurc_irq *irq[BIFURC_PAIRS_MAX];

	spinlock_t events_lock; /* events */
	u32 events;
	struct bifurc_map map;
};

/* main.c: ports */
struct bifurc_port *bifurc_port_get(struct net_device *netdev);
void bifurc_port_put(struct bifurc_port *port);

/* packet.c: af_packet's own calls */
extern const struct proto_ops *bifurc_packet_ops; /* NULL: not known */
bool bifurc_packet_init(struct proto_ops *copy);
void bifurc_packet_exit(void);
int bifurc_packet_getsockopt(struct socket *sock, int level, int optname,
			     char __user *optval, int __user *optlen);

/* sock.c: the socket that is the handle */
void bifurc_sock_init(void);
int bifurc_attach(struct bifurc_port *port, int fd,
		  const struct bifurc_rights *rights);
void bifurc_raise(struct bifurc_sock *bsock, u32 events);

/* verbs.c: socket options */
int bifurc_get_verb(struct bifurc_sock *bsock, int optname,
		    char __user *optval, int __user *optlen);
int bifurc_set_verb(struct bifurc_sock *bsock, int optname, sockptr_t optval,
		    unsigned int optlen);
bool bifurc_is_get_verb(int optname);
bool bifurc_is_set_verb(int optname);

/* split.c: who holds which pair. Callers hold port->lock. */
int bifurc_split_take(struct bifurc_sock *bsock, u32 first, u32 pairs,
		      bool strict, struct bifurc_lease *lease);
struct bifurc_lease *bifurc_split_give_back(struct bifurc_sock *bsock);
u32 bifurc_pairs_free(struct bifurc_port *port);
u32 bifurc_page_protection(struct bifurc_port *port, u32 first, u32 pairs);
void bifurc_split_begin_reset(struct bifurc_port *port);
void bifurc_split_end_reset(struct bifurc_port *port);
void bifurc_sock_gone(struct bifurc_sock *bsock);

/* lease.c: what a split holds, and its end */
int bifurc_lease_init(void);
void bifurc_lease_exit(void);
struct bifurc_lease *bifurc_lease_create(void);
void bifurc_lease_begin(struct bifurc_lease *lease, struct bifurc_port *port,
			u32 first, u32 pairs);
void bifurc_lease_end(struct bifurc_lease *lease);
void bifurc_lease_end_later(struct bifurc_lease *lease);
void bifurc_lease_flush(void);
void bifurc_lease_end_stuck(struct bifurc_port *port);
struct bifurc_lease *bifurc_lease_get(struct bifurc_sock *bsock);
void bifurc_lease_put(struct bifurc_lease *lease);

/* status.c: the status page. Callers hold port->lock. */
struct bifurc_link {
	bool up;
	u32 speed_mbps;
	bool full_duplex;
};

void bifurc_link_read(struct net_device *netdev, struct bifurc_link *link);
void bifurc_status_link(struct bifurc_sock *bsock,
			const struct bifurc_link *link);
void bifurc_status_state(struct bifurc_sock *bsock, u32 generation, u32 state);

/* map.c: mmap on the socket */
int bifurc_map_init(struct bifurc_sock *bsock);
void bifurc_map_free(struct bifurc_sock *bsock);
int bifurc_map_mmap(struct bifurc_sock *bsock, struct vm_area_struct *vma);
bool bifurc_map_is_ours(const struct vm_area_struct *vma);
void bifurc_map_grant(struct bifurc_sock *bsock);
void bifurc_map_revoke(struct bifurc_sock *bsock);
void bifurc_map_regions(struct bifurc_sock *bsock, struct bifurc_regions *out);
u32 bifurc_split_pages(struct bifurc_port *port, u32 first, u32 pairs,
		       u32 *pages);

/* irq.c: a pair's Rx interrupt. Callers hold port->lock. */
struct eventfd_ctx;
int bifurc_irq_attach(struct bifurc_sock *bsock, u32 pair,
		      struct eventfd_ctx *ctx);
int bifurc_irq_arm(struct bifurc_sock *bsock, u32 pair);
void bifurc_irq_detach(struct bifurc_sock *bsock, u32 pair);
void bifurc_irq_detach_all(struct bifurc_sock *bsock);

/* dma.c: pinned memory. Callers hold no lock. */
int bifurc_dma_map(struct bifurc_sock *bsock, struct bifurc_dma_map *req,
		   struct bifurc_dma_segment **segments);
int bifurc_dma_unmap(struct bifurc_sock *bsock, u64 id);
void bifurc_dma_unmap_list(struct bifurc_port *port, struct list_head *list);
void bifurc_dma_unpin_list(struct list_head *list);
u32 bifurc_dma_protection(struct bifurc_port *port);

#endif /* BIFURC_CORE_H */
