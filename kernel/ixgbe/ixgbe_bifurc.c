// SPDX-License-Identifier: GPL-2.0
/* Lends queue pairs of an ixgbe port (82599 and later) to programs. */
#include <linux/iopoll.h>
#include <linux/module.h>

#include "ixgbe.h"
#include "ixgbe_bifurc.h"
#include "ixgbe_sriov.h"
#include "bifurc_uapi.h"

/*
 * One queue may take this long to finish what it began: far above the time of
 * a frame and of a PCIe completion.
 */
#define IXGBE_BIFURC_IDLE_US 100000

/* 82599 datasheet 4.6.7.1.2: what was fetched before ENABLE went, drains. */
#define IXGBE_BIFURC_DRAIN_US 100

/*
 * 82599 datasheet 7.2.1.2.1: 64 Tx queues without DCB and virtualization.
 * Queues are numbered otherwise in those modes, and all belong to somebody.
 */
#define IXGBE_BIFURC_PAIRS 64

/* What every chip and every version of this driver allows. */
#define IXGBE_BIFURC_RING_MAX 4096

/*
 * 82599 datasheet 4.6.7.2.2: what a queue coalesces ends with the interval of
 * its vector, whether that interrupts or not. Queues whose user wants no
 * interrupts share the last vector; the driver takes its own from 0 on.
 */
#define IXGBE_BIFURC_IDLE_VECTOR (IXGBE_MAX_MSIX_VECTORS_82599 - 1)

/* Looked up in the driver's own files (Kbuild). */
static struct ixgbe_adapter *ixgbe_bifurc_adapter(struct net_device *netdev)
{
#if defined(IXGBE_HAVE_FROM_NETDEV)
	return ixgbe_from_netdev(netdev);
#elif defined(IXGBE_NETDEV_PRIV_IS_ADAPTER)
	return netdev_priv(netdev);
#else
#error "what netdev_priv() is in this ixgbe is not known"
#endif
}

/* Those with the 82599's queues and registers; a newer driver has more. */
static bool ixgbe_bifurc_knows(const struct ixgbe_hw *hw)
{
	switch (hw->mac.type) {
	case ixgbe_mac_82599EB:
	case ixgbe_mac_X540:
	case ixgbe_mac_X550:
	case ixgbe_mac_X550EM_x:
	case ixgbe_mac_x550em_a:
		return true;
	default:
		return false;
	}
}

static bool ixgbe_bifurc_plain_mode(const struct ixgbe_adapter *adapter)
{
	return !(adapter->flags & (IXGBE_FLAG_SRIOV_ENABLED |
				   IXGBE_FLAG_VMDQ_ENABLED |
				   IXGBE_FLAG_DCB_ENABLED));
}

/*
 * A removed device reads all ones, of which ixgbe_read_reg() takes note: it
 * writes no more then. One that an error isolated is not asked at all.
 */
static bool ixgbe_bifurc_answers(struct ixgbe_adapter *adapter)
{
	return !pci_channel_offline(adapter->pdev) &&
	       IXGBE_READ_REG(&adapter->hw, IXGBE_STATUS) !=
		       IXGBE_FAILED_READ_REG;
}

static void ixgbe_bifurc_limits(struct net_device *netdev,
				struct bifurc_limits *limits)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);
	int tx = adapter->num_tx_queues + adapter->num_xdp_queues;

	limits->chip = BIFURC_CHIP_82599;
	/* ixgbe never sets FDIRCTRL.Report-Status: no marks. */
	limits->features = 0;
	limits->ring_min = 32;
	limits->ring_max = IXGBE_BIFURC_RING_MAX;
	limits->ring_multiple = 8;
	limits->pairs_kernel = max(adapter->num_rx_queues, tx);
	/* Suspended, it has none for the moment, and then as many as before. */
	if (!limits->pairs_kernel)
		limits->pairs_kernel = max(netdev->real_num_rx_queues,
					   netdev->real_num_tx_queues);
	limits->pairs_total = IXGBE_BIFURC_PAIRS;
	if (!ixgbe_bifurc_plain_mode(adapter)) {
		limits->features |= BIFURC_FEATURE_ALL_OWNED;
		limits->pairs_total = limits->pairs_kernel;
	}
}

