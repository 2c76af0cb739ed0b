/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The resolver and what name servers say: failures, each in words of its own, times to live,
 * changes of mind, lies, many addresses; and what evdns does on our behalf.
 */
#include "resolve_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#define SOON (300 * NSEC_PER_MSEC) /* a server's time where it is to run out */

static struct fixture fixture;

static void
test_resolve_failures_have_words_of_their_own(void **state)
{
	static const struct {
		const char *name;
		enum dns_manner manner;
		int error;
		const char *words;
	} cases[] = {
	    {"none.example", DNS_ANSWER, -ENOENT, "no such name"},
	    {"formerr.example", DNS_FORMERR, -EOPNOTSUPP, "does not understand the question"},
	    {"servfail.example", DNS_SERVFAIL, -EREMOTEIO, "failed (SERVFAIL)"},
	    {"notimpl.example", DNS_NOTIMPL, -EOPNOTSUPP, "does not understand the question"},
	    {"refused.example", DNS_REFUSED, -EACCES, "refused to answer"},
	    {"long.example", DNS_TRUNCATE, -EMSGSIZE, "too long for UDP (truncated)"},
	    {"garbage.example", DNS_GARBAGE, -EBADMSG, "sent an answer without sense"},
	    {"other.example", DNS_WRONG_QUESTION, -EBADMSG, "sent an answer without sense"},
	};
	const size_t n = sizeof(cases) / sizeof(cases[0]);
	const char *hosts[sizeof(cases) / sizeof(cases[0])];
	struct fixture *f = &fixture;
	char server[32];

	(void)state;
	for (size_t i = 0; i < n; i++)
		hosts[i] = cases[i].name;
	fixture_start(f, hosts, n);
	for (size_t i = 1; i < n; i++)
		dns_server_set(f->server, cases[i].name, DNS_ANY, cases[i].manner);
	dns_server_set(f->server, "other.example", DNS_ANY, DNS_GARBAGE);
	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", dns_server_port(f->server));
	for (uint32_t i = 0; i < n; i++) {
		FIXTURE_WAIT(f, f->answers[i].n_answers > 0);
		fixture_assert_error(f, i, cases[i].error, cases[i].words);
		if (i > 0)
			fixture_assert_error(f, i, cases[i].error, server);
	}
	assert_true(resolve_failures(f->resolve) >= n);
	fixture_teardown(f);
}

static void
test_resolve_asks_again_when_the_time_to_live_ends(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.ttl_min_ns = options.tunables.ttl_max_ns = 20 * NSEC_PER_MSEC;
	/* 0, a week, and what RFC 2181 makes 0: clamped at both ends */
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 0);
	dns_server_add(f->server, "b.example", DNS_A, "192.0.2.1", 604800);
	dns_server_add(f->server, "c.example", DNS_A, "192.0.2.1", UINT32_C(0x80000000));
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example/4", "b.example/4", "c.example/4");
	for (uint32_t i = 0; i < 3; i++)
		FIXTURE_WAIT(f, fixture_has_addresses(f, i, "192.0.2.1"));
	dns_server_remove(f->server, "a.example");
	dns_server_remove(f->server, "b.example");
	dns_server_remove(f->server, "c.example");
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.2", 0);
	dns_server_add(f->server, "b.example", DNS_A, "192.0.2.2", 604800);
	dns_server_add(f->server, "c.example", DNS_A, "192.0.2.2", UINT32_C(0xffffffff));
	for (uint32_t i = 0; i < 3; i++)
		FIXTURE_WAIT(f, fixture_has_addresses(f, i, "192.0.2.2"));
	assert_int_equal(resolve_failures(f->resolve), 0);
	fixture_teardown(f);
}

static void
test_resolve_keeps_an_answer_for_its_time_to_live(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example/4", "b.example/4"); /* the bounds are the real ones */
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 0);
	dns_server_add(f->server, "b.example", DNS_A, "192.0.2.2", 300);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0);
	/* ten looks at the files later */
	for (nsec_t until = clock_now_ns() + 100 * NSEC_PER_MSEC; clock_now_ns() < until;)
		fixture_turn(f);
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 2);
	fixture_teardown(f);
}

