/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Questions to the ICMP sockets, their end, and their drop counters: see sock.h.
 */
#include <errno.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <unistd.h>

#include "shell/sock_internal.h"

struct sock_side *
sock_side(struct sock *s, int family)
{
	if (family != 4 && family != 6)
		return NULL;
	return &s->sides[family == 6];
}

int
sock_domain(const struct sock_side *side)
{
	return side->family == 6 ? AF_INET6 : AF_INET;
}

int
sock_set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

void
sock_close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* a socket: nothing that was written can be lost here */
	*fd = -1;
}

int
sock_set_df(const struct sock_side *side, int fd, bool df)
{
	int r;

	/* PROBE sets the bit and OMIT does not; both look at the device's MTU only, so a forged
	 * "fragmentation needed" changes nothing (RFC 5927 section 7). */
	if (side->family == 4)
		return sock_set_int(
		    fd, IPPROTO_IP, IP_MTU_DISCOVER, df ? IP_PMTUDISC_PROBE : IP_PMTUDISC_OMIT);
	r = sock_set_int(
	    fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, df ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_OMIT);
	return r < 0 ? r : sock_set_int(fd, IPPROTO_IPV6, IPV6_DONTFRAG, df);
}

bool
sock_read_drops(int fd, uint32_t *ret_drops)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0 ||
	    len <= SK_MEMINFO_DROPS * sizeof(info[0]))
		return false;
	*ret_drops = info[SK_MEMINFO_DROPS];
	return true;
}

void
sock_free(struct sock *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		struct sock_side *side = &s->sides[i];

		for (size_t k = 0; k < side->n_senders; k++) {
			if (side->senders[k].fd != side->fd)
				sock_close_fd(&side->senders[k].fd);
			free(side->senders[k].stamps);
		}
		sock_close_fd(&side->fd);
		sock_close_fd(&side->mtu_fd);
		sock_close_fd(&side->witness_fd);
		free(side->rx_bytes);
	}
	free(s);
}

int
sock_fd(const struct sock *s, int family)
{
	return family == 4 || family == 6 ? s->sides[family == 6].fd : -1;
}

uint16_t
sock_dgram_id(const struct sock *s, int family)
{
	return family == 4 || family == 6 ? s->sides[family == 6].dgram_id : 0;
}

int
sock_set_ids(struct sock *s, uint16_t id_first)
{
	for (int i = 0; i < 2; i++) {
		const struct sock_side *side = &s->sides[i];
		int r;

		if (side->mode != SOCK_MODE_RAW)
			continue;
		r = sock_filter_attach(side->fd, side->family, id_first);
		if (r < 0) {
			/* What was attached before fits again; there is nothing better to do if
			 * not. */
			for (int k = 0; k <= i; k++) {
				if (s->sides[k].mode == SOCK_MODE_RAW)
					(void)sock_filter_attach(
					    s->sides[k].fd, s->sides[k].family, s->id_first);
			}
			return r;
		}
	}
	s->id_first = id_first;
	return 0;
}

uint64_t
sock_drops(struct sock *s, int family)
{
	struct sock_side *side = sock_side(s, family);
	uint32_t drops;

	if (side == NULL)
		return 0;
	/* The witness first: what comes in between makes our count too high, never too low. */
	if (sock_read_drops(side->witness_fd, &drops)) {
		side->drops_witness += (uint32_t)(drops - side->witness_seen);
		side->witness_seen = drops;
	}
	if (sock_read_drops(side->fd, &drops)) {
		side->drops_all += (uint32_t)(drops - side->drops_seen);
		side->drops_seen = drops;
	}
	if (side->drops_all - side->drops_witness > (int64_t)side->drops)
		side->drops = (uint64_t)(side->drops_all - side->drops_witness);
	return side->drops;
}

const struct sock_counters *
sock_counters(const struct sock *s)
{
	return &s->counters;
}
