/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The hosts file (hosts(5)), and the names below localhost, which are the loopback's without asking
 * anybody (RFC 6761 section 6.3). Only entries of names that we have are kept, so that a file of
 * any length costs one pass over it when it changed, and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/resolve_internal.h"

/* What came from the file before is forgotten. */
static void
begin(struct resolve_name *name)
{
	name->had_hosts = name->hosts;
	if (name->kind == RESOLVE_SCOPED)
		return;
	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		if (name->kind != RESOLVE_LOCALHOST && !(name->hosts & (1 << f)))
			continue;
		/* Shrinking needs no memory that is not there: on failure it keeps too much. */
		(void)!resolve_known_replace(&name->known, (enum resolve_family)f, NULL, 0);
		name->why[f] = RESOLVE_UNASKED;
	}
	name->hosts = 0;
}

/* Without memory an entry is passed over, as if the file did not have it. */
static void
add(struct resolve_name *name, const struct addr *a, bool entry)
{
	enum resolve_family f = a->family == 6 ? RESOLVE_V6 : RESOLVE_V4;

	if (!(name->hosts & (1 << f)) && resolve_known_replace(&name->known, f, NULL, 0) < 0)
		return;
	if (resolve_known_add(&name->known, a) < 0)
		return;
	name->why[f] = RESOLVE_OK;
	if (entry)
		name->hosts |= (uint8_t)(1 << f);
}

static void
add_word(struct resolve *r, const char *word, const struct addr *a)
{
	size_t len = resolve_name_len(word);
	uint32_t hash = resolve_name_hash(word, len), cell = hash, i;

	/* "nas" and "nas." are two names to us, and one to the file. */
	while ((i = resolve_names_next(&r->names, hash, &cell)) != RESOLVE_NONE) {
		const char *host = resolve_names_host(&r->names, i);

		if (resolve_name_equal(word, len, host, resolve_name_len(host)))
			add(&r->names.names[i], a, true);
	}
}

static void
scan(struct resolve *r, const char *text, size_t len)
{
	const char *end = text + len;
	char line[RESOLVE_LINE_MAX];

	while (resolve_file_line(&text, end, "#", line)) {
		char *rest = line, *word = resolve_file_word(&rest);
		struct addr a;

		if (word == NULL)
			continue;
		r->hosts_scoped |= strchr(word, '%') != NULL;
		if (!resolve_addr_parse(word, &a))
			continue;
		while ((word = resolve_file_word(&rest)) != NULL)
			add_word(r, word, &a);
	}
}

/* What the file does not say of localhost. */
static void
complete_localhost(struct resolve_name *name)
{
	static const uint8_t four[4] = {127, 0, 0, 1}, six[16] = {[15] = 1};
	const struct addr loopbacks[RESOLVE_FAMILIES] = {addr_ipv4(four), addr_ipv6(six, 0)};
	bool entry = name->hosts == 0;

	for (int f = 0; f < RESOLVE_FAMILIES; f++) {
		if (!(name->hosts & (1 << f)))
			add(name, &loopbacks[f], entry);
	}
}

static void
finish(struct resolve *r, uint32_t i, nsec_t now_ns)
{
	struct resolve_name *name = &r->names.names[i];
	struct resolve_lookup *l;

	if (name->hosts != name->had_hosts) {
		l = resolve_lookup_of(r, i);
		if (l != NULL)
			resolve_lookup_drop(r, l);
		name->failures = 0;
		resolve_names_due(&r->names, i, resolve_name_asks(name) != 0 ? now_ns : NSEC_NEVER);
	}
	if (name->hosts != 0)
		resolve_answer_name(r, i);
}

void
resolve_hosts_apply(struct resolve *r, nsec_t now_ns)
{
	char *text = NULL;
	size_t len = 0;
	/* A file that cannot be read has no entries. */
	int error = resolve_file_read(
	    r->options.hosts, RESOLVE_HOSTS_BYTES_MAX, &r->hosts_stamp, &text, &len);

	r->hosts_scoped = false;
	for (uint32_t i = 0; i < r->names.n; i++)
		begin(&r->names.names[i]);
	if (error == 0)
		scan(r, text, len);
	free(text);
	for (uint32_t i = 0; i < r->names.n; i++) {
		struct resolve_name *name = &r->names.names[i];

		if (name->kind == RESOLVE_LOCALHOST)
			complete_localhost(name);
		if (name->kind != RESOLVE_SCOPED && (name->hosts | name->had_hosts) != 0)
			finish(r, i, now_ns);
	}
}
