// SPDX-License-Identifier: GPL-2.0
/*
 * Packet sockets of a kernel that nobody has seen yet: in the place of the
 * kernel's own comes a family with one call more than those that bifurc.ko
 * knows, or, for comparison, without it. They carry nothing.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <net/sock.h>

static bool odd = true;
module_param(odd, bool, 0);

static struct proto odd_proto = {
	.name = "ODD_PACKET",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct sock),
};

static int odd_release(struct socket *sock)
{
	sock_orphan(sock->sk);
	sock_put(sock->sk);
	sock->sk = NULL;
	return 0;
}

static int odd_setsockopt(struct socket *sock, int level, int optname,
			  sockptr_t optval, unsigned int optlen)
{
	return -ENOPROTOOPT;
}

static int odd_getsockopt(struct socket *sock, int level, int optname,
			  char __user *optval, int __user *optlen)
{
	return -ENOPROTOOPT;
}

static int odd_peek_len(struct socket *sock)
{
	return 0;
}

static struct proto_ops odd_ops = {
	.family = PF_PACKET,
	.owner = THIS_MODULE,
	.release = odd_release,
	.getname = sock_no_getname,
	.poll = datagram_poll,
	.setsockopt = odd_setsockopt,
	.getsockopt = odd_getsockopt,
	.mmap = sock_no_mmap,
};

static int odd_create(struct net *net, struct socket *sock, int protocol,
		      int kern)
{
	struct sock *sk = sk_alloc(net, PF_PACKET, GFP_KERNEL, &odd_proto, kern);

	if (!sk)
		return -ENOBUFS;
	sock->ops = &odd_ops;
	sock_init_data(sock, sk);
	return 0;
}

static const struct net_proto_family odd_family = {
	.family = PF_PACKET,
	.create = odd_create,
	.owner = THIS_MODULE,
};

static int __init odd_init(void)
{
	if (odd)
		odd_ops.peek_len = odd_peek_len;
	sock_unregister(PF_PACKET);
	return sock_register(&odd_family);
}

/* The kernel's own are not there again before it boots. */
static void __exit odd_exit(void)
{
	sock_unregister(PF_PACKET);
}

module_init(odd_init);
module_exit(odd_exit);
MODULE_DESCRIPTION("Packet sockets with a call more, for a test");
MODULE_LICENSE("GPL");
