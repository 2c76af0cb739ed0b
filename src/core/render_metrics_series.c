/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One function a family: the lines of one series.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "core/render_metrics_internal.h"

#define EDGE_K_MIN (-20)
#define LAG_EDGES 23 /* k = -20..2; the last bucket of lag_buckets is +Inf */

/* 2^k seconds, k = -20..6, in the canonical form of OpenMetrics. */
static const char *const edges[] = {
    "9.5367431640625e-07",
    "1.9073486328125e-06",
    "3.814697265625e-06",
    "7.62939453125e-06",
    "1.52587890625e-05",
    "3.0517578125e-05",
    "6.103515625e-05",
    "0.0001220703125",
    "0.000244140625",
    "0.00048828125",
    "0.0009765625",
    "0.001953125",
    "0.00390625",
    "0.0078125",
    "0.015625",
    "0.03125",
    "0.0625",
    "0.125",
    "0.25",
    "0.5",
    "1.0",
    "2.0",
    "4.0",
    "8.0",
    "16.0",
    "32.0",
    "64.0",
};
static_assert(sizeof(edges) / sizeof(edges[0]) == HISTOGRAM_K_MAX - EDGE_K_MIN + 1,
    "an edge for each bucket");
static_assert(
    sizeof(((struct report_status *)NULL)->lag_buckets) / sizeof(uint64_t) == LAG_EDGES + 1,
    "edges and +Inf");

/* name + suffix, then {target="..."} or {group="..."} left open for more labels. */
static void
open_series(struct text *t, const struct metric_source *s, const char *suffix)
{
	text_printf(t, "%s%s", s->family->name, suffix);
	if (s->report != NULL) {
		text_add(t, "{target=\"");
		text_label(t, s->report->name);
		text_add(t, "\"");
	} else if (s->group != NULL) {
		text_add(t, "{group=\"");
		text_label(t, s->group->name);
		text_add(t, "\"");
	}
}

static void
close_series(struct text *t, const struct metric_source *s, uint64_t value)
{
	bool labels = s->report != NULL || s->group != NULL;

	text_printf(t, "%s %llu\n", labels ? "}" : "", (unsigned long long)value);
}

static void
add_plain(struct text *t, const struct metric_source *s, const char *suffix, uint64_t value)
{
	open_series(t, s, suffix);
	close_series(t, s, value);
}

static void
add_labelled(struct text *t, const struct metric_source *s, const char *suffix, const char *key,
    const char *text, uint64_t value)
{
	open_series(t, s, suffix);
	text_printf(t, ",%s=\"%s\"", key, text);
	close_series(t, s, value);
}

void
metrics_probes(struct text *t, const struct metric_source *s)
{
	const struct totals *n = &s->report->totals;

	add_labelled(t, s, "_total", "outcome", "answered", n->answered);
	add_labelled(t, s, "_total", "outcome", "lost", n->lost);
	add_labelled(t, s, "_total", "outcome", "unreachable", n->unreachable);
	add_labelled(t, s, "_total", "outcome", "unmeasured", n->unmeasured);
	add_labelled(t, s, "_total", "outcome", "unsent", n->unsent);
}

void
metrics_causes(struct text *t, const struct metric_source *s)
{
	/* a timeout is the usual one; the others have a series from the first on */
	for (int c = LABEL_TIMEOUT; c < LABEL_COUNT; c++) {
		if (c == LABEL_TIMEOUT || s->report->totals.causes[c] > 0)
			add_labelled(t, s, "_total", "cause", cause_label_text((enum cause_label)c),
			    s->report->totals.causes[c]);
	}
}

void
metrics_late(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->report->totals.late);
}

void
metrics_duplicates(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->report->totals.duplicates);
}

void
metrics_reordered(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->report->totals.reordered);
}

void
metrics_corrupt(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->report->totals.corrupt);
}

