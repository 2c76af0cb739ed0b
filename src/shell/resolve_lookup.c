/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Look-ups under way: a name's families asked side by side, server after server, full name after
 * full name of the search list (the next only when both families end without an address), within
 * one deadline. And how long the name waits then. It refuses to know evdns, files and targets.
 */
#include <assert.h>
#include <errno.h>

#include "shell/clock.h"
#include "shell/resolve_internal.h"

/* Tunables.
 * SPREAD          part of a time to live by which it may be prolonged
 * FAILURES_MAX    doublings of the pause after a failure, more than any pause needs */
#define SPREAD 10
#define FAILURES_MAX 32

static void on_reply(void *arg, const struct resolve_reply *reply);

/* Asks the next server, or settles the question with what was noted on the way. */
static void
ask(struct resolve *r, struct resolve_lookup *l, struct resolve_asking *a, nsec_t now_ns)
{
	char name[RESOLVE_NAME_BYTES];
	uint8_t k;

	/* Made before: this candidate exists. */
	(void)resolve_conf_candidate(
	    &r->conf, resolve_names_host(&r->names, l->name), l->candidate, name);
	while ((k = resolve_server_pick(r, l, a, now_ns)) < RESOLVE_SERVERS_MAX) {
		int error = resolve_dns_ask(r->options.base, &r->conf.servers[k], name, a->family,
		    on_reply, a, &a->question);

		a->server = k;
		a->tried |= (uint8_t)(1 << k);
		if (error == 0) {
			nsec_t wait_ns = r->options.tunables.server_ns;

			r->n_asking++;
			a->give_up_ns =
			    nsec_add(now_ns, wait_ns != 0 ? wait_ns : r->conf.server_ns);
			return;
		}
		resolve_asking_note(a, RESOLVE_NO_MEANS, (uint8_t)-error);
	}
	a->settled = true;
}

/* The next full name for all families; false: there is none. */
static bool
ask_candidate(struct resolve *r, struct resolve_lookup *l, nsec_t now_ns)
{
	const char *host = resolve_names_host(&r->names, l->name);
	char name[RESOLVE_NAME_BYTES];

	do {
		if (!resolve_conf_candidate(&r->conf, host, l->candidate, name))
			return false;
		l->candidate += name[0] == '\0'; /* too long a name is none */
	} while (name[0] == '\0');
	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		struct resolve_asking *a = &l->asking[f];

		a->settled = a->timed_out = false;
		a->tried = a->round = a->why = a->detail = 0;
		a->reply.n = 0;
		if (a->wanted)
			ask(r, l, a, now_ns);
	}
	return true;
}

static void
forget_question(struct resolve *r, struct resolve_asking *a)
{
	if (a->question == NULL)
		return;
	a->question = NULL;
	r->n_asking--;
}

/* What the family's question came to: answers make its addresses; a server's failure leaves the
 * former ones where they are. */
static void
learn(struct resolve_name *name, const struct resolve_asking *a, uint8_t why, uint8_t detail)
{
	enum resolve_family f = a->family;

	name->why[f] = why;
	name->detail[f] = detail;
	if (why <= RESOLVE_NO_DATA &&
	    resolve_known_replace(&name->known, f, a->reply.addresses, a->reply.n) < 0) {
		name->why[f] = RESOLVE_NO_MEANS;
		name->detail[f] = ENOMEM;
	}
}

static nsec_t
retry_pause(struct resolve *r, const struct resolve_name *name)
{
	const struct resolve_tunables *t = &r->options.tunables;
	nsec_t pause_ns = t->retry_min_ns;

	for (int i = 1; i < name->failures && pause_ns < t->retry_max_ns; i++)
		pause_ns *= 2;
	pause_ns = nsec_min(pause_ns, t->retry_max_ns);
	return pause_ns * 3 / 4 + (nsec_t)rng_below(&r->rng, (uint64_t)pause_ns / 2 + 1);
}

/* When the name is asked for again: the shortest time to live, or sooner after a failure. */
static nsec_t
next_due(struct resolve *r, const struct resolve_lookup *l, bool failed, nsec_t now_ns)
{
	const struct resolve_tunables *t = &r->options.tunables;
	nsec_t wait_ns = t->ttl_max_ns;

	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		if (l->asking[f].reply.n > 0)
			wait_ns = nsec_min(wait_ns, l->asking[f].reply.ttl_ns);
	}
	wait_ns = nsec_max(wait_ns, t->ttl_min_ns);
	wait_ns += (nsec_t)rng_below(&r->rng, (uint64_t)wait_ns / SPREAD + 1);
	if (failed)
		wait_ns = nsec_min(wait_ns, retry_pause(r, &r->names.names[l->name]));
	return nsec_add(now_ns, wait_ns);
}

/* found: some family has addresses under the full name asked last, whose outcomes then count; else
 * the worst of all full names. */
