/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Summary lines: one target or one group over the summary interval.
 */
#include "core/duration.h"
#include "core/render_text.h"

static void
add_ms_field(struct text *t, const char *key, nsec_t ns)
{
	if (ns < 0)
		return;
	text_printf(t, " %s=", key);
	text_ms_short(t, ns);
}

static void
add_loss(struct text *t, const struct sample_window *w)
{
	int64_t loss_ppm = sample_window_loss_ppm(w);

	if (loss_ppm >= 0) {
		text_add(t, ", ");
		text_percent(t, loss_ppm);
		text_add(t, " loss");
	}
}

static void
add_outcomes(struct text *t, const struct sample_window *w)
{
	text_printf(t, " sent=%llu answered=%llu lost=%llu late=%llu unreachable=%llu",
	    (unsigned long long)w->sent, (unsigned long long)w->answered,
	    (unsigned long long)w->lost, (unsigned long long)w->late,
	    (unsigned long long)w->unreachable);
}

int
render_summary_line(const struct report *r, char *buf, size_t bytes)
{
	const struct sample_window *w = &r->windows[0];
	char span[32];
	struct text t;

	text_init(&t, buf, bytes);
	text_log_words(&t, r->name);
	text_printf(&t, " %s: %llu sent", duration_format(w->window_ns, span, sizeof(span)),
	    (unsigned long long)w->sent);
	if (w->unsent > 0)
		text_printf(&t, ", %llu unsent", (unsigned long long)w->unsent);
	if (w->unmeasured > 0)
		text_printf(&t, ", %llu unmeasured", (unsigned long long)w->unmeasured);
	add_loss(&t, w);
	if (w->p50_ns >= 0) {
		const nsec_t figures[] = {w->min_ns, w->p50_ns, w->p95_ns, w->max_ns};

		text_add(&t, ", rtt ");
		for (int i = 0; i < 4; i++) {
			text_add(&t, i > 0 ? "/" : "");
			text_ms_short(&t, figures[i]);
		}
		text_add(&t, " ms min/p50/p95/max");
	}
	text_add(&t, " | event=summary target=");
	text_log_value(&t, r->name);
	text_add(&t, " window_s=");
	text_seconds(&t, w->window_ns);
	add_outcomes(&t, w);
	if (w->unmeasured > 0 || w->unsent > 0)
		text_printf(&t, " unmeasured=%llu unsent=%llu", (unsigned long long)w->unmeasured,
		    (unsigned long long)w->unsent);
	add_ms_field(&t, "min_ms", w->min_ns);
	add_ms_field(&t, "p50_ms", w->p50_ns);
	add_ms_field(&t, "p95_ms", w->p95_ns);
	add_ms_field(&t, "max_ms", w->max_ns);
	add_ms_field(&t, "jitter_ms", w->jitter_ns);
	return (int)t.len;
}

static uint64_t
grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0; /* a reload may have taken members away */
}

int
render_group_summary_line(const struct report_group *g, const struct totals *before,
    nsec_t window_ns, char *buf, size_t bytes)
{
	const struct sample_window w = {
	    .sent = grown(g->totals.sent, before->sent),
	    .answered = grown(g->totals.answered, before->answered),
	    .lost = grown(g->totals.lost, before->lost),
	    .late = grown(g->totals.late, before->late),
	    .unreachable = grown(g->totals.unreachable, before->unreachable),
	};
	char span[32];
	struct text t;

	text_init(&t, buf, bytes);
	text_add(&t, g->name[0] == '\0' ? "targets of no group" : "group ");
	text_log_words(&t, g->name);
	text_printf(&t, " %s: %u target%s", duration_format(window_ns, span, sizeof(span)),
	    g->members, g->members == 1 ? "" : "s");
	for (int s = 0, first = 1; s < STATE_COUNT; s++) {
		static const enum state order[] = {
		    STATE_UP, STATE_DEGRADED, STATE_DOWN, STATE_UNKNOWN, STATE_PAUSED};

		if (g->states[order[s]] == 0)
			continue;
		text_printf(
		    &t, "%s%u %s", first ? " (" : ", ", g->states[order[s]], state_text(order[s]));
		first = 0;
	}
	if (g->members > 0)
		text_add(&t, ")");
	text_printf(&t, ", %llu sent", (unsigned long long)w.sent);
	add_loss(&t, &w);
	text_add(&t, " | event=summary group=");
	text_log_value(&t, g->name);
	text_add(&t, " window_s=");
	text_seconds(&t, window_ns);
	text_printf(&t, " targets=%u", g->members);
	for (int s = 0; s < STATE_COUNT; s++)
		text_printf(&t, " %s=%u", state_text((enum state)s), g->states[s]);
	add_outcomes(&t, &w);
	return (int)t.len;
}
