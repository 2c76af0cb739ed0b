/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the engine says, by its sums, its records of single probes and its events, against the
 * account of the truth.
 */
#include <string.h>

#include "sim_internal.h"

#define RECORDS 16
#define NUMBER_MASK ((UINT64_C(1) << 40) - 1)

static struct series_truth *
series_of(struct sim *sim, const char *name)
{
	for (uint32_t i = 0; i <= sim->series_high; i++) {
		if (sim->series[i].used && strcmp(sim->series[i].name, name) == 0)
			return &sim->series[i];
	}
	return NULL;
}

static bool
check_alarm_event(struct sim *sim, const struct event *event, struct series_truth *series)
{
	bool raised = event->kind == EVENT_ALARM_RAISED;
	int place = -1, unused = -1;

	for (int i = 0; i < SETTINGS_TARGET_ALARMS_MAX; i++) {
		if (strcmp(series->raised[i], event->alarm) == 0)
			place = i;
		if (series->raised[i][0] == '\0')
			unused = i;
	}
	if (raised != (place < 0))
		return sim_fail(sim, "%s: alarm %s %s twice", event->target, event->alarm,
		    raised ? "is raised" : "is cleared");
	if (raised)
		memcpy(series->raised[unused], event->alarm, sizeof(series->raised[0]));
	else
		series->raised[place][0] = '\0';
	return true;
}

/* The figures of an alarm's event say the same as its sentence. */
static bool
check_figures(struct sim *sim, const struct event *event)
{
	bool loss = event->alarm[0] != '\0' && strncmp(event->reason, "loss ", 5) == 0;

	if (loss && event->loss_ppm != event->value)
		return sim_fail(sim, "%s: \"%s\", but a loss of %lld ppm, %llu of %llu answered",
		    event->target, event->reason, (long long)event->loss_ppm,
		    (unsigned long long)event->answered, (unsigned long long)event->sent);
	return true;
}

bool
check_event(struct sim *sim, const struct event *event)
{
	struct series_truth *series =
	    event->target[0] == '\0' ? NULL : series_of(sim, event->target);

	if (event->id != sim->last_event_id + 1)
		return sim_fail(sim, "event %llu after %llu", (unsigned long long)event->id,
		    (unsigned long long)sim->last_event_id);
	sim->last_event_id = event->id;
	if (series == NULL) /* of the daemon, a group, or one removed meanwhile */
		return true;
	if (!check_figures(sim, event))
		return false;
	if (event->kind == EVENT_ALARM_RAISED || event->kind == EVENT_ALARM_CLEARED)
		return check_alarm_event(sim, event, series);
	if (event->kind != EVENT_STATE)
		return true;
	if (event->prev != series->state || event->state == event->prev)
		return sim_fail(sim, "%s: from %s to %s, it was %s", event->target,
		    state_text(event->prev), state_text(event->state), state_text(series->state));
	if (event->prev == STATE_PAUSED && event->state != STATE_UNKNOWN)
		return sim_fail(
		    sim, "%s: from paused to %s", event->target, state_text(event->state));
	if (event->reason[0] == '\0')
		return sim_fail(
		    sim, "%s: %s without a reason", event->target, state_text(event->state));
	series->state = event->state;
	return true;
}

/* Never more than one attempt an interval, and the one that was due when we came. */
static bool
check_attempts(struct sim *sim, const struct series_truth *series, const struct report *r)
{
	uint64_t due = (uint64_t)((sim->now_ns - series->since_ns) / series->interval_ns);

	return r->totals.attempts - series->since_attempts <= due + 2 ||
	       sim_fail(sim, "%s: %llu attempts, %llu were due", r->name,
		   (unsigned long long)(r->totals.attempts - series->since_attempts),
		   (unsigned long long)due);
}

