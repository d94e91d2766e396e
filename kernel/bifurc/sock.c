// SPDX-License-Identifier: GPL-2.0
/*
 * The packet socket that is the handle. An attached one has proto_ops of its
 * own: a copy of af_packet's in which a few calls know the verbs and pass on
 * the rest. The copy lies in the bifurc_sock, which is how a call finds it.
 */
#include <linux/file.h>
#include <linux/if_packet.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>

#include "core.h"

struct bifurc_sock *bifurc_sock_of(struct socket *sock)
{
	return container_of(READ_ONCE(sock->ops), struct bifurc_sock, ops);
}

static int bifurc_setsockopt(struct socket *sock, int level, int optname,
			     sockptr_t optval, unsigned int optlen)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);

	if (level == SOL_PACKET && bifurc_is_set_verb(optname))
		return bifurc_set_verb(bsock, optname, optval, optlen);
	return bsock->orig->setsockopt(sock, level, optname, optval, optlen);
}

static int bifurc_getsockopt(struct socket *sock, int level, int optname,
			     char __user *optval, int __user *optlen)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);

	if (level == SOL_PACKET && bifurc_is_get_verb(optname))
		return bifurc_get_verb(bsock, optname, optval, optlen);
	return bsock->orig->getsockopt(sock, level, optname, optval, optlen);
}

static int bifurc_mmap(struct file *file, struct socket *sock,
		       struct vm_area_struct *vma)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);

	if (bifurc_map_is_ours(vma))
		return bifurc_map_mmap(bsock, vma);
	return bsock->orig->mmap(file, sock, vma);
}

static __poll_t bifurc_poll(struct file *file, struct socket *sock,
			    struct poll_table_struct *wait)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);
	__poll_t mask = bsock->orig->poll(file, sock, wait);
	u32 events;

	/* The socket's own queue, which bifurc_raise() wakes, is polled now. */
	spin_lock(&bsock->events_lock);
	events = bsock->events;
	spin_unlock(&bsock->events_lock);
	if (events)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(bsock->gone))
		mask |= EPOLLHUP | EPOLLERR;
	return mask;
}

void bifurc_raise(struct bifurc_sock *bsock, u32 events)
{
	struct sock *sk = bsock->sock->sk;

	spin_lock(&bsock->events_lock);
	bsock->events |= events;
	spin_unlock(&bsock->events_lock);
	if (events & BIFURC_EVENT_GONE)
		sk->sk_state_change(sk);
	sk->sk_data_ready(sk);
}

/* However the socket ends, it ends here, once, with no call in flight. */
static int bifurc_release(struct socket *sock)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);
	const struct proto_ops *orig = bsock->orig;
	struct bifurc_port *port = bsock->port;
	struct bifurc_lease *lease;
	int err;

	rtnl_lock();
	mutex_lock(&port->lock);
	lease = bifurc_split_give_back(bsock);
	list_del(&bsock->node);
	mutex_unlock(&port->lock);
	rtnl_unlock();
	if (lease)
		bifurc_lease_end(lease);

	err = orig->release(sock);
	/* The caller drops its reference of ops->owner, which is ours. */
	module_put(orig->owner);
	bifurc_map_free(bsock);
	bifurc_port_put(port);
	kfree(bsock);
	return err;
}

static struct bifurc_sock *bifurc_sock_create(struct bifurc_port *port,
					      struct socket *sock,
					      const struct bifurc_rights *rights)
{
	struct bifurc_sock *bsock = kzalloc(sizeof(*bsock), GFP_KERNEL_ACCOUNT);

	if (!bsock)
		return NULL;
	bsock->orig = sock->ops;
	bsock->ops = *sock->ops;
	bsock->ops.owner = THIS_MODULE;
	bsock->ops.setsockopt = bifurc_setsockopt;
	bsock->ops.getsockopt = bifurc_getsockopt;
	bsock->ops.mmap = bifurc_mmap;
	bsock->ops.poll = bifurc_poll;
	bsock->ops.release = bifurc_release;
	bsock->sock = sock;
	bsock->port = port;
	bsock->rights = *rights;
	spin_lock_init(&bsock->events_lock);
	if (bifurc_map_init(bsock)) {
		kfree(bsock);
		return NULL;
	}
	return bsock;
}

/* RTNL is held: one attach at a time. */
static int bifurc_attach_sock(struct bifurc_port *port, struct socket *sock,
			      const struct bifurc_rights *rights)
{
	struct bifurc_sock *bsock;
	struct bifurc_link link;

	bsock = bifurc_sock_create(port, sock, rights);
	if (!bsock)
		return -ENOMEM;
	/* Released by whoever releases the socket. */
	__module_get(THIS_MODULE);
	kref_get(&port->ref);

	bifurc_link_read(port->netdev, &link);
	mutex_lock(&port->lock);
	bifurc_status_link(bsock, &link);
	bifurc_status_state(bsock, port->generation, BIFURC_STATE_QUIESCED);
	list_add_tail(&bsock->node, &port->socks);
	mutex_unlock(&port->lock);

	/* Whoever finds these operations finds a complete bifurc_sock. */
	smp_store_release(&sock->ops, &bsock->ops);
	return 0;
}

static int bifurc_bound_ifindex(struct socket *sock)
{
	struct sockaddr_storage name = {};
	struct sockaddr_ll *ll = (struct sockaddr_ll *)&name;

	if (sock->ops->getname(sock, (struct sockaddr *)&name, 0) < 0)
		return 0;
	return ll->sll_ifindex;
}

static int bifurc_attach_checked(struct bifurc_port *port, struct socket *sock,
				 const struct bifurc_rights *rights)
{
	int ifindex;

	if (sock->ops->family != PF_PACKET ||
	    (sock->type != SOCK_RAW && sock->type != SOCK_DGRAM))
		return -EINVAL;
	if (!net_eq(sock_net(sock->sk), dev_net(port->netdev)))
		return -EINVAL;
	/* Its rights stay what they were: nobody is talked into raising them. */
	if (sock->ops->release == bifurc_release)
		return bifurc_sock_of(sock)->port == port ? 0 : -EINVAL;
	ifindex = bifurc_bound_ifindex(sock);
	if (ifindex <= 0)
		return -ENODEV;
	if (ifindex != port->netdev->ifindex)
		return -EINVAL;
	return bifurc_attach_sock(port, sock, rights);
}

/* A netdev's ioctl is not told by which socket it came: hence fd. */
int bifurc_attach(struct bifurc_port *port, int fd,
		  const struct bifurc_rights *rights)
{
	struct socket *sock;
	int err;

	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err == -EBADF ? -EINVAL : err;
	err = bifurc_attach_checked(port, sock, rights);
	sockfd_put(sock);
	return err;
}
