/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * ICMP errors and the packets that they quote: as little as 8 bytes, padding and extensions of RFC
 * 4884, IPv4 options, IPv6 extension headers, fragments, and what is not ours.
 */
#include "unit.h"

#include "core/icmp.h"
#include "packet.h"

static struct packet p;
static struct icmp_packet got;

static int
setup(void **state)
{
	(void)state;
	p.len = 0;
	return 0;
}

static enum icmp_verdict
parse(uint8_t family)
{
	memset(&got, 0xa5, sizeof(got));
	return icmp_parse(family, false, p.bytes, p.len, p.len, &got);
}

/* An error with a request of so many bytes of payload in it, its IP header telling the truth. */
static void
error(uint8_t family, uint8_t type, uint8_t code, uint32_t rest, size_t payload)
{
	p.len = 0;
	put_icmp(&p, type, code, rest);
	if (family == 4)
		put_ipv4(&p, 1, 0, 8 + payload);
	else
		put_ipv6(&p, 58, 8 + payload);
	put_request(&p, family, payload);
}

static void
assert_quotes_our_request(uint8_t family)
{
	const struct icmp_quote *q = &got.quote;
	char text[ADDR_TEXT_MAX];

	assert_true(q->present);
	assert_true(q->is_echo_request);
	assert_int_equal(q->family, family);
	assert_int_equal(q->id, 0x1234);
	assert_int_equal(q->seq, 7);
	assert_int_equal(q->checksum, 0xbeef);
	assert_int_equal(q->ttl, 3);
	assert_string_equal(addr_format(&q->to, text), family == 4 ? "192.0.2.1" : "2001:db8::1");
	assert_string_equal(
	    addr_format(&q->source, text), family == 4 ? "192.0.2.9" : "2001:db8::9");
	assert_true(!q->has_number || q->number == UINT64_C(0x0102030405060708));
	assert_true(!q->has_tag || q->tag == UINT64_C(0x1112131415161718));
}

TEST(test_icmp_quote_of_every_kind_of_error)
{
	static const struct {
		uint8_t family, type, code;
		enum icmp_verdict verdict;
		bool quotes;
	} cases[] = {
	    {4, 3, 1, ICMP_ERROR, true},
	    {4, 11, 0, ICMP_ERROR, true},
	    {4, 12, 0, ICMP_ERROR, true},
	    {4, 4, 0, ICMP_SOURCE_QUENCH, true},
	    {4, 5, 1, ICMP_REDIRECT, true},
	    {6, 1, 3, ICMP_ERROR, true},
	    {6, 2, 0, ICMP_ERROR, true},
	    {6, 3, 0, ICMP_ERROR, true},
	    {6, 4, 1, ICMP_ERROR, true},
	    {6, 137, 0, ICMP_REDIRECT, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		error(cases[i].family, cases[i].type, cases[i].code, 0, 56);
		assert_int_equal(parse(cases[i].family), cases[i].verdict);
		assert_int_equal(got.quote.present, cases[i].quotes);
		assert_int_equal(got.code, cases[i].code);
		if (cases[i].quotes) {
			assert_quotes_our_request(cases[i].family);
			assert_true(got.quote.has_tag);
			assert_int_equal(got.quote.quoted_bytes, 64);
		}
	}
}

TEST(test_icmp_quote_of_8_bytes_has_id_sequence_and_checksum_only)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		size_t header = family == 4 ? 20 : 40;

		for (size_t quoted = 0; quoted <= 40; quoted++) {
			error(family, family == 4 ? 3 : 1, 0, 0, 56);
			p.len = 8 + header + quoted;
			assert_int_equal(parse(family), ICMP_ERROR);
			assert_int_equal(got.quote.present, quoted >= 8);
			assert_int_equal(got.quote.has_number, quoted >= 16);
			assert_int_equal(got.quote.has_tag, quoted >= 24);
			if (quoted < 8)
				continue;
			assert_quotes_our_request(family);
			assert_int_equal(got.quote.quoted_bytes, quoted);
		}
		for (size_t quoted = 0; quoted < header; quoted++) {
			error(family, family == 4 ? 3 : 1, 0, 0, 56);
			p.len = 8 + quoted;
			assert_int_equal(parse(family), ICMP_ERROR);
			assert_false(got.quote.present);
		}
	}
}

/* RFC 4884 has what is shorter than 128 bytes padded with zeros, which are neither number nor tag.
 */
TEST(test_icmp_quote_of_a_small_probe_ends_before_the_padding)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		for (size_t payload = 0; payload <= 18; payload++) {
			error(family, family == 4 ? 3 : 1, 0,
			    family == 4 ? 32 << 16 : UINT32_C(16) << 24, payload);
			put_zeros(&p, 8 + 128 - p.len);
			put_number(&p, 0x20000000, 4); /* extension structure, version 2 */
			assert_int_equal(parse(family), ICMP_ERROR);
			assert_quotes_our_request(family);
			assert_int_equal(got.quote.quoted_bytes, 8 + payload);
			assert_int_equal(got.quote.has_number, payload >= 8);
			assert_int_equal(got.quote.has_tag, payload >= 16);
		}
	}
}

