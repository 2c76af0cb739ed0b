/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/resolve.h: the targets' hosts in a table of names, one timer for all that is
 * due, and the pace at which look-ups start.
 */
#include "shell/resolve.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/dns.h>
#include <event2/event.h>

#include "shell/clock.h"
#include "shell/resolve_internal.h"

/* Tunables.
 * BURST_NS    look-ups that became due are started in groups of what the pace allows in this time
 */
#define BURST_NS (20 * NSEC_PER_MSEC)

static void
on_evdns_message(int is_warning, const char *message)
{
	(void)is_warning;
	(void)message; /* of single servers and packets, without a limit: answers tell in words */
}

static void
set_defaults(struct resolve_options *o)
{
	struct resolve_tunables *t = &o->tunables;
	const struct {
		nsec_t *ns, value_ns;
	} defaults[] = {
	    {&t->ttl_min_ns, RESOLVE_TTL_MIN_NS},
	    {&t->ttl_max_ns, RESOLVE_TTL_MAX_NS},
	    {&t->retry_min_ns, RESOLVE_RETRY_MIN_NS},
	    {&t->retry_max_ns, RESOLVE_RETRY_MAX_NS},
	    {&t->deadline_ns, RESOLVE_DEADLINE_NS},
	    {&t->silence_ns, RESOLVE_SILENCE_NS},
	    {&t->files_min_ns, RESOLVE_FILES_MIN_NS},
	    {&t->files_max_ns, RESOLVE_FILES_MAX_NS},
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (*defaults[i].ns == 0)
			*defaults[i].ns = defaults[i].value_ns;
	}
	if (t->in_flight_max < RESOLVE_FAMILIES || t->in_flight_max > RESOLVE_IN_FLIGHT_MAX)
		t->in_flight_max = RESOLVE_IN_FLIGHT_MAX;
	if (t->starts_per_s == 0)
		t->starts_per_s = RESOLVE_STARTS_PER_S;
	if (o->resolv_conf == NULL)
		o->resolv_conf = "/etc/resolv.conf";
	if (o->hosts == NULL)
		o->hosts = "/etc/hosts";
}

/* Interfaces at most as often as files; failed names not more often than the first pause. */
static void
follow_network(struct resolve *r, nsec_t now_ns)
{
	if (r->scopes_changed && now_ns >= r->scopes_ns) {
		r->scopes_changed = false;
		r->scopes_ns = nsec_add(now_ns, r->options.tunables.files_min_ns);
		resolve_follow_scopes(r, false);
		if (r->hosts_scoped)
			resolve_hosts_apply(r, now_ns);
	}
	if (r->network_changed && now_ns >= r->network_ns) {
		r->network_changed = false;
		r->network_ns = nsec_add(now_ns, r->options.tunables.retry_min_ns);
		for (int i = 0; i < r->conf.n_servers; i++) {
			r->conf.servers[i].silent = false;
			r->conf.servers[i].timeouts = 0;
		}
		resolve_try_failed(r, true, now_ns);
	}
}

static bool
room(const struct resolve *r)
{
	return r->n_asking + RESOLVE_FAMILIES <= r->options.tunables.in_flight_max;
}

static void
start_due(struct resolve *r, nsec_t now_ns)
{
	struct resolve_names *names = &r->names;
	nsec_t gap_ns = NSEC_PER_SEC / r->options.tunables.starts_per_s;

	r->next_start_ns = nsec_max(r->next_start_ns, now_ns - BURST_NS);
	while (names->n_heap > 0 && names->names[names->heap[0]].due_ns <= now_ns &&
	       r->next_start_ns <= now_ns && room(r)) {
		uint32_t i = names->heap[0];

		resolve_names_due(names, i, NSEC_NEVER);
		r->next_start_ns += gap_ns;
		resolve_lookup_start(r, i, now_ns);
	}
}

void
resolve_wake(struct resolve *r, nsec_t now_ns)
{
	const struct resolve_names *names = &r->names;
	nsec_t at_ns = resolve_lookups_next_ns(r), wait_ns;
	struct timeval tv;

	if (names->n > 0)
		at_ns = nsec_min(at_ns, nsec_add(r->files_ns, r->options.tunables.files_max_ns));
	if (r->scopes_changed)
		at_ns = nsec_min(at_ns, r->scopes_ns);
	if (r->network_changed)
		at_ns = nsec_min(at_ns, r->network_ns);
	if (names->n_heap > 0 && room(r)) {
		nsec_t start_ns = r->next_start_ns > now_ns ? r->next_start_ns + BURST_NS : now_ns;

		at_ns = nsec_min(at_ns, nsec_max(names->names[names->heap[0]].due_ns, start_ns));
	}
	if (at_ns == NSEC_NEVER) {
		(void)evtimer_del(r->timer); /* what is not pending may be deleted */
		return;
	}
	wait_ns = nsec_max(nsec_sub(at_ns, now_ns), 0);
	tv = (struct timeval){.tv_sec = wait_ns / NSEC_PER_SEC,
	    .tv_usec = (wait_ns % NSEC_PER_SEC + NSEC_PER_USEC - 1) / NSEC_PER_USEC};
	/* Fails only without memory for the loop's heap, which grew when the timer was first set.
	 */
	(void)evtimer_add(r->timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct resolve *r = arg;
	nsec_t now_ns = clock_now_ns();

	(void)fd;
	(void)what;
	resolve_follow_files(r, false, now_ns);
	follow_network(r, now_ns);
	resolve_lookups_expire(r, now_ns);
	start_due(r, now_ns);
	resolve_wake(r, now_ns);
}

int
resolve_new(struct resolve **ret, const struct resolve_options *options)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	r->options = *options;
	set_defaults(&r->options);
	r->timer = evtimer_new(options->base, on_timer, r);
	if (r->timer == NULL) {
		free(r);
		return -ENOMEM;
	}
	for (uint8_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++) {
		r->lookups[i].name = RESOLVE_NONE;
		for (int f = 0; f < RESOLVE_FAMILIES; f++) {
			struct resolve_asking *a = &r->lookups[i].asking[f];

			a->resolve = r;
			a->lookup = i;
			a->family = (uint8_t)f;
		}
	}
	rng_seed(&r->rng, options->seed);
	evdns_set_log_fn(on_evdns_message);
	r->conf.error = 1; /* not read yet; resolve_set does, whether there is a file or not */
	r->conf_stamp.fresh = true;
	*ret = r;
	return 0;
}

