/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The families, as one table, and the walk over them. What a series of each looks like is in
 * render_metrics_series.c. Sources: Prometheus exposition format 0.0.4, OpenMetrics 1.0.
 */
#include <string.h>

#include "core/render_metrics_internal.h"

static const char *const type_words[] = {
    [METRIC_COUNTER] = "counter",
    [METRIC_GAUGE] = "gauge",
    [METRIC_HISTOGRAM] = "histogram",
    [METRIC_INFO] = "info",
};

/* In OpenMetrics a family is named without the suffix _total or _info of its samples, in 0.0.4 with
 * it. */
static const struct metric_family families[] = {
    {"icmpmon_build", METRIC_INFO, METRIC_OF_DAEMON, NULL, "Version and instance of the daemon.",
	metrics_build_info},
    {"icmpmon_probes", METRIC_COUNTER, METRIC_OF_TARGET, NULL, "Regular probes by outcome.",
	metrics_probes},
    {"icmpmon_probe_causes", METRIC_COUNTER, METRIC_OF_TARGET, NULL,
	"Probes without an answer in time, by cause.", metrics_causes},
    {"icmpmon_late_replies", METRIC_COUNTER, METRIC_OF_TARGET, NULL,
	"Replies after the timeout; their probes count as lost.", metrics_late},
    {"icmpmon_duplicates", METRIC_COUNTER, METRIC_OF_TARGET, NULL,
	"Further replies to an answered probe.", metrics_duplicates},
    {"icmpmon_reordered", METRIC_COUNTER, METRIC_OF_TARGET, NULL,
	"Replies whose sequence is below the highest seen (RFC 4737).", metrics_reordered},
    {"icmpmon_corrupt", METRIC_COUNTER, METRIC_OF_TARGET, NULL,
	"Authentic replies whose payload was not as sent.", metrics_corrupt},
    {"icmpmon_rtt_seconds", METRIC_HISTOGRAM, METRIC_OF_TARGET, "seconds",
	"Round-trip times of answered probes.", metrics_rtt},
    {"icmpmon_rtt_seconds", METRIC_HISTOGRAM, METRIC_OF_GROUP, NULL, NULL, metrics_rtt},
    {"icmpmon_reply_ttl", METRIC_GAUGE, METRIC_OF_TARGET, NULL,
	"TTL or hop limit of the last reply.", metrics_ttl},
    {"icmpmon_target_state", METRIC_GAUGE, METRIC_OF_TARGET, NULL,
	"State of the target: one of them is 1.", metrics_target_state},
    {"icmpmon_alarm_active", METRIC_GAUGE, METRIC_OF_TARGET, NULL, "1 while the alarm is raised.",
	metrics_alarms},
    {"icmpmon_target", METRIC_INFO, METRIC_OF_TARGET, NULL, "What the target is, and its labels.",
	metrics_target_info},
    {"icmpmon_group_state", METRIC_GAUGE, METRIC_OF_GROUP, NULL,
	"State of the group: one of them is 1.", metrics_group_state},
    {"icmpmon_extra_probes", METRIC_COUNTER, METRIC_OF_DAEMON, NULL,
	"Probes that are not on the regular schedule.", metrics_extra},
    {"icmpmon_send_lag_seconds", METRIC_HISTOGRAM, METRIC_OF_DAEMON, "seconds",
	"How much later than planned the daemon woke.", metrics_lag},
    {"icmpmon_rx_dropped", METRIC_COUNTER, METRIC_OF_DAEMON, NULL,
	"Packets the kernel dropped from our receive queue.", metrics_rx_dropped},
    {"icmpmon_foreign", METRIC_COUNTER, METRIC_OF_DAEMON, NULL,
	"Packets in our id block that were refused as not ours.", metrics_foreign},
    {"icmpmon_icmp_unmatched", METRIC_COUNTER, METRIC_OF_DAEMON, NULL,
	"ICMP errors that concern none of our probes.", metrics_icmp_unmatched},
    {"icmpmon_resolve_failures", METRIC_COUNTER, METRIC_OF_DAEMON, NULL,
	"Lookups of names that failed.", metrics_resolve_failures},
    {"icmpmon_log_dropped", METRIC_COUNTER, METRIC_OF_DAEMON, NULL, "Log lines that were dropped.",
	metrics_log_dropped},
    {"icmpmon_config_last_reload_successful", METRIC_GAUGE, METRIC_OF_DAEMON, NULL,
	"1 when the last reload was accepted.", metrics_reload_ok},
    {"process_cpu_seconds", METRIC_COUNTER, METRIC_OF_DAEMON, "seconds",
	"User and system time spent.", metrics_cpu},
    {"process_resident_memory_bytes", METRIC_GAUGE, METRIC_OF_DAEMON, "bytes", "Resident memory.",
	metrics_resident},
    {"process_virtual_memory_bytes", METRIC_GAUGE, METRIC_OF_DAEMON, "bytes", "Virtual memory.",
	metrics_virtual},
    {"process_open_fds", METRIC_GAUGE, METRIC_OF_DAEMON, NULL, "Open file descriptors.",
	metrics_open_fds},
    {"process_max_fds", METRIC_GAUGE, METRIC_OF_DAEMON, NULL, "Limit of open file descriptors.",
	metrics_max_fds},
    {"process_start_time_seconds", METRIC_GAUGE, METRIC_OF_DAEMON, "seconds",
	"When the process started, since 1970.", metrics_start_time},
};

