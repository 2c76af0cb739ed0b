/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The engine: all targets, probes in flight, states and events in one arena, and the border through
 * which time and bytes come in and packets, events and reports go out. It never calls out,
 * allocates or reads a clock.
 *
 * The order of a turn is part of the contract: drain the error queues, drain the sockets
 * (monitor_on_datagram), read the drop counters (monitor_on_queue_drops), monitor_advance, then
 * monitor_next_send / monitor_on_sent until it gives nothing, then monitor_next_event, then sleep
 * until monitor_next_wake_ns.
 */
#ifndef ICMPMON_CORE_MONITOR_H
#define ICMPMON_CORE_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/probe.h"
#include "core/report.h"
#include "core/settings.h"
#include "core/siphash.h"
#include "core/units.h"

#define MONITOR_IDS 32 /* the aligned block of ICMP ids */
#define MONITOR_TURN_SENDS_MAX 128

struct monitor; /* lies at the start of the arena */

/* Who we are on the wire; drawn once and kept over restarts. */
struct monitor_identity {
	struct siphash_key key;
	uint16_t id_first; /* multiple of MONITOR_IDS */
	uint32_t epoch; /* 24 bits, random at each start */
	uint64_t seed; /* of all other randomness (phases, first sequences) */
};

/* Bytes that the settings take, or 0 when they cannot be addressed. */
size_t monitor_arena_bytes(const struct settings *settings);
/* Of them, those that are touched while nothing odd happens (no loss, no error): what a daemon
 * whose arena is fresh memory of the kernel will have resident once all rings are full. */
size_t monitor_usual_bytes(const struct settings *settings);

/* Builds an engine in arena (at least monitor_arena_bytes, 64-byte aligned, zeroed). settings must
 * outlive it. wall_ns: nanoseconds since 1970 at now_ns. */
struct monitor *monitor_init(void *arena, const struct settings *settings,
    const struct monitor_identity *identity, nsec_t now_ns, nsec_t wall_ns);

/* Builds an engine with other settings in a second arena, and moves into it what goes on: series
 * whose name, host, family, source, mark and probe are unchanged keep counters, state, alarms,
 * flights; samples too. Adds a RELOAD event. The old engine is dead afterwards. */
struct monitor *monitor_apply(
    void *arena, const struct settings *settings, struct monitor *old, nsec_t now_ns);

/* The wall clock minus the monotonic one, for the times in reports and events; call it once a turn.
 */
void monitor_set_wall(struct monitor *m, nsec_t now_ns, nsec_t wall_ns);

/* Packets that the receive buffers of our sockets hold, the smaller of the families; wake-ups keep
 * it under half full. */
void monitor_set_receive_capacity(struct monitor *m, uint32_t packets);

/* Names. target is the index in settings (not the series). n addresses (at most
 * SETTINGS_ADDRESSES_MAX) replace the former ones; with error != 0 (n = 0) the last good stay and
 * why tells what failed. ifindex of an interface source, 0: none. */
void monitor_on_address(struct monitor *m, nsec_t now_ns, uint32_t target,
    const struct addr addresses[], size_t n, int error, const char *why);
void monitor_on_source(struct monitor *m, uint32_t target, uint32_t ifindex, bool missing);

void monitor_on_datagram(
    struct monitor *m, const struct rx_meta *meta, const uint8_t *bytes, size_t len);
/* Only to be faster: what monitor_on_datagram will look at for these packets, before they are
 * handed over one by one. */
void monitor_prefetch(const struct monitor *m, const struct rx_meta meta[],
    const uint8_t *const bytes[], const size_t len[], size_t n);
/* An ICMP error that came by a socket's error queue: type and code, who sent it (meta->from), where
 * our request was going, and the request as quoted, from its ICMP header on. */
void monitor_on_error(struct monitor *m, const struct rx_meta *meta, uint8_t type, uint8_t code,
    const struct addr *to, const uint8_t *request, size_t len);
