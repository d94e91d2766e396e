// SPDX-License-Identifier: GPL-2.0
/*
 * The packet socket that is the handle. An attached one has other proto_ops:
 * a copy of af_packet's in which a few calls know the verbs and pass on the
 * rest. There is one copy for all, read-only once the module is loaded; what
 * belongs to a socket is found by its sk_user_data.
 */
#include <linux/file.h>
#include <linux/if_packet.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>

#include "core.h"

static struct proto_ops bifurc_ops __ro_after_init;

/* Of an attached socket whose file is held: it is attached until release. */
static struct bifurc_sock *bifurc_sock_of(struct socket *sock)
{
	/* Pairs with bifurc_attach_sock(): the call came by these. */
	smp_load_acquire(&sock->ops);
	return rcu_dereference_raw(__sk_user_data(sock->sk));
}

static int bifurc_setsockopt(struct socket *sock, int level, int optname,
			     sockptr_t optval, unsigned int optlen)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);

	if (level == SOL_PACKET && bifurc_is_set_verb(optname))
		return bifurc_set_verb(bsock, optname, optval, optlen);
	return bifurc_packet_ops->setsockopt(sock, level, optname, optval, optlen);
}

static int bifurc_getsockopt(struct socket *sock, int level, int optname,
			     char __user *optval, int __user *optlen)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);

	if (level == SOL_PACKET && bifurc_is_get_verb(optname))
		return bifurc_get_verb(bsock, optname, optval, optlen);
	return bifurc_packet_getsockopt(sock, level, optname, optval, optlen);
}

static int bifurc_mmap(struct file *file, struct socket *sock,
		       struct vm_area_struct *vma)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);

	if (bifurc_map_is_ours(vma))
		return bifurc_map_mmap(bsock, vma);
	return bifurc_packet_ops->mmap(file, sock, vma);
}

static __poll_t bifurc_poll(struct file *file, struct socket *sock,
			    struct poll_table_struct *wait)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);
	__poll_t mask = bifurc_packet_ops->poll(file, sock, wait);
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

static void bifurc_sock_destroy(struct bifurc_sock *bsock)
{
	bifurc_map_free(bsock);
	kfree(bsock);
}

/* However the socket ends, it ends here, once, with no call in flight. */
static int bifurc_release(struct socket *sock)
{
	struct bifurc_sock *bsock = bifurc_sock_of(sock);
	struct bifurc_port *port = bsock->port;
	struct bifurc_lease *lease;
	int err;

	rtnl_lock();
	mutex_lock(&port->lock);
	lease = bifurc_split_give_back(bsock);
	list_del(&bsock->node);
	WRITE_ONCE(port->nr_socks, port->nr_socks - 1);
	mutex_unlock(&port->lock);
	rtnl_unlock();
	if (lease)
		bifurc_lease_end(lease);

	/* The sock may outlive the socket. */
	rcu_assign_sk_user_data(sock->sk, NULL);
	err = bifurc_packet_ops->release(sock);
	/* The caller drops its reference of ops->owner, which is ours. */
	module_put(bifurc_packet_ops->owner);
	bifurc_sock_destroy(bsock);
	bifurc_port_put(port);
	return err;
}

static struct bifurc_sock *bifurc_sock_create(struct bifurc_port *port,
					      struct socket *sock,
					      const struct bifurc_rights *rights)
{
	struct bifurc_sock *bsock = kzalloc(sizeof(*bsock), GFP_KERNEL_ACCOUNT);

	if (!bsock)
		return NULL;
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

/* The place is its owner's, as elsewhere in the kernel; here it has none. */
static int bifurc_take_user_data(struct sock *sk, struct bifurc_sock *bsock)
{
	int err = 0;

	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_user_data)
		err = -EBUSY;
	else
		rcu_assign_sk_user_data(sk, bsock);
	write_unlock_bh(&sk->sk_callback_lock);
	return err;
}

/* RTNL is held: one attach at a time. */
static int bifurc_attach_sock(struct bifurc_port *port, struct socket *sock,
			      const struct bifurc_rights *rights)
{
	struct bifurc_sock *bsock;
	struct bifurc_link link;
	int err;

	if (READ_ONCE(port->nr_socks) >= BIFURC_SOCKS_MAX)
		return -EUSERS;
	bsock = bifurc_sock_create(port, sock, rights);
	if (!bsock)
		return -ENOMEM;
	err = bifurc_take_user_data(sock->sk, bsock);
	if (err) {
		bifurc_sock_destroy(bsock);
		return err;
	}
	/* Released by whoever releases the socket. */
	__module_get(THIS_MODULE);
	kref_get(&port->ref);

	bifurc_link_read(port->netdev, &link);
	mutex_lock(&port->lock);
	bifurc_status_link(bsock, &link);
	bifurc_status_state(bsock, port->generation, BIFURC_STATE_QUIESCED);
	list_add_tail(&bsock->node, &port->socks);
	WRITE_ONCE(port->nr_socks, port->nr_socks + 1);
	mutex_unlock(&port->lock);

	/* Whoever finds these operations finds a complete bifurc_sock. */
	smp_store_release(&sock->ops, &bifurc_ops);
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
	if (sock->ops == &bifurc_ops)
		return bifurc_sock_of(sock)->port == port ? 0 : -EINVAL;
	/* Or somebody else has replaced them, too. */
	if (sock->ops != bifurc_packet_ops)
		return -EOPNOTSUPP;
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

void __init bifurc_sock_init(void)
{
	if (!bifurc_packet_init(&bifurc_ops))
		return;
	bifurc_ops.owner = THIS_MODULE;
	bifurc_ops.setsockopt = bifurc_setsockopt;
	bifurc_ops.getsockopt = bifurc_getsockopt;
	bifurc_ops.mmap = bifurc_mmap;
	bifurc_ops.poll = bifurc_poll;
	bifurc_ops.release = bifurc_release;
}
