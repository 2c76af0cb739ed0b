/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * From hosts to addresses: numeric text, the hosts file, then search list and DNS (evdns), never
 * blocking, again when the answer's time to live ends. One look-up serves all targets of one host.
 * It refuses to know targets beyond host, family, allow_special and addresses; which of the listed
 * addresses is probed, and for how long a last good one stays, is the engine's. Sources: RFC 1034,
 * 1035 (DNS), 2181 section 8 (time to live), 4007 section 11 (scopes), 6761 section 6.3
 * (localhost), resolv.conf(5), hosts(5).
 */
#ifndef ICMPMON_SHELL_RESOLVE_H
#define ICMPMON_SHELL_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/settings.h"
#include "core/units.h"

/* An answer is kept for its time to live within these bounds and up to a tenth longer, so that many
 * names learnt together are not asked for together for ever. */
#define RESOLVE_TTL_MIN_NS (30 * NSEC_PER_SEC)
#define RESOLVE_TTL_MAX_NS (24 * NSEC_PER_HOUR)
/* After a failure; doubled up to the second, give or take a quarter. */
#define RESOLVE_RETRY_MIN_NS (5 * NSEC_PER_SEC)
#define RESOLVE_RETRY_MAX_NS (5 * NSEC_PER_MIN)
/* A look-up of one name, all servers and search domains together; evdns alone might never end. */
#define RESOLVE_DEADLINE_NS (15 * NSEC_PER_SEC)
/* A server that left three questions in a row unanswered is asked one question in this time, and
 * the others go elsewhere or fail at once, until it answers again. */
#define RESOLVE_SILENCE_NS (5 * NSEC_PER_SEC)
/* resolv.conf and the hosts file are looked at when a look-up is due, but not sooner after the last
 * time than the first, and in any case after the second. */
#define RESOLVE_FILES_MIN_NS NSEC_PER_SEC
#define RESOLVE_FILES_MAX_NS (60 * NSEC_PER_SEC)
#define RESOLVE_IN_FLIGHT_MAX 64 /* questions at once, each on a socket of its own */
#define RESOLVE_STARTS_PER_S 1000 /* look-ups; 100,000 names take 100 seconds at least */
#define RESOLVE_HOSTS_BYTES_MAX (8 * 1024 * 1024) /* of the hosts file; the rest is not read */
#define RESOLVE_CONF_BYTES_MAX (64 * 1024) /* of resolv.conf */
#define RESOLVE_LINE_MAX 1024 /* of both; what goes beyond is not read */

struct resolve;

/* For tests; 0: the default above. */
struct resolve_tunables {
	nsec_t ttl_min_ns, ttl_max_ns;
	nsec_t retry_min_ns, retry_max_ns;
	nsec_t deadline_ns;
	nsec_t silence_ns;
	nsec_t server_ns; /* for one server's answer; default: "options timeout:" of resolv.conf */
	nsec_t files_min_ns, files_max_ns;
	uint32_t in_flight_max; /* at least 2, at most RESOLVE_IN_FLIGHT_MAX */
	uint32_t starts_per_s;
};

struct resolve_options {
	void *base; /* struct event_base * */
	const char *resolv_conf; /* NULL: /etc/resolv.conf; followed. Also takes ADDRESS:PORT */
	const char *hosts; /* NULL: /etc/hosts; followed */
	uint64_t seed; /* for spreads only */
	void *arg;
	/* n addresses for a target (index in settings), the preferred family first, at most
	 * SETTINGS_ADDRESSES_MAX and only such as its family and allow_special admit, former ones
	 * first within a family; or error != 0 and n 0, and words: -ENOENT no such name, -ENODATA
	 * no address of the family, -ETIMEDOUT no answer, -EACCES refused, -EREMOTEIO server
	 * failure, -EOPNOTSUPP, -EBADMSG, -EMSGSIZE (truncated), -EDESTADDRREQ no name server,
	 * -ENETUNREACH no route to it, -EADDRNOTAVAIL only special addresses, -EAFNOSUPPORT number
	 * of the other family, -ENODEV no such interface, -EINVAL no host name, or what a socket
	 * said. Comes again with every look-up, changed or not. Must not call resolve_set or
	 * resolve_free. */
	void (*answer)(void *arg, uint32_t target, const struct addr addresses[], size_t n,
	    int error, const char *why);
	/* Family auto is IPv6 when there is a route to it, and a name server without a route is not
	 * asked. NULL: always. */
	bool (*has_route)(const struct addr *to);
	struct resolve_tunables tunables;
};

/* 0 or -ENOMEM. A missing resolv.conf or name server is no error: names then fail with words that
 * say so. Takes over libevent's messages about name servers (evdns_set_log_fn): answers tell. */
__attribute__((warn_unused_result)) int resolve_new(
    struct resolve **ret, const struct resolve_options *options);

/* No answer comes any more. When the base has callbacks waiting (in a callback, or after it was
 * stopped in the middle of a turn), a few bytes of evdns are freed by its next turn. */
void resolve_free(struct resolve *r);

/* The targets from now on; settings must stay until the next call has returned. Answers for numeric
 * hosts, for the hosts file and for names already known come before it returns, others later from
 * the loop. Hosts that stay keep what is known of them and questions under way; names that no
 * target has any more are forgotten. 0 or -ENOMEM (nothing changed). */
__attribute__((warn_unused_result)) int resolve_set(
    struct resolve *r, const struct settings *settings);

/* Links, addresses or routes changed: scopes ("%eth0") are looked up again, failed names are tried
 * again, paced. Costs nothing to call often. */
void resolve_network_changed(struct resolve *r);

/* Look-ups since the start that found no address, or left a family open. */
uint64_t resolve_failures(const struct resolve *r);

#endif
