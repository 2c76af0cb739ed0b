/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The way in: to which probe a reply belongs, if to any. It must match in source, id, sequence,
 * number and tag; nothing else ends a probe before its deadline. Errors are in monitor_error.c.
 */
#include <string.h>

#include "core/monitor_internal.h"

static uint8_t
family_bit(const struct addr *a)
{
	return a->family == 6 ? 2 : 1;
}

bool
receive_is_ours(const struct monitor *m, uint16_t id)
{
	return (uint16_t)(id - m->identity.id_first) < MONITOR_IDS;
}

nsec_t
receive_when(const struct monitor *m, const struct rx_meta *meta)
{
	return meta->ambiguous ? m->now_ns : meta->rx_ns;
}

void
receive_foreign(struct monitor *m, uint32_t series)
{
	m->foreign++;
	m->sum.foreign++;
	if (series == NONE)
		return;
	monitor_rare(m, series)->foreign++;
	monitor_group_of(m, series)->sum.foreign++;
}

/* RFC 4737: below the highest that was answered, in the order of sending of this target and flow.
 */
static void
count_reordered(struct monitor *m, const struct flight *flight)
{
	struct series_warm *warm = M_WARM(m, flight->target);
	struct series_hot *hot = M_HOT(m, flight->target);
	uint8_t flow = flight->flow % SETTINGS_FLOWS_MAX;
	uint32_t *highest = &warm->highest_position;
	bool seen = hot->flags & SERIES_SEEN;

	if (flow > 0) {
		struct series_rare *rare = monitor_rare(m, flight->target);

		highest = &rare->flow_highest[flow];
		seen = rare->flow_seen >> flow & 1;
		rare->flow_seen |= (uint16_t)(1u << flow);
	} else
		hot->flags |= SERIES_SEEN;
	if (seen && (int32_t)(flight->position - *highest) < 0)
		TALLY_RARE(m, flight->target, reordered, 1);
	else
		*highest = flight->position;
}

/* Whether the machine slept, or we were interrupted in sending, while the reply was on its way: it
 * came, but nobody knows how long it took. */
static bool
is_uncertain(const struct monitor *m, const struct rx_meta *meta, const struct flight *flight)
{
	return meta->ambiguous || flight->early_ns > BATCH_LONG_NS ||
	       (m->slept_until_ns != 0 && flight->tx_ns <= m->slept_until_ns &&
		   meta->rx_ns >= m->slept_from_ns);
}

static void
answer(struct monitor *m, const struct rx_meta *meta, struct flight *flight, int16_t ttl)
{
	bool uncertain = is_uncertain(m, meta, flight);
	bool late = !meta->ambiguous && meta->rx_ns - flight->tx_ns > monitor_timeout(m, flight);
	struct decision decision = {.outcome = OUTCOME_ANSWERED,
	    .rtt_ns = uncertain ? -1 : nsec_max(meta->rx_ns - flight->tx_ns, 1),
	    .ttl = ttl};

	if (!meta->ambiguous && meta->rx_ns < monitor_left_after(flight)) {
		receive_foreign(m, flight->target); /* stamped before it can have left */
		return;
	}
	if (flight->kind != PROBE_REGULAR) {
		flow_test_replied(m, flight, decision.rtt_ns, ttl);
		return;
	}
	if (!late && monitor_plan(m, flight->target)->allow_special &&
	    !responders_note(m, flight, meta, decision.rtt_ns, ttl)) {
		TALLY_RARE(m, flight->target, duplicates, 1);
		return;
	}
	if (flight->state == FLIGHT_OUT && !late) {
		if (uncertain)
			m->stamp_uncertain++;
		else if (meta->rx_ns - flight->tx_ns < 1)
			m->stamp_clamped++;
		count_reordered(m, flight);
		judge_decide(m, m->now_ns, flight, &decision);
		return;
	}
	if (flight->state == FLIGHT_ANSWERED || flight->marks & MARK_LATE) {
		if (!monitor_plan(m, flight->target)->allow_special)
			TALLY_RARE(m, flight->target, duplicates, 1);
	} else
		judge_late(m, flight, decision.rtt_ns);
}

/* Ours, proven, but the probe is forgotten: the reply of one that was lost, or, when those of all
 * that were lost have come or may still come, another reply to one that was answered. */
