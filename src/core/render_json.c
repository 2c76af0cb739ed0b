/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Targets as JSON.
 */
#include "core/outcome.h"
#include "core/render_json_internal.h"

static void
add_labels(struct text *t, const struct report *r)
{
	const struct settings_label *labels =
	    settings_labels(r->settings) + r->target->labels_first;
	uint32_t n =
	    r->target->labels_n < SETTINGS_LABELS_MAX ? r->target->labels_n : SETTINGS_LABELS_MAX;

	text_add(t, ",\"labels\":{");
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			text_add(t, ",");
		text_json_string(t, settings_text(r->settings, labels[i].key));
		text_add(t, ":");
		text_json_string(t, settings_text(r->settings, labels[i].value));
	}
	text_add(t, "}");
}

static void
add_window(struct text *t, const struct sample_window *w)
{
	int64_t loss_ppm = sample_window_loss_ppm(w);

	text_add(t, "{\"window_s\":");
	text_seconds(t, w->window_ns);
	json_number(t, "sent", w->sent);
	json_number(t, "answered", w->answered);
	json_number(t, "lost", w->lost);
	json_number(t, "late", w->late);
	json_number(t, "unreachable", w->unreachable);
	json_number(t, "unmeasured", w->unmeasured);
	json_number(t, "unsent", w->unsent);
	if (loss_ppm >= 0) {
		text_add(t, ",\"loss_ratio\":");
		text_ratio(t, loss_ppm);
	}
	text_add(t, ",\"rtt_ms\":{\"min\":");
	text_json_ms(t, w->min_ns);
	json_ms(t, "mean", w->mean_ns);
	json_ms(t, "p50", w->p50_ns);
	json_ms(t, "p90", w->p90_ns);
	json_ms(t, "p95", w->p95_ns);
	json_ms(t, "p99", w->p99_ns);
	json_ms(t, "max", w->max_ns);
	json_ms(t, "stddev", w->stddev_ns);
	text_add(t, "}");
	json_ms(t, "jitter_ms", w->jitter_ns);
	json_number(t, "loss_run_max", w->loss_run_max);
	text_add(t, "}");
}

static void
add_windows(struct text *t, const struct report *r)
{
	bool first = true;

	text_add(t, ",\"windows\":[");
	for (uint32_t i = 0; i < r->windows_n && i < REPORT_WINDOWS_MAX; i++) {
		if (!r->windows[i].complete)
			continue;
		if (!first)
			text_add(t, ",");
		first = false;
		add_window(t, &r->windows[i]);
	}
	text_add(t, "]");
}

static void
add_alarms(struct text *t, const struct report *r)
{
	text_add(t, ",\"alarms\":[");
	for (uint32_t i = 0; i < r->alarms_n && i < SETTINGS_TARGET_ALARMS_MAX; i++) {
		const struct report_alarm *a = &r->alarms[i];

		text_add(t, i > 0 ? ",{\"name\":" : "{\"name\":");
		text_json_string(t, a->name);
		json_bool(t, "active", a->active);
		json_time(t, "since", a->since_wall_ns);
		if (!a->has_value)
			text_add(t, ",\"value\":null");
		else if (a->value_is_ratio) {
			text_add(t, ",\"value\":");
			text_ratio(t, a->value);
		} else
			json_ms(t, "value", a->value);
		json_string(t, "unit", a->value_is_ratio ? "ratio" : "ms");
		json_string(t, "raise", a->raise_text);
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void
add_last(struct text *t, const struct report *r)
{
	text_add(t, ",\"last\":");
	if (!r->has_last)
		text_add(t, "null");
	else {
		text_printf(t, "{\"outcome\":\"%s\"", outcome_text(r->last_outcome));
		json_ms(t, "rtt_ms", r->last_rtt_ns);
		if (r->last_ttl >= 0)
			text_printf(t, ",\"reply_ttl\":%d", r->last_ttl);
		else
			text_add(t, ",\"reply_ttl\":null");
		json_cause_or_null(t, &r->last_cause);
		text_add(t, "}");
	}
	text_add(t, ",\"last_error\":");
	if (!r->last_error.present) {
		text_add(t, "null");
		return;
	}
	text_add(t, "{");
	json_cause(t, &r->last_error.cause);
	json_time(t, "at", r->last_error.at_wall_ns);
	text_add(t, "}");
}

/* Only of a target that many may answer. */
static void
add_responders(struct text *t, const struct report *r)
{
	if (r->responders == NULL)
		return;
	text_add(t, ",\"responders\":[");
	for (uint32_t i = 0; i < r->responders->n; i++) {
		const struct responder *one = &r->responders->list[i];
		char buf[ADDR_TEXT_MAX];

		text_add(t, i > 0 ? ",{\"address\":" : "{\"address\":");
		text_json_string(t, addr_format(&one->address, buf));
		json_number(t, "replies", one->replies);
		json_ms(t, "rtt_ms", one->last_rtt_ns);
		if (one->last_ttl >= 0)
			text_printf(t, ",\"reply_ttl\":%d", one->last_ttl);
		else
			text_add(t, ",\"reply_ttl\":null");
		json_time(t, "at", one->last_ns + r->wall_offset_ns);
		text_add(t, "}");
	}
	text_add(t, "]");
	json_number(t, "responders_displaced", r->responders->displaced);
}

static void
add_strip(struct text *t, const struct report *r)
{
	if (r->strip[0].answered == 0 && r->strip[0].p50_ns == 0)
		return;
	text_printf(t, ",\"strip\":{\"span_s\":%lld,\"answered\":[",
	    (long long)(REPORT_STRIP_NS / NSEC_PER_SEC));
	for (int i = 0; i < REPORT_COLUMNS; i++)
		text_printf(t, "%s%u", i > 0 ? "," : "", r->strip[i].answered);
	text_add(t, "],\"lost\":[");
	for (int i = 0; i < REPORT_COLUMNS; i++)
		text_printf(t, "%s%u", i > 0 ? "," : "", r->strip[i].lost);
	text_add(t, "],\"p50_ms\":[");
	for (int i = 0; i < REPORT_COLUMNS; i++) {
		text_add(t, i > 0 ? "," : "");
		text_json_ms(t, r->strip[i].p50_ns);
	}
	text_add(t, "]}");
}

void
render_json_target(struct text *t, const struct report *r)
{
	text_add(t, "{\"name\":");
	text_json_string(t, r->name);
	json_string(t, "group", r->group);
	json_string(t, "host", r->host);
	json_address(t, "address", &r->address);
	if (r->address.family == 0)
		text_add(t, ",\"family\":null");
	else
		json_number(t, "family", r->address.family);
	add_labels(t, r);
	json_string(t, "state", state_text(r->state));
	json_time(t, "since", r->since_wall_ns);
	json_string(t, "reason", r->reason);
	json_string(t, "suppressed_by", r->suppressed_by);
	json_ms(t, "interval_ms", r->interval_ns);
	text_add(t, ",\"totals\":{");
	json_totals(t, &r->totals);
	text_add(t, "}");
	json_causes(t, &r->totals);
	add_windows(t, r);
	add_last(t, r);
	add_alarms(t, r);
	add_responders(t, r);
	json_number(t, "last_event", r->last_event);
	add_strip(t, r);
	text_add(t, "}");
}
