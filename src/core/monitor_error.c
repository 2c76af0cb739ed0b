/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * ICMP errors: which probe they quote, proven by all that they quote of it. An error only
 * annotates: what it says counts when the deadline passes without a reply.
 */
#include <string.h>

#include "core/monitor_internal.h"

/* By address, id, sequence and what is constant of a flow, when no tag was quoted. */
static struct flight *
by_sequence(
    struct monitor *m, const struct rx_meta *meta, const struct icmp_quote *quote, uint8_t flow)
{
	struct addr to = quote->to;
	struct flight *flight;
	uint32_t constant;

	if (addr_is_link_local(&to) && to.scope == 0)
		to.scope = meta->ifindex;
	flight = addrs_flight(m, &to, flow, quote->seq, receive_when(m, meta), false);
	if (flight == NULL)
		return NULL;
	constant = icmp_flow_checksum(
	    quote->family, (uint16_t)(m->identity.id_first + flight->flow), flight->size_bytes);
	if (meta->path == RX_RAW && constant != ICMP_CHECKSUM_VARIES && constant != quote->checksum)
		return NULL;
	if (quote->has_number && quote->number != ledger_number(&m->ledger, flight))
		return NULL;
	return flight;
}

/* The probe that a quoted request was; NULL when it is none of ours. */
static struct flight *
quoted_flight(
    struct monitor *m, const struct rx_meta *meta, const struct icmp_quote *quote, uint8_t flow)
{
	struct flight *flight;
	uint16_t id;

	if (quote->source.family != 0 && meta->to.family != 0 &&
	    memcmp(quote->source.bytes, meta->to.bytes, sizeof(meta->to.bytes)) != 0)
		return NULL; /* errors go to whom the packet came from */
	if (!quote->has_tag)
		return by_sequence(m, meta, quote, flow);
	flight = receive_numbered(m, quote->number, quote->seq, flow);
	if (flight == NULL)
		return NULL;
	id = (uint16_t)(m->identity.id_first + flight->flow);
	return quote->tag == icmp_tag(&m->identity.key, &quote->to, id, quote->seq, quote->number)
		   ? flight
		   : NULL;
}

/* It does not say that the packet came no further. */
static bool
is_advice(enum icmp_error_type type)
{
	return type == ICMP_TYPE_REDIRECT || type == ICMP_TYPE_QUENCH;
}

void
error_annotate(struct monitor *m, const struct rx_meta *meta, uint8_t type, uint8_t code,
    const struct icmp_quote *quote)
{
	uint8_t flow =
	    meta->path == RX_RAW ? (uint8_t)(quote->id - m->identity.id_first) : FLOW_ANY;
	enum icmp_error_type kind = icmp_error_type(meta->from.family, type);
	struct flight *flight;
	struct series_rare *rare;
	struct detail *detail;

	if (!quote->present || !quote->is_echo_request ||
	    (meta->path == RX_RAW && !receive_is_ours(m, quote->id))) {
		m->icmp_unmatched[kind]++;
		return;
	}
	flight = quoted_flight(m, meta, quote, flow);
	if (flight == NULL || !receive_is_kept(m, meta, flight) ||
	    (!meta->ambiguous && meta->rx_ns < monitor_left_after(flight))) {
		if (is_advice(kind))
			m->icmp_unmatched[kind]++;
		else
			receive_foreign(m, addrs_find(m, &quote->to));
		return;
	}
	rare = monitor_rare(m, flight->target);
	rare->last_error = (struct cause){.kind = CAUSE_ICMP,
	    .type = type,
	    .code = code,
	    .family = meta->from.family,
	    .from = meta->from};
	rare->last_error_at_ns = receive_when(m, meta);
	rare->last_error_counter = flight->counter;
	if (is_advice(kind) || flight->state != FLIGHT_OUT ||
	    (!meta->ambiguous && meta->rx_ns - flight->tx_ns > monitor_timeout(m, flight)))
		return;
	flight->marks |= MARK_ERROR;
	flight->error_type = type;
	flight->error_code = code;
	detail = detail_of_flight(m, flight);
	if (detail != NULL)
		detail->cause = rare->last_error;
}

void
monitor_on_error(struct monitor *m, const struct rx_meta *meta, uint8_t type, uint8_t code,
    const struct addr *to, const uint8_t *request, size_t len)
{
	struct icmp_packet packet;
	struct icmp_quote quote = {.family = to->family, .to = *to};

	if (icmp_parse(to->family, false, request, len, len, &packet) == ICMP_REQUEST) {
		quote.present = true;
		quote.is_echo_request = packet.type == (to->family == 4 ? 8 : 128);
		quote.id = packet.id;
		quote.seq = packet.seq;
		quote.checksum = packet.checksum;
		quote.has_number = packet.payload_bytes >= ICMP_TAG_AT;
		quote.has_tag = packet.payload_bytes >= ICMP_BALANCE_AT;
		quote.number = packet.number;
		quote.tag = packet.tag;
	}
	error_annotate(m, meta, type, code, &quote);
}