static void
forgotten(struct monitor *m, const struct rx_meta *meta)
{
	uint32_t first = addrs_find(m, &meta->from);
	nsec_t when_ns = receive_when(m, meta);

	for (uint32_t s = first; s != NONE && m->walk_late_steps > 0; s = M_COLD(m, s)->next_same) {
		const struct series_rare *rare = monitor_rare_read(m, s);
		nsec_t kept_ns = monitor_plan(m, s)->timeout_ns + LATE_KEPT_NS;
		uint64_t lost = M_WARM(m, s)->lost + rare->unreachable;

		if (rare->late + rare->stale < lost &&
		    rare->late + rare->stale + addrs_open_losses(m, s, nsec_sub(when_ns, kept_ns)) <
			lost) {
			TALLY_RARE(m, s, stale, 1);
			return;
		}
	}
	if (first != NONE)
		TALLY_RARE(m, first, duplicates, 1);
}

static bool
is_tagged(
    const struct monitor *m, const struct icmp_packet *packet, const struct addr *to, uint8_t flow)
{
	uint16_t id = (uint16_t)(m->identity.id_first + flow);

	return packet->tag == icmp_tag(&m->identity.key, to, id, packet->seq, packet->number);
}

struct flight *
receive_numbered(struct monitor *m, uint64_t number, uint16_t seq, uint8_t flow)
{
	struct flight *flight = ledger_find(&m->ledger, M_FLIGHTS(m), number);

	return flight != NULL && flight->state != FLIGHT_SENDING && flight->seq == seq &&
		       (flow == FLOW_ANY || flight->flow == flow)
		   ? flight
		   : NULL;
}

/* A packet that proves by its tag that it answers a probe, but not from where the probe went: right
 * for one that many may answer, else from the wrong source. */
static struct flight *
from_elsewhere(struct monitor *m, const struct icmp_packet *packet, struct flight *flight)
{
	const struct addr *to;

	if (flight == NULL)
		return NULL;
	to = &M_HOT(m, flight->target)->address;
	return (uint32_t)addr_hash(to) == flight->to_hash && is_tagged(m, packet, to, flight->flow)
		   ? flight
		   : NULL;
}

bool
receive_is_kept(const struct monitor *m, const struct rx_meta *meta, const struct flight *flight)
{
	return receive_when(m, meta) - flight->tx_ns <= monitor_timeout(m, flight) + LATE_KEPT_NS;
}

/* A reply that is long enough to carry number and tag. NULL when it was dealt with. */
static struct flight *
by_tag(
    struct monitor *m, const struct rx_meta *meta, const struct icmp_packet *packet, uint8_t flow)
{
	struct flight *flight = receive_numbered(m, packet->number, packet->seq, flow), *other;
	uint8_t sent_by = flight != NULL ? flight->flow : flow == FLOW_ANY ? 0 : flow;

	if (is_tagged(m, packet, &meta->from, sent_by)) {
		if (flight != NULL && receive_is_kept(m, meta, flight))
			return flight;
		forgotten(m, meta);
		return NULL;
	}
	flight = from_elsewhere(m, packet, flight);
	if (flight != NULL && monitor_plan(m, flight->target)->allow_special)
		return receive_is_kept(m, meta, flight) ? flight : NULL;
	if (flight == NULL) { /* one that was sent without a tag and came back longer, perhaps */
		other =
		    addrs_flight(m, &meta->from, flow, packet->seq, receive_when(m, meta), true);
		if (other != NULL)
			return other;
	}
	receive_foreign(m, flight != NULL ? flight->target : addrs_find(m, &meta->from));
	return NULL;
}

/* A reply too short for a tag: source, id and sequence decide. */
static struct flight *
by_sequence(
    struct monitor *m, const struct rx_meta *meta, const struct icmp_packet *packet, uint8_t flow)
{
	struct flight *flight =
	    addrs_flight(m, &meta->from, flow, packet->seq, receive_when(m, meta), false);

	if (flight != NULL && receive_is_kept(m, meta, flight))
		return flight;
	if (flight != NULL) {
		forgotten(m, meta);
		return NULL;
	}
	if (m->walk_steps == 0) /* too much to look through: what it answers is not known */
		deadline_blind(m, m->drained_ns, nsec_max(receive_when(m, meta), m->drained_ns),
		    family_bit(&meta->from), CAUSE_QUEUE);
	receive_foreign(m, addrs_find(m, &meta->from));
	return NULL;
}

