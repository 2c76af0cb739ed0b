/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Attempts that the kernel had no room for at the moment: their series wait in a FIFO and make them
 * again. A full send queue (EAGAIN) is asked until the next attempt is due, at most for a second, a
 * full device queue (ENOBUFS) once; then the probe is unsent. While those that waited are refused
 * again, one batch of them is offered at a time: no busy loop, however many wait. Source:
 * sendmmsg(2); ENOBUFS in send(2).
 */
#include "core/monitor_internal.h"

/* Tunables.
 * WAIT_AGAIN_NS   time for a queue to drain: some thousand packets at a gigabit a second
 * WAIT_MAX_NS     later, a long interval's probe would measure another moment than its own */
#define WAIT_AGAIN_NS (10 * NSEC_PER_MSEC)
#define WAIT_MAX_NS NSEC_PER_SEC

/* Of Linux, written out, because this library sees no system header. */
enum { TRY_AGAIN = 11, NO_BUFFER_SPACE = 105 };

static bool
is_over(const struct monitor *m, nsec_t now_ns, uint32_t series)
{
	return now_ns >= M_HOT(m, series)->due_ns ||
	       now_ns - monitor_rare_read(m, series)->wait_since_ns >= WAIT_MAX_NS;
}

/* When a series may be offered again: a short interval leaves time for it too. */
static nsec_t
again_ns(const struct monitor *m, uint32_t series)
{
	return nsec_add(monitor_rare_read(m, series)->wait_since_ns,
	    nsec_min(WAIT_AGAIN_NS, monitor_plan(m, series)->interval_ns / 2));
}

bool
wait_may(const struct monitor *m, nsec_t now_ns, const struct flight *flight, int error)
{
	if (flight->kind != PROBE_REGULAR || (error != TRY_AGAIN && error != NO_BUFFER_SPACE))
		return false;
	return !(flight->marks & MARK_WAITED) ||
	       (error == TRY_AGAIN && !is_over(m, now_ns, flight->target));
}

/* One that was given up on before may still be in its place. */
static void
enqueue(struct monitor *m, uint32_t series, bool first)
{
	struct series_rare *rare = monitor_rare(m, series);

	if (rare->wait_queued)
		return;
	rare->wait_queued = 1;
	rare->wait_next = first ? m->wait_head : NONE;
	if (m->wait_tail == NONE)
		m->wait_head = m->wait_tail = series;
	else if (first)
		m->wait_head = series;
	else {
		monitor_rare(m, m->wait_tail)->wait_next = series;
		m->wait_tail = series;
	}
}

void
wait_add(struct monitor *m, nsec_t now_ns, struct flight *flight, int error)
{
	uint32_t series = flight->target;
	struct series_rare *rare = monitor_rare(m, series);

	wait_give_up(m, now_ns, series); /* two attempts in one batch: the first */
	rare->wait_position = flight->position;
	rare->wait_counter = flight->counter;
	rare->wait_detail = flight->detail;
	rare->wait_error = error;
	M_HOT(m, series)->flags |= SERIES_WAITING;
	if (flight->marks & MARK_WAITED)
		m->wait_until_ns = nsec_add(now_ns, WAIT_AGAIN_NS);
	else
		rare->wait_since_ns = now_ns;
	enqueue(m, series, flight->marks & MARK_WAITED); /* then it was at the head */
	send_forget(m, flight);
}

void
wait_requeue(struct monitor *m, uint32_t to, const struct monitor *old, uint32_t from)
{
	const struct series_rare *rare = monitor_rare_read(old, from);
	const struct flight former = {
	    .target = from, .counter = rare->wait_counter, .detail = rare->wait_detail};

	if (!(M_HOT(m, to)->flags & SERIES_ODD))
		return;
	monitor_rare(m, to)->wait_queued = 0;
	if (!(M_HOT(m, to)->flags & SERIES_WAITING))
		return;
	monitor_rare(m, to)->wait_detail = detail_moved_slot(m, to, old, &former);
	enqueue(m, to, false);
}

/* The attempt is unsent; its series stays in the FIFO until that is walked. */
static void
give_up(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	const struct series_rare *rare = monitor_rare(m, series);
	const struct flight flight = {.target = series,
	    .counter = rare->wait_counter,
	    .detail = rare->wait_detail,
	    .position = rare->wait_position};

	M_HOT(m, series)->flags &= (uint16_t)~SERIES_WAITING;
	send_unsent(
	    m, now_ns, &flight, &(struct cause){.kind = CAUSE_SEND, .error = rare->wait_error}, 0);
}

/* The first that still waits, NONE: none does; those before it that do not are dropped. */
static uint32_t
first(struct monitor *m)
{
	while (m->wait_head != NONE && !(M_HOT(m, m->wait_head)->flags & SERIES_WAITING)) {
		monitor_rare(m, m->wait_head)->wait_queued = 0;
		m->wait_head = monitor_rare_read(m, m->wait_head)->wait_next;
	}
	if (m->wait_head == NONE)
		m->wait_tail = NONE;
	return m->wait_head;
}

/* Takes the first out; it waits no longer. */
static void
take(struct monitor *m)
{
	uint32_t series = m->wait_head;

	m->wait_head = monitor_rare_read(m, series)->wait_next;
	if (m->wait_head == NONE)
		m->wait_tail = NONE;
	monitor_rare(m, series)->wait_queued = 0;
}

void
wait_give_up(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	if (M_HOT(m, series)->flags & SERIES_WAITING)
		give_up(m, now_ns, series);
}

size_t
wait_next(struct monitor *m, nsec_t now_ns, struct probe_out out[], size_t cap)
{
	uint32_t series;
	size_t n = 0;

	while (n < cap && m->wait_until_ns <= now_ns && (series = first(m)) != NONE &&
	       again_ns(m, series) <= now_ns && pace_may_send(&m->pace)) {
		take(m);
		if (is_over(m, now_ns, series) || send_obstacle(m, series).kind != CAUSE_NONE ||
		    !send_again(m, series, &out[n])) {
			give_up(m, now_ns, series);
			continue;
		}
		M_HOT(m, series)->flags &= (uint16_t)~SERIES_WAITING;
		pace_spend(&m->pace);
		n++;
	}
	return n;
}

nsec_t
wait_wake_ns(const struct monitor *m)
{
	return m->wait_head == NONE ? NSEC_NEVER
				    : nsec_max(m->wait_until_ns, again_ns(m, m->wait_head));
}

void
wait_expire(struct monitor *m, nsec_t now_ns)
{
	uint32_t series;

	while ((series = first(m)) != NONE && is_over(m, now_ns, series)) {
		take(m);
		give_up(m, now_ns, series);
	}
}
