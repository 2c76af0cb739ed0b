/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The account of the truth: what became of every probe, by the rules of the contract and nothing of
 * the engine's. Where the contract leaves it to the moment at which we read, a probe is marked as
 * unsure.
 */
#include <string.h>

#include "sim_internal.h"

#define LATE_KEPT_NS (60 * NSEC_PER_SEC)
#define BATCH_LONG_NS (5 * NSEC_PER_MSEC)
#define JUDGED_AFTER_NS (100 * NSEC_PER_MSEC) /* by now the engine has judged it too */
#define TAGGED_BYTES 16

struct probe_truth *
truth_of(struct sim *sim, uint64_t number)
{
	struct probe_truth *t = &sim->probes[number % PROBES_KEPT];

	return t->number == number ? t : NULL;
}

static uint64_t
sequence_hash(const struct addr *to, uint16_t id, uint16_t seq)
{
	uint64_t hash = ((uint64_t)id << 16 | seq) * UINT64_C(0x9e3779b97f4a7c15);

	for (int i = 0; i < 16; i++)
		hash = (hash ^ to->bytes[i]) * UINT64_C(0x100000001b3);
	return hash >> 20;
}

/* No sequence is used again towards one address, with one id, while it is still out. */
static bool
check_sequence(struct sim *sim, const struct probe_truth *t)
{
	uint64_t *last = &sim->sequences[sequence_hash(&t->to, t->id, t->seq) % SEQUENCES_KEPT];
	const struct probe_truth *other = truth_of(sim, *last);

	*last = t->number;
	if (other == NULL || other == t || !other->live || other->answered ||
	    sim->now_ns > other->deadline_ns || other->seq != t->seq || other->id != t->id ||
	    !addr_equal(&other->to, &t->to))
		return true;
	return sim_fail(sim, "sequence %u of id %u is used again while it is out", t->seq, t->id);
}

/* No bursts: one may leave late by an interval and the next in time, but not a third so soon. */
static bool
check_spacing(struct sim *sim, struct series_truth *series, nsec_t now_ns)
{
	nsec_t before = series->sent_ns[0];

	series->sent_ns[0] = series->sent_ns[1];
	series->sent_ns[1] = now_ns;
	if (before == 0 || now_ns - before >= series->interval_ns)
		return true;
	return sim_fail(
	    sim, "%s: three probes in %.3f ms", series->name, (double)(now_ns - before) / 1e6);
}

bool
truth_sent(
    struct sim *sim, const struct probe_out *out, nsec_t tx_ns, nsec_t early_ns, bool is_long)
{
	struct probe_truth *t = &sim->probes[out->number % PROBES_KEPT];
	struct series_truth *series = sim->of_slot[out->target];
	if (t->number == out->number)
		return sim_fail(sim, "a number was used twice");
	if (series == NULL)
		return sim_fail(sim, "a probe of series %u, which is not in use", out->target);
	*t = (struct probe_truth){
	    .number = out->number,
	    .series = series,
	    .tx_ns = tx_ns,
	    .early_ns = early_ns,
	    .timeout_ns = series->timeout_ns,
	    .deadline_ns = tx_ns + series->timeout_ns,
	    .to = out->to,
	    .order = ++sim->sent_order,
	    .size_bytes = out->len_bytes - 8,
	    .id = (uint16_t)(out->head[4] << 8 | out->head[5]),
	    .seq = (uint16_t)(out->head[6] << 8 | out->head[7]),
	    .is_test = out->kind != PROBE_REGULAR,
	    .live = true,
	    .uncertain = is_long,
	};
	if (sim->next_number == 0)
		sim->next_number = out->number;
	sim->newest_number = out->number;
	if (t->is_test)
		series->tests++;
	else {
		series->sent++;
		if (!check_spacing(sim, series, early_ns))
			return false;
	}
	return check_sequence(sim, t);
}

void
truth_tx_stamp(struct sim *sim, uint64_t number, nsec_t tx_ns)
{
	struct probe_truth *t = truth_of(sim, number);

	if (t == NULL || !t->live || t->answered)
		return;
	t->tx_ns = tx_ns;
	t->deadline_ns = tx_ns + t->timeout_ns;
	t->uncertain = false;
}

static void
in_time(struct sim *sim, struct probe_truth *t, const struct travel *p)
{
	uint8_t flow = (uint8_t)((t->id - SIM_ID_FIRST) % SETTINGS_FLOWS_MAX);
	struct series_truth *series = t->series;

	t->answered = true;
	t->uncertain |= p->ambiguous;
	for (uint32_t i = 0; i < sim->slept_n; i++)
		t->uncertain |=
		    t->tx_ns <= sim->slept[i].until_ns && p->stamp_ns >= sim->slept[i].from_ns;
	t->rtt_ns = p->stamp_ns - t->tx_ns > 1 ? p->stamp_ns - t->tx_ns : 1;
	series->answered++;
	if (t->order < series->highest[flow])
		series->reordered++;
	else
		series->highest[flow] = t->order;
}

static void
unsure(struct probe_truth *t)
{
	if (!t->unsure && t->series != NULL)
		t->series->unsure++;
	t->unsure = true;
}

static void
late(struct sim *sim, struct probe_truth *t)
{
	if (t->has_late) {
		t->series->duplicates++;
		return;
	}
	t->has_late = true;
	if (t->live)
		return; /* counted when it is decided */
	if (t->is_unmeasured)
		sim->late_unmeasured++;
	else
		t->series->late++;
}

