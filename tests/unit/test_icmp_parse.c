/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A verdict for every byte string: replies, truncated packets, checksums, IPv4 options.
 * test_icmp_quote.c has the errors.
 */
#include "unit.h"

#include "core/icmp.h"
#include "core/rng.h"
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

/* The verdict on the first len bytes of p. */
static enum icmp_verdict
parse(uint8_t family, bool has_ip_header, size_t len)
{
	uint8_t bytes[PACKET_MAX];
	enum icmp_verdict verdict;

	memcpy(bytes, p.bytes, len);
	memset(&got, 0xa5, sizeof(got));
	verdict = icmp_parse(family, has_ip_header, bytes, len, p.len, &got);
	assert_true(got.payload == NULL ||
		    (got.payload >= bytes && got.payload + got.payload_bytes <= bytes + len));
	return verdict;
}

TEST(test_icmp_parse_echo_reply_of_both_families)
{
	for (int family = 4; family <= 6; family += 2) {
		p.len = 0;
		put_request(&p, family, 56);
		p.bytes[0] = family == 4 ? 0 : 129;
		assert_int_equal(parse((uint8_t)family, false, p.len), ICMP_ECHO_REPLY);
		assert_int_equal(got.type, p.bytes[0]);
		assert_int_equal(got.checksum, 0xbeef);
		assert_int_equal(got.id, 0x1234);
		assert_int_equal(got.seq, 7);
		assert_true(got.number == UINT64_C(0x0102030405060708));
		assert_true(got.tag == UINT64_C(0x1112131415161718));
		assert_int_equal(got.payload_bytes, 56);
		assert_false(got.unverified);
		assert_int_equal(got.ip_ttl, -1);
		assert_int_equal(got.ip_dscp, -1);
		assert_false(got.quote.present);
		p.bytes[1] = 1; /* no such code */
		assert_int_equal(parse((uint8_t)family, false, p.len), ICMP_OTHER);
	}
}

TEST(test_icmp_parse_number_and_tag_only_where_they_are_whole)
{
	for (size_t size = 0; size <= 20; size++) {
		p.len = 0;
		put_request(&p, 4, size);
		p.bytes[0] = 0;
		assert_int_equal(parse(4, false, p.len), ICMP_ECHO_REPLY);
		assert_int_equal(got.payload_bytes, size);
		assert_int_equal(got.number != 0, size >= 8);
		assert_int_equal(got.tag != 0, size >= 16);
	}
}

TEST(test_icmp_parse_ipv4_header_with_and_without_options)
{
	for (size_t options = 0; options <= 40; options += 4) {
		p.len = 0;
		put_ipv4(&p, 1, options, 64);
		put_request(&p, 4, 56);
		p.bytes[20 + options] = 0;
		assert_int_equal(parse(4, true, p.len), ICMP_BAD_CHECKSUM);
		assert_int_equal(got.type, 0); /* what can be read is there all the same */
		set_checksum(&p, 20 + options);
		assert_int_equal(parse(4, true, p.len), ICMP_ECHO_REPLY);
		assert_int_equal(got.ip_ttl, 3);
		assert_int_equal(got.ip_dscp, 46);
		assert_int_equal(got.payload_bytes, 56);
		assert_int_equal(got.id, 0x1234);
	}
}

TEST(test_icmp_parse_ipv4_header_that_is_none)
{
	put_ipv4(&p, 1, 0, 64);
	put_request(&p, 4, 56);
	p.bytes[20] = 0;
	set_checksum(&p, 20);
	for (size_t len = 0; len < 28; len++)
		assert_int_equal(parse(4, true, len), ICMP_MALFORMED);
	p.bytes[0] = 0x65;
	assert_int_equal(parse(4, true, p.len), ICMP_MALFORMED);
	p.bytes[0] = 0x44; /* header of 16 bytes */
	assert_int_equal(parse(4, true, p.len), ICMP_MALFORMED);
	p.bytes[0] = 0x4f; /* of 60 bytes: leaves 24 of the 84 */
	assert_int_equal(parse(4, true, 59), ICMP_MALFORMED);
	assert_int_equal(parse(4, true, 67), ICMP_MALFORMED);
	p.bytes[0] = 0x45;
	p.bytes[9] = 17;
	assert_int_equal(parse(4, true, p.len), ICMP_MALFORMED);
	p.bytes[9] = 1;
	p.bytes[7] = 1; /* a later fragment: no ICMP header in it */
	assert_int_equal(parse(4, true, p.len), ICMP_MALFORMED);
	p.bytes[7] = 0;
	assert_int_equal(parse(4, true, p.len), ICMP_ECHO_REPLY);
}

