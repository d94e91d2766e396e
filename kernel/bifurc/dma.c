// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a program, pinned and mapped for the device.
 *
 * Pinning may wait for whoever serves the pages (FUSE, userfaultfd), and large
 * memory takes long: nothing here runs under a lock, but for the moments in
 * which a mapping joins its lease or leaves it.
 */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/irqdomain.h>
#include <linux/mm.h>
#include <linux/msi.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "core.h"

/*
 * The program and the device share this memory from now on: it must be
 * coherent, which bifurc_bounced() sees to, and nothing ever syncs it.
 */
#define BIFURC_DMA_ATTRS DMA_ATTR_SKIP_CPU_SYNC

struct bifurc_mapping {
	struct list_head node;
	u64 id;
	struct sg_table table;
	struct user_struct *user; /* who is charged; NULL: nobody */
	unsigned long pages;
};

/* --- what confines the device ------------------------------------------- */

static struct iommu_domain *bifurc_domain(struct bifurc_port *port)
{
	struct iommu_domain *domain;

	domain = iommu_get_domain_for_dev(&port->pdev->dev);
	return domain && domain->type & __IOMMU_DOMAIN_PAGING ? domain : NULL;
}

static int bifurc_count_device(struct device *dev, void *data)
{
	unsigned int *count = data;

	++*count;
	return 0;
}

/* Others of the group share its domain, or reach each other without it. */
static bool bifurc_alone_in_group(struct bifurc_port *port)
{
	struct iommu_group *group = iommu_group_get(&port->pdev->dev);
	unsigned int count = 0;

	if (!group)
		return false;
	iommu_group_for_each_dev(group, &count, bifurc_count_device);
	iommu_group_put(group);
	return count == 1;
}

/* Otherwise a write to the right address is an interrupt of any kind. */
static bool bifurc_interrupts_remapped(struct bifurc_port *port)
{
#ifdef BIFURC_HAVE_ISOLATED_MSI
	return msi_device_has_isolated_msi(&port->pdev->dev);
#else
	return irq_domain_check_msi_remap() ||
	       device_iommu_capable(&port->pdev->dev, IOMMU_CAP_INTR_REMAP);
#endif
}

u32 bifurc_dma_protection(struct bifurc_port *port)
{
	if (bifurc_domain(port) && bifurc_alone_in_group(port) &&
	    bifurc_interrupts_remapped(port))
		return BIFURC_DMA_IOMMU;
	return BIFURC_DMA_NONE;
}

/* --- whose memory it counts as ------------------------------------------ */

/*
 * Pinned memory is the user's who asked for it, whatever becomes of the
 * process: RLIMIT_MEMLOCK is compared with the sum of all that this user has
 * pinned, here and elsewhere (io_uring, AF_XDP, perf).
 */
static int bifurc_charge(struct bifurc_mapping *mapping)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	struct user_struct *user = current_user();
	long now, then;

	if (capable(CAP_IPC_LOCK))
		return 0;
	now = atomic_long_read(&user->locked_vm);
	do {
		then = now + mapping->pages;
		if (then > limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &now, then));
	mapping->user = get_uid(user);
	return 0;
}

static void bifurc_uncharge(struct bifurc_mapping *mapping)
{
	if (!mapping->user)
		return;
	atomic_long_sub(mapping->pages, &mapping->user->locked_vm);
	free_uid(mapping->user);
}

/* --- pinning ------------------------------------------------------------ */

static void bifurc_mapping_free(struct bifurc_mapping *mapping)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&mapping->table, sg, i) {
		unpin_user_page_range_dirty_lock(sg_page(sg),
						 sg->length >> PAGE_SHIFT,
						 true);
		cond_resched();
	}
	sg_free_table(&mapping->table);
	bifurc_uncharge(mapping);
	kfree(mapping);
}

/*
 * A file's page would have to be locked before it is let go, and its file
 * system may keep that lock as long as it likes.
 */
static bool bifurc_pages_of_a_file(struct page **pages, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		struct folio *folio = page_folio(pages[i]);

		if (folio->mapping && !folio_test_anon(folio) &&
		    !folio_test_swapbacked(folio) && !folio_test_hugetlb(folio))
			return true;
	}
	return false;
}

