/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The server as a whole: its life, its three timers, and what the daemon tells it. One event does
 * all work: each turn of the loop one connection begins an answer or sends one slice, so that any
 * number of clients delays a probe by one slice at most.
 */
#include "shell/http.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "shell/http_internal.h"

nsec_t
http_now(const struct http *h)
{
	return h->source.now(h->source.arg);
}

static struct timeval
timeval_of(nsec_t ns)
{
	return (struct timeval){.tv_sec = ns / NSEC_PER_SEC,
	    .tv_usec = (ns % NSEC_PER_SEC + NSEC_PER_USEC - 1) / NSEC_PER_USEC};
}

void
http_sweep_by(struct http *h, nsec_t at_ns)
{
	/* The loop's clock may lag behind ours by a few milliseconds: never less than one. */
	struct timeval tv = timeval_of(nsec_max(nsec_sub(at_ns, http_now(h)), NSEC_PER_MSEC));

	if (at_ns >= h->sweep_ns)
		return;
	h->sweep_ns = at_ns;
	(void)event_add(h->sweep, &tv); /* only fails without memory; then the next one sweeps */
}

void
http_work_soon(struct http *h)
{
	/* A timer and not event_active: so the loop looks at all else before the next slice. */
	if (!TAILQ_EMPTY(&h->ready) && !event_pending(h->work, EV_TIMEOUT, NULL))
		(void)event_add(h->work, &(struct timeval){0}); /* as above */
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	if (!TAILQ_EMPTY(&h->ready))
		http_conn_step(TAILQ_FIRST(&h->ready));
	http_work_soon(h);
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	nsec_t now = http_now(h), next_ns = NSEC_NEVER;

	(void)fd;
	(void)what;
	h->sweep_ns = NSEC_NEVER;
	for (struct http_conn *c = TAILQ_FIRST(&h->conns), *next; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		if (c->deadline_ns <= now)
			http_conn_expire(c);
		else
			next_ns = nsec_min(next_ns, c->deadline_ns);
	}
	if (next_ns != NSEC_NEVER)
		http_sweep_by(h, next_ns);
	http_listen_update(h);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	h->paused = false;
	http_listen_update(h);
}

static nsec_t
or_default(nsec_t limit_ns, nsec_t default_ns)
{
	return limit_ns > 0 ? limit_ns : default_ns;
}

static struct http_limits
limits_of(const struct http_limits *limits)
{
	return (struct http_limits){
	    .request_deadline_ns =
		or_default(limits->request_deadline_ns, HTTP_REQUEST_DEADLINE_NS),
	    .idle_ns = or_default(limits->idle_ns, HTTP_IDLE_NS),
	    .make_way_ns = or_default(limits->make_way_ns, HTTP_MAKE_WAY_NS),
	    .stall_ns = or_default(limits->stall_ns, HTTP_STALL_NS),
	    .linger_ns = or_default(limits->linger_ns, HTTP_LINGER_NS),
	    .keep_alive_ns = or_default(limits->keep_alive_ns, HTTP_KEEP_ALIVE_NS),
	    .accept_pause_ns = or_default(limits->accept_pause_ns, HTTP_ACCEPT_PAUSE_NS),
	};
}

struct event *
http_event_new(
    struct http *h, int fd, short what, void (*call)(int fd, short what, void *arg), void *arg)
{
	struct event *event = event_new(h->base, fd, what, call, arg);

	if (event != NULL && h->priority >= 0)
		(void)event_priority_set(
		    event, h->priority); /* out of range: the base's default is as good */
	return event;
}

int
http_new(struct http **ret, void *event_base, const struct http_options *options, pid_t *ret_owner)
{
	struct http *h = calloc(1, sizeof(*h));
	pid_t owner = 0;
	int r = -ENOMEM;

	if (h == NULL)
		goto cleanup;
	h->base = event_base;
	h->priority = options->priority;
	h->source = options->source;
	h->limits = limits_of(&options->limits);
	h->admin_gid = options->admin_gid;
	h->sweep_ns = NSEC_NEVER;
	TAILQ_INIT(&h->conns);
	TAILQ_INIT(&h->ready);
	if (gethostname(h->machine, sizeof(h->machine) - 1) < 0)
		h->machine[0] = '\0';
	h->resume = http_event_new(h, -1, 0, on_resume, h);
	h->work = http_event_new(h, -1, 0, on_work, h);
	h->sweep = http_event_new(h, -1, 0, on_sweep, h);
	if (h->resume == NULL || h->work == NULL || h->sweep == NULL)
		goto cleanup;
	r = http_listen_open(h, options, &owner);
	if (r < 0)
		goto cleanup;
	http_listen_update(h);
	*ret = h;
	h = NULL;
cleanup:
	if (ret_owner != NULL)
		*ret_owner = owner;
	if (h != NULL) {
		http_listen_close(h, false);
		http_free(h);
	}
	return r;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (!TAILQ_EMPTY(&h->conns))
		http_conn_close(TAILQ_FIRST(&h->conns));
	http_unix_remove(h);
	http_listen_close(h, true);
	if (h->resume != NULL)
		event_free(h->resume);
	if (h->work != NULL)
		event_free(h->work);
	if (h->sweep != NULL)
		event_free(h->sweep);
	free(h);
}

void
http_reload_done(struct http *h, bool ok, const char *errors_text)
{
	for (struct http_conn *c = TAILQ_FIRST(&h->conns); c != NULL; c = TAILQ_NEXT(c, all)) {
		if (!c->x.awaits_reload)
			continue;
		http_reload_answer(&c->x, ok, errors_text);
		http_conn_wake(c);
	}
}

void
http_engine_changed(struct http *h)
{
	for (struct http_conn *c = TAILQ_FIRST(&h->conns), *next; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		http_conn_engine_changed(c);
	}
}

void
http_events_ready(struct http *h)
{
	if (h->n_followers == 0)
		return;
	for (struct http_conn *c = TAILQ_FIRST(&h->conns); c != NULL; c = TAILQ_NEXT(c, all)) {
		if (c->x.follows)
			http_conn_wake(c);
	}
}

void
http_set_admin_gid(struct http *h, int64_t admin_gid)
{
	h->admin_gid = admin_gid;
}

uint32_t
http_connections(const struct http *h)
{
	return h->n_conns;
}

struct http_counters
http_counters(const struct http *h)
{
	return h->counters;
}
