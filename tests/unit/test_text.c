/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The bounded buffer, and the numbers and times in it, each at its edges.
 */
#include <time.h>

#include "unit.h"

#include "core/rng.h"
#include "core/text.h"

static char buf[128];
static struct text t;

static int
setup(void **state)
{
	(void)state;
	memset(buf, 'x', sizeof(buf));
	text_init(&t, buf, sizeof(buf));
	return 0;
}

/* What was written since the last look. */
static const char *
got(void)
{
	static char copy[sizeof(buf)];

	assert_false(t.overflow);
	assert_int_equal(strlen(buf), t.len);
	memcpy(copy, buf, sizeof(copy));
	text_rewind(&t, 0);
	return copy;
}

TEST(test_text_is_cut_off_at_its_end_and_says_so)
{
	char small[6];

	memset(small, 'x', sizeof(small));
	text_init(&t, small, 5);
	assert_string_equal(small, "");
	text_add(&t, "ab");
	text_add(&t, "cd");
	assert_false(t.overflow);
	assert_string_equal(small, "abcd");
	text_add(&t, "");
	assert_false(t.overflow);
	text_add(&t, "e");
	assert_true(t.overflow);
	assert_string_equal(small, "abcd");
	text_rewind(&t, 3);
	assert_false(t.overflow);
	text_printf(&t, "%d", 45);
	assert_true(t.overflow);
	assert_string_equal(small, "abc4");
	assert_int_equal(t.len, 4);
	text_rewind(&t, 3);
	text_printf(&t, "%d", 4);
	assert_false(t.overflow);
	assert_int_equal(small[5], 'x');
}

TEST(test_text_of_one_byte_holds_nothing)
{
	char one[2] = "x";

	text_init(&t, one, 1);
	assert_string_equal(one, "");
	text_printf(&t, "%s", "a");
	assert_true(t.overflow);
	assert_int_equal(t.len, 0);
	text_rewind(&t, 0);
	text_add(&t, "a");
	assert_true(t.overflow);
	assert_string_equal(one, "");
}