static int bifurc_pin(u64 va, struct page **pages, unsigned long count)
{
	unsigned long done = 0;
	int got;

	while (done < count) {
		got = pin_user_pages_fast(va + (done << PAGE_SHIFT),
					  min(count - done, 512UL),
					  FOLL_WRITE | FOLL_LONGTERM,
					  pages + done);
		if (got > 0 && !fatal_signal_pending(current) &&
		    !bifurc_pages_of_a_file(pages + done, got)) {
			done += got;
			cond_resched();
			continue;
		}
		unpin_user_pages(pages, done + max(got, 0));
		return got == -ENOMEM ? -ENOMEM : -EFAULT;
	}
	return 0;
}

static int bifurc_pin_table(struct bifurc_port *port, u64 va,
			    unsigned long count, struct sg_table *table)
{
	struct page **pages;
	int err;

	/* Beyond this, kvmalloc would warn instead of failing. */
	if (count > INT_MAX / sizeof(*pages))
		return -ENOMEM;
	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return -ENOMEM;
	err = bifurc_pin(va, pages, count);
	if (!err) {
		err = sg_alloc_table_from_pages_segment(table, pages, count, 0,
							count << PAGE_SHIFT,
							port->dma_segment,
							GFP_KERNEL_ACCOUNT);
		if (err)
			unpin_user_pages(pages, count);
	}
	kvfree(pages);
	return err;
}

/* Faulting memory in may take as long as its owner likes. */
static struct bifurc_mapping *bifurc_mapping_create(struct bifurc_port *port,
						    u64 va, u64 len)
{
	struct bifurc_mapping *mapping;
	int err;

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->pages = len >> PAGE_SHIFT;
	err = bifurc_charge(mapping);
	if (err)
		goto free;
	err = bifurc_pin_table(port, va, mapping->pages, &mapping->table);
	if (err)
		goto uncharge;
	return mapping;

uncharge:
	bifurc_uncharge(mapping);
free:
	kfree(mapping);
	return ERR_PTR(err);
}

/* --- mapping for the device --------------------------------------------- */

static void bifurc_unmap(struct bifurc_port *port,
			 struct bifurc_mapping *mapping)
{
	dma_unmap_sgtable(&port->pdev->dev, &mapping->table, DMA_BIDIRECTIONAL,
			  BIFURC_DMA_ATTRS);
	cond_resched();
}

/* A lazy IOMMU would let the device reach the pages a little longer. */
static void bifurc_unmapped(struct bifurc_port *port)
{
	struct iommu_domain *domain = bifurc_domain(port);

	if (domain)
		iommu_flush_iotlb_all(domain);
}

/*
 * Bounce buffers would need a copy at each transfer, of which the kernel
 * learns nothing here. Behind an IOMMU whole pages are never bounced.
 */
static bool bifurc_bounced(struct bifurc_port *port,
			   struct bifurc_mapping *mapping)
{
	struct scatterlist *sg;
	int i;

	if (bifurc_domain(port))
		return false;
	for_each_sgtable_dma_sg(&mapping->table, sg, i) {
		if (dma_need_sync(&port->pdev->dev, sg_dma_address(sg)))
			return true;
	}
	return false;
}

/* Neighbours on the bus as one; fills at most `room`, returns how many. */
static u32 bifurc_segments(struct bifurc_mapping *mapping,
			   struct bifurc_dma_segment *out, u32 room)
{
	struct bifurc_dma_segment segment = {};
	struct scatterlist *sg;
	u64 offset = 0;
	u32 count = 0;
	int i;

	for_each_sgtable_dma_sg(&mapping->table, sg, i) {
		if (!count || segment.bus + segment.len != sg_dma_address(sg)) {
			segment.offset = offset;
			segment.len = 0;
			segment.bus = sg_dma_address(sg);
			count++;
		}
		segment.len += sg_dma_len(sg);
		offset += sg_dma_len(sg);
		if (count <= room)
			out[count - 1] = segment;
	}
	return count;
}

static int bifurc_answer(struct bifurc_mapping *mapping,
			 struct bifurc_dma_map *req,
			 struct bifurc_dma_segment **segments)
{
	u32 room = req->nr_segments;
	u32 count = bifurc_segments(mapping, NULL, 0);

	req->nr_segments = count;
	if (count > room)
		return -ENOSPC;
	*segments = kvmalloc_array(count, sizeof(**segments),
				   GFP_KERNEL_ACCOUNT);
	if (!*segments)
		return -ENOMEM;
	bifurc_segments(mapping, *segments, count);
	return 0;
}

/* Undone here if it fails. */
static int bifurc_map(struct bifurc_port *port, struct bifurc_mapping *mapping,
		      struct bifurc_dma_map *req,
		      struct bifurc_dma_segment **segments)
{
	int err;

