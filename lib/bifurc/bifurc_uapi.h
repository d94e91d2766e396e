/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * The bifurc ABI: how a program borrows queue pairs of a network port from the kernel driver that owns it.
 *
 * The handle is an AF_PACKET socket bound to the netdev. Every verb is a socket option of level SOL_PACKET in the
 * private block below. All that a verb gives (queues, mapped pages, pinned memory, eventfds) lives exactly as long as
 * the open file behind that socket, however it ends: close(2), exit, SIGKILL, the netdev's removal.
 *
 * Attaching. A stock packet socket does not know these options and answers ENOPROTOOPT. The program then issues the
 * netdev ioctl BIFURC_SIOCATTACH on the socket, with ifr_name naming the netdev it is bound to and ifr_ifindex the
 * socket's descriptor (a netdev is not told through which socket its ioctl came), and tries again. The ioctl needs
 * CAP_NET_ADMIN in the netdev's user namespace. On a socket that is attached already it changes nothing.
 *
 * Rights. What the attaching process may is recorded with the socket and never changes: the socket is "raw" if that
 * process had CAP_NET_ADMIN and CAP_SYS_RAWIO in the initial user namespace. Any attached socket answers INFO, EVENTS
 * and the like; SPLIT needs a raw one, and a kernel that is not locked down (kernel_lockdown(7)). Whoever is handed the
 * socket has the rights of the process that attached it: passing a raw socket on passes that power on. And it is all
 * power: whoever drives raw rings of a NIC that the kernel also uses is as powerful as the kernel. An IOMMU confines
 * mistakes and other devices' memory, not an attacker.
 *
 * Conventions, for every structure:
 *  - `size` is the caller's sizeof. A shorter structure than version 1's is EINVAL; a longer one is accepted when all
 *    bytes beyond what this side knows are zero (else E2BIG), and they are answered as zero.
 *  - optlen must be at least `size`. Unknown flags and nonzero reserved fields are EINVAL.
 *  - verbs that answer are getsockopt (the structure goes in and out), the others are setsockopt.
 *  - a failed verb changes nothing.
 *  - lengths and offsets are bytes unless the name says otherwise. Byte order is the host's.
 *  - verbs on one socket may be called from several threads and processes; each is atomic.
 */
#ifndef BIFURC_UAPI_H
#define BIFURC_UAPI_H

#include <linux/sockios.h>
#include <linux/types.h>

#define BIFURC_ABI_VERSION 1

#define BIFURC_SIOCATTACH (SIOCDEVPRIVATE + 11)

/* Socket options, level SOL_PACKET. */
enum bifurc_option {
	BIFURC_INFO = 0xb1f0,	   /* get: struct bifurc_info */
	BIFURC_SPLIT = 0xb1f1,	   /* get: struct bifurc_split */
	BIFURC_REGIONS = 0xb1f2,   /* get: struct bifurc_regions */
	BIFURC_DMA_MAP = 0xb1f3,   /* get: struct bifurc_dma_map */
	BIFURC_DMA_UNMAP = 0xb1f4, /* set: struct bifurc_dma_unmap */
	BIFURC_EVENTFD = 0xb1f5,   /* set: struct bifurc_eventfd */
	BIFURC_EVENTS = 0xb1f6,	   /* get: struct bifurc_events */
	BIFURC_SYNC = 0xb1f7,	   /* set: struct bifurc_sync */
	BIFURC_STATS = 0xb1f8,	   /* get: struct bifurc_stats */
	BIFURC_RETURN = 0xb1f9,	   /* set: struct bifurc_return */
};

/*
 * Errors: one meaning each.
 *
 *  ENOPROTOOPT  the socket is not attached (see BIFURC_SIOCATTACH)
 *  EPERM        attaching: the caller lacks CAP_NET_ADMIN over the netdev; SPLIT: the socket is not raw, or the kernel
 *               is locked down, as for mmap of register pages. SPLIT answers it after EINVAL for its flags, reserved
 *               and pairs 0, and before all else
 *  ENODEV       the netdev is gone, or the socket is not bound to one
 *  EOPNOTSUPP   the netdev's driver cannot split queues, or cannot do this one thing
 *  EINVAL       a field has a value that no call could use: size, alignment, flags, a pair that is not this socket's
 *  E2BIG        bytes beyond the known structure are not zero: the caller's ABI is newer than this side's
 *  EBUSY        the pairs asked for are taken, or all are while the port changes its mode (SR-IOV)
 *  ENOSPC       not so many pairs free (SPLIT), or `segments` too small (DMA_MAP; nr_segments says what it takes)
 *  EUSERS       too many sockets are attached to this netdev
 *  EALREADY     this socket holds a split already
 *  ENOTCONN     this socket holds no split: the verb needs one
 *  EACCES       the isolation that was asked for cannot be had
 *  ENETDOWN     the netdev is down
 *  ENETRESET    the queues were reset since `generation`; map and set up again
 *  ETIMEDOUT    the device did not do it within the verb's deadline
 *  EBADF        EVENTFD: the descriptor is not open in this process
 *  EFAULT       a pointer is not the caller's, or the memory cannot be pinned (DMA_MAP)
 *  ENOMEM       out of memory, or above the user's limit on pinned memory (DMA_MAP)
 */