/* The state is what the events said, and what the alarms ask for. */
static bool
check_state(struct sim *sim, const struct series_truth *series, const struct report *r)
{
	enum settings_state worst = SETTINGS_STATE_DEGRADED;
	bool active = false;

	if (r->state != (enum state)series->state)
		return sim_fail(sim, "%s is %s, the events say %s", r->name, state_text(r->state),
		    state_text(series->state));
	for (uint32_t a = 0; a < r->alarms_n; a++) {
		const struct settings_alarm *alarm = &settings_alarms(
		    r->settings)[settings_refs(r->settings)[r->plan->alarms_first + a]];
		bool told = false;

		for (int i = 0; i < SETTINGS_TARGET_ALARMS_MAX; i++)
			told |= strcmp(series->raised[i], r->alarms[a].name) == 0;
		if (told != r->alarms[a].active)
			return sim_fail(sim, "%s: alarm %s is %d, the events say %d", r->name,
			    r->alarms[a].name, r->alarms[a].active, told);
		active |= r->alarms[a].active;
		if (r->alarms[a].active && alarm->state == SETTINGS_STATE_DOWN)
			worst = SETTINGS_STATE_DOWN;
	}
	if (r->state == STATE_UNKNOWN || r->state == STATE_PAUSED)
		return true;
	if ((r->state == STATE_UP) != !active ||
	    (r->state == STATE_DOWN) != (active && worst == SETTINGS_STATE_DOWN))
		return sim_fail(sim, "%s is %s, that is not what its alarms ask for", r->name,
		    state_text(r->state));
	if (r->state != STATE_UP && r->reason[0] == '\0')
		return sim_fail(sim, "%s is %s without a reason", r->name, state_text(r->state));
	return true;
}

bool
check_states(struct sim *sim)
{
	for (uint32_t s = 0; s < monitor_series_max(sim->m); s++) {
		struct report r;

		if (sim->of_slot[s] == NULL)
			continue;
		if (monitor_report(sim->m, sim->now_ns, s, NULL, 0, REPORT_BASIC, &r) &&
		    (!check_state(sim, sim->of_slot[s], &r) ||
			!check_attempts(sim, sim->of_slot[s], &r)))
			return false;
	}
	return true;
}

static bool
check_record(struct sim *sim, const char *name, const struct report_probe *p)
{
	const struct probe_truth *t;

	if (p->number == 0)
		return p->outcome == OUTCOME_UNSENT || sim_fail(sim, "%s: no number", name);
	t = &sim->probes[p->number % PROBES_KEPT];
	if ((t->number & NUMBER_MASK) != p->number || t->unsure)
		return true;
	if (p->outcome == OUTCOME_UNSENT)
		return sim_fail(sim, "%s: a probe that left is unsent", name);
	if (p->seq != t->seq || p->flow != t->id - SIM_ID_FIRST)
		return sim_fail(sim, "%s: the record's sequence or flow is another", name);
	if (t->is_test)
		return true;
	if (p->outcome == OUTCOME_ANSWERED && !t->answered)
		return sim_fail(sim, "%s: answered, but no reply came in time", name);
	if (t->answered && p->outcome != OUTCOME_ANSWERED)
		return sim_fail(sim, "%s: %s, but a reply came in time (sent %.6f, due %.6f)", name,
		    outcome_text(p->outcome), (double)t->tx_ns / 1e9, (double)t->deadline_ns / 1e9);
	if (t->answered && p->rtt_ns != (t->uncertain ? -1 : t->rtt_ns))
		return sim_fail(sim, "%s: RTT %lld ns, it was %lld%s", name, (long long)p->rtt_ns,
		    (long long)t->rtt_ns, t->uncertain ? ", which nobody can know" : "");
	if (!t->live && !t->answered && !t->class_unsure && !t->has_late &&
	    (p->outcome == OUTCOME_UNMEASURED) != t->is_unmeasured)
		return sim_fail(sim, "%s: %s, we were %sblind (sent %.6f, due %.6f)", name,
		    outcome_text(p->outcome), t->is_unmeasured ? "" : "not ",
		    (double)t->tx_ns / 1e9, (double)t->deadline_ns / 1e9);
	if (p->outcome == OUTCOME_UNREACHABLE && p->cause.from.family == 0)
		return sim_fail(sim, "%s: unreachable, and nobody said so", name);
	return true;
}

bool
check_details(struct sim *sim)
{
	uint32_t s = (uint32_t)(sim->turns / 16 % monitor_series_max(sim->m));
	struct report_probe probes[RECORDS];
	uint32_t n = monitor_report_probes(sim->m, sim->now_ns, s, RECORDS, probes);

	for (uint32_t i = 0; i < n && sim->of_slot[s] != NULL; i++) {
		if (!check_record(sim, sim->of_slot[s]->name, &probes[i]))
			return false;
	}
	return true;
}

