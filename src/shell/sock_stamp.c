/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Transmit stamps: the kernel puts the time at which it handed a packet to the device into the
 * error queue of the socket that sent it. Source: Documentation/networking/timestamping of the
 * kernel.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h> /* needs time.h */
#include <linux/net_tstamp.h>

#include "shell/clock.h"
#include "shell/sock_internal.h"

#define KEY_MASK (SOCK_TX_STAMPS - 1)

/* Numbers and stamps only, and no packet: that needs no privilege and little memory. */
static int
set_stamping(int fd, bool on)
{
	unsigned int flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;

	if (on)
		flags |= SOF_TIMESTAMPING_OPT_ID;
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) < 0 ? -errno : 0;
}

bool
sock_stamps_want(struct sock_sender *sender)
{
	struct sock_tx_stamps *stamps = sender->stamps;

	if (stamps == NULL || stamps->refused)
		return false;
	if (!stamps->on) {
		stamps->refused = set_stamping(sender->fd, true) < 0;
		stamps->on = !stamps->refused;
		stamps->since_ns = clock_now_ns();
	}
	return stamps->on;
}

void
sock_stamps_note(struct sock *s, struct sock_sender *sender, uint64_t number, nsec_t early_ns)
{
	struct sock_tx_stamps *stamps = sender->stamps;
	struct sock_tx_pending *pending = &stamps->pending[stamps->next_key++ & KEY_MASK];

	if (pending->waiting)
		s->counters.tx_stamps_lost++;
	*pending =
	    (struct sock_tx_pending){.number = number, .early_ns = early_ns, .waiting = true};
}

void
sock_stamps_restart(struct sock *s, struct sock_sender *sender)
{
	struct sock_tx_stamps *stamps = sender->stamps;

	for (size_t i = 0; i < SOCK_TX_STAMPS; i++) {
		if (stamps->pending[i].waiting)
			s->counters.tx_stamps_lost++;
		stamps->pending[i].waiting = false;
	}
	/* Leaving the option out and setting it again starts the kernel's count at 0. */
	(void)set_stamping(sender->fd, false);
	(void)set_stamping(sender->fd, true);
	stamps->next_key = 0;
	stamps->since_ns = clock_now_ns();
}

/* One message of the error queue; false when it is no transmit stamp. */
static bool
parse_stamp(struct msghdr *message, uint32_t *ret_key, struct timespec *ret_stamp)
{
	bool have_key = false;
	bool have_stamp = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING &&
		    c->cmsg_len >= CMSG_LEN(sizeof(struct scm_timestamping))) {
			memcpy(ret_stamp, CMSG_DATA(c), sizeof(*ret_stamp)); /* ts[0]: software */
			have_stamp = true;
		} else if (((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			       (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) &&
			   c->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err))) {
			struct sock_extended_err error;

			memcpy(&error, CMSG_DATA(c), sizeof(error));
			have_key = error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING &&
				   error.ee_info == SCM_TSTAMP_SND;
			*ret_key = error.ee_data;
		}
	}
	return have_key && have_stamp;
}

/* Whose stamp it is; false when nobody waits for it. */
static bool
match_stamp(struct sock *s, struct sock_tx_stamps *stamps, uint32_t key, const struct timespec *ts,
    const struct clock *clock, struct sock_tx_stamp *ret_stamp)
{
	struct sock_tx_pending *pending = &stamps->pending[key & KEY_MASK];
	bool ambiguous = false;
	nsec_t tx_ns;

	if (!pending->waiting || stamps->next_key - key > SOCK_TX_STAMPS || stamps->next_key == key)
		return false;
	tx_ns = sock_stamp_ns(s, clock, ts, pending->early_ns, clock_now_ns(), &ambiguous);
	if (ambiguous || tx_ns < stamps->since_ns)
		return false; /* of a count before the last restart, or of an unsure time */
	pending->waiting = false;
	*ret_stamp = (struct sock_tx_stamp){
	    .number = pending->number, .tx_ns = nsec_max(tx_ns, pending->early_ns)};
	return true;
}

static size_t
receive_from(struct sock *s, struct sock_sender *sender, const struct clock *clock,
    struct sock_tx_stamp stamps[], size_t cap)
{
	_Alignas(struct cmsghdr) uint8_t control[SOCK_CONTROL_BYTES];
	size_t n = 0;

	/* The queue cannot hold much more than this many messages; the rest waits for the next
	 * call. */
	for (size_t i = 0; i < 2 * SOCK_TX_STAMPS && n < cap; i++) {
		struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};
		struct timespec ts;
		uint32_t key = 0;

		if (recvmsg(sender->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (parse_stamp(&message, &key, &ts) &&
		    match_stamp(s, sender->stamps, key, &ts, clock, &stamps[n]))
			n++;
	}
	return n;
}

size_t
sock_receive_tx_stamps(
    struct sock *s, int family, struct clock *clock, struct sock_tx_stamp stamps[], size_t cap)
{
	struct sock_side *side = sock_side(s, family);
	size_t n = 0;

	if (side == NULL)
		return 0;
	for (size_t i = 0; i < side->n_senders; i++) {
		if (side->senders[i].stamps != NULL && side->senders[i].stamps->on)
			n += receive_from(s, &side->senders[i], clock, stamps + n, cap - n);
	}
	return n;
}
