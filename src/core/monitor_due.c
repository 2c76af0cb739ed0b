/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The schedule: which series is due, what is skipped because we are late, and when the next turn is
 * worth it.
 */
#include "core/monitor_internal.h"

#define VISITS_MAX 4096 /* series looked at in one call, idle ones included */
#define TESTS_PART 4 /* at most this part of a batch are flow tests */
#define PREFETCH 8 /* series ahead */

/* Something that was due and has no flight: one record for a gap, however long. */
static void
note_detail(struct monitor *m, nsec_t due_ns, uint32_t series, const struct cause *cause)
{
	struct detail *detail = detail_begin(m, due_ns, series);

	if (detail == NULL)
		return;
	detail->outcome = OUTCOME_UNSENT;
	detail->cause = *cause;
}

static void
attempt_unsent(
    struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t due_ns, const struct cause *cause)
{
	M_WARM(m, series)->attempts++;
	TALLY(m, series, attempts, 1);
	judge_append(m, series, due_ns, sample_make(SAMPLE_UNSENT, 0));
	note_detail(m, due_ns, series, cause);
	if (cause->kind == CAUSE_SEND)
		send_note_error(m, now_ns, series, cause, 0);
	judge_unsent(m, now_ns, series, cause, 1);
}

static void
skip(struct monitor *m, nsec_t now_ns, uint32_t series, uint64_t missed)
{
	const struct series_hot *hot = M_HOT(m, series);
	nsec_t interval = M_CLASSES(m)[M_PLANS(m)[M_HOT(m, series)->plan].interval].interval_ns;
	struct cause cause = {.kind = CAUSE_SKIPPED};

	M_WARM(m, series)->attempts += missed;
	TALLY(m, series, attempts, missed);
	if (m->skipped == 0)
		m->skipped_first_ns = now_ns;
	m->skipped += missed;
	m->skipped_last_ns = now_ns;
	judge_append_gap(
	    m, series, SAMPLE_SKIPPED, missed, hot->due_ns + (nsec_t)(missed - 1) * interval);
	note_detail(m, hot->due_ns, series, &cause);
	judge_unsent(m, now_ns, series, &cause, missed);
}

/* Handles the series whose turn it is; true when *out was filled. */
static bool
attempt(struct monitor *m, nsec_t now_ns, uint32_t series, struct probe_out *out)
{
	struct series_hot *hot = M_HOT(m, series);
	const struct settings_plan *p = monitor_plan(m, series);
	nsec_t interval = p->interval_ns, due;
	uint64_t missed = pace_missed(hot->due_ns, interval, now_ns);
	struct cause cause;

	wait_give_up(m, now_ns, series); /* the next attempt is due */
	if ((hot->flags & (SERIES_ACTIVE | SERIES_PAUSED)) != SERIES_ACTIVE) {
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
	cause = send_obstacle(m, series);
	if (cause.kind == CAUSE_NONE &&
	    !send_launch(m, now_ns, series, PROBE_REGULAR, flow_next(m, series, p->flows), out))
		cause.kind = CAUSE_SKIPPED;
	if (cause.kind != CAUSE_NONE) {
		attempt_unsent(m, now_ns, series, due, &cause);
		return false;
	}
	judge_append(m, series, due, sample_make(SAMPLE_IN_FLIGHT, 0));
	return true;
}

static size_t
next_tests(struct monitor *m, nsec_t now_ns, struct probe_out out[], size_t cap)
{
	size_t n = 0;
	uint32_t series;
	uint8_t flow;

	while (n < cap && m->test_head != NONE && pace_may_send(&m->pace)) {
		series = flow_test_next(m, &flow);
		if (series == NONE || send_obstacle(m, series).kind != CAUSE_NONE ||
		    !send_launch(m, now_ns, series, PROBE_FLOWTEST, flow, &out[n]))
			continue;
		pace_spend(&m->pace);
		n++;
	}
	return n;
}

/* What those will touch whose turn it is soon: their records first, what these point to later.
 * Inlined by force: as a function without an effect its calls would be left out. */
__attribute__((always_inline)) static inline void
prefetch(const struct monitor *m, const struct pace_class *class)
{
	const uint32_t *order = M_ORDER(m) + class->first;
	uint32_t far = class->cursor + 2 * PREFETCH, near = class->cursor + PREFETCH;
	const struct series_hot *hot;

	if (far >= class->n)
		return;
	__builtin_prefetch(M_HOT(m, order[far]));
	__builtin_prefetch(M_WARM(m, order[far]));
	hot = M_HOT(m, order[near]);
	__builtin_prefetch((const uint32_t *)monitor_at_unit(m, hot->ring_at) +
			   (uint32_t)hot->head % hot->ring_size);
}

/* Takes what is due of one class; false when the call has to end. */
static bool
next_of_class(struct monitor *m, nsec_t now_ns, struct pace_class *class, struct probe_out out[],
    size_t cap, size_t *n, uint32_t *visits)
{
	const uint32_t *order = M_ORDER(m) + class->first;

	while (class->due_ns <= now_ns) {
		uint32_t series = order[class->cursor];

		if (*n == cap || ++*visits > VISITS_MAX || !pace_may_send(&m->pace))
			return false;
		prefetch(m, class);
		if (attempt(m, now_ns, series, &out[*n])) {
			pace_spend(&m->pace);
			++*n;
		}
		class->cursor = class->cursor + 1 < class->n ? class->cursor + 1 : 0;
		class->due_ns = M_HOT(m, order[class->cursor])->due_ns;
	}
	return true;
}

size_t
monitor_next_send(struct monitor *m, nsec_t now_ns, struct probe_out out[], size_t cap)
{
	size_t n;
	uint32_t visits = 0;

	if (cap > PROBE_BATCH_MAX)
		cap = PROBE_BATCH_MAX;
	n = wait_next(m, now_ns, out, cap);
	n += next_tests(m, now_ns, out + n,
	    nsec_min((nsec_t)(cap - n), (nsec_t)(cap + TESTS_PART - 1) / TESTS_PART));
	for (uint32_t i = 0; i < m->pace.n_classes; i++) {
		struct pace_class *class =
		    &M_CLASSES(m)[(m->pace.class_next + i) % m->pace.n_classes];

		if (class->due_ns <= now_ns &&
		    !next_of_class(m, now_ns, class, out, cap, &n, &visits))
			break;
	}
	return n;
}

static nsec_t
first_due(const struct monitor *m, nsec_t *ret_limit)
{
	nsec_t first = m->test_head != NONE ? m->pace.turn_ns : NSEC_NEVER;

	for (uint32_t c = 0; c < m->pace.n_classes; c++) {
		const struct pace_class *class = &M_CLASSES(m)[c];

		first = nsec_min(first, class->due_ns);
		*ret_limit = nsec_min(*ret_limit, nsec_add(class->due_ns, class->slack_ns));
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
		nsec_t slack = nsec_max(pace_slack_ns(class->timeout_ns), JUDGE_MARGIN_NS);

		limit =
		    nsec_min(limit, nsec_add(ledger_class_deadline(M_FLIGHTS(m), class), slack));
	}
	first = first_due(m, &limit);
	if (m->test_head != NONE)
		limit = nsec_min(limit, nsec_add(m->pace.turn_ns, PACE_SLACK_MAX_NS));
	limit = nsec_min(limit, wait_wake_ns(m));
	return pace_wake_ns(&m->pace, limit, first);
}
