/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements sim.h: the virtual clock and the machine, which turns the engine as the daemon does.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim_internal.h"

#define SEND_NS 2000 /* a packet of a batch after the one before */
#define DEEP_EVERY 256 /* turns */
#define DETAILS_EVERY 16

bool
sim_fail(struct sim *sim, const char *format, ...)
{
	size_t len;
	va_list args;

	(void)snprintf(sim->why, sizeof(sim->why), "at %.6f s: ", (double)sim->now_ns / 1e9);
	len = strlen(sim->why);
	va_start(args, format);
	(void)vsnprintf(sim->why + len, sizeof(sim->why) - len, format, args);
	va_end(args);
	return false;
}

bool
sim_chance(struct sim *sim, uint32_t ppm)
{
	return ppm > 0 && rng_below(&sim->rng, 1000000) < ppm;
}

nsec_t
sim_between(struct sim *sim, nsec_t low, nsec_t high)
{
	return high > low ? low + (nsec_t)rng_below(&sim->rng, (uint64_t)(high - low)) : low;
}

static void
prefetch(const struct sim *sim, const struct packet *packet)
{
	const uint8_t *bytes = packet->bytes;
	size_t len = packet->len;

	monitor_prefetch(sim->m, &packet->meta, &bytes, &len, 1);
}

/* Hands over what has come, of one family or both. partial: only so many. Returns the stamp of the
 * last packet, 0 when all were read. */
static nsec_t
read_queue(struct sim *sim, uint64_t dropped[static 2], uint32_t partial)
{
	uint32_t queued[2] = {0, 0}, read = 0;

	while (sim->heap_n > 0 && sim->heap[0].ready_ns <= sim->now_ns) {
		struct travel p;
		int family = sim->heap[0].packet.meta.from.family == 6;

		if (partial > 0 && read == partial)
			return sim->heap[0].stamp_ns - 1;
		p = net_pop(sim);
		if (sim->faults.queue_packets > 0 && ++queued[family] > sim->faults.queue_packets) {
			dropped[family]++;
			continue;
		}
		read++;
		p.ambiguous |= sim->stepped;
		p.packet.meta.ambiguous = p.ambiguous;
		p.packet.meta.rx_ns = p.stamp_ns;
		if (p.ambiguous) /* it may be anything then */
			p.packet.meta.rx_ns += sim_between(sim, -NSEC_PER_HOUR, NSEC_PER_HOUR);
		truth_received(sim, &p);
		prefetch(sim, &p.packet);
		monitor_on_datagram(sim->m, &p.packet.meta, p.packet.bytes, p.packet.len);
	}
	return 0;
}

static void
deliver(struct sim *sim)
{
	uint64_t dropped[2] = {0, 0};
	uint32_t partial =
	    sim_chance(sim, sim->faults.partial_ppm) ? 1 + (uint32_t)rng_below(&sim->rng, 20) : 0;
	nsec_t last = read_queue(sim, dropped, partial);
	nsec_t drained = last == 0 ? sim->now_ns : last;

	for (int i = 0; i < 2; i++) {
		monitor_on_queue_drops(
		    sim->m, i == 0 ? 4 : 6, sim->last_read_ns, sim->now_ns, dropped[i]);
		if (dropped[i] > 0)
			truth_blind(sim, sim->last_read_ns, sim->now_ns, i == 0 ? 1 : 2);
	}
	sim->last_read_ns = sim->now_ns;
	sim->drained_ns = drained > sim->drained_ns ? drained : sim->drained_ns;
	sim->stepped = false;
	monitor_advance(sim->m, sim->now_ns, drained);
}

/* The kernel's own stamps on what was sent in the last turn, most of them. */
static void
deliver_tx_stamps(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->tx_stamps_n; i++) {
		if (rng_below(&sim->rng, 8) == 0)
			continue;
		monitor_on_tx_stamp(sim->m, sim->tx_stamps[i].number, sim->tx_stamps[i].tx_ns);
		truth_tx_stamp(sim, sim->tx_stamps[i].number, sim->tx_stamps[i].tx_ns);
	}
	sim->tx_stamps_n = 0;
}

