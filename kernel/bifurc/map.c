// SPDX-License-Identifier: GPL-2.0
/*
 * mmap on the socket: the granted register pages and the status page, filled
 * in by page faults. Taking registers away is then one zap of page tables;
 * what is touched later shows a page of plain memory that is nobody's.
 */
#include <linux/mm.h>
#include <linux/security.h>

#include "core.h"

/*
 * Offsets on the socket. The generation is a part of them, so that a mapping
 * made before a reset can never show registers again. Packet rings are at 0.
 */
#define BIFURC_MMAP_BAR BIT_ULL(40)
#define BIFURC_MMAP_STATUS BIT_ULL(39)
#define BIFURC_MMAP_BAR_BITS 24

/*
 * Revocation goes through all mappings with locks held, so that their number
 * has a limit: far above what a program and its secondaries make of a few
 * pages. Only fork() makes more.
 */
#define BIFURC_VMAS_MAX 1024

static u64 bifurc_mmap_offset(u32 generation, u32 bar_offset)
{
	return BIFURC_MMAP_BAR + ((u64)generation << BIFURC_MMAP_BAR_BITS) +
	       bar_offset;
}

int bifurc_map_init(struct bifurc_sock *bsock)
{
	struct bifurc_map *map = &bsock->map;

	mutex_init(&map->lock);
	map->bar = pci_resource_start(bsock->port->pdev, 0);
	map->dead = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	map->status = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (map->dead && map->status)
		return 0;
	bifurc_map_free(bsock);
	return -ENOMEM;
}

/* No mapping is left: each holds the socket's file open. */
void bifurc_map_free(struct bifurc_sock *bsock)
{
	if (bsock->map.dead)
		__free_page(bsock->map.dead);
	if (bsock->map.status)
		__free_page(bsock->map.status);
}

static u32 bifurc_add_page(u32 *pages, u32 count, u32 page)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (pages[i] == page)
			return count;
	}
	if (count < BIFURC_BAR_PAGES_MAX)
		pages[count++] = page;
	return count;
}

/* Which pages of the BAR these pairs lie in; returns how many. */
u32 bifurc_split_pages(struct bifurc_port *port, u32 first, u32 pairs,
		       u32 *pages)
{
	u32 count = 0;
	u32 pair;

	for (pair = first; pair < first + pairs; pair++) {
		u32 rx, tx;

		port->ops->pages(port->netdev, pair, &rx, &tx);
		count = bifurc_add_page(pages, count, rx);
		count = bifurc_add_page(pages, count, tx);
	}
	return count;
}

void bifurc_map_grant(struct bifurc_sock *bsock)
{
	struct bifurc_map *map = &bsock->map;

	mutex_lock(&map->lock);
	map->pages = bifurc_split_pages(bsock->port, bsock->first,
					bsock->pairs, map->bar_offset);
	map->generation = bsock->port->generation;
	map->granted = true;
	mutex_unlock(&map->lock);
}

void bifurc_map_revoke(struct bifurc_sock *bsock)
{
	struct bifurc_map *map = &bsock->map;

	mutex_lock(&map->lock);
	map->granted = false;
	mutex_unlock(&map->lock);
	/* Later faults find no grant; what was filled in before goes here. */
	unmap_mapping_range(SOCK_INODE(bsock->sock)->i_mapping,
			    BIFURC_MMAP_BAR, 0, 1);
}

void bifurc_map_regions(struct bifurc_sock *bsock, struct bifurc_regions *out)
{
	struct bifurc_map *map = &bsock->map;
	u32 i;

	mutex_lock(&map->lock);
	for (i = 0; i < map->pages; i++) {
		out->region[i].mmap_offset =
			bifurc_mmap_offset(map->generation, map->bar_offset[i]);
		out->region[i].bar_offset = map->bar_offset[i];
		out->region[i].len = PAGE_SIZE;
		out->region[i].kind = BIFURC_REGION_BAR;
	}
	mutex_unlock(&map->lock);

	out->region[i].mmap_offset = BIFURC_MMAP_STATUS;
	out->region[i].len = PAGE_SIZE;
	out->region[i].kind = BIFURC_REGION_STATUS;
	out->count = i + 1;
}

