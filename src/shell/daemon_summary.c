/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Summary lines every log.summary_interval: one per target, or one per group above
 * SUMMARY_TARGETS_MAX targets. A round is spread out, so that it neither delays a probe nor uses
 * up the log's budget.
 */
#include <stdlib.h>
#include <string.h>

#include "core/render_text.h"
#include "shell/daemon_internal.h"

#define SUMMARY_TARGETS_MAX 50
#define SUMMARY_LINE_NS (100 * NSEC_PER_MSEC) /* half of the log's budget */

void
daemon_summary_done(struct daemon *d)
{
	free(d->summary.before);
	memset(&d->summary, 0, sizeof(d->summary));
	d->summary.next_ns = NSEC_NEVER;
}

/* Totals of all groups now, to subtract from those of the first round. */
static void
note_groups(struct daemon *d)
{
	struct daemon_summary *summary = &d->summary;
	struct report_group group;

	summary->n_before =
	    d->config.settings->n_groups + 1; /* the last one: targets of no group */
	summary->before = calloc(summary->n_before, sizeof(*summary->before));
	for (uint32_t g = 0; summary->before != NULL && g < summary->n_before; g++) {
		if (monitor_report_group(d->monitor, g, &group))
			summary->before[g] = group.totals;
	}
}

void
daemon_summary_start(struct daemon *d, nsec_t now_ns)
{
	const struct settings *s = d->config.settings;
	nsec_t planned_ns = d->summary.by_group ? NSEC_NEVER : d->summary.next_ns;

	daemon_summary_done(d);
	if (s->summary_interval_ns == 0 || s->n_targets == 0)
		return;
	d->summary.by_group = s->n_targets > SUMMARY_TARGETS_MAX;
	if (d->summary.by_group)
		note_groups(d);
	d->summary.next_ns = nsec_add(now_ns, s->summary_interval_ns);
	if (!d->summary.by_group) /* frequent reloads must not put it off for ever */
		d->summary.next_ns = nsec_min(d->summary.next_ns, planned_ns);
}

/* True when a line was told. */
static bool
tell_target(struct daemon *d, nsec_t now_ns, uint32_t series)
{
	nsec_t window = d->config.settings->summary_interval_ns;
	char line[RENDER_LINE_MAX];
	struct report report;

	if (!monitor_report(d->monitor, now_ns, series, &window, 1, REPORT_BASIC, &report) ||
	    report.windows_n == 0 || report.state == STATE_PAUSED)
		return false;
	(void)render_summary_line(&report, line, sizeof(line));
	log_summary(line);
	return true;
}

static bool
tell_group(struct daemon *d, uint32_t index)
{
	struct daemon_summary *summary = &d->summary;
	char line[RENDER_LINE_MAX];
	struct report_group group;

	if (summary->before == NULL || !monitor_report_group(d->monitor, index, &group) ||
	    group.members == 0)
		return false;
	(void)render_group_summary_line(&group, &summary->before[index],
	    d->config.settings->summary_interval_ns, line, sizeof(line));
	summary->before[index] = group.totals;
	log_summary(line);
	return true;
}

void
daemon_summary_turn(struct daemon *d, nsec_t now_ns)
{
	struct daemon_summary *summary = &d->summary;
	uint32_t n = summary->by_group ? summary->n_before : monitor_series_max(d->monitor);

	if (!summary->running && now_ns >= summary->next_ns) {
		summary->running = true;
		summary->cursor = 0;
		summary->line_ns = now_ns;
		summary->next_ns = nsec_max(
		    nsec_add(summary->next_ns, d->config.settings->summary_interval_ns), now_ns);
	}
	while (summary->running && now_ns >= summary->line_ns) {
		if (summary->cursor == n) {
			summary->running = false;
			break;
		}
		if (summary->by_group ? tell_group(d, summary->cursor)
				      : tell_target(d, now_ns, summary->cursor))
			summary->line_ns += SUMMARY_LINE_NS;
		summary->cursor++;
	}
}
