/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the tests of the resolver share: an event base with a name server on 127.0.0.1, a
 * resolv.conf and a hosts file of their own, settings made of hosts, and the answers that came.
 */
#ifndef ICMPMON_TESTS_RESOLVE_FIXTURE_H
#define ICMPMON_TESTS_RESOLVE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns_server.h"
#include "shell/clock.h"
#include "shell/resolve.h"

#define FIXTURE_TARGETS_MAX 2048
#define FIXTURE_LIMIT_NS (20 * NSEC_PER_SEC)

/* The last answer for a target, and how many came. */
struct answer {
	unsigned int n_answers, n_errors;
	struct addr addresses[SETTINGS_ADDRESSES_MAX];
	size_t n;
	int error;
	char why[320];
};

struct fixture {
	struct event_base *base;
	struct event *tick;
	struct dns_server *server;
	char dir[64], resolv_conf[96], hosts[96];
	struct settings *settings;
	struct resolve *resolve;
	struct answer answers[FIXTURE_TARGETS_MAX];
	int pipe[2];
	struct event *interrupt;
	void (*interrupted)(struct fixture *f);
};

/* The routes that has_route tells of; all at first. */
extern bool fixture_route_ipv4, fixture_route_ipv6;

/* A server that is up, in a resolv.conf of its own, no search list; an empty hosts file; pauses of
 * 20 to 100 ms, a server's time of 5 s. */
struct resolve_options fixture_setup(struct fixture *f);
void fixture_teardown(struct fixture *f);

/* resolve_new; must succeed. */
void fixture_open(struct fixture *f, const struct resolve_options *options);
/* resolve_set; must succeed. Counts of answers begin anew. A host may end in "/4", "/6" (its
 * family) or "/s" (allow_special). */
void fixture_set(struct fixture *f, const char *const hosts[], size_t n);
/* setup, open, set. */
void fixture_start(struct fixture *f, const char *const hosts[], size_t n);
/* The same with the hosts as arguments. */
#define FIXTURE_SET(f, ...)                                \
	fixture_set(f, (const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define FIXTURE_START(f, ...)                                \
	fixture_start(f, (const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Replaces a file in one step. format: with the server's port as its only argument. */
__attribute__((format(printf, 2, 3))) void fixture_write(const char *path, const char *format, ...);

/* One turn of the loop, at most 5 ms of waiting. */
void fixture_turn(struct fixture *f);

/* Has call called from the loop after all that can be read by now was read, and before what follows
 * from it: in between evdns's having an answer and telling it. */
void fixture_interrupt(struct fixture *f, void (*call)(struct fixture *f));

/* Runs the loop until the condition holds; fails after FIXTURE_LIMIT_NS. */
#define FIXTURE_WAIT(f, condition)                                    \
	do {                                                          \
		nsec_t limit_ns_ = clock_now_ns() + FIXTURE_LIMIT_NS; \
		while (!(condition) && clock_now_ns() < limit_ns_)    \
			fixture_turn(f);                              \
		assert_true(condition);                               \
	} while (0)

/* The last answer of a target is just these addresses in this order, separated by one space. */
void fixture_assert_addresses(const struct fixture *f, uint32_t target, const char *addresses);
bool fixture_has_addresses(const struct fixture *f, uint32_t target, const char *addresses);
/* The last answer is this error, and its words hold these. */
void fixture_assert_error(const struct fixture *f, uint32_t target, int error, const char *words);

#endif
