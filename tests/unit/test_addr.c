/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Addresses: what parses and what does not, canonical texts (RFC 5952), kinds. The C library's
 * inet_pton and inet_ntop are the second opinion.
 */
#include <arpa/inet.h>

#include "unit.h"

#include "core/addr.h"
#include "core/rng.h"

static struct addr
parsed(const char *text)
{
	struct addr a;

	if (!addr_parse(text, &a))
		fail_msg("\"%s\" does not parse", text);
	return a;
}

TEST(test_addr_canonical_text_is_that_of_rfc_5952)
{
	static const char *const cases[][2] = {
	    {"0.0.0.0", "0.0.0.0"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"192.0.2.1", "192.0.2.1"},
	    {"::", "::"},
	    {"::1", "::1"},
	    {"1::", "1::"},
	    {"0:0:0:0:0:0:0:0", "::"},
	    {"2001:0db8::0001", "2001:db8::1"},
	    {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* one group is not shortened */
	    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"}, /* the longest run */
	    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, /* the first of equals */
	    {"2001:DB8::AbCd", "2001:db8::abcd"},
	    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
	    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	    {"1:0:0:0:0:0:0:0", "1::"},
	    {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
	    {"::FFFF:c000:201", "::ffff:192.0.2.1"},
	    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
	    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	    {"fe80::1%3", "fe80::1%3"},
	    {"febf:ffff::%1", "febf:ffff::%1"},
	    {"ff02::1%2147483647", "ff02::1%2147483647"},
	};
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addr a = parsed(cases[i][0]), again;

		assert_string_equal(addr_format(&a, text), cases[i][1]);
		again = parsed(text);
		assert_true(addr_equal(&a, &again));
	}
}

TEST(test_addr_nothing_else_parses_and_the_result_is_untouched)
{
	static const char *const cases[] = {"", " ", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1",
	    "1.2.3.1234", "01.2.3.4", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1..2.3",
	    ".1.2.3.4", "1.2.3.", "0x1.2.3.4", "-1.2.3.4", "1.2.3.4%1", "localhost", ":",
	    ":::", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
	    "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
	    "1:2:3:4:5:6:7::8", "1::2::3", "1:::2", "::12345", "::g", "::1 ", "::1.2.3",
	    "::1.2.3.4:5", "::1.2.3.4.5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::256.1.1.1",
	    "::a.1.1.1", "[::1]", "::/0", "fe80::1%", "fe80::1%0", "fe80::1%01", "fe80::1%eth0",
	    "fe80::1%3x", "fe80::1%-3", "fe80::1%2147483648", "fe80::1%4294967299",
	    "fe80::1%99999999999", "2001:db8::1%3" /* no scope: it is global */, "::1%1"};
	struct addr before, a;

	memset(&before, 0xa5, sizeof(before));
	for (size_t i = 0; i < COUNT(cases); i++) {
		a = before;
		if (addr_parse(cases[i], &a))
			fail_msg("\"%s\" parses", cases[i]);
		assert_memory_equal(&a, &before, sizeof(a));
	}
}

/* Every pattern of zero groups, with random others. */
TEST(test_addr_texts_agree_with_the_c_library)
{
	struct rng rng;

	rng_seed(&rng, 1);
	for (int round = 0; round < 20; round++) {
		for (unsigned mask = 0; mask < 256; mask++) {
			uint8_t bytes[16] = {0}, back[16];
			char text[ADDR_TEXT_MAX], theirs[INET6_ADDRSTRLEN];
			struct addr a, again;

			for (int g = 0; g < 8; g++) {
				uint64_t r = rng_next(&rng) >> (rng_below(&rng, 4) * 4);

				bytes[2 * g] = mask >> g & 1 ? (uint8_t)(r >> 8) : 0;
				bytes[2 * g + 1] = mask >> g & 1 ? (uint8_t)r : 0;
			}
			a = addr_ipv6(bytes, 0);
			assert_int_equal(inet_pton(AF_INET6, addr_format(&a, text), back), 1);
			assert_memory_equal(back, bytes, 16);
			again = parsed(inet_ntop(AF_INET6, bytes, theirs, sizeof(theirs)));
			assert_true(addr_equal(&a, &again));
			if (strchr(theirs, '.') == NULL)
				assert_string_equal(text, theirs);
		}
	}
}

TEST(test_addr_none_has_a_text)
{
	struct addr none = {0};
	char text[ADDR_TEXT_MAX];

	assert_string_equal(addr_format(&none, text), "-");
}

TEST(test_addr_longest_text_fits)
{
	uint8_t bytes[16];
	char text[ADDR_TEXT_MAX];
	struct addr a;

	memset(bytes, 0xff, sizeof(bytes));
	a = addr_ipv6(bytes, UINT32_MAX);
	assert_string_equal(
	    addr_format(&a, text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295");
}

TEST(test_addr_family_bytes_and_scope_all_count)
{
	const struct addr a = parsed("fe80::1%3");
	struct addr b = a;

	assert_true(addr_equal(&a, &b));
	assert_true(addr_hash(&a) == addr_hash(&b));
	b.scope = 4;
	assert_false(addr_equal(&a, &b));
	assert_true(addr_hash(&a) != addr_hash(&b));
	b = a;
	b.family = 4;
	assert_false(addr_equal(&a, &b));
	assert_true(addr_hash(&a) != addr_hash(&b));
	for (int i = 0; i < 128; i++) {
		b = a;
		b.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(addr_equal(&a, &b));
		assert_true(addr_hash(&a) != addr_hash(&b));
	}
}

/* Neighbours in the tables of the engine must not pile up in a few cells. */
TEST(test_addr_hash_spreads_consecutive_addresses)
{
	uint8_t used[1 << 16] = {0};
	uint32_t cells = 0, n = 1 << 15;

	for (uint32_t i = 0; i < n; i++) {
		struct addr a =
		    addr_ipv4((uint8_t[]){10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});

		cells += !used[addr_hash(&a) & 0xffff];
		used[addr_hash(&a) & 0xffff] = 1;
	}
	assert_in_range(cells, n * 7 / 10, n); /* random keys would fill 0.787 n */
}

TEST(test_addr_kinds)
{
	static const struct {
		const char *text;
		enum addr_kind kind;
	} cases[] = {
	    {"0.0.0.0", ADDR_UNSPECIFIED},
	    {"0.255.255.255", ADDR_UNSPECIFIED},
	    {"1.0.0.0", ADDR_UNICAST},
	    {"126.255.255.255", ADDR_UNICAST},
	    {"127.0.0.1", ADDR_LOOPBACK},
	    {"127.255.255.255", ADDR_LOOPBACK},
	    {"128.0.0.0", ADDR_UNICAST},
	    {"223.255.255.255", ADDR_UNICAST},
	    {"224.0.0.1", ADDR_MULTICAST},
	    {"239.255.255.255", ADDR_MULTICAST},
	    {"240.0.0.0", ADDR_BROADCAST},
	    {"255.255.255.255", ADDR_BROADCAST},
	    {"::", ADDR_UNSPECIFIED},
	    {"::1", ADDR_LOOPBACK},
	    {"::2", ADDR_UNICAST},
	    {"2001:db8::1", ADDR_UNICAST},
	    {"fe80::1%1", ADDR_UNICAST},
	    {"ff02::1", ADDR_MULTICAST},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct addr a = parsed(cases[i].text);

		if (addr_classify(&a) != cases[i].kind)
			fail_msg("%s is of kind %d", cases[i].text, (int)addr_classify(&a));
	}
}

TEST(test_addr_link_local_is_fe80_slash_10)
{
	struct addr a = parsed("fe80::1"), b = parsed("febf::1"), c = parsed("fec0::1"),
		    d = parsed("169.254.1.1");

	assert_true(addr_is_link_local(&a));
	assert_true(addr_is_link_local(&b));
	assert_false(addr_is_link_local(&c));
	assert_false(addr_is_link_local(&d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addr_canonical_text_is_that_of_rfc_5952),
	    cmocka_unit_test(test_addr_nothing_else_parses_and_the_result_is_untouched),
	    cmocka_unit_test(test_addr_texts_agree_with_the_c_library),
	    cmocka_unit_test(test_addr_none_has_a_text),
	    cmocka_unit_test(test_addr_longest_text_fits),
	    cmocka_unit_test(test_addr_family_bytes_and_scope_all_count),
	    cmocka_unit_test(test_addr_hash_spreads_consecutive_addresses),
	    cmocka_unit_test(test_addr_kinds),
	    cmocka_unit_test(test_addr_link_local_is_fe80_slash_10),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
