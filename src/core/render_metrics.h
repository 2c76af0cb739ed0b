/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * All metrics, family by family, in slices into a caller's buffer: Prometheus text format 0.0.4, or
 * OpenMetrics 1.0. One table of families drives both. It refuses to know HTTP.
 */
#ifndef ICMPMON_CORE_RENDER_METRICS_H
#define ICMPMON_CORE_RENDER_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monitor.h"
#include "core/render_json.h"
#include "core/text.h"
#include "core/units.h"

#define RENDER_METRICS_SLICE_MIN 16384 /* bytes of buffer that hold any one series */
#define RENDER_METRICS_STEPS \
	32 /* series looked at in one slice, so that a slice stays far below 1 ms */

/* Globs; NULL: no limit. They concern the families of targets and groups. */
struct metrics_filter {
	const char *group;
	const char *name;
};

/* Where a scrape stands. All zero is the start; set openmetrics before the first slice. Valid only
 * with the engine it began with: after a reload the scrape has to be given up. */
struct render_metrics_cursor {
	bool openmetrics;
	bool head_done; /* HELP and TYPE of this family are out */
	bool done;
	uint32_t family;
	uint32_t series;
};

/* Appends the next slice to t (emptied by the caller, at least RENDER_METRICS_SLICE_MIN). True
 * while more follows. */
bool render_metrics_slice(struct render_metrics_cursor *cursor, struct monitor *m, nsec_t now_ns,
    const struct render_daemon *daemon, const struct metrics_filter *filter, struct text *t);

/* "text/plain; version=0.0.4; charset=utf-8" or the one of OpenMetrics. */
const char *render_metrics_content_type(bool openmetrics);

#endif
