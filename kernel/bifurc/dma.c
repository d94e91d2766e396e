// SPDX-License-Identifier: GPL-2.0
/* Memory of a program, pinned and mapped for the device. */
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
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
	struct mm_struct *mm; /* whose locked memory it counts as */
	unsigned long pages;
};

static struct iommu_domain *bifurc_domain(struct bifurc_port *port)
{
	struct iommu_domain *domain;

	domain = iommu_get_domain_for_dev(&port->pdev->dev);
	return domain && domain->type != IOMMU_DOMAIN_IDENTITY ? domain : NULL;
}

u32 bifurc_dma_protection(struct bifurc_port *port)
{
	return bifurc_domain(port) ? BIFURC_DMA_IOMMU : BIFURC_DMA_NONE;
}

void bifurc_dma_init(struct bifurc_sock *bsock)
{
	mutex_init(&bsock->dma.lock);
	INIT_LIST_HEAD(&bsock->dma.mappings);
}

static void bifurc_unpin(struct bifurc_mapping *mapping)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&mapping->table, sg, i)
		unpin_user_page_range_dirty_lock(sg_page(sg),
						 sg->length >> PAGE_SHIFT,
						 true);
	sg_free_table(&mapping->table);
	account_locked_vm(mapping->mm, mapping->pages, false);
	mmdrop(mapping->mm);
	kfree(mapping);
}

static void bifurc_unmap(struct bifurc_port *port,
			 struct bifurc_mapping *mapping)
{
	struct iommu_domain *domain = bifurc_domain(port);

	dma_unmap_sgtable(&port->pdev->dev, &mapping->table, DMA_BIDIRECTIONAL,
			  BIFURC_DMA_ATTRS);
	/* A lazy IOMMU would let the device reach the pages a little longer. */
	if (domain)
		iommu_flush_iotlb_all(domain);
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
		if (got > 0 && !fatal_signal_pending(current)) {
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
	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	err = bifurc_pin(va, pages, count);
	if (!err) {
		err = sg_alloc_table_from_pages_segment(table, pages, count, 0,
							count << PAGE_SHIFT,
							port->dma_segment,
							GFP_KERNEL);
		if (err)
			unpin_user_pages(pages, count);
	}
	kvfree(pages);
	return err;
}

/* No lock is held: faulting memory in may take as long as its owner likes. */
static struct bifurc_mapping *bifurc_mapping_create(struct bifurc_port *port,
						    u64 va, u64 len)
{
	struct bifurc_mapping *mapping;
	int err;

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->mm = current->mm;
	mapping->pages = len >> PAGE_SHIFT;
	err = account_locked_vm(mapping->mm, mapping->pages, true);
	if (err)
		goto free;
	err = bifurc_pin_table(port, va, mapping->pages, &mapping->table);
	if (err)
		goto unaccount;
	mmgrab(mapping->mm);
	return mapping;

unaccount:
	account_locked_vm(mapping->mm, mapping->pages, false);
free:
	kfree(mapping);
	return ERR_PTR(err);
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
	*segments = kvmalloc_array(count, sizeof(**segments), GFP_KERNEL);
	if (!*segments)
		return -ENOMEM;
	bifurc_segments(mapping, *segments, count);
	return 0;
}

/* dma.lock held. */
static int bifurc_mapping_add(struct bifurc_sock *bsock,
			      struct bifurc_mapping *mapping,
			      struct bifurc_dma_map *req,
			      struct bifurc_dma_segment **segments)
{
	struct bifurc_port *port = bsock->port;
	int err;

	if (READ_ONCE(bsock->gone))
		return -ENODEV;
	if (!READ_ONCE(bsock->pairs))
		return -ENOTCONN;
	err = dma_map_sgtable(&port->pdev->dev, &mapping->table,
			      DMA_BIDIRECTIONAL, BIFURC_DMA_ATTRS);
	if (err)
		return err == -ENOMEM ? -ENOMEM : -EFAULT;
	err = bifurc_bounced(port, mapping) ? -EOPNOTSUPP :
	      bifurc_answer(mapping, req, segments);
	if (err) {
		bifurc_unmap(port, mapping);
		return err;
	}
	mapping->id = ++bsock->dma.last_id;
	req->id = mapping->id;
	list_add_tail(&mapping->node, &bsock->dma.mappings);
	return 0;
}

/*
 * On success the caller frees *segments. nr_segments is right on ENOSPC, too.
 * Give-back clears `pairs`, and removal sets `gone`, before either takes the
 * list under dma.lock: what is added here is never left behind.
 */
int bifurc_dma_map(struct bifurc_sock *bsock, struct bifurc_dma_map *req,
		   struct bifurc_dma_segment **segments)
{
	struct bifurc_mapping *mapping;
	int err;

	mapping = bifurc_mapping_create(bsock->port, req->va, req->len);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	mutex_lock(&bsock->dma.lock);
	err = bifurc_mapping_add(bsock, mapping, req, segments);
	mutex_unlock(&bsock->dma.lock);
	if (err)
		bifurc_unpin(mapping);
	return err;
}

int bifurc_dma_unmap(struct bifurc_sock *bsock, u64 id)
{
	struct bifurc_mapping *mapping;
	int err = -EINVAL;

	mutex_lock(&bsock->dma.lock);
	list_for_each_entry(mapping, &bsock->dma.mappings, node) {
		if (mapping->id != id)
			continue;
		list_del(&mapping->node);
		bifurc_unmap(bsock->port, mapping);
		bifurc_unpin(mapping);
		err = 0;
		break;
	}
	mutex_unlock(&bsock->dma.lock);
	return err;
}

void bifurc_dma_free_list(struct bifurc_port *port, struct list_head *list)
{
	struct bifurc_mapping *mapping, *next;

	list_for_each_entry_safe(mapping, next, list, node) {
		list_del(&mapping->node);
		bifurc_unmap(port, mapping);
		bifurc_unpin(mapping);
	}
}

/* With `keep` the mappings live on in that list. port->lock held. */
void bifurc_dma_unmap_all(struct bifurc_sock *bsock, struct list_head *keep)
{
	mutex_lock(&bsock->dma.lock);
	if (keep)
		list_splice_tail_init(&bsock->dma.mappings, keep);
	else
		bifurc_dma_free_list(bsock->port, &bsock->dma.mappings);
	mutex_unlock(&bsock->dma.lock);
}
