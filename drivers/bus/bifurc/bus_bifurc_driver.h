/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bifurc bus, for authors of drivers. A device of this bus is a split: some queue pairs of one netdev that the
 * kernel lends to this process. When a driver's probe runs, the split is taken, its register pages are mapped and all
 * memory of EAL is mapped for the device; when remove has returned, all of that is given back.
 *
 * Ownership: the device and everything in it belong to the bus and live from before probe until after remove. A driver
 * that removes must have stopped the queues, and unregistered what it registered at intr_handle. remove may find the
 * netdev gone; it must succeed then.
 *
 * Threads: probe and remove run in the thread that calls EAL, one at a time for each device.
 */
#ifndef BUS_BIFURC_DRIVER_H
#define BUS_BIFURC_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include <bus_driver.h>
#include <dev_driver.h>
#include <rte_common.h>
#include <rte_dev.h>
#include <rte_interrupts.h>
#include <rte_pci.h>
#include <rte_tailq.h>

#include "bifurc/rte_bifurc.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rte_bifurc_driver;

struct rte_bifurc_device {
	RTE_TAILQ_ENTRY(rte_bifurc_device) next;
	struct rte_device device; /* name and devargs: "rte_bifurc0" of --vdev, or "bifurc:eth0" of -a */
	const struct rte_bifurc_driver *driver; /* NULL before probe succeeded */
	struct rte_pci_id id;			/* the netdev's PCI ids; the class is RTE_CLASS_ANY_ID */
	struct rte_intr_handle *intr_handle;	/* type EXT, the fd is the socket: see rte_bifurc_fd */
	struct rte_bifurc *handle;
	struct bifurc_info info; /* as it was after the split */
	uint32_t first;		 /* the NIC's number of the first pair */
	uint32_t pairs;
	void *window; /* registers at their offset in the BAR; only the split's pages can be touched */
};

/* EAL's container_of needs the typeof of GNU dialects, which -std=c++20 does not have. */
static inline struct rte_bifurc_device *
rte_bifurc_device_of(const struct rte_device *device)
{
	return (struct rte_bifurc_device *)((uintptr_t)device - offsetof(struct rte_bifurc_device, device));
}

#define RTE_DEV_TO_BIFURC(ptr) rte_bifurc_device_of(ptr)
#define RTE_ETH_DEV_TO_BIFURC(eth_dev) RTE_DEV_TO_BIFURC((eth_dev)->device)

/* 0, or a negative errno after which nothing of the driver is left on the device. */
typedef int (*rte_bifurc_probe_t)(const struct rte_bifurc_driver *driver, struct rte_bifurc_device *device);
/* 0, or a negative errno after which the device is as before. */
typedef int (*rte_bifurc_remove_t)(struct rte_bifurc_device *device);

struct rte_bifurc_driver {
	RTE_TAILQ_ENTRY(rte_bifurc_driver) next;
	struct rte_driver driver;
	const struct rte_pci_id *id_table; /* ends with vendor_id 0; RTE_PCI_ANY_ID matches all */
	rte_bifurc_probe_t probe;
	rte_bifurc_remove_t remove;
};

__rte_internal
void rte_bifurc_register(struct rte_bifurc_driver *driver);
__rte_internal
void rte_bifurc_unregister(struct rte_bifurc_driver *driver);

/* One row of an id_table, written so that C and C++ take it. */
#define RTE_BIFURC_DEVICE(vendor, device) {RTE_CLASS_ANY_ID, (vendor), (device), RTE_PCI_ANY_ID, RTE_PCI_ANY_ID}

/*
 * What pmdinfogen looks for in an object file, and dpdk-pmdinfo.py shows. EAL's own macros do not serve C++: g++ gives
 * static objects mangled names, hence the explicit assembler names. The table must have C linkage, not be static, and
 * live in the same source file.
 */
#define RTE_BIFURC_PMDINFO(symbol, text) \
	static const char symbol[] __asm__(RTE_STR(symbol)) __rte_used = text
#define RTE_BIFURC_PMDINFO_NAME_(nm, index) RTE_BIFURC_PMDINFO(this_pmd_name##index, RTE_STR(nm))
#define RTE_BIFURC_PMDINFO_NAME(nm, index) RTE_BIFURC_PMDINFO_NAME_(nm, index)
#define RTE_PMD_BIFURC_PCI_TABLE(nm, table) RTE_BIFURC_PMDINFO(__##nm##_pci_tbl_export, RTE_STR(table))
#define RTE_PMD_BIFURC_PARAM_STRING(nm, text) RTE_BIFURC_PMDINFO(__##nm##_param_string_export, text)
#define RTE_PMD_BIFURC_KMOD_DEP(nm, text) RTE_BIFURC_PMDINFO(__##nm##_kmod_dep_export, text)

#define RTE_PMD_REGISTER_BIFURC(nm, bifurc_driver)       \
	RTE_INIT(bifurcinitfn_##nm)                       \
	{                                                 \
		(bifurc_driver).driver.name = RTE_STR(nm); \
		rte_bifurc_register(&(bifurc_driver));     \
	}                                                 \
	RTE_FINI(bifurcfinifn_##nm)                       \
	{                                                 \
		rte_bifurc_unregister(&(bifurc_driver));   \
	}                                                 \
	RTE_BIFURC_PMDINFO_NAME(nm, __COUNTER__)

#ifdef __cplusplus
}
#endif

#endif /* BUS_BIFURC_DRIVER_H */