/* Routers that rewrote the length in the quoted header, as old BSDs did, quote all the same. */
TEST(test_icmp_quote_with_a_length_that_cannot_be_is_taken_as_it_is)
{
	static const uint16_t lengths[] = {0, 1, 20, 27, 0x5400, 65535};

	for (size_t i = 0; i < COUNT(lengths); i++) {
		error(4, 3, 1, 0, 56);
		p.bytes[10] = (uint8_t)(lengths[i] >> 8);
		p.bytes[11] = (uint8_t)lengths[i];
		assert_int_equal(parse(4), ICMP_ERROR);
		assert_quotes_our_request(4);
		assert_int_equal(got.quote.quoted_bytes, 64);
	}
}

TEST(test_icmp_quote_ends_before_an_extension_structure)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		size_t header = family == 4 ? 20 : 40;
		uint8_t type = family == 4 ? 11 : 3;

		error(family, type, 0, family == 4 ? 32 << 16 : UINT32_C(16) << 24, 300);
		p.len = 8 + 128;
		put_number(&p, 0x2000dead, 4);
		put_number(&p, UINT64_C(0x0008010100000000), 8); /* an MPLS label */
		assert_int_equal(parse(family), ICMP_ERROR);
		assert_quotes_our_request(family);
		assert_int_equal(got.quote.quoted_bytes, 128 - header);
		/* a length below 128 is none (RFC 4884 section 3), one beyond the packet neither */
		p.bytes[family == 4 ? 5 : 4] = family == 4 ? 31 : 15;
		assert_int_equal(parse(family), ICMP_ERROR);
		assert_int_equal(got.quote.quoted_bytes, 140 - header);
		p.bytes[family == 4 ? 5 : 4] = 255;
		assert_int_equal(parse(family), ICMP_ERROR);
		assert_int_equal(got.quote.quoted_bytes, 140 - header);
	}
}

/* Packet too big and parameter problem of IPv6 have no such length: it is part of a number. */
TEST(test_icmp_quote_mtu_pointer_and_gateway)
{
	char text[ADDR_TEXT_MAX];

	error(4, 3, 4, 1400, 1472);
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_int_equal(got.mtu, 1400);
	error(4, 3, 1, 1400, 1472);
	(void)parse(4);
	assert_int_equal(got.mtu, 0);
	error(4, 12, 0, UINT32_C(20) << 24, 1472);
	(void)parse(4);
	assert_int_equal(got.pointer, 20);
	assert_int_equal(got.quote.quoted_bytes, 1480);
	error(6, 2, 0, UINT32_C(0x10000500), 1472);
	(void)parse(6);
	assert_int_equal(got.mtu, UINT32_C(0x10000500));
	assert_int_equal(got.quote.quoted_bytes, 1480);
	error(6, 4, 0, UINT32_C(0x10000028), 1472);
	(void)parse(6);
	assert_int_equal(got.pointer, UINT32_C(0x10000028));
	assert_int_equal(got.quote.quoted_bytes, 1480);
	error(4, 5, 1, UINT32_C(0xc00002fe), 56);
	(void)parse(4);
	assert_string_equal(addr_format(&got.gateway, text), "192.0.2.254");
	p.len = 0; /* RFC 4861 section 4.5: target, destination, options */
	put_icmp(&p, 137, 0, 0);
	put_number(&p, UINT64_C(0x20010db800000000), 8);
	put_number(&p, 0xfe, 8);
	put_zeros(&p, 16);
	assert_int_equal(parse(6), ICMP_REDIRECT);
	assert_string_equal(addr_format(&got.gateway, text), "2001:db8::fe");
	p.len = 8 + 16;
	assert_int_equal(parse(6), ICMP_REDIRECT);
	assert_int_equal(got.gateway.family, 6);
	p.len = 8 + 15;
	assert_int_equal(parse(6), ICMP_REDIRECT);
	assert_int_equal(got.gateway.family, 0);
}

TEST(test_icmp_quote_with_ipv4_options)
{
	for (size_t options = 4; options <= 40; options += 4) {
		p.len = 0;
		put_icmp(&p, 3, 1, 0);
		put_ipv4(&p, 1, options, 64);
		put_request(&p, 4, 56);
		assert_int_equal(parse(4), ICMP_ERROR);
		assert_quotes_our_request(4);
		assert_int_equal(got.quote.quoted_bytes, 64);
		p.len = 8 + 20 + options + 7;
		assert_int_equal(parse(4), ICMP_ERROR);
		assert_false(got.quote.present);
		p.len = 8 + 20 + options - 1;
		assert_int_equal(parse(4), ICMP_ERROR);
		assert_false(got.quote.present);
	}
}