void monitor_on_sent(struct monitor *m, const struct probe_sent sent[], size_t n);
void monitor_on_tx_stamp(struct monitor *m, uint64_t number, nsec_t tx_ns);

/* n packets of a family were dropped by our receive queue between two readings of its counter. */
void monitor_on_queue_drops(
    struct monitor *m, uint8_t family, nsec_t since_ns, nsec_t until_ns, uint64_t n);

enum gap_why { GAP_STALL, GAP_SUSPEND, GAP_RESTART };
/* to_ns: now. from_ns: so long before it as the gap lasted; a sleep's length is that of
 * CLOCK_BOOTTIME, which the monotonic clock did not count. Call it before the datagrams of the turn
 * are handed over. */
void monitor_on_gap(struct monitor *m, nsec_t from_ns, nsec_t to_ns, enum gap_why why);
void monitor_on_clock_step(struct monitor *m, nsec_t now_ns, nsec_t step_ns);

/* Judges deadlines up to drained_ns (now when the queues were seen empty, else the last packet's
 * stamp). */
void monitor_advance(struct monitor *m, nsec_t now_ns, nsec_t drained_ns);

/* The next packets to send, at most cap (and PROBE_BATCH_MAX), 0 when nothing is due or the turn's
 * limit is reached. Every one must be reported by monitor_on_sent before the next call. */
size_t monitor_next_send(struct monitor *m, nsec_t now_ns, struct probe_out out[], size_t cap);

/* When the next turn is needed: never sooner than 1 ms after the last turn. NSEC_NEVER: nothing to
 * do. */
nsec_t monitor_next_wake_ns(const struct monitor *m);

/* Copies the next event that the caller has not seen yet; false when there is none. A reader that
 * falls behind the journal continues at the oldest. */
bool monitor_next_event(struct monitor *m, struct event *ret_event);
const struct event_journal *monitor_journal(const struct monitor *m);

/* Commands. Return 0 or -ENOENT. for_ns 0: until resumed. why is copied (bounded). */
int monitor_pause(
    struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t for_ns, const char *why);
int monitor_resume(struct monitor *m, nsec_t now_ns, uint32_t series);
/* Adds a RELOAD event for a refused configuration. */
void monitor_note_reload_failed(struct monitor *m, nsec_t now_ns, const char *why);
void monitor_note_start(struct monitor *m, nsec_t now_ns);

/* Reports. series runs from 0 to monitor_series_max - 1; false: this slot is not in use. */
uint32_t monitor_series_max(const struct monitor *m);
bool monitor_series_find(const struct monitor *m, const char *name, uint32_t *ret_series);
/* The configuration of a series below monitor_series_max; valid until the next reload. */
const struct settings_target *monitor_series_target(const struct monitor *m, uint32_t series);
bool monitor_series_state(const struct monitor *m, uint32_t series, enum state *ret_state);
/* windows_ns: up to REPORT_WINDOWS_MAX windows. parts: enum report_parts. */
bool monitor_report(struct monitor *m, nsec_t now_ns, uint32_t series, const nsec_t windows_ns[],
    uint32_t n_windows, unsigned parts, struct report *ret_report);
/* Up to n newest records of the detail ring, oldest first. Returns how many. */
uint32_t monitor_report_probes(const struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t n,
    struct report_probe probes[]);
void monitor_report_status(
    const struct monitor *m, nsec_t now_ns, struct report_status *ret_status);
/* The groups of the settings in order; after the last one, with the name "", the targets of none,
 * when there are any. */
bool monitor_report_group(const struct monitor *m, uint32_t group, struct report_group *ret_group);
const struct settings *monitor_settings(const struct monitor *m);

/* For the simulation and tests: checks every sum, and deep: every link and sample; on failure
 * returns false and names the broken rule. */
bool monitor_check(struct monitor *m, bool deep, char *why, size_t why_bytes);

#endif
