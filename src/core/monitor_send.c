/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The way out: which series is due, its number, sequence and bytes, and what the kernel said to the
 * packet.
 */
#include <string.h>

#include "core/monitor_internal.h"

#define DF_AUTO_MAX_BYTES \
	1200 /* payload up to which an unset df means don't fragment, as ping does */
#define VISITS_MAX 4096 /* series looked at in one call, idle ones included */

static uint16_t
next_sequence(struct monitor *m, uint32_t owner, uint8_t flow)
{
	if (flow == 0)
		return M_HOT(m, owner)->seq++;
	return M_COLD(m, owner)->flow_seq[flow]++;
}

static uint8_t
next_flow(struct monitor *m, uint32_t series, uint8_t flows)
{
	struct series_warm *warm = M_WARM(m, series);
	uint8_t flow = warm->flow_next < flows ? warm->flow_next : 0;

	warm->flow_next = (uint8_t)(flow + 1);
	return flow;
}

static void
fill_out(const struct monitor *m, const struct settings_target *t, const struct flight *flight,
    struct probe_out *out)
{
	const struct series_hot *hot = M_HOT(m, flight->target);
	struct icmp_probe probe = {
	    .family = hot->address.family,
	    .id = (uint16_t)(m->identity.id_first + flight->flow),
	    .seq = flight->seq,
	    .number = ledger_number(&m->ledger, flight),
	    .size_bytes = t->size_bytes,
	};
	enum addr_kind kind = addr_classify(&hot->address);

	memset(out, 0, sizeof(*out));
	probe.tag = icmp_tag(&m->identity.key, &hot->address, probe.id, probe.seq, probe.number);
	out->number = probe.number;
	out->target = flight->target;
	out->kind = flight->kind;
	out->df = t->df == SETTINGS_DF_YES ||
		  (t->df == SETTINGS_DF_AUTO && t->size_bytes <= DF_AUTO_MAX_BYTES);
	out->broadcast = t->allow_special && (kind == ADDR_MULTICAST || kind == ADDR_BROADCAST);
	out->want_tx_stamp = t->stamps == SETTINGS_STAMPS_KERNEL;
	out->to = hot->address;
	if (t->source_is_address && t->source_addr.family == hot->address.family)
		out->source = t->source_addr;
	out->ifindex = M_COLD(m, flight->target)->ifindex;
	out->mark = t->mark;
	out->ttl = t->ttl;
	out->dscp = t->dscp;
	out->len_bytes = 8 + t->size_bytes;
	out->head_bytes = (uint16_t)icmp_echo_build(&probe, out->head);
}

static void
detail_begin(struct monitor *m, nsec_t now_ns, struct flight *flight)
{
	struct series_warm *warm = M_WARM(m, flight->target);
	struct detail *detail;

	if (M_COLD(m, flight->target)->detail_size == 0)
		return;
	flight->detail = (uint16_t)(warm->detail_head % M_COLD(m, flight->target)->detail_size);
	detail = monitor_detail(m, flight->target, flight->detail);
	warm->detail_head++;
	memset(detail, 0, sizeof(*detail));
	detail->sent_ns = now_ns;
	detail->rtt_ns = -1;
	detail->ttl = -1;
	detail->counter = flight->counter;
	detail->seq = flight->seq;
	detail->flow = flight->flow;
	detail->kind = flight->kind;
	detail->outcome = OUTCOME_IN_FLIGHT;
}

/* One attempt that never became a packet. */
static void
attempt_unsent(
    struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t due_ns, const struct cause *cause)
{
	M_WARM(m, series)->attempts++;
	M_COLD(m, series)->unsent++;
	M_COLD(m, series)->causes[cause->kind]++;
	M_COLD(m, series)->last_cause = *cause;
	M_WARM(m, series)->last_outcome = OUTCOME_UNSENT;
	judge_append(m, series, due_ns, sample_make(SAMPLE_UNSENT, 0));
	judge_bad(m, now_ns, series, cause);
	judge_settle(m, now_ns, series);
}

