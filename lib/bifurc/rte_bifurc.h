/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libbifurc: borrow queue pairs of a netdev. A small C interface over the socket verbs of bifurc_uapi.h.
 *
 * Errors: every call returns 0 or a negative errno with the meaning of the table in bifurc_uapi.h. Where the caller
 * passes a struct rte_bifurc_error, its text is one sentence that names the netdev, the cause and the remedy; err may
 * be NULL. Nothing is logged here, nothing throws, nothing aborts; a failed call changes nothing (but see map).
 * This library's own: -EPROTO, the driver answered nonsense and nothing of it was used; -EPROTONOSUPPORT, it speaks
 * another version of the ABI; -ENOENT, dma_unmap or mac_remove of what this handle did not map or add.
 *
 * Threads: calls on different handles are independent. On one handle, dma_find and status may run in any thread beside
 * everything but close; the other calls are serialised inside.
 *
 * Ownership: the handle owns the socket, the window and the mappings. close gives the queues back. Memory given to
 * dma_map stays the caller's and must stay mapped until dma_unmap, give_back or close.
 */
#ifndef RTE_BIFURC_H
#define RTE_BIFURC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bifurc_uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rte_bifurc;

struct rte_bifurc_error {
	int code; /* negative errno */
	char text[384];
};

/* Opens an AF_PACKET socket on the netdev that receives nothing, attaches it and asks INFO. */
int rte_bifurc_open(const char *iface, struct rte_bifurc **handle, struct rte_bifurc_error *err);
/*
 * The same on a socket that another process opened and handed over (SCM_RIGHTS). Takes fd over, also on failure. What
 * the socket may is what the process that attached it was allowed: see "Rights" in bifurc_uapi.h.
 */
int rte_bifurc_adopt(int fd, struct rte_bifurc **handle, struct rte_bifurc_error *err);
/* Gives everything back. NULL is allowed. */
void rte_bifurc_close(struct rte_bifurc *handle);

/* The socket: for poll(2) (POLLIN: call events; POLLHUP, POLLERR: the port is gone) and SCM_RIGHTS. Do not close. */
int rte_bifurc_fd(const struct rte_bifurc *handle);
const char *rte_bifurc_iface(const struct rte_bifurc *handle);

int rte_bifurc_info(struct rte_bifurc *handle, struct bifurc_info *info, struct rte_bifurc_error *err);
/*
 * first: a pair of the NIC or BIFURC_FIRST_ANY; flags: BIFURC_SPLIT_*. Answers the first pair. -EPERM: the text says
 * whether a capability is missing, the kernel is locked down, or the rights are another user namespace's.
 */
int rte_bifurc_split(struct rte_bifurc *handle, uint32_t first, uint32_t pairs, uint32_t flags, uint32_t *got_first,
		     struct rte_bifurc_error *err);
/*
 * Maps the granted register pages into a BAR-sized window, inaccessible but for those pages, and the status page.
 * Call again after a reset: the window keeps its address. The answers stay valid until close. If a granted page cannot
 * be mapped, the window shows nothing.
 */
int rte_bifurc_map(struct rte_bifurc *handle, void **window, struct rte_bifurc_error *err);
/* The status page, for single-word reads in the data path; NULL before map. */
const volatile struct bifurc_status *rte_bifurc_status_page(const struct rte_bifurc *handle);
/* A consistent copy. -ENODATA before map, -EAGAIN if the writer never rests (bounded tries). */
int rte_bifurc_status(const struct rte_bifurc *handle, struct bifurc_status *status);

/* One stretch of memory whose bus addresses follow each other: bus = va + delta. */
struct rte_bifurc_dma {
	uintptr_t va;
	size_t len;
	uint64_t delta; /* modulo 2^64 */
};

#define RTE_BIFURC_BUS_INVALID UINT64_MAX

/*
 * Widens to 4 KiB borders, pins, maps. Overlaps with earlier mappings are fine. See BIFURC_DMA_MAP for which memory, and
 * for the user's limit.
 */
int rte_bifurc_dma_map(struct rte_bifurc *handle, void *va, size_t len, struct rte_bifurc_error *err);
/* Exactly what one dma_map call was given. */
int rte_bifurc_dma_unmap(struct rte_bifurc *handle, void *va, size_t len, struct rte_bifurc_error *err);
/* The contiguous stretch that holds va. false: not mapped. */
bool rte_bifurc_dma_find(const struct rte_bifurc *handle, const void *va, struct rte_bifurc_dma *stretch);
/*
 * A word that steps whenever a mapping ends: what dma_find answered may be kept and used as long as it has not stepped.
 * Read it with an acquire load. Stays valid until close.
 */
const uint32_t *rte_bifurc_dma_epoch(const struct rte_bifurc *handle);
/* The bus address of [va, va+len), or RTE_BIFURC_BUS_INVALID if that is not mapped or not contiguous. */
uint64_t rte_bifurc_dma_bus(const struct rte_bifurc *handle, const void *va, size_t len);

/* See BIFURC_SYNC: after it, memory of disabled queues may be freed. */
int rte_bifurc_sync(struct rte_bifurc *handle, uint32_t first, uint32_t pairs, struct rte_bifurc_error *err);
/* See BIFURC_EVENTFD. */
int rte_bifurc_eventfd(struct rte_bifurc *handle, uint32_t pair, int fd, bool arm, struct rte_bifurc_error *err);
/* BIFURC_EVENT_* since the last call. */
int rte_bifurc_events(struct rte_bifurc *handle, uint32_t *events, struct rte_bifurc_error *err);
int rte_bifurc_stats(struct rte_bifurc *handle, uint32_t pair, struct bifurc_stats *stats,
		     struct rte_bifurc_error *err);

/* Packet socket memberships: the port's filters follow them, and they end with the socket however it ends. */
int rte_bifurc_promiscuous(struct rte_bifurc *handle, bool on, struct rte_bifurc_error *err);
int rte_bifurc_allmulticast(struct rte_bifurc *handle, bool on, struct rte_bifurc_error *err);
/* Unicast or multicast, by the address's own bit. */
int rte_bifurc_mac_add(struct rte_bifurc *handle, const uint8_t mac[6], struct rte_bifurc_error *err);
int rte_bifurc_mac_remove(struct rte_bifurc *handle, const uint8_t mac[6], struct rte_bifurc_error *err);

/* Unmaps, unpins, gives the queues back; the handle stays open and may split again. */
int rte_bifurc_give_back(struct rte_bifurc *handle, struct rte_bifurc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* RTE_BIFURC_H */
