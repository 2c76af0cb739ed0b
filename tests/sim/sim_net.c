/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The virtual network: what it makes of a probe, and the packets that are on their way.
 */
#include <assert.h>
#include <stdlib.h>

#include "sim_internal.h"

#define TAGGED_BYTES 16 /* payload from which on number and tag prove a reply */

static bool
before(const struct travel *a, const struct travel *b)
{
	return a->ready_ns != b->ready_ns ? a->ready_ns < b->ready_ns : a->order < b->order;
}

void
net_push(struct sim *sim, const struct travel *packet)
{
	uint32_t i = sim->heap_n++;

	if (sim->heap_n > sim->heap_cap) {
		sim->heap_cap = sim->heap_cap == 0 ? 1024 : sim->heap_cap * 2;
		sim->heap = realloc(sim->heap, sim->heap_cap * sizeof(*sim->heap));
		assert(sim->heap != NULL);
	}
	while (i > 0 && packet->ready_ns < sim->heap[(i - 1) / 2].ready_ns) {
		sim->heap[i] = sim->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	sim->heap[i] = *packet;
	sim->heap[i].order = sim->order++;
}

struct travel
net_pop(struct sim *sim)
{
	struct travel top = sim->heap[0];
	const struct travel *last = &sim->heap[--sim->heap_n];
	uint32_t i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= sim->heap_n)
			break;
		if (child + 1 < sim->heap_n && before(&sim->heap[child + 1], &sim->heap[child]))
			child++;
		if (before(last, &sim->heap[child]))
			break;
		sim->heap[i] = sim->heap[child];
		i = child;
	}
	sim->heap[i] = *last;
	return top;
}

void
net_sleep(struct sim *sim, nsec_t duration_ns)
{
	uint32_t n = sim->heap_n;

	sim->heap_n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct travel p = sim->heap[i];

		if (p.ready_ns > sim->now_ns && p.stamp_ns <= sim->now_ns + duration_ns)
			continue;
		if (p.ready_ns > sim->now_ns) {
			p.ready_ns -= duration_ns;
			p.stamp_ns -= duration_ns;
		}
		net_push(sim, &p); /* never overtakes the place that is read */
	}
}

static void
send_at(struct sim *sim, struct travel *p, nsec_t at_ns)
{
	p->stamp_ns = at_ns;
	p->ready_ns = at_ns + sim_between(sim, 0, sim->faults.softirq_max_ns);
	net_push(sim, p);
}

static struct travel
reply_to(const struct probe_out *out, enum packet_truth truth)
{
	return (struct travel){.packet = packet_reply(out), .number = out->number, .truth = truth};
}

static struct travel
error_about(const struct probe_out *out, uint32_t quoted_bytes, enum packet_truth truth)
{
	bool four = out->to.family == 4;

	return (struct travel){
	    .packet = packet_error(out, four ? 3 : 1, four ? 1 : 3, quoted_bytes),
	    .number = out->number,
	    .truth = truth};
}

/* Changes one bit of the payload; the checksum fits, or not. */
static void
corrupt(struct sim *sim, const struct probe_out *out, struct travel *p)
{
	uint32_t size = out->len_bytes - 8, i;

	if (size == 0)
		return;
	i = (uint32_t)rng_below(&sim->rng, size);
	packet_icmp(&p->packet)[8 + i] ^= (uint8_t)(1u << rng_below(&sim->rng, 8));
	if (rng_below(&sim->rng, 2) == 0)
		packet_seal(&p->packet);
	p->truth = size >= TAGGED_BYTES && i < TAGGED_BYTES ? PACKET_FOREIGN : PACKET_CORRUPT;
}

/* Replies that nobody may believe. */
static void
forge(struct sim *sim, const struct probe_out *out, nsec_t tx_ns)
{
	struct travel p = reply_to(out, PACKET_FOREIGN);
	uint8_t *icmp = packet_icmp(&p.packet);

	if (out->len_bytes - 8 >= TAGGED_BYTES && rng_below(&sim->rng, 2) == 0)
		icmp[8 + rng_below(&sim->rng, TAGGED_BYTES)] ^= 0x55;
	else if (rng_below(&sim->rng, 2) == 0)
		icmp[6] ^= 0x80; /* another sequence */
	else
		icmp[5] ^= 0x0c; /* another id of ours */
	packet_seal(&p.packet);
	send_at(sim, &p, tx_ns + 1000);
}

