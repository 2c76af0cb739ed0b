/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The layout of the arena, for the files monitor*.c alone: arrays by series, found by offsets from
 * the start, with 32-bit indices and no pointers into itself.
 */
#ifndef ICMPMON_CORE_MONITOR_INTERNAL_H
#define ICMPMON_CORE_MONITOR_INTERNAL_H

#include <assert.h>

#include "core/condition.h"
#include "core/histogram.h"
#include "core/history.h"
#include "core/icmp.h"
#include "core/ledger.h"
#include "core/monitor.h"
#include "core/pace.h"
#include "core/rng.h"
#include "core/samples.h"

#define NONE UINT32_MAX
#define BLIND_SPANS_MAX 64 /* stretches of time in which answers may have been missed */
#define SAMPLES_SLACK 16 /* ring cells beyond what windows need */
#define RTT_PER_TARGET_MAX 5000 /* targets up to which each has a histogram of its own */
#define UNKNOWN_AFTER_NS (10 * NSEC_PER_SEC)
#define UNKNOWN_AFTER_INTERVALS 3
#define LAG_BUCKETS 24
#define WALK_STEPS_MAX 8192 /* flights looked at in one turn for packets that carry no number */
#define HOUSEKEEPING_NS NSEC_PER_SEC
#define MINUTE_UNKNOWN UINT32_MAX

enum series_flags {
	SERIES_ACTIVE = 1, /* has an address, or has failed to get one: makes attempts */
	SERIES_PAUSED = 2,
	SERIES_NAME_FAILED = 4,
	SERIES_SEND_FAILING = 8,
	SERIES_USED =
	    16, /* slot in use: the only one of its target, or an address was once there */
	SERIES_SEEN_REPLY = 32, /* highest_seq means something */
	SERIES_SOURCE_MISSING = 64,
};

/* Touched by every send and every outcome. */
struct series_hot {
	nsec_t due_ns;
	uint64_t head; /* ring position of the next attempt */
	struct addr address;
	uint32_t config; /* index of the target in settings */
	uint32_t last_flight;
	uint32_t in_flight;
	uint16_t seq; /* next sequence of flow 0, of the owner of the address */
	uint16_t flags;
};
static_assert(sizeof(struct series_hot) == 56 || sizeof(struct series_hot) == 64, "one cache line");

struct series_warm {
	uint64_t settled; /* ring positions below are decided and judged */
	uint64_t attempts, answered, lost, late;
	nsec_t last_rtt_ns;
	nsec_t head_due_ns;
	uint16_t highest_seq;
	uint16_t interval_class;
	uint16_t timeout_class;
	uint8_t state; /* enum state */
	uint8_t last_outcome;
	int16_t last_ttl;
	uint8_t flow_next;
	uint8_t slot; /* of the target's addresses */
	uint32_t detail_head;
};

struct alarm_state {
	struct condition_state raise, clear;
	nsec_t since_ns; /* 0: never changed */
	int64_t value;
	uint8_t active, has_value, raise_verdict, clear_verdict; /* enum condition_verdict */
	uint8_t reserved[4];
};

struct series_cold {
	uint64_t ring_at, detail_at, history_at, histogram_at; /* offsets in the arena, 0: none */
	uint32_t ring_size, detail_size, history_size;
	uint32_t alarms_first, alarms_n;
	uint32_t owner; /* first series with the same address: it counts the sequences */
	uint32_t next_same; /* further series with the same address */
	uint32_t moved_to; /* at a reload: the series in the new engine */
	uint32_t minute; /* the minute that counts below belong to */
	uint64_t unreachable, unmeasured, unsent, stale, duplicates, reordered, corrupt, foreign,
	    extra;
	uint64_t stamp_clamped, stamp_uncertain;
	uint64_t causes[CAUSE_COUNT];
	nsec_t since_ns; /* of the state */
	nsec_t born_ns; /* first attempt possible */
	nsec_t bad_since_ns; /* first of the unsent or unmeasured attempts in a row, 0: none */
	nsec_t paused_until_ns;
	nsec_t last_error_at_ns;
	struct cause last_error;
	struct cause last_cause;
	struct cause bad_cause;
	uint64_t last_event;
	uint64_t measured; /* answered + lost + unreachable since the state became unknown */
	uint16_t flow_seq[SETTINGS_FLOWS_MAX];
	uint16_t flow_highest[SETTINGS_FLOWS_MAX];
	uint16_t flow_seen; /* bit per flow */
	int32_t last_send_error;
	uint32_t ifindex;
	char reason[EVENT_REASON_MAX];
	char name_error[64];
};

struct detail {
	nsec_t sent_ns;
	nsec_t rtt_ns;
	uint64_t counter;
	struct cause cause;
	uint16_t seq;
	int16_t ttl;
	uint8_t flow, kind, outcome, late;
};

struct blind_span {
	nsec_t from_ns, until_ns;
	uint8_t families; /* bit 0: IPv4, bit 1: IPv6 */
	uint8_t cause; /* enum cause_kind */
	uint8_t reserved[6];
};

struct group_state {
	uint32_t members, states[STATE_COUNT];
	uint8_t state, known;
	uint16_t reserved;
	nsec_t since_ns;
	struct totals removed; /* of series that are gone */
	uint64_t histogram_at;
};

