/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The parts of the resolver that decide without asking anybody: what a host text is, resolv.conf,
 * full names of the search list, due times, lists of addresses, lines of files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/resolve_internal.h"

static struct addr
address(const char *text)
{
	struct addr a = {0};

	assert_true(addr_parse(text, &a));
	return a;
}

static enum resolve_kind
kind(const char *host)
{
	struct addr a;

	return resolve_host_kind(host, &a);
}

static void
test_host_kind_tells_numbers_names_and_nonsense_apart(void **state)
{
	char name[300];

	(void)state;
	assert_int_equal(kind("192.0.2.1"), RESOLVE_NUMERIC);
	assert_int_equal(kind("2001:db8::1"), RESOLVE_NUMERIC);
	assert_int_equal(kind("fe80::1%eth0"), RESOLVE_SCOPED);
	assert_int_equal(kind("ff02::1%eth0"), RESOLVE_SCOPED);
	assert_int_equal(kind("2001:db8::1%eth0"), RESOLVE_BAD);
	assert_int_equal(kind("fe80::1%sixteencharacter"), RESOLVE_BAD);
	assert_int_equal(kind("fe80::1%fifteencharacte"), RESOLVE_SCOPED);
	assert_int_equal(kind("a"), RESOLVE_NAME);
	assert_int_equal(kind("7a.example"), RESOLVE_NAME);
	assert_int_equal(kind("_srv.example.7x."), RESOLVE_NAME);
	assert_int_equal(kind("127.1"), RESOLVE_BAD);
	assert_int_equal(kind("a.7"), RESOLVE_BAD);
	assert_int_equal(kind("7"), RESOLVE_BAD);
	assert_int_equal(kind(".a"), RESOLVE_BAD);
	assert_int_equal(kind("a.."), RESOLVE_BAD);
	assert_int_equal(kind("localhost"), RESOLVE_LOCALHOST);
	assert_int_equal(kind("x.LocalHost."), RESOLVE_LOCALHOST);
	assert_int_equal(kind("xlocalhost"), RESOLVE_NAME);
	assert_int_equal(kind("localhost.example"), RESOLVE_NAME);
	/* labels of 63 and 64, names of 253 and 254 */
	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	assert_int_equal(kind(name), RESOLVE_NAME);
	name[63] = 'a';
	name[64] = '\0';
	assert_int_equal(kind(name), RESOLVE_BAD);
	name[64] = 'a';
	for (size_t i = 49; i < 253; i += 50)
		name[i] = '.';
	name[253] = '\0';
	assert_int_equal(kind(name), RESOLVE_NAME);
	name[253] = '.';
	name[254] = '\0';
	assert_int_equal(kind(name), RESOLVE_NAME);
	name[253] = 'a';
	assert_int_equal(kind(name), RESOLVE_BAD);
}

static struct resolve_conf
conf_of(const char *text)
{
	struct resolve_conf conf;

	resolve_conf_parse(&conf, text, strlen(text));
	return conf;
}

static void
test_conf_servers_keep_their_order_and_ports(void **state)
{
	struct resolve_conf conf = conf_of("nameserver 192.0.2.1\n"
					   " nameserver\t192.0.2.2:5353 # comment\n"
					   "nameserver [2001:db8::1]:53530\r\n"
					   "nameserver 192.0.2.4");
	struct addr four = address("192.0.2.2"), six = address("2001:db8::1");

	(void)state;
	assert_int_equal(conf.n_servers, 3);
	assert_int_equal(conf.servers[0].port, 53);
	assert_true(addr_equal(&conf.servers[1].addr, &four));
	assert_int_equal(conf.servers[1].port, 5353);
	assert_true(addr_equal(&conf.servers[2].addr, &six));
	assert_int_equal(conf.servers[2].port, 53530);
}

static void
test_conf_takes_scopes_and_passes_over_nonsense(void **state)
{
	struct resolve_conf conf =
	    conf_of("nameserver\nnameserver ns.example\nnameserver 192.0.2.1:0\n"
		    "nameserver 192.0.2.1:99999x\nnameserver :\nnameserver []\nnameserver [\n"
		    "nameserver fe80::1%nosuch0\nnameserver fe80::1%lo\nnameserver ::1\n"
		    "; nameserver 192.0.2.9\nnameserver 2001:db8::5\n");

	(void)state;
	assert_int_equal(conf.n_servers, 3);
	assert_int_equal(conf.servers[0].addr.scope, 1);
	assert_int_equal(conf.servers[1].addr.bytes[15], 1);
	assert_int_equal(conf.servers[2].addr.bytes[15], 5);
	assert_int_equal(conf.servers[2].port, 53);
}

