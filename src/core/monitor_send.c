/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The way out: the number, sequence and bytes of a probe, and what the kernel said to the packet.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

#define DF_AUTO_MAX_BYTES \
	1200 /* payload up to which an unset df means don't fragment, as ping does */
#define TX_STAMP_LATE_MAX_NS NSEC_PER_SEC /* a packet may wait this long in a device's queue */

/* Of Linux, written out, because this library sees no system header. */
enum { NO_SUCH_DEVICE = 19, MESSAGE_TOO_LONG = 90, CANNOT_ASSIGN_ADDRESS = 99 };

static void
fill_out(const struct monitor *m, const struct flight *flight, struct probe_out *out)
{
	const struct series_hot *hot = M_HOT(m, flight->target);
	const struct settings_plan *p = monitor_plan(m, flight->target);
	struct icmp_probe probe = {
	    .family = hot->address.family,
	    .id = (uint16_t)(m->identity.id_first + flight->flow),
	    .seq = flight->seq,
	    .number = ledger_number(&m->ledger, flight),
	    .size_bytes = p->size_bytes,
	};

	memset(out, 0, sizeof(*out));
	probe.tag = icmp_tag(&m->identity.key, &hot->address, probe.id, probe.seq, probe.number);
	out->number = probe.number;
	out->target = flight->target;
	out->kind = flight->kind;
	out->df = p->df == SETTINGS_DF_YES ||
		  (p->df == SETTINGS_DF_AUTO && p->size_bytes <= DF_AUTO_MAX_BYTES);
	out->broadcast = p->allow_special; /* whether it is one depends on the netmask */
	out->want_tx_stamp = p->stamps == SETTINGS_STAMPS_KERNEL;
	out->to = hot->address;
	if (p->source_is_address)
		out->source = p->source_addr;
	out->ifindex = monitor_rare_read(m, flight->target)->ifindex;
	out->mark = p->mark;
	out->ttl = p->ttl;
	out->dscp = p->dscp;
	out->len_bytes = ICMP_HEADER_BYTES + p->size_bytes;
	out->head_bytes = (uint16_t)icmp_echo_build(&probe, out->head);
}

static struct flight *
draw(struct monitor *m, uint32_t series, enum probe_kind kind, uint8_t flow)
{
	struct series_hot *hot = M_HOT(m, series);
	struct flight *flight = ledger_draw(&m->ledger, M_FLIGHTS(m));

	if (flight == NULL)
		return NULL;
	flight->target = series;
	flight->kind = (uint8_t)kind;
	flight->flow = flow;
	flight->seq = flow_sequence(m, series, flow);
	flight->size_bytes = (uint16_t)monitor_plan(m, series)->size_bytes;
	flight->timeout_class = M_PLANS(m)[M_HOT(m, series)->plan].timeout;
	flight->position = (uint32_t)hot->head;
	flight->family = hot->address.family;
	flight->to_hash = (uint32_t)addr_hash(&hot->address);
	flight->prev = hot->last_flight;
	hot->last_flight = (uint32_t)(flight - M_FLIGHTS(m));
	return flight;
}

bool
send_launch(struct monitor *m, nsec_t now_ns, uint32_t series, enum probe_kind kind, uint8_t flow,
    struct probe_out *out)
{
	struct flight *flight = draw(m, series, kind, flow);
	struct detail *detail;

	if (flight == NULL)
		return false;
	if (monitor_plan(m, series)->detail > 0) {
		flight->detail = (uint16_t)M_COLD(m, series)->detail_next;
		detail = detail_begin(m, now_ns, series);
		detail->counter = flight->counter;
		detail->seq = flight->seq;
		detail->flow = flow;
		detail->kind = (uint8_t)kind;
		detail->outcome = OUTCOME_IN_FLIGHT;
	}
	fill_out(m, flight, out);
	return true;
}

