/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What a name means before anybody is asked, and for which names DNS is: the hosts file, localhost,
 * the search list.
 */
#include "resolve_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fixture fixture;

static void
test_resolve_hosts_file_is_answered_within_set(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	fixture_write(f->hosts, "192.0.2.1 nas.example nas NAS2 # a comment nas3\n"
				"2001:db8::1\tboth\n \t192.0.2.2  both\r\n"
				"fe80::7%%lo router\n"
				"192.0.2.300 nas4\n192.0.2.9 nas4");
	fixture_open(f, &options);
	FIXTURE_SET(
	    f, "nas.example", "nas", "nas2", "nas.", "both", "both/4", "both/6", "router", "nas4");
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_addresses(f, 1, "192.0.2.1");
	fixture_assert_addresses(f, 2, "192.0.2.1");
	fixture_assert_addresses(f, 3, "192.0.2.1");
	fixture_assert_addresses(f, 4, "2001:db8::1 192.0.2.2");
	fixture_assert_addresses(f, 5, "192.0.2.2");
	fixture_assert_addresses(f, 6, "2001:db8::1");
	fixture_assert_addresses(f, 7, "fe80::7%1");
	fixture_assert_addresses(f, 8, "192.0.2.9");
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 0);
	fixture_teardown(f);
}

static void
test_resolve_hosts_entry_of_one_family_stands_for_auto(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	fixture_write(f->hosts, "192.0.2.1 nas.example\n");
	dns_server_add(f->server, "nas.example", DNS_A, "192.0.2.99", 60);
	dns_server_add(f->server, "nas.example", DNS_AAAA, "2001:db8::99", 60);
	fixture_open(f, &options);
	FIXTURE_SET(f, "nas.example", "nas.example/6");
	fixture_assert_addresses(f, 0, "192.0.2.1");
	assert_int_equal(f->answers[1].n_answers, 0);
	FIXTURE_WAIT(f, f->answers[1].n_answers > 0);
	fixture_assert_addresses(f, 1, "2001:db8::99"); /* the file has none: DNS may */
	fixture_assert_addresses(f, 0, "192.0.2.1");
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_A), 0);
	fixture_teardown(f);
}

static void
test_resolve_hosts_file_is_followed(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	dns_server_add(f->server, "nas.example", DNS_A, "192.0.2.99", 60);
	fixture_open(f, &options);
	FIXTURE_SET(f, "nas.example");
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.99"));
	fixture_write(f->hosts, "192.0.2.1 nas.example\n");
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.1"));
	fixture_write(f->hosts, "192.0.2.2 nas.example\n"); /* same length, same second */
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.2"));
	fixture_write(f->hosts, "192.0.2.2 other.example\n");
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.99"));
	assert_int_equal(f->answers[0].n_errors, 0);
	assert_int_equal(remove(f->hosts), 0);
	dns_server_forget(f->server);
	fixture_write(f->hosts, "192.0.2.3 nas.example\n");
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "192.0.2.3"));
	fixture_teardown(f);
}

static void
test_resolve_hosts_rewritten_in_place_is_followed(void **state)
{
	struct fixture *f = &fixture;
	FILE *file;

	(void)state;
	FIXTURE_START(f, "nas.example");
	for (int i = 1; i < 20; i++) { /* faster than the file system's clock ticks */
		char text[32];

		(void)snprintf(text, sizeof(text), "192.0.2.%d", 100 + i);
		file = fopen(f->hosts, "we");
		assert_non_null(file);
		assert_true(fprintf(file, "%s nas.example\n", text) > 0);
		assert_int_equal(fclose(file), 0);
		FIXTURE_WAIT(f, fixture_has_addresses(f, 0, text));
	}
	fixture_teardown(f);
}

static void
test_resolve_long_lines_of_hosts_are_cut(void **state)
{
	static char text[3 * RESOLVE_LINE_MAX];
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);
	size_t len = (size_t)snprintf(text, sizeof(text), "192.0.2.1 first");

	(void)state;
	memset(text + len, ' ', 2 * RESOLVE_LINE_MAX);
	(void)snprintf(text + len + 2 * RESOLVE_LINE_MAX, 64, "beyond\n192.0.2.2 second\n");
	fixture_write(f->hosts, "%s", text);
	fixture_open(f, &options);
	FIXTURE_SET(f, "first", "second", "beyond");
	fixture_assert_addresses(f, 0, "192.0.2.1");
	fixture_assert_addresses(f, 1, "192.0.2.2");
	assert_int_equal(f->answers[2].n_answers, 0);
	fixture_teardown(f);
}

static void
test_resolve_hosts_of_any_bytes_is_survived(void **state)
{
	static const char words[] = "192.0.2.1 nas \t2001:db8::1 a.b # \n\n fe80::1%lo nas. \r\n";
	static char text[3 * RESOLVE_LINE_MAX];
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	fixture_open(f, &options);
	srand(5);
	for (int round = 0; round < 100; round++) {
		size_t len = (size_t)rand() % sizeof(text);
		FILE *file = fopen(f->hosts, "we");

		for (size_t i = 0; i < len; i++)
			text[i] = rand() % 30 == 0 ? (char)rand() : words[i % (sizeof(words) - 1)];
		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, len, file), len);
		assert_int_equal(fclose(file), 0);
		FIXTURE_SET(f, "nas", "a.b", "nas.", "a.b/6");
	}
	fixture_teardown(f);
}

