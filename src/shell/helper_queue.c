/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The actions that the daemon wants to be run. They wait here and not in the helper: its socket
 * holds a few hundred messages only, and what waits outlives a helper that was killed.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "shell/helper_internal.h"

/* Bytes of words with their NULs; more than a message holds counts as such, however many. */
static size_t
words_bytes(const char *const *words, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n && bytes <= HELPER_STRINGS_MAX_BYTES; i++)
		bytes += strlen(words[i]) + 1;
	return bytes;
}

static char *
put_words(char *to, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to = stpcpy(to, words[i]) + 1;
	return to;
}

int
helper_queue_add(struct helper_queue *q, const struct helper_action *action, uint32_t number)
{
	struct helper_queued *queued, **end = &q->first;
	size_t bytes;
	char *to;

	if (action->argc == 0 || action->argc > HELPER_ARGS_MAX || action->envc > HELPER_ENV_MAX)
		return -E2BIG;
	bytes = words_bytes(&action->target, 1) + words_bytes(action->argv, action->argc) +
		words_bytes(action->env, action->envc);
	if (bytes > HELPER_STRINGS_MAX_BYTES)
		return -E2BIG;
	if (q->waiting >= HELPER_ACTIONS_QUEUED_MAX)
		return -EAGAIN;
	queued = calloc(1, sizeof(*queued) + bytes);
	if (queued == NULL)
		return -ENOMEM;
	queued->bytes = sizeof(queued->request) + bytes;
	queued->request = (struct helper_request){.task = HELPER_TASK_RUN,
	    .number = number,
	    .argc = (uint32_t)action->argc,
	    .envc = (uint32_t)action->envc};
	to = put_words(queued->strings, &action->target, 1);
	to = put_words(to, action->argv, action->argc);
	(void)put_words(to, action->env, action->envc);
	while (*end != NULL)
		end = &(*end)->next;
	*end = queued;
	q->waiting++;
	return 0;
}

struct helper_queued *
helper_queue_ready(struct helper_queue *q)
{
	const struct helper_queued *running[HELPER_ACTIONS_MAX];
	size_t n = 0;

	if (q->waiting == 0 || q->running >= HELPER_ACTIONS_MAX)
		return NULL;
	for (const struct helper_queued *r = q->first; r != NULL; r = r->next) {
		if (r->running)
			running[n++] = r;
	}
	/* An earlier one of the same target that still waits does so because one of that target
	 * runs, so those that run are all that need to be looked at. */
	for (struct helper_queued *w = q->first; w != NULL; w = w->next) {
		bool busy = w->running;

		for (size_t i = 0; i < n && !busy; i++)
			busy = strcmp(running[i]->strings, w->strings) == 0;
		if (!busy)
			return w;
	}
	return NULL;
}

void
helper_queue_started(struct helper_queue *q, struct helper_queued *queued, nsec_t limit_ns)
{
	queued->running = true;
	queued->limit_ns = limit_ns;
	q->waiting--;
	q->running++;
}

/* Takes *at out of the queue. */
static void
forget(struct helper_queue *q, struct helper_queued **at)
{
	struct helper_queued *queued = *at;

	*at = queued->next;
	if (queued->running)
		q->running--;
	else
		q->waiting--;
	free(queued);
}

void
helper_queue_grouped(struct helper_queue *q, uint32_t number, pid_t group)
{
	for (struct helper_queued *r = q->first; r != NULL; r = r->next) {
		if (r->running && r->request.number == number)
			r->group = group;
	}
}

bool
helper_queue_ended(struct helper_queue *q, uint32_t number)
{
	for (struct helper_queued **at = &q->first; *at != NULL; at = &(*at)->next) {
		if ((*at)->running && (*at)->request.number == number) {
			forget(q, at);
			return true;
		}
	}
	return false;
}

size_t
helper_queue_lose(struct helper_queue *q)
{
	size_t lost = q->running;

	for (struct helper_queued **at = &q->first; *at != NULL;) {
		if (!(*at)->running) {
			at = &(*at)->next;
			continue;
		}
		/* Its leader was killed with the helper, what it started was not. The number is
		 * given out again only when none of the group is left. */
		if ((*at)->group > 0)
			(void)kill(-(*at)->group, SIGKILL);
		forget(q, at);
	}
	return lost;
}

nsec_t
helper_queue_limit_ns(const struct helper_queue *q)
{
	nsec_t limit_ns = NSEC_NEVER;

	for (const struct helper_queued *r = q->first; r != NULL; r = r->next) {
		if (r->running)
			limit_ns = nsec_min(limit_ns, r->limit_ns);
	}
	return limit_ns;
}

void
helper_queue_done(struct helper_queue *q)
{
	while (q->first != NULL)
		forget(q, &q->first);
}