static void
test_resolve_name_that_appears_and_vanishes_is_followed(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.ttl_min_ns = options.tunables.ttl_max_ns = 20 * NSEC_PER_MSEC;
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	FIXTURE_WAIT(f, f->answers[0].n_errors >= 3); /* it is tried again */
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	dns_server_remove(f->server, "a.example");
	FIXTURE_WAIT(f, f->answers[0].error == -ENOENT);
	fixture_teardown(f);
}

static void
test_resolve_failing_family_keeps_its_addresses_listed(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.ttl_min_ns = options.tunables.ttl_max_ns = 20 * NSEC_PER_MSEC;
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "a.example", DNS_AAAA, "2001:db8::1", 60);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example", "a.example/6");
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "2001:db8::1 192.0.2.1"));
	dns_server_set(f->server, "a.example", DNS_AAAA, DNS_SERVFAIL);
	FIXTURE_WAIT(f, f->answers[1].error != 0);
	fixture_assert_error(f, 1, -EREMOTEIO, "SERVFAIL");
	/* else a short failure would make every such target change its family */
	fixture_assert_addresses(f, 0, "2001:db8::1 192.0.2.1");
	dns_server_set(f->server, "a.example", DNS_AAAA, DNS_ANSWER);
	dns_server_remove(f->server, "a.example");
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1")); /* while no means no */
	fixture_teardown(f);
}

static void
test_resolve_wrong_ids_are_no_answers(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.server_ns = SOON;
	dns_server_add(f->server, "first.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "only.example", DNS_A, "192.0.2.2", 60);
	dns_server_set(f->server, "first.example", DNS_ANY, DNS_WRONG_ID_FIRST);
	dns_server_set(f->server, "only.example", DNS_ANY, DNS_WRONG_ID);
	fixture_open(f, &options);
	FIXTURE_SET(f, "first.example", "only.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_error(f, 1, -ETIMEDOUT, "no answer");
	fixture_teardown(f);
}

static void
test_resolve_aliases_are_followed(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "www.example");
	dns_server_add(f->server, "www.example", DNS_CNAME, "web.example", 60);
	dns_server_add(f->server, "web.example", DNS_CNAME, "host7.example", 60);
	dns_server_add(f->server, "host7.example", DNS_A, "192.0.2.7", 60);
	dns_server_add(f->server, "host7.example", DNS_AAAA, "2001:db8::7", 60);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	fixture_assert_addresses(f, 0, "2001:db8::7 192.0.2.7");
	fixture_teardown(f);
}

static void
test_resolve_many_addresses_are_cut_and_stay(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	struct answer first;
	unsigned int n;

	(void)state;
	options.tunables.ttl_min_ns = options.tunables.ttl_max_ns = 20 * NSEC_PER_MSEC;
	for (int i = 0; i < 100; i++) {
		char address[32];

		(void)snprintf(address, sizeof(address), "192.0.2.%d", i + 1);
		dns_server_add(f->server, "pool.example", DNS_A, address, 60);
	}
	for (int i = 0; i < 20; i++) {
		char address[32];

		(void)snprintf(address, sizeof(address), "2001:db8::%d", i + 1);
		dns_server_add(f->server, "ring.example", DNS_AAAA, address, 60);
	}
	fixture_open(f, &options);
	FIXTURE_SET(f, "pool.example", "ring.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0);
	assert_int_equal(f->answers[0].n, SETTINGS_ADDRESSES_MAX);
	/* 20 that turn round and round: the chosen 16 do not */
	first = f->answers[1];
	assert_int_equal(first.n, SETTINGS_ADDRESSES_MAX);
	dns_server_rotate(f->server, true);
	n = f->answers[1].n_answers;
	FIXTURE_WAIT(f, f->answers[1].n_answers > n + 5);
	assert_int_equal(f->answers[1].n, SETTINGS_ADDRESSES_MAX);
	assert_memory_equal(f->answers[1].addresses, first.addresses, sizeof(first.addresses));
	fixture_teardown(f);
}

static void
test_resolve_addresses_of_no_host_are_left_out(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "blocked.example", "mixed.example", "blocked.example/s", "local.example");
	dns_server_add(f->server, "blocked.example", DNS_A, "0.0.0.0", 60);
	dns_server_add(f->server, "blocked.example", DNS_AAAA, "::", 60);
	dns_server_add(f->server, "mixed.example", DNS_A, "255.255.255.255", 60);
	dns_server_add(f->server, "mixed.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "local.example", DNS_AAAA, "fe80::1", 60);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0 &&
			    f->answers[3].n_answers > 0);
	fixture_assert_error(f, 0, -EADDRNOTAVAIL, "allow_special");
	fixture_assert_addresses(f, 1, "192.0.2.1");
	fixture_assert_addresses(f, 2, ":: 0.0.0.0");
	/* link-local without an interface leads nowhere */
	fixture_assert_error(f, 3, -ENODATA, "the name has no address");
	fixture_teardown(f);
}

static void
test_resolve_questions_have_ports_of_their_own_and_plain_letters(void **state)
{
	static const char *hosts[20];
	static char names[20][32];
	struct fixture *f = &fixture;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "Name%zu.Example/4", i);
		hosts[i] = names[i];
	}
	fixture_start(f, hosts, 20);
	for (uint32_t i = 0; i < 20; i++)
		FIXTURE_WAIT(f, f->answers[i].n_answers > 0);
	assert_true(dns_server_ports(f->server) > 15); /* the kernel may give one twice */
	assert_false(dns_server_saw_upper_case(f->server));
	fixture_teardown(f);
}

