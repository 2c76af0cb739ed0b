/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * From hosts to addresses: numeric text, the hosts file, then search list and DNS (evdns), never
 * blocking, again when the answer's time to live ends. One look-up serves all targets of one host.
 * It refuses to know targets beyond host, family and addresses, and never forgets the last good
 * address: that is the engine's.
 */
#ifndef ICMPMON_SHELL_RESOLVE_H
#define ICMPMON_SHELL_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/settings.h"
#include "core/units.h"

#define RESOLVE_TTL_MIN_NS (30 * NSEC_PER_SEC)
#define RESOLVE_TTL_MAX_NS (24 * NSEC_PER_HOUR)
#define RESOLVE_HOSTS_TTL_NS                                                                    \
	(60 * NSEC_PER_SEC) /* an answer of the hosts file; the file is looked at again when it \
			       changed */
#define RESOLVE_RETRY_MIN_NS (5 * NSEC_PER_SEC) /* after a failure, doubled up to the next */
#define RESOLVE_RETRY_MAX_NS (5 * NSEC_PER_MIN)
#define RESOLVE_DEADLINE_NS (15 * NSEC_PER_SEC) /* our own: evdns without a server never answers \
						 */
#define RESOLVE_IN_FLIGHT_MAX 64 /* queries at once; 100,000 names are paced by it */
#define RESOLVE_STARTS_PER_S 1000

struct resolve;

struct resolve_options {
	void *base; /* struct event_base * */
	const char *resolv_conf; /* NULL: /etc/resolv.conf; looked at again when it changed */
	const char *hosts; /* NULL: /etc/hosts */
	void *arg;
	/* n addresses for a target (index in settings), the preferred family first, at most
	 * SETTINGS_ADDRESSES_MAX and only of the families that its setting allows; or error != 0 (a
	 * negative errno, -ENOENT: no such name), n 0, and words. */
	void (*answer)(void *arg, uint32_t target, const struct addr addresses[], size_t n,
	    int error, const char *why);
	bool (*has_route)(
	    const struct addr *to); /* family auto is IPv6 when there is a route to it */
};

/* 0 or -errno. A missing resolv.conf or name server is no error: names then fail with words that
 * say so. */
__attribute__((warn_unused_result)) int resolve_new(
    struct resolve **ret, const struct resolve_options *options);
void resolve_free(struct resolve *r);

/* The targets from now on; settings must stay until the next call. Answers for numeric hosts and
 * for names already known come before it returns, others later from the loop. Names that no target
 * has any more are forgotten. 0 or -ENOMEM (nothing changed). */
__attribute__((warn_unused_result)) int resolve_set(
    struct resolve *r, const struct settings *settings);

/* Links, addresses or routes changed: scopes ("%eth0") are looked up again, failed names are tried
 * again, paced. */
void resolve_network_changed(struct resolve *r);

/* Look-ups that failed since the start. */
uint64_t resolve_failures(const struct resolve *r);

#endif
