/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Which name server is asked next: as in the C library the first, and another only when it keeps
 * silent or cannot answer. One that kept silent too often is left alone: one question in
 * RESOLVE_SILENCE_NS finds out whether it is back, and is that of a name that is due anyway.
 */
#include "shell/resolve_internal.h"

/* Tunables.
 * SILENT_AFTER    unanswered questions in a row that make a server silent */
#define SILENT_AFTER 3

void
resolve_asking_note(struct resolve_asking *a, enum resolve_why why, uint8_t detail)
{
	if (why > (enum resolve_why)a->why) {
		a->why = (uint8_t)why;
		a->detail = detail;
	}
}

uint8_t
resolve_server_pick(
    struct resolve *r, const struct resolve_lookup *l, struct resolve_asking *a, nsec_t now_ns)
{
	struct resolve_conf *conf = &r->conf;

	if (conf->n_servers == 0)
		resolve_asking_note(a, RESOLVE_NO_SERVER, 0);
	for (; a->round < conf->attempts; a->round++) {
		for (uint8_t i = 0; i < conf->n_servers; i++) {
			uint8_t k = (uint8_t)((l->first_server + i) % conf->n_servers);
			struct resolve_server *server = &conf->servers[k];

			if (a->tried & (1 << k))
				continue;
			if (server->silent && now_ns < server->again_ns)
				resolve_asking_note(a, RESOLVE_NO_ANSWER, k);
			else if (r->options.has_route != NULL &&
				 !r->options.has_route(&server->addr))
				resolve_asking_note(a, RESOLVE_NO_ROUTE, k);
			else {
				server->again_ns = nsec_add(now_ns, r->options.tunables.silence_ns);
				return k;
			}
		}
		if (!a->timed_out)
			break;
		a->timed_out = false;
		a->tried = 0;
	}
	return RESOLVE_SERVERS_MAX;
}

void
resolve_server_answered(struct resolve *r, uint8_t k, nsec_t now_ns)
{
	struct resolve_server *server = &r->conf.servers[k];
	bool was_silent = server->silent;

	server->silent = false;
	server->timeouts = 0;
	if (was_silent)
		resolve_try_failed(r, false, now_ns);
}

void
resolve_server_kept_silent(struct resolve *r, uint8_t k)
{
	struct resolve_server *server = &r->conf.servers[k];

	if (server->timeouts < SILENT_AFTER)
		server->timeouts++;
	server->silent = server->timeouts == SILENT_AFTER;
}