static void
test_conf_options_are_bounded(void **state)
{
	struct resolve_conf conf = conf_of("");

	(void)state;
	assert_int_equal(conf.n_servers, 0);
	assert_int_equal(conf.ndots, 1);
	assert_int_equal(conf.attempts, 2);
	assert_int_equal(conf.server_ns, 5 * NSEC_PER_SEC);
	assert_false(conf.rotate);
	conf = conf_of("options ndots:3 timeout:2 attempts:4 rotate edns0\n");
	assert_int_equal(conf.ndots, 3);
	assert_int_equal(conf.attempts, 4);
	assert_int_equal(conf.server_ns, 2 * NSEC_PER_SEC);
	assert_true(conf.rotate);
	conf = conf_of("options ndots:99999999999999999999 timeout:4294967297 attempts:300\n");
	assert_int_equal(conf.ndots, 15);
	assert_int_equal(conf.attempts, 5);
	assert_int_equal(conf.server_ns, 30 * NSEC_PER_SEC);
	conf = conf_of("options ndots: timeout:x attempts:-1 ndots:1x\noptions timeout:0 "
		       "attempts:0\n");
	assert_int_equal(conf.ndots, 1);
	assert_int_equal(conf.attempts, 1);
	assert_int_equal(conf.server_ns, NSEC_PER_SEC);
}

static void
test_conf_search_of_the_last_line_counts(void **state)
{
	struct resolve_conf conf = conf_of("domain a.example\nsearch b.example C.Example. .\n");

	(void)state;
	assert_int_equal(conf.n_search, 2);
	assert_string_equal(conf.search[0], "b.example");
	assert_string_equal(conf.search[1], "c.example");
	conf = conf_of("search a b c d e f g h\n");
	assert_int_equal(conf.n_search, RESOLVE_SEARCH_MAX);
	assert_string_equal(conf.search[5], "f");
	conf = conf_of("search a.example\nsearch .\n");
	assert_int_equal(conf.n_search, 0);
}

static void
test_conf_of_any_bytes_is_survived(void **state)
{
	static char text[20000];

	(void)state;
	srand(7);
	for (int round = 0; round < 200; round++) {
		static const char words[] =
		    "nameserver search options domain [ ] : % . # ; \n \n \n 1 fe80::1 ndots:";
		size_t len = (size_t)rand() % sizeof(text);
		struct resolve_conf conf;

		for (size_t i = 0; i < len; i++)
			text[i] =
			    rand() % 20 == 0
				? (char)rand()
				: words[(i + (size_t)(rand() % 9 == 0)) % (sizeof(words) - 1)];
		resolve_conf_parse(&conf, text, len);
		assert_true(conf.n_servers <= RESOLVE_SERVERS_MAX);
		assert_true(conf.n_search <= RESOLVE_SEARCH_MAX);
	}
}

static void
test_candidates_too_long_are_passed_over(void **state)
{
	struct resolve_conf conf = conf_of("search a.example\n");
	char host[RESOLVE_NAME_BYTES], name[RESOLVE_NAME_BYTES];

	(void)state;
	memset(host, 'x', sizeof(host));
	for (size_t i = 60; i < sizeof(host); i += 61)
		host[i] = '.';
	host[RESOLVE_NAME_MAX - 10] = '\0'; /* nine characters and a dot fit */
	assert_true(resolve_conf_candidate(&conf, host, 0, name));
	assert_string_equal(name, host);
	assert_true(resolve_conf_candidate(&conf, host, 1, name));
	assert_int_equal(strlen(name), RESOLVE_NAME_MAX);
	assert_string_equal(name + RESOLVE_NAME_MAX - 10, ".a.example");
	assert_false(resolve_conf_candidate(&conf, host, 2, name));
	host[RESOLVE_NAME_MAX - 10] = 'x';
	host[RESOLVE_NAME_MAX - 9] = '\0';
	assert_true(resolve_conf_candidate(&conf, host, 1, name));
	assert_string_equal(name, "");
}

static void
test_known_addresses_keep_their_place(void **state)
{
	struct resolve_known *known = NULL;
	struct addr a[4] = {
	    address("192.0.2.1"), address("192.0.2.2"), address("192.0.2.3"), address("192.0.2.4")};
	struct addr six = address("2001:db8::1");
	struct addr turned[3] = {a[3], a[2], a[0]};
	const struct addr *list;
	unsigned int n;

	(void)state;
	assert_int_equal(resolve_known_add(&known, &six), 0);
	assert_int_equal(resolve_known_add(&known, &six), 0);
	assert_int_equal(resolve_known_replace(&known, RESOLVE_V4, a, 3), 0);
	assert_int_equal(resolve_known_replace(&known, RESOLVE_V4, turned, 3), 0);
	list = resolve_known_get(known, RESOLVE_V4, &n);
	assert_int_equal(n, 3);
	assert_true(addr_equal(&list[0], &a[0])); /* still listed, so still first */
	assert_true(addr_equal(&list[1], &a[2]));
	assert_true(addr_equal(&list[2], &a[3]));
	list = resolve_known_get(known, RESOLVE_V6, &n);
	assert_int_equal(n, 1);
	assert_true(addr_equal(&list[0], &six));
	assert_int_equal(resolve_known_replace(&known, RESOLVE_V6, NULL, 0), 0);
	(void)resolve_known_get(known, RESOLVE_V4, &n);
	assert_int_equal(n, 3);
	assert_int_equal(resolve_known_replace(&known, RESOLVE_V4, NULL, 0), 0);
	assert_null(known);
}

