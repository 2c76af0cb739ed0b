/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What is known of a name, told to its targets: the addresses that a target's family and
 * allow_special admit, in the order of preference, or the reason in words. It refuses to know how
 * names become known.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shell/resolve_internal.h"

#define DNS_PORT 53

enum subject { NONE, SERVER, CONF, REASON, HOST, INTERFACE };

static const struct {
	int error;
	enum subject subject;
	const char *before, *after;
} words[] = {
    [RESOLVE_NO_NAME] = {-ENOENT, NONE, "no such name", ""},
    [RESOLVE_NO_DATA] = {-ENODATA, NONE, "the name has no address", ""},
    [RESOLVE_NO_SERVER] = {-EDESTADDRREQ, CONF, "no name server: ", ""},
    [RESOLVE_NO_ROUTE] = {-ENETUNREACH, SERVER, "no route to the name server", ""},
    [RESOLVE_NO_ANSWER] = {-ETIMEDOUT, SERVER, "no answer from the name server", ""},
    [RESOLVE_NO_MEANS] = {0, REASON, "the name server cannot be asked: ", ""},
    [RESOLVE_NONSENSE] = {-EBADMSG, SERVER, "the name server", " sent an answer without sense"},
    [RESOLVE_NOT_SUPPORTED] = {-EOPNOTSUPP, SERVER, "the name server",
	" does not understand the question"},
    [RESOLVE_REFUSED] = {-EACCES, SERVER, "the name server", " refused to answer"},
    [RESOLVE_SERVER_FAILED] = {-EREMOTEIO, SERVER, "the name server", " failed (SERVFAIL)"},
    [RESOLVE_TRUNCATED] = {-EMSGSIZE, SERVER, "the answer of the name server",
	" is too long for UDP (truncated)"},
    [RESOLVE_SPECIAL] = {-EADDRNOTAVAIL, NONE,
	"only addresses that are no host's (allow_special = true admits them)", ""},
    [RESOLVE_WRONG_FAMILY] = {-EAFNOSUPPORT, HOST, "", " is not of the family asked for"},
    [RESOLVE_NO_INTERFACE] = {-ENODEV, INTERFACE, "no interface ", ""},
    [RESOLVE_BAD_HOST] = {-EINVAL, HOST, "", " is neither an address nor a host name"},
};

static const char *
server_text(const struct resolve *r, uint8_t k, char text[static ADDR_TEXT_MAX + 16])
{
	const struct resolve_server *server = &r->conf.servers[k];
	char addr[ADDR_TEXT_MAX];

	text[0] = '\0';
	if (k >= r->conf.n_servers)
		return text;
	(void)addr_format(&server->addr, addr);
	if (server->port == DNS_PORT)
		(void)snprintf(text, ADDR_TEXT_MAX + 16, " %s", addr);
	else
		(void)snprintf(text, ADDR_TEXT_MAX + 16,
		    server->addr.family == 6 ? " [%s]:%u" : " %s:%u", addr, server->port);
	return text;
}

static const struct settings_plan *
plan_of(const struct resolve *r, uint32_t target)
{
	const struct settings *s = r->names.settings;

	return settings_plan_of(s, &settings_targets(s)[target]);
}

static void
say(const struct resolve *r, uint32_t target, enum resolve_why why, uint8_t detail)
{
	const struct settings_target *t = &settings_targets(r->names.settings)[target];
	const char *host = settings_text(r->names.settings, t->host), *percent = strchr(host, '%');
	char text[RESOLVE_WHY_MAX], subject[RESOLVE_WHY_MAX / 2] = "", server[ADDR_TEXT_MAX + 16];
	int error = words[why].error;

	switch (words[why].subject) {
	case NONE:
		break;
	case SERVER:
		(void)snprintf(subject, sizeof(subject), "%s", server_text(r, detail, server));
		break;
	case CONF:
		(void)snprintf(subject, sizeof(subject), "%s%s%s",
		    r->conf.error != 0 ? "" : "none in ", r->options.resolv_conf,
		    r->conf.error != 0 ? " cannot be read" : "");
		break;
	case REASON:
		error = -detail;
		(void)snprintf(subject, sizeof(subject), "%s", strerror(detail));
		break;
	case HOST:
		(void)snprintf(subject, sizeof(subject), "%s", host);
		break;
	case INTERFACE:
		(void)snprintf(subject, sizeof(subject), "%s", percent != NULL ? percent + 1 : "");
		break;
	}
	(void)snprintf(text, sizeof(text), "%s%s%s", words[why].before, subject, words[why].after);
	if (why == RESOLVE_NO_DATA && plan_of(r, target)->family != SETTINGS_FAMILY_AUTO)
		(void)snprintf(text, sizeof(text), "the name has no %s address",
		    plan_of(r, target)->family == SETTINGS_FAMILY_IPV4 ? "IPv4" : "IPv6");
	r->options.answer(r->options.arg, target, NULL, 0, error, text);
}

struct list {
	struct addr addresses[SETTINGS_ADDRESSES_MAX];
	size_t n;
	bool special; /* some were left out for being no host's */
};

