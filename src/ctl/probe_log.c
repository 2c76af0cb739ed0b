/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Both answers are in order of sending, so one cursor walks the older one. What stands before the
 * first probe that both have is older than all that was asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/memory.h"
#include "ctl/probe_log.h"

#define SAME_WITHIN_NS NSEC_PER_HOUR /* a sequence comes again later; a clock step is shorter */
#define WANTED_MIN 64

void
probe_log_init(struct probe_log *log)
{
	*log = (struct probe_log){.wanted = WANTED_MIN};
}

void
probe_log_done(struct probe_log *log)
{
	free(log->last);
	probe_log_init(log);
}

static bool
same(const struct probe_entry *a, const struct probe_entry *b)
{
	nsec_t apart_ns = nsec_sub(a->sent_wall_ns, b->sent_wall_ns);

	return a->seq == b->seq && a->flow == b->flow && a->kind == b->kind &&
	       apart_ns < SAME_WITHIN_NS && apart_ns > -SAME_WITHIN_NS;
}

/* The entry in the answer before, looked for from *cursor on, which then stands behind it. */
static const struct probe_entry *
find(const struct probe_log *log, const struct probe_entry *entry, size_t *cursor)
{
	for (size_t i = *cursor; i < log->n; i++) {
		if (!same(&log->last[i], entry))
			continue;
		*cursor = i + 1;
		return &log->last[i];
	}
	return NULL;
}

bool
probe_log_update(struct probe_log *log, struct probe_entry entries[], size_t n)
{
	size_t cursor = 0, first_known = n, first_open = n, n_show = 0;

	for (size_t i = 0; i < n; i++) {
		const struct probe_entry *before = find(log, &entries[i], &cursor);

		if (before != NULL && first_known == n)
			first_known = i;
		entries[i].shown = before != NULL && before->shown;
	}
	for (size_t i = 0; i < n; i++) {
		bool old = first_known < n && i < first_known;

		entries[i].show = entries[i].decided && !entries[i].shown && !old;
		entries[i].shown |= entries[i].show || old;
		n_show += entries[i].show;
		if (!entries[i].shown && first_open == n)
			first_open = i;
	}
	log->wanted = n - first_open + 2 * n_show + WANTED_MIN;
	cursor = log->n;
	log->last = memory_resize(log->last, n, sizeof(*log->last));
	memcpy(log->last, entries, n * sizeof(*log->last));
	log->n = n;
	return cursor == 0 || n == 0 || first_known < n;
}

size_t
probe_log_wanted(const struct probe_log *log)
{
	return log->wanted;
}
