/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The way in: to which probe a packet belongs, if to any. A reply must match in source, id,
 * sequence, number and tag; an ICMP error in all that it quotes, and it only annotates. Nothing
 * here ends a probe but an authentic reply.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

#define NUMBER_BYTES 16 /* payload that carries number and tag */

enum error_kinds { ERRORS_UNREACHABLE, ERRORS_TIME_EXCEEDED, ERRORS_REDIRECT, ERRORS_OTHER };

static void
note_foreign(struct monitor *m, const struct addr *from)
{
	uint32_t series = addrs_find(m, from);

	m->foreign++;
	if (series != NONE)
		M_COLD(m, series)->foreign++;
}

/* The newest flight of any series with this address that has this flow and sequence; for packets
 * without a number. */
static struct flight *
walk(struct monitor *m, const struct addr *address, uint8_t flow, uint16_t seq)
{
	uint32_t hash = (uint32_t)addr_hash(address);

	for (uint32_t series = addrs_find(m, address); series != NONE;
	     series = M_COLD(m, series)->next_same) {
		uint32_t slot = M_HOT(m, series)->last_flight;
		uint64_t newest = UINT64_MAX;

		while (slot != LEDGER_NONE && m->walk_steps > 0) {
			struct flight *flight = &M_FLIGHTS(m)[slot];

			m->walk_steps--;
			if (flight->state == FLIGHT_FREE || flight->target != series ||
			    flight->counter >= newest)
				break; /* the chain has been overwritten from here on */
			if (flight->seq == seq && flight->flow == flow && flight->to_hash == hash)
				return flight;
			newest = flight->counter;
			slot = flight->prev;
		}
	}
	return NULL;
}

static void
count_reordered(struct monitor *m, const struct flight *flight)
{
	struct series_warm *warm = M_WARM(m, flight->target);
	struct series_cold *cold = M_COLD(m, flight->target);
	uint16_t *highest = flight->flow == 0
				? &warm->highest_seq
				: &cold->flow_highest[flight->flow % SETTINGS_FLOWS_MAX];
	uint16_t bit = (uint16_t)(1u << flight->flow % SETTINGS_FLOWS_MAX);

	if (cold->flow_seen & bit && (int16_t)(flight->seq - *highest) < 0) {
		cold->reordered++;
		return;
	}
	cold->flow_seen |= bit;
	*highest = flight->seq;
}

static void
answer(struct monitor *m, const struct rx_meta *meta, struct flight *flight, int16_t ttl)
{
	struct series_cold *cold = M_COLD(m, flight->target);
	nsec_t timeout = M_TIMEOUTS(m)[flight->timeout_class].timeout_ns;
	nsec_t early = flight->tx_ns - flight->early_ns;
	struct decision decision = {
	    .outcome = OUTCOME_ANSWERED, .rtt_ns = meta->rx_ns - flight->tx_ns, .ttl = ttl};

	if (meta->ambiguous) {
		decision.rtt_ns = -1;
		cold->stamp_uncertain += flight->state == FLIGHT_OUT;
	} else if (meta->rx_ns < early) { /* stamped before it can have left */
		note_foreign(m, &meta->from);
		return;
	} else if (decision.rtt_ns < 1) {
		decision.rtt_ns = 1;
		cold->stamp_clamped += flight->state == FLIGHT_OUT;
	}
	switch (flight->state) {
	case FLIGHT_OUT:
		count_reordered(m, flight);
		if (decision.rtt_ns <= timeout) {
			judge_decide(m, m->now_ns, flight, &decision);
			return;
		}
		judge_expire(m, m->now_ns, nsec_add(flight->tx_ns, timeout));
		if (flight->state != FLIGHT_OUT)
			judge_late(m, flight, decision.rtt_ns);
		return;
	case FLIGHT_ANSWERED:
		cold->duplicates++;
		return;
	case FLIGHT_LOST:
	case FLIGHT_UNREACHABLE:
	case FLIGHT_UNMEASURED:
		if (flight->late_seen)
			cold->duplicates++;
		else
			judge_late(m, flight, decision.rtt_ns);
		return;
	default:
		note_foreign(m, &meta->from);
	}
}

static void
corrupt(struct monitor *m, const struct flight *flight, uint32_t good_bytes)
{
	struct series_cold *cold = M_COLD(m, flight->target);
	const struct settings_target *t = monitor_target(m, flight->target);

	cold->corrupt++;
	(void)snprintf(cold->name_error, sizeof(cold->name_error), "%u of %u bytes came back",
	    good_bytes, t->size_bytes);
}

static bool
is_ours(const struct monitor *m, uint16_t id)
{
	return (uint16_t)(id - m->identity.id_first) < MONITOR_IDS;
}

/* The id that we gave the request. A datagram socket puts its own on the wire, and gets only
 * answers to that one. */
static uint16_t
given_id(const struct monitor *m, const struct rx_meta *meta, uint16_t id)
{
	return meta->path == RX_RAW ? id : m->identity.id_first;
}

