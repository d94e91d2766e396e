// SPDX-License-Identifier: GPL-2.0
/* The status page: link, generation and state without a system call. */
#include <linux/ethtool.h>

#include "core.h"

static struct bifurc_status *bifurc_status_begin(struct bifurc_sock *bsock)
{
	struct bifurc_status *status = page_address(bsock->map.status);

	WRITE_ONCE(status->seq, status->seq + 1);
	smp_wmb(); /* readers see the odd seq before any change */
	return status;
}

static void bifurc_status_end(struct bifurc_status *status)
{
	smp_wmb(); /* and all changes before the even one */
	WRITE_ONCE(status->seq, status->seq + 1);
}

/* Caller holds RTNL. */
void bifurc_link_read(struct net_device *netdev, struct bifurc_link *link)
{
	struct ethtool_link_ksettings settings;

	memset(link, 0, sizeof(*link));
	link->up = netif_running(netdev) && netif_carrier_ok(netdev);
	if (!link->up || __ethtool_get_link_ksettings(netdev, &settings))
		return;
	if (settings.base.speed != (u32)SPEED_UNKNOWN)
		link->speed_mbps = settings.base.speed;
	link->full_duplex = settings.base.duplex == DUPLEX_FULL;
}

void bifurc_status_link(struct bifurc_sock *bsock,
			const struct bifurc_link *link)
{
	struct bifurc_status *status = bifurc_status_begin(bsock);

	status->size = sizeof(*status);
	status->link_up = link->up;
	status->speed_mbps = link->speed_mbps;
	status->full_duplex = link->full_duplex;
	bifurc_status_end(status);
}

void bifurc_status_state(struct bifurc_sock *bsock, u32 generation, u32 state)
{
	struct bifurc_status *status = bifurc_status_begin(bsock);

	status->size = sizeof(*status);
	WRITE_ONCE(status->generation, generation);
	WRITE_ONCE(status->state, state);
	bifurc_status_end(status);
}