/* Buckets that count their own part become sums; the last has no edge. */
static void
add_histogram(struct text *t, const struct metric_source *s, const uint64_t *buckets, int n_edges,
    const char *const *first_edge, nsec_t sum_ns)
{
	bool labels = s->report != NULL || s->group != NULL;
	uint64_t sum = 0;

	for (int i = 0; i <= n_edges; i++) {
		sum += buckets[i];
		open_series(t, s, "_bucket");
		text_printf(t, "%sle=\"%s\"} %llu\n", labels ? "," : "{",
		    i < n_edges ? first_edge[i] : "+Inf", (unsigned long long)sum);
	}
	open_series(t, s, "_sum");
	text_add(t, labels ? "} " : " ");
	text_seconds(t, sum_ns);
	text_add(t, "\n");
	add_plain(t, s, "_count", sum);
}

void
metrics_rtt(struct text *t, const struct metric_source *s)
{
	const struct histogram_classic *h =
	    s->report != NULL ? s->report->histogram : s->group->histogram;

	if (h != NULL)
		add_histogram(t, s, h->buckets, HISTOGRAM_BUCKETS - 1,
		    edges + (HISTOGRAM_K_MIN - EDGE_K_MIN), h->sum_ns);
}

void
metrics_ttl(struct text *t, const struct metric_source *s)
{
	if (s->report->last_ttl >= 0)
		add_plain(t, s, "", (uint64_t)s->report->last_ttl);
}

static void
add_states(struct text *t, const struct metric_source *s, enum state state)
{
	for (int i = 0; i < STATE_COUNT; i++)
		add_labelled(t, s, "", "state", state_text((enum state)i), i == (int)state);
}

void
metrics_target_state(struct text *t, const struct metric_source *s)
{
	add_states(t, s, s->report->state);
}

void
metrics_group_state(struct text *t, const struct metric_source *s)
{
	if (s->group->name[0] != '\0') /* targets of no group have no state in common */
		add_states(t, s, s->group->state);
}

void
metrics_alarms(struct text *t, const struct metric_source *s)
{
	for (uint32_t i = 0; i < s->report->alarms_n && i < SETTINGS_TARGET_ALARMS_MAX; i++) {
		open_series(t, s, "");
		text_add(t, ",alarm=\"");
		text_label(t, s->report->alarms[i].name);
		text_add(t, "\"");
		close_series(t, s, s->report->alarms[i].active);
	}
}

/* A label's name as Prometheus wants it: [a-zA-Z_][a-zA-Z0-9_]*, and none that we use ourselves or
 * that is reserved. */
static void
label_name(const char *key, char name[static SETTINGS_NAME_MAX + 8])
{
	static const char *const ours[] = {"target", "group", "host", "address", "family"};
	bool prefix = (key[0] == '_' && key[1] == '_') || key[0] == '\0';
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		prefix |= strcmp(key, ours[i]) == 0;
	prefix |= key[0] >= '0' && key[0] <= '9';
	if (prefix) {
		memcpy(name, "label_", 6);
		n = 6;
	}
	for (; *key != '\0' && n < SETTINGS_NAME_MAX + 7; key++) {
		bool good = (*key >= 'a' && *key <= 'z') || (*key >= 'A' && *key <= 'Z') ||
			    (*key >= '0' && *key <= '9');

		name[n++] = good ? *key : '_';
	}
	name[n] = '\0';
}

void
metrics_target_info(struct text *t, const struct metric_source *s)
{
	const struct report *r = s->report;
	const struct settings_label *labels =
	    settings_labels(r->settings) + r->target->labels_first;
	uint32_t n =
	    r->target->labels_n < SETTINGS_LABELS_MAX ? r->target->labels_n : SETTINGS_LABELS_MAX;
	char names[SETTINGS_LABELS_MAX][SETTINGS_NAME_MAX + 8], address[ADDR_TEXT_MAX];

	open_series(t, s, "_info");
	text_add(t, ",group=\"");
	text_label(t, r->group);
	text_add(t, "\",host=\"");
	text_label(t, r->host);
	text_printf(t, "\",address=\"%s\",family=\"%s\"",
	    r->address.family == 0 ? "" : addr_format(&r->address, address),
	    r->address.family == 0   ? ""
	    : r->address.family == 4 ? "4"
				     : "6");
	for (uint32_t i = 0; i < n; i++) {
		bool twice = false;

		label_name(settings_text(r->settings, labels[i].key), names[i]);
		for (uint32_t k = 0; k < i; k++)
			twice |= strcmp(names[k], names[i]) == 0;
		if (twice)
			continue;
		text_printf(t, ",%s=\"", names[i]);
		text_label(t, settings_text(r->settings, labels[i].value));
		text_add(t, "\"");
	}
	close_series(t, s, 1);
}