static void
on_reply(struct monitor *m, const struct rx_meta *meta, const struct icmp_packet *packet,
    bool bad_checksum)
{
	uint16_t id = given_id(m, meta, packet->id);
	uint8_t flow = (uint8_t)(id - m->identity.id_first);
	int16_t ttl = meta->hop_limit >= 0 ? meta->hop_limit : (int16_t)packet->ip_ttl;
	struct flight *flight = NULL;
	uint32_t size, good = 0;
	bool tagged = false;

	if (!is_ours(m, id))
		return;
	if (packet->payload_bytes >= NUMBER_BYTES) {
		tagged = packet->tag ==
			 icmp_tag(&m->identity.key, &meta->from, id, packet->seq, packet->number);
		if (tagged) {
			flight = ledger_find(&m->ledger, M_FLIGHTS(m), packet->number);
			if (flight == NULL || flight->seq != packet->seq || flight->flow != flow) {
				uint32_t series = addrs_find(m, &meta->from);

				if (series != NONE)
					M_COLD(m, series)
					    ->stale++; /* ours, but the probe is forgotten */
				return;
			}
		}
	}
	if (flight == NULL) {
		flight = walk(m, &meta->from, flow, packet->seq);
		if (flight == NULL ||
		    (monitor_target(m, flight->target)->size_bytes >= NUMBER_BYTES &&
			packet->payload_bytes >= NUMBER_BYTES)) {
			note_foreign(m, &meta->from);
			return;
		}
	}
	if (flight->kind == PROBE_REGULAR && M_HOT(m, flight->target)->config >= m->n_targets)
		return;
	size = monitor_target(m, flight->target)->size_bytes;
	if (bad_checksum || (!icmp_payload_intact(packet, size, &good) && !meta->truncated)) {
		corrupt(m, flight, bad_checksum ? 0 : good);
		return;
	}
	answer(m, meta, flight, ttl);
}

static void
count_error(struct monitor *m, uint8_t family, uint8_t type)
{
	enum error_kinds kind = ERRORS_OTHER;

	if ((family == 4 && type == 3) || (family == 6 && type == 1))
		kind = ERRORS_UNREACHABLE;
	else if ((family == 4 && type == 11) || (family == 6 && type == 3))
		kind = ERRORS_TIME_EXCEEDED;
	else if ((family == 4 && type == 5) || (family == 6 && type == 137))
		kind = ERRORS_REDIRECT;
	m->errors_by_kind[kind]++;
}

/* The probe that a quoted request was, proven by all that is quoted of it; NULL when it is none of
 * ours. */
static struct flight *
quoted_flight(struct monitor *m, const struct icmp_quote *quote, uint16_t id)
{
	uint8_t flow = (uint8_t)(id - m->identity.id_first);
	struct flight *flight = NULL;
	uint32_t constant;

	if (quote->has_tag) {
		if (quote->tag ==
		    icmp_tag(&m->identity.key, &quote->to, id, quote->seq, quote->number))
			flight = ledger_find(&m->ledger, M_FLIGHTS(m), quote->number);
	} else {
		flight = walk(m, &quote->to, flow, quote->seq);
		constant = flight == NULL ? ICMP_CHECKSUM_VARIES
					  : icmp_flow_checksum(quote->family, id,
						monitor_target(m, flight->target)->size_bytes);
		if (constant != ICMP_CHECKSUM_VARIES && constant != quote->checksum)
			flight = NULL;
		if (flight != NULL && quote->has_number &&
		    quote->number != ledger_number(&m->ledger, flight))
			flight = NULL;
	}
	return flight != NULL && flight->seq == quote->seq && flight->flow == flow ? flight : NULL;
}

static void
on_error(struct monitor *m, const struct rx_meta *meta, uint8_t type, uint8_t code,
    const struct icmp_quote *quote)
{
	uint16_t id = given_id(m, meta, quote->id);
	struct flight *flight;
	struct series_cold *cold;
	nsec_t timeout;

	if (!quote->present || !quote->is_echo_request || !is_ours(m, id)) {
		count_error(m, meta->from.family, type);
		return;
	}
	flight = quoted_flight(m, quote, id);
	if (flight == NULL) {
		note_foreign(m, &meta->from);
		return;
	}
	cold = M_COLD(m, flight->target);
	cold->last_error =
	    (struct cause){.kind = CAUSE_ICMP, .type = type, .code = code, .from = meta->from};
	cold->last_error_at_ns = meta->rx_ns;
	timeout = M_TIMEOUTS(m)[flight->timeout_class].timeout_ns;
	if (flight->state == FLIGHT_OUT && meta->rx_ns <= nsec_add(flight->tx_ns, timeout)) {
		struct detail *detail = monitor_detail(m, flight->target, flight->detail);

		flight->error_set = 1;
		flight->error_type = type;
		flight->error_code = code;
		if (detail != NULL && detail->counter == flight->counter)
			detail->cause = cold->last_error;
	}
}