/* Settings of n targets named hNNNNN. */
static struct settings *
numbered(uint32_t n)
{
	const size_t each = 8;
	size_t plans_at = sizeof(struct settings) + n * sizeof(struct settings_target);
	size_t strings_at = plans_at + sizeof(struct settings_plan);
	struct settings *s = calloc(1, strings_at + n * each);

	assert_non_null(s);
	*s = (struct settings){
	    .n_targets = n, .n_plans = 1, .targets_at = sizeof(*s), .plans_at = plans_at};
	for (uint32_t i = 0; i < n; i++) {
		struct settings_target *t = (void *)((char *)s + s->targets_at);

		t[i].host = (settings_str)(strings_at + i * each);
		(void)snprintf((char *)s + t[i].host, each, "h%u", i);
	}
	return s;
}

static void
test_names_come_in_the_order_they_are_due(void **state)
{
	enum { N = 5000 };
	struct settings *s = numbered(N);
	struct resolve_names names;
	nsec_t last = 0;
	uint32_t left = N / 2;

	(void)state;
	srand(3);
	assert_int_equal(resolve_names_build(&names, s), 0);
	assert_int_equal(names.n, N);
	for (uint32_t i = 0; i < N; i++) {
		char host[8];

		(void)snprintf(host, sizeof(host), "H%u", i);
		assert_int_equal(
		    resolve_names_find(&names, host, resolve_name_hash(host, strlen(host))), i);
		resolve_names_due(&names, i, rand() % 1000);
	}
	for (uint32_t i = 0; i < N; i++) /* moved to and fro, half of them out */
		resolve_names_due(&names, i, i % 2 != 0 ? NSEC_NEVER : rand() % 1000);
	for (uint32_t i = 0; i < N; i += 4)
		names.names[i].due_ns = rand() % 1000;
	resolve_names_reorder(&names);
	assert_int_equal(names.n_heap, left);
	while (names.n_heap > 0) {
		uint32_t i = names.heap[0];

		assert_true(names.names[i].due_ns >= last);
		last = names.names[i].due_ns;
		resolve_names_due(&names, i, NSEC_NEVER);
		left--;
	}
	assert_int_equal(left, 0);
	resolve_names_done(&names);
	free(s);
}

static void
test_lines_end_at_marks_and_limits(void **state)
{
	static char text[3 * RESOLVE_LINE_MAX];
	char line[RESOLVE_LINE_MAX];
	const char *at = text, *end;
	char *rest = line;

	(void)state;
	memset(text, 'x', 2 * RESOLVE_LINE_MAX);
	end = text + 2 * RESOLVE_LINE_MAX +
	      snprintf(text + 2 * RESOLVE_LINE_MAX, 64, "\n\n a  b\t# c\nlast");
	assert_true(resolve_file_line(&at, end, "#", line));
	assert_int_equal(strlen(line), RESOLVE_LINE_MAX - 1);
	assert_true(resolve_file_line(&at, end, "#", line));
	assert_string_equal(line, "");
	assert_true(resolve_file_line(&at, end, "#", line));
	assert_string_equal(resolve_file_word(&rest), "a");
	assert_string_equal(resolve_file_word(&rest), "b");
	assert_null(resolve_file_word(&rest));
	assert_null(resolve_file_word(&rest));
	assert_true(resolve_file_line(&at, end, "#", line));
	assert_string_equal(line, "last");
	assert_false(resolve_file_line(&at, end, "#", line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_host_kind_tells_numbers_names_and_nonsense_apart),
	    cmocka_unit_test(test_conf_servers_keep_their_order_and_ports),
	    cmocka_unit_test(test_conf_takes_scopes_and_passes_over_nonsense),
	    cmocka_unit_test(test_conf_options_are_bounded),
	    cmocka_unit_test(test_conf_search_of_the_last_line_counts),
	    cmocka_unit_test(test_conf_of_any_bytes_is_survived),
	    cmocka_unit_test(test_candidates_too_long_are_passed_over),
	    cmocka_unit_test(test_known_addresses_keep_their_place),
	    cmocka_unit_test(test_names_come_in_the_order_they_are_due),
	    cmocka_unit_test(test_lines_end_at_marks_and_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
