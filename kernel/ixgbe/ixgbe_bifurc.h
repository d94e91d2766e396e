/* SPDX-License-Identifier: GPL-2.0 */
/* Lends queue pairs of an ixgbe port to programs: what the driver calls. */
#ifndef IXGBE_BIFURC_H
#define IXGBE_BIFURC_H

#include "bifurc.h"

struct ixgbe_adapter;

void ixgbe_bifurc_probe(struct ixgbe_adapter *adapter);
void ixgbe_bifurc_remove(struct ixgbe_adapter *adapter);
void ixgbe_bifurc_up(struct ixgbe_adapter *adapter);
void ixgbe_bifurc_reset_prepare(struct pci_dev *pdev);
void ixgbe_bifurc_reset_done(struct pci_dev *pdev);
int ixgbe_bifurc_sriov_configure(struct pci_dev *pdev, int num_vfs);
bool ixgbe_bifurc_may_steer(struct ixgbe_adapter *adapter, u32 ring);
u8 ixgbe_bifurc_reg_idx(struct ixgbe_adapter *adapter, u32 ring);
bool ixgbe_bifurc_may_rss(struct ixgbe_adapter *adapter, const u32 *indir,
			  int i, u32 own_queues);
u32 ixgbe_bifurc_rss(struct ixgbe_adapter *adapter, const u32 *indir, int i,
		     u32 own_queues);
u32 ixgbe_bifurc_rx_rings(struct ixgbe_adapter *adapter, u32 own_queues);
bool ixgbe_bifurc_refuse_selftest(struct net_device *netdev,
				  struct ethtool_test *test);

#endif /* IXGBE_BIFURC_H */
