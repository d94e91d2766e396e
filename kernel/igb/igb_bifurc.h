/* SPDX-License-Identifier: GPL-2.0 */
/* Lends queue pairs of an igb port to programs: what the driver calls. */
#ifndef IGB_BIFURC_H
#define IGB_BIFURC_H

#include "bifurc.h"

struct igb_adapter;

void igb_bifurc_probe(struct igb_adapter *adapter);
void igb_bifurc_remove(struct igb_adapter *adapter);
void igb_bifurc_up(struct igb_adapter *adapter);
void igb_bifurc_reset_prepare(struct pci_dev *pdev);
void igb_bifurc_reset_done(struct pci_dev *pdev);
bool igb_bifurc_may_steer(struct net_device *netdev, u32 queue, u32 own_queues);
bool igb_bifurc_may_filter(struct net_device *netdev, u64 queue,
			   u32 own_queues);
u32 igb_bifurc_rx_rings(struct net_device *netdev, u32 own_queues);
bool igb_bifurc_may_rss(struct net_device *netdev, const u32 *indir, int i,
			u32 own_queues);
u32 igb_bifurc_rss(struct net_device *netdev, const u32 *indir, int i,
		   u32 own_queues);
bool igb_bifurc_refuse_selftest(struct net_device *netdev,
				struct ethtool_test *test);

#endif /* IGB_BIFURC_H */
