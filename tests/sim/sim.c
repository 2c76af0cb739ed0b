/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements sim.h: the virtual clock, the network with its faults, the receive queue, and the
 * account of the truth. Packets are built by hand here, not by core/icmp, so that one defect cannot
 * hide another.
 */
#include "sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEND_NS 2000 /* a packet of a batch after the one before */
#define ALIGN 64
#define CHECK_EVERY 256
#define PROBES_KEPT (1u << 18)

struct packet {
	nsec_t at_ns;
	uint64_t order;
	uint64_t number; /* of the probe that it truly answers, 0: none */
	struct addr from;
	uint32_t len;
	uint8_t ambiguous;
	uint8_t is_error;
	uint8_t bytes[128];
};

struct probe_truth { /* what the network did to one probe */
	uint64_t number;
	nsec_t tx_ns, deadline_ns;
	uint32_t target;
	uint8_t live, good_seen, blind;
};

struct sim {
	uint64_t seed;
	struct rng rng;
	struct sim_faults faults;
	struct settings *settings;
	void *arena;
	struct monitor *m;
	nsec_t now_ns, stall_once_ns, last_read_ns;
	struct sim_target *targets;
	struct sim_truth *truth;
	struct probe_truth *probes; /* PROBES_KEPT, by number */
	bool *silent;
	uint32_t n;
	struct packet *heap;
	uint32_t heap_n, heap_cap;
	uint64_t order, turns, hash;
	uint8_t family_dropped;
	char why[256];
};

static void *
arena_new(const struct settings *settings)
{
	size_t bytes = (monitor_arena_bytes(settings) + ALIGN - 1) / ALIGN * ALIGN;
	void *arena = aligned_alloc(ALIGN, bytes);

	assert(arena != NULL);
	memset(arena, 0, bytes);
	return arena;
}

static bool
before(const struct packet *a, const struct packet *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void
heap_push(struct sim *sim, const struct packet *packet)
{
	uint32_t i = sim->heap_n++;

	if (sim->heap_n > sim->heap_cap) {
		sim->heap_cap = sim->heap_cap == 0 ? 1024 : sim->heap_cap * 2;
		sim->heap = realloc(sim->heap, sim->heap_cap * sizeof(*sim->heap));
		assert(sim->heap != NULL);
	}
	while (i > 0 && before(packet, &sim->heap[(i - 1) / 2])) {
		sim->heap[i] = sim->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	sim->heap[i] = *packet;
	sim->heap[i].order = sim->order++;
}

static struct packet
heap_pop(struct sim *sim)
{
	struct packet top = sim->heap[0], last = sim->heap[--sim->heap_n];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= sim->heap_n)
			break;
		if (child + 1 < sim->heap_n && before(&sim->heap[child + 1], &sim->heap[child]))
			child++;
		if (before(&last, &sim->heap[child]))
			break;
		sim->heap[i] = sim->heap[child];
		i = child;
	}
	sim->heap[i] = last;
	return top;
}

