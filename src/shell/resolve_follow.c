/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What changes around the names: resolv.conf, the hosts file, interfaces, and servers that are
 * back.
 */
#include <errno.h>
#include <stdlib.h>

#include "shell/resolve_internal.h"

void
resolve_try_failed(struct resolve *r, bool all, nsec_t now_ns)
{
	for (uint32_t i = 0; i < r->names.n; i++) {
		struct resolve_name *name = &r->names.names[i];

		if (name->failures > 0 && name->heap_at != RESOLVE_NONE && name->due_ns > now_ns &&
		    (all || name->why[RESOLVE_V4] > RESOLVE_NO_DATA ||
			name->why[RESOLVE_V6] > RESOLVE_NO_DATA))
			name->due_ns = now_ns;
	}
	resolve_names_reorder(&r->names);
}

/* Look-ups under way start over with the new servers and domains; so do failed names. */
static void
conf_changed(struct resolve *r, const struct resolve_conf *conf, nsec_t now_ns)
{
	for (size_t i = 0; i < RESOLVE_IN_FLIGHT_MAX; i++) {
		uint32_t name = r->lookups[i].name;

		if (name == RESOLVE_NONE)
			continue;
		resolve_lookup_drop(r, &r->lookups[i]);
		resolve_names_due(&r->names, name, now_ns);
	}
	r->conf = *conf;
	resolve_try_failed(r, true, now_ns);
}

static void
read_conf(struct resolve *r, nsec_t now_ns)
{
	uint64_t before = r->conf_stamp.content;
	struct resolve_conf conf;
	char *text = NULL;
	size_t len = 0;
	int error = resolve_file_read(
	    r->options.resolv_conf, RESOLVE_CONF_BYTES_MAX, &r->conf_stamp, &text, &len);

	if (error == -ENOENT)
		error = 0;
	if (r->conf_stamp.content == before && error == r->conf.error) {
		free(text);
		return;
	}
	resolve_conf_parse(&conf, text != NULL ? text : "", len);
	free(text);
	conf.error = error;
	conf_changed(r, &conf, now_ns);
}

void
resolve_follow_files(struct resolve *r, bool now, nsec_t now_ns)
{
	const struct resolve_tunables *t = &r->options.tunables;
	const struct resolve_names *names = &r->names;
	bool due = names->n_heap > 0 && names->names[names->heap[0]].due_ns <= now_ns;

	if (!now && (names->n == 0 ||
			now_ns < nsec_add(r->files_ns, due ? t->files_min_ns : t->files_max_ns)))
		return;
	r->files_ns = now_ns;
	if (resolve_file_changed(r->options.resolv_conf, &r->conf_stamp))
		read_conf(r, now_ns);
	if (now || resolve_file_changed(r->options.hosts, &r->hosts_stamp))
		resolve_hosts_apply(r, now_ns);
}

static void
follow_scope(struct resolve *r, uint32_t i, bool answer)
{
	struct resolve_name *name = &r->names.names[i];
	enum resolve_why before = name->why[RESOLVE_V6];
	const char *host = resolve_names_host(&r->names, i);
	unsigned int n;
	const struct addr *known = resolve_known_get(name->known, RESOLVE_V6, &n);
	struct addr a, was = n > 0 ? known[0] : (struct addr){0};

	name->hosts = 1 << RESOLVE_V6;
	name->why[RESOLVE_V4] = RESOLVE_WRONG_FAMILY;
	name->why[RESOLVE_V6] = RESOLVE_NO_INTERFACE;
	if (resolve_addr_parse(host, &a) &&
	    resolve_known_replace(&name->known, RESOLVE_V6, &a, 1) == 0) {
		name->why[RESOLVE_V6] = RESOLVE_OK;
		answer |= !addr_equal(&a, &was);
	}
	if (answer || before != (enum resolve_why)name->why[RESOLVE_V6])
		resolve_answer_name(r, i);
}

void
resolve_follow_scopes(struct resolve *r, bool all)
{
	for (uint32_t i = 0; i < r->names.n; i++) {
		if (r->names.names[i].kind == RESOLVE_SCOPED)
			follow_scope(r, i, all);
	}
}
