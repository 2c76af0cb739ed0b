/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Requests as built, checksums, tags, and how much of a payload came back.
 */
#include "unit.h"

#include "core/bytes.h"
#include "core/icmp.h"
#include "core/probe.h"
#include "core/rng.h"

static const struct siphash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

/* The whole ICMP message on the wire. */
static uint32_t
message(const struct icmp_probe *probe, uint8_t bytes[static 65600])
{
	uint8_t head[32];
	uint32_t n;

	memset(head, 0xa5, sizeof(head));
	n = icmp_echo_build(probe, head);
	assert_int_equal(n, ICMP_HEADER_BYTES + (probe->size_bytes < 18 ? probe->size_bytes : 18));
	for (size_t i = n; i < sizeof(head); i++)
		assert_int_equal(head[i], 0xa5);
	memcpy(bytes, head, n);
	memcpy(bytes + n, probe_pattern() + n - ICMP_HEADER_BYTES,
	    ICMP_HEADER_BYTES + probe->size_bytes - n);
	return ICMP_HEADER_BYTES + probe->size_bytes;
}

TEST(test_icmp_checksum_of_the_example_in_rfc_1071)
{
	static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	assert_int_equal(icmp_checksum(example, sizeof(example)), 0xffff - 0xddf2);
}

TEST(test_icmp_checksum_edges)
{
	static const uint8_t ones[] = {0xff, 0xff, 0xff, 0xff}, odd[] = {0x12, 0x34, 0x56};
	static uint8_t large[65535];

	assert_int_equal(icmp_checksum(ones, 0), 0xffff);
	assert_int_equal(icmp_checksum(large, sizeof(large)), 0xffff);
	assert_int_equal(icmp_checksum(ones, 2), 0x0000);
	assert_int_equal(icmp_checksum(ones, 4), 0x0000);
	assert_int_equal(icmp_checksum(ones, 1), 0x00ff);
	assert_int_equal(icmp_checksum(odd, 3), 0xffff - (0x1234 + 0x5600));
	memset(large, 0xff, sizeof(large));
	assert_int_equal(icmp_checksum(large, sizeof(large)), 0x00ff);
}

TEST(test_icmp_echo_is_laid_out_as_drawn)
{
	struct icmp_probe p = {.family = 4,
	    .id = 0x1234,
	    .seq = 0xfffe,
	    .number = UINT64_C(0x0102030405060708),
	    .tag = UINT64_C(0x1112131415161718),
	    .size_bytes = 56};
	static uint8_t bytes[65600];

	assert_int_equal(message(&p, bytes), 64);
	assert_int_equal(bytes[0], 8);
	assert_int_equal(bytes[1], 0);
	assert_int_equal(get16(bytes + 4), 0x1234);
	assert_int_equal(get16(bytes + 6), 0xfffe);
	assert_true(get64(bytes + 8) == p.number);
	assert_true(get64(bytes + 16) == p.tag);
	assert_int_equal(bytes[26], 18);
	assert_int_equal(bytes[63], 55);
	p.family = 6;
	(void)message(&p, bytes);
	assert_int_equal(bytes[0], 128);
	assert_int_equal(get16(bytes + 2), 0); /* the kernel's */
}

/* Right for every size, and the same for all probes of one id and size from 18 bytes on. */
TEST(test_icmp_checksum_is_right_and_constant_for_a_flow)
{
	static const uint32_t sizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 18, 19, 20, 56, 57, 273, 274,
	    275, 529, 530, 531, 1000, 1472, 65506, 65507};
	static const uint16_t edges[] = {0, 1, 255, 256, 0x5a5a, 0xa5a5, 65534, 65535};
	static uint8_t bytes[65600];
	struct rng rng;

	rng_seed(&rng, 2);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (size_t k = 0; k < 4 * COUNT(edges); k++) {
			struct icmp_probe p = {.family = 4,
			    .id = edges[k % COUNT(edges)],
			    .seq = edges[rng_below(&rng, COUNT(edges))],
			    .number = k < 8    ? 0
				      : k < 16 ? UINT64_MAX
					       : rng_next(&rng),
			    .tag = k < 8    ? 0
				   : k < 16 ? UINT64_MAX
					    : rng_next(&rng),
			    .size_bytes = sizes[i]};
			uint32_t flow = icmp_flow_checksum(4, p.id, p.size_bytes);
			uint32_t len = message(&p, bytes);

			assert_int_equal(icmp_checksum(bytes, len), 0);
			if (sizes[i] < ICMP_PATTERN_AT)
				assert_int_equal(flow, ICMP_CHECKSUM_VARIES);
			else
				assert_int_equal(flow, get16(bytes + 2));
			assert_int_equal(
			    icmp_flow_checksum(6, p.id, sizes[i]), ICMP_CHECKSUM_VARIES);
		}
	}
}