static void ixgbe_bifurc_pages(struct net_device *netdev, unsigned int pair,
			       u32 *rx, u32 *tx)
{
	*rx = ALIGN_DOWN(IXGBE_RXDCTL(pair), PAGE_SIZE);
	*tx = ALIGN_DOWN(IXGBE_TXDCTL(pair), PAGE_SIZE);
}

static void ixgbe_bifurc_drop_enable(struct ixgbe_hw *hw, unsigned int q,
				     u32 enable)
{
	IXGBE_WRITE_REG(hw, IXGBE_QDE, IXGBE_QDE_WRITE | enable |
			(q << IXGBE_QDE_IDX_SHIFT));
}

/* Which vector the Rx queue of this pair has; -1: none. */
static void ixgbe_bifurc_set_vector(struct ixgbe_hw *hw, unsigned int pair,
				    int vector)
{
	unsigned int shift = 16 * (pair & 1);
	u32 ivar = IXGBE_READ_REG(hw, IXGBE_IVAR(pair >> 1));

	ivar &= ~(0xFFU << shift);
	if (vector >= 0) {
		IXGBE_WRITE_REG(hw, IXGBE_EIMC_EX(vector / 32),
				BIT(vector % 32));
		ivar |= (vector | IXGBE_IVAR_ALLOC_VAL) << shift;
	}
	IXGBE_WRITE_REG(hw, IXGBE_IVAR(pair >> 1), ivar);
	IXGBE_WRITE_FLUSH(hw);
}

/* Auto-clear and auto-mask are on for all vectors: ixgbe_setup_gpie(). */
static void ixgbe_bifurc_irq_route(struct net_device *netdev, unsigned int pair,
				   int vector)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);
	struct ixgbe_hw *hw = &adapter->hw;

	if (!ixgbe_bifurc_answers(adapter))
		return;
	if (adapter->flags2 & IXGBE_FLAG2_RSC_ENABLED &&
	    adapter->flags & IXGBE_FLAG_MSIX_ENABLED) {
		if (vector < 0)
			vector = IXGBE_BIFURC_IDLE_VECTOR;
		IXGBE_WRITE_REG(hw, IXGBE_EITR(vector),
				IXGBE_20K_ITR | IXGBE_EITR_CNT_WDIS);
	}
	ixgbe_bifurc_set_vector(hw, pair, vector);
}

static void ixgbe_bifurc_acquire(struct net_device *netdev, unsigned int first,
				 unsigned int count)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);
	unsigned int q;

	for (q = first; q < first + count; q++) {
		ixgbe_bifurc_drop_enable(&adapter->hw, q, IXGBE_QDE_ENABLE);
		ixgbe_bifurc_irq_route(netdev, q, -1);
	}
}

static bool ixgbe_bifurc_idle(struct ixgbe_hw *hw, unsigned int first,
			      unsigned int count)
{
	unsigned int q;

	for (q = first; q < first + count; q++) {
		if (IXGBE_READ_REG(hw, IXGBE_RXDCTL(q)) & IXGBE_RXDCTL_ENABLE ||
		    IXGBE_READ_REG(hw, IXGBE_TXDCTL(q)) & IXGBE_TXDCTL_ENABLE)
			return false;
	}
	return true;
}

