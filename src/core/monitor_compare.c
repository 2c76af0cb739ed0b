/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What a reload compares: whether a target of the new configuration is the one of the old, and what
 * changed of it.
 */
#include <string.h>

#include "core/monitor_move.h"

static bool
same_condition(const struct condition *a, const struct condition *b)
{
	return a->metric == b->metric && a->op == b->op && a->span_probes == b->span_probes &&
	       a->span_ns == b->span_ns && a->value == b->value;
}

bool
move_same_name(const struct settings *a, const struct settings_alarm *x, const struct settings *b,
    const struct settings_alarm *y)
{
	return strcmp(settings_text(a, x->name), settings_text(b, y->name)) == 0;
}

bool
move_same_alarm(const struct settings *a, const struct settings_alarm *x, const struct settings *b,
    const struct settings_alarm *y)
{
	return move_same_name(a, x, b, y) && same_condition(&x->raise, &y->raise) &&
	       same_condition(&x->clear, &y->clear);
}

static bool
same_text(const struct settings *a, settings_str x, const struct settings *b, settings_str y)
{
	return strcmp(settings_text(a, x), settings_text(b, y)) == 0;
}

bool
move_goes_on(const struct settings *a, const struct settings_target *x, const struct settings *b,
    const struct settings_target *y)
{
	const struct settings_plan *p = settings_plan_of(a, x), *q = settings_plan_of(b, y);

	return same_text(a, x->host, b, y->host) && p->family == q->family &&
	       same_text(a, p->source, b, q->source) && p->mark == q->mark &&
	       p->probe == q->probe && p->addresses_all == q->addresses_all;
}

static bool
same_words(const struct settings *a, uint32_t x, uint32_t x_n, const struct settings *b, uint32_t y,
    uint32_t y_n)
{
	bool same = x_n == y_n;

	for (uint32_t i = 0; same && i < x_n; i++)
		same =
		    same_text(a, settings_string_refs(a)[x + i], b, settings_string_refs(b)[y + i]);
	return same;
}

static bool
same_alarms(const struct settings *a, const struct settings_plan *x, const struct settings *b,
    const struct settings_plan *y)
{
	bool same = x->alarms_n == y->alarms_n;

	for (uint32_t i = 0; same && i < x->alarms_n; i++) {
		const struct settings_alarm *p =
		    &settings_alarms(a)[settings_refs(a)[x->alarms_first + i]];
		const struct settings_alarm *q =
		    &settings_alarms(b)[settings_refs(b)[y->alarms_first + i]];

		same = move_same_alarm(a, p, b, q) && p->state == q->state &&
		       p->trace == q->trace &&
		       same_words(a, p->on_raise_first, p->on_raise_n, b, q->on_raise_first,
			   q->on_raise_n) &&
		       same_words(a, p->on_clear_first, p->on_clear_n, b, q->on_clear_first,
			   q->on_clear_n);
	}
	return same;
}

static bool
same_labels(const struct settings *a, const struct settings_target *x, const struct settings *b,
    const struct settings_target *y)
{
	bool same = x->labels_n == y->labels_n;

	for (uint32_t i = 0; same && i < x->labels_n; i++) {
		const struct settings_label *p = &settings_labels(a)[x->labels_first + i];
		const struct settings_label *q = &settings_labels(b)[y->labels_first + i];

		same = same_text(a, p->key, b, q->key) && same_text(a, p->value, b, q->value);
	}
	return same;
}

static const char *
group_name(const struct settings *s, const struct settings_plan *p)
{
	return p->group == SETTINGS_NONE ? "" : settings_text(s, settings_groups(s)[p->group].name);
}

static const char *
parent_name(const struct settings *s, const struct settings_target *t)
{
	return t->depends == SETTINGS_NONE ? ""
					   : settings_text(s, settings_targets(s)[t->depends].name);
}

static bool
same_plan(const struct settings *a, const struct settings_plan *p, const struct settings *b,
    const struct settings_plan *q)
{
	return p->interval_ns == q->interval_ns && p->timeout_ns == q->timeout_ns &&
	       p->size_bytes == q->size_bytes && p->ttl == q->ttl && p->dscp == q->dscp &&
	       p->df == q->df && p->flows == q->flows && p->stamps == q->stamps &&
	       p->paused == q->paused && p->samples == q->samples && p->detail == q->detail &&
	       p->history_minutes == q->history_minutes && p->allow_special == q->allow_special &&
	       strcmp(group_name(a, p), group_name(b, q)) == 0 && same_alarms(a, p, b, q);
}

bool
move_same_settings(const struct settings *a, const struct settings_target *x,
    const struct settings *b, const struct settings_target *y)
{
	return same_plan(a, settings_plan_of(a, x), b, settings_plan_of(b, y)) &&
	       same_text(a, x->dpinger_socket, b, y->dpinger_socket) &&
	       strcmp(parent_name(a, x), parent_name(b, y)) == 0 && same_labels(a, x, b, y);
}