void
metrics_extra(struct text *t, const struct metric_source *s)
{
	for (int kind = PROBE_REGULAR + 1; kind < PROBE_KIND_COUNT; kind++) {
		for (int outcome = OUTCOME_IN_FLIGHT + 1; outcome < OUTCOME_COUNT; outcome++)
			text_printf(t, "%s_total{kind=\"%s\",outcome=\"%s\"} %llu\n",
			    s->family->name, probe_kind_text((enum probe_kind)kind),
			    outcome_text((enum outcome)outcome),
			    (unsigned long long)s->status->extra_by_kind[kind][outcome]);
	}
}

void
metrics_lag(struct text *t, const struct metric_source *s)
{
	add_histogram(t, s, s->status->lag_buckets, LAG_EDGES, edges, s->status->lag_sum_ns);
}

void
metrics_rx_dropped(struct text *t, const struct metric_source *s)
{
	for (int i = 0; i < 2; i++)
		text_printf(t, "%s_total{family=\"%d\"} %llu\n", s->family->name, i == 0 ? 4 : 6,
		    (unsigned long long)s->status->rx_dropped[i]);
}

void
metrics_icmp_unmatched(struct text *t, const struct metric_source *s)
{
	for (int e = 0; e < ICMP_TYPE_COUNT; e++)
		text_printf(t, "%s_total{type=\"%s\"} %llu\n", s->family->name,
		    icmp_error_type_text((enum icmp_error_type)e),
		    (unsigned long long)s->status->icmp_unmatched[e]);
}

void
metrics_foreign(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->status->foreign);
}

void
metrics_resolve_failures(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->daemon->resolve_failures);
}

void
metrics_log_dropped(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "_total", s->daemon->log_dropped);
}

void
metrics_reload_ok(struct text *t, const struct metric_source *s)
{
	add_plain(t, s, "", s->daemon->last_reload_ok);
}

void
metrics_build_info(struct text *t, const struct metric_source *s)
{
	text_printf(t, "%s_info{version=\"", s->family->name);
	text_label(t, s->daemon->version);
	text_add(t, "\",instance=\"");
	text_label(t, s->daemon->instance);
	text_add(t, "\"} 1\n");
}

static void
add_seconds(struct text *t, const struct metric_source *s, const char *suffix, nsec_t ns)
{
	if (ns < 0)
		return;
	text_printf(t, "%s%s ", s->family->name, suffix);
	text_seconds(t, ns);
	text_add(t, "\n");
}

static void
add_known(struct text *t, const struct metric_source *s, int64_t value)
{
	if (value >= 0)
		add_plain(t, s, "", (uint64_t)value);
}

void
metrics_cpu(struct text *t, const struct metric_source *s)
{
	add_seconds(t, s, "_total", s->daemon->cpu_ns);
}

void
metrics_start_time(struct text *t, const struct metric_source *s)
{
	add_seconds(t, s, "", s->daemon->started_wall_ns);
}

void
metrics_resident(struct text *t, const struct metric_source *s)
{
	add_known(t, s, s->daemon->resident_bytes);
}

void
metrics_virtual(struct text *t, const struct metric_source *s)
{
	add_known(t, s, s->daemon->virtual_bytes);
}

void
metrics_open_fds(struct text *t, const struct metric_source *s)
{
	add_known(t, s, s->daemon->open_fds);
}

void
metrics_max_fds(struct text *t, const struct metric_source *s)
{
	add_known(t, s, s->daemon->max_fds);
}