static void
take(const struct settings_plan *p, struct list *list, const struct addr *a)
{
	enum addr_kind kind = addr_classify(a);

	if (!p->allow_special && kind != ADDR_UNICAST && kind != ADDR_LOOPBACK)
		list->special = true;
	else if (list->n < SETTINGS_ADDRESSES_MAX)
		list->addresses[list->n++] = *a;
}

/* With both families: IPv6 with a route, IPv4, the rest of IPv6. */
static void
list_both(const struct resolve *r, const struct settings_plan *p, const struct resolve_known *known,
    struct list *list)
{
	unsigned int n_four, n_six;
	const struct addr *four = resolve_known_get(known, RESOLVE_V4, &n_four);
	const struct addr *six = resolve_known_get(known, RESOLVE_V6, &n_six);
	bool routed[SETTINGS_ADDRESSES_MAX];

	for (unsigned int i = 0; i < n_six; i++) {
		routed[i] =
		    n_four == 0 || r->options.has_route == NULL || r->options.has_route(&six[i]);
		if (routed[i])
			take(p, list, &six[i]);
	}
	for (unsigned int i = 0; i < n_four; i++)
		take(p, list, &four[i]);
	for (unsigned int i = 0; i < n_six; i++) {
		if (!routed[i])
			take(p, list, &six[i]);
	}
}

/* The one family that a target is confined to, or RESOLVE_FAMILIES. An entry of the hosts file for
 * one family stands for both: who wrote it meant it. */
static enum resolve_family
only_family(const struct resolve_name *name, const struct settings_plan *p)
{
	if (p->family != SETTINGS_FAMILY_AUTO)
		return p->family == SETTINGS_FAMILY_IPV6 ? RESOLVE_V6 : RESOLVE_V4;
	if (name->hosts == 1 << RESOLVE_V4)
		return RESOLVE_V4;
	return name->hosts == 1 << RESOLVE_V6 ? RESOLVE_V6 : RESOLVE_FAMILIES;
}

/* Fills the list, or returns the family whose reason is to be told. */
static enum resolve_family
collect(const struct resolve *r, const struct resolve_name *name, const struct settings_plan *p,
    struct list *list)
{
	enum resolve_family f = only_family(name, p);
	const uint8_t *why = name->why;
	unsigned int n;

	if (f == RESOLVE_FAMILIES) {
		if (why[RESOLVE_V4] == RESOLVE_OK || why[RESOLVE_V6] == RESOLVE_OK)
			list_both(r, p, name->known, list);
		return why[RESOLVE_V6] > why[RESOLVE_V4] ? RESOLVE_V6 : RESOLVE_V4;
	}
	if (why[f] == RESOLVE_OK) {
		const struct addr *addresses = resolve_known_get(name->known, f, &n);

		for (unsigned int i = 0; i < n; i++)
			take(p, list, &addresses[i]);
	}
	return f;
}

/* Nothing is told before all families in question were asked: an engine that got the second choice
 * would stay with it. */
static bool
complete(const struct resolve_name *name, const struct settings_plan *p)
{
	enum resolve_family f = only_family(name, p);

	if (f != RESOLVE_FAMILIES)
		return name->why[f] != RESOLVE_UNASKED;
	return name->why[RESOLVE_V4] != RESOLVE_UNASKED && name->why[RESOLVE_V6] != RESOLVE_UNASKED;
}

static void
answer_target(const struct resolve *r, const struct resolve_name *name, uint32_t target)
{
	const struct settings_plan *p = plan_of(r, target);
	struct list list = {.n = 0};
	enum resolve_family f;

	if (!complete(name, p))
		return;
	f = collect(r, name, p, &list);
	if (list.n > 0)
		r->options.answer(r->options.arg, target, list.addresses, list.n, 0, NULL);
	else if (list.special)
		say(r, target, RESOLVE_SPECIAL, 0);
	else
		say(r, target, name->why[f], name->detail[f]);
}

void
resolve_answer_name(struct resolve *r, uint32_t name)
{
	const struct resolve_name *n = &r->names.names[name];

	for (uint32_t t = n->first_target; t != RESOLVE_NONE; t = r->names.next_target[t])
		answer_target(r, n, t);
}

void
resolve_answer_number(struct resolve *r, uint32_t target, const struct addr *addr)
{
	const struct settings_plan *p = plan_of(r, target);
	struct list list = {.n = 0};

	if ((p->family == SETTINGS_FAMILY_IPV4 && addr->family != 4) ||
	    (p->family == SETTINGS_FAMILY_IPV6 && addr->family != 6)) {
		say(r, target, RESOLVE_WRONG_FAMILY, 0);
		return;
	}
	take(p, &list, addr);
	if (list.n == 0)
		say(r, target, RESOLVE_SPECIAL, 0);
	else
		r->options.answer(r->options.arg, target, list.addresses, 1, 0, NULL);
}

void
resolve_answer_bad(struct resolve *r, uint32_t target)
{
	say(r, target, RESOLVE_BAD_HOST, 0);
}
