/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Opening the ICMP sockets, with all that needs a privilege: see sock.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/sock_internal.h"

static int
open_icmp(const struct sock_side *side, int type)
{
	int protocol = side->family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	int fd = socket(sock_domain(side), type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

static void
set_buffers(int fd, uint64_t receive_bytes)
{
	int value = receive_bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)receive_bytes;

	/* Best effort: what was granted is read back. */
	if (receive_bytes > 0 && sock_set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, value) < 0)
		(void)sock_set_int(fd, SOL_SOCKET, SO_RCVBUF, value);
	if (sock_set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCK_SEND_BYTES) < 0)
		(void)sock_set_int(fd, SOL_SOCKET, SO_SNDBUF, SOCK_SEND_BYTES);
}

static uint64_t
receive_buffer(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &len) < 0 || value < 0)
		return 0;
	return (uint64_t)value;
}

/* What the kernel shall tell with each packet. */
static int
set_receive(const struct sock_side *side)
{
	static const int four[] = {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVERR};
	static const int six[] = {
	    IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_RECVERR};
	const int *options = side->family == 6 ? six : four;
	bool dgram = side->mode == SOCK_MODE_DGRAM;
	int r = sock_set_int(side->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);

	for (size_t i = 0; i < 4 && r == 0; i++) {
		/* A raw IPv4 packet brings its header; errors come as packets on raw sockets. */
		bool wanted = i == 0 || dgram || (i < 3 && side->family == 6);

		if (wanted)
			r = sock_set_int(
			    side->fd, side->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP, options[i], 1);
	}
	return r;
}

/* Binds a datagram ICMP socket, which gives it its identifier: the wanted one or any other. */
static int
bind_id(struct sock_side *side, uint16_t id)
{
	union sock_name name = {.any = {0}};
	socklen_t len = side->family == 6 ? sizeof(name.six) : sizeof(name.four);
	int r = -1;

	for (int i = 0; i < 2 && r < 0; i++) {
		memset(&name, 0, sizeof(name));
		name.any.sa_family = (sa_family_t)sock_domain(side);
		/* sin_port and sin6_port lie at the same place */
		name.four.sin_port = htons(i == 0 ? id : 0);
		r = bind(side->fd, &name.any, len);
	}
	if (r < 0 || getsockname(side->fd, &name.any, &len) < 0)
		return -errno;
	side->dgram_id = ntohs(name.four.sin_port);
	return 0;
}

static int
open_sender(const struct sock_side *side, uint32_t mark, bool df)
{
	int fd = open_icmp(side, SOCK_RAW);
	int r;

	if (fd < 0)
		return fd;
	r = sock_filter_close(fd, side->family);
	if (r == 0)
		r = sock_set_df(side, fd, df);
	if (r == 0 && mark != 0)
		r = setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0 ? -errno : 0;
	if (r < 0) {
		sock_close_fd(&fd);
		return r;
	}
	set_buffers(fd, 0);
	return fd;
}

/* Room to await transmit stamps: taken now, so that sending never allocates. */
static int
add_stamps(struct sock_side *side)
{
	for (size_t i = 0; i < side->n_senders && side->mode == SOCK_MODE_RAW; i++) {
		side->senders[i].stamps = calloc(1, sizeof(*side->senders[i].stamps));
		if (side->senders[i].stamps == NULL)
			return -ENOMEM;
	}
	return 0;
}

static void
open_senders(struct sock_side *side, const struct sock_options *options,
    struct sock_family_status *ret_status)
{
	side->senders[0] = (struct sock_sender){.fd = side->fd};
	side->n_senders = 1;
	if (side->mode == SOCK_MODE_DGRAM) {
		/* One identifier, one socket: df is switched on it, marks are not to be had. */
		ret_status->marks_error = options->n_marks > 0 ? -EPERM : 0;
		return;
	}
	for (size_t i = 1; i < 2 * (options->n_marks + 1); i++) {
		uint32_t mark = i < 2 ? 0 : options->marks[i / 2 - 1];
		bool df = i % 2 == 1;
		int r = open_sender(side, mark, df);

		side->senders[side->n_senders++] = (struct sock_sender){
		    .fd = r < 0 ? -1 : r, .error = r < 0 ? r : 0, .mark = mark, .df = df};
		if (r < 0 && ret_status->marks_error == 0)
			ret_status->marks_error = r;
	}
}