/* The next user of these queues finds them empty. */
static void ixgbe_bifurc_clear(struct ixgbe_hw *hw, unsigned int q)
{
	IXGBE_WRITE_REG(hw, IXGBE_RDBAL(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_RDBAH(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_RDLEN(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_RDH(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_RDT(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_RSCCTL(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_TDBAL(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_TDBAH(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_TDLEN(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_TDH(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_TDT(q), 0);
	/* Head write-back has an address of its own. */
	IXGBE_WRITE_REG(hw, IXGBE_TDWBAL(q), 0);
	IXGBE_WRITE_REG(hw, IXGBE_TDWBAH(q), 0);
}

static int ixgbe_bifurc_quiesce(struct net_device *netdev, unsigned int first,
				unsigned int count)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);
	struct ixgbe_hw *hw = &adapter->hw;
	unsigned int q;
	bool idle;
	int err;

	if (!ixgbe_bifurc_answers(adapter))
		return -ENODEV;
	for (q = first; q < first + count; q++) {
		IXGBE_WRITE_REG(hw, IXGBE_RXDCTL(q), IXGBE_RXDCTL_SWFLSH);
		IXGBE_WRITE_REG(hw, IXGBE_TXDCTL(q), IXGBE_TXDCTL_SWFLSH);
	}
	err = read_poll_timeout(ixgbe_bifurc_idle, idle,
				idle || ixgbe_removed(hw->hw_addr), 50,
				IXGBE_BIFURC_IDLE_US, false, hw, first, count);
	if (err)
		return err;
	if (!idle)
		return -ENODEV;
	usleep_range(IXGBE_BIFURC_DRAIN_US, 2 * IXGBE_BIFURC_DRAIN_US);
	for (q = first; q < first + count; q++) {
		ixgbe_bifurc_clear(hw, q);
		ixgbe_bifurc_set_vector(hw, q, -1);
		ixgbe_bifurc_drop_enable(hw, q, 0);
	}
	return 0;
}

static int ixgbe_bifurc_flush(struct net_device *netdev, unsigned int first,
			      unsigned int count)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);

	/* The read arrives after all writes before it. */
	if (!ixgbe_bifurc_answers(adapter))
		return -ENODEV;
	usleep_range(IXGBE_BIFURC_DRAIN_US, 2 * IXGBE_BIFURC_DRAIN_US);
	return 0;
}

static bool ixgbe_bifurc_in(u32 queue, unsigned int first, unsigned int count)
{
	return queue >= first && queue < first + count;
}

static void ixgbe_bifurc_drop_rss(struct ixgbe_adapter *adapter,
				  unsigned int first, unsigned int count,
				  bool up)
{
	u32 entries = ixgbe_rss_indir_tbl_entries(adapter);
	u32 own = adapter->ring_feature[RING_F_RSS].indices;
	bool changed = false;
	u32 i;

	for (i = 0; i < entries; i++) {
		if (!ixgbe_bifurc_in(adapter->rss_indir_tbl[i], first, count))
			continue;
		/* As ixgbe_setup_reta() spreads them. */
		adapter->rss_indir_tbl[i] = i % max(own, 1U);
		changed = true;
	}
	if (changed && up)
		ixgbe_store_reta(adapter);
}

static bool ixgbe_bifurc_rule_in(const struct ixgbe_fdir_filter *rule,
				 unsigned int first, unsigned int count)
{
	if (rule->action == IXGBE_FDIR_DROP_QUEUE ||
	    ethtool_get_flow_spec_ring_vf(rule->action))
		return false;
	return ixgbe_bifurc_in(ethtool_get_flow_spec_ring(rule->action), first,
			       count);
}

static void ixgbe_bifurc_drop_fdir(struct ixgbe_adapter *adapter,
				   unsigned int first, unsigned int count,
				   bool up)
{
	struct ixgbe_fdir_filter *rule;
	struct hlist_node *next;

	spin_lock(&adapter->fdir_perfect_lock);
	hlist_for_each_entry_safe(rule, next, &adapter->fdir_filter_list,
				  fdir_node) {
		if (!ixgbe_bifurc_rule_in(rule, first, count))
			continue;
		if (up)
			ixgbe_fdir_erase_perfect_filter_82599(&adapter->hw,
							      &rule->filter,
							      rule->sw_idx);
		hlist_del(&rule->fdir_node);
		kfree(rule);
		adapter->fdir_filter_count--;
	}
	spin_unlock(&adapter->fdir_perfect_lock);
}

static void ixgbe_bifurc_drop_rules(struct net_device *netdev,
				    unsigned int first, unsigned int count,
				    bool up)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);

	up = up && ixgbe_bifurc_answers(adapter);
	ixgbe_bifurc_drop_rss(adapter, first, count, up);
	ixgbe_bifurc_drop_fdir(adapter, first, count, up);
}

static void ixgbe_bifurc_irq_arm(struct net_device *netdev, int vector)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);

	IXGBE_WRITE_REG(&adapter->hw, IXGBE_EIMS_EX(vector / 32),
			BIT(vector % 32));
}

/* The service timer is stopped only after bifurc_reset_begin(). */
static void ixgbe_bifurc_request_reset(struct net_device *netdev)
{
	struct ixgbe_adapter *adapter = ixgbe_bifurc_adapter(netdev);

	set_bit(__IXGBE_RESET_REQUESTED, &adapter->state);
	mod_timer(&adapter->service_timer, jiffies);
}

/* A reset that did not reach the device has stopped nothing. */
void ixgbe_bifurc_up(struct ixgbe_adapter *adapter)
{
	if (ixgbe_bifurc_answers(adapter))
		bifurc_reset_end(adapter->netdev);
}

/*
 * Somebody resets the function, through sysfs for instance. RTNL is not held
 * in between, since several functions may be reset together. Chips that lend
 * nothing keep what their driver does, which is nothing.
 */
void ixgbe_bifurc_reset_prepare(struct pci_dev *pdev)
{
	struct ixgbe_adapter *adapter = pci_get_drvdata(pdev);
	struct net_device *netdev = adapter->netdev;

	if (!ixgbe_bifurc_knows(&adapter->hw))
		return;
	rtnl_lock();
	netif_device_detach(netdev);
	if (netif_running(netdev))
		ixgbe_down(adapter);
	rtnl_unlock();

	/* Nobody reads a register in the midst of the reset. */
	flush_work(&adapter->service_task);
}

void ixgbe_bifurc_reset_done(struct pci_dev *pdev)
{
	struct ixgbe_adapter *adapter = pci_get_drvdata(pdev);
	struct net_device *netdev = adapter->netdev;
	bool opened;

	if (!ixgbe_bifurc_knows(&adapter->hw) || !pci_device_is_present(pdev))
		return;
	rtnl_lock();
	opened = adapter->tx_ring[0] && adapter->tx_ring[0]->desc;
	adapter->hw.hw_addr = adapter->io_addr;
	ixgbe_reset(adapter);
	if (opened)
		ixgbe_up(adapter);
	else if (netif_running(netdev)) /* ixgbe_io_error_detected() closed it */
		ixgbe_open(netdev);
	netif_device_attach(netdev);
	/* Who took it down meanwhile could not close what is detached. */
	if (opened && !netif_running(netdev))
		ixgbe_close(netdev);
	rtnl_unlock();
}

static const struct bifurc_driver_ops ixgbe_bifurc_ops = {
	.limits = ixgbe_bifurc_limits,
	.pages = ixgbe_bifurc_pages,
	.acquire = ixgbe_bifurc_acquire,
	.quiesce = ixgbe_bifurc_quiesce,
	.drop_rules = ixgbe_bifurc_drop_rules,
	.flush = ixgbe_bifurc_flush,
	.irq_route = ixgbe_bifurc_irq_route,
	.irq_arm = ixgbe_bifurc_irq_arm,
	.request_reset = ixgbe_bifurc_request_reset,
};

/* A port that cannot split works as ever. */
void ixgbe_bifurc_probe(struct ixgbe_adapter *adapter)
{
	int err;

	if (!ixgbe_bifurc_knows(&adapter->hw))
		return;
	err = bifurc_register(adapter->netdev, adapter->pdev,
			      &ixgbe_bifurc_ops);
	if (err)
		netdev_warn(adapter->netdev, "queue pairs cannot be lent: %d\n",
			    err);
}

/* In remove. A request may have come after the driver stopped its work. */
void ixgbe_bifurc_remove(struct ixgbe_adapter *adapter)
{
	bifurc_unregister(adapter->netdev);
	timer_delete_sync(&adapter->service_timer);
	cancel_work_sync(&adapter->service_task);
}

/* Nothing is lent while the mode changes. */
int ixgbe_bifurc_sriov_configure(struct pci_dev *pdev, int num_vfs)
{
	struct ixgbe_adapter *adapter = pci_get_drvdata(pdev);
	int done;

	done = bifurc_exclude(adapter->netdev, "SR-IOV");
	if (done)
		return done;
	done = ixgbe_pci_sriov_configure(pdev, num_vfs);
	bifurc_include(adapter->netdev);
	return done;
}

bool ixgbe_bifurc_may_steer(struct ixgbe_adapter *adapter, u32 ring)
{
	return ring < adapter->num_rx_queues ||
	       bifurc_owns(adapter->netdev, ring);
}

/* The number of a lent queue is the hardware's already. */
u8 ixgbe_bifurc_reg_idx(struct ixgbe_adapter *adapter, u32 ring)
{
	return ring < adapter->num_rx_queues ? adapter->rx_ring[ring]->reg_idx :
					       ring;
}

/* Entries of the indirection table have four bits, the X550's six. */
static u32 ixgbe_bifurc_rss_reach(const struct ixgbe_adapter *adapter)
{
	return adapter->hw.mac.type >= ixgbe_mac_X550 ? 64 : 16;
}

/* ethtool -X accepts rings below this. */
u32 ixgbe_bifurc_rx_rings(struct ixgbe_adapter *adapter, u32 own_queues)
{
	return max(own_queues, min(bifurc_queue_end(adapter->netdev),
				   ixgbe_bifurc_rss_reach(adapter)));
}

/*
 * ethtool's default names all rings that -X accepts, but lent ones are for
 * those who name them: it means the driver's own. Who wants just this table
 * gives weights.
 */
static bool ixgbe_bifurc_rss_default(struct ixgbe_adapter *adapter,
				     const u32 *indir, u32 own_queues)
{
	return bifurc_rss_default(indir, ixgbe_rss_indir_tbl_entries(adapter),
				  ixgbe_bifurc_rx_rings(adapter, own_queues));
}

bool ixgbe_bifurc_may_rss(struct ixgbe_adapter *adapter, const u32 *indir,
			  int i, u32 own_queues)
{
	return indir[i] < own_queues ||
	       (indir[i] < ixgbe_bifurc_rss_reach(adapter) &&
		bifurc_owns(adapter->netdev, indir[i])) ||
	       ixgbe_bifurc_rss_default(adapter, indir, own_queues);
}

/* What this entry of a table that may be set becomes. */
u32 ixgbe_bifurc_rss(struct ixgbe_adapter *adapter, const u32 *indir, int i,
		     u32 own_queues)
{
	return ixgbe_bifurc_rss_default(adapter, indir, own_queues) ?
	       ethtool_rxfh_indir_default(i, own_queues) : indir[i];
}

/* The offline test writes patterns into all queues' registers. */
bool ixgbe_bifurc_refuse_selftest(struct net_device *netdev,
				  struct ethtool_test *test)
{
	if (test->flags != ETH_TEST_FL_OFFLINE ||
	    !bifurc_conflict(netdev, UINT_MAX, "the offline self-test"))
		return false;
	test->flags |= ETH_TEST_FL_FAILED;
	return true;
}

MODULE_VERSION(BIFURC_VERSION);
