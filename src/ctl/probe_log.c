/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Both answers are in order of sending, so one cursor walks the older one.
 */
#include <stdlib.h>

#include "ctl/memory.h"
#include "ctl/probe_log.h"

#define SAME_WITHIN_NS NSEC_PER_HOUR /* a sequence comes again later; a clock step is shorter */
#define WANTED_MIN 64

void
probe_log_init(struct probe_log *log)
{
	*log = (struct probe_log){0};
}

void
probe_log_done(struct probe_log *log)
{
	free(log->last.marks);
	free(log->now.marks);
	probe_log_init(log);
}

void
probe_log_begin(struct probe_log *log)
{
	struct probe_marks oldest = log->last;

	log->last = log->now;
	log->now = oldest;
	log->now.n = 0;
	log->cursor = log->n_matched = log->n_shown = 0;
}

static bool
same(const struct probe_key *a, const struct probe_key *b)
{
	nsec_t apart_ns = nsec_sub(a->sent_wall_ns, b->sent_wall_ns);

	return a->seq == b->seq && a->flow == b->flow && a->kind == b->kind &&
	       apart_ns < SAME_WITHIN_NS && apart_ns > -SAME_WITHIN_NS;
}

bool
probe_log_take(struct probe_log *log, const struct probe_key *key, bool decided)
{
	struct probe_marks *now = &log->now;
	bool shown = false, show;

	for (size_t i = log->cursor; i < log->last.n; i++) {
		if (!same(&log->last.marks[i].key, key))
			continue;
		shown = log->last.marks[i].shown;
		log->cursor = i + 1;
		log->n_matched++;
		break;
	}
	show = decided && !shown;
	if (now->n == now->cap) {
		now->cap = now->cap == 0 ? 256 : 2 * now->cap;
		now->marks = memory_resize(now->marks, now->cap, sizeof(*now->marks));
	}
	now->marks[now->n++] = (struct probe_mark){.key = *key, .shown = shown || show};
	log->n_shown += show;
	return show;
}

bool
probe_log_missed(const struct probe_log *log)
{
	return log->last.n > 0 && log->now.n > 0 && log->n_matched == 0;
}

size_t
probe_log_wanted(const struct probe_log *log)
{
	size_t i = 0;

	while (i < log->now.n && log->now.marks[i].shown)
		i++;
	return log->now.n - i + 2 * log->n_shown + WANTED_MIN;
}
