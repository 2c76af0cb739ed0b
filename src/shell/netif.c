/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A listener on the kernel's routing news: see netif.h. Source: netlink(7), rtnetlink(7). Only the
 * type of each message is looked at; who wants details asks the kernel anew.
 */
#include "shell/netif.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Tunables.
 * DRAIN_READS    reads of one drain; a router with full tables can talk without end
 * DRAIN_BYTES    one read; the kernel's broadcasts are below 8 KiB
 * RECEIVE_BYTES  receive buffer; overflow is harmless, everything then counts as changed */
#define DRAIN_READS 64
#define DRAIN_BYTES 16384
#define RECEIVE_BYTES (256 * 1024)

struct netif {
	int fd;
	union {
		struct nlmsghdr align;
		char bytes[DRAIN_BYTES];
	} buffer;
};

int
netif_open(struct netif **ret)
{
	const struct sockaddr_nl local = {
	    .nl_family = AF_NETLINK,
	    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			 RTMGRP_IPV6_ROUTE,
	};
	const int receive_bytes = RECEIVE_BYTES;
	struct netif *n = calloc(1, sizeof(*n));
	int r;

	if (n == NULL)
		return -ENOMEM;
	n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (n->fd < 0 || bind(n->fd, (const struct sockaddr *)&local, sizeof(local)) < 0) {
		r = -errno;
		netif_free(n);
		return r;
	}
	/* Best effort: with the default buffer news is only dropped a little sooner. */
	(void)setsockopt(n->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
	*ret = n;
	return 0;
}

void
netif_free(struct netif *n)
{
	if (n == NULL)
		return;
	if (n->fd >= 0)
		(void)close(n->fd); /* nothing was written that could be lost */
	free(n);
}

int
netif_fd(const struct netif *n)
{
	return n->fd;
}

static unsigned int
change_of(uint16_t type)
{
	switch (type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return NETIF_LINKS;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return NETIF_ADDRS;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return NETIF_ROUTES;
	default:
		return 0;
	}
}

static unsigned int
changes_in(const char *bytes, size_t len)
{
	unsigned int changed = 0;

	/* Every step is at least one header long, so the loop ends with the buffer. */
	for (size_t at = 0; len - at >= sizeof(struct nlmsghdr);) {
		struct nlmsghdr head;

		memcpy(&head, bytes + at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len - at)
			return NETIF_ALL;
		changed |= change_of(head.nlmsg_type);
		if (NLMSG_ALIGN((size_t)head.nlmsg_len) >= len - at)
			break;
		at += NLMSG_ALIGN((size_t)head.nlmsg_len);
	}
	return changed;
}

unsigned int
netif_drain(struct netif *n)
{
	unsigned int changed = 0;

	for (int i = 0; i < DRAIN_READS; i++) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {
		    .iov_base = n->buffer.bytes, .iov_len = sizeof(n->buffer.bytes)};
		struct msghdr message = {.msg_name = &from,
		    .msg_namelen = sizeof(from),
		    .msg_iov = &iov,
		    .msg_iovlen = 1};
		ssize_t len = recvmsg(n->fd, &message, 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN)
			break;
		if (len < 0) {
			changed = NETIF_ALL; /* ENOBUFS: news was dropped; the next read goes on
						behind it */
			continue;
		}
		if (message.msg_namelen != sizeof(from) || from.nl_pid != 0)
			continue; /* not from the kernel */
		if (message.msg_flags & MSG_TRUNC)
			changed = NETIF_ALL;
		else
			changed |= changes_in(n->buffer.bytes, (size_t)len);
	}
	return changed;
}

uint32_t
netif_index(const char *name)
{
	return if_nametoindex(name);
}

bool
netif_has_route(const struct addr *to)
{
	struct sockaddr_in6 six = {
	    .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_scope_id = to->scope};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
	bool is_six = to->family == 6;
	int fd;
	int r;

	if (to->family != 4 && to->family != 6)
		return false;
	fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	memcpy(&six.sin6_addr, to->bytes, sizeof(six.sin6_addr));
	memcpy(&four.sin_addr, to->bytes, sizeof(four.sin_addr));
	/* connect() on a datagram socket looks up the route and picks the source, nothing more. */
	r = is_six ? connect(fd, (const struct sockaddr *)&six, sizeof(six))
		   : connect(fd, (const struct sockaddr *)&four, sizeof(four));
	(void)close(fd); /* nothing was written that could be lost */
	return r == 0;
}
