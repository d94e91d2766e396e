// SPDX-License-Identifier: GPL-2.0
/* Lends queue pairs of an igb port (82576, I350) to programs. */
#include <linux/iopoll.h>
#include <linux/module.h>

#include "igb.h"
#include "igb_bifurc.h"
#include "bifurc_uapi.h"

/* One queue of the 82576 may take this long to finish what it began: far
 * above the time of a frame and of a PCIe completion.
 */
#define IGB_BIFURC_IDLE_US 100000

/* 82576 datasheet 4.5.9: what was fetched before ENABLE went has drained. */
#define IGB_BIFURC_DRAIN_US 100

/* Looked up where the driver makes its netdev (Kbuild). */
#ifndef IGB_NETDEV_PRIV_IS_ADAPTER
#error "what netdev_priv() is in this igb is not known"
#endif
static struct igb_adapter *igb_bifurc_adapter(struct net_device *netdev)
{
	return netdev_priv(netdev);
}

static u32 igb_bifurc_queues(const struct igb_adapter *adapter)
{
	switch (adapter->hw.mac.type) {
	case e1000_82576:
		return 16;
	case e1000_i350:
		return 8;
	default:
		return 0;
	}
}

/*
 * A removed device reads all ones, of which igb_rd32() takes note: it writes
 * no more then. One that an error isolated is not asked at all.
 */
static bool igb_bifurc_answers(struct igb_adapter *adapter)
{
	struct e1000_hw *hw = &adapter->hw;

	return !pci_channel_offline(adapter->pdev) && ~rd32(E1000_STATUS);
}

static void igb_bifurc_limits(struct net_device *netdev,
			      struct bifurc_limits *limits)
{
	const struct igb_adapter *adapter = igb_bifurc_adapter(netdev);

	limits->chip = BIFURC_CHIP_82576;
	limits->features = 0;
	limits->ring_min = 32;
	limits->ring_max = IGB_MAX_RXD;
	limits->ring_multiple = 8;
	limits->pairs_kernel = max(adapter->num_rx_queues,
				   adapter->num_tx_queues);
	/* Suspended, it has none for the moment, and then as many as before. */
	if (!limits->pairs_kernel)
		limits->pairs_kernel = max(netdev->real_num_rx_queues,
					   netdev->real_num_tx_queues);
	limits->pairs_total = igb_bifurc_queues(adapter);
	/* Virtual functions own the queues above the port's. */
	if (adapter->vfs_allocated_count) {
		limits->features |= BIFURC_FEATURE_ALL_OWNED;
		limits->pairs_total = limits->pairs_kernel;
	}
}

static void igb_bifurc_pages(struct net_device *netdev, unsigned int pair,
			     u32 *rx, u32 *tx)
{
	*rx = 0xC000;
	*tx = 0xE000;
}

static void igb_bifurc_drop_enable(struct e1000_hw *hw, unsigned int first,
				   unsigned int count, bool enable)
{
	u32 mask = GENMASK(first + count - 1, first);
	u32 qde = rd32(E1000_QDE);

	wr32(E1000_QDE, enable ? qde | mask : qde & ~mask);
}

static void igb_bifurc_acquire(struct net_device *netdev, unsigned int first,
			       unsigned int count)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);

	igb_bifurc_drop_enable(&adapter->hw, first, count, true);
}

static bool igb_bifurc_idle(struct e1000_hw *hw, unsigned int first,
			    unsigned int count)
{
	unsigned int q;

	for (q = first; q < first + count; q++) {
		if (rd32(E1000_RXDCTL(q)) & E1000_RXDCTL_QUEUE_ENABLE ||
		    rd32(E1000_TXDCTL(q)) & E1000_TXDCTL_QUEUE_ENABLE)
			return false;
	}
	return true;
}

/* The next user of these queues finds them empty. */
static void igb_bifurc_clear(struct e1000_hw *hw, unsigned int q)
{
	wr32(E1000_RDBAL(q), 0);
	wr32(E1000_RDBAH(q), 0);
	wr32(E1000_RDLEN(q), 0);
	wr32(E1000_RDH(q), 0);
	wr32(E1000_RDT(q), 0);
	wr32(E1000_TDBAL(q), 0);
	wr32(E1000_TDBAH(q), 0);
	wr32(E1000_TDLEN(q), 0);
	wr32(E1000_TDH(q), 0);
	wr32(E1000_TDT(q), 0);
	/* Head write-back has an address of its own. */
	wr32(E1000_TDWBAL(q), 0);
	wr32(E1000_TDWBAH(q), 0);
}

