/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The one door to evdns: one question to one server. It refuses to know other servers, repetition,
 * deadlines and search lists. Source: libevent 2.1.12, evdns.c.
 *
 * Every question has an evdns base of its own, which lives no longer than the question. So
 * - each leaves from a socket, and so a random port, of its own (RFC 5452 section 4.5), where a
 *   lasting base keeps one port per server for the life of the process;
 * - no base lives to the moment when evdns would ask a server that failed for "google.com";
 * - whatever happens to a base, the next question finds a sound one.
 *
 * evdns mixes the case of letters in names but accepts answers in any case, so the mix protects
 * nothing, while some servers choke on it: it is off, and names come here in lower case, since
 * evdns then wants them back as they were. It reports a server's SERVFAIL as a timeout; its own
 * timeout lies beyond all of ours, so whatever it calls one is that. It does not ask again by TCP
 * when an answer was cut off, and the time to live that it tells is that of the addresses, without
 * the aliases before them.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/dns.h>
#include <event2/event.h>

#include "shell/resolve_internal.h"

struct resolve_question {
	struct event_base *base;
	struct evdns_base *dns;
	struct evdns_request *request;
	enum resolve_family family;
	void (*done)(void *arg, const struct resolve_reply *reply); /* NULL: dropped */
	void *arg;
};

static void
question_free(struct resolve_question *q)
{
	if (q->dns != NULL)
		evdns_base_free(q->dns, 0);
	free(q);
}

static enum resolve_why
why_of(int result)
{
	switch (result) {
	case DNS_ERR_NONE:
		return RESOLVE_OK;
	case DNS_ERR_NOTEXIST:
		return RESOLVE_NO_NAME;
	case DNS_ERR_NODATA:
		return RESOLVE_NO_DATA;
	case DNS_ERR_REFUSED:
		return RESOLVE_REFUSED;
	case DNS_ERR_FORMAT:
	case DNS_ERR_NOTIMPL:
		return RESOLVE_NOT_SUPPORTED;
	case DNS_ERR_TIMEOUT: /* see above */
	case DNS_ERR_SERVERFAILED:
		return RESOLVE_SERVER_FAILED;
	case DNS_ERR_TRUNCATED:
		return RESOLVE_TRUNCATED;
	default:
		return RESOLVE_NONSENSE;
	}
}

/* Link-local addresses without a scope lead nowhere (RFC 4007 section 6). */
static void
take_addresses(
    struct resolve_reply *reply, enum resolve_family family, int count, const void *addresses)
{
	const uint8_t *bytes = addresses;

	for (int i = 0; i < count && reply->n < RESOLVE_REPLY_MAX; i++) {
		struct addr a = family == RESOLVE_V4 ? addr_ipv4(bytes + 4 * (size_t)i)
						     : addr_ipv6(bytes + 16 * (size_t)i, 0);

		if (!addr_is_link_local(&a))
			reply->addresses[reply->n++] = a;
	}
	if (reply->n == 0)
		reply->why = RESOLVE_NO_DATA;
}

/* evdns's callback. The request is out of its base by then, so the base can go. */
static void
on_reply(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct resolve_question *q = arg;
	void (*done)(void *arg, const struct resolve_reply *reply) = q->done;
	void *done_arg = q->arg;
	struct resolve_reply reply = {.why = why_of(result)};

	(void)type; /* the one asked for */
	/* Negative with the top bit set, which means zero (RFC 2181 section 8): as good as that. */
	reply.ttl_ns = ttl * NSEC_PER_SEC;
	if (reply.why == RESOLVE_OK)
		take_addresses(&reply, q->family, count, addresses);
	question_free(q);
	if (done != NULL)
		done(done_arg, &reply);
}

static socklen_t
socket_address(const struct resolve_server *server, struct sockaddr_storage *ret)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(server->port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
	    .sin6_port = htons(server->port),
	    .sin6_scope_id = server->addr.scope};

	*ret = (struct sockaddr_storage){0};
	if (server->addr.family == 4) {
		memcpy(&four.sin_addr, server->addr.bytes, 4);
		memcpy(ret, &four, sizeof(four));
		return sizeof(four);
	}
	memcpy(&six.sin6_addr, server->addr.bytes, 16);
	memcpy(ret, &six, sizeof(six));
	return sizeof(six);
}

/* One try, with evdns's own timeout and its question to a failed server an hour away. */
static bool
set_options(struct evdns_base *dns)
{
	static const struct {
		const char *name, *value;
	} options[] = {
	    {"attempts", "1"},
	    {"timeout", "3600"},
	    {"initial-probe-timeout", "3600"},
	    {"randomize-case", "0"},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (evdns_base_set_option(dns, options[i].name, options[i].value) != 0)
			return false;
	}
	return true;
}

int
resolve_dns_ask(void *base, const struct resolve_server *server, const char *name,
    enum resolve_family family, void (*done)(void *arg, const struct resolve_reply *reply),
    void *arg, struct resolve_question **ret)
{
	struct resolve_question *q = calloc(1, sizeof(*q));
	struct sockaddr_storage to;
	socklen_t len = socket_address(server, &to);
	int error = -ENOMEM;

	if (q == NULL)
		return -ENOMEM;
	*q = (struct resolve_question){.base = base, .family = family, .done = done, .arg = arg};
	q->dns = evdns_base_new(base, 0);
	if (q->dns == NULL || !set_options(q->dns))
		goto cleanup;
	errno = 0;
	if (evdns_base_nameserver_sockaddr_add(q->dns, (const struct sockaddr *)&to, len, 0) != 0) {
		error = errno != 0 ? -errno : -ENOMEM; /* no socket */
		goto cleanup;
	}
	if (family == RESOLVE_V4)
		q->request =
		    evdns_base_resolve_ipv4(q->dns, name, DNS_QUERY_NO_SEARCH, on_reply, q);
	else
		q->request =
		    evdns_base_resolve_ipv6(q->dns, name, DNS_QUERY_NO_SEARCH, on_reply, q);
	if (q->request == NULL)
		goto cleanup;
	*ret = q;
	return 0;
cleanup:
	question_free(q);
	return error;
}

void
resolve_dns_drop(struct resolve_question *q)
{
	/* With nothing queued in the loop evdns has no callback of ours on its way, and all can go
	 * at once. Else there may be one, which nobody can take back: it has to come, whether for
	 * an answer or for this end. */
	q->done = NULL;
	if (event_base_get_num_events(q->base, EVENT_BASE_COUNT_ACTIVE) == 0)
		question_free(q);
	else
		evdns_cancel_request(q->dns, q->request);
}