/* Does this page of the socket show registers now? Under map->lock. */
static bool bifurc_map_shows(const struct bifurc_map *map, u64 offset)
{
	u32 i;

	if (!map->granted)
		return false;
	for (i = 0; i < map->pages; i++) {
		if (offset == bifurc_mmap_offset(map->generation,
						 map->bar_offset[i]))
			return true;
	}
	return false;
}

/*
 * Page tables are allocated first, since that may wait for memory and what
 * follows may not: give-back waits for map->lock.
 */
static vm_fault_t bifurc_bar_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct bifurc_sock *bsock = vma->vm_private_data;
	struct bifurc_map *map = &bsock->map;
	u64 offset = (u64)vmf->pgoff << PAGE_SHIFT;
	unsigned long pfn;
	vm_fault_t ret;

	if (apply_to_page_range(vma->vm_mm, vmf->address & PAGE_MASK, PAGE_SIZE,
				NULL, NULL))
		return VM_FAULT_OOM;
	mutex_lock(&map->lock);
	if (bifurc_map_shows(map, offset))
		pfn = (map->bar + (offset & (BIT(BIFURC_MMAP_BAR_BITS) - 1))) >>
		      PAGE_SHIFT;
	else
		pfn = page_to_pfn(map->dead);
	ret = vmf_insert_pfn(vma, vmf->address, pfn);
	mutex_unlock(&map->lock);
	return ret;
}

/* fork(), or a mapping that is cut in two. */
static void bifurc_bar_open(struct vm_area_struct *vma)
{
	struct bifurc_sock *bsock = vma->vm_private_data;

	atomic_inc(&bsock->map.vmas);
}

static void bifurc_bar_close(struct vm_area_struct *vma)
{
	struct bifurc_sock *bsock = vma->vm_private_data;

	atomic_dec(&bsock->map.vmas);
}

static const struct vm_operations_struct bifurc_bar_vm_ops = {
	.open = bifurc_bar_open,
	.close = bifurc_bar_close,
	.fault = bifurc_bar_fault,
};

static vm_fault_t bifurc_status_fault(struct vm_fault *vmf)
{
	struct bifurc_sock *bsock = vmf->vma->vm_private_data;

	vmf->page = bsock->map.status;
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct bifurc_status_vm_ops = {
	.fault = bifurc_status_fault,
};

static void bifurc_vm_flags(struct vm_area_struct *vma, vm_flags_t set,
			    vm_flags_t clear)
{
#ifdef BIFURC_HAVE_VM_FLAGS_SET
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

bool bifurc_map_is_ours(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff >= BIFURC_MMAP_STATUS >> PAGE_SHIFT;
}

static int bifurc_mmap_status(struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	bifurc_vm_flags(vma, VM_DONTEXPAND | VM_DONTDUMP,
			VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &bifurc_status_vm_ops;
	return 0;
}

static int bifurc_mmap_bar(struct bifurc_map *map, struct vm_area_struct *vma)
{
	bool shows;
	int err;

	/* As for what sysfs shows of a BAR. */
	err = security_locked_down(LOCKDOWN_PCI_ACCESS);
	if (err)
		return err;
	mutex_lock(&map->lock);
	shows = bifurc_map_shows(map, (u64)vma->vm_pgoff << PAGE_SHIFT);
	mutex_unlock(&map->lock);
	if (!shows)
		return -EINVAL;
	if (atomic_inc_return(&map->vmas) > BIFURC_VMAS_MAX) {
		atomic_dec(&map->vmas);
		return -ENOMEM;
	}
	bifurc_vm_flags(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP,
			VM_MAYEXEC);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_ops = &bifurc_bar_vm_ops;
	return 0;
}

/* Page by page, as REGIONS lists them. Runs under mmap_lock. */
int bifurc_map_mmap(struct bifurc_sock *bsock, struct vm_area_struct *vma)
{
	if (vma->vm_end - vma->vm_start != PAGE_SIZE ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vma->vm_private_data = bsock;
	if (vma->vm_pgoff == BIFURC_MMAP_STATUS >> PAGE_SHIFT)
		return bifurc_mmap_status(vma);
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	return bifurc_mmap_bar(&bsock->map, vma);
}
