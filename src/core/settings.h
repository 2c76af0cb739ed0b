/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The whole configuration as one flat, relocatable block: this head, then arrays, then strings, all
 * found by byte offsets from the head. The helper process fills it from the files and hands it over
 * as bytes; the daemon checks it with settings_check and reads it in place. It refuses to know
 * files and their syntax.
 */
#ifndef ICMPMON_CORE_SETTINGS_H
#define ICMPMON_CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/condition.h"
#include "core/units.h"

#define SETTINGS_MAGIC UINT32_C(0x69636d70)
#define SETTINGS_VERSION 2
#define SETTINGS_NONE UINT32_MAX
#define SETTINGS_TARGETS_MAX 1000000
#define SETTINGS_GROUPS_MAX 10000
#define SETTINGS_ALARMS_MAX 64
#define SETTINGS_TARGET_ALARMS_MAX 8
#define SETTINGS_INTERVALS_MAX 1024 /* distinct intervals, and distinct timeouts */
#define SETTINGS_ADDRESSES_MAX 16
#define SETTINGS_FLOWS_MAX 16
#define SETTINGS_SAMPLES_MAX 36000
#define SETTINGS_NAME_MAX 64
#define SETTINGS_LABELS_MAX 16 /* of one target, its group's included */
#define SETTINGS_DETAIL_MAX 100000
#define SETTINGS_HISTORY_MAX_MINUTES (366 * 24 * 60)
#define SETTINGS_RATE_MAX 10000000 /* probes per second */
#define SETTINGS_ACTION_WORDS_MAX 31 /* of on_raise, on_clear */
#define SETTINGS_DEPENDS_DEPTH_MAX 64 /* parents above one target */
#define SETTINGS_INTERVAL_MIN_NS (10 * NSEC_PER_MSEC)
#define SETTINGS_INTERVAL_MAX_NS NSEC_PER_HOUR
#define SETTINGS_TIMEOUT_MIN_NS (10 * NSEC_PER_MSEC)
#define SETTINGS_TIMEOUT_MAX_NS NSEC_PER_MIN
#define SETTINGS_SUMMARY_MIN_NS NSEC_PER_SEC /* or 0: off */
#define SETTINGS_SUMMARY_MAX_NS NSEC_PER_DAY
#define SETTINGS_BUFFER_MIN_BYTES 4096
#define SETTINGS_BUFFER_MAX_BYTES (UINT64_C(1) << 30)
#define SETTINGS_SPAN_INTERVALS_MIN 5 /* of a condition's span in time */

typedef uint32_t
    settings_str; /* offset of a NUL-terminated string from the head; 0: not set (text "") */

enum settings_family { SETTINGS_FAMILY_AUTO, SETTINGS_FAMILY_IPV4, SETTINGS_FAMILY_IPV6 };
enum settings_df { SETTINGS_DF_AUTO, SETTINGS_DF_YES, SETTINGS_DF_NO };
enum settings_probe { SETTINGS_PROBE_ECHO, SETTINGS_PROBE_TIMESTAMP };
enum settings_stamps { SETTINGS_STAMPS_INTERPOLATED, SETTINGS_STAMPS_KERNEL };
enum settings_state { SETTINGS_STATE_DEGRADED, SETTINGS_STATE_DOWN };

struct settings_label {
	settings_str key;
	settings_str value;
};

struct settings_alarm {
	settings_str name;
	settings_str raise_text; /* as written, for reasons and JSON */
	settings_str clear_text;
	struct condition raise;
	struct condition clear;
	uint8_t state; /* enum settings_state */
	uint8_t trace;
	uint16_t reserved;
	uint32_t on_raise_first, on_raise_n; /* into strings[] */
	uint32_t on_clear_first, on_clear_n;
};

struct settings_group {
	settings_str name; /* "" is the group of top-level targets */
	uint32_t quorum_need, quorum_of; /* 0, 0: no quorum */
	uint32_t labels_first, labels_n;
};

