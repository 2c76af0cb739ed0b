/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The JSON forms of reports and events: one object each, no newline at the end, appended to a
 * bounded buffer. A figure without data is null, a loss ratio without denominator and a window that
 * is not covered are absent. They refuse to know HTTP.
 */
#ifndef ICMPMON_CORE_RENDER_JSON_H
#define ICMPMON_CORE_RENDER_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/report.h"
#include "core/text.h"
#include "core/units.h"

#define RENDER_SCHEMA 1

/* What the daemon, and not the engine, knows about itself. Strings are never NULL. */
struct render_daemon {
	const char *version;
	const char *instance; /* "" for the only one */
	nsec_t started_wall_ns;
	nsec_t uptime_ns;
	const char *stamps; /* where times come from: "kernel receive, interpolated send" */
	const char *rx_mode[2]; /* IPv4, IPv6: "raw", "dgram", "none" */
	uint64_t
	    receive_buffer_bytes[2]; /* granted, as the kernel counts: twice what was asked for */
	uint64_t receive_buffer_asked_bytes;
	const char *config_file;
	nsec_t config_loaded_wall_ns;
	bool last_reload_ok;
	const char *last_reload_error; /* "" when ok */
	uint64_t resolve_failures;
	uint64_t log_dropped;
	uint64_t http_connections; /* open now */
	/* of the process; -1: not known */
	nsec_t cpu_ns;
	int64_t resident_bytes, virtual_bytes;
	int64_t open_fds, max_fds;
};

/* One target (INTERFACES section 5), with "strip" (the last 10 minutes in columns) when the report
 * holds one. */
void render_json_target(struct text *t, const struct report *r);

/* The body of /v1/status. */
void render_json_status(
    struct text *t, const struct report_status *s, const struct render_daemon *d);

void render_json_group(struct text *t, const struct report_group *g);
void render_json_probe(struct text *t, const struct report_probe *p);

/* An event; "message" is the sentence of the log line. */
void render_json_event(struct text *t, const struct event *e);

/* The record that tells a follower of events that from..to (inclusive) are no longer there. */
void render_json_gap(struct text *t, uint64_t from_id, uint64_t to_id);

#endif
