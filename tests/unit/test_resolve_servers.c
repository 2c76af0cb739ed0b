/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The resolver and name servers that keep silent, are not there, change, or stand in for each
 * other.
 */
#include "resolve_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SOON (300 * NSEC_PER_MSEC) /* a server's time where it is to run out */

static struct fixture fixture;

static void
test_resolve_silence_is_no_answer_after_all_attempts(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.server_ns = SOON;
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	dns_server_set(f->server, "", DNS_ANY, DNS_SILENT);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example/4");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	fixture_assert_error(f, 0, -ETIMEDOUT, "no answer from the name server 127.0.0.1:");
	assert_int_equal(dns_server_asked(f->server, "a.example", DNS_A), 2);
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 2); /* nor any other name */
	fixture_teardown(f);
}

static void
test_resolve_closed_port_is_no_answer(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.server_ns = SOON;
	dns_server_listen(f->server, false);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	fixture_assert_error(f, 0, -ETIMEDOUT, "no answer from the name server 127.0.0.1:");
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	dns_server_listen(f->server, true);
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	fixture_teardown(f);
}

static void
test_resolve_deadline_keeps_no_address_back(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.deadline_ns = SOON;
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	dns_server_set(f->server, "a.example", DNS_AAAA, DNS_SILENT);
	dns_server_set(f->server, "b.example", DNS_ANY, DNS_SILENT);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example", "a.example/6", "b.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[2].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_error(f, 1, -ETIMEDOUT, "no answer");
	fixture_assert_error(f, 2, -ETIMEDOUT, "no answer");
	/* the server's own time, and with it the second attempt, was still to come */
	assert_int_equal(dns_server_asked(f->server, "b.example", DNS_A), 1);
	fixture_teardown(f);
}

static void
test_resolve_without_server_says_so(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	/* so that nothing but the file's change makes it try again */
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	assert_int_equal(remove(f->resolv_conf), 0);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers == 1);
	fixture_assert_error(f, 0, -EDESTADDRREQ, "no name server: none in /tmp/");
	fixture_write(f->resolv_conf, "# empty\n");
	FIXTURE_WAIT(f, f->answers[0].n_answers == 2);
	fixture_assert_error(f, 0, -EDESTADDRREQ, "no name server: none in /tmp/");
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	fixture_write(f->resolv_conf, "nameserver 127.0.0.1:%u\n", dns_server_port(f->server));
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	fixture_teardown(f);
}

static void
test_resolve_conf_that_is_no_file_is_not_read(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.resolv_conf = "/dev/zero";
	options.hosts = "/dev/zero";
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	fixture_assert_error(f, 0, -EDESTADDRREQ, "no name server: /dev/zero cannot be read");
	fixture_teardown(f);
}

static void
test_resolve_conf_change_takes_questions_along(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	struct dns_server *second;

	(void)state;
	options.tunables.server_ns = options.tunables.deadline_ns = NSEC_PER_HOUR;
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	dns_server_set(f->server, "", DNS_ANY, DNS_HOLD);
	FIXTURE_WAIT(f, dns_server_held(f->server) == 2);
	second = dns_server_new(f->base);
	dns_server_add(second, "a.example", DNS_A, "192.0.2.2", 60);
	fixture_write(f->resolv_conf, "nameserver 127.0.0.1:%u\n", dns_server_port(second));
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.2");
	assert_int_equal(dns_server_release(f->server), 2); /* too late, and to nobody */
	for (int i = 0; i < 5; i++)
		fixture_turn(f);
	assert_int_equal(f->answers[0].n_answers, 1);
	dns_server_free(second);
	fixture_teardown(f);
}