static int igb_bifurc_quiesce(struct net_device *netdev, unsigned int first,
			      unsigned int count)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);
	struct e1000_hw *hw = &adapter->hw;
	unsigned int q;
	bool idle;
	int err;

	if (!igb_bifurc_answers(adapter))
		return -ENODEV;
	for (q = first; q < first + count; q++) {
		wr32(E1000_RXDCTL(q), 0);
		wr32(E1000_TXDCTL(q), 0);
	}
	err = read_poll_timeout(igb_bifurc_idle, idle,
				idle || E1000_REMOVED(hw->hw_addr), 50,
				IGB_BIFURC_IDLE_US, false, hw, first, count);
	if (err)
		return err;
	if (!idle)
		return -ENODEV;
	usleep_range(IGB_BIFURC_DRAIN_US, 2 * IGB_BIFURC_DRAIN_US);
	for (q = first; q < first + count; q++)
		igb_bifurc_clear(hw, q);
	igb_bifurc_drop_enable(hw, first, count, false);
	return 0;
}

static int igb_bifurc_flush(struct net_device *netdev, unsigned int first,
			    unsigned int count)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);

	/* The read arrives after all writes before it. */
	if (!igb_bifurc_answers(adapter))
		return -ENODEV;
	usleep_range(IGB_BIFURC_DRAIN_US, 2 * IGB_BIFURC_DRAIN_US);
	return 0;
}

static bool igb_bifurc_in(u32 queue, unsigned int first, unsigned int count)
{
	return queue >= first && queue < first + count;
}

static void igb_bifurc_drop_rss(struct igb_adapter *adapter, unsigned int first,
				unsigned int count, bool up)
{
	bool changed = false;
	int i;

	for (i = 0; i < IGB_RETA_SIZE; i++) {
		if (!igb_bifurc_in(adapter->rss_indir_tbl[i], first, count))
			continue;
		/* As igb_setup_mrqc() spreads them. */
		adapter->rss_indir_tbl[i] =
			(i * adapter->rss_queues) / IGB_RETA_SIZE;
		changed = true;
	}
	if (changed && up)
		igb_write_rss_indir_tbl(adapter);
}

static void igb_bifurc_drop_nfc(struct igb_adapter *adapter, unsigned int first,
				unsigned int count, bool up)
{
	struct igb_nfc_filter *rule;
	struct hlist_node *next;

	spin_lock(&adapter->nfc_lock);
	hlist_for_each_entry_safe(rule, next, &adapter->nfc_filter_list,
				  nfc_node) {
		if (!igb_bifurc_in(rule->action, first, count))
			continue;
		if (up)
			igb_erase_filter(adapter, rule);
		hlist_del(&rule->nfc_node);
		kfree(rule);
		adapter->nfc_filter_count--;
	}
	spin_unlock(&adapter->nfc_lock);
}

static void igb_bifurc_drop_rules(struct net_device *netdev, unsigned int first,
				  unsigned int count, bool up)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);

	up = up && igb_bifurc_answers(adapter);
	igb_bifurc_drop_rss(adapter, first, count, up);
	igb_bifurc_drop_nfc(adapter, first, count, up);
}

/* The counter clears itself when read; the driver reads only its own. */
static u32 igb_bifurc_rx_missed(struct net_device *netdev, unsigned int pair)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);
	struct e1000_hw *hw = &adapter->hw;
	u32 missed = rd32(E1000_RQDPC(pair));

	return E1000_REMOVED(hw->hw_addr) ? 0 : missed;
}

/* 82576: two columns of eight queues; I350: two queues to a register. */
static void igb_bifurc_irq_route(struct net_device *netdev, unsigned int pair,
				 int vector)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);
	struct e1000_hw *hw = &adapter->hw;
	bool columns = hw->mac.type == e1000_82576;
	unsigned int index = columns ? pair & 7 : pair >> 1;
	unsigned int shift = columns ? (pair & 8) << 1 : (pair & 1) << 4;
	u32 ivar;

	if (!igb_bifurc_answers(adapter))
		return;
	ivar = array_rd32(E1000_IVAR0, index) & ~(0xFFU << shift);
	if (vector >= 0) {
		wr32(E1000_EIMC, BIT(vector));
		wr32(E1000_EIAC, rd32(E1000_EIAC) | BIT(vector));
		wr32(E1000_EIAM, rd32(E1000_EIAM) | BIT(vector));
		ivar |= (vector | E1000_IVAR_VALID) << shift;
	}
	array_wr32(E1000_IVAR0, index, ivar);
	wrfl();
}

static void igb_bifurc_irq_arm(struct net_device *netdev, int vector)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);
	struct e1000_hw *hw = &adapter->hw;

	wr32(E1000_EIMS, BIT(vector));
}

static void igb_bifurc_request_reset(struct net_device *netdev)
{
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);

	if (!test_bit(__IGB_DOWN, &adapter->state))
		schedule_work(&adapter->reset_task);
}