static void
skip(struct monitor *m, nsec_t now_ns, uint32_t series, uint64_t missed)
{
	struct series_hot *hot = M_HOT(m, series);
	struct series_cold *cold = M_COLD(m, series);
	nsec_t interval = M_CLASSES(m)[M_WARM(m, series)->interval_class].interval_ns;
	struct cause cause = {.kind = CAUSE_SKIPPED};

	M_WARM(m, series)->attempts += missed;
	cold->unsent += missed;
	cold->causes[CAUSE_SKIPPED] += missed;
	cold->last_cause = cause;
	m->skipped_turn += missed;
	judge_append_gap(
	    m, series, SAMPLE_SKIPPED, missed, hot->due_ns + (nsec_t)(missed - 1) * interval);
	judge_bad(m, now_ns, series, &cause);
	judge_settle(m, now_ns, series);
}

/* Handles the series whose turn it is; true when *out was filled. */
static bool
attempt(struct monitor *m, nsec_t now_ns, uint32_t series, struct probe_out *out)
{
	struct series_hot *hot = M_HOT(m, series);
	const struct settings_target *t = monitor_target(m, series);
	nsec_t interval = t->interval_ns;
	uint64_t missed = pace_missed(hot->due_ns, interval, now_ns);
	struct cause cause = {.kind = CAUSE_NAME};
	struct flight *flight;
	nsec_t due;

	if (!(hot->flags & SERIES_ACTIVE) || hot->flags & SERIES_PAUSED) {
		judge_append_gap(
		    m, series, SAMPLE_IDLE, missed + 1, hot->due_ns + (nsec_t)missed * interval);
		hot->due_ns += (nsec_t)(missed + 1) * interval;
		judge_settle(m, now_ns, series);
		return false;
	}
	if (missed > 0) {
		skip(m, now_ns, series, missed);
		hot->due_ns += (nsec_t)missed * interval;
	}
	due = hot->due_ns;
	hot->due_ns += interval;
	if (hot->address.family == 0) {
		attempt_unsent(m, now_ns, series, due, &cause);
		return false;
	}
	flight = ledger_draw(&m->ledger, M_FLIGHTS(m));
	if (flight == NULL) {
		cause.kind = CAUSE_SKIPPED;
		attempt_unsent(m, now_ns, series, due, &cause);
		return false;
	}
	flight->target = series;
	flight->kind = PROBE_REGULAR;
	flight->flow = t->flows > 1 ? next_flow(m, series, t->flows) : 0;
	flight->seq = next_sequence(m, M_COLD(m, series)->owner, flight->flow);
	flight->timeout_class = M_WARM(m, series)->timeout_class;
	flight->position = (uint32_t)hot->head;
	flight->to_hash = (uint32_t)addr_hash(&hot->address);
	flight->prev = hot->last_flight;
	hot->last_flight = (uint32_t)(flight - M_FLIGHTS(m));
	judge_append(m, series, due, sample_make(SAMPLE_IN_FLIGHT, 0));
	detail_begin(m, now_ns, flight);
	fill_out(m, t, flight, out);
	return true;
}

size_t
monitor_next_send(struct monitor *m, nsec_t now_ns, struct probe_out out[], size_t cap)
{
	size_t n = 0;
	uint32_t visits = 0;

	if (cap > PROBE_BATCH_MAX)
		cap = PROBE_BATCH_MAX;
	m->n_pending = 0;
	for (uint32_t i = 0; i < m->pace.n_classes && n < cap; i++) {
		struct pace_class *class =
		    &M_CLASSES(m)[(m->pace.class_next + i) % m->pace.n_classes];
		uint32_t *order = M_ORDER(m) + class->first;

		while (
		    class->n > 0 && n < cap && visits++ < VISITS_MAX && pace_may_send(&m->pace)) {
			uint32_t series = order[class->cursor];

			if (M_HOT(m, series)->due_ns > now_ns)
				break;
			__builtin_prefetch(
			    M_HOT(m, order[class->cursor + 8 < class->n ? class->cursor + 8 : 0]));
			class->cursor = class->cursor + 1 < class->n ? class->cursor + 1 : 0;
			if (attempt(m, now_ns, series, &out[n])) {
				pace_spend(&m->pace);
				n++;
			}
		}
	}
	m->n_pending = (uint32_t)n;
	return n;
}

