/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Receiving in batches: see sock_receive in sock.h. What the kernel tells in control messages is
 * put beside the bytes; the bytes themselves are for somebody else to judge.
 * Source: recvmmsg(2), ip(7), ipv6(7), socket(7), RFC 3542.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h> /* needs time.h */

#include "shell/clock.h"
#include "shell/sock_internal.h"

/* Tunables.
 * STAMP_SLACK_NS  a packet may be stamped that long before it is queued (backlog of another
 *                 processor, reassembly); older ones would have been read the last time */
#define STAMP_SLACK_NS NSEC_PER_SEC

struct addr
sock_name_addr(const union sock_name *name, socklen_t len)
{
	struct addr a = {0};

	if (len >= sizeof(name->four) && name->any.sa_family == AF_INET) {
		a.family = 4;
		memcpy(a.bytes, &name->four.sin_addr, sizeof(name->four.sin_addr));
	} else if (len >= sizeof(name->six) && name->any.sa_family == AF_INET6) {
		a.family = 6;
		a.scope = name->six.sin6_scope_id;
		memcpy(a.bytes, &name->six.sin6_addr, sizeof(name->six.sin6_addr));
	}
	return a;
}

nsec_t
sock_stamp_ns(struct sock *s, const struct clock *clock, const struct timespec *stamp,
    nsec_t not_before_ns, nsec_t not_after_ns, bool *ret_ambiguous)
{
	nsec_t real_ns = (nsec_t)stamp->tv_sec * NSEC_PER_SEC + stamp->tv_nsec;
	nsec_t mono_ns =
	    clock_map_realtime(clock, real_ns, not_before_ns, not_after_ns, ret_ambiguous);

	if (*ret_ambiguous)
		s->counters.stamps_ambiguous++;
	return mono_ns;
}

/* Makes the slots that the last receive wrote to ready again. */
static void
prepare_slots(const struct sock *s, struct sock_side *side)
{
	for (size_t i = 0; i < side->rx_used; i++) {
		struct sock_slot *slot = &side->rx_slots[i];

		slot->iov[0].iov_base = side->rx_bytes + i * s->packet_bytes;
		slot->iov[0].iov_len = s->packet_bytes;
		side->rx[i].msg_hdr = (struct msghdr){
		    .msg_name = &slot->name,
		    .msg_namelen = sizeof(slot->name),
		    .msg_iov = slot->iov,
		    .msg_iovlen = 1,
		    .msg_control = slot->control,
		    .msg_controllen = sizeof(slot->control),
		};
	}
	side->rx_used = 0;
}

/* Number of messages read, 0 when there are none, or -errno. */
static int
read_batch(struct sock *s, struct sock_side *side, int flags)
{
	int error = EINTR;

	prepare_slots(s, side);
	for (int i = 0; i < SOCK_RETRIES; i++) {
		int n = recvmmsg(
		    side->fd, side->rx, SOCK_BATCH_MAX, flags | MSG_TRUNC | MSG_DONTWAIT, NULL);

		if (n >= 0) {
			side->rx_used = (size_t)n;
			return n;
		}
		error = errno;
		if (error == EAGAIN)
			return 0;
		if (error == EINTR)
			s->counters.receive_interrupted++;
		else if (error == ENOMEM || error == ENOBUFS)
			s->counters.receive_no_memory++;
		else
			s->counters.receive_errors++; /* datagram mode: of an earlier request */
	}
	side->rx_used = SOCK_BATCH_MAX;
	return -error;
}

/* What the control messages of one packet said. */
struct told {
	bool have_stamp;
	bool have_error;
	struct timespec stamp;
	struct sock_extended_err error;
	union sock_name offender;
};