/* What targets have in common, every inherited value filled in: most share one of a few. */
struct settings_plan {
	settings_str source; /* as written: numeric address or interface name; 0: none */
	settings_str file; /* where the target is defined */
	uint32_t group; /* index, or SETTINGS_NONE */
	uint32_t alarms_first, alarms_n; /* into refs[]: indices of alarms */
	uint32_t mark;
	uint32_t size_bytes; /* payload, 0..PROBE_PAYLOAD_MAX */
	uint32_t samples; /* ring length, already defaulted and raised to what the alarms need */
	uint32_t detail; /* ring of full records */
	uint32_t history_minutes; /* minute bins */
	uint8_t family; /* enum settings_family */
	uint8_t addresses_all;
	uint8_t ttl; /* 0: the system's default */
	uint8_t dscp;
	uint8_t df; /* enum settings_df */
	uint8_t probe; /* enum settings_probe */
	uint8_t stamps; /* enum settings_stamps */
	uint8_t flows; /* 1..16 */
	uint8_t allow_special;
	uint8_t paused;
	uint8_t source_is_address;
	uint8_t reserved[5];
	nsec_t interval_ns;
	nsec_t timeout_ns;
	struct addr source_addr; /* when source_is_address */
};

/* One target of the configuration. */
struct settings_target {
	settings_str name;
	settings_str host;
	settings_str dpinger_socket;
	uint32_t line; /* of the plan's file, where it is defined */
	uint32_t depends; /* index of the parent target, or SETTINGS_NONE; never a cycle */
	uint32_t plan; /* index */
	uint32_t labels_first, labels_n; /* group's labels included, the target's win */
};

struct settings {
	uint32_t magic;
	uint32_t version;
	uint64_t bytes; /* of the whole block */
	uint32_t n_targets, n_groups, n_alarms, n_labels, n_refs, n_strings, n_warnings, n_notes;
	uint32_t strings_bytes, n_plans;
	uint64_t targets_at, plans_at, groups_at, alarms_at, labels_at, refs_at, string_refs_at,
	    warnings_at, notes_at, strings_at; /* offsets */
	settings_str file; /* the main configuration file */
	settings_str stats_socket;
	settings_str http; /* "ADDRESS:PORT" or 0 */
	settings_str admin_group;
	nsec_t summary_interval_ns; /* 0: off */
	uint64_t receive_buffer_bytes;
	uint32_t max_rate_per_s;
	uint8_t metrics_rtt_set,
	    metrics_rtt; /* set: the user decided; else the default by number of targets */
	uint8_t reserved[2];
};

/* True when every offset, count, index and string of the block lies inside bytes and every value is
 * in its range. The block came from another process and is not trusted before this says so. */
__attribute__((warn_unused_result)) bool settings_check(const void *block, size_t bytes);

const struct settings_target *settings_targets(const struct settings *s);
const struct settings_plan *settings_plans(const struct settings *s);
const struct settings_group *settings_groups(const struct settings *s);
const struct settings_alarm *settings_alarms(const struct settings *s);
const struct settings_label *settings_labels(const struct settings *s);
const uint32_t *settings_refs(const struct settings *s); /* alarm indices */
const settings_str *settings_string_refs(
    const struct settings *s); /* argv words of on_raise, on_clear */
const settings_str *settings_warnings(const struct settings *s); /* full lines */
const settings_str *settings_notes(
    const struct settings *s); /* for -t: what was decided by the number of targets and intervals */

/* Text of a string of the block, "" for 0. Valid as long as the block. */
const char *settings_text(const struct settings *s, settings_str str);

/* [A-Za-z0-9._:-]{1,64}: the name of a target, group, alarm or dpinger socket. */
__attribute__((warn_unused_result)) bool settings_name_valid(const char *name);
/* [A-Za-z_][A-Za-z0-9_]{0,63}, and not one that begins with "__": what Prometheus takes. */
__attribute__((warn_unused_result)) bool settings_label_valid(const char *key);

/* The plan of target t. */
const struct settings_plan *settings_plan_of(
    const struct settings *s, const struct settings_target *t);
/* Series that a target of this plan may have: SETTINGS_ADDRESSES_MAX with addresses_all, else 1. */
uint32_t settings_plan_series(const struct settings_plan *plan);

#endif