#define FAMILIES ((uint32_t)(sizeof(families) / sizeof(families[0])))

const char *
render_metrics_content_type(bool openmetrics)
{
	return openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
			   : "text/plain; version=0.0.4; charset=utf-8";
}

static void
add_head(struct text *t, const struct metric_family *family, bool openmetrics)
{
	const char *suffix = "";

	if (family->help == NULL) /* goes on with the family before it */
		return;
	if (!openmetrics)
		suffix = family->type == METRIC_COUNTER ? "_total"
			 : family->type == METRIC_INFO	? "_info"
							: "";
	text_printf(t, "# HELP %s%s %s\n", family->name, suffix, family->help);
	text_printf(t, "# TYPE %s%s %s\n", family->name, suffix,
	    !openmetrics && family->type == METRIC_INFO ? "gauge" : type_words[family->type]);
	if (openmetrics && family->unit != NULL)
		text_printf(t, "# UNIT %s %s\n", family->name, family->unit);
}

static bool
wanted(const struct metrics_filter *filter, const char *group, const char *name)
{
	return (filter->group == NULL || text_glob(filter->group, group)) &&
	       (filter->name == NULL || name == NULL || text_glob(filter->name, name));
}

/* One series of a family. False: there are no more. */
static bool
add_series(struct render_metrics_cursor *c, const struct metric_family *family, struct monitor *m,
    nsec_t now_ns, const struct render_daemon *daemon, const struct metrics_filter *filter,
    struct text *t)
{
	struct report report;
	struct report_group group;
	struct report_status status;
	struct metric_source source = {.family = family, .daemon = daemon};

	switch (family->of) {
	case METRIC_OF_TARGET:
		if (c->series >= monitor_series_max(m))
			return false;
		if (!monitor_report(m, now_ns, c->series, NULL, 0, REPORT_BASIC, &report) ||
		    report.totals.attempts == 0 || !wanted(filter, report.group, report.name))
			return true;
		source.report = &report;
		break;
	case METRIC_OF_GROUP:
		if (!monitor_report_group(m, c->series, &group))
			return false;
		if (!wanted(filter, group.name, NULL))
			return true;
		source.group = &group;
		break;
	case METRIC_OF_DAEMON:
	default:
		if (c->series > 0)
			return false;
		monitor_report_status(m, now_ns, &status);
		source.status = &status;
		break;
	}
	family->add(t, &source);
	return true;
}

bool
render_metrics_slice(struct render_metrics_cursor *c, struct monitor *m, nsec_t now_ns,
    const struct render_daemon *daemon, const struct metrics_filter *filter, struct text *t)
{
	for (int steps = 0; steps < RENDER_METRICS_STEPS; steps++) {
		size_t mark = t->len;

		if (c->family >= FAMILIES) {
			text_add(t, c->openmetrics && !c->done ? "# EOF\n" : "");
			if (t->overflow) {
				text_rewind(t, mark);
				return true;
			}
			c->done = true;
			return false;
		}
		if (!c->head_done) {
			add_head(t, &families[c->family], c->openmetrics);
		} else if (!add_series(c, &families[c->family], m, now_ns, daemon, filter, t)) {
			c->family++;
			c->series = 0;
			c->head_done = false;
			continue;
		}
		if (t->overflow) {
			text_rewind(t, mark);
			if (mark > 0)
				return true; /* again in the next slice, which is empty */
		}
		if (c->head_done)
			c->series++;
		c->head_done = true;
	}
	return true;
}