/* Over all ids the constant takes the value 0 as well; it is never ffff, which would be the same.
 */
TEST(test_icmp_flow_checksum_of_every_id)
{
	uint32_t zeros = 0;

	for (uint32_t id = 0; id <= 65535; id++) {
		struct icmp_probe p = {.family = 4,
		    .id = (uint16_t)id,
		    .seq = 1,
		    .number = id,
		    .tag = ~id,
		    .size_bytes = 18};
		uint8_t head[32];

		assert_int_equal(icmp_echo_build(&p, head), 26);
		assert_int_equal(icmp_checksum(head, 26), 0);
		assert_int_equal(get16(head + 2), icmp_flow_checksum(4, (uint16_t)id, 18));
		assert_int_not_equal(get16(head + 2), 0xffff);
		zeros += get16(head + 2) == 0;
	}
	assert_int_equal(zeros, 1);
}

/* SipHash-2-4 over the words of the layout. */
TEST(test_icmp_tag_covers_all_that_identifies_a_probe_but_the_scope)
{
	struct addr to = {.family = 4, .bytes = {192, 0, 2, 1}}, other = to;
	uint64_t words[4] = {UINT64_C(0xc000020100000000), 0, UINT64_C(0xabcdef0000000001),
	    UINT64_C(0x0000000412345678)};
	uint64_t tag = icmp_tag(&key, &to, 0x1234, 0x5678, UINT64_C(0xabcdef0000000001));
	struct siphash_key other_key = {key.k0, key.k1 + 1};

	assert_true(tag == siphash24_words(&key, words, 4));
	assert_true(tag != icmp_tag(&key, &to, 0x1235, 0x5678, UINT64_C(0xabcdef0000000001)));
	assert_true(tag != icmp_tag(&key, &to, 0x1234, 0x5679, UINT64_C(0xabcdef0000000001)));
	assert_true(tag != icmp_tag(&key, &to, 0x1234, 0x5678, UINT64_C(0xabcdef0000000002)));
	assert_true(tag != icmp_tag(&other_key, &to, 0x1234, 0x5678, UINT64_C(0xabcdef0000000001)));
	other.family = 6;
	assert_true(tag != icmp_tag(&key, &other, 0x1234, 0x5678, UINT64_C(0xabcdef0000000001)));
	other = to;
	other.bytes[15] = 1;
	assert_true(tag != icmp_tag(&key, &other, 0x1234, 0x5678, UINT64_C(0xabcdef0000000001)));
	other = to;
	other.scope = 3;
	assert_true(tag == icmp_tag(&key, &other, 0x1234, 0x5678, UINT64_C(0xabcdef0000000001)));
}

/* The reply to a probe, as parsed, with its payload in bytes + 8. */
static struct icmp_packet
reply_to(const struct icmp_probe *p, uint8_t *bytes)
{
	uint32_t len = message(p, bytes);

	return (struct icmp_packet){.id = p->id,
	    .seq = p->seq,
	    .number = p->number,
	    .tag = p->tag,
	    .payload = bytes + ICMP_HEADER_BYTES,
	    .payload_bytes = len - ICMP_HEADER_BYTES};
}

TEST(test_icmp_payload_is_intact_as_sent_and_damage_is_found_where_it_is)
{
	static const uint32_t sizes[] = {0, 1, 8, 15, 16, 17, 18, 19, 56, 1472, 65507};
	static uint8_t bytes[65600];

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct icmp_probe p = {.family = 4,
		    .id = 9,
		    .seq = 65535,
		    .number = 1,
		    .tag = 2,
		    .size_bytes = sizes[i]};
		struct icmp_packet r = reply_to(&p, bytes);
		uint32_t good = 77;

		assert_true(icmp_payload_intact(&r, sizes[i], &good));
		assert_int_equal(good, sizes[i]);
		for (uint32_t at = ICMP_BALANCE_AT; at < sizes[i]; at += at < 60 ? 1 : 997) {
			uint32_t expected = at < ICMP_PATTERN_AT ? ICMP_BALANCE_AT : at;

			if (sizes[i] < ICMP_PATTERN_AT)
				continue; /* half a balance proves nothing */
			bytes[8 + at] ^= 0x40;
			assert_false(icmp_payload_intact(&r, sizes[i], &good));
			assert_int_equal(good, expected);
			bytes[8 + at] ^= 0x40;
		}
	}
}

