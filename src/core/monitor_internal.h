/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The layout of the arena, for the files monitor*.c alone: arrays by series, found by offsets from
 * the start, with 32-bit indices and no pointers into itself. What every probe touches is apart
 * from what only something odd touches, so that the pages of the latter are never used while all
 * goes well.
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
#define ARENA_UNIT 16u /* bytes that the offsets kept for each series count in */
#define BLIND_SPANS_MAX 64 /* stretches of time in which answers may have been missed */
#define FORMER_MAX 32 /* addresses left lately that are remembered for replies still to come */
#define LAG_BUCKETS 24
/* Flights looked at in one turn for packets that carry no number: among those that are in time, and
 * among all that are remembered. What is forged can use up the second, and harms no probe by it. */
#define WALK_STEPS_MAX 8192
#define WALK_LATE_STEPS_MAX 32768
#define HOUSEKEEPING_NS NSEC_PER_SEC
#define MINUTE_UNKNOWN UINT32_MAX

/* A reply may wait this long between the kernel's stamp on it and the socket's queue, on a busy
 * machine; deadlines are judged so much after the queues were seen empty. */
#define JUDGE_MARGIN_NS (10 * NSEC_PER_MSEC)
/* A batch that took longer was interrupted: the send times inside it are not known. */
#define BATCH_LONG_NS (5 * NSEC_PER_MSEC)
/* A reply is told as late for so long after the timeout; beyond that it is stale. */
#define LATE_KEPT_NS (60 * NSEC_PER_SEC)
#define VANISHED_KEPT_NS NSEC_PER_HOUR

enum series_flags {
	SERIES_ACTIVE = 1 << 0, /* has an address, or has failed to get one: makes attempts */
	SERIES_PAUSED = 1 << 1,
	SERIES_USED = 1 << 2, /* slot in use: an address, or the first of a target without one */
	SERIES_VANISHED = 1 << 3, /* its name no longer has its address */
	SERIES_NAME_FAILED = 1 << 4,
	SERIES_SEND_FAILING = 1 << 5,
	SERIES_ODD = 1 << 6, /* its struct series_rare holds something */
	SERIES_BLIND = 1 << 7, /* of late more attempts told nothing than told something */
	SERIES_LOSING = 1 << 8, /* a flow has lost its last probes */
	SERIES_SEEN = 1 << 9, /* highest_position means something */
	SERIES_REPHASED = 1 << 10, /* the next attempt is not an interval after the last one */
	SERIES_WAITING = 1 << 11, /* its last attempt waits to be made again */
};

/* Touched by every send and every outcome. */
struct series_hot {
	nsec_t due_ns;
	uint64_t head; /* ring position of the next attempt */
	struct addr address;
	uint32_t plan; /* index in settings */
	uint32_t last_flight;
	uint32_t in_flight;
	uint16_t seq; /* next sequence of flow 0, of the owner of the address */
	uint16_t flags;
	uint32_t ring_at; /* in units of ARENA_UNIT */
	uint32_t ring_size;
};
static_assert(sizeof(struct series_hot) == 64, "one cache line");

struct series_warm {
	uint64_t settled; /* ring positions below are decided and judged */
	uint64_t attempts, answered, lost;
	nsec_t last_rtt_ns;
	nsec_t head_due_ns;
	uint32_t owner; /* first series with the same address: it counts the sequences */
	uint32_t highest_position; /* ring position of the newest probe answered, flow 0 */
	uint32_t config; /* index of the target in settings */
	uint8_t state; /* enum state */
	uint8_t last_outcome;
	int16_t last_ttl;
};
static_assert(sizeof(struct series_warm) == 64, "one cache line");

/* Of a plan of the settings: where its interval and timeout stand. */
struct plan_classes {
	uint16_t interval, timeout;
};

/* Why a state without an alarm is what it is. */
enum state_why {
	WHY_NO_DATA,
	WHY_RESUMED,
	WHY_NAME, /* in name_error */
	WHY_BLIND, /* in blind_cause */
	WHY_VANISHED,
	WHY_ALARM_GONE,
	WHY_PAUSED, /* in pause_why */
	WHY_PAUSED_BY_CONFIGURATION,
};