static void
forge_error(struct sim *sim, const struct probe_out *out, nsec_t tx_ns)
{
	bool four = out->to.family == 4, tagged = out->len_bytes - 8 >= TAGGED_BYTES;
	uint32_t quoted = rng_below(&sim->rng, 2) ? out->len_bytes : 8;
	struct travel p = error_about(out, quoted, PACKET_FOREIGN);
	uint8_t *inner = packet_icmp(&p.packet) + 8, *message = inner + (four ? 20 : 40);

	switch (rng_below(&sim->rng, 4)) {
	case 0: /* to whom it does not concern */
		inner[four ? 14 : 10] ^= 1;
		break;
	case 1: /* another destination */
		inner[four ? 17 : 38] ^= 0x40;
		break;
	case 2: /* another sequence */
		message[6] ^= 0x80;
		break;
	default:
		if (tagged && quoted > 8)
			message[8 + rng_below(&sim->rng, TAGGED_BYTES)] ^= 0x55;
		else
			message[5] ^= 0x0c;
		break;
	}
	packet_seal(&p.packet);
	send_at(sim, &p, tx_ns + sim_between(sim, 1000, NSEC_PER_SEC));
}

/* Messages that speak of our probe and are no error about it. */
static void
harmless(struct sim *sim, const struct probe_out *out, nsec_t tx_ns)
{
	struct travel p = error_about(out, 8, PACKET_HARMLESS);

	if (out->to.family == 6)
		packet_icmp(&p.packet)[0] = 137; /* redirect */
	else
		packet_icmp(&p.packet)[0] = rng_below(&sim->rng, 2) ? 5 : 4; /* source quench */
	packet_seal(&p.packet);
	send_at(sim, &p, tx_ns + 2000);
}

static void
errors(struct sim *sim, const struct probe_out *out, nsec_t tx_ns)
{
	const struct sim_faults *f = &sim->faults;
	struct travel p;

	if (sim_chance(sim, f->forged_error_ppm))
		forge_error(sim, out, tx_ns);
	if (sim_chance(sim, f->harmless_error_ppm))
		harmless(sim, out, tx_ns);
	if (!sim_chance(sim, f->unreachable_ppm))
		return;
	p = error_about(out, rng_below(&sim->rng, 2) ? 8 : out->len_bytes, PACKET_ERROR);
	send_at(sim, &p, tx_ns + sim_between(sim, 1000, 3 * NSEC_PER_SEC));
}

static bool
swallowed(const struct sim *sim, const struct probe_out *out)
{
	uint32_t target = sim->target_of_slot[out->target];
	uint16_t id = (uint16_t)(out->head[4] << 8 | out->head[5]);

	return sim->silent[target] || sim->stuck_id[target] == id;
}

void
net_take(struct sim *sim, const struct probe_out *out, nsec_t tx_ns)
{
	const struct sim_faults *f = &sim->faults;
	nsec_t delay = sim_between(sim, f->delay_min_ns, f->delay_max_ns);
	struct travel p;

	if (sim_chance(sim, f->far_ppm))
		delay = sim_between(sim, f->delay_max_ns, f->far_max_ns);
	if (sim_chance(sim, f->forged_ppm))
		forge(sim, out, tx_ns);
	errors(sim, out, tx_ns);
	if (swallowed(sim, out) || sim_chance(sim, f->loss_ppm))
		return;
	p = reply_to(out, PACKET_GOOD);
	if (sim_chance(sim, f->wrong_source_ppm)) {
		p.packet.meta.from.bytes[2] ^= 0x80;
		p.truth = PACKET_FOREIGN;
	} else if (sim_chance(sim, f->corrupt_ppm))
		corrupt(sim, out, &p);
	send_at(sim, &p, tx_ns + (delay > 1000 ? delay : 1000));
	if (sim_chance(sim, f->duplicate_ppm))
		send_at(sim, &p, p.stamp_ns + sim_between(sim, 1000, 50 * NSEC_PER_MSEC));
}