static void
received_good(struct sim *sim, struct probe_truth *t, const struct travel *p)
{
	if (t->is_test)
		return;
	sim->good++;
	if (t->answered)
		t->series->duplicates++;
	else if (p->stamp_ns <= t->deadline_ns || (p->ambiguous && t->live)) {
		if (p->stamp_ns > t->deadline_ns) /* answered, if it was not yet judged */
			unsure(t);
		t->series->duplicates += t->has_late; /* it was read before this one */
		t->has_late = false;
		in_time(sim, t, p);
	} else
		late(sim, t);
}

/* Whether a packet about this probe is still told apart, so long after it left. */
static bool
is_kept(const struct sim *sim, const struct probe_truth *t, const struct travel *p)
{
	nsec_t when_ns = p->ambiguous ? sim->last_read_ns : p->stamp_ns;

	return t->series != NULL && when_ns - t->tx_ns <= t->timeout_ns + LATE_KEPT_NS;
}

void
truth_received(struct sim *sim, const struct travel *p)
{
	struct probe_truth *t = truth_of(sim, p->number);
	bool known;

	if (p->truth == PACKET_HARMLESS)
		return;
	known = t != NULL && is_kept(sim, t, p);
	if (p->truth == PACKET_FOREIGN || (!known && p->truth == PACKET_ERROR))
		sim->foreign++;
	else if (!known && t != NULL && t->size_bytes < TAGGED_BYTES)
		sim->unproven++; /* nothing to prove it by: foreign, or one of a former probe */
	else if (!known)
		sim->good_noise++; /* proven; stale, another reply, or of a target that is gone */
	else if (p->truth == PACKET_GOOD)
		received_good(sim, t, p);
	else if (p->truth == PACKET_CORRUPT)
		t->series->corrupt++;
	else if (p->stamp_ns <= t->deadline_ns)
		t->has_error = true;
	else if (p->ambiguous && t->live && !t->answered)
		t->class_unsure = true;
}

void
truth_blind(struct sim *sim, nsec_t from_ns, nsec_t until_ns, uint8_t families)
{
	for (uint32_t back = 1; back <= 4 && back <= sim->blind_n; back++) {
		struct blind *last = &sim->blind[(sim->blind_n - back) % BLIND_KEPT];

		if (last->families != families || last->until_ns != from_ns)
			continue;
		last->until_ns = until_ns; /* the one goes over into the other */
		return;
	}
	sim->blind[sim->blind_n++ % BLIND_KEPT] =
	    (struct blind){.from_ns = from_ns, .until_ns = until_ns, .families = families};
}

static bool
is_blind(const struct sim *sim, const struct probe_truth *t)
{
	uint32_t n = sim->blind_n < BLIND_KEPT ? sim->blind_n : BLIND_KEPT;
	uint8_t family = t->to.family == 6 ? 2 : 1;

	for (uint32_t i = 0; i < n; i++) {
		if (sim->blind[i].families & family && t->tx_ns <= sim->blind[i].until_ns &&
		    t->deadline_ns >= sim->blind[i].from_ns)
			return true;
	}
	return false;
}

static void
decide(struct sim *sim, struct probe_truth *t)
{
	struct series_truth *series = t->series;
	bool blind = is_blind(sim, t);

	t->live = false;
	if (series == NULL || t->answered || t->is_test)
		return;
	series->missed++;
	if (blind && t->has_late) { /* lost, if the late reply was at hand when it was judged */
		series->class_unsure++;
		return;
	}
	if (t->class_unsure) {
		series->class_unsure++;
		if (t->has_late)
			series->late++;
		return;
	}
	t->is_unmeasured = blind;
	if (blind)
		series->unmeasured++;
	else if (t->has_error)
		series->unreachable++;
	else
		series->lost++;
	if (t->has_late)
		series->late++;
}

void
truth_evaluate(struct sim *sim, bool all)
{
	if (sim->next_number == 0)
		return;
	for (; sim->next_number <= sim->newest_number; sim->next_number++) {
		struct probe_truth *t = truth_of(sim, sim->next_number);

		if (t == NULL || !t->live)
			continue;
		if (!all && t->deadline_ns + JUDGED_AFTER_NS > sim->drained_ns)
			return;
		decide(sim, t);
	}
}

void
truth_timeouts_changed(struct sim *sim)
{
	for (uint32_t i = 0; i < PROBES_KEPT; i++) {
		struct probe_truth *t = &sim->probes[i];

		if (t->series == NULL || t->timeout_ns == t->series->timeout_ns)
			continue;
		t->timeout_ns = t->series->timeout_ns; /* also for how long late ones are told */
		if (!t->live)
			continue;
		if (t->deadline_ns <= sim->now_ns && !t->answered)
			unsure(t); /* already judged, or still in time by the new one */
		t->deadline_ns = t->tx_ns + t->timeout_ns;
	}
}

void
truth_removed(struct sim *sim, struct series_truth *series)
{
	for (uint32_t i = 0; i < PROBES_KEPT; i++) {
		if (sim->probes[i].series == series)
			sim->probes[i].series = NULL;
	}
	sim->gone_sent += series->sent;
	sim->gone_answered += series->answered;
	sim->gone_unsure += series->unsure;
	sim->gone_class_unsure += series->unsure + series->class_unsure;
	memset(series, 0, sizeof(*series));
}