static void
finish(struct resolve *r, struct resolve_lookup *l, bool found, nsec_t now_ns)
{
	uint32_t i = l->name;
	struct resolve_name *name = &r->names.names[i];
	bool failed = !found;

	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		const struct resolve_asking *a = &l->asking[f];

		if (!a->wanted)
			continue;
		if (found)
			learn(name, a, a->why, a->detail);
		else
			learn(name, a, a->worst, a->worst_detail);
		failed |=
		    name->why[f] > RESOLVE_NO_DATA || (a->reply.n == 0 && (name->wants & (1 << f)));
	}
	r->failures += failed;
	if (!failed)
		name->failures = 0;
	else if (name->failures < FAILURES_MAX)
		name->failures++;
	resolve_names_due(&r->names, i, next_due(r, l, failed, now_ns));
	resolve_lookup_drop(r, l);
	resolve_answer_name(r, i);
}

/* Ends the look-up once its families are settled, or goes on with the next full name: as the C
 * library does, after "no such name", "no address" and a failure of the server, not after silence
 * or refusal, which would make another host of the same name. */
static void
advance(struct resolve *r, struct resolve_lookup *l, nsec_t now_ns)
{
	for (;;) {
		bool found = false, stop = false;

		for (int f = 0; f < RESOLVE_FAMILIES; f++) {
			struct resolve_asking *a = &l->asking[f];

			if (!a->wanted)
				continue;
			if (!a->settled)
				return;
			found |= a->reply.n > 0;
			stop |= a->why > RESOLVE_NO_DATA && a->why != RESOLVE_SERVER_FAILED;
			if (a->why >= a->worst) {
				a->worst = a->why;
				a->worst_detail = a->detail;
			}
		}
		if (!found && !stop && now_ns < l->deadline_ns) {
			l->candidate++;
			if (ask_candidate(r, l, now_ns))
				continue;
		}
		finish(r, l, found, now_ns);
		return;
	}
}

static void
on_reply(void *arg, const struct resolve_reply *reply)
{
	struct resolve_asking *a = arg;
	struct resolve *r = a->resolve;
	struct resolve_lookup *l = &r->lookups[a->lookup];
	nsec_t now_ns = clock_now_ns();

	forget_question(r, a);
	resolve_server_answered(r, a->server, now_ns);
	if (reply->why <= RESOLVE_NO_DATA) { /* the name's own answer, good or not */
		a->settled = true;
		a->why = (uint8_t)reply->why;
		a->reply = *reply;
	} else {
		resolve_asking_note(a, reply->why, a->server);
		ask(r, l, a, now_ns);
	}
	advance(r, l, now_ns);
	resolve_wake(r, now_ns);
}

void
resolve_lookup_start(struct resolve *r, uint32_t name, nsec_t now_ns)
{
	struct resolve_lookup *l = resolve_lookup_of(r, RESOLVE_NONE);
	uint8_t asks = resolve_name_asks(&r->names.names[name]);
	bool asked;

	assert(l != NULL && asks != 0); /* every other one has a question under way */
	l->name = name;
	l->candidate = 0;
	l->deadline_ns = nsec_add(now_ns, r->options.tunables.deadline_ns);
	l->first_server = r->conf.rotate ? r->rotation++ : 0;
	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		struct resolve_asking *a = &l->asking[f];

		a->wanted = asks & (1 << f);
		a->worst = a->worst_detail = 0;
	}
	asked = ask_candidate(r, l, now_ns);
	assert(asked); /* the host itself is never too long */
	advance(r, l, now_ns);
}

void
resolve_lookup_drop(struct resolve *r, struct resolve_lookup *l)
{
	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		if (l->asking[f].question != NULL)
			resolve_dns_drop(l->asking[f].question);
		forget_question(r, &l->asking[f]);
		l->asking[f].wanted = false;
	}
	l->name = RESOLVE_NONE;
}

struct resolve_lookup *
resolve_lookup_of(struct resolve *r, uint32_t name)
{
	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++) {
		if (r->lookups[i].name == name)
			return &r->lookups[i];
	}
	return NULL;
}

/* The deadline ends a look-up with what it has: an address of one family is not kept back. */
static void
expire(struct resolve *r, struct resolve_lookup *l, nsec_t now_ns)
{
	bool over = now_ns >= l->deadline_ns;

	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		struct resolve_asking *a = &l->asking[f];

		if (a->question == NULL || (now_ns < a->give_up_ns && !over))
			continue;
		resolve_dns_drop(a->question);
		forget_question(r, a);
		resolve_asking_note(a, RESOLVE_NO_ANSWER, a->server);
		if (now_ns >= a->give_up_ns)
			resolve_server_kept_silent(r, a->server);
		a->timed_out = true;
		if (over)
			a->settled = true;
		else
			ask(r, l, a, now_ns);
	}
	advance(r, l, now_ns);
}

static nsec_t
next_ns(const struct resolve_lookup *l)
{
	nsec_t at_ns = l->deadline_ns;

	if (l->name == RESOLVE_NONE)
		return NSEC_NEVER;
	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		if (l->asking[f].question != NULL)
			at_ns = nsec_min(at_ns, l->asking[f].give_up_ns);
	}
	return at_ns;
}

void
resolve_lookups_expire(struct resolve *r, nsec_t now_ns)
{
	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++) {
		if (next_ns(&r->lookups[i]) <= now_ns)
			expire(r, &r->lookups[i], now_ns);
	}
}

nsec_t
resolve_lookups_next_ns(const struct resolve *r)
{
	nsec_t at_ns = NSEC_NEVER;

	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++)
		at_ns = nsec_min(at_ns, next_ns(&r->lookups[i]));
	return at_ns;
}
