/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The kernel filters: only what is about our identifiers gets into the queue.
 */
#include "sock_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
check_filter(
    struct fixture *f, const char *to, const char *refused, uint16_t ours, uint16_t foreign)
{
	struct probe_out out = fixture_request(to, foreign, 1, 64);
	struct probe_sent sent;

	/* Replies and errors for somebody else first, then ours: on loopback they come in order. */
	assert_int_equal(sock_send(f->sock, &out, 1, &sent), 1);
	out = fixture_request(to, (uint16_t)(ours - 1), 2, 64);
	assert_int_equal(sock_send(f->sock, &out, 1, &sent), 1);
	out = fixture_request(refused, foreign, 3, 64);
	assert_int_equal(sock_send(f->sock, &out, 1, &sent), 1);
	out = fixture_request(to, ours, 4, 64);
	fixture_ping(f, &out);
	assert_int_equal(fixture_sequence(&f->batch, 0), 4);
	out = fixture_request(to, (uint16_t)(ours + SOCK_IDS - 1), 5, 64);
	fixture_ping(f, &out);
	assert_int_equal(fixture_sequence(&f->batch, 0), 5);
	out = fixture_request(refused, ours, 6, 64);
	fixture_ping(f, &out);
	assert_int_equal(fixture_icmp(&f->batch, 0)[0], out.to.family == 6 ? 1 : 3);
}

static void
test_filter_passes_only_our_ids(void **state)
{
	struct fixture f = fixture_open_raw();

	(void)state;
	check_filter(&f, "10.1.1.1", "10.9.9.9", ID, FOREIGN_ID);
	check_filter(&f, "fd00::1", "fd00::9:9", ID, FOREIGN_ID);
	assert_int_equal(sock_drops(f.sock, 4), 0);
	assert_int_equal(sock_drops(f.sock, 6), 0);
	sock_free(f.sock);
}

static void
test_filter_moves_to_other_ids(void **state)
{
	struct fixture f = fixture_open_raw();

	(void)state;
	assert_int_equal(sock_set_ids(f.sock, FOREIGN_ID), 0);
	check_filter(&f, "10.1.1.1", "10.9.9.9", FOREIGN_ID, ID);
	check_filter(&f, "fd00::1", "fd00::9:9", FOREIGN_ID, ID);
	sock_free(f.sock);
}

/* An ICMP message onto the loopback as it is, from a socket of the test's own. */
static void
inject(int family, const uint8_t *bytes, size_t len)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const struct sockaddr *to =
	    family == 6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	int fd = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_RAW,
	    family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	assert_true(fd >= 0);
	assert_int_equal(
	    sendto(fd, bytes, len, 0, to, family == 6 ? sizeof(six) : sizeof(four)), len);
	(void)close(fd);
}

/* An IPv4 error of that type, quoting a packet with ihl words of header. */
static size_t
quote_ipv4(
    uint8_t *bytes, uint8_t type, uint8_t ihl, uint8_t protocol, uint8_t quoted_type, uint16_t id)
{
	uint8_t *icmp = bytes + 8 + ihl * 4;

	memset(bytes, 0, 128);
	bytes[0] = type;
	bytes[8] = (uint8_t)(0x40 | ihl);
	bytes[8 + 9] = protocol;
	icmp[0] = quoted_type;
	icmp[4] = (uint8_t)(id >> 8);
	icmp[5] = (uint8_t)id;
	return (size_t)(8 + ihl * 4 + 8);
}

static void
test_filter_ipv4_judges_the_quoted_packet(void **state)
{
	static const struct {
		uint8_t type, ihl, protocol, quoted;
		uint16_t id;
		int cut;
		bool pass;
	} cases[] = {
	    {3, 5, 1, 8, ID, 0, true},
	    {3, 15, 1, 8, ID, 0, true},
	    {4, 6, 1, 8, ID + 31, 0, true},
	    {5, 5, 1, 8, ID, 0, true},
	    {11, 5, 1, 13, ID, 0, true},
	    {12, 5, 1, 8, ID, 0, true},
	    {3, 5, 17, 8, ID, 0, false},
	    {3, 5, 1, 0, ID, 0, false},
	    {3, 15, 1, 8, FOREIGN_ID, 0, false},
	    {11, 5, 1, 8, ID - 1, 0, false},
	    {3, 5, 1, 8, ID, 3, false}, /* the identifier is cut off */
	    {8, 5, 1, 8, ID, 0, false},
	    {10, 5, 1, 8, ID, 0, false},
	};
	struct fixture f = fixture_open_raw();
	uint8_t bytes[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = quote_ipv4(bytes, cases[i].type, cases[i].ihl, cases[i].protocol,
		    cases[i].quoted, cases[i].id);
		struct probe_out out = fixture_request("10.1.1.1", ID, (uint16_t)i, 64);
		struct probe_sent sent;

		inject(4, bytes, len - (size_t)cases[i].cut);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		fixture_receive(&f, 4);
		if (f.batch.n != (cases[i].pass ? 2U : 1U))
			fail_msg("case %zu: %zu packets", i, f.batch.n);
	}
	/* a fragment that is not the first has no ICMP header to look at */
	(void)quote_ipv4(bytes, 3, 5, 1, 8, ID);
	bytes[8 + 7] = 1;
	inject(4, bytes, 36);
	{
		struct probe_out out = fixture_request("10.1.1.1", ID, 99, 64);

		fixture_ping(&f, &out);
	}
	sock_free(f.sock);
}

static void
test_filter_ipv6_judges_the_quoted_packet(void **state)
{
	static const struct {
		uint8_t type, next, quoted;
		uint16_t id;
		bool pass;
	} cases[] = {
	    {1, 58, 128, ID, true},
	    {2, 58, 128, ID + 31, true},
	    {3, 58, 128, ID, true},
	    {4, 58, 128, ID, true},
	    {3, 44, 0, 0, true},
	    {3, 0, 0, 0, true},
	    {3, 43, 0, 0, true},
	    {3, 60, 0, 0, true},
	    {3, 17, 128, ID, false},
	    {1, 58, 128, FOREIGN_ID, false},
	    {1, 58, 129, ID, false},
	    {5, 58, 128, ID, false},
	};
	struct fixture f = fixture_open_raw();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[64] = {cases[i].type};
		struct probe_out out = fixture_request("fd00::1", ID, (uint16_t)i, 64);
		struct probe_sent sent;

		bytes[8] = 0x60;
		bytes[8 + 6] = cases[i].next;
		bytes[48] = cases[i].quoted;
		bytes[52] = (uint8_t)(cases[i].id >> 8);
		bytes[53] = (uint8_t)cases[i].id;
		inject(6, bytes, 56);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		fixture_receive(&f, 6);
		if (f.batch.n != (cases[i].pass ? 2U : 1U))
			fail_msg("case %zu: %zu packets", i, f.batch.n);
	}
	sock_free(f.sock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filter_passes_only_our_ids),
	    cmocka_unit_test(test_filter_moves_to_other_ids),
	    cmocka_unit_test(test_filter_ipv4_judges_the_quoted_packet),
	    cmocka_unit_test(test_filter_ipv6_judges_the_quoted_packet),
	};

	return FIXTURE_RUN(tests);
}