TEST(test_text_is_never_cut_within_a_character)
{
	static const char s[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
	char small[16];

	for (size_t room = 0; room < COUNT(whole); room++) {
		text_init(&t, small, room + 1);
		text_add(&t, s);
		assert_int_equal(t.len, whole[room]);
		assert_int_equal(t.overflow, room < sizeof(s) - 1);
	}
}

/* Else a short piece would stand where a long one is missing. */
TEST(test_text_takes_nothing_more_after_what_did_not_fit)
{
	char small[8];

	text_init(&t, small, sizeof(small));
	text_add(&t, "abcdef");
	text_add(&t, "\xe2\x82\xac");
	assert_true(t.overflow);
	text_add(&t, "x");
	text_printf(&t, "%d", 1);
	assert_string_equal(small, "abcdef");
	text_rewind(&t, 6);
	text_add(&t, "x");
	assert_string_equal(small, "abcdefx");
	assert_false(t.overflow);
}

TEST(test_text_milliseconds_are_exact)
{
	static const struct {
		nsec_t ns;
		const char *text;
	} cases[] = {{0, "0"}, {1, "0.000001"}, {11812345, "11.812345"}, {12000000, "12"},
	    {100, "0.0001"}, {999999, "0.999999"}, {1000000, "1"}, {1500000000, "1500"},
	    {-1, "-0.000001"}, {-1500000, "-1.5"}, {NSEC_NEVER, "9223372036854.775807"},
	    {INT64_MIN, "-9223372036854.775808"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		text_ms(&t, cases[i].ns);
		assert_string_equal(got(), cases[i].text);
	}
	text_json_ms(&t, -1);
	assert_string_equal(got(), "null");
	text_json_ms(&t, 0);
	assert_string_equal(got(), "0");
	text_seconds(&t, 11800000);
	assert_string_equal(got(), "0.0118");
	text_seconds(&t, 300 * NSEC_PER_SEC);
	assert_string_equal(got(), "300");
	text_seconds(&t, INT64_MIN);
	assert_string_equal(got(), "-9223372036.854775808");
}

TEST(test_text_short_milliseconds_have_about_three_digits)
{
	static const struct {
		nsec_t ns;
		const char *text;
	} cases[] = {{0, "0"}, {1, "0"}, {499, "0"}, {500, "0.001"}, {42000, "0.042"},
	    {999499, "0.999"}, {999500, "1"}, {1250000, "1.25"}, {9994999, "9.99"}, {9999999, "10"},
	    {10000000, "10"}, {11800000, "11.8"}, {310400000, "310.4"}, {1234567890, "1234.6"},
	    {-400, "0"}, {-1250000, "-1.25"}, {-310400000, "-310.4"},
	    {NSEC_NEVER, "9223372036854.8"}, {INT64_MIN, "-9223372036854.8"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		text_ms_short(&t, cases[i].ns);
		assert_string_equal(got(), cases[i].text);
	}
}

TEST(test_text_ratios_and_percentages_never_round_to_none_or_all)
{
	static const struct {
		int64_t ppm;
		const char *ratio, *percent;
	} cases[] = {{0, "0", "0.0%"}, {1, "0.000001", "<0.1%"}, {499, "0.000499", "<0.1%"},
	    {500, "0.0005", "0.1%"}, {66667, "0.066667", "6.7%"}, {125000, "0.125", "12.5%"},
	    {500000, "0.5", "50.0%"}, {999499, "0.999499", "99.9%"}, {999500, "0.9995", ">99.9%"},
	    {999999, "0.999999", ">99.9%"}, {1000000, "1", "100%"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		text_ratio(&t, cases[i].ppm);
		assert_string_equal(got(), cases[i].ratio);
		text_percent(&t, cases[i].ppm);
		assert_string_equal(got(), cases[i].percent);
	}
}

TEST(test_text_time_is_rfc_3339_in_utc)
{
	static const struct {
		nsec_t ns;
		const char *text;
	} cases[] = {{0, "1970-01-01T00:00:00.000Z"}, {-1, "1969-12-31T23:59:59.999Z"},
	    {951782399 * NSEC_PER_SEC, "2000-02-28T23:59:59.000Z"},
	    {951782400 * NSEC_PER_SEC, "2000-02-29T00:00:00.000Z"},
	    {1795430467120999999, "2026-11-23T10:41:07.120Z"},
	    {NSEC_NEVER, "2262-04-11T23:47:16.854Z"}, {INT64_MIN, "1677-09-21T00:12:43.145Z"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		text_time(&t, cases[i].ns);
		assert_string_equal(got(), cases[i].text);
	}
	text_json_time(&t, 0);
	assert_string_equal(got(), "null");
	text_json_time(&t, 1);
	assert_string_equal(got(), "\"1970-01-01T00:00:00.000Z\"");
}

TEST(test_text_time_agrees_with_the_c_library_and_is_read_again)
{
	struct rng rng;

	rng_seed(&rng, 4);
	for (int i = 0; i < 50000; i++) {
		int64_t s = (int64_t)rng_below(&rng, UINT64_C(9214646400)); /* up to 2261 */
		char theirs[64];
		const char *ours;
		struct tm tm;
		time_t clock = s;
		nsec_t back;

		text_time(&t, s * NSEC_PER_SEC);
		(void)strftime(
		    theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S.000Z", gmtime_r(&clock, &tm));
		ours = got();
		assert_string_equal(ours, theirs);
		assert_true(text_parse_time(ours, &back));
		assert_true(back == s * NSEC_PER_SEC);
	}
}

TEST(test_text_time_reads_fractions_zones_and_leap_seconds)
{
	static const struct {
		const char *text;
		nsec_t ns;
	} cases[] = {{"1970-01-01T00:00:00Z", 0}, {"1970-01-01t00:00:00z", 0},
	    {"1970-01-01T00:00:00.000000001Z", 1}, {"1970-01-01T00:00:00.0000000019Z", 1},
	    {"1970-01-01T00:00:00.5Z", 500000000}, {"1970-01-01T01:30:00+01:30", 0},
	    {"1970-01-01T00:00:00+00:01", -60 * NSEC_PER_SEC}, {"1970-01-01T02:00:00+02:00", 0},
	    {"1970-01-01T00:00:00.000000001999999999Z", 1},
	    {"1970-01-01T00:00:00-23:59", 86340 * NSEC_PER_SEC},
	    {"2016-12-31T23:59:60Z", 1483228800 * NSEC_PER_SEC},
	    {"2000-02-29T00:00:00Z", 951782400 * NSEC_PER_SEC},
	    {"2261-12-31T23:59:60.999999999-23:59", 9214732740999999999}};
	nsec_t ns;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(text_parse_time(cases[i].text, &ns));
		assert_true(ns == cases[i].ns);
	}
}

TEST(test_text_time_refuses_all_else)
{
	static const char *const cases[] = {"", "now", "1970", "1970-01-01", "1970-01-01T00:00:00",
	    "1970-01-01T00:00Z", "1970-01-01 00:00:00Z", "1970-1-01T00:00:00Z",
	    "70-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1969-12-31T22:30:00-01:30",
	    "2262-01-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-13-01T00:00:00Z",
	    "1970-01-00T00:00:00Z", "1970-01-32T00:00:00Z", "1970-04-31T00:00:00Z",
	    "1970-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "1970-01-01T24:00:00Z",
	    "1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00.Z",
	    "1970-01-01T00:00:00.1234567890123456789Z", "1970-01-01T00:00:00,5Z",
	    "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00",
	    "1970-01-01T00:00:00+00:60", "1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z",
	    "1970-01-01T00:00:00ZZ", "1970-x1-01T00:00:00Z", "1970-01x01T00:00:00Z",
	    "1970-01-x1T00:00:00Z", "1970-01-01Tx0:00:00Z", "1970-01-01T00x00:00Z",
	    "1970-01-01T00:x0:00Z", "1970-01-01T00:00:x0Z", "1970-01-01T00:00:00+x0:00",
	    "1970-01-01T00:00:00+00:x0", "1970-01-01T00:00:00", "-1970-01-01T00:00:00Z",
	    "1970-01-01T-1:00:00Z"};
	nsec_t ns = 77;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (text_parse_time(cases[i], &ns) || ns != 77)
			fail_msg("\"%s\"", cases[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_text_is_cut_off_at_its_end_and_says_so, setup),
	    cmocka_unit_test_setup(test_text_of_one_byte_holds_nothing, setup),
	    cmocka_unit_test_setup(test_text_is_never_cut_within_a_character, setup),
	    cmocka_unit_test_setup(test_text_takes_nothing_more_after_what_did_not_fit, setup),
	    cmocka_unit_test_setup(test_text_milliseconds_are_exact, setup),
	    cmocka_unit_test_setup(test_text_short_milliseconds_have_about_three_digits, setup),
	    cmocka_unit_test_setup(
		test_text_ratios_and_percentages_never_round_to_none_or_all, setup),
	    cmocka_unit_test_setup(test_text_time_is_rfc_3339_in_utc, setup),
	    cmocka_unit_test_setup(
		test_text_time_agrees_with_the_c_library_and_is_read_again, setup),
	    cmocka_unit_test_setup(test_text_time_reads_fractions_zones_and_leap_seconds, setup),
	    cmocka_unit_test_setup(test_text_time_refuses_all_else, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
