/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Sending in batches: see sock_send in sock.h. Packets are not copied: head and pattern are handed
 * to the kernel where they lie. Source: sendmmsg(2), ip(7), ipv6(7), RFC 3542.
 */
#include <assert.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "shell/clock.h"
#include "shell/sock_internal.h"

#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11 /* linux/in6.h, which does not go with netinet/in.h */
#endif
#define FLOW_LABEL_MASK 0xfffff

static_assert(SOCK_CONTROL_BYTES >= 5 * CMSG_SPACE(sizeof(struct in6_pktinfo)), "all messages fit");

/* Appends a control message to a packet; the first one prepares the room for all. */
static void
put_control(struct msghdr *message, struct sock_slot *slot, int level, int type, const void *data,
    size_t len)
{
	struct cmsghdr *head;

	if (message->msg_control == NULL) {
		message->msg_control = slot->control;
		message->msg_controllen = 0;
	}
	head = (struct cmsghdr *)(void *)(slot->control + message->msg_controllen);
	head->cmsg_level = level;
	head->cmsg_type = type;
	head->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(head), data, len);
	message->msg_controllen += CMSG_SPACE(len);
}

static void
put_control_int(struct msghdr *message, struct sock_slot *slot, int level, int type, int value)
{
	put_control(message, slot, level, type, &value, sizeof(value));
}

