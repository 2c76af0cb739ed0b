/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Which probes of a target's ring are new, seen from answer to answer: each is shown once, when it
 * is decided. A probe is known by its kind, flow and sequence; answers hold the youngest probes of
 * the ring in the order of sending. It refuses to know JSON and requests.
 */
#ifndef ICMPMON_CTL_PROBE_LOG_H
#define ICMPMON_CTL_PROBE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

struct probe_entry {
	nsec_t sent_wall_ns;
	uint32_t seq, flow;
	uint32_t kind; /* any number that tells kinds apart */
	bool decided;
	bool show; /* set by probe_log_update: now, for the first time */
	bool shown; /* set by it too: now or before */
};

struct probe_log {
	struct probe_entry *last; /* the answer before */
	size_t n;
	size_t wanted;
};

void probe_log_init(struct probe_log *log);
void probe_log_done(struct probe_log *log);

/* Judges an answer. False when nothing of the one before is in it: there may have been probes
 * between them, and all of it is shown. */
bool probe_log_update(struct probe_log *log, struct probe_entry entries[], size_t n);

/* How many probes the next answer should hold: those from the oldest undecided one on, and twice as
 * many new ones as this time. */
size_t probe_log_wanted(const struct probe_log *log);

#endif