void
monitor_on_error(struct monitor *m, const struct rx_meta *meta, uint8_t type, uint8_t code,
    const struct addr *to, const uint8_t *request, size_t len)
{
	struct icmp_packet packet;
	struct icmp_quote quote = {.family = to->family, .to = *to};

	if (icmp_parse(to->family, false, request, len, len, &packet) == ICMP_REQUEST) {
		quote.present = quote.is_echo_request = true;
		quote.id = packet.id;
		quote.seq = packet.seq;
		quote.checksum = packet.checksum;
		quote.has_number = packet.payload_bytes >= ICMP_TAG_AT;
		quote.has_tag = packet.payload_bytes >= ICMP_BALANCE_AT;
		quote.number = packet.number;
		quote.tag = packet.tag;
	}
	on_error(m, meta, type, code, &quote);
}

void
monitor_on_datagram(struct monitor *m, const struct rx_meta *meta, const uint8_t *bytes, size_t len)
{
	struct icmp_packet packet;
	bool has_header = meta->path == RX_RAW && meta->from.family == 4;

	switch (icmp_parse(meta->from.family, has_header, bytes, len, meta->full_bytes, &packet)) {
	case ICMP_ECHO_REPLY:
		on_reply(m, meta, &packet, false);
		return;
	case ICMP_BAD_CHECKSUM:
		if (packet.type == (meta->from.family == 4 ? 0 : 129))
			on_reply(m, meta, &packet, true);
		return;
	case ICMP_ERROR:
		on_error(m, meta, packet.type, packet.code, &packet.quote);
		return;
	case ICMP_REDIRECT:
	case ICMP_SOURCE_QUENCH:
		count_error(m, meta->from.family, packet.type);
		return;
	default:
		return;
	}
}

static void
blind(struct monitor *m, nsec_t from_ns, nsec_t until_ns, uint8_t families, enum cause_kind cause)
{
	struct blind_span *last = m->blind_n > 0 ? &m->blind[m->blind_n - 1] : NULL;

	if (last != NULL && last->cause == cause && last->families == families &&
	    from_ns <= last->until_ns + NSEC_PER_MSEC) {
		last->until_ns = nsec_max(last->until_ns, until_ns);
		return;
	}
	if (m->blind_n ==
	    BLIND_SPANS_MAX) { /* the two oldest become one: rather too blind than a false loss */
		m->blind[1].from_ns = nsec_min(m->blind[0].from_ns, m->blind[1].from_ns);
		m->blind[1].families |= m->blind[0].families;
		memmove(&m->blind[0], &m->blind[1], (BLIND_SPANS_MAX - 1) * sizeof(m->blind[0]));
		m->blind_n--;
	}
	m->blind[m->blind_n++] = (struct blind_span){.from_ns = from_ns,
	    .until_ns = until_ns,
	    .families = families,
	    .cause = (uint8_t)cause};
}

void
monitor_on_queue_drops(
    struct monitor *m, uint8_t family, nsec_t since_ns, nsec_t until_ns, uint64_t n)
{
	if (n == 0)
		return;
	m->rx_dropped[family == 6] += n;
	blind(m, since_ns, until_ns, family == 6 ? 2 : 1, CAUSE_QUEUE);
	if (m->blind_logged_ns == 0 || until_ns - m->blind_logged_ns > NSEC_PER_MIN) {
		struct event event = {.kind = EVENT_RX_DROPS, .value = (int64_t)n};

		m->blind_logged_ns = until_ns;
		(void)snprintf(event.reason, sizeof(event.reason),
		    "the kernel dropped %llu packets from our IPv%u receive queue: raise "
		    "receive_buffer or net.core.rmem_max",
		    (unsigned long long)n, family);
		(void)monitor_emit(m, until_ns, &event, NONE);
	}
}

void
monitor_on_gap(struct monitor *m, nsec_t from_ns, nsec_t to_ns, enum gap_why why)
{
	static const char *const words[] = {
	    "we were stalled", "the machine slept", "we were not running"};
	struct event event = {.kind = EVENT_GAP, .value = to_ns - from_ns};

	if (why == GAP_SUSPEND)
		blind(m, from_ns, to_ns, 3, CAUSE_SUSPEND);
	if (why == GAP_RESTART)
		blind(m, from_ns, to_ns, 3, CAUSE_RESTART);
	(void)snprintf(event.reason, sizeof(event.reason), "%s for %.1f s", words[why],
	    (double)(to_ns - from_ns) / 1e9);
	(void)monitor_emit(m, to_ns, &event, NONE);
}

void
monitor_on_clock_step(struct monitor *m, nsec_t now_ns, nsec_t step_ns)
{
	struct event event = {.kind = EVENT_CLOCK_STEP, .value = step_ns};

	(void)snprintf(event.reason, sizeof(event.reason),
	    "the wall clock was set by %+.3f s; round-trip times are not affected",
	    (double)step_ns / 1e9);
	(void)monitor_emit(m, now_ns, &event, NONE);
}