static void
control_ipv4(struct msghdr *message, struct sock_slot *slot, const struct probe_out *out)
{
	if (out->source.family == 4 || out->ifindex != 0) {
		struct in_pktinfo info = {.ipi_ifindex = (int)out->ifindex};

		if (out->source.family == 4)
			memcpy(&info.ipi_spec_dst, out->source.bytes, sizeof(info.ipi_spec_dst));
		put_control(message, slot, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	}
	if (out->ttl != 0)
		put_control_int(message, slot, IPPROTO_IP, IP_TTL, out->ttl);
	if (out->dscp != 0)
		put_control_int(message, slot, IPPROTO_IP, IP_TOS, (out->dscp & 0x3f) << 2);
}

static void
control_ipv6(struct msghdr *message, struct sock_slot *slot, const struct probe_out *out)
{
	uint32_t flow_label = out->flow_label & FLOW_LABEL_MASK;

	if (out->source.family == 6 || out->ifindex != 0) {
		struct in6_pktinfo info = {.ipi6_ifindex = out->ifindex};

		if (out->source.family == 6)
			memcpy(&info.ipi6_addr, out->source.bytes, sizeof(info.ipi6_addr));
		put_control(message, slot, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
	if (out->ttl != 0)
		put_control_int(message, slot, IPPROTO_IPV6, IPV6_HOPLIMIT, out->ttl);
	if (out->dscp != 0)
		put_control_int(message, slot, IPPROTO_IPV6, IPV6_TCLASS, (out->dscp & 0x3f) << 2);
	if (flow_label != 0) {
		/* The traffic class shares the word, and the kernel takes the whole word. */
		uint32_t word = htonl((uint32_t)(out->dscp & 0x3f) << 22 | flow_label);

		put_control(message, slot, IPPROTO_IPV6, IPV6_FLOWINFO, &word, sizeof(word));
	}
}

static void
put_name(const struct sock_side *side, struct msghdr *message, struct sock_slot *slot,
    const struct addr *to)
{
	if (side->family == 4) {
		slot->name.four = (struct sockaddr_in){.sin_family = AF_INET};
		memcpy(&slot->name.four.sin_addr, to->bytes, sizeof(slot->name.four.sin_addr));
		message->msg_namelen = sizeof(slot->name.four);
		return;
	}
	slot->name.six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_scope_id = to->scope};
	memcpy(&slot->name.six.sin6_addr, to->bytes, sizeof(slot->name.six.sin6_addr));
	message->msg_namelen = sizeof(slot->name.six);
}

/* Fills slot k of the side with a packet. */
static void
put_packet(struct sock_side *side, size_t k, const struct probe_out *out, bool want_stamp)
{
	struct sock_slot *slot = &side->tx_slots[k];
	struct msghdr *message = &side->tx[k].msg_hdr;
	size_t head_bytes = out->head_bytes < out->len_bytes ? out->head_bytes : out->len_bytes;
	size_t rest_bytes = out->len_bytes - head_bytes;

	assert(head_bytes <= sizeof(out->head) && out->len_bytes <= PROBE_PAYLOAD_MAX + 8);
	assert(rest_bytes == 0 || head_bytes >= 8);
	*message = (struct msghdr){.msg_name = &slot->name, .msg_iov = slot->iov, .msg_iovlen = 1};
	put_name(side, message, slot, &out->to);
	slot->iov[0] =
	    (struct iovec){.iov_base = (void *)(uintptr_t)out->head, .iov_len = head_bytes};
	if (rest_bytes > 0) {
		const uint8_t *pattern = probe_pattern() + head_bytes - 8;

		slot->iov[1] =
		    (struct iovec){.iov_base = (void *)(uintptr_t)pattern, .iov_len = rest_bytes};
		message->msg_iovlen = 2;
	}
	if (side->family == 4)
		control_ipv4(message, slot, out);
	else
		control_ipv6(message, slot, out);
	if (want_stamp)
		put_control_int(
		    message, slot, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SOFTWARE);
}

/* The MTU that a packet did not fit: of the interface where one is set, else of the route. */
static int32_t
mtu_of(struct sock_side *side, const struct probe_out *out)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct ifreq request = {.ifr_ifindex = (int)out->ifindex};
	struct sock_slot slot;
	struct msghdr message = {0};
	socklen_t len = sizeof(int);
	int mtu = 0;

	if (side->mtu_fd < 0)
		return 0;
	if (out->ifindex != 0) {
		if (ioctl(side->mtu_fd, SIOCGIFNAME, &request) < 0 ||
		    ioctl(side->mtu_fd, SIOCGIFMTU, &request) < 0)
			return 0;
		return request.ifr_mtu;
	}
	put_name(side, &message, &slot, &out->to);
	slot.name.four.sin_port = htons(9); /* nothing is sent; sin6_port lies at the same place */
	if (connect(side->mtu_fd, &slot.name.any, message.msg_namelen) < 0)
		return 0;
	if (getsockopt(side->mtu_fd, side->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
		side->family == 6 ? IPV6_MTU : IP_MTU, &mtu, &len) < 0)
		mtu = 0;
	(void)connect(side->mtu_fd, &none, sizeof(none)); /* the next connect replaces it anyway */
	return mtu;
}

static void
refuse(
    struct sock *s, const struct probe_out *out, struct probe_sent *sent, nsec_t now_ns, int error)
{
	*sent = (struct probe_sent){
	    .number = out->number, .tx_ns = now_ns, .tx_early_ns = now_ns, .error = error};
	s->counters.send_refused++;
}

static struct sock_sender *
find_sender(struct sock_side *side, const struct probe_out *out)
{
	bool dgram = side->mode == SOCK_MODE_DGRAM;

	for (size_t i = 0; i < side->n_senders; i++) {
		struct sock_sender *sender = &side->senders[i];

		if (sender->mark == out->mark && (dgram || sender->df == (out->df != 0)))
			return sender;
	}
	return NULL;
}

/* Whether a packet can go in one system call with others of the sender as it is set now. */
static bool
fits_sender(const struct sock_sender *sender, const struct probe_out *out)
{
	return sender->mark == out->mark && sender->df == (out->df != 0) &&
	       sender->broadcast == (out->broadcast != 0);
}

/* Sets what a run of packets needs; a system call only where it differs from the run before. */
static int
set_sender(const struct sock_side *side, struct sock_sender *sender, const struct probe_out *out)
{
	int broadcast = out->broadcast != 0;

	if (sender->fd < 0)
		return sender->error;
	if (sender->df != (out->df != 0)) {
		int r = sock_set_df(side, sender->fd, out->df != 0);

		if (r < 0)
			return r;
		sender->df = out->df != 0;
	}
	if (sender->broadcast != (out->broadcast != 0)) {
		if (setsockopt(
			sender->fd, SOL_SOCKET, SO_BROADCAST, &broadcast, sizeof(broadcast)) < 0)
			return -errno;
		sender->broadcast = out->broadcast != 0;
	}
	return 0;
}

/* The fields of a run in hand. */
struct run {
	struct sock *s;
	struct sock_side *side;
	struct sock_sender *sender;
	const struct probe_out *out;
	struct probe_sent *sent;
	size_t n;
};

/* Packets first..first+n of the run left between two readings of the clock. */
static void
note_sent(const struct run *run, size_t first, size_t n, nsec_t before_ns, nsec_t after_ns)
{
	for (size_t k = 0; k < n; k++) {
		const struct probe_out *out = &run->out[run->side->batch[first + k]];
		nsec_t tx_ns =
		    before_ns + (after_ns - before_ns) * (nsec_t)(2 * k + 1) / (nsec_t)(2 * n);

		run->sent[run->side->batch[first + k]] = (struct probe_sent){
		    .number = out->number, .tx_ns = tx_ns, .tx_early_ns = before_ns};
		if (out->want_tx_stamp != 0 && sock_stamps_want(run->sender))
			sock_stamps_note(run->s, run->sender, out->number, before_ns);
	}
}

/* Whether the packet that was just refused with that errno deserves another try at once. */
static bool
is_retry(const struct run *run, int error, int tries)
{
	if (error == EINTR)
		return tries < SOCK_RETRIES;
	/* A datagram socket may report the ICMP error of an earlier packet here (and clears it). */
	return tries < 1 && run->side->mode == SOCK_MODE_DGRAM && error != EAGAIN &&
	       error != ENOBUFS;
}

/* Whether a refused packet may have used up a number of the kernel's count of transmit stamps. What
 * the routing table or a size check refuses never gets that far. */
static bool
may_have_counted(int error)
{
	return error != ENETUNREACH && error != EHOSTUNREACH && error != EINVAL &&
	       error != EMSGSIZE && error != EACCES;
}

/* Every turn of the loop sends a packet, gives one up, or uses up one of its few tries. */
static size_t
send_run(const struct run *run)
{
	struct sock_side *side = run->side;
	size_t n_sent = 0;
	size_t done = 0;
	int tries = 0;

	while (done < run->n) {
		const struct probe_out *out = &run->out[side->batch[done]];
		struct probe_sent *sent = &run->sent[side->batch[done]];
		nsec_t before_ns = clock_now_ns();
		int r =
		    sendmmsg(run->sender->fd, &side->tx[done], (unsigned int)(run->n - done), 0);
		int error = r < 0 ? errno : EAGAIN;

		if (r > 0) {
			note_sent(run, done, (size_t)r, before_ns, clock_now_ns());
			n_sent += (size_t)r;
			done += (size_t)r;
			tries = 0;
			continue;
		}
		if (out->want_tx_stamp != 0 && may_have_counted(error) &&
		    sock_stamps_want(run->sender))
			sock_stamps_restart(run->s, run->sender);
		if (is_retry(run, error, tries)) {
			run->s->counters.send_retried++;
			tries++;
			continue;
		}
		do { /* a queue that is full is so for all that are left */
			refuse(run->s, &run->out[side->batch[done]], &run->sent[side->batch[done]],
			    before_ns, -error);
			done++;
		} while (error == EAGAIN && done < run->n);
		if (error == EMSGSIZE)
			sent->mtu = mtu_of(side, out);
		tries = 0;
	}
	return n_sent;
}

/* Sends the packets of one family in their order, in runs that one system call can take. */
static size_t
send_side(struct sock *s, struct sock_side *side, const struct probe_out out[], size_t n,
    struct probe_sent sent[])
{
	struct run run = {.s = s, .side = side, .out = out, .sent = sent};
	size_t n_sent = 0;

	for (size_t i = 0; i < n; i++) {
		int r = -EINVAL;

		if (out[i].to.family != side->family)
			continue;
		if (run.n > 0 && (run.n == SOCK_BATCH_MAX || !fits_sender(run.sender, &out[i]))) {
			n_sent += send_run(&run);
			run.n = 0;
		}
		if (run.n == 0) {
			run.sender = find_sender(side, &out[i]);
			if (run.sender != NULL)
				r = set_sender(side, run.sender, &out[i]);
			if (r < 0) {
				refuse(s, &out[i], &sent[i], clock_now_ns(), r);
				continue;
			}
		}
		side->batch[run.n] = (uint16_t)i;
		put_packet(side, run.n, &out[i],
		    out[i].want_tx_stamp != 0 && sock_stamps_want(run.sender));
		run.n++;
	}
	if (run.n > 0)
		n_sent += send_run(&run);
	return n_sent;
}

size_t
sock_send(struct sock *s, const struct probe_out out[], size_t n, struct probe_sent sent[])
{
	size_t n_sent = 0;

	assert(n <= UINT16_MAX);
	for (int i = 0; i < 2; i++) {
		if (s->sides[i].mode != SOCK_MODE_NONE)
			n_sent += send_side(s, &s->sides[i], out, n, sent);
	}
	for (size_t i = 0; i < n; i++) {
		const struct sock_side *side = sock_side(s, out[i].to.family);

		if (side == NULL || side->mode == SOCK_MODE_NONE)
			refuse(s, &out[i], &sent[i], clock_now_ns(), -EAFNOSUPPORT);
	}
	return n_sent;
}