static void
refused(struct monitor *m, nsec_t now_ns, struct flight *flight, const struct probe_sent *sent)
{
	uint32_t series = flight->target;
	struct series_hot *hot = M_HOT(m, series);
	struct series_cold *cold = M_COLD(m, series);
	struct cause cause = {.kind = CAUSE_SEND, .error = -sent->error};
	struct sample_ring ring = monitor_ring(m, series);
	struct detail *detail = monitor_detail(m, series, flight->detail);

	cold->unsent++;
	cold->causes[CAUSE_SEND]++;
	cold->last_cause = cold->last_error = cause;
	cold->last_error_at_ns = sent->tx_ns;
	M_WARM(m, series)->last_outcome = OUTCOME_UNSENT;
	(void)sample_ring_set(&ring, hot->head - (uint32_t)((uint32_t)hot->head - flight->position),
	    sample_make(SAMPLE_UNSENT, 0));
	if (detail != NULL && detail->counter == flight->counter) {
		detail->outcome = OUTCOME_UNSENT;
		detail->cause = cause;
	}
	flight->state = FLIGHT_FREE;
	if (!(hot->flags & SERIES_SEND_FAILING) || cold->last_send_error != -sent->error) {
		struct event event = {.kind = EVENT_SEND_FAILED};

		hot->flags |= SERIES_SEND_FAILING;
		cold->last_send_error = -sent->error;
		(void)cause_text(hot->address.family, &cause, event.reason, sizeof(event.reason));
		(void)monitor_emit(m, now_ns, &event, series);
	}
	judge_bad(m, now_ns, series, &cause);
	judge_settle(m, now_ns, series);
}

void
monitor_on_sent(struct monitor *m, const struct probe_sent sent[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct flight *flight = ledger_find(&m->ledger, M_FLIGHTS(m), sent[i].number);
		struct series_hot *hot;
		struct detail *detail;

		if (flight == NULL || flight->state != FLIGHT_SENDING)
			continue;
		hot = M_HOT(m, flight->target);
		M_WARM(m, flight->target)->attempts++;
		if (sent[i].error != 0) {
			refused(m, sent[i].tx_ns, flight, &sent[i]);
			continue;
		}
		hot->in_flight++;
		ledger_launch(
		    M_FLIGHTS(m), M_TIMEOUTS(m), flight, sent[i].tx_ns, sent[i].tx_early_ns);
		detail = monitor_detail(m, flight->target, flight->detail);
		if (detail != NULL)
			detail->sent_ns = sent[i].tx_ns;
		if (hot->flags & SERIES_SEND_FAILING) {
			struct event event = {.kind = EVENT_SEND_RESUMED};

			hot->flags &= (uint16_t)~SERIES_SEND_FAILING;
			(void)monitor_emit(m, sent[i].tx_ns, &event, flight->target);
		}
	}
	m->n_pending = 0;
}

void
monitor_on_tx_stamp(struct monitor *m, uint64_t number, nsec_t tx_ns)
{
	struct flight *flight = ledger_find(&m->ledger, M_FLIGHTS(m), number);
	nsec_t early;

	if (flight == NULL || flight->state != FLIGHT_OUT)
		return;
	early = flight->tx_ns - flight->early_ns;
	if (tx_ns < early || tx_ns > nsec_add(flight->tx_ns, NSEC_PER_SEC))
		return; /* not a time at which this packet can have left */
	flight->tx_ns = tx_ns;
	flight->early_ns = (uint32_t)nsec_min(tx_ns - early, UINT32_MAX);
}

static nsec_t
first_due(const struct monitor *m, nsec_t *ret_limit)
{
	nsec_t first = NSEC_NEVER;

	for (uint32_t c = 0; c < m->pace.n_classes; c++) {
		const struct pace_class *class = &M_CLASSES(m)[c];
		nsec_t due;

		if (class->n == 0)
			continue;
		due = M_HOT(m, M_ORDER(m)[class->first + class->cursor])->due_ns;
		first = nsec_min(first, due);
		*ret_limit = nsec_min(*ret_limit, nsec_add(due, class->slack_ns));
	}
	return first;
}

nsec_t
monitor_next_wake_ns(const struct monitor *m)
{
	nsec_t limit = m->housekeeping_ns;
	nsec_t first;

	for (uint32_t c = 0; c < m->ledger.n_classes; c++) {
		const struct ledger_class *class = &M_TIMEOUTS(m)[c];

		limit = nsec_min(limit, nsec_add(ledger_class_deadline(M_FLIGHTS(m), class),
					    pace_slack_ns(class->timeout_ns)));
	}
	first = first_due(m, &limit);
	return pace_wake_ns(&m->pace, limit, first);
}