enum bifurc_chip {
	BIFURC_CHIP_82599 = 1, /* 82599, X540, X550: registers and descriptors of the ixgbe family */
	BIFURC_CHIP_82576 = 2, /* 82576, I350: registers and descriptors of the igb family */
};

enum bifurc_page_protection {
	BIFURC_PAGES_SHARED = 1,    /* the mapped pages show registers of queues with other owners */
	BIFURC_PAGES_EXCLUSIVE = 2, /* they show no working register of anybody else's queue */
};

/*
 * What the queues reach. All queues of a device, the kernel's too, share one IOMMU domain: with either, whoever drives
 * raw rings is as powerful as the kernel.
 */
enum bifurc_dma_protection {
	BIFURC_DMA_NONE = 1, /* no IOMMU is known to confine them: all physical memory */
	/*
	 * Only memory that is mapped for this device, with the kernel's own packet buffers among it. Claimed if the
	 * IOMMU translates, its group has this function alone, and interrupts are remapped.
	 */
	BIFURC_DMA_IOMMU = 2,
};

/*
 * A frame that a rule (ethtool -N) led to a split queue has the rule's location in its descriptor, instead of its RSS hash:
 * FDIRCTRL.Report-Status of the 82599.
 */
#define BIFURC_FEATURE_MARKS 1U
/* The port is in a mode (DCB, SR-IOV, VMDq) in which all queues are its driver's: pairs_total is pairs_kernel. */
#define BIFURC_FEATURE_ALL_OWNED 2U

struct bifurc_info {
	__u32 size;
	__u32 abi_version; /* out, as all below: BIFURC_ABI_VERSION of the answering side */
	__u16 pci_vendor;
	__u16 pci_device;
	__u16 pci_subsystem_vendor;
	__u16 pci_subsystem_device;
	char pci_address[16]; /* "0000:03:00.0", NUL-terminated; empty if the netdev is on no PCI bus */
	char driver[32];      /* the driver that answers, e.g. "ixgbe"; NUL-terminated */
	__s32 numa_node;      /* -1: unknown */
	__u32 ifindex;
	__u8 mac[6];
	__u16 features; /* what the NIC does as its driver has set it up now */
	__u32 mtu;
	__u32 mtu_max;
	__u32 chip; /* enum bifurc_chip */
	__u32 ring_min; /* descriptors per ring: limits and the multiple they must be of */
	__u32 ring_max;
	__u32 ring_multiple;
	__u32 pairs_total;  /* queue pairs that the hardware can use in its present mode */
	__u32 pairs_kernel; /* 0 .. pairs_kernel-1 are the kernel's (ethtool -L) */
	__u32 pairs_free;
	__u32 first;	       /* this socket's split; pairs is 0 while it holds none */
	__u32 pairs;
	__u32 page_protection; /* of this socket's split, or of one pair anywhere while it holds none */
	__u32 dma_protection;
	__u32 generation;
	__u64 bar_len;
};

#define BIFURC_FIRST_ANY 0xffffffffU

#define BIFURC_SPLIT_STRICT 1U /* fail with EACCES unless INFO would say BIFURC_PAGES_EXCLUSIVE and BIFURC_DMA_IOMMU */

/*
 * Takes `pairs` neighbouring queue pairs, or nothing. One split per socket. It is raw: the caller drives registers and
 * descriptors itself. So the socket must be raw and the kernel not locked down (EPERM). Without BIFURC_DMA_IOMMU it
 * taints the kernel (TAINT_USER), as VFIO's no-IOMMU mode does, with a line in its log.
 */
struct bifurc_split {
	__u32 size;
	__u32 flags;
	__u32 first; /* in: the first pair, or BIFURC_FIRST_ANY; out: which it is */
	__u32 pairs; /* in */
	__u32 generation; /* out */
	__u32 reserved;
};

#define BIFURC_REGION_BAR 1U	/* register pages; map shared, readable and writable, at bar_offset of the window */
#define BIFURC_REGION_STATUS 2U /* struct bifurc_status; map shared and read-only */

struct bifurc_region {
	__u64 mmap_offset; /* for mmap(2) on the socket */
	__u64 bar_offset;  /* BIFURC_REGION_BAR: where these pages lie in the BAR */
	__u32 len;	   /* bytes, a multiple of 4096 */
	__u32 kind;
};

#define BIFURC_REGIONS_MAX 8