static int
control_int(const struct cmsghdr *c)
{
	int value = 0;

	/* Some of them are one byte long (IP_TOS), some are an int. */
	if (c->cmsg_len >= CMSG_LEN(sizeof(value)))
		memcpy(&value, CMSG_DATA(c), sizeof(value));
	else if (c->cmsg_len >= CMSG_LEN(1))
		value = *CMSG_DATA(c);
	return value & 0xff;
}

static void
take_error(const struct cmsghdr *c, struct told *told)
{
	size_t len = c->cmsg_len < CMSG_LEN(0) ? 0 : c->cmsg_len - CMSG_LEN(0);

	if (len < sizeof(told->error))
		return;
	memcpy(&told->error, CMSG_DATA(c), sizeof(told->error));
	told->have_error = true;
	len -= sizeof(told->error);
	memcpy(&told->offender, CMSG_DATA(c) + sizeof(told->error),
	    len < sizeof(told->offender) ? len : sizeof(told->offender));
}

static void
take_ipv4(const struct cmsghdr *c, struct rx_meta *meta, struct told *told)
{
	struct in_pktinfo info;

	if (c->cmsg_type == IP_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		meta->ifindex = (uint32_t)info.ipi_ifindex;
		meta->to = (struct addr){.family = 4};
		memcpy(meta->to.bytes, &info.ipi_addr, sizeof(info.ipi_addr));
	} else if (c->cmsg_type == IP_TTL) {
		meta->hop_limit = (int16_t)control_int(c);
	} else if (c->cmsg_type == IP_TOS) {
		meta->dscp = (int16_t)(control_int(c) >> 2);
	} else if (c->cmsg_type == IP_RECVERR) {
		take_error(c, told);
	}
}

static void
take_ipv6(const struct cmsghdr *c, struct rx_meta *meta, struct told *told)
{
	struct in6_pktinfo info;

	if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		meta->ifindex = info.ipi6_ifindex;
		meta->to = (struct addr){.family = 6};
		memcpy(meta->to.bytes, &info.ipi6_addr, sizeof(info.ipi6_addr));
		if (addr_is_link_local(&meta->to))
			meta->to.scope = info.ipi6_ifindex;
	} else if (c->cmsg_type == IPV6_HOPLIMIT) {
		meta->hop_limit = (int16_t)control_int(c);
	} else if (c->cmsg_type == IPV6_TCLASS) {
		meta->dscp = (int16_t)(control_int(c) >> 2);
	} else if (c->cmsg_type == IPV6_RECVERR) {
		take_error(c, told);
	}
}

static void
take_control(struct msghdr *message, struct rx_meta *meta, struct told *told)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS &&
		    c->cmsg_len >= CMSG_LEN(sizeof(told->stamp))) {
			memcpy(&told->stamp, CMSG_DATA(c), sizeof(told->stamp));
			told->have_stamp = true;
		} else if (c->cmsg_level == IPPROTO_IP) {
			take_ipv4(c, meta, told);
		} else if (c->cmsg_level == IPPROTO_IPV6) {
			take_ipv6(c, meta, told);
		}
	}
}

/* The span in which the packets of a batch can have been stamped. */
struct span {
	nsec_t not_before_ns;
	nsec_t not_after_ns;
};

static void
set_time(struct sock *s, const struct clock *clock, const struct told *told,
    const struct span *span, struct rx_meta *meta)
{
	meta->kernel_stamp = told->have_stamp;
	meta->rx_ns = span->not_after_ns;
	if (told->have_stamp)
		meta->rx_ns = sock_stamp_ns(s, clock, &told->stamp, span->not_before_ns,
		    span->not_after_ns, &meta->ambiguous);
	else
		s->counters.stamps_missing++;
}