struct series_cold {
	uint32_t detail_at, history_at, histogram_at; /* in units of ARENA_UNIT, 0: none */
	uint32_t alarms_first;
	uint32_t next_same; /* further series with the same address */
	uint32_t minute; /* up to which minute bins are closed */
	uint32_t detail_next, detail_n; /* slot of the next record, records held */
	nsec_t since_ns; /* of the state */
	nsec_t born_ns; /* first attempt possible */
	uint64_t last_event;
	uint32_t moved_to; /* at a reload: the series in the new engine */
	uint8_t why; /* enum state_why */
	uint8_t flow_next;
	uint8_t slot; /* of the target's addresses */
	uint8_t reserved;
};
static_assert(sizeof(struct series_cold) == 64, "one cache line");

enum flow_test { FLOW_TEST_NONE, FLOW_TEST_QUEUED, FLOW_TEST_OUT };

/* Written only when something odd happened, by monitor_rare; zero until then. */
struct series_rare {
	uint64_t late, stale, unreachable, unmeasured, unsent, duplicates, reordered, corrupt,
	    foreign, extra;
	uint64_t causes[LABEL_COUNT];
	struct cause last_error;
	struct cause last_cause; /* of the last attempt without an answer */
	struct cause loss_cause; /* of the last that was lost or unreachable */
	nsec_t loss_cause_at_ns;
	struct cause blind_cause;
	nsec_t last_error_at_ns;
	uint64_t last_error_counter; /* the flight that it was about */
	nsec_t paused_until_ns; /* 0: not by a command, NSEC_NEVER: until resumed */
	nsec_t vanished_ns;
	nsec_t blind_since_ns;
	uint16_t blind_n, seeing_n; /* leaky count of attempts that told nothing; good in a row */
	int32_t send_error, send_mtu;
	uint32_t ifindex;
	nsec_t corrupt_at_ns;
	uint32_t corrupt_good, corrupt_of;
	uint64_t test_counter; /* the flight of a flow test under way */
	nsec_t test_until_ns; /* down waits for its verdict */
	nsec_t wait_since_ns; /* of the attempt that waits, and the flight that it was */
	uint64_t wait_counter;
	uint32_t wait_position;
	int32_t wait_error;
	uint16_t wait_detail;
	uint8_t wait_queued;
	uint8_t reserved_wait;
	uint32_t wait_next; /* in the queue of those that wait */
	uint32_t test_next; /* in the queue of tests */
	uint8_t test_state; /* enum flow_test */
	uint8_t test_queued; /* in the queue */
	uint8_t test_flow;
	uint8_t reserved;
	uint32_t flow_tests; /* two bits a flow: tests made in this run of losses */
	uint16_t flow_moved; /* bit per flow: it keeps the other id */
	uint16_t flow_seen;
	uint16_t flow_seq[SETTINGS_FLOWS_MAX]; /* of the owner of the address */
	uint32_t flow_highest[SETTINGS_FLOWS_MAX];
	uint8_t flow_run[SETTINGS_FLOWS_MAX]; /* losses in a row, saturating */
	char name_error[96];
	char pause_why[EVENT_REASON_MAX - 16];
};

enum flight_marks {
	MARK_ERROR = 1, /* an authentic ICMP error came in time */
	MARK_LATE = 2, /* a late reply was counted, or is to be */
	MARK_REPLY = 4, /* a probe beside the schedule was answered; it is judged at its deadline */
	MARK_WAITED = 8, /* the attempt was refused once for want of room */
};

struct alarm_state {
	struct condition_state raise, clear;
	nsec_t since_ns; /* 0: never changed */
	int64_t value;
	uint8_t active, has_value, raise_verdict, clear_verdict; /* enum condition_verdict */
	uint8_t reserved[4];
};

#define DETAIL_NEVER_SENT UINT64_MAX

