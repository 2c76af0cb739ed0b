/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Which probes of a target's ring are new, seen from answer to answer: each is shown once, when it
 * is decided. A probe is known by its kind, flow and sequence; the ring is in order of sending. It
 * refuses to know JSON and requests.
 */
#ifndef ICMPMON_CTL_PROBE_LOG_H
#define ICMPMON_CTL_PROBE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

struct probe_key {
	nsec_t sent_wall_ns;
	uint32_t seq;
	uint32_t flow;
	uint32_t kind; /* any number that tells kinds apart */
};

struct probe_mark {
	struct probe_key key;
	bool shown;
};

struct probe_marks {
	struct probe_mark *marks;
	size_t n, cap;
};

struct probe_log {
	struct probe_marks last, now; /* answers */
	size_t cursor; /* in last: all before it are matched */
	size_t n_matched, n_shown;
};

void probe_log_init(struct probe_log *log);
void probe_log_done(struct probe_log *log);

/* The next answer begins. */
void probe_log_begin(struct probe_log *log);

/* Its next probe, in the order of the ring. True when it is to be shown now: decided and new. */
bool probe_log_take(struct probe_log *log, const struct probe_key *key, bool decided);

/* True when nothing of the answer before is in this one: there may have been probes between them.
 */
bool probe_log_missed(const struct probe_log *log);

/* How many probes the next answer should hold: those from the oldest undecided one on, and twice as
 * many new ones as this time. */
size_t probe_log_wanted(const struct probe_log *log);

#endif
