/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files render_metrics*.c alone: a family, and the functions that write one series of each.
 */
#ifndef ICMPMON_CORE_RENDER_METRICS_INTERNAL_H
#define ICMPMON_CORE_RENDER_METRICS_INTERNAL_H

#include "core/render_metrics.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_INFO };
enum metric_of { METRIC_OF_DAEMON, METRIC_OF_TARGET, METRIC_OF_GROUP };

struct metric_family;

/* What a series is made from; only the part that the family is of is set. */
struct metric_source {
	const struct metric_family *family;
	const struct render_daemon *daemon;
	const struct report *report;
	const struct report_group *group;
	const struct report_status *status;
};

struct metric_family {
	const char *name; /* without _total and _info */
	enum metric_type type;
	enum metric_of of;
	const char *unit; /* NULL: none */
	const char *help; /* NULL: more series of the family before */
	void (*add)(struct text *t, const struct metric_source *source);
};

void metrics_probes(struct text *t, const struct metric_source *s);
void metrics_causes(struct text *t, const struct metric_source *s);
void metrics_late(struct text *t, const struct metric_source *s);
void metrics_duplicates(struct text *t, const struct metric_source *s);
void metrics_reordered(struct text *t, const struct metric_source *s);
void metrics_corrupt(struct text *t, const struct metric_source *s);
void metrics_rtt(struct text *t, const struct metric_source *s);
void metrics_ttl(struct text *t, const struct metric_source *s);
void metrics_target_state(struct text *t, const struct metric_source *s);
void metrics_alarms(struct text *t, const struct metric_source *s);
void metrics_target_info(struct text *t, const struct metric_source *s);
void metrics_group_state(struct text *t, const struct metric_source *s);
void metrics_extra(struct text *t, const struct metric_source *s);
void metrics_lag(struct text *t, const struct metric_source *s);
void metrics_icmp_unmatched(struct text *t, const struct metric_source *s);
void metrics_rx_dropped(struct text *t, const struct metric_source *s);
void metrics_foreign(struct text *t, const struct metric_source *s);
void metrics_resolve_failures(struct text *t, const struct metric_source *s);
void metrics_log_dropped(struct text *t, const struct metric_source *s);
void metrics_reload_ok(struct text *t, const struct metric_source *s);
void metrics_build_info(struct text *t, const struct metric_source *s);
void metrics_cpu(struct text *t, const struct metric_source *s);
void metrics_resident(struct text *t, const struct metric_source *s);
void metrics_virtual(struct text *t, const struct metric_source *s);
void metrics_open_fds(struct text *t, const struct metric_source *s);
void metrics_max_fds(struct text *t, const struct metric_source *s);
void metrics_start_time(struct text *t, const struct metric_source *s);

#endif