bool
send_again(struct monitor *m, uint32_t series, struct probe_out *out)
{
	const struct series_rare *rare = monitor_rare_read(m, series);
	const struct flight former = {
	    .target = series, .counter = rare->wait_counter, .detail = rare->wait_detail};
	struct detail *detail = detail_of_flight(m, &former);
	struct flight *flight =
	    draw(m, series, PROBE_REGULAR, flow_next(m, series, monitor_plan(m, series)->flows));

	if (flight == NULL)
		return false;
	flight->marks |= MARK_WAITED;
	flight->position = rare->wait_position;
	flight->detail = rare->wait_detail;
	if (detail != NULL) {
		detail->counter = flight->counter;
		detail->seq = flight->seq;
		detail->flow = flight->flow;
	}
	fill_out(m, flight, out);
	return true;
}

struct cause
send_obstacle(const struct monitor *m, uint32_t series)
{
	const struct settings_plan *p = monitor_plan(m, series);
	uint8_t family = M_HOT(m, series)->address.family;

	if (family == 0)
		return (struct cause){.kind = CAUSE_NAME};
	if (p->source == 0)
		return (struct cause){.kind = CAUSE_NONE};
	if (p->source_is_address && p->source_addr.family != family)
		return (struct cause){.kind = CAUSE_SEND, .error = CANNOT_ASSIGN_ADDRESS};
	if (!p->source_is_address && monitor_rare_read(m, series)->ifindex == 0)
		return (struct cause){.kind = CAUSE_SEND, .error = NO_SUCH_DEVICE};
	return (struct cause){.kind = CAUSE_NONE};
}

void
send_note_error(
    struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause, int32_t mtu)
{
	struct series_rare *rare = monitor_rare(m, series);
	struct event event = {.kind = EVENT_SEND_FAILED, .cause = *cause};
	bool told = M_HOT(m, series)->flags & SERIES_SEND_FAILING &&
		    rare->send_error == cause->error && rare->send_mtu == mtu;
	char words[96];

	rare->last_error = *cause;
	rare->last_error_at_ns = now_ns;
	if (told)
		return;
	M_HOT(m, series)->flags |= SERIES_SEND_FAILING;
	rare->send_error = cause->error;
	rare->send_mtu = mtu;
	(void)cause_text(cause, words, sizeof(words));
	if (cause->error == MESSAGE_TOO_LONG && mtu > 0)
		(void)snprintf(event.reason, sizeof(event.reason),
		    "%s: %u bytes of payload do not fit the MTU of %d", words,
		    monitor_plan(m, series)->size_bytes, mtu);
	else
		(void)snprintf(event.reason, sizeof(event.reason), "%s", words);
	(void)monitor_emit(m, now_ns, &event, series);
}

void
send_forget(struct monitor *m, struct flight *flight)
{
	uint32_t index = (uint32_t)(flight - M_FLIGHTS(m));
	uint32_t *link = &M_HOT(m, flight->target)->last_flight;

	while (*link != index) /* only flights of the same batch lie before it */
		link = &M_FLIGHTS(m)[*link].prev;
	*link = flight->prev;
	flight->state = FLIGHT_FREE;
}

void
send_unsent(struct monitor *m, nsec_t now_ns, const struct flight *flight,
    const struct cause *cause, int32_t mtu)
{
	uint32_t series = flight->target;
	uint64_t head = M_HOT(m, series)->head;
	struct sample_ring ring = monitor_ring(m, series);
	struct detail *detail = detail_of_flight(m, flight);

	send_note_error(m, now_ns, series, cause, mtu);
	M_WARM(m, series)->attempts++;
	TALLY(m, series, attempts, 1);
	if (detail != NULL) {
		detail->outcome = OUTCOME_UNSENT;
		detail->cause = *cause;
	}
	(void)sample_ring_set(&ring, head - (uint32_t)((uint32_t)head - flight->position),
	    sample_make(SAMPLE_UNSENT, 0));
	judge_unsent(m, now_ns, series, cause, 1);
}