TEST(test_icmp_parse_truncated_packet_is_not_verified)
{
	put_ipv4(&p, 1, 0, 508);
	put_request(&p, 4, 500);
	p.bytes[20] = 0;
	set_checksum(&p, 20);
	assert_int_equal(parse(4, true, p.len), ICMP_ECHO_REPLY);
	assert_false(got.unverified);
	assert_int_equal(parse(4, true, 100), ICMP_ECHO_REPLY);
	assert_true(got.unverified);
	assert_int_equal(got.payload_bytes, 72);
	p.bytes[200] ^= 1; /* beyond what was read */
	assert_int_equal(parse(4, true, 100), ICMP_ECHO_REPLY);
	assert_int_equal(parse(4, true, p.len), ICMP_BAD_CHECKSUM);
}

/* 0000 is a checksum like any other; ffff instead of it is the other zero of one's complement, and
 * RFC 1071 sums accept both. */
TEST(test_icmp_parse_checksum_0000_and_ffff)
{
	static const uint8_t zero[] = {0x00, 0x00, 0x00, 0x00, 0xff, 0x00, 0x00, 0xff};

	put_ipv4(&p, 1, 0, sizeof(zero));
	put_bytes(&p, zero, sizeof(zero));
	assert_int_equal(parse(4, true, p.len), ICMP_ECHO_REPLY);
	assert_int_equal(got.checksum, 0);
	p.bytes[22] = p.bytes[23] = 0xff;
	assert_int_equal(parse(4, true, p.len), ICMP_ECHO_REPLY);
	assert_int_equal(got.checksum, 0xffff);
	p.bytes[22] = 0xfe;
	assert_int_equal(parse(4, true, p.len), ICMP_BAD_CHECKSUM);
}

TEST(test_icmp_parse_requests_timestamps_and_all_else)
{
	static const struct {
		uint8_t family, type, code;
		enum icmp_verdict verdict;
	} cases[] = {
	    {4, 8, 0, ICMP_REQUEST},
	    {4, 13, 0, ICMP_REQUEST},
	    {4, 14, 0, ICMP_TIMESTAMP_REPLY},
	    {4, 9, 0, ICMP_OTHER},
	    {4, 128, 0, ICMP_OTHER},
	    {4, 255, 0, ICMP_OTHER}, /* how the table says that a family has no such type */
	    {6, 128, 0, ICMP_REQUEST},
	    {6, 0, 0, ICMP_OTHER},
	    {6, 8, 0, ICMP_OTHER},
	    {6, 135, 0, ICMP_OTHER},
	    {6, 13, 0, ICMP_OTHER},
	};

	put_icmp(&p, 0, 0, 0x12340007);
	put_zeros(&p, 12);
	for (size_t i = 0; i < COUNT(cases); i++) {
		p.bytes[0] = cases[i].type;
		p.bytes[1] = cases[i].code;
		if (parse(cases[i].family, false, p.len) != cases[i].verdict)
			fail_msg("family %u type %u", cases[i].family, cases[i].type);
	}
	p.bytes[0] = 14;
	(void)parse(4, false, p.len);
	assert_int_equal(got.id, 0x1234);
	assert_int_equal(got.seq, 7);
	assert_int_equal(got.payload_bytes, 12);
}

TEST(test_icmp_parse_every_type_and_length_gets_a_verdict)
{
	struct rng rng;

	rng_seed(&rng, 12);
	for (int i = 0; i < 200000; i++) {
		uint8_t family = rng_below(&rng, 2) == 0 ? 4 : 6;
		bool header = family == 4 && rng_below(&rng, 2) == 0;

		p.len = rng_below(&rng, 200);
		for (size_t k = 0; k < p.len; k++)
			p.bytes[k] = (uint8_t)rng_next(&rng);
		if (header && p.len > 9 && rng_below(&rng, 4) > 0) {
			p.bytes[0] = (uint8_t)(0x45 + rng_below(&rng, 3));
			p.bytes[6] = p.bytes[7] = 0;
			p.bytes[9] = 1;
		}
		assert_in_range(parse(family, header, p.len), 0, ICMP_VERDICT_COUNT - 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_icmp_parse_echo_reply_of_both_families, setup),
	    cmocka_unit_test_setup(test_icmp_parse_number_and_tag_only_where_they_are_whole, setup),
	    cmocka_unit_test_setup(test_icmp_parse_ipv4_header_with_and_without_options, setup),
	    cmocka_unit_test_setup(test_icmp_parse_ipv4_header_that_is_none, setup),
	    cmocka_unit_test_setup(test_icmp_parse_truncated_packet_is_not_verified, setup),
	    cmocka_unit_test_setup(test_icmp_parse_checksum_0000_and_ffff, setup),
	    cmocka_unit_test_setup(test_icmp_parse_requests_timestamps_and_all_else, setup),
	    cmocka_unit_test_setup(test_icmp_parse_every_type_and_length_gets_a_verdict, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
