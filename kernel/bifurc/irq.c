// SPDX-License-Identifier: GPL-2.0
/*
 * Rx interrupts of split pairs: one MSI-X vector each, taken from those that
 * the driver left over, which signals an eventfd. All under port->lock.
 *
 * Vectors are given back before every reset, since a driver may then end
 * MSI-X as a whole. On kernels that cannot add vectors later there are none.
 */
#include <linux/atomic.h>
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/msi.h>

#include "core.h"

#ifdef BIFURC_HAVE_MSIX_DYN

/*
 * One signal for each arming. The NIC masks the vector with its interrupt and
 * keeps what comes later for the next arming; QEMU's 82576 does not, so an
 * interrupt that finds nobody waiting is remembered here as well.
 */
enum { BIFURC_IRQ_IDLE, BIFURC_IRQ_ARMED, BIFURC_IRQ_MISSED };

struct bifurc_irq {
	struct msi_map vector;
	struct eventfd_ctx *ctx;
	atomic_t state;
};

static void bifurc_irq_signal(struct bifurc_irq *irq)
{
#ifdef BIFURC_HAVE_EVENTFD_SIGNAL_COUNT
	eventfd_signal(irq->ctx, 1);
#else
	eventfd_signal(irq->ctx);
#endif
}

static irqreturn_t bifurc_irq_handler(int virq, void *data)
{
	struct bifurc_irq *irq = data;
	int old = atomic_read(&irq->state);
	int new;

	do {
		new = old == BIFURC_IRQ_ARMED ? BIFURC_IRQ_IDLE :
						BIFURC_IRQ_MISSED;
	} while (!atomic_try_cmpxchg(&irq->state, &old, new));
	if (old == BIFURC_IRQ_ARMED)
		bifurc_irq_signal(irq);
	return IRQ_HANDLED;
}

static struct bifurc_irq *bifurc_irq_create(struct bifurc_port *port,
					    struct eventfd_ctx *ctx)
{
	struct bifurc_irq *irq;
	int err;

	if (!port->pdev->msix_enabled || !pci_msix_can_alloc_dyn(port->pdev))
		return ERR_PTR(-EOPNOTSUPP);
	irq = kzalloc(sizeof(*irq), GFP_KERNEL_ACCOUNT);
	if (!irq)
		return ERR_PTR(-ENOMEM);
	irq->ctx = ctx;
	irq->vector = pci_msix_alloc_irq_at(port->pdev, MSI_ANY_INDEX, NULL);
	if (irq->vector.index < 0) {
		kfree(irq);
		return ERR_PTR(-EOPNOTSUPP); /* none left */
	}
	err = request_irq(irq->vector.virq, bifurc_irq_handler, 0, "bifurc",
			  irq);
	if (err) {
		pci_msix_free_irq(port->pdev, irq->vector);
		kfree(irq);
		return ERR_PTR(err);
	}
	return irq;
}

void bifurc_irq_detach(struct bifurc_sock *bsock, u32 pair)
{
	struct bifurc_irq **slot = &bsock->irq[pair - bsock->first];
	struct bifurc_port *port = bsock->port;
	struct bifurc_irq *irq = *slot;

	if (!irq)
		return;
	*slot = NULL;
	port->ops->irq_route(port->netdev, pair, -1);
	free_irq(irq->vector.virq, irq);
	pci_msix_free_irq(port->pdev, irq->vector);
	eventfd_ctx_put(irq->ctx);
	kfree(irq);
}

int bifurc_irq_attach(struct bifurc_sock *bsock, u32 pair,
		      struct eventfd_ctx *ctx)
{
	struct bifurc_port *port = bsock->port;
	struct bifurc_irq *irq;

	irq = bifurc_irq_create(port, ctx);
	if (IS_ERR(irq))
		return PTR_ERR(irq);
	bifurc_irq_detach(bsock, pair);
	port->ops->irq_route(port->netdev, pair, irq->vector.index);
	bsock->irq[pair - bsock->first] = irq;
	return 0;
}

int bifurc_irq_arm(struct bifurc_sock *bsock, u32 pair)
{
	struct bifurc_irq *irq = bsock->irq[pair - bsock->first];

	if (!irq)
		return -EINVAL;
	if (atomic_xchg(&irq->state, BIFURC_IRQ_ARMED) == BIFURC_IRQ_MISSED &&
	    atomic_cmpxchg(&irq->state, BIFURC_IRQ_ARMED, BIFURC_IRQ_IDLE) ==
		    BIFURC_IRQ_ARMED)
		bifurc_irq_signal(irq);
	bsock->port->ops->irq_arm(bsock->port->netdev, irq->vector.index);
	return 0;
}

#else

void bifurc_irq_detach(struct bifurc_sock *bsock, u32 pair)
{
}

int bifurc_irq_attach(struct bifurc_sock *bsock, u32 pair,
		      struct eventfd_ctx *ctx)
{
	return -EOPNOTSUPP;
}

int bifurc_irq_arm(struct bifurc_sock *bsock, u32 pair)
{
	return -EINVAL;
}

#endif /* BIFURC_HAVE_MSIX_DYN */

void bifurc_irq_detach_all(struct bifurc_sock *bsock)
{
	u32 pair;

	for (pair = bsock->first; pair < bsock->first + bsock->pairs; pair++)
		bifurc_irq_detach(bsock, pair);
}
