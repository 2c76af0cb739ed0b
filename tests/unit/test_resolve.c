/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The resolver as the daemon sees it: numbers, families and their order, what stays when the
 * targets change, the pace, the end.
 */
#include "resolve_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

static struct fixture fixture;

static void
test_resolve_numbers_are_answered_within_set(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "192.0.2.1", "2001:db8::1", "192.0.2.1/4", "2001:db8::1/6", "fe80::1%7");
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_addresses(f, 1, "2001:db8::1");
	fixture_assert_addresses(f, 2, "192.0.2.1");
	fixture_assert_addresses(f, 3, "2001:db8::1");
	fixture_assert_addresses(f, 4, "fe80::1%7");
	for (int i = 0; i < 5; i++)
		assert_int_equal(f->answers[i].n_answers, 1);
	fixture_teardown(f);
}

static void
test_resolve_number_of_the_other_family_is_an_error(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "192.0.2.1/6", "2001:db8::1/4");
	fixture_assert_error(f, 0, -EAFNOSUPPORT, "192.0.2.1 is not of the family asked for");
	fixture_assert_error(f, 1, -EAFNOSUPPORT, "2001:db8::1 is not");
	fixture_teardown(f);
}

static void
test_resolve_special_addresses_need_leave(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "0.0.0.0", "224.0.0.1", "255.255.255.255", "ff02::1%1",
	    "::", "224.0.0.1/s", "127.0.0.1");
	for (uint32_t i = 0; i < 5; i++)
		fixture_assert_error(f, i, -EADDRNOTAVAIL, "allow_special");
	fixture_assert_addresses(f, 5, "224.0.0.1");
	fixture_assert_addresses(f, 6, "127.0.0.1");
	fixture_teardown(f);
}

static void
test_resolve_what_is_no_name_is_never_asked(void **state)
{
	static const char *const bad[] = {"10.1", "192.0.2.1.5", "a..b", ".", "", "-.7", "a b",
	    "x@y", "fe80::1%", "192.0.2.1%lo", "2001:db8::1%lo", "::g",
	    "a123456789b123456789c123456789d123456789e123456789f123456789g123.example"};
	struct fixture *f = &fixture;

	(void)state;
	fixture_start(f, bad, sizeof(bad) / sizeof(bad[0]));
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fixture_assert_error(f, i, -EINVAL, "is neither an address nor a host name");
	FIXTURE_SET(f, "good.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	assert_int_equal(dns_server_asked(f->server, "good.example", DNS_ANY),
	    dns_server_asked(f->server, NULL, DNS_ANY));
	fixture_teardown(f);
}

static void
test_resolve_scope_is_the_index_of_the_interface(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "fe80::1%lo", "fe80::1%nosuch0", "fe80::1%lo/4");
	fixture_assert_addresses(f, 0, "fe80::1%1"); /* lo is the first of any namespace */
	fixture_assert_error(f, 1, -ENODEV, "no interface nosuch0");
	fixture_assert_error(f, 2, -EAFNOSUPPORT, "fe80::1%lo is not");
	fixture_teardown(f);
}

static void
test_resolve_families_are_asked_as_needed(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example/4", "b.example/6", "c.example");
	for (int i = 0; i < 3; i++) {
		const char *name = (const char *[]){"a.example", "b.example", "c.example"}[i];

		dns_server_add(f->server, name, DNS_A, "192.0.2.1", 60);
		dns_server_add(f->server, name, DNS_AAAA, "2001:db8::1", 60);
	}
	FIXTURE_WAIT(
	    f, f->answers[0].n_answers + f->answers[1].n_answers + f->answers[2].n_answers == 3);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_addresses(f, 1, "2001:db8::1");
	fixture_assert_addresses(f, 2, "2001:db8::1 192.0.2.1");
	assert_int_equal(dns_server_asked(f->server, "a.example", DNS_AAAA), 0);
	assert_int_equal(dns_server_asked(f->server, "b.example", DNS_A), 0);
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 4);
	fixture_teardown(f);
}

static void
test_resolve_auto_without_route_prefers_ipv4(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "both.example", "six.example");
	fixture_route_ipv6 = false;
	dns_server_add(f->server, "both.example", DNS_AAAA, "2001:db8::1", 60);
	dns_server_add(f->server, "both.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "six.example", DNS_AAAA, "2001:db8::2", 60);
	FIXTURE_WAIT(f, f->answers[0].n_answers + f->answers[1].n_answers == 2);
	fixture_assert_addresses(f, 0, "192.0.2.1 2001:db8::1");
	fixture_assert_addresses(f, 1, "2001:db8::2");
	fixture_teardown(f);
}

