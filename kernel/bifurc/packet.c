// SPDX-License-Identifier: GPL-2.0
/*
 * What af_packet's own sockets do, on this kernel. They are looked at once,
 * when the module is loaded: a kernel that calls them in a way that nobody has
 * seen yet has no attached sockets.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "core.h"

const struct proto_ops *bifurc_packet_ops __ro_after_init;

#ifdef BIFURC_HAVE_GETSOCKOPT_ITER
/* Kernels that know both forms have packet sockets of either. */
static bool bifurc_packet_can_getsockopt(const struct proto_ops *ops)
{
	return !ops->getsockopt != !ops->getsockopt_iter;
}

/* As do_sock_getsockopt() calls it. */
static int bifurc_packet_getsockopt_iter(struct socket *sock, int level,
					 int optname, char __user *optval,
					 int __user *optlen)
{
	sockopt_t opt;
	int len, err;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	iov_iter_ubuf(&opt.iter_out, ITER_DEST, optval, len);
	iov_iter_ubuf(&opt.iter_in, ITER_SOURCE, optval, len);
	opt.optlen = len;
	err = bifurc_packet_ops->getsockopt_iter(sock, level, optname, &opt);
	if (put_user(opt.optlen, optlen))
		return -EFAULT;
	return err;
}

static void bifurc_packet_hide_iter(struct proto_ops *ops)
{
	ops->getsockopt_iter = NULL;
}
#else
static bool bifurc_packet_can_getsockopt(const struct proto_ops *ops)
{
	return ops->getsockopt;
}

static int bifurc_packet_getsockopt_iter(struct socket *sock, int level,
					 int optname, char __user *optval,
					 int __user *optlen)
{
	return -ENOPROTOOPT;
}

static void bifurc_packet_hide_iter(struct proto_ops *ops)
{
}
#endif

int bifurc_packet_getsockopt(struct socket *sock, int level, int optname,
			     char __user *optval, int __user *optlen)
{
	if (bifurc_packet_ops->getsockopt)
		return bifurc_packet_ops->getsockopt(sock, level, optname,
						     optval, optlen);
	return bifurc_packet_getsockopt_iter(sock, level, optname, optval,
					     optlen);
}

static void bifurc_packet_hide_sendpage(struct proto_ops *ops)
{
#ifdef BIFURC_HAVE_SENDPAGE
	ops->sendpage = NULL;
#endif
}

/* Calls beside those that are named here, whatever they may be. */
static bool bifurc_packet_has_more(const struct proto_ops *ops)
{
	struct proto_ops rest;

	memcpy(&rest, ops, sizeof(rest)); /* with what lies between members */
	rest.family = 0;
	rest.owner = NULL;
	rest.release = NULL;
	rest.bind = NULL;
	rest.connect = NULL;
	rest.socketpair = NULL;
	rest.accept = NULL;
	rest.getname = NULL;
	rest.poll = NULL;
	rest.ioctl = NULL;
	rest.gettstamp = NULL;
	rest.listen = NULL;
	rest.shutdown = NULL;
	rest.setsockopt = NULL;
	rest.getsockopt = NULL;
	bifurc_packet_hide_iter(&rest);
	rest.sendmsg = NULL;
	rest.recvmsg = NULL;
	rest.mmap = NULL;
	bifurc_packet_hide_sendpage(&rest);
	return memchr_inv(&rest, 0, sizeof(rest));
}

static bool bifurc_packet_known(const struct proto_ops *ops)
{
	return ops->family == PF_PACKET && ops->release && ops->getname &&
	       ops->setsockopt && bifurc_packet_can_getsockopt(ops) &&
	       ops->mmap && ops->poll && !bifurc_packet_has_more(ops);
}

/*
 * Copies them, to have some replaced. False: there are none that we know; then
 * nothing is attached, and the network goes on.
 */
bool __init bifurc_packet_init(struct proto_ops *copy)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, PF_PACKET, SOCK_RAW, 0, &sock);
	if (err) {
		pr_warn("bifurc: no queue pairs are lent: no packet socket can be made: %d\n",
			err);
		return false;
	}
	if (bifurc_packet_known(sock->ops)) {
		bifurc_packet_ops = sock->ops;
		__module_get(bifurc_packet_ops->owner);
		*copy = *bifurc_packet_ops;
		/*
		 * Of the two forms of getsockopt the older one is offered: it
		 * knows where the length goes, and so undoes a verb whose
		 * answer cannot be written.
		 */
		bifurc_packet_hide_iter(copy);
	} else {
		pr_warn("bifurc: no queue pairs are lent: this kernel's packet sockets are not known\n");
	}
	sock_release(sock);
	return bifurc_packet_ops;
}

void bifurc_packet_exit(void)
{
	if (bifurc_packet_ops)
		module_put(bifurc_packet_ops->owner);
}