struct monitor {
	const struct settings *settings; /* outside the arena, given anew on adoption */
	struct monitor_identity identity;
	struct ledger ledger;
	struct pace pace;
	struct rng rng;
	size_t bytes;
	size_t hot_at, warm_at, cold_at, order_at, class_at, flights_at, timeouts_at, names_at,
	    addrs_at, first_at, alarms_at, groups_at, journal_at, scratch_at, pending_at;
	uint32_t n_series, n_targets, n_groups, names_mask, addrs_mask, scratch_n;
	uint32_t addrs_used; /* cells ever taken since the last rebuild */
	uint32_t n_pending; /* flights given out and not yet reported */
	uint32_t walk_steps; /* left in this turn */
	uint32_t blind_n;
	struct blind_span blind[BLIND_SPANS_MAX];
	nsec_t blind_logged_ns;
	nsec_t pause_until_ns; /* the first of the pauses that end by themselves */
	nsec_t started_ns, now_ns, housekeeping_ns, wall_offset_ns;
	nsec_t drained_ns;
	uint64_t event_seen; /* next id for monitor_next_event */
	uint64_t foreign, errors_by_kind[4], rx_dropped[2], skipped_turn;
	nsec_t overload_logged_ns;
	struct totals removed;
	uint64_t extra_by_kind[PROBE_KIND_COUNT][OUTCOME_COUNT];
	uint64_t lag_buckets[LAG_BUCKETS], lag_count;
	nsec_t lag_sum_ns, lag_max_ns, lag_prev_max_ns;
	uint64_t lag_last[LAG_BUCKETS], lag_prev[LAG_BUCKETS]; /* of this minute and the last */
	nsec_t lag_minute_ns;
};

static inline void *
monitor_at(const struct monitor *m, uint64_t offset)
{
	return (char *)(uintptr_t)m + offset;
}

#define M_HOT(m, s) (&((struct series_hot *)monitor_at(m, (m)->hot_at))[s])
#define M_WARM(m, s) (&((struct series_warm *)monitor_at(m, (m)->warm_at))[s])
#define M_COLD(m, s) (&((struct series_cold *)monitor_at(m, (m)->cold_at))[s])
#define M_ORDER(m) ((uint32_t *)monitor_at(m, (m)->order_at))
#define M_CLASSES(m) ((struct pace_class *)monitor_at(m, (m)->class_at))
#define M_FLIGHTS(m) ((struct flight *)monitor_at(m, (m)->flights_at))
#define M_TIMEOUTS(m) ((struct ledger_class *)monitor_at(m, (m)->timeouts_at))
#define M_NAMES(m) ((uint32_t *)monitor_at(m, (m)->names_at))
#define M_ADDRS(m) ((uint32_t *)monitor_at(m, (m)->addrs_at))
#define M_FIRST(m) ((uint32_t *)monitor_at(m, (m)->first_at))
#define M_ALARMS(m) ((struct alarm_state *)monitor_at(m, (m)->alarms_at))
#define M_GROUPS(m) ((struct group_state *)monitor_at(m, (m)->groups_at))
#define M_JOURNAL(m) ((struct event_journal *)monitor_at(m, (m)->journal_at))
#define M_SCRATCH(m) ((uint32_t *)monitor_at(m, (m)->scratch_at))

const struct settings_target *monitor_target(const struct monitor *m, uint32_t series);
const char *monitor_series_name(
    const struct monitor *m, uint32_t series, char name[static EVENT_NAME_MAX]);
struct sample_ring monitor_ring(struct monitor *m, uint32_t series);
struct detail *monitor_detail(struct monitor *m, uint32_t series, uint32_t slot);

/* monitor.c: fills the head of the arena; arena NULL only measures. Returns the bytes. */
size_t monitor_layout(struct monitor *m, const struct settings *settings);
void monitor_sort_classes(struct monitor *m);

/* monitor_names.c */
void addrs_insert(struct monitor *m, uint32_t series);
void addrs_remove(struct monitor *m, uint32_t series);
uint32_t addrs_find(const struct monitor *m, const struct addr *address);
uint32_t names_find(const struct monitor *m, const char *name, size_t len);

/* monitor_judge.c */
struct decision {
	enum outcome outcome;
	nsec_t rtt_ns; /* -1: none */
	int16_t ttl;
	struct cause cause;
};
void judge_decide(
    struct monitor *m, nsec_t now_ns, struct flight *flight, const struct decision *decision);
void judge_late(struct monitor *m, struct flight *flight, nsec_t rtt_ns);
void judge_settle(struct monitor *m, nsec_t now_ns, uint32_t series);
void judge_bad(struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause);
void judge_good(struct monitor *m, uint32_t series);
void judge_expire(struct monitor *m, nsec_t now_ns, nsec_t drained_ns);
void judge_append(struct monitor *m, uint32_t series, nsec_t due_ns, uint32_t sample);
void judge_append_gap(
    struct monitor *m, uint32_t series, enum sample_code code, uint64_t n, nsec_t last_due_ns);

/* monitor_health.c */
void health_update(struct monitor *m, nsec_t now_ns, uint32_t series);
void health_set(struct monitor *m, nsec_t now_ns, uint32_t series, enum state state,
    const char *reason, uint32_t alarm);
enum state health_group_state(const struct monitor *m, uint32_t group);
void health_housekeeping(struct monitor *m, nsec_t now_ns);
void health_group_add(
    struct monitor *m, nsec_t now_ns, uint32_t series, enum state state, int change);
uint64_t monitor_emit(struct monitor *m, nsec_t now_ns, struct event *event, uint32_t series);

#endif
