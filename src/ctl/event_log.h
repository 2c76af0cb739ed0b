/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Which events of a stream are new, over reconnections and restarts of the daemon. When it goes on
 * after a break it asks for the event that came last once more: if that is still the same one, what
 * follows is new; if it is another one under the same number, the daemon's journal began anew. It
 * refuses to know JSON and requests.
 */
#ifndef ICMPMON_CTL_EVENT_LOG_H
#define ICMPMON_CTL_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/units.h"

struct event_log {
	uint64_t last_id; /* 0: none yet */
	nsec_t last_wall_ns;
	bool again; /* the event that came last is asked for once more */
};

enum event_verdict {
	EVENT_NEW,
	EVENT_SEEN,
	EVENT_OTHER_JOURNAL, /* initialize the log and ask again from the beginning */
};

void event_log_init(struct event_log *log);

/* After a break: the event after which the next request begins. False: there was none yet. */
bool event_log_resume(struct event_log *log, uint64_t *ret_since);

/* The next event of the stream. */
enum event_verdict event_log_take(struct event_log *log, uint64_t id, nsec_t wall_ns);

/* Events *from..to are no longer held. Returns how many of them were never seen; *from is raised to
 * the first of these. */
uint64_t event_log_gap(struct event_log *log, uint64_t *from, uint64_t to);

#endif
