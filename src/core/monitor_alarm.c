/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Alarms of a series: raised and cleared on the verdicts of their conditions, never both ways by
 * one; their words and figures. What they mean for the state is monitor_health.c's.
 */
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "core/monitor_internal.h"

#define FIGURES_NS (5 * NSEC_PER_MIN) /* of an event that no alarm speaks in */

static enum state
meant(const struct settings_alarm *alarm)
{
	return alarm->state == SETTINGS_STATE_DOWN ? STATE_DOWN : STATE_DEGRADED;
}

/* A metric over the samples that the alarm's condition counts: what it says of itself, or of its
 * neighbours, is of the same probes then. */
static int64_t
metric_of(struct monitor *m, uint32_t series, uint32_t a, bool raise, enum condition_metric metric)
{
	const struct settings_alarm *alarm = monitor_alarm(m, series, a);
	struct alarm_state *state = monitor_alarm_state(m, series, a);
	struct condition condition = raise ? alarm->raise : alarm->clear;
	struct sample_ring ring = monitor_ring(m, series);

	condition.metric = (uint8_t)metric;
	return condition_value(&condition, raise ? &state->raise : &state->clear, &ring,
	    M_WARM(m, series)->settled, M_SCRATCH(m));
}

static int64_t
value_of(struct monitor *m, uint32_t series, uint32_t a, bool raise)
{
	const struct settings_alarm *alarm = monitor_alarm(m, series, a);

	return metric_of(m, series, a, raise,
	    (enum condition_metric)(raise ? alarm->raise.metric : alarm->clear.metric));
}

/* "6.7%", and "100%" when it is that exactly. */
static void
percent(int64_t ppm, char *text, size_t bytes)
{
	long long tenths = (ppm + 500) / 1000;

	if (ppm % 10000 == 0)
		(void)snprintf(text, bytes, "%lld%%", tenths / 10);
	else
		(void)snprintf(text, bytes, "%lld.%lld%%", tenths / 10, tenths % 10);
}

/* The condition's text with the present value behind its metric: "loss 6.7% > 5% over 1m". */
static void
words(const struct condition *condition, int64_t value, char *reason, size_t bytes)
{
	char text[96], shown[32] = "no data", ms[24];
	const char *rest;
	size_t metric;

	(void)condition_format(condition, text, sizeof(text));
	metric = strcspn(text, " ");
	rest = text + metric;
	if (condition->op == CONDITION_EQ && value == condition->value)
		rest = strstr(rest, " over "); /* the value itself is told already */
	if (value >= 0 && condition->metric <= CONDITION_UNMEASURED)
		percent(value, shown, sizeof(shown));
	else if (value >= 0)
		(void)snprintf(shown, sizeof(shown), "%sms", rtt_format_ms(value, ms, sizeof(ms)));
	(void)snprintf(reason, bytes, "%.*s %s%s", (int)metric, text, shown, rest);
}

/* What is known of a loss: packets came back, but not as they were sent; or a router said why. */
static void
add_cause(const struct monitor *m, nsec_t now_ns, uint32_t series,
    const struct condition *condition, char *reason, size_t bytes)
{
	const struct series_rare *rare = monitor_rare_read(m, series);
	nsec_t interval = monitor_plan(m, series)->interval_ns;
	nsec_t span = (nsec_t)condition_span_samples(condition, interval) * interval;
	nsec_t since_ns = now_ns - span - monitor_plan(m, series)->timeout_ns;
	size_t len = strlen(reason);
	char text[96], from[ADDR_TEXT_MAX];

	if (condition->metric != CONDITION_LOSS && condition->metric != CONDITION_UNREACHABLE)
		return;
	if (rare->loss_cause.kind == CAUSE_ICMP && rare->loss_cause_at_ns >= since_ns) {
		(void)snprintf(reason + len, bytes - len, ", %s%s%s",
		    cause_text(&rare->loss_cause, text, sizeof(text)),
		    rare->loss_cause.from.family != 0 ? " from " : "",
		    rare->loss_cause.from.family != 0 ? addr_format(&rare->loss_cause.from, from)
						      : "");
		return;
	}
	if (rare->corrupt_at_ns == 0 || rare->corrupt_at_ns < since_ns)
		return;
	if (rare->corrupt_good == UINT32_MAX)
		(void)snprintf(reason + len, bytes - len, ", replies have a wrong checksum");
	else
		(void)snprintf(reason + len, bytes - len, ", %u of %u bytes came back",
		    rare->corrupt_good, rare->corrupt_of);
}

void
alarm_reason(struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t a, bool raise,
    char *reason, size_t bytes)
{
	const struct settings_alarm *alarm = monitor_alarm(m, series, a);
	const struct condition *condition = raise ? &alarm->raise : &alarm->clear;

	words(condition, value_of(m, series, a, raise), reason, bytes);
	if (raise)
		add_cause(m, now_ns, series, condition, reason, bytes);
}