/* Only what is listed can be mapped. After a reset the old mappings are dead (zeros, or SIGBUS): ask and map again. */
struct bifurc_regions {
	__u32 size;
	__u32 count;	  /* out */
	__u32 generation; /* out */
	__u32 reserved;
	struct bifurc_region region[BIFURC_REGIONS_MAX]; /* out */
};

struct bifurc_dma_segment {
	__u64 offset; /* from the mapping's va; segments come in order and cover it without gaps */
	__u64 len;
	__u64 bus; /* what belongs into a descriptor */
};

/*
 * Needs a split (ENOTCONN), as DMA_UNMAP does. Pins [va, va+len) for this device, readable and writable by it: by all
 * of its queues, whoever has them. va and len are multiples of 4096. Mapping a range twice is allowed and gives two
 * ids. dmabuf_fd is -1 for user memory; other values are reserved for dma-bufs (va is then an offset into it) and
 * EOPNOTSUPP where there is no support.
 *
 * Memory: anonymous, of a memfd or tmpfs, or of hugetlbfs. Files of ordinary file systems are EFAULT.
 * Limit: the pages count as locked memory of the user, of all of the user's processes together, until they are
 * unmapped. Beyond the calling process's RLIMIT_MEMLOCK that is ENOMEM, unless the process has CAP_IPC_LOCK.
 */
struct bifurc_dma_map {
	__u32 size;
	__u32 flags;
	__u64 va;
	__u64 len;
	__s32 dmabuf_fd;
	__u32 nr_segments; /* in: room at `segments`; out: used, or with ENOSPC needed */
	__u64 segments;	   /* user pointer to struct bifurc_dma_segment[] */
	__u64 id;	   /* out: for DMA_UNMAP, unique on this socket */
};

/* Returns when the device can no longer reach the memory by this mapping. */
struct bifurc_dma_unmap {
	__u32 size;
	__u32 flags;
	__u64 id;
};

#define BIFURC_EVENTFD_ARM 1U /* let the queue's next interrupt signal the eventfd, once */

/* The Rx interrupt of one pair. fd: an eventfd to attach, -1 to detach, BIFURC_EVENTFD_KEEP to leave as it is. */
#define BIFURC_EVENTFD_KEEP (-2)
struct bifurc_eventfd {
	__u32 size;
	__u32 flags;
	__u32 pair; /* the NIC's number */
	__s32 fd;
	__u32 generation;
	__u32 reserved;
};

#define BIFURC_EVENT_LINK 1U  /* link state or speed changed */
#define BIFURC_EVENT_RESET 2U /* the queues were reset; generation stepped */
#define BIFURC_EVENT_GONE 4U  /* the netdev is gone; only close is left */

/*
 * Reads and clears what happened since the last call. poll(2) on the socket reports POLLIN while something waits, and
 * POLLHUP or POLLERR once the netdev (or its driver) is gone.
 */
struct bifurc_events {
	__u32 size;
	__u32 events;	  /* out */
	__u32 generation; /* out */
	__u32 reserved;
};

/*
 * Returns once the device has acted on all register writes that the caller made before, and has no transfer under way
 * for those of the given pairs' queues whose ENABLE bit is clear. Before it, memory of a disabled queue may still be
 * written; after it, it may be freed. Deadline: 1 s.
 */
struct bifurc_sync {
	__u32 size;
	__u32 flags;
	__u32 first; /* the NIC's number */
	__u32 pairs;
	__u32 generation;
	__u32 reserved;
};

#define BIFURC_STATS_RX_MISSED 1U  /* in `valid`: this counter is kept per pair by this device */
#define BIFURC_STATS_DMA_FAULTS 2U

/* Counters of one pair since the split that only the port's owner can read. */
struct bifurc_stats {
	__u32 size;
	__u32 pair;  /* in: the NIC's number */
	__u32 valid; /* out: which counters below mean something */
	__u32 reserved;
	__u64 rx_missed;  /* frames for this queue dropped because it had no free descriptor or was disabled */
	__u64 dma_faults; /* transfers that the IOMMU refused */
};

/* Gives the split back: stops, drains, unmaps, unpins, drops rules. Returns when the pairs are free. */
struct bifurc_return {
	__u32 size;
	__u32 flags;
};

#define BIFURC_STATE_LIVE 1U	 /* queues may be used */
#define BIFURC_STATE_QUIESCED 2U /* between a reset and the application's new mapping; do not touch the queues */
#define BIFURC_STATE_GONE 3U

#define BIFURC_SPEED_UNKNOWN 0U

/*
 * The status page, read-only. The owner makes `seq` odd, changes the rest, makes it even; readers retry on odd or
 * changed seq. The single words generation and state may be read alone.
 */
struct bifurc_status {
	__u32 size;
	__u32 seq;
	__u32 generation; /* steps whenever the queues were reset */
	__u32 state;
	__u32 link_up; /* 0 or 1 */
	__u32 speed_mbps;
	__u32 full_duplex;
	__u32 reserved;
};

#endif /* BIFURC_UAPI_H */