static bool
differs(struct sim *sim, const char *name, const char *what, uint64_t engine, uint64_t truth,
    uint64_t tolerance)
{
	uint64_t gap = engine > truth ? engine - truth : truth - engine;

	if (gap <= tolerance)
		return false;
	(void)sim_fail(sim, "%s: %s is %llu, the network counted %llu (%llu unsure)", name, what,
	    (unsigned long long)engine, (unsigned long long)truth, (unsigned long long)tolerance);
	return true;
}

/* What the kernel would not send, by whatever errno but for want of room. */
static uint64_t
refused(const struct totals *e)
{
	uint64_t n = 0;

	for (int c = LABEL_NO_ROUTE; c <= LABEL_OTHER_SEND; c++)
		n += c == LABEL_NO_BUFFER ? 0 : e->causes[c];
	return n;
}

static bool
check_series_sums(struct sim *sim, const struct series_truth *t, const struct totals *e)
{
	uint64_t unsure = t->unsure, class_unsure = t->unsure + t->class_unsure;

	return !(
	    differs(sim, t->name, "sent", e->sent, t->sent, 0) ||
	    differs(sim, t->name, "extra", e->extra, t->tests, 0) ||
	    differs(sim, t->name, "refused", refused(e), t->refused, 0) ||
	    (e->causes[LABEL_NO_BUFFER] > t->no_room &&
		differs(sim, t->name, "without room", e->causes[LABEL_NO_BUFFER], t->no_room, 0)) ||
	    differs(sim, t->name, "in flight", e->in_flight, 0, 0) ||
	    differs(sim, t->name, "answered", e->answered, t->answered, unsure) ||
	    differs(sim, t->name, "missed", e->lost + e->unreachable + e->unmeasured, t->missed,
		unsure) ||
	    differs(sim, t->name, "lost", e->lost, t->lost, class_unsure) ||
	    differs(sim, t->name, "unreachable", e->unreachable, t->unreachable, class_unsure) ||
	    differs(sim, t->name, "unmeasured", e->unmeasured, t->unmeasured, class_unsure) ||
	    differs(sim, t->name, "late", e->late, t->late, class_unsure) ||
	    differs(sim, t->name, "corrupt", e->corrupt, t->corrupt, 0) ||
	    (t->unsure == 0 && differs(sim, t->name, "reordered", e->reordered, t->reordered, 0)));
}

static bool
check_all_sums(
    struct sim *sim, uint64_t unsure, uint64_t class_unsure, uint64_t answered, uint64_t sent)
{
	struct report_status status;
	const struct totals *e = &status.probes;

	monitor_report_status(sim->m, sim->now_ns, &status);
	return !(differs(sim, "all", "sent", e->sent, sent + sim->gone_sent, 0) ||
		 differs(sim, "all", "answered", e->answered, answered + sim->gone_answered,
		     unsure + sim->gone_unsure) ||
		 differs(sim, "all", "foreign", status.foreign, sim->foreign, sim->unproven) ||
		 differs(sim, "all", "replies", e->answered + e->late + e->stale + e->duplicates,
		     sim->good - sim->late_unmeasured,
		     sim->good_noise + sim->unproven + class_unsure + sim->gone_class_unsure));
}

bool
check_sums(struct sim *sim)
{
	uint64_t unsure = 0, class_unsure = 0, answered = 0, sent = 0;

	for (uint32_t s = 0; s < monitor_series_max(sim->m); s++) {
		const struct series_truth *t = sim->of_slot[s];
		struct report r;

		if (t == NULL)
			continue;
		if (!monitor_report(sim->m, sim->now_ns, s, NULL, 0, REPORT_BASIC, &r))
			return sim_fail(sim, "%s is gone", t->name);
		if (!check_series_sums(sim, t, &r.totals))
			return false;
		unsure += t->unsure;
		class_unsure += t->unsure + t->class_unsure;
		answered += t->answered;
		sent += t->sent;
	}
	return check_all_sums(sim, unsure, class_unsure, answered, sent);
}