static uint16_t
ones_sum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (len % 2)
		sum += (uint32_t)bytes[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The bytes that our raw socket would read for a reply to this probe (payload cut at what fits our
 * packets). */
static void
build_reply(const struct sim *sim, const struct probe_out *out, struct packet *p)
{
	uint32_t header = out->to.family == 4 ? 20 : 0;
	uint8_t *icmp = p->bytes + header;

	assert(header + out->len_bytes <= sizeof(p->bytes));
	(void)sim;
	memset(p, 0, sizeof(*p));
	memcpy(icmp, out->head, out->head_bytes);
	if (out->len_bytes > out->head_bytes)
		memcpy(icmp + out->head_bytes, probe_pattern() + out->head_bytes - 8,
		    out->len_bytes - out->head_bytes);
	icmp[0] = out->to.family == 4 ? 0 : 129;
	icmp[2] = icmp[3] = 0;
	if (header > 0) {
		uint16_t sum = (uint16_t)~ones_sum(icmp, out->len_bytes);

		icmp[2] = (uint8_t)(sum >> 8);
		icmp[3] = (uint8_t)sum;
		p->bytes[0] = 0x45;
		p->bytes[2] = (uint8_t)((header + out->len_bytes) >> 8);
		p->bytes[3] = (uint8_t)(header + out->len_bytes);
		p->bytes[8] = 60;
		p->bytes[9] = 1;
		memcpy(p->bytes + 12, out->to.bytes, 4);
	}
	p->len = header + out->len_bytes;
	p->from = out->to;
	p->number = out->number;
}

static bool
chance(struct sim *sim, uint32_t ppm)
{
	return ppm > 0 && rng_below(&sim->rng, 1000000) < ppm;
}

static nsec_t
between(struct sim *sim, nsec_t low, nsec_t high)
{
	return high > low ? low + (nsec_t)rng_below(&sim->rng, (uint64_t)(high - low)) : low;
}

static void
flip(struct sim *sim, struct packet *p)
{
	uint32_t header = p->from.family == 4 ? 20 : 0;
	uint32_t i = header + 8 + (uint32_t)rng_below(&sim->rng, p->len - header - 8);

	p->bytes[i] ^= (uint8_t)(1u << rng_below(&sim->rng, 8));
	p->number = 0;
}

static void
to_network(struct sim *sim, const struct probe_out *out, nsec_t tx_ns)
{
	const struct sim_faults *f = &sim->faults;
	struct packet p;
	nsec_t delay = between(sim, f->delay_min_ns, f->delay_max_ns);

	if (chance(sim, f->far_ppm))
		delay = between(sim, f->delay_max_ns, f->far_max_ns);
	build_reply(sim, out, &p);
	p.at_ns = tx_ns + (delay > 1000 ? delay : 1000);
	p.ambiguous = chance(sim, f->ambiguous_ppm);
	if (chance(sim,
		f->forged_ppm)) { /* right id and sequence, wrong tag, long before the true one */
		struct packet forged = p;

		forged.bytes[(p.from.family == 4 ? 20 : 0) + 16] ^= 0x55;
		forged.number = 0;
		forged.at_ns = tx_ns + 500;
		heap_push(sim, &forged);
	}
	if (sim->silent[out->target] || chance(sim, f->loss_ppm))
		return;
	if (chance(sim, f->wrong_source_ppm)) {
		p.from.bytes[3] ^= 1;
		p.number = 0;
	}
	if (chance(sim, f->corrupt_ppm))
		flip(sim, &p);
	heap_push(sim, &p);
	if (chance(sim, f->duplicate_ppm)) {
		p.at_ns += between(sim, 1000, 50 * NSEC_PER_MSEC);
		heap_push(sim, &p);
	}
}

static struct probe_truth *
truth_of(struct sim *sim, uint64_t number)
{
	return &sim->probes[number % PROBES_KEPT];
}

/* The network's own verdict on a packet that reached us. */
static void
account(struct sim *sim, const struct packet *p)
{
	struct probe_truth *t;
	struct sim_truth *sum;

	if (p->number == 0)
		return;
	t = truth_of(sim, p->number);
	if (t->number != p->number)
		return;
	sum = &sim->truth[t->target];
	if (!t->good_seen) {
		t->good_seen = 1;
		if (p->at_ns <= t->deadline_ns || p->ambiguous)
			sum->answered_in_time++;
		else
			sum->late++;
	} else
		sum->duplicates++;
}

static void
deliver(struct sim *sim)
{
	uint32_t queued = 0;
	uint64_t dropped[2] = {0, 0};

	while (sim->heap_n > 0 && sim->heap[0].at_ns <= sim->now_ns) {
		struct packet p = heap_pop(sim);
		struct rx_meta meta = {
		    .path = RX_RAW,
		    .from = p.from,
		    .rx_ns = p.at_ns,
		    .kernel_stamp = true,
		    .ambiguous = p.ambiguous,
		    .full_bytes = p.len,
		    .hop_limit = 60,
		    .dscp = -1,
		};

		if (sim->faults.queue_packets > 0 && ++queued > sim->faults.queue_packets) {
			dropped[p.from.family == 6]++;
			continue;
		}
		account(sim, &p);
		monitor_on_datagram(sim->m, &meta, p.bytes, p.len);
	}
	for (int i = 0; i < 2; i++)
		monitor_on_queue_drops(
		    sim->m, i == 0 ? 4 : 6, sim->last_read_ns, sim->now_ns, dropped[i]);
	sim->last_read_ns = sim->now_ns;
}

static void
send_all(struct sim *sim)
{
	struct probe_out out[PROBE_BATCH_MAX];
	struct probe_sent sent[PROBE_BATCH_MAX];
	size_t n;

	while ((n = monitor_next_send(sim->m, sim->now_ns, out, PROBE_BATCH_MAX)) > 0) {
		nsec_t early = sim->now_ns;

		for (size_t i = 0; i < n; i++) {
			struct probe_truth *t = truth_of(sim, out[i].number);
			nsec_t tx = early + (nsec_t)(i + 1) * SEND_NS;

			sent[i] = (struct probe_sent){
			    .number = out[i].number, .tx_ns = tx, .tx_early_ns = early};
			sim->now_ns = tx;
			if (chance(sim, sim->faults.refused_ppm)) {
				sent[i].error = -101; /* ENETUNREACH */
				sim->truth[out[i].target].refused++;
				continue;
			}
			*t = (struct probe_truth){.number = out[i].number,
			    .tx_ns = tx,
			    .deadline_ns = tx + sim->targets[out[i].target].timeout_ns,
			    .target = out[i].target,
			    .live = 1};
			sim->truth[out[i].target].sent++;
			to_network(sim, &out[i], tx);
		}
		monitor_on_sent(sim->m, sent, n);
	}
}

static void
drain_events(struct sim *sim)
{
	struct event event;

	while (monitor_next_event(sim->m, &event)) {
		uint64_t mix = event.id * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)event.at_ns ^
			       (uint64_t)event.kind << 56 ^ (uint64_t)event.state << 48;

		sim->hash = (sim->hash ^ mix) * UINT64_C(0x100000001b3);
		for (const char *c = event.reason; *c != '\0'; c++)
			sim->hash = (sim->hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	}
}

static bool
turn(struct sim *sim)
{
	nsec_t wake = monitor_next_wake_ns(sim->m);

	if (wake > sim->now_ns)
		sim->now_ns = wake;
	if (chance(sim, sim->faults.stall_ppm))
		sim->now_ns += between(sim, 0, sim->faults.stall_max_ns);
	if (sim->stall_once_ns > 0) {
		sim->now_ns += sim->stall_once_ns;
		sim->stall_once_ns = 0;
	}
	deliver(sim);
	monitor_advance(sim->m, sim->now_ns, sim->now_ns);
	send_all(sim);
	drain_events(sim);
	sim->turns++;
	return monitor_check(sim->m, sim->turns % CHECK_EVERY == 0, sim->why, sizeof(sim->why));
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

static bool
differs(struct sim *sim, uint32_t i, const char *what, uint64_t engine, uint64_t truth)
{
	if (engine == truth)
		return false;
	(void)snprintf(sim->why, sizeof(sim->why),
	    "target %u: %s is %llu, the network counted %llu", i, what, (unsigned long long)engine,
	    (unsigned long long)truth);
	return true;
}

bool
sim_settle_and_compare(struct sim *sim)
{
	nsec_t longest = 0;

	for (uint32_t i = 0; i < sim->n; i++) {
		(void)monitor_pause(sim->m, sim->now_ns, i, 0, "settle");
		longest =
		    sim->targets[i].timeout_ns > longest ? sim->targets[i].timeout_ns : longest;
	}
	memset(&sim->faults, 0, sizeof(sim->faults));
	if (!sim_run(sim, longest + 30 * NSEC_PER_SEC))
		return false;
	for (uint32_t i = 0; i < sim->n; i++) {
		const struct sim_truth *t = &sim->truth[i];
		struct report r;

		assert(monitor_report(sim->m, sim->now_ns, i, NULL, 0, REPORT_BASIC, &r));
		if (differs(sim, i, "sent", r.totals.sent, t->sent) ||
		    differs(sim, i, "in flight", r.totals.in_flight, 0) ||
		    differs(sim, i, "answered", r.totals.answered, t->answered_in_time) ||
		    differs(sim, i, "lost",
			r.totals.lost + r.totals.unreachable + r.totals.unmeasured,
			t->sent - t->answered_in_time) ||
		    differs(sim, i, "attempts", r.totals.attempts, r.totals.sent + r.totals.unsent))
			return false;
	}
	return true;
}

void
sim_set_silent(struct sim *sim, uint32_t target, bool silent)
{
	sim->silent[target] = silent;
}

void
sim_stall_once(struct sim *sim, nsec_t duration_ns)
{
	sim->stall_once_ns = duration_ns;
}

static void
give_addresses(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->n; i++)
		monitor_on_address(sim->m, sim->now_ns, i, &sim->targets[i].address, 1, 0, NULL);
}

static void
copy_targets(struct sim *sim, const struct sim_target targets[], uint32_t n)
{
	assert(n <= SIM_TARGETS_MAX);
	memcpy(sim->targets, targets, n * sizeof(*targets));
	sim->n = n;
}

struct sim *
sim_new(uint64_t seed, const struct sim_target targets[], uint32_t n)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct monitor_identity identity = {.id_first = 0x4a40};

	assert(sim != NULL);
	sim->seed = seed;
	rng_seed(&sim->rng, seed);
	identity.key.k0 = rng_next(&sim->rng);
	identity.key.k1 = rng_next(&sim->rng);
	identity.epoch = (uint32_t)rng_next(&sim->rng) & 0xffffff;
	identity.seed = rng_next(&sim->rng);
	sim->targets = calloc(SIM_TARGETS_MAX, sizeof(*sim->targets));
	sim->truth = calloc(SIM_TARGETS_MAX, sizeof(*sim->truth));
	sim->probes = calloc(PROBES_KEPT, sizeof(*sim->probes));
	sim->silent = calloc(SIM_TARGETS_MAX, sizeof(*sim->silent));
	assert(sim->targets != NULL && sim->probes != NULL && sim->truth != NULL &&
	       sim->silent != NULL);
	copy_targets(sim, targets, n);
	sim->now_ns = 1000 * NSEC_PER_SEC;
	sim->last_read_ns = sim->now_ns;
	sim->settings = sim_settings(targets, n);
	sim->arena = arena_new(sim->settings);
	sim->m = monitor_init(
	    sim->arena, sim->settings, &identity, sim->now_ns, NSEC_PER_SEC * INT64_C(1790000000));
	sim->faults.delay_min_ns = 5 * NSEC_PER_MSEC;
	sim->faults.delay_max_ns = 20 * NSEC_PER_MSEC;
	give_addresses(sim);
	return sim;
}