/* An error of the queue; false when it is not from the network (our own EMSGSIZE, for example). */
static bool
set_error(const struct told *told, struct rx_meta *meta, struct sock_error *error)
{
	if (!told->have_error || (told->error.ee_origin != SO_EE_ORIGIN_ICMP &&
				     told->error.ee_origin != SO_EE_ORIGIN_ICMP6))
		return false;
	*error = (struct sock_error){
	    .type = told->error.ee_type,
	    .code = told->error.ee_code,
	    .info = told->error.ee_info,
	    .to = meta->from,
	};
	meta->path = RX_ERROR_QUEUE;
	meta->from = sock_name_addr(&told->offender, sizeof(told->offender));
	return true;
}

/* Message i becomes the next packet of the batch; false when it is of no use. */
static bool
take_message(struct sock *s, struct sock_side *side, size_t i, bool errors,
    const struct clock *clock, const struct span *span, struct rx_batch *batch)
{
	struct mmsghdr *message = &side->rx[i];
	const uint8_t *bytes = side->rx_slots[i].iov[0].iov_base;
	size_t len = message->msg_len < s->packet_bytes ? message->msg_len : s->packet_bytes;
	struct rx_meta *meta = &batch->meta[batch->n];
	struct told told = {0};

	*meta = (struct rx_meta){
	    .path = side->mode == SOCK_MODE_DGRAM ? RX_DGRAM : RX_RAW,
	    .from = sock_name_addr(&side->rx_slots[i].name, message->msg_hdr.msg_namelen),
	    .truncated = (message->msg_hdr.msg_flags & MSG_TRUNC) != 0,
	    .full_bytes = message->msg_len,
	    .hop_limit = -1,
	    .dscp = -1,
	};
	take_control(&message->msg_hdr, meta, &told);
	if (meta->truncated && meta->full_bytes <= len)
		meta->full_bytes = (uint32_t)len + 1;
	if (meta->path == RX_RAW && side->family == 4 && len >= 20) {
		meta->hop_limit = bytes[8];
		meta->dscp = bytes[1] >> 2;
	}
	if (errors && !set_error(&told, meta, &batch->error[batch->n]))
		return false;
	if (meta->from.family != side->family && !errors) {
		s->counters.receive_unusable++;
		return false;
	}
	set_time(s, clock, &told, span, meta);
	batch->bytes[batch->n] = bytes;
	batch->len[batch->n] = len;
	return true;
}

static int
receive(struct sock *s, struct sock_side *side, struct clock *clock, bool errors,
    struct rx_batch *batch)
{
	nsec_t *drained_ns = errors ? &side->errors_drained_ns : &side->drained_ns;
	struct span span;
	int n;

	batch->n = 0;
	batch->drained = false;
	batch->read_ns = clock_now_ns();
	n = read_batch(s, side, errors ? MSG_ERRQUEUE : 0);
	if (n < 0)
		return n;
	if (n > 0) {
		clock_update(clock);
		span.not_before_ns = *drained_ns == 0 ? INT64_MIN : *drained_ns - STAMP_SLACK_NS;
		span.not_after_ns = clock_now_ns();
		for (size_t i = 0; i < (size_t)n; i++)
			batch->n += take_message(s, side, i, errors, clock, &span, batch);
	}
	batch->drained = n < SOCK_BATCH_MAX;
	if (batch->drained)
		*drained_ns = batch->read_ns;
	return 0;
}

int
sock_receive(struct sock *s, int family, struct clock *clock, struct rx_batch *batch)
{
	struct sock_side *side = sock_side(s, family);

	if (side == NULL || side->mode == SOCK_MODE_NONE) {
		batch->n = 0;
		batch->drained = true;
		batch->read_ns = clock_now_ns();
		return 0;
	}
	return receive(s, side, clock, false, batch);
}

int
sock_receive_errors(struct sock *s, int family, struct clock *clock, struct rx_batch *batch)
{
	struct sock_side *side = sock_side(s, family);

	if (side == NULL || side->mode != SOCK_MODE_DGRAM) {
		batch->n = 0;
		batch->drained = true;
		batch->read_ns = clock_now_ns();
		return 0;
	}
	return receive(s, side, clock, true, batch);
}
