/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Targets for scripts: one line each, values and units as in the JSON.
 */
#include "core/text.h"
#include "ctl/jv.h"
#include "ctl/targets.h"

static const struct {
	const char *title;
	const char *path;
	bool of_window;
} columns[] = {
    {"name", "name", false},
    {"group", "group", false},
    {"host", "host", false},
    {"address", "address", false},
    {"state", "state", false},
    {"since", "since", false},
    {"interval_ms", "interval_ms", false},
    {"window_s", "window_s", true},
    {"sent", "sent", true},
    {"answered", "answered", true},
    {"lost", "lost", true},
    {"late", "late", true},
    {"unreachable", "unreachable", true},
    {"unmeasured", "unmeasured", true},
    {"unsent", "unsent", true},
    {"loss_ratio", "loss_ratio", true},
    {"min_ms", "rtt_ms.min", true},
    {"mean_ms", "rtt_ms.mean", true},
    {"p50_ms", "rtt_ms.p50", true},
    {"p90_ms", "rtt_ms.p90", true},
    {"p95_ms", "rtt_ms.p95", true},
    {"p99_ms", "rtt_ms.p99", true},
    {"max_ms", "rtt_ms.max", true},
    {"stddev_ms", "rtt_ms.stddev", true},
    {"jitter_ms", "jitter_ms", true},
    {"loss_run_max", "loss_run_max", true},
    {"last_outcome", "last.outcome", false},
    {"last_rtt_ms", "last.rtt_ms", false},
    {"suppressed_by", "suppressed_by", false},
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

void
targets_plain_header(struct text *t)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		text_printf(t, "%s\t", columns[i].title);
	text_add(t, "strip\treason");
}

void
targets_plain_line(struct text *t, const struct json_t *target, nsec_t window_ns)
{
	const struct json_t *window = targets_window(target, window_ns);
	char strip[STRIP_BYTES];

	for (size_t i = 0; i < N_COLUMNS; i++) {
		jv_add_field(t, columns[i].of_window ? window : target, columns[i].path);
		text_add(t, "\t");
	}
	text_add(t, targets_strip(target, false, strip));
	text_add(t, "\t");
	jv_add_field(t, target, "reason");
}