static void
test_resolve_one_family_is_enough_for_auto(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(
	    f, "four.example", "four.example/6", "four.example/4", "six.example/4", "none.example");
	dns_server_add(f->server, "four.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "six.example", DNS_AAAA, "2001:db8::1", 60);
	dns_server_add(f->server, "none.example", DNS_CNAME, "gone.example", 60);
	dns_server_add(f->server, "none.example", DNS_CNAME, "gone.example", 60);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[3].n_answers > 0 &&
			    f->answers[4].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_error(f, 1, -ENODATA, "the name has no IPv6 address");
	fixture_assert_addresses(f, 2, "192.0.2.1");
	fixture_assert_error(f, 3, -ENODATA, "the name has no IPv4 address");
	fixture_assert_error(f, 4, -ENODATA, "the name has no address");
	fixture_teardown(f);
}

static void
test_resolve_missing_family_is_tried_again_like_a_failure(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example", "a.example/6");
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 86400);
	FIXTURE_WAIT(f, f->answers[1].n_errors > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	dns_server_add(f->server, "a.example", DNS_AAAA, "2001:db8::1", 86400);
	FIXTURE_WAIT(f, fixture_has_addresses(f, 1, "2001:db8::1")); /* not a day later */
	assert_true(resolve_failures(f->resolve) > 0);
	fixture_teardown(f);
}

static void
test_resolve_one_look_up_serves_all_targets_of_a_host(void **state)
{
	static const char *hosts[500];
	struct fixture *f = &fixture;

	(void)state;
	for (size_t i = 0; i < 500; i++)
		hosts[i] = i % 2 != 0 ? "Many.Example" : "many.example";
	fixture_start(f, hosts, 500);
	dns_server_add(f->server, "many.example", DNS_A, "192.0.2.1", 60);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	for (uint32_t i = 0; i < 500; i++) {
		fixture_assert_addresses(f, i, "192.0.2.1");
		assert_int_equal(f->answers[i].n_answers, 1);
	}
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 2);
	fixture_teardown(f);
}

static void
test_resolve_set_keeps_what_is_known(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "gone.example", "stays.example", "bad.example");
	dns_server_add(f->server, "stays.example", DNS_A, "192.0.2.1", 60);
	FIXTURE_WAIT(f, f->answers[1].n_answers > 0 && f->answers[2].n_answers > 0);
	dns_server_set(f->server, "", DNS_ANY, DNS_SILENT);
	FIXTURE_SET(
	    f, "new.example", "192.0.2.7", "Stays.Example", "stays.example/4", "bad.example");
	fixture_assert_addresses(f, 1, "192.0.2.7");
	fixture_assert_addresses(f, 2, "192.0.2.1");
	fixture_assert_addresses(f, 3, "192.0.2.1");
	fixture_assert_error(f, 4, -ENOENT, "no such name");
	assert_int_equal(f->answers[0].n_answers, 0);
	fixture_teardown(f);
}

static void
test_resolve_set_keeps_questions_under_way(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "gone.example/4", "stays.example/4");
	dns_server_add(f->server, "stays.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "gone.example", DNS_A, "192.0.2.2", 60);
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 2);
	FIXTURE_SET(f, "192.0.2.9", "192.0.2.9", "stays.example/4");
	assert_int_equal(f->answers[2].n_answers, 0);
	assert_int_equal(dns_server_release(f->server), 2);
	FIXTURE_WAIT(f, f->answers[2].n_answers > 0);
	fixture_assert_addresses(f, 2, "192.0.2.1");
	fixture_assert_addresses(f, 0, "192.0.2.9");
	assert_int_equal(f->answers[0].n_answers, 1);
	assert_int_equal(dns_server_asked(f->server, "stays.example", DNS_ANY), 1);
	fixture_teardown(f);
}

static void
test_resolve_set_with_a_further_family_asks_before_it_answers(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "both.example/4");
	dns_server_add(f->server, "both.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "both.example", DNS_AAAA, "2001:db8::1", 60);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	FIXTURE_SET(f, "both.example/4", "both.example");
	fixture_assert_addresses(f, 0, "192.0.2.1");
	/* an answer without IPv6 would make the engine stay with IPv4 */
	assert_int_equal(f->answers[1].n_answers, 0);
	FIXTURE_WAIT(f, f->answers[1].n_answers > 0);
	fixture_assert_addresses(f, 1, "2001:db8::1 192.0.2.1");
	fixture_teardown(f);
}

static void
test_resolve_set_of_nothing_is_fine(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example", "192.0.2.1");
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 2);
	fixture_set(f, NULL, 0);
	assert_int_equal(dns_server_release(f->server), 2);
	for (int i = 0; i < 5; i++)
		fixture_turn(f);
	assert_int_equal(f->answers[0].n_answers, 0);
	fixture_set(f, NULL, 0);
	fixture_teardown(f);
}

static void
test_resolve_look_ups_are_paced(void **state)
{
	static const char *hosts[200];
	static char names[200][32];
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	size_t answered = 0;

	(void)state;
	options.tunables.in_flight_max = 10;
	options.tunables.starts_per_s = 100000;
	for (size_t i = 0; i < 200; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%zu.example", i);
		hosts[i] = names[i];
		dns_server_add(f->server, names[i], DNS_A, "192.0.2.1", 60);
	}
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	fixture_open(f, &options);
	fixture_set(f, hosts, 200);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 10);
	for (int i = 0; i < 20; i++)
		fixture_turn(f);
	assert_int_equal(dns_server_held(f->server), 10); /* no more before one is answered */
	assert_string_equal(dns_server_question(f->server, 0), "n0.example"); /* in their order */
	assert_int_equal(dns_server_release(f->server), 10);
	while (answered < 200) {
		FIXTURE_WAIT(f, f->answers[answered].n_answers > 0);
		assert_int_equal(f->answers[answered++].n_answers, 1);
	}
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 400);
	fixture_teardown(f);
}