void
alarm_figures(
    struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t a, bool raise, struct event *event)
{
	struct sample_ring ring = monitor_ring(m, series);
	struct sample_window w;

	if (a != NONE) {
		const struct alarm_state *state = monitor_alarm_state(m, series, a);
		const struct condition_state *counts = raise ? &state->raise : &state->clear;
		enum condition_metric metric =
		    (enum condition_metric)monitor_alarm(m, series, a)->raise.metric;

		if (raise && (metric == CONDITION_UNSENT || metric == CONDITION_UNMEASURED))
			event->cause = monitor_rare_read(m, series)->last_cause;
		else if (raise && metric < CONDITION_UNMEASURED)
			event->cause = monitor_rare_read(m, series)->loss_cause;
		(void)snprintf(event->alarm, sizeof(event->alarm), "%.64s",
		    settings_text(m->settings, monitor_alarm(m, series, a)->name));
		event->value = value_of(m, series, a, raise);
		event->loss_ppm = metric_of(m, series, a, raise, CONDITION_LOSS);
		event->p50_ns = metric_of(m, series, a, raise, CONDITION_P50);
		event->p95_ns = metric_of(m, series, a, raise, CONDITION_P95);
		event->answered = counts->answered;
		event->sent = (uint64_t)counts->answered + counts->lost + counts->unreachable +
			      counts->unmeasured;
		return;
	}
	sample_window_compute(
	    &ring, now_ns, FIGURES_NS, M_COLD(m, series)->born_ns, M_SCRATCH(m), &w);
	event->loss_ppm = sample_window_loss_ppm(&w);
	event->p50_ns = w.p50_ns;
	event->p95_ns = w.p95_ns;
	event->sent = w.sent;
	event->answered = w.answered;
}

static void
edge(struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t a, bool raised)
{
	struct alarm_state *state = monitor_alarm_state(m, series, a);
	struct event event = {.kind = raised ? EVENT_ALARM_RAISED : EVENT_ALARM_CLEARED};

	state->active = raised;
	state->since_ns = now_ns;
	event.state = event.prev = M_WARM(m, series)->state;
	alarm_reason(m, now_ns, series, a, raised, event.reason, sizeof(event.reason));
	alarm_figures(m, now_ns, series, a, raised, &event);
	(void)monitor_emit(m, now_ns, &event, series);
}

enum state
alarm_worst(const struct monitor *m, uint32_t series, uint32_t *ret_alarm)
{
	enum state worst = STATE_UP;

	*ret_alarm = NONE;
	for (uint32_t a = 0; a < monitor_plan(m, series)->alarms_n; a++) {
		enum state means = meant(monitor_alarm(m, series, a));

		if (monitor_alarm_state(m, series, a)->active && means > worst) {
			worst = means;
			*ret_alarm = a;
		}
	}
	return worst;
}

enum state
alarm_judge(
    struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t *ret_alarm, uint32_t *ret_cleared)
{
	*ret_cleared = NONE;
	for (uint32_t a = 0; a < monitor_plan(m, series)->alarms_n; a++) {
		const struct alarm_state *state = monitor_alarm_state(m, series, a);
		bool raise = state->raise_verdict == CONDITION_TRUE,
		     clear = state->clear_verdict == CONDITION_TRUE;

		if (!state->active && raise && !clear) {
			if (meant(monitor_alarm(m, series, a)) != STATE_DOWN ||
			    !flow_test_pends(m, now_ns, series))
				edge(m, now_ns, series, a, true);
		} else if (state->active && clear && !raise) {
			edge(m, now_ns, series, a, false);
			*ret_cleared = a;
		}
	}
	return alarm_worst(m, series, ret_alarm);
}

void
alarm_forget(struct monitor *m, nsec_t now_ns, uint32_t series, const char *why)
{
	for (uint32_t a = 0; a < monitor_plan(m, series)->alarms_n; a++) {
		struct alarm_state *state = monitor_alarm_state(m, series, a);

		if (state->active) {
			struct event event = {.kind = EVENT_ALARM_CLEARED,
			    .state = M_WARM(m, series)->state,
			    .prev = M_WARM(m, series)->state};

			alarm_figures(m, now_ns, series, a, false, &event);
			(void)snprintf(event.reason, sizeof(event.reason), "%s", why);
			(void)monitor_emit(m, now_ns, &event, series);
			state->since_ns = now_ns;
		}
		state->active = 0;
		state->raise_verdict = state->clear_verdict = CONDITION_UNFILLED;
		condition_state_clear(&state->raise, M_HOT(m, series)->head);
		condition_state_clear(&state->clear, M_HOT(m, series)->head);
	}
}
