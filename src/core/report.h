/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Plain copies out of the engine, filled by monitor_report_*: what the outputs may know. Strings
 * point into the settings or the arena and are valid until the next reload. They refuse to know
 * JSON, HTTP and terminals.
 */
#ifndef ICMPMON_CORE_REPORT_H
#define ICMPMON_CORE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/event.h"
#include "core/histogram.h"
#include "core/icmp.h"
#include "core/outcome.h"
#include "core/probe.h"
#include "core/samples.h"
#include "core/settings.h"
#include "core/units.h"

#define REPORT_WINDOWS_MAX 4
#define REPORT_COLUMNS 11 /* of the strip LAST 10 MIN */
#define REPORT_STRIP_NS (10 * NSEC_PER_MIN)

/* Sums of the outcomes and what stands beside them. attempts = sent + unsent,
 * sent = answered + lost + unreachable + unmeasured + in_flight. */
struct totals {
	uint64_t attempts, sent, answered, lost, unreachable, unmeasured, unsent, in_flight;
	uint64_t late, stale, duplicates, reordered, corrupt, foreign, extra;
	uint64_t causes[LABEL_COUNT]; /* of lost, unreachable, unmeasured, unsent */
};

struct report_alarm {
	const char *name;
	const char *raise_text;
	bool active;
	bool has_value;
	bool value_is_ratio;
	int64_t value; /* ppm or ns */
	nsec_t since_wall_ns; /* 0: never changed */
};

struct report_error { /* the last error that any probe of the target met */
	bool present;
	struct cause cause;
	nsec_t at_wall_ns;
};

/* Who answers a target that many may answer. */
#define RESPONDERS_MAX 64

struct responder {
	struct addr address;
	uint64_t replies; /* probes that it answered in time */
	uint64_t last_counter; /* of the flight that it answered last */
	nsec_t last_ns, last_rtt_ns; /* RTT -1: not known */
	int16_t last_ttl; /* -1: not known */
};

struct responders {
	uint32_t n;
	uint64_t displaced; /* for want of room, the longest silent first */
	struct responder list[RESPONDERS_MAX];
};

struct report {
	uint32_t index;
	char name[EVENT_NAME_MAX];
	const char *group; /* "" for top-level targets */
	const char *host;
	struct addr address; /* family 0: none yet */
	const struct settings *settings;
	const struct settings_target *target;
	const struct settings_plan *plan;
	enum state state;
	nsec_t since_wall_ns;
	nsec_t since_age_ns; /* how long in this state */
	char reason[EVENT_REASON_MAX]; /* "" when up */
	const char *suppressed_by; /* NULL: not suppressed */
	nsec_t interval_ns;
	struct totals totals;
	uint32_t windows_n;
	struct sample_window windows[REPORT_WINDOWS_MAX];
	bool has_last;
	enum outcome last_outcome;
	nsec_t last_rtt_ns; /* -1: none */
	int32_t last_ttl; /* -1: none */
	struct cause last_cause;
	struct report_error last_error;
	uint32_t alarms_n;
	struct report_alarm alarms[SETTINGS_TARGET_ALARMS_MAX];
	uint64_t last_event;
	struct sample_column strip[REPORT_COLUMNS]; /* only with REPORT_STRIP */
	const struct histogram_classic *histogram; /* NULL: none kept for this target */
	const struct responders *responders; /* NULL: not one that many may answer */
	nsec_t wall_offset_ns; /* to be added to times in there */
};

enum report_parts { REPORT_BASIC = 0, REPORT_STRIP = 1 };

/* One probe out of the detail ring. */
struct report_probe {
	nsec_t sent_wall_ns;
	uint64_t number;
	uint16_t seq;
	uint8_t flow;
	enum probe_kind kind;
	enum outcome outcome;
	bool late; /* a reply came after the timeout; rtt_ns is its RTT */
	nsec_t rtt_ns; /* -1: none */
	int32_t ttl; /* -1: none */
	struct cause cause;
};

struct report_group {
	const char *name;
	enum state state;
	uint32_t quorum_need, quorum_of; /* 0: none */
	uint32_t members, states[STATE_COUNT];
	struct totals totals;
	const struct histogram_classic *histogram; /* NULL unless kept per group */
};

/* The daemon's part of /v1/status that the core knows. */
struct report_status {
	struct totals probes; /* since the series began, removed targets included */
	uint64_t extra_by_kind[PROBE_KIND_COUNT][OUTCOME_COUNT];
	uint32_t targets_total, states[STATE_COUNT];
	double probes_per_s; /* configured rate of what is not paused */
	nsec_t lag_p50_ns, lag_p99_ns,
	    lag_max_ns; /* actual minus planned wake; over the last minute */
	uint64_t
	    lag_buckets[24]; /* counts of planned-to-actual lag, le = 2^k s, k = -20..2, +Inf */
	uint64_t lag_count;
	nsec_t lag_sum_ns;
	uint64_t rx_dropped[2]; /* IPv4, IPv6 */
	uint64_t foreign;
	uint64_t stamp_clamped; /* replies stamped within the span of their own batch: RTT 1 ns at
				   least */
	uint64_t stamp_uncertain; /* answers without an RTT */
	uint64_t icmp_unmatched[ICMP_TYPE_COUNT]; /* ICMP errors that concern no probe */
	uint64_t last_event;
};

#endif