/* On raw IPv6 the kernel also counts wrong checksums as drops, before it asks the filter, so
 * anybody could make our counter move. A second socket sees the same packets and queues none: what
 * it counts are exactly those. Without it the count is merely too high. */
static void
open_witness(struct sock_side *side)
{
	if (side->family != 6 || side->mode != SOCK_MODE_RAW)
		return;
	side->witness_fd = open_icmp(side, SOCK_RAW);
	if (side->witness_fd >= 0 && sock_filter_witness(side->witness_fd) < 0)
		sock_close_fd(&side->witness_fd);
	if (side->witness_fd < 0)
		side->witness_fd = -1;
}

static int
open_receiver(struct sock_side *side, const struct sock_options *options)
{
	int fd = options->force_dgram ? -EPERM : open_icmp(side, SOCK_RAW);
	int error = fd < 0 ? fd : 0;
	int r = 0;

	side->mode = SOCK_MODE_RAW;
	if (fd == -EPERM || fd == -EACCES) {
		fd = open_icmp(side, SOCK_DGRAM);
		side->mode = SOCK_MODE_DGRAM;
	}
	if (fd < 0) {
		side->mode = SOCK_MODE_NONE;
		return error;
	}
	side->fd = fd;
	/* The filter comes first, so that little else gets into the queue. */
	if (side->mode == SOCK_MODE_RAW)
		r = sock_filter_attach(fd, side->family, options->id_first);
	if (r == 0)
		r = set_receive(side);
	if (r == 0)
		r = sock_set_df(side, fd, false);
	if (r == 0 && side->mode == SOCK_MODE_DGRAM)
		r = bind_id(side, options->id_first);
	if (r < 0) {
		sock_close_fd(&side->fd);
		side->mode = SOCK_MODE_NONE;
		return r;
	}
	set_buffers(fd, options->receive_buffer_bytes);
	return error;
}

static int
open_side(struct sock *s, struct sock_side *side, const struct sock_options *options,
    struct sock_family_status *ret_status)
{
	*ret_status = (struct sock_family_status){.error = open_receiver(side, options)};
	if (side->mode == SOCK_MODE_NONE)
		return 0;
	side->rx_bytes = malloc((size_t)SOCK_BATCH_MAX * s->packet_bytes);
	if (side->rx_bytes == NULL)
		return -ENOMEM;
	side->rx_used = SOCK_BATCH_MAX; /* so that the first receive prepares all slots */
	side->mtu_fd = socket(sock_domain(side), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	open_senders(side, options, ret_status);
	open_witness(side);
	(void)sock_read_drops(
	    side->witness_fd, &side->witness_seen); /* stays 0, as does the count */
	(void)sock_read_drops(side->fd, &side->drops_seen);
	ret_status->mode = side->mode;
	ret_status->receive_buffer_bytes = receive_buffer(side->fd);
	return add_stamps(side);
}

static int
open_both(struct sock *s, const struct sock_options *options, struct sock_status *status)
{
	int r = open_side(s, &s->sides[0], options, &status->ipv4);

	if (r == 0)
		r = open_side(s, &s->sides[1], options, &status->ipv6);
	if (r < 0)
		return r;
	if (status->ipv4.mode != SOCK_MODE_NONE || status->ipv6.mode != SOCK_MODE_NONE)
		return 0;
	return status->ipv4.error == -EACCES ? -EPERM : status->ipv4.error;
}

int
sock_open(struct sock **ret, const struct sock_options *options, struct sock_status *ret_status)
{
	struct sock_status status = {0};
	struct sock *s = NULL;
	int r = -EINVAL;

	if (options->n_marks > SOCK_MARKS_MAX || options->max_packet_bytes > SOCK_PACKET_MAX ||
	    (options->max_packet_bytes != 0 && options->max_packet_bytes < SOCK_PACKET_MIN))
		goto cleanup;
	r = -ENOMEM;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		goto cleanup;
	s->id_first = options->id_first;
	s->packet_bytes =
	    options->max_packet_bytes == 0 ? SOCK_PACKET_DEFAULT : options->max_packet_bytes;
	for (int i = 0; i < 2; i++) {
		s->sides[i].family = i == 0 ? 4 : 6;
		s->sides[i].fd = -1;
		s->sides[i].mtu_fd = -1;
		s->sides[i].witness_fd = -1;
	}
	r = open_both(s, options, &status);
	if (r < 0)
		goto cleanup;
	*ret = s;
	s = NULL;
cleanup:
	*ret_status = status;
	sock_free(s);
	return r;
}