/* A reset that did not reach the device has stopped nothing. */
void igb_bifurc_up(struct igb_adapter *adapter)
{
	if (igb_bifurc_answers(adapter))
		bifurc_reset_end(adapter->netdev);
}

/*
 * Somebody resets the function, through sysfs for instance: the same as after
 * an error, with RTNL. It is not held in between, since several functions may
 * be reset together.
 */
void igb_bifurc_reset_prepare(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);

	rtnl_lock();
	netif_device_detach(netdev);
	if (netif_running(netdev) && !test_bit(__IGB_DOWN, &adapter->state))
		igb_down(adapter);
	igb_ptp_suspend(adapter);
	rtnl_unlock();

	/* Nobody reads a register in the midst of the reset. */
	flush_work(&adapter->watchdog_task);
	flush_work(&adapter->reset_task);
}

void igb_bifurc_reset_done(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);
	struct igb_adapter *adapter = igb_bifurc_adapter(netdev);
	bool opened;

	if (!pci_device_is_present(pdev))
		return;
	rtnl_lock();
	opened = adapter->tx_ring[0] && adapter->tx_ring[0]->desc;
	adapter->hw.hw_addr = adapter->io_addr;
	igb_reset(adapter);
	if (opened)
		igb_up(adapter);
	netif_device_attach(netdev);
	/* Who took it down meanwhile could not close what is detached. */
	if (opened && !netif_running(netdev))
		igb_close(netdev);
	rtnl_unlock();
}

static const struct bifurc_driver_ops igb_bifurc_ops = {
	.limits = igb_bifurc_limits,
	.pages = igb_bifurc_pages,
	.acquire = igb_bifurc_acquire,
	.quiesce = igb_bifurc_quiesce,
	.drop_rules = igb_bifurc_drop_rules,
	.flush = igb_bifurc_flush,
	.rx_missed = igb_bifurc_rx_missed,
	.irq_route = igb_bifurc_irq_route,
	.irq_arm = igb_bifurc_irq_arm,
	.request_reset = igb_bifurc_request_reset,
};

/* A port that cannot split works as ever. */
void igb_bifurc_probe(struct igb_adapter *adapter)
{
	int err;

	if (!igb_bifurc_queues(adapter))
		return;
	err = bifurc_register(adapter->netdev, adapter->pdev, &igb_bifurc_ops);
	if (err)
		netdev_warn(adapter->netdev, "queue pairs cannot be lent: %d\n",
			    err);
}

/* In remove. A request may have come after the driver cancelled its work. */
void igb_bifurc_remove(struct igb_adapter *adapter)
{
	bifurc_unregister(adapter->netdev);
	cancel_work_sync(&adapter->reset_task);
}

bool igb_bifurc_may_steer(struct net_device *netdev, u32 queue, u32 own_queues)
{
	return queue < own_queues || bifurc_owns(netdev, queue);
}

/* A filter names its queue in three bits; a higher one would wrap round. */
bool igb_bifurc_may_filter(struct net_device *netdev, u64 queue, u32 own_queues)
{
	return queue < 8 && igb_bifurc_may_steer(netdev, queue, own_queues);
}

/* ethtool -X accepts rings below this. */
u32 igb_bifurc_rx_rings(struct net_device *netdev, u32 own_queues)
{
	return max(own_queues, bifurc_queue_end(netdev));
}

/*
 * ethtool's default names all rings that -X accepts, but lent ones are for
 * those who name them: it means the driver's own. Who wants just this table
 * gives weights.
 */
static bool igb_bifurc_rss_default(struct net_device *netdev, const u32 *indir,
				   u32 own_queues)
{
	return bifurc_rss_default(indir, IGB_RETA_SIZE,
				  igb_bifurc_rx_rings(netdev, own_queues));
}

bool igb_bifurc_may_rss(struct net_device *netdev, const u32 *indir, int i,
			u32 own_queues)
{
	return igb_bifurc_may_steer(netdev, indir[i], own_queues) ||
	       igb_bifurc_rss_default(netdev, indir, own_queues);
}

/* What this entry of a table that may be set becomes. */
u32 igb_bifurc_rss(struct net_device *netdev, const u32 *indir, int i,
		   u32 own_queues)
{
	return igb_bifurc_rss_default(netdev, indir, own_queues) ?
	       ethtool_rxfh_indir_default(i, own_queues) : indir[i];
}

/* The offline test writes patterns into all queues' registers. */
bool igb_bifurc_refuse_selftest(struct net_device *netdev,
				struct ethtool_test *test)
{
	if (test->flags != ETH_TEST_FL_OFFLINE ||
	    !bifurc_conflict(netdev, UINT_MAX, "the offline self-test"))
		return false;
	test->flags |= ETH_TEST_FL_FAILED;
	return true;
}

MODULE_VERSION(BIFURC_VERSION);
