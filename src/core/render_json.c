/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Targets, groups, probes and the daemon's status as JSON. Events are in render_json_event.c.
 */
#include <string.h>

#include "core/outcome.h"
#include "core/render_json.h"

static void
add_number(struct text *t, const char *key, uint64_t value)
{
	text_printf(t, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void
add_string(struct text *t, const char *key, const char *value)
{
	text_printf(t, ",\"%s\":", key);
	text_json_string(t, value);
}

static void
add_time(struct text *t, const char *key, nsec_t wall_ns)
{
	text_printf(t, ",\"%s\":", key);
	text_json_time(t, wall_ns);
}

static void
add_ms(struct text *t, const char *key, nsec_t ns)
{
	text_printf(t, ",\"%s\":", key);
	text_json_ms(t, ns);
}

static void
add_bool(struct text *t, const char *key, bool value)
{
	text_printf(t, ",\"%s\":%s", key, value ? "true" : "false");
}

static void
add_address(struct text *t, const char *key, const struct addr *address)
{
	char buf[ADDR_TEXT_MAX];

	add_string(t, key, address->family == 0 ? NULL : addr_format(address, buf));
}

/* The members of a totals object, without braces. */
static void
add_totals(struct text *t, const struct totals *s)
{
	text_printf(t, "\"attempts\":%llu", (unsigned long long)s->attempts);
	add_number(t, "sent", s->sent);
	add_number(t, "answered", s->answered);
	add_number(t, "lost", s->lost);
	add_number(t, "late", s->late);
	add_number(t, "stale", s->stale);
	add_number(t, "unreachable", s->unreachable);
	add_number(t, "unmeasured", s->unmeasured);
	add_number(t, "unsent", s->unsent);
	add_number(t, "in_flight", s->in_flight);
	add_number(t, "duplicates", s->duplicates);
	add_number(t, "reordered", s->reordered);
	add_number(t, "corrupt", s->corrupt);
	add_number(t, "foreign", s->foreign);
	add_number(t, "extra", s->extra);
}

/* The members of a cause, without braces. */
static void
add_cause(struct text *t, const struct cause *cause)
{
	char words[128];
	uint8_t family = cause->from.family == 0 ? 4 : cause->from.family;
	bool icmp = cause->kind == CAUSE_ICMP;

	text_printf(t, "\"kind\":\"%s\"", cause_kind_text((enum cause_kind)cause->kind));
	if (icmp)
		text_printf(t, ",\"type\":%u,\"code\":%u", cause->type, cause->code);
	else
		text_add(t, ",\"type\":null,\"code\":null");
	add_string(t, "text", cause_text(family, cause, words, sizeof(words)));
	add_address(t, "from", &cause->from);
	if (cause->kind == CAUSE_SEND)
		text_printf(t, ",\"errno\":%d", cause->error);
	else
		text_add(t, ",\"errno\":null");
}

static void
add_cause_or_null(struct text *t, const struct cause *cause)
{
	text_add(t, ",\"cause\":");
	if (cause->kind == CAUSE_NONE) {
		text_add(t, "null");
		return;
	}
	text_add(t, "{");
	add_cause(t, cause);
	text_add(t, "}");
}

static void
add_labels(struct text *t, const struct report *r)
{
	const struct settings_label *labels = settings_labels(r->settings) + r->target->labels_first;
	uint32_t n = r->target->labels_n < SETTINGS_LABELS_MAX ? r->target->labels_n : SETTINGS_LABELS_MAX;

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
	add_number(t, "sent", w->sent);
	add_number(t, "answered", w->answered);
	add_number(t, "lost", w->lost);
	add_number(t, "late", w->late);
	add_number(t, "unreachable", w->unreachable);
	add_number(t, "unmeasured", w->unmeasured);
	add_number(t, "unsent", w->unsent);
	if (loss_ppm >= 0) {
		text_add(t, ",\"loss_ratio\":");
		text_ratio(t, loss_ppm);
	}
	text_add(t, ",\"rtt_ms\":{\"min\":");
	text_json_ms(t, w->min_ns);
	add_ms(t, "mean", w->mean_ns);
	add_ms(t, "p50", w->p50_ns);
	add_ms(t, "p90", w->p90_ns);
	add_ms(t, "p95", w->p95_ns);
	add_ms(t, "p99", w->p99_ns);
	add_ms(t, "max", w->max_ns);
	add_ms(t, "stddev", w->stddev_ns);
	text_add(t, "}");
	add_ms(t, "jitter_ms", w->jitter_ns);
	add_number(t, "loss_run_max", w->loss_run_max);
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
		add_bool(t, "active", a->active);
		add_time(t, "since", a->since_wall_ns);
		if (!a->has_value)
			text_add(t, ",\"value\":null");
		else if (a->value_is_ratio) {
			text_add(t, ",\"value\":");
			text_ratio(t, a->value);
		} else
			add_ms(t, "value", a->value);
		add_string(t, "unit", a->value_is_ratio ? "ratio" : "ms");
		add_string(t, "raise", a->raise_text);
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
		add_ms(t, "rtt_ms", r->last_rtt_ns);
		if (r->last_ttl >= 0)
			text_printf(t, ",\"reply_ttl\":%d", r->last_ttl);
		else
			text_add(t, ",\"reply_ttl\":null");
		add_cause_or_null(t, &r->last_cause);
		text_add(t, "}");
	}
	text_add(t, ",\"last_error\":");
	if (!r->last_error.present) {
		text_add(t, "null");
		return;
	}
	text_add(t, "{");
	add_cause(t, &r->last_error.cause);
	add_time(t, "at", r->last_error.at_wall_ns);
	text_add(t, "}");
}

/* A column without data has p50_ns -1, so all zero tells that the report was made without the strip. */
static void
add_strip(struct text *t, const struct report *r)
{
	if (r->strip[0].answered == 0 && r->strip[0].p50_ns == 0)
		return;
	text_printf(t, ",\"strip\":{\"span_s\":%lld,\"answered\":[", (long long)(REPORT_STRIP_NS / NSEC_PER_SEC));
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
	add_string(t, "group", r->group);
	add_string(t, "host", r->host);
	add_address(t, "address", &r->address);
	if (r->address.family == 0)
		text_add(t, ",\"family\":null");
	else
		add_number(t, "family", r->address.family);
	add_labels(t, r);
	add_string(t, "state", state_text(r->state));
	add_time(t, "since", r->since_wall_ns);
	add_string(t, "reason", r->reason);
	add_string(t, "suppressed_by", r->suppressed_by);
	add_ms(t, "interval_ms", r->interval_ns);
	text_add(t, ",\"totals\":{");
	add_totals(t, &r->totals);
	text_add(t, "}");
	add_windows(t, r);
	add_last(t, r);
	add_alarms(t, r);
	add_number(t, "last_event", r->last_event);
	add_strip(t, r);
	text_add(t, "}");
}

static void
add_states(struct text *t, const uint32_t states[static STATE_COUNT])
{
	for (int s = 0; s < STATE_COUNT; s++)
		text_printf(t, "%s\"%s\":%u", s > 0 ? "," : "", state_text((enum state)s), states[s]);
}

void
render_json_group(struct text *t, const struct report_group *g)
{
	text_add(t, "{\"name\":");
	text_json_string(t, g->name);
	add_string(t, "state", state_text(g->state));
	if (g->quorum_need > 0)
		text_printf(t, ",\"quorum\":{\"need\":%u,\"of\":%u}", g->quorum_need, g->quorum_of);
	else
		text_add(t, ",\"quorum\":null");
	add_number(t, "members", g->members);
	text_add(t, ",\"states\":{");
	add_states(t, g->states);
	text_add(t, "},\"totals\":{");
	add_totals(t, &g->totals);
	text_add(t, "}}");
}

void
render_json_probe(struct text *t, const struct report_probe *p)
{
	text_add(t, "{\"sent_at\":");
	text_json_time(t, p->sent_wall_ns);
	add_number(t, "seq", p->seq);
	add_number(t, "flow", p->flow);
	add_string(t, "kind", probe_kind_text(p->kind));
	add_string(t, "outcome", outcome_text(p->outcome));
	add_bool(t, "late", p->late);
	add_ms(t, "rtt_ms", p->rtt_ns);
	if (p->ttl >= 0)
		text_printf(t, ",\"ttl\":%d", p->ttl);
	else
		text_add(t, ",\"ttl\":null");
	add_cause_or_null(t, &p->cause);
	text_add(t, "}");
}

static void
add_daemon(struct text *t, const struct render_daemon *d)
{
	add_string(t, "stamps", d->stamps);
	add_string(t, "version", d->version);
	add_string(t, "instance", d->instance);
	add_time(t, "started_at", d->started_wall_ns);
	text_printf(t, ",\"uptime_s\":%lld", (long long)(d->uptime_ns / NSEC_PER_SEC));
	text_add(t, ",\"config\":{\"file\":");
	text_json_string(t, d->config_file);
	add_time(t, "loaded_at", d->config_loaded_wall_ns);
	add_bool(t, "last_reload_ok", d->last_reload_ok);
	add_string(t, "last_reload_error", d->last_reload_ok ? NULL : d->last_reload_error);
	text_add(t, "},\"sockets\":{");
	for (int i = 0; i < 2; i++) {
		text_printf(t, "%s\"ipv%d\":{\"mode\":", i > 0 ? "," : "", i == 0 ? 4 : 6);
		text_json_string(t, d->rx_mode[i]);
		add_number(t, "receive_buffer_bytes", d->receive_buffer_bytes[i]);
		text_add(t, "}");
	}
	text_add(t, "}");
	add_number(t, "resolve_failures", d->resolve_failures);
	add_number(t, "log_dropped", d->log_dropped);
	add_number(t, "http_connections", d->http_connections);
}

void
render_json_status(struct text *t, const struct report_status *s, const struct render_daemon *d)
{
	uint64_t tenths = s->probes_per_s > 0 && s->probes_per_s < 1e15 ? (uint64_t)(s->probes_per_s * 10 + 0.5) : 0;

	text_printf(t, "{\"schema\":%d,\"probes\":{", RENDER_SCHEMA);
	add_totals(t, &s->probes);
	text_printf(t, "},\"targets\":{\"total\":%u,", s->targets_total);
	add_states(t, s->states);
	text_printf(t, "},\"probes_per_s\":%llu.%llu", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10));
	text_add(t, ",\"send_lag_ms\":{\"p50\":");
	text_json_ms(t, s->lag_p50_ns);
	add_ms(t, "p99", s->lag_p99_ns);
	add_ms(t, "max", s->lag_max_ns);
	text_add(t, "}");
	add_number(t, "rx_dropped", s->rx_dropped[0] + s->rx_dropped[1]);
	add_number(t, "stamp_clamped", s->probes.stamp_clamped);
	add_number(t, "stamp_uncertain", s->probes.stamp_uncertain);
	add_number(t, "last_event", s->last_event);
	add_daemon(t, d);
	text_add(t, "}");
}