static void
test_resolve_nothing_of_evdns_outlives_a_question(void **state)
{
	static const enum dns_manner manners[] = {
	    DNS_SILENT, DNS_REFUSED, DNS_SERVFAIL, DNS_NOTIMPL, DNS_ANSWER};
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.server_ns = 50 * NSEC_PER_MSEC;
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	fixture_open(f, &options);
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		dns_server_set(f->server, "", DNS_ANY, manners[i]);
		FIXTURE_SET(f, i % 2 != 0 ? "odd.example" : "even.example");
		FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
		/* two of our own, the server, the resolver's timer: so no timer of evdns is left
		 * that could ask a failed server for a name of its own */
		FIXTURE_WAIT(f, event_base_get_num_events(f->base,
				    EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE) == 4);
	}
	assert_int_equal(dns_server_asked(f->server, "google.com", DNS_ANY), 0);
	fixture_teardown(f);
}

/* The times of events that are neither soon nor far. */
static int
count_between(const struct event_base *base, const struct event *event, void *arg)
{
	struct timeval at, now;
	unsigned int *n = arg;

	if (!event_pending(event, EV_TIMEOUT, &at))
		return 0;
	(void)event_base_gettimeofday_cached((struct event_base *)(uintptr_t)base, &now);
	*n += at.tv_sec - now.tv_sec > 1 && at.tv_sec - now.tv_sec < 1800;
	return 0;
}

static void
test_resolve_evdns_has_no_time_of_its_own(void **state)
{
	struct fixture *f = &fixture;
	unsigned int n = 0;

	(void)state;
	FIXTURE_START(f, "a.example");
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 2);
	/* ours come soon, for the files' sake; evdns would give up after 5 s, and call that what it
	 * calls SERVFAIL */
	assert_int_equal(event_base_foreach_event(f->base, count_between, &n), 0);
	assert_int_equal(n, 0);
	fixture_teardown(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resolve_failures_have_words_of_their_own),
	    cmocka_unit_test(test_resolve_asks_again_when_the_time_to_live_ends),
	    cmocka_unit_test(test_resolve_keeps_an_answer_for_its_time_to_live),
	    cmocka_unit_test(test_resolve_name_that_appears_and_vanishes_is_followed),
	    cmocka_unit_test(test_resolve_failing_family_keeps_its_addresses_listed),
	    cmocka_unit_test(test_resolve_wrong_ids_are_no_answers),
	    cmocka_unit_test(test_resolve_aliases_are_followed),
	    cmocka_unit_test(test_resolve_many_addresses_are_cut_and_stay),
	    cmocka_unit_test(test_resolve_addresses_of_no_host_are_left_out),
	    cmocka_unit_test(test_resolve_questions_have_ports_of_their_own_and_plain_letters),
	    cmocka_unit_test(test_resolve_nothing_of_evdns_outlives_a_question),
	    cmocka_unit_test(test_resolve_evdns_has_no_time_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