static void
put_extension(uint8_t next, uint8_t length)
{
	put_number(&p, next, 1);
	put_number(&p, length, 1);
	put_zeros(&p, 6 + (size_t)length * 8);
}

TEST(test_icmp_quote_behind_ipv6_extension_headers)
{
	put_icmp(&p, 1, 0, 0);
	put_ipv6(&p, 0, 8 + 24 + 8 + 16 + 64);
	put_extension(43, 0); /* hop-by-hop, then routing */
	put_extension(44, 2);
	put_extension(60, 0); /* fragment, offset 0, then destination options */
	put_extension(58, 1);
	put_request(&p, 6, 56);
	assert_int_equal(parse(6), ICMP_ERROR);
	assert_quotes_our_request(6);
	assert_int_equal(got.quote.quoted_bytes, 64);
	for (size_t cut = 8 + 40; cut < p.len - 56; cut++) {
		assert_int_equal(icmp_parse(6, false, p.bytes, cut, cut, &got), ICMP_ERROR);
		assert_false(got.quote.present);
	}
	p.bytes[8 + 40 + 8 + 24 + 3] = 8; /* the fragment is not the first */
	assert_int_equal(parse(6), ICMP_ERROR);
	assert_false(got.quote.present);
}

TEST(test_icmp_quote_walks_a_bounded_number_of_extension_headers)
{
	for (int n = 0; n <= 12; n++) {
		p.len = 0;
		put_icmp(&p, 1, 0, 0);
		put_ipv6(&p, n == 0 ? 58 : 60, (size_t)n * 8 + 64);
		for (int i = 1; i <= n; i++)
			put_extension(i == n ? 58 : 60, 0);
		put_request(&p, 6, 56);
		assert_int_equal(parse(6), ICMP_ERROR);
		assert_int_equal(got.quote.present, n <= ICMP_EXTENSION_HEADERS_MAX);
	}
}

TEST(test_icmp_quote_extension_header_that_points_beyond)
{
	put_icmp(&p, 1, 0, 0);
	put_ipv6(&p, 60, 200);
	put_extension(58, 0);
	put_zeros(&p, 64);
	p.bytes[8 + 40 + 1] = 255;
	assert_int_equal(parse(6), ICMP_ERROR);
	assert_false(got.quote.present);
}

TEST(test_icmp_quote_of_what_is_not_an_echo_request_of_ours)
{
	error(4, 3, 3, 0, 56);
	p.bytes[8 + 9] = 17; /* UDP */
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_false(got.quote.present);
	error(4, 3, 3, 0, 56);
	p.bytes[8 + 7] = 1; /* a later fragment */
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_false(got.quote.present);
	error(4, 3, 3, 0, 56);
	p.bytes[8] = 0x65; /* IPv6 in an error of IPv4 */
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_false(got.quote.present);
	error(4, 3, 3, 0, 56);
	p.bytes[8] = 0x44;
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_false(got.quote.present);
	error(4, 3, 3, 0, 56);
	p.bytes[8 + 20] = 0; /* a reply: present, but no request */
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_true(got.quote.present);
	assert_false(got.quote.is_echo_request);
	error(4, 3, 3, 0, 56);
	p.bytes[8 + 21] = 1; /* code 1 */
	assert_int_equal(parse(4), ICMP_ERROR);
	assert_false(got.quote.is_echo_request);
	error(6, 1, 3, 0, 56);
	p.bytes[8] = 0x45;
	assert_int_equal(parse(6), ICMP_ERROR);
	assert_false(got.quote.present);
	error(6, 1, 3, 0, 56);
	p.bytes[8 + 6] = 50; /* ESP: what follows cannot be read */
	assert_int_equal(parse(6), ICMP_ERROR);
	assert_false(got.quote.present);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_icmp_quote_of_every_kind_of_error, setup),
	    cmocka_unit_test_setup(
		test_icmp_quote_of_8_bytes_has_id_sequence_and_checksum_only, setup),
	    cmocka_unit_test_setup(test_icmp_quote_of_a_small_probe_ends_before_the_padding, setup),
	    cmocka_unit_test_setup(
		test_icmp_quote_with_a_length_that_cannot_be_is_taken_as_it_is, setup),
	    cmocka_unit_test_setup(test_icmp_quote_ends_before_an_extension_structure, setup),
	    cmocka_unit_test_setup(test_icmp_quote_mtu_pointer_and_gateway, setup),
	    cmocka_unit_test_setup(test_icmp_quote_with_ipv4_options, setup),
	    cmocka_unit_test_setup(test_icmp_quote_behind_ipv6_extension_headers, setup),
	    cmocka_unit_test_setup(
		test_icmp_quote_walks_a_bounded_number_of_extension_headers, setup),
	    cmocka_unit_test_setup(test_icmp_quote_extension_header_that_points_beyond, setup),
	    cmocka_unit_test_setup(test_icmp_quote_of_what_is_not_an_echo_request_of_ours, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