TEST(test_icmp_payload_of_another_length_is_not_intact)
{
	static uint8_t bytes[65600];
	struct icmp_probe p = {.family = 4, .number = 1, .tag = 2, .size_bytes = 1472};
	struct icmp_packet r = reply_to(&p, bytes);
	uint32_t good;

	r.payload_bytes = 68;
	assert_false(icmp_payload_intact(&r, 1472, &good));
	assert_int_equal(good, 68); /* "68 of 1472 bytes came back" */
	r.payload_bytes = 0;
	assert_false(icmp_payload_intact(&r, 1472, &good));
	assert_int_equal(good, 0);
	r.payload_bytes = 1472;
	assert_false(icmp_payload_intact(&r, 1471, &good));
	assert_int_equal(good, 1471);
	assert_false(icmp_payload_intact(&r, 0, &good));
	assert_int_equal(good, 0);
}

TEST(test_icmp_error_texts_and_their_sources)
{
	static const struct {
		uint8_t family, type, code;
		uint16_t rfc;
		const char *text;
	} cases[] = {
	    {4, 3, 0, 792, "network unreachable"},
	    {4, 3, 1, 792, "host unreachable"},
	    {4, 3, 4, 792, "fragmentation needed and don't fragment set"},
	    {4, 3, 9, 1122, "network administratively prohibited"},
	    {4, 3, 13, 1812, "communication administratively prohibited"},
	    {4, 3, 15, 1812, "precedence cutoff in effect"},
	    {4, 3, 16, 0, "destination unreachable"},
	    {4, 3, 255, 0, "destination unreachable"},
	    {4, 4, 0, 792, "source quench"},
	    {4, 5, 1, 792, "redirect for the host"},
	    {4, 11, 0, 792, "time to live exceeded in transit"},
	    {4, 11, 1, 792, "fragment reassembly time exceeded"},
	    {4, 11, 2, 0, "time exceeded"},
	    {4, 12, 1, 1108, "parameter problem: required option missing"},
	    {4, 12, 2, 0, "parameter problem: bad length"},
	    {4, 0, 0, 0, "unknown ICMP error"},
	    {6, 1, 0, 4443, "no route to destination"},
	    {6, 1, 3, 4443, "address unreachable"},
	    {6, 1, 7, 6550, "error in source routing header"},
	    {6, 1, 9, 0, "destination unreachable"},
	    {6, 2, 0, 4443, "packet too big"},
	    {6, 2, 9, 4443, "packet too big"},
	    {6, 3, 0, 4443, "hop limit exceeded in transit"},
	    {6, 4, 2, 4443, "parameter problem: unrecognized IPv6 option"},
	    {6, 4, 3, 7112, "parameter problem: incomplete header chain"},
	    {6, 137, 0, 4861, "redirect"},
	    {6, 11, 0, 0, "unknown ICMP error"},
	    {0, 3, 1, 0, "unknown ICMP error"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(
		    icmp_error_text(cases[i].family, cases[i].type, cases[i].code), cases[i].text);
		assert_int_equal(
		    icmp_error_rfc(cases[i].family, cases[i].type, cases[i].code), cases[i].rfc);
	}
	assert_string_equal(icmp_error_type_text(icmp_error_type(4, 11)), "time_exceeded");
	assert_string_equal(icmp_error_type_text(icmp_error_type(6, 2)), "packet_too_big");
	assert_string_equal(icmp_error_type_text(icmp_error_type(6, 5)), "other");
	assert_string_equal(icmp_error_type_text(ICMP_TYPE_COUNT), "?");
	for (int v = 0; v < ICMP_VERDICT_COUNT; v++)
		assert_true(icmp_verdict_text((enum icmp_verdict)v)[0] >= 'a');
	assert_string_equal(icmp_verdict_text((enum icmp_verdict)ICMP_VERDICT_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_icmp_checksum_of_the_example_in_rfc_1071),
	    cmocka_unit_test(test_icmp_checksum_edges),
	    cmocka_unit_test(test_icmp_echo_is_laid_out_as_drawn),
	    cmocka_unit_test(test_icmp_checksum_is_right_and_constant_for_a_flow),
	    cmocka_unit_test(test_icmp_flow_checksum_of_every_id),
	    cmocka_unit_test(test_icmp_tag_covers_all_that_identifies_a_probe_but_the_scope),
	    cmocka_unit_test(test_icmp_payload_is_intact_as_sent_and_damage_is_found_where_it_is),
	    cmocka_unit_test(test_icmp_payload_of_another_length_is_not_intact),
	    cmocka_unit_test(test_icmp_error_texts_and_their_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