static void
test_resolve_starts_are_limited_a_second(void **state)
{
	static const char *hosts[200];
	static char names[200][32];
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	nsec_t began_ns;

	(void)state;
	options.tunables.starts_per_s = 100;
	for (size_t i = 0; i < 200; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%zu.example/4", i);
		hosts[i] = names[i];
	}
	fixture_open(f, &options);
	began_ns = clock_now_ns();
	fixture_set(f, hosts, 200);
	FIXTURE_WAIT(f, dns_server_asked(f->server, NULL, DNS_ANY) >= 20);
	/* so many in no less than a fifth of a second, however slow this machine is; 3: the burst
	 * that the pace may have in store */
	assert_true(dns_server_asked(f->server, NULL, DNS_ANY) <=
		    (size_t)((clock_now_ns() - began_ns) / (10 * NSEC_PER_MSEC)) + 3);
	fixture_teardown(f);
}

static void
test_resolve_free_with_questions_under_way_leaves_nothing(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example", "b.example");
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 4);
	resolve_free(f->resolve);
	f->resolve = NULL;
	/* the server's and two of our own */
	assert_int_equal(event_base_get_num_events(f->base, EVENT_BASE_COUNT_ADDED), 3);
	fixture_teardown(f);
}

static void
free_resolver(struct fixture *f)
{
	assert_true(event_base_get_num_events(f->base, EVENT_BASE_COUNT_ACTIVE) > 0);
	resolve_free(f->resolve);
	f->resolve = NULL;
}

static void
test_resolve_free_amid_replies_leaves_nothing(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example", "b.example", "c.example", "d.example");
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 8);
	assert_int_equal(dns_server_release(f->server), 8);
	fixture_interrupt(f, free_resolver);
	FIXTURE_WAIT(f, f->resolve == NULL);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(f->answers[i].n_answers, 0);
	fixture_teardown(f); /* checks that nothing is left in the base */
}

static void
set_other_targets(struct fixture *f)
{
	assert_true(event_base_get_num_events(f->base, EVENT_BASE_COUNT_ACTIVE) > 0);
	FIXTURE_SET(f, "192.0.2.1", "b.example", "192.0.2.2", "c.example");
}

static void
test_resolve_set_amid_replies_answers_the_new_targets(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "a.example", "b.example", "c.example", "d.example");
	dns_server_add(f->server, "b.example", DNS_A, "192.0.2.11", 60);
	dns_server_add(f->server, "c.example", DNS_A, "192.0.2.12", 60);
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 8);
	assert_int_equal(dns_server_release(f->server), 8);
	fixture_interrupt(f, set_other_targets);
	FIXTURE_WAIT(f, f->answers[1].n_answers > 0 && f->answers[3].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_addresses(f, 1, "192.0.2.11");
	fixture_assert_addresses(f, 2, "192.0.2.2");
	fixture_assert_addresses(f, 3, "192.0.2.12");
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 8);
	fixture_teardown(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resolve_numbers_are_answered_within_set),
	    cmocka_unit_test(test_resolve_number_of_the_other_family_is_an_error),
	    cmocka_unit_test(test_resolve_special_addresses_need_leave),
	    cmocka_unit_test(test_resolve_what_is_no_name_is_never_asked),
	    cmocka_unit_test(test_resolve_scope_is_the_index_of_the_interface),
	    cmocka_unit_test(test_resolve_families_are_asked_as_needed),
	    cmocka_unit_test(test_resolve_auto_without_route_prefers_ipv4),
	    cmocka_unit_test(test_resolve_one_family_is_enough_for_auto),
	    cmocka_unit_test(test_resolve_missing_family_is_tried_again_like_a_failure),
	    cmocka_unit_test(test_resolve_one_look_up_serves_all_targets_of_a_host),
	    cmocka_unit_test(test_resolve_set_keeps_what_is_known),
	    cmocka_unit_test(test_resolve_set_keeps_questions_under_way),
	    cmocka_unit_test(test_resolve_set_with_a_further_family_asks_before_it_answers),
	    cmocka_unit_test(test_resolve_set_of_nothing_is_fine),
	    cmocka_unit_test(test_resolve_look_ups_are_paced),
	    cmocka_unit_test(test_resolve_starts_are_limited_a_second),
	    cmocka_unit_test(test_resolve_free_with_questions_under_way_leaves_nothing),
	    cmocka_unit_test(test_resolve_free_amid_replies_leaves_nothing),
	    cmocka_unit_test(test_resolve_set_amid_replies_answers_the_new_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