void
resolve_free(struct resolve *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++)
		resolve_lookup_drop(r, &r->lookups[i]);
	event_free(r->timer);
	resolve_names_done(&r->names);
	free(r);
}

/* What is known of a name goes over, families that it no longer asks for apart. */
static void
carry_over(struct resolve_name *to, struct resolve_name *from, nsec_t now_ns)
{
	uint8_t asks, asked = resolve_name_asks(from);

	to->known = from->known;
	from->known = NULL;
	to->hosts = from->hosts;
	to->failures = from->failures;
	to->due_ns = from->due_ns;
	asks = resolve_name_asks(to);
	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		to->why[f] = from->why[f];
		to->detail[f] = from->detail[f];
		if (to->kind == RESOLVE_NAME && !((asks | to->hosts) & (1 << f)))
			to->why[f] = RESOLVE_UNASKED;
	}
	if (asks & ~asked)
		to->due_ns = now_ns;
}

/* The look-ups under way follow their names; those whose name is gone, or asks for more now, end.
 */
static void
carry_lookups(struct resolve *r, const struct resolve_names *names)
{
	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++) {
		struct resolve_lookup *l = &r->lookups[i];
		const struct resolve_name *name;
		uint32_t moved;

		if (l->name == RESOLVE_NONE)
			continue;
		name = &r->names.names[l->name];
		moved =
		    resolve_names_find(names, resolve_names_host(&r->names, l->name), name->hash);
		if (moved == RESOLVE_NONE ||
		    (resolve_name_asks(&names->names[moved]) & ~resolve_name_asks(name)) != 0)
			resolve_lookup_drop(r, l);
		else
			l->name = moved;
	}
}

static void
answer_all(struct resolve *r)
{
	const struct settings *settings = r->names.settings;
	const struct settings_target *t = settings_targets(settings);

	for (uint32_t i = 0; i < settings->n_targets; i++) {
		struct addr number;
		enum resolve_kind kind =
		    resolve_host_kind(settings_text(settings, t[i].host), &number);

		if (kind == RESOLVE_NUMERIC)
			resolve_answer_number(r, i, &number);
		if (kind == RESOLVE_BAD)
			resolve_answer_bad(r, i);
	}
	resolve_follow_scopes(r, true);
	for (uint32_t i = 0; i < r->names.n; i++) {
		if (r->names.names[i].hosts == 0) /* the others are answered already */
			resolve_answer_name(r, i);
	}
}

int
resolve_set(struct resolve *r, const struct settings *settings)
{
	nsec_t now_ns = clock_now_ns();
	struct resolve_names names, old;
	int error = resolve_names_build(&names, settings);

	if (error < 0)
		return error;
	for (uint32_t i = 0; i < names.n; i++) {
		struct resolve_name *name = &names.names[i];
		uint32_t from =
		    resolve_names_find(&r->names, resolve_names_host(&names, i), name->hash);

		/* New ones go first, in their order. */
		name->due_ns = i;
		if (from != RESOLVE_NONE)
			carry_over(name, &r->names.names[from], now_ns);
	}
	carry_lookups(r, &names);
	old = r->names;
	r->names = names;
	for (uint32_t i = 0; i < names.n; i++) {
		if (resolve_name_asks(&r->names.names[i]) != 0)
			resolve_names_due(&r->names, i, r->names.names[i].due_ns);
	}
	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++) {
		if (r->lookups[i].name != RESOLVE_NONE)
			resolve_names_due(&r->names, r->lookups[i].name, NSEC_NEVER);
	}
	resolve_names_done(&old);
	resolve_follow_files(r, true, now_ns);
	answer_all(r);
	resolve_wake(r, now_ns);
	return 0;
}

void
resolve_network_changed(struct resolve *r)
{
	r->network_changed = r->scopes_changed = true;
	resolve_wake(r, clock_now_ns());
}

uint64_t
resolve_failures(const struct resolve *r)
{
	return r->failures;
}
