/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/event_log.h.
 */
#include "ctl/event_log.h"

void
event_log_init(struct event_log *log)
{
	*log = (struct event_log){0};
}

bool
event_log_resume(struct event_log *log, uint64_t *ret_since)
{
	if (log->last_id == 0)
		return false;
	log->again = true;
	*ret_since = log->last_id - 1;
	return true;
}

enum event_verdict
event_log_take(struct event_log *log, uint64_t id, nsec_t wall_ns)
{
	if (log->again && (id != log->last_id || wall_ns != log->last_wall_ns))
		return EVENT_OTHER_JOURNAL;
	log->again = false;
	if (id <= log->last_id)
		return EVENT_SEEN;
	log->last_id = id;
	log->last_wall_ns = wall_ns;
	return EVENT_NEW;
}

uint64_t
event_log_gap(struct event_log *log, uint64_t *from, uint64_t to)
{
	if (*from <= log->last_id)
		*from = log->last_id + 1;
	if (to < *from)
		return 0;
	log->last_id = to;
	log->again = false;
	return to - *from + 1;
}