static int
refusal(struct sim *sim)
{
	static const int errors[] = {101, 105, 90, 1, 113, 11};

	return sim->faults.refused_error != 0 ? sim->faults.refused_error
					      : errors[rng_below(&sim->rng, 6)];
}

static void
note_refusal(struct sim *sim, const struct probe_out *out, int error)
{
	struct series_truth *series = sim->of_slot[out->target];

	if (out->kind != PROBE_REGULAR || error == 0)
		return;
	if (error == 11 || error == 105)
		series->no_room++; /* it may come again */
	else
		series->refused++;
}

/* The kernel's refusals of a batch; returns how many packets went. */
static size_t
refuse_some(struct sim *sim, const struct probe_out out[], struct probe_sent sent[], size_t n)
{
	size_t went = 0;

	for (size_t i = 0; i < n; i++) {
		sent[i] = (struct probe_sent){
		    .number = out[i].number, .tx_ns = sim->now_ns, .tx_early_ns = sim->now_ns};
		if (sim_chance(sim, sim->faults.refused_ppm))
			sent[i].error = -refusal(sim);
		sent[i].mtu = sent[i].error == -90 ? 1400 : 0;
		went += sent[i].error == 0;
		note_refusal(sim, &out[i], -sent[i].error);
	}
	return went;
}

static bool
send_batch(struct sim *sim, const struct probe_out out[], size_t n)
{
	struct probe_sent sent[PROBE_BATCH_MAX];
	nsec_t early = sim->now_ns, pause = 0, before = 0;
	size_t went = refuse_some(sim, out, sent, n);
	bool is_long = sim_chance(sim, sim->faults.long_batch_ppm);

	if (is_long) { /* interrupted before the first packet left, or after the last */
		pause = sim_between(sim, 6 * NSEC_PER_MSEC, sim->faults.stall_max_ns);
		before = rng_below(&sim->rng, 2) ? pause : 0;
	}
	sim->now_ns += (nsec_t)n * SEND_NS + pause;
	for (size_t i = 0, k = 0; i < n; i++) {
		nsec_t left = early + before + (nsec_t)(i + 1) * SEND_NS;

		if (sent[i].error != 0)
			continue;
		sent[i].tx_ns = early + (sim->now_ns - early) * (nsec_t)++k / (nsec_t)went;
		if (!truth_sent(
			sim, &out[i], is_long ? sim->now_ns : sent[i].tx_ns, early, is_long))
			return false;
		if (out[i].want_tx_stamp && sim->tx_stamps_n < TX_STAMPS_MAX)
			sim->tx_stamps[sim->tx_stamps_n++] =
			    (struct tx_stamp){.number = out[i].number, .tx_ns = left};
		net_take(sim, &out[i], left);
	}
	monitor_on_sent(sim->m, sent, n);
	return true;
}

static bool
send_all(struct sim *sim)
{
	struct probe_out out[PROBE_BATCH_MAX];
	size_t n;

	while ((n = monitor_next_send(sim->m, sim->now_ns, out, PROBE_BATCH_MAX)) > 0) {
		if (!send_batch(sim, out, n))
			return false;
	}
	return true;
}

static bool
drain_events(struct sim *sim)
{
	struct event event;

	while (monitor_next_event(sim->m, &event)) {
		uint64_t mix = event.id * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)event.at_ns ^
			       (uint64_t)event.kind << 56 ^ (uint64_t)event.state << 48;

		sim->hash = (sim->hash ^ mix) * UINT64_C(0x100000001b3);
		for (const char *c = event.reason; *c != '\0'; c++)
			sim->hash = (sim->hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
		if (!check_event(sim, &event))
			return false;
		sim->events[sim->events_n++ % EVENTS_KEPT] = event;
	}
	return true;
}

static void
suspend(struct sim *sim, nsec_t duration_ns)
{
	nsec_t from = sim->last_read_ns;

	net_sleep(sim, duration_ns);
	sim->wall_ns += duration_ns;
	monitor_on_gap(sim->m, sim->now_ns - duration_ns, sim->now_ns, GAP_SUSPEND);
	truth_blind(sim, nsec_max(sim->now_ns - duration_ns, sim->drained_ns), sim->now_ns, 3);
	sim->slept[sim->slept_n++ % BLIND_KEPT] =
	    (struct blind){.from_ns = from, .until_ns = sim->now_ns};
}