static void
test_resolve_second_server_answers_for_the_first(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	struct dns_server *second = dns_server_new(f->base);

	(void)state;
	options.tunables.server_ns = SOON;
	fixture_write(f->resolv_conf, "nameserver 127.0.0.1:%u\nnameserver 127.0.0.1:%u\n",
	    dns_server_port(f->server), dns_server_port(second));
	dns_server_set(f->server, "a.example", DNS_ANY, DNS_SILENT);
	dns_server_set(f->server, "b.example", DNS_ANY, DNS_SERVFAIL);
	dns_server_set(f->server, "c.example", DNS_ANY, DNS_REFUSED);
	dns_server_set(f->server, "d.example", DNS_ANY, DNS_TRUNCATE);
	dns_server_add(second, "a.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(second, "b.example", DNS_A, "192.0.2.2", 60);
	dns_server_add(second, "c.example", DNS_A, "192.0.2.3", 60);
	dns_server_add(second, "d.example", DNS_A, "192.0.2.4", 60);
	dns_server_add(second, "e.example", DNS_A, "192.0.2.5", 60);
	dns_server_add(f->server, "f.example", DNS_A, "192.0.2.6", 60);
	fixture_open(f, &options);
	FIXTURE_SET(
	    f, "a.example", "b.example", "c.example", "d.example", "e.example", "f.example");
	for (uint32_t i = 0; i < 6; i++)
		FIXTURE_WAIT(f, f->answers[i].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_addresses(f, 1, "192.0.2.2");
	fixture_assert_addresses(f, 2, "192.0.2.3");
	fixture_assert_addresses(f, 3, "192.0.2.4");
	/* what the first knows, or knows not, is its answer: the second is not asked */
	fixture_assert_error(f, 4, -ENOENT, "no such name");
	fixture_assert_addresses(f, 5, "192.0.2.6");
	assert_int_equal(dns_server_asked(second, "e.example", DNS_ANY), 0);
	assert_int_equal(dns_server_asked(second, "f.example", DNS_ANY), 0);
	dns_server_free(second);
	fixture_teardown(f);
}

static void
test_resolve_rotate_spreads_questions_over_servers(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	struct dns_server *second = dns_server_new(f->base);

	(void)state;
	fixture_write(f->resolv_conf,
	    "options rotate\nnameserver 127.0.0.1:%u\nnameserver 127.0.0.1:%u\n",
	    dns_server_port(f->server), dns_server_port(second));
	for (int i = 0; i < 4; i++) {
		const char *name =
		    (const char *[]){"a.example", "b.example", "c.example", "d.example"}[i];

		dns_server_add(f->server, name, DNS_A, "192.0.2.1", 60);
		dns_server_add(second, name, DNS_A, "192.0.2.1", 60);
	}
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example/4", "b.example/4", "c.example/4", "d.example/4");
	for (uint32_t i = 0; i < 4; i++)
		FIXTURE_WAIT(f, f->answers[i].n_answers > 0);
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 2);
	assert_int_equal(dns_server_asked(second, NULL, DNS_ANY), 2);
	dns_server_free(second);
	fixture_teardown(f);
}

static void
test_resolve_words_name_the_server_that_said_most(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	struct dns_server *second = dns_server_new(f->base);
	char words[80];

	(void)state;
	options.tunables.server_ns = SOON;
	fixture_write(f->resolv_conf,
	    "options attempts:1\nnameserver 127.0.0.1:%u\nnameserver 127.0.0.1:%u\n",
	    dns_server_port(f->server), dns_server_port(second));
	dns_server_set(f->server, "", DNS_ANY, DNS_SERVFAIL);
	dns_server_set(second, "", DNS_ANY, DNS_SILENT);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	(void)snprintf(words, sizeof(words), "the name server 127.0.0.1:%u failed (SERVFAIL)",
	    dns_server_port(f->server));
	fixture_assert_error(f, 0, -EREMOTEIO, words);
	dns_server_free(second);
	fixture_teardown(f);
}

static void
test_resolve_silent_server_is_left_alone_until_it_is_back(void **state)
{
	static const char *hosts[300];
	static char names[300][32];
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	size_t asked;

	(void)state;
	options.tunables.server_ns = SOON;
	options.tunables.in_flight_max = 20;
	options.tunables.starts_per_s = 100000;
	/* too long to be waited for: what comes back does so because the server does */
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	options.tunables.silence_ns = 50 * NSEC_PER_MSEC;
	for (size_t i = 0; i < 300; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%zu.example", i);
		hosts[i] = names[i];
		dns_server_add(f->server, names[i], DNS_A, "192.0.2.1", 3600);
	}
	dns_server_set(f->server, "", DNS_ANY, DNS_SILENT);
	fixture_open(f, &options);
	fixture_set(f, hosts, 300);
	for (uint32_t i = 0; i < 300; i++) {
		FIXTURE_WAIT(f, f->answers[i].n_answers > 0);
		fixture_assert_error(f, i, -ETIMEDOUT, "no answer from the name server");
	}
	asked = dns_server_asked(f->server, NULL, DNS_ANY);
	assert_true(asked < 200); /* of 1,200 that all attempts for all names would be */
	dns_server_set(f->server, "", DNS_ANY, DNS_ANSWER);
	resolve_network_changed(f->resolve); /* one way to notice */
	for (uint32_t i = 0; i < 300; i++)
		FIXTURE_WAIT(f, fixture_has_addresses(f, i, "192.0.2.1"));
	fixture_teardown(f);
}

static void
test_resolve_names_that_failed_are_due_when_the_server_is_back(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.server_ns = SOON;
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	options.tunables.silence_ns = NSEC_PER_MSEC;
	dns_server_set(f->server, "", DNS_ANY, DNS_SILENT);
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 3600);
	dns_server_add(f->server, "b.example", DNS_A, "192.0.2.2", 3600);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example", "b.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0);
	dns_server_set(f->server, "", DNS_ANY, DNS_ANSWER);
	/* a third name notices; the others have an hour to wait, but do not */
	FIXTURE_SET(f, "a.example", "b.example", "c.example");
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	FIXTURE_WAIT(f, fixture_has_addresses(f, 1, "192.0.2.2"));
	fixture_teardown(f);
}