static void
test_resolve_localhost_needs_no_server(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	fixture_open(f, &options);
	FIXTURE_SET(f, "localhost", "LOCALHOST.", "a.b.localhost", "localhost/4", "localhost/6");
	fixture_assert_addresses(f, 0, "::1 127.0.0.1");
	fixture_assert_addresses(f, 1, "::1 127.0.0.1");
	fixture_assert_addresses(f, 2, "::1 127.0.0.1");
	fixture_assert_addresses(f, 3, "127.0.0.1");
	fixture_assert_addresses(f, 4, "::1");
	fixture_write(f->hosts, "127.0.0.1 localhost\n"); /* as in a system without IPv6 */
	FIXTURE_WAIT(f, fixture_has_addresses(f, 0, "127.0.0.1"));
	fixture_assert_addresses(f, 4, "::1");
	assert_int_equal(dns_server_asked(f->server, NULL, DNS_ANY), 0);
	fixture_teardown(f);
}

static void
search_for(const char *options, const char *host, const char *asked[], size_t n_asked)
{
	struct fixture *f = &fixture;
	struct resolve_options resolve = fixture_setup(f);

	fixture_write(f->resolv_conf,
	    "search Corp.Example. lab.example\noptions %s\nnameserver "
	    "127.0.0.1:%u\n",
	    options, dns_server_port(f->server));
	fixture_open(f, &resolve);
	fixture_set(f, &host, 1);
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0);
	for (size_t i = 0; i < n_asked; i++)
		assert_string_equal(dns_server_question(f->server, i), asked[i]);
	fixture_assert_error(f, 0, -ENOENT, "no such name");
	fixture_teardown(f);
}

static void
test_resolve_search_list_goes_by_ndots(void **state)
{
	(void)state;
	search_for(
	    "ndots:1", "Nas/4", (const char *[]){"nas.corp.example", "nas.lab.example", "nas"}, 3);
	search_for(
	    "ndots:1", "a.b/4", (const char *[]){"a.b", "a.b.corp.example", "a.b.lab.example"}, 3);
	search_for(
	    "ndots:2", "a.b/4", (const char *[]){"a.b.corp.example", "a.b.lab.example", "a.b"}, 3);
	search_for(
	    "ndots:0", "nas/4", (const char *[]){"nas", "nas.corp.example", "nas.lab.example"}, 3);
	/* a full name is asked for as it is; the next question is its repetition */
	search_for("ndots:1", "nas./4", (const char *[]){"nas"}, 1);
}

static void
test_resolve_search_ends_at_the_first_name_with_an_address(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	fixture_write(f->resolv_conf, "search a.example b.example\nnameserver 127.0.0.1:%u\n",
	    dns_server_port(f->server));
	/* IPv4 under the one name, IPv6 under the other: that would be two hosts */
	dns_server_add(f->server, "nas.a.example", DNS_A, "192.0.2.1", 60);
	dns_server_add(f->server, "nas.b.example", DNS_AAAA, "2001:db8::1", 60);
	dns_server_set(f->server, "db.a.example", DNS_ANY, DNS_SERVFAIL);
	dns_server_add(f->server, "db.b.example", DNS_A, "192.0.2.2", 60);
	dns_server_set(f->server, "www.a.example", DNS_ANY, DNS_REFUSED);
	dns_server_add(f->server, "www.b.example", DNS_A, "192.0.2.3", 60);
	fixture_open(f, &options);
	FIXTURE_SET(f, "nas", "db", "www");
	FIXTURE_WAIT(f, f->answers[0].n_answers > 0 && f->answers[1].n_answers > 0 &&
			    f->answers[2].n_answers > 0);
	fixture_assert_addresses(f, 0, "192.0.2.1");
	assert_int_equal(dns_server_asked(f->server, "nas.b.example", DNS_ANY), 0);
	fixture_assert_addresses(f, 1, "192.0.2.2"); /* as the C library goes on */
	fixture_assert_error(f, 2, -EACCES, "refused");
	assert_int_equal(dns_server_asked(f->server, "www.b.example", DNS_ANY), 0);
	fixture_teardown(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resolve_hosts_file_is_answered_within_set),
	    cmocka_unit_test(test_resolve_hosts_entry_of_one_family_stands_for_auto),
	    cmocka_unit_test(test_resolve_hosts_file_is_followed),
	    cmocka_unit_test(test_resolve_hosts_rewritten_in_place_is_followed),
	    cmocka_unit_test(test_resolve_long_lines_of_hosts_are_cut),
	    cmocka_unit_test(test_resolve_hosts_of_any_bytes_is_survived),
	    cmocka_unit_test(test_resolve_localhost_needs_no_server),
	    cmocka_unit_test(test_resolve_search_list_goes_by_ndots),
	    cmocka_unit_test(test_resolve_search_ends_at_the_first_name_with_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