void
sim_reload(struct sim *sim, const struct sim_target targets[], uint32_t n)
{
	struct settings *settings = sim_settings(targets, n);
	void *arena = arena_new(settings);

	sim->m = monitor_apply(arena, settings, sim->m, sim->now_ns);
	free(sim->arena);
	free(sim->settings);
	sim->arena = arena;
	sim->settings = settings;
	copy_targets(sim, targets, n);
	give_addresses(sim);
}

void
sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	free(sim->heap);
	free(sim->arena);
	free(sim->settings);
	free(sim->targets);
	free(sim->truth);
	free(sim->probes);
	free(sim->silent);
	free(sim);
}

struct sim_faults *
sim_faults(struct sim *sim)
{
	return &sim->faults;
}

struct monitor *
sim_monitor(struct sim *sim)
{
	return sim->m;
}

nsec_t
sim_now(const struct sim *sim)
{
	return sim->now_ns;
}

const char *
sim_why(const struct sim *sim)
{
	return sim->why;
}

uint64_t
sim_journal_hash(struct sim *sim)
{
	struct report_status status;

	monitor_report_status(sim->m, sim->now_ns, &status);
	return sim->hash ^ status.probes.answered * 31 ^ status.probes.lost * 131 ^
	       status.probes.late * 1031;
}