	err = dma_map_sgtable(&port->pdev->dev, &mapping->table,
			      DMA_BIDIRECTIONAL, BIFURC_DMA_ATTRS);
	if (err)
		return err == -ENOMEM ? -ENOMEM : -EFAULT;
	err = bifurc_bounced(port, mapping) ? -EOPNOTSUPP :
	      bifurc_answer(mapping, req, segments);
	if (err) {
		bifurc_unmap(port, mapping);
		bifurc_unmapped(port);
	}
	return err;
}

/* --- verbs -------------------------------------------------------------- */

/* Fails if the split was given back meanwhile. */
static int bifurc_mapping_join(struct bifurc_sock *bsock,
			       struct bifurc_lease *lease,
			       struct bifurc_mapping *mapping, u64 *id)
{
	int err = 0;

	mutex_lock(&bsock->port->lock);
	if (bsock->lease == lease) {
		*id = ++bsock->last_mapping;
		mapping->id = *id; /* from here on DMA_UNMAP may end it */
		list_add_tail(&mapping->node, &lease->mappings);
	} else {
		err = bsock->gone ? -ENODEV : -ENOTCONN;
	}
	mutex_unlock(&bsock->port->lock);
	return err;
}

static int bifurc_map_and_join(struct bifurc_sock *bsock,
			       struct bifurc_mapping *mapping,
			       struct bifurc_dma_map *req,
			       struct bifurc_dma_segment **segments)
{
	struct bifurc_lease *lease = bifurc_lease_get(bsock);
	int err;

	if (IS_ERR(lease))
		return PTR_ERR(lease);
	err = bifurc_map(bsock->port, mapping, req, segments);
	if (err)
		goto put;
	err = bifurc_mapping_join(bsock, lease, mapping, &req->id);
	if (err) {
		bifurc_unmap(bsock->port, mapping);
		bifurc_unmapped(bsock->port);
	}
put:
	bifurc_lease_put(lease);
	return err;
}

/* On success the caller frees *segments. nr_segments is right on ENOSPC, too. */
int bifurc_dma_map(struct bifurc_sock *bsock, struct bifurc_dma_map *req,
		   struct bifurc_dma_segment **segments)
{
	struct bifurc_mapping *mapping;
	int err;

	mapping = bifurc_mapping_create(bsock->port, req->va, req->len);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	err = bifurc_map_and_join(bsock, mapping, req, segments);
	if (err) {
		kvfree(*segments);
		*segments = NULL;
		bifurc_mapping_free(mapping);
	}
	return err;
}

/* Takes a mapping from its lease; NULL: there is none of this number. */
static struct bifurc_mapping *bifurc_mapping_leave(struct bifurc_port *port,
						   struct bifurc_lease *lease,
						   u64 id)
{
	struct bifurc_mapping *mapping, *found = NULL;

	mutex_lock(&port->lock);
	list_for_each_entry(mapping, &lease->mappings, node) {
		if (mapping->id == id) {
			found = mapping;
			list_del(&found->node);
			break;
		}
	}
	mutex_unlock(&port->lock);
	return found;
}

int bifurc_dma_unmap(struct bifurc_sock *bsock, u64 id)
{
	struct bifurc_lease *lease = bifurc_lease_get(bsock);
	struct bifurc_mapping *mapping;

	if (IS_ERR(lease))
		return PTR_ERR(lease);
	mapping = bifurc_mapping_leave(bsock->port, lease, id);
	if (mapping) {
		bifurc_unmap(bsock->port, mapping);
		bifurc_unmapped(bsock->port);
	}
	bifurc_lease_put(lease);
	if (!mapping)
		return -EINVAL;
	bifurc_mapping_free(mapping);
	return 0;
}

/* Of a lease that ends: the list is nobody else's. */
void bifurc_dma_unmap_list(struct bifurc_port *port, struct list_head *list)
{
	struct bifurc_mapping *mapping;

	if (list_empty(list))
		return;
	list_for_each_entry(mapping, list, node)
		bifurc_unmap(port, mapping);
	bifurc_unmapped(port);
}

void bifurc_dma_unpin_list(struct list_head *list)
{
	struct bifurc_mapping *mapping, *next;

	list_for_each_entry_safe(mapping, next, list, node) {
		list_del(&mapping->node);
		bifurc_mapping_free(mapping);
	}
}