static void
refused(struct monitor *m, struct flight *flight, const struct probe_sent *sent)
{
	const struct cause cause = {.kind = CAUSE_SEND, .error = -sent->error};
	const struct decision unsent = {
	    .outcome = OUTCOME_UNSENT, .rtt_ns = -1, .ttl = -1, .cause = cause};

	send_forget(m, flight);
	if (flight->kind == PROBE_REGULAR) {
		send_unsent(m, sent->tx_ns, flight, &cause, sent->mtu);
		return;
	}
	send_note_error(m, sent->tx_ns, flight->target, &cause, sent->mtu);
	flow_test_ended(m, sent->tx_ns, flight, &unsent);
}

/* The packets of one batch left somewhere between its two readings of the clock. When those are far
 * apart, the last is taken for all: the earliest moment at which any deadline can be up. */
static nsec_t
left_ns(const struct probe_sent sent[], size_t n, size_t i)
{
	nsec_t last = sent[i].tx_ns;

	for (size_t k = 0; k < n; k++) {
		if (sent[k].tx_early_ns == sent[i].tx_early_ns && sent[k].error == 0)
			last = nsec_max(last, sent[k].tx_ns);
	}
	return last - sent[i].tx_early_ns > BATCH_LONG_NS ? last : sent[i].tx_ns;
}

static void
went(struct monitor *m, struct flight *flight, nsec_t tx_ns, nsec_t tx_early_ns)
{
	uint32_t series = flight->target;
	struct detail *detail = detail_of_flight(m, flight);

	ledger_launch(M_FLIGHTS(m), M_TIMEOUTS(m), flight, tx_ns, tx_early_ns);
	if (detail != NULL)
		detail->sent_ns = tx_ns;
	if (flight->kind == PROBE_REGULAR) {
		M_WARM(m, series)->attempts++;
		M_HOT(m, series)->in_flight++;
		TALLY(m, series, attempts, 1);
		TALLY(m, series, sent, 1);
		TALLY(m, series, in_flight, 1);
	} else
		flow_test_sent(m, flight);
	if (M_HOT(m, series)->flags & SERIES_SEND_FAILING) {
		struct event event = {.kind = EVENT_SEND_RESUMED};

		M_HOT(m, series)->flags &= (uint16_t)~SERIES_SEND_FAILING;
		(void)monitor_emit(m, tx_ns, &event, series);
	}
}

void
monitor_on_sent(struct monitor *m, const struct probe_sent sent[], size_t n)
{
	bool is_long = false, any_again = false;

	for (size_t i = 0; i < n; i++)
		is_long |= sent[i].tx_ns - sent[i].tx_early_ns > BATCH_LONG_NS;
	for (size_t i = 0; i < n; i++) {
		struct flight *flight = ledger_find(&m->ledger, M_FLIGHTS(m), sent[i].number);

		if (flight == NULL || flight->state != FLIGHT_SENDING)
			continue;
		if (sent[i].error == 0)
			went(m, flight, is_long ? left_ns(sent, n, i) : sent[i].tx_ns,
			    sent[i].tx_early_ns);
		else if (!wait_may(m, sent[i].tx_ns, flight, -sent[i].error))
			refused(m, flight, &sent[i]);
		else if (!(flight->marks & MARK_WAITED))
			wait_add(m, sent[i].tx_ns, flight, -sent[i].error);
		else
			any_again = true;
	}
	for (size_t i = n; any_again && i-- > 0;) {
		struct flight *flight = ledger_find(&m->ledger, M_FLIGHTS(m), sent[i].number);

		if (flight != NULL && flight->state == FLIGHT_SENDING)
			wait_add(m, sent[i].tx_ns, flight, -sent[i].error);
	}
}

void
monitor_on_tx_stamp(struct monitor *m, uint64_t number, nsec_t tx_ns)
{
	struct flight *flight = ledger_find(&m->ledger, M_FLIGHTS(m), number);
	nsec_t early;

	if (flight == NULL || flight->state != FLIGHT_OUT)
		return;
	early = monitor_left_after(flight);
	if (tx_ns < early || tx_ns > nsec_add(flight->tx_ns, TX_STAMP_LATE_MAX_NS))
		return; /* not a time at which this packet can have left */
	flight->tx_ns = tx_ns;
	flight->early_ns = (uint32_t)nsec_min(nsec_sub(tx_ns, early), BATCH_LONG_NS);
}