/* How many bytes of a payload that is too short to prove itself came back as they were sent. */
static uint32_t
short_good(const struct monitor *m, const struct rx_meta *meta, const struct icmp_packet *packet,
    const struct flight *flight)
{
	struct icmp_probe probe = {
	    .family = meta->from.family,
	    .id = (uint16_t)(m->identity.id_first + flight->flow),
	    .seq = flight->seq,
	    .number = ledger_number(&m->ledger, flight),
	    .size_bytes = flight->size_bytes,
	};
	uint8_t head[32];
	uint32_t good = 0;

	probe.tag = icmp_tag(&m->identity.key, &meta->from, probe.id, probe.seq, probe.number);
	(void)icmp_echo_build(&probe, head);
	while (good < probe.size_bytes && good < packet->payload_bytes &&
	       packet->payload[good] == head[ICMP_HEADER_BYTES + good])
		good++;
	return good;
}

/* Whether the payload came back as it was sent, as far as we have it. len: of all bytes at hand. */
static bool
is_intact(const struct monitor *m, const struct rx_meta *meta, const struct icmp_packet *packet,
    size_t len, const struct flight *flight, uint32_t *ret_good)
{
	uint32_t size = flight->size_bytes;
	size_t head = len - packet->payload_bytes;
	bool intact;

	if (size < ICMP_PATTERN_AT && !monitor_plan(m, flight->target)->allow_special) {
		*ret_good = short_good(m, meta, packet, flight);
		return *ret_good == size && packet->payload_bytes == size;
	}
	intact = icmp_payload_intact(packet, size, ret_good);
	if (!meta->truncated)
		return intact;
	/* a datagram socket does not tell how long the packet was */
	return *ret_good == packet->payload_bytes && packet->payload_bytes < size &&
	       (meta->path != RX_RAW || meta->full_bytes == head + size);
}

static void
on_reply(struct monitor *m, const struct rx_meta *meta, const struct icmp_packet *packet,
    size_t len, bool bad_checksum)
{
	uint8_t flow = (uint8_t)(packet->id - m->identity.id_first);
	int16_t ttl = meta->hop_limit >= 0 ? meta->hop_limit : packet->ip_ttl;
	struct flight *flight;
	struct series_rare *rare;
	uint32_t good = 0;

	if (meta->path != RX_RAW) { /* the kernel put its own id there, and knows it */
		m->datagram |= family_bit(&meta->from);
		flow = FLOW_ANY;
	} else if (!receive_is_ours(m, packet->id))
		return;
	flight = packet->payload_bytes >= ICMP_BALANCE_AT ? by_tag(m, meta, packet, flow)
							  : by_sequence(m, meta, packet, flow);
	if (flight == NULL)
		return;
	if (!bad_checksum && is_intact(m, meta, packet, len, flight, &good)) {
		answer(m, meta, flight, ttl);
		return;
	}
	TALLY_RARE(m, flight->target, corrupt, 1);
	rare = monitor_rare(m, flight->target);
	rare->corrupt_at_ns = m->now_ns;
	rare->corrupt_good = bad_checksum ? UINT32_MAX : good;
	rare->corrupt_of = flight->size_bytes;
}

void
monitor_on_datagram(struct monitor *m, const struct rx_meta *meta, const uint8_t *bytes, size_t len)
{
	struct icmp_packet packet;
	bool has_header = meta->path == RX_RAW && meta->from.family == 4;
	uint8_t reply = meta->from.family == 4 ? 0 : 129;

	switch (icmp_parse(meta->from.family, has_header, bytes, len, meta->full_bytes, &packet)) {
	case ICMP_ECHO_REPLY:
		on_reply(m, meta, &packet, len, false);
		return;
	case ICMP_BAD_CHECKSUM:
		if (packet.type == reply && packet.code == 0)
			on_reply(m, meta, &packet, len, true);
		return;
	case ICMP_ERROR:
	case ICMP_REDIRECT:
	case ICMP_SOURCE_QUENCH:
		error_annotate(m, meta, packet.type, packet.code, &packet.quote);
		return;
	default:
		return;
	}
}
