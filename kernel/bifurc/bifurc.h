/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a network driver offers to bifurc.ko, and what it calls there.
 *
 * Owners: the driver owns registers, filters and the netdev; bifurc.ko owns
 * who holds which queue pair, user mappings, pinned memory and sockets.
 */
#ifndef BIFURC_H
#define BIFURC_H

#include <linux/netdevice.h>
#include <linux/types.h>

/*
 * The modules', as dkms.conf has it. The kernel's own drivers state none:
 * dkms takes one without for the same, and would not put ours in its place.
 */
#define BIFURC_VERSION "0.1.0"

/* Pairs that one port can have: what both hardware families stay below. */
#define BIFURC_PAIRS_MAX 128

struct bifurc_limits {
	u32 chip; /* enum bifurc_chip */
	u32 ring_min;
	u32 ring_max;
	u32 ring_multiple;
	u32 pairs_total; /* usable in the port's present mode */
	u32 pairs_kernel; /* 0 .. pairs_kernel-1 are the driver's own */
	u16 features; /* BIFURC_FEATURE_* */
};

/*
 * All are called under bifurc's lock of the port, and may sleep. Those that
 * touch registers are called only between bifurc_reset_end() and the next
 * bifurc_reset_begin(). A device that was removed, or isolated after an error,
 * may not answer even then. limits(), pages() and drop_rules() without `up`
 * touch none: the device may be reset, suspended or gone.
 */
struct bifurc_driver_ops {
	void (*limits)(struct net_device *netdev, struct bifurc_limits *limits);

	/* Which pages of the BAR hold this pair's registers: byte offsets. */
	void (*pages)(struct net_device *netdev, unsigned int pair,
		      u32 *rx, u32 *tx);

	/* A stalled Rx queue of these must not stall the port from now on. */
	void (*acquire)(struct net_device *netdev, unsigned int first,
			unsigned int count);

	/*
	 * Disables the queues, sees them idle, clears what their user left in
	 * their registers and undoes acquire(). -ETIMEDOUT: still busy;
	 * -ENODEV: the device does not answer, so nobody knows.
	 */
	int (*quiesce)(struct net_device *netdev, unsigned int first,
		       unsigned int count);

	/*
	 * Nothing may steer to these any more. Nobody else changes rules
	 * meanwhile: RTNL is held, or the netdev detached (igb's recovery from
	 * an error on 6.1). Called also while the device is down.
	 */
	void (*drop_rules)(struct net_device *netdev, unsigned int first,
			   unsigned int count, bool up);

	/*
	 * Posted writes have arrived, disabled queues have stopped. -ENODEV:
	 * the device does not answer.
	 */
	int (*flush)(struct net_device *netdev, unsigned int first,
		     unsigned int count);

	/* Optional: frames lost by this queue since the last call. */
	u32 (*rx_missed)(struct net_device *netdev, unsigned int pair);

	/*
	 * Lets the Rx queue of this pair raise this MSI-X vector, masked until
	 * irq_arm() and again by each interrupt; -1: none any more.
	 */
	void (*irq_route)(struct net_device *netdev, unsigned int pair,
			  int vector);
	void (*irq_arm)(struct net_device *netdev, int vector);

	/* Reset the device soon, from another context. */
	void (*request_reset)(struct net_device *netdev);
};

/* At the end of probe; takes RTNL. */
int bifurc_register(struct net_device *netdev, struct pci_dev *pdev,
		    const struct bifurc_driver_ops *ops);

/* In remove, after unregister_netdev() and before free_netdev(). */
void bifurc_unregister(struct net_device *netdev);

/*
 * Around every reset: begin() stops split queues and takes their registers
 * away from user space while the device still answers, end() says that the
 * device is set up again. begin() without a running port does nothing.
 */
void bifurc_reset_begin(struct net_device *netdev);
void bifurc_reset_end(struct net_device *netdev);

/* Is this queue lent out? Any context. */
bool bifurc_owns(struct net_device *netdev, unsigned int queue);

/* One above the highest queue that is lent out, or 0. Any context. */
unsigned int bifurc_queue_end(struct net_device *netdev);

/*
 * May the driver use queues 0 .. count-1 itself? -EBUSY if one is lent out.
 * With count UINT_MAX: may it enter a mode that renumbers all queues?
 */
int bifurc_conflict(struct net_device *netdev, unsigned int count,
		    const char *what);

/*
 * Around a change of mode that does not hold RTNL: nothing is lent meanwhile.
 * -EBUSY if something is lent already; then there is nothing to include again.
 */
int bifurc_exclude(struct net_device *netdev, const char *what);
void bifurc_include(struct net_device *netdev);

/* Is this the table that ethtool -X makes by default for so many rings? */
bool bifurc_rss_default(const u32 *indir, unsigned int entries,
			unsigned int rings);

/* The driver's ndo_siocdevprivate. */
int bifurc_siocdevprivate(struct net_device *netdev, struct ifreq *ifr,
			  void __user *data, int cmd);

#endif /* BIFURC_H */