static void
machine_faults(struct sim *sim)
{
	const struct sim_faults *f = &sim->faults;

	if (sim_chance(sim, f->stall_ppm))
		sim->now_ns += sim_between(sim, 0, f->stall_max_ns);
	sim->now_ns += sim->stall_once_ns;
	sim->stall_once_ns = 0;
	if (sim->suspend_once_ns > 0)
		suspend(sim, sim->suspend_once_ns);
	else if (sim_chance(sim, f->suspend_ppm))
		suspend(sim, sim_between(sim, NSEC_PER_SEC, f->suspend_max_ns));
	sim->suspend_once_ns = 0;
	if (sim_chance(sim, f->step_ppm)) {
		nsec_t step = sim_between(sim, -NSEC_PER_HOUR, NSEC_PER_HOUR);

		sim->wall_ns += step;
		sim->stepped = true;
		monitor_on_clock_step(sim->m, sim->now_ns, step);
	}
	monitor_set_wall(sim->m, sim->now_ns, sim->wall_ns + sim->now_ns);
}

static bool
turn(struct sim *sim)
{
	nsec_t wake = monitor_next_wake_ns(sim->m);
	char why[256];

	if (wake > sim->now_ns)
		sim->now_ns = wake;
	machine_faults(sim);
	deliver_tx_stamps(sim);
	deliver(sim);
	if (!send_all(sim) || !drain_events(sim))
		return false;
	truth_evaluate(sim, false);
	sim->turns++;
	if (!monitor_check(sim->m, sim->turns % DEEP_EVERY == 0, why, sizeof(why)))
		return sim_fail(sim, "%s", why);
	if (sim->turns % DETAILS_EVERY == 0 && !check_details(sim))
		return false;
	return sim->turns % DEEP_EVERY != 0 || check_states(sim);
}

bool
sim_run(struct sim *sim, nsec_t duration_ns)
{
	nsec_t end = sim->now_ns + duration_ns;

	while (sim->now_ns < end) {
		if (!turn(sim))
			return false;
	}
	return true;
}

bool
sim_settle_and_compare(struct sim *sim)
{
	nsec_t longest = 0;

	for (uint32_t s = 0; s < monitor_series_max(sim->m); s++)
		(void)monitor_pause(sim->m, sim->now_ns, s, 0, "settle");
	for (uint32_t i = 0; i < sim->n; i++)
		longest = nsec_max(longest, sim->targets[i].timeout_ns);
	memset(&sim->faults, 0, sizeof(sim->faults));
	if (!sim_run(sim, longest + 130 * NSEC_PER_SEC))
		return false;
	truth_evaluate(sim, true);
	return check_sums(sim);
}

uint32_t
sim_events(const struct sim *sim, enum event_kind kind, const char *target)
{
	uint64_t n = sim->events_n < EVENTS_KEPT ? sim->events_n : EVENTS_KEPT;
	uint32_t found = 0;

	for (uint64_t i = 0; i < n; i++)
		found += sim->events[i].kind == kind &&
			 (target == NULL || strcmp(sim->events[i].target, target) == 0);
	return found;
}

struct event
sim_last_event(const struct sim *sim, enum event_kind kind, const char *target)
{
	uint64_t n = sim->events_n < EVENTS_KEPT ? sim->events_n : EVENTS_KEPT;

	for (uint64_t i = sim->events_n; n > 0; n--) {
		const struct event *event = &sim->events[--i % EVENTS_KEPT];

		if (event->kind == kind && (target == NULL || strcmp(event->target, target) == 0))
			return *event;
	}
	return (struct event){0};
}

uint64_t
sim_journal_hash(struct sim *sim)
{
	struct report_status status;

	monitor_report_status(sim->m, sim->now_ns, &status);
	return sim->hash ^ status.probes.answered * 31 ^ status.probes.lost * 131 ^
	       status.probes.late * 1031 ^ status.probes.foreign * 4099;
}