static void
test_resolve_server_without_route_is_not_asked(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	fixture_route_ipv4 = false;
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	fixture_assert_error(f, 0, -ENETUNREACH, "no route to the name server 127.0.0.1:");
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 0);
	fixture_route_ipv4 = true;
	resolve_network_changed(f->resolve);
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	fixture_teardown(f);
}

static void
test_resolve_network_change_tries_failed_names_again(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	options.tunables.retry_min_ns = options.tunables.retry_max_ns = NSEC_PER_HOUR;
	dns_server_add(f->server, "good.example", DNS_A, "192.0.2.2", 60);
	fixture_open(f, &options);
	FIXTURE_SET(f, "a.example", "good.example");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0);
	dns_server_add(f->server, "a.example", DNS_A, "192.0.2.1", 60);
	dns_server_forget(f->server);
	resolve_network_changed(f->resolve);
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	assert_int_equal(dns_server_asked(f->server, "good.example", DNS_ANY), 0);
	fixture_teardown(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resolve_silence_is_no_answer_after_all_attempts),
	    cmocka_unit_test(test_resolve_closed_port_is_no_answer),
	    cmocka_unit_test(test_resolve_deadline_keeps_no_address_back),
	    cmocka_unit_test(test_resolve_without_server_says_so),
	    cmocka_unit_test(test_resolve_conf_that_is_no_file_is_not_read),
	    cmocka_unit_test(test_resolve_conf_change_takes_questions_along),
	    cmocka_unit_test(test_resolve_second_server_answers_for_the_first),
	    cmocka_unit_test(test_resolve_rotate_spreads_questions_over_servers),
	    cmocka_unit_test(test_resolve_words_name_the_server_that_said_most),
	    cmocka_unit_test(test_resolve_silent_server_is_left_alone_until_it_is_back),
	    cmocka_unit_test(test_resolve_names_that_failed_are_due_when_the_server_is_back),
	    cmocka_unit_test(test_resolve_server_without_route_is_not_asked),
	    cmocka_unit_test(test_resolve_network_change_tries_failed_names_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