struct detail {
	nsec_t sent_ns;
	nsec_t rtt_ns;
	uint64_t counter; /* of the flight, DETAIL_NEVER_SENT: there was none */
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

/* An address that a series has left. */
struct former {
	struct addr address;
	uint32_t series; /* NONE: one that a reload removed */
	uint16_t seq, flow_seq[SETTINGS_FLOWS_MAX]; /* next sequences there */
	nsec_t until_ns; /* 0: free */
};

struct group_state {
	uint32_t members, states[STATE_COUNT]; /* targets; all series of one count once */
	uint32_t histogram_at;
	uint8_t state;
	uint8_t reserved[3];
	nsec_t since_ns;
	struct totals sum; /* series that are gone included */
};

struct monitor {
	const struct settings *settings; /* outside the arena, given anew on adoption */
	struct monitor_identity identity;
	struct ledger ledger;
	struct pace pace;
	struct rng rng;
	size_t bytes;
	size_t hot_at, warm_at, cold_at, rare_at, order_at, class_at, flights_at, timeouts_at,
	    names_at, addrs_at, first_at, alarms_at, groups_at, journal_at, scratch_at,
	    responders_at, special_at, plans_at;
	uint32_t n_series, n_targets, n_groups, names_mask, addrs_mask, scratch_n, n_special;
	uint32_t addrs_used; /* cells ever taken since the last rebuild */
	uint32_t walk_steps, walk_late_steps; /* left in this turn */
	uint32_t test_head, test_tail; /* series that wait to test a flow */
	uint32_t wait_head, wait_tail; /* series that wait to make an attempt again */
	nsec_t wait_until_ns; /* not before */
	uint32_t blind_n;
	struct blind_span blind[BLIND_SPANS_MAX];
	struct former former[FORMER_MAX];
	nsec_t slept_from_ns, slept_until_ns; /* the machine slept somewhere in there; 0: never */
	nsec_t drops_logged_ns;
	uint64_t drops_unlogged;
	nsec_t wake_series_ns; /* the first end of a pause, or of a series whose address vanished */
	nsec_t started_ns, now_ns, housekeeping_ns, wall_offset_ns;
	nsec_t drained_ns;
	nsec_t judged_ns; /* everything that was due up to here is decided */
	uint64_t event_seen; /* next id for monitor_next_event */
	uint64_t foreign, icmp_unmatched[ICMP_TYPE_COUNT], rx_dropped[2];
	uint64_t stamp_clamped, stamp_uncertain;
	uint64_t skipped; /* not yet told */
	nsec_t skipped_first_ns, skipped_last_ns, overload_logged_ns;
	struct totals sum; /* of all series, those that are gone included */
	struct totals gone; /* of those alone */
	uint32_t n_used, states[STATE_COUNT]; /* series in use, by state */
	uint64_t extra_by_kind[PROBE_KIND_COUNT][OUTCOME_COUNT];
	uint64_t lag_buckets[LAG_BUCKETS], lag_count;
	nsec_t lag_sum_ns, lag_max_ns, lag_prev_max_ns;
	uint64_t lag_last[LAG_BUCKETS], lag_prev[LAG_BUCKETS]; /* of this minute and the last */
	nsec_t lag_minute_ns;
	bool rtt_by_target; /* histograms of round-trip times; else by group */
	uint8_t datagram; /* families whose replies come by a datagram socket, as in blind_span */
};

static inline void *
monitor_at(const struct monitor *m, uint64_t offset)
{
	return (char *)(uintptr_t)m + offset;
}

static inline void *
monitor_at_unit(const struct monitor *m, uint32_t units)
{
	return monitor_at(m, (uint64_t)units * ARENA_UNIT);
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
#define M_SPECIAL(m) ((uint32_t *)monitor_at(m, (m)->special_at))
#define M_RESPONDERS(m) ((struct responders *)monitor_at(m, (m)->responders_at))
#define M_PLANS(m) ((struct plan_classes *)monitor_at(m, (m)->plans_at))
#define M_SCRATCH(m) ((uint32_t *)monitor_at(m, (m)->scratch_at))

/* Counts n of something of a series in the sums of its group and of all. */
#define TALLY(m, s, field, n)                                 \
	do {                                                  \
		uint64_t tally_n = (n);                       \
		(m)->sum.field += tally_n;                    \
		monitor_group_of(m, s)->sum.field += tally_n; \
	} while (0)
/* The same, and in the series' own rare counts. */
#define TALLY_RARE(m, s, field, n)                \
	do {                                      \
		monitor_rare(m, s)->field += (n); \
		TALLY(m, s, field, n);            \
	} while (0)

/* monitor.c */
/* As monitor_init, with a seed of its own for the first sequences; nothing is sorted or counted. */
struct monitor *monitor_build(void *arena, const struct settings *settings,
    const struct monitor_identity *identity, uint64_t seed, nsec_t now_ns, nsec_t wall_ns);
void names_build(struct monitor *m);
uint32_t names_find(const struct monitor *m, const char *name, size_t len);

/* monitor_order.c: sorts the series of each interval by due time, before the table of names is
 * built, whose memory it uses. */
void order_build(struct monitor *m);

/* monitor_series.c */
/* What is its own; what it shares with others. */
const struct settings_target *monitor_target(const struct monitor *m, uint32_t series);
static inline const struct settings_plan *
monitor_plan(const struct monitor *m, uint32_t series)
{
	return &settings_plans(m->settings)[M_HOT(m, series)->plan];
}
static inline const struct settings_plan *
monitor_plan_of(const struct monitor *m, uint32_t target)
{
	return settings_plan_of(m->settings, &settings_targets(m->settings)[target]);
}
nsec_t monitor_timeout(const struct monitor *m, const struct flight *flight);
/* A flight left no sooner. */
nsec_t monitor_left_after(const struct flight *flight);
struct group_state *monitor_group_of(const struct monitor *m, uint32_t series);
const struct settings_alarm *monitor_alarm(const struct monitor *m, uint32_t series, uint32_t a);
struct alarm_state *monitor_alarm_state(const struct monitor *m, uint32_t series, uint32_t a);
const char *monitor_series_name(
    const struct monitor *m, uint32_t series, char name[static EVENT_NAME_MAX]);
struct sample_ring monitor_ring(const struct monitor *m, uint32_t series);
struct history_view monitor_history(const struct monitor *m, uint32_t series);
/* To read: all zero when nothing odd ever happened to the series. To write. */
const struct series_rare *monitor_rare_read(const struct monitor *m, uint32_t series);
struct series_rare *monitor_rare(struct monitor *m, uint32_t series);
/* Sets and clears flags of a series, and keeps the count of those that make attempts. */
void monitor_flags(struct monitor *m, uint32_t series, unsigned set, unsigned clear);
/* A slot that is not in use is as the configuration has it. */
void monitor_pause_slot(struct monitor *m, uint32_t series, bool paused);
/* Series slots of a target without those not in use: calls for s from *s on; false at the end. */
bool monitor_next_slot(const struct monitor *m, uint32_t target, uint32_t *s);

/* monitor_layout.c: fills the offsets of m from the settings; write: the series' own too, in an
 * arena that m begins. Returns the bytes, SIZE_MAX: not addressable. */
size_t monitor_layout(struct monitor *m, const struct settings *settings, bool write);

/* monitor_address.c: the table from address to series. */
void addrs_insert(struct monitor *m, uint32_t series);
void addrs_remove(struct monitor *m, nsec_t now_ns, uint32_t series);
uint32_t addrs_find(const struct monitor *m, const struct addr *address);
/* Remembers that a series of an engine (NONE in m, when a reload removed it) left its address. */
void addrs_remember(struct monitor *m, nsec_t now_ns, uint32_t series, const struct monitor *of,
    uint32_t series_there);
/* The newest flight to an address with this flow (FLOW_ANY: whichever) and sequence, for packets
 * without a number that came at when_ns; short_only: only of probes too short for a number. NULL
 * with walk_steps at 0: one that is in time may have been missed. */
#define FLOW_ANY 255
struct flight *addrs_flight(struct monitor *m, const struct addr *address, uint8_t flow,
    uint16_t seq, nsec_t when_ns, bool short_only);

/* Probes of a series sent at or after since_ns that were lost and whose reply may still come late;
 * UINT32_MAX: too many to look at. */
uint32_t addrs_open_losses(struct monitor *m, uint32_t series, nsec_t since_ns);

/* monitor_detail.c: the ring of full records. */
struct detail *detail_begin(struct monitor *m, nsec_t now_ns, uint32_t series);
struct detail *detail_of_flight(const struct monitor *m, const struct flight *flight);
void detail_move(struct monitor *m, uint32_t to, const struct monitor *old, uint32_t from);
/* The low bits of the slot in the new ring of a flight that moves. */
uint16_t detail_moved_slot(
    const struct monitor *m, uint32_t to, const struct monitor *old, const struct flight *flight);

/* monitor_judge.c */
struct decision {
	enum outcome outcome;
	nsec_t rtt_ns; /* -1: none */
	int16_t ttl;
	struct cause cause;
};
void judge_decide(
    struct monitor *m, nsec_t now_ns, struct flight *flight, const struct decision *decision);
/* A reply after the deadline: of one that is decided, or not yet judged. */
void judge_late(struct monitor *m, struct flight *flight, nsec_t rtt_ns);
void judge_settle(struct monitor *m, nsec_t now_ns, uint32_t series);
void judge_append(struct monitor *m, uint32_t series, nsec_t due_ns, uint32_t sample);
void judge_append_gap(
    struct monitor *m, uint32_t series, enum sample_code code, uint64_t n, nsec_t last_due_ns);
/* n attempts that never became packets. */
void judge_unsent(
    struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause, uint64_t n);
/* Writes the bins of the minutes up to until, from the ring. */
void judge_write_bins(struct monitor *m, uint32_t series, uint32_t until);

/* monitor_send.c */
/* A flight of a series that has an address; false when too many are undecided. */
bool send_launch(struct monitor *m, nsec_t now_ns, uint32_t series, enum probe_kind kind,
    uint8_t flow, struct probe_out *out);
/* What stands in the way of a packet before the kernel is asked; CAUSE_NONE: nothing. */
struct cause send_obstacle(const struct monitor *m, uint32_t series);
/* The attempt that waits, as a flight of its own; false when too many are undecided. */
bool send_again(struct monitor *m, uint32_t series, struct probe_out *out);
/* Takes a flight that never left out of the chain of its series. */
void send_forget(struct monitor *m, struct flight *flight);
/* The attempt that this flight was for is unsent, and counted. */
void send_unsent(struct monitor *m, nsec_t now_ns, const struct flight *flight,
    const struct cause *cause, int32_t mtu);
/* Tells when the sending of a series begins to fail, or fails in another way. */
void send_note_error(
    struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause, int32_t mtu);

/* monitor_wait.c: attempts that the kernel had no room for. */
/* Whether one that was refused with this errno is to be made again. */
bool wait_may(const struct monitor *m, nsec_t now_ns, const struct flight *flight, int error);
/* Ends the flight. Of several that had waited before, the last comes first. */
void wait_add(struct monitor *m, nsec_t now_ns, struct flight *flight, int error);
size_t wait_next(struct monitor *m, nsec_t now_ns, struct probe_out out[], size_t cap);
/* When the next is to be offered, NSEC_NEVER: none waits. */
nsec_t wait_wake_ns(const struct monitor *m);
void wait_expire(struct monitor *m, nsec_t now_ns);
/* A series moves to another engine, with what it waits with. */
void wait_requeue(struct monitor *m, uint32_t to, const struct monitor *old, uint32_t from);
/* What the series waits with is unsent. */
void wait_give_up(struct monitor *m, nsec_t now_ns, uint32_t series);

/* monitor_receive.c */
bool receive_is_ours(const struct monitor *m, uint16_t id);
/* When a packet came, as far as that can be known. */
nsec_t receive_when(const struct monitor *m, const struct rx_meta *meta);
/* Something in our id block was refused; series: that it is put down to, NONE: none. */
void receive_foreign(struct monitor *m, uint32_t series);
/* The flight with this number, when sequence and flow are its own too; NULL: none. */
struct flight *receive_numbered(struct monitor *m, uint64_t number, uint16_t seq, uint8_t flow);
/* Whether so long after the probe left we still tell what comes for it. */
bool receive_is_kept(
    const struct monitor *m, const struct rx_meta *meta, const struct flight *flight);

/* monitor_error.c */
void error_annotate(struct monitor *m, const struct rx_meta *meta, uint8_t type, uint8_t code,
    const struct icmp_quote *quote);

/* monitor_deadline.c */
void deadline_blind(
    struct monitor *m, nsec_t from_ns, nsec_t until_ns, uint8_t families, enum cause_kind cause);

/* monitor_flow.c: flows, their ids and sequences, and the test for a stuck one. */
uint8_t flow_next(struct monitor *m, uint32_t series, uint8_t flows);
uint16_t flow_sequence(struct monitor *m, uint32_t series, uint8_t flow);
void flow_lost(struct monitor *m, nsec_t now_ns, const struct flight *flight);
void flow_alive(struct monitor *m, const struct flight *flight);
bool flow_test_pends(const struct monitor *m, nsec_t now_ns, uint32_t series);
/* The next series whose flow is to be tested, NONE: none; *ret_flow: with which flow. */
uint32_t flow_test_next(struct monitor *m, uint8_t *ret_flow);
void flow_test_sent(struct monitor *m, const struct flight *flight);
void flow_test_replied(struct monitor *m, struct flight *flight, nsec_t rtt_ns, int16_t ttl);
void flow_test_ended(
    struct monitor *m, nsec_t now_ns, struct flight *flight, const struct decision *decision);
void flow_test_cancel(struct monitor *m, uint32_t series);
void flow_test_requeue(struct monitor *m, uint32_t series);

/* monitor_responders.c: who answers, where many may. */
/* A reply in time; false: it has answered this probe before. */
bool responders_note(struct monitor *m, const struct flight *flight, const struct rx_meta *meta,
    nsec_t rtt_ns, int16_t ttl);
void responders_clear(struct monitor *m, uint32_t series);
void responders_move(struct monitor *m, uint32_t to, const struct monitor *old, uint32_t from);
/* NULL: of this series there are none. */
struct responders *responders_of(const struct monitor *m, uint32_t series);

/* monitor_health.c */
void health_update(struct monitor *m, nsec_t now_ns, uint32_t series);
void health_set(struct monitor *m, nsec_t now_ns, uint32_t series, enum state state,
    enum state_why why, const char *reason, uint32_t alarm);
/* Why the state is as it is, at this moment. */
void health_reason(struct monitor *m, nsec_t now_ns, uint32_t series, char *reason, size_t bytes);
void health_blind(
    struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause, uint64_t n);
void health_seeing(struct monitor *m, uint32_t series);
void health_pause(struct monitor *m, nsec_t now_ns, uint32_t series, bool paused,
    enum state_why why, const char *reason);
void health_housekeeping(struct monitor *m, nsec_t now_ns);
uint64_t monitor_emit(struct monitor *m, nsec_t now_ns, struct event *event, uint32_t series);

/* monitor_alarm.c */
/* Raises and clears; returns the worst state that an active alarm asks for and which alarm that is
 * (NONE: none). cleared: the alarm that was cleared by this, NONE: none. */
enum state alarm_judge(
    struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t *ret_alarm, uint32_t *ret_cleared);
/* Without judging: what the active ones ask for. */
enum state alarm_worst(const struct monitor *m, uint32_t series, uint32_t *ret_alarm);
/* "loss 6.7% > 5% over 1m": what the raise or clear condition of an alarm sees. */
void alarm_reason(struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t a, bool raise,
    char *reason, size_t bytes);
void alarm_figures(
    struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t a, bool raise, struct event *event);
/* Nothing that was counted so far speaks for or against any alarm; those active are cleared. */
void alarm_forget(struct monitor *m, nsec_t now_ns, uint32_t series, const char *why);

/* monitor_group.c */
enum state group_target_state(const struct monitor *m, uint32_t target);
/* A target of the group changed from one state to another. */
void group_changed(struct monitor *m, nsec_t now_ns, uint32_t target, enum state was);
enum state group_state_now(const struct monitor *m, uint32_t group);
void group_count_members(struct monitor *m);
/* The nearest parent that is down, NONE: none. */
uint32_t group_parent_down(const struct monitor *m, uint32_t target);

/* monitor_names.c */
void names_housekeeping(struct monitor *m, nsec_t now_ns);

/* monitor_report.c */
void report_totals(const struct monitor *m, uint32_t series, struct totals *ret_totals);
void report_totals_add(struct totals *sum, const struct totals *t, int sign);

/* monitor_window.c */
/* A window that the ring does not hold comes from the bins, in whole minutes. */
void report_window(struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t window_ns,
    struct sample_window *ret_window);
/* Columns that the ring does not hold come from the bin of the minute that the column is in the
 * middle of. */
void report_strip(
    struct monitor *m, nsec_t now_ns, uint32_t series, struct sample_column columns[]);

#endif
