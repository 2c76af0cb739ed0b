/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Durations, sizes and shares as people write them; what is written can be read again.
 */
#include "unit.h"

#include "core/duration.h"
#include "core/rng.h"

#define UNTOUCHED INT64_C(-77)

TEST(test_duration_reads_every_unit_and_fractions)
{
	static const struct {
		const char *text;
		nsec_t ns;
	} cases[] = {
	    {"0s", 0},
	    {"0us", 0},
	    {"1us", 1000},
	    {"0.001us", 1},
	    {"500ms", 500 * NSEC_PER_MSEC},
	    {"1.5s", 1500 * NSEC_PER_MSEC},
	    {"0.000000001s", 1},
	    {"01s", NSEC_PER_SEC},
	    {"90s", 90 * NSEC_PER_SEC},
	    {"5m", 5 * NSEC_PER_MIN},
	    {"1h", NSEC_PER_HOUR},
	    {"0.5d", 12 * NSEC_PER_HOUR},
	    {"36525d", 36525 * NSEC_PER_DAY},
	};
	nsec_t ns;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!duration_parse(cases[i].text, &ns) || ns != cases[i].ns)
			fail_msg("\"%s\"", cases[i].text);
	}
}

TEST(test_duration_refuses_all_else)
{
	static const char *const cases[] = {"", " ", "s", "500", "1", "1.", "1.s", ".5s", "1..5s",
	    "1.5.5s", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1sec", "1ns", "1e3s", "0x1s",
	    "1,5s", "5%", "1KiB", "0.0001us", "0.0000000001s", "36526d", "36525.000000001d",
	    "99999999999999999999s", "18446744073709551616us"};
	nsec_t ns = UNTOUCHED;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (duration_parse(cases[i], &ns) || ns != UNTOUCHED)
			fail_msg("\"%s\"", cases[i]);
	}
}

TEST(test_bytes_are_whole_numbers_with_a_unit)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
	    {"0B", 0},
	    {"512B", 512},
	    {"208KiB", 208 * 1024},
	    {"16MiB", 16 << 20},
	    {"3GiB", UINT64_C(3) << 30},
	    {"4294967296GiB", UINT64_C(1) << 62},
	};
	static const char *const bad[] = {"", "1", "1K", "1KB", "1kib", "1MB", "-1B", "0.5KiB",
	    "1.0MiB", "1 MiB", "4294967297GiB", "4611686018427387905B", "1s"};
	uint64_t bytes = 77;

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (bytes_parse(bad[i], &bytes) || bytes != 77)
			fail_msg("\"%s\"", bad[i]);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!bytes_parse(good[i].text, &bytes) || bytes != good[i].bytes)
			fail_msg("\"%s\"", good[i].text);
	}
}

TEST(test_ratio_is_a_percentage_of_at_most_four_decimals)
{
	static const struct {
		const char *text;
		int64_t ppm;
	} good[] = {{"0%", 0}, {"5%", 50000}, {"2.5%", 25000}, {"0.0001%", 1}, {"99.9999%", 999999},
	    {"100%", 1000000}, {"100.0000%", 1000000}};
	static const char *const bad[] = {"", "%", "5", "5 %", "-1%", "101%", "100.0001%",
	    "0.00001%", "1e1%", "0x10%", "nan%", "inf%", "2,5%", "5%%", "5s"};
	int64_t ppm = UNTOUCHED;
	char text[32];

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (ratio_parse(bad[i], &ppm) || ppm != UNTOUCHED)
			fail_msg("\"%s\"", bad[i]);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!ratio_parse(good[i].text, &ppm) || ppm != good[i].ppm)
			fail_msg("\"%s\"", good[i].text);
		assert_true(ratio_parse(ratio_format(ppm, text, sizeof(text)), &ppm));
		assert_int_equal(ppm, good[i].ppm);
	}
	assert_string_equal(ratio_format(0, text, sizeof(text)), "0%");
	assert_string_equal(ratio_format(25000, text, sizeof(text)), "2.5%");
	assert_string_equal(ratio_format(1, text, sizeof(text)), "0.0001%");
	assert_string_equal(ratio_format(1000000, text, sizeof(text)), "100%");
}

TEST(test_duration_text_is_exact_in_the_largest_unit_that_fits)
{
	static const struct {
		nsec_t ns;
		const char *text;
	} cases[] = {
	    {0, "0s"},
	    {1, "0.001us"},
	    {999, "0.999us"},
	    {1000, "1us"},
	    {1500, "1.5us"},
	    {500 * NSEC_PER_MSEC, "500ms"},
	    {1500 * NSEC_PER_USEC, "1500us"},
	    {NSEC_PER_SEC, "1s"},
	    {90 * NSEC_PER_SEC, "90s"},
	    {5 * NSEC_PER_MIN, "5m"},
	    {90 * NSEC_PER_MIN, "90m"},
	    {NSEC_PER_HOUR, "1h"},
	    {24 * NSEC_PER_HOUR, "1d"},
	};
	char text[48];

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    duration_format(cases[i].ns, text, sizeof(text)), cases[i].text);
}

TEST(test_duration_text_is_read_again_as_the_same)
{
	struct rng rng;
	char text[48];
	nsec_t back;

	rng_seed(&rng, 3);
	for (int i = 0; i < 20000; i++) {
		nsec_t ns =
		    (nsec_t)rng_below(&rng, 36525 * (uint64_t)NSEC_PER_DAY) >> rng_below(&rng, 62);

		if (rng_below(&rng, 2) == 0)
			ns -= ns % NSEC_PER_SEC;
		(void)duration_format(ns, text, sizeof(text));
		if (!duration_parse(text, &back) || back != ns)
			fail_msg("%lld as \"%s\"", (long long)ns, text);
	}
}

TEST(test_duration_words_show_two_units_or_a_tenth_of_a_second)
{
	static const struct {
		nsec_t ns;
		const char *text;
	} cases[] = {
	    {0, "0s"},
	    {1, "0.0s"},
	    {800 * NSEC_PER_MSEC, "0.8s"},
	    {NSEC_PER_SEC, "1s"},
	    {9940 * NSEC_PER_MSEC, "9.9s"},
	    {9960 * NSEC_PER_MSEC, "10s"}, /* never 10.0s */
	    {10 * NSEC_PER_SEC - 1, "10s"},
	    {12 * NSEC_PER_SEC, "12s"},
	    {59 * NSEC_PER_SEC + 999 * NSEC_PER_MSEC, "59s"},
	    {NSEC_PER_MIN, "1m"},
	    {572 * NSEC_PER_SEC, "9m32s"},
	    {NSEC_PER_HOUR + 59 * NSEC_PER_SEC, "1h"},
	    {49 * NSEC_PER_HOUR, "2d1h"},
	    {12 * NSEC_PER_DAY + 4 * NSEC_PER_HOUR + 1, "12d4h"},
	    {NSEC_NEVER, "106751d23h"},
	};
	char text[48];

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(duration_words(cases[i].ns, text, sizeof(text)), cases[i].text);
}

TEST(test_rtt_text_has_three_digits_that_mean_something)
{
	static const struct {
		nsec_t ns;
		const char *text;
	} cases[] = {
	    {0, "0"},
	    {1, "0"},
	    {499, "0"},
	    {500, "0.001"},
	    {42000, "0.042"},
	    {210000, "0.21"},
	    {999499, "0.999"},
	    {999500, "1"},
	    {1250000, "1.25"},
	    {2100000, "2.1"},
	    {9994999, "9.99"},
	    {9995000, "10"},
	    {11812345, "11.8"},
	    {99949999, "99.9"},
	    {99950000, "100"},
	    {310400000, "310"},
	    {1204 * NSEC_PER_MSEC, "1204"},
	    {NSEC_NEVER, "9223372036855"},
	};
	char text[48];

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(rtt_format_ms(cases[i].ns, text, sizeof(text)), cases[i].text);
}

TEST(test_duration_short_buffers_are_never_overrun)
{
	char text[8];

	for (size_t n = 1; n < sizeof(text); n++) {
		memset(text, 'x', sizeof(text));
		(void)duration_format(123456789, text, n);
		assert_int_equal(text[n - 1], '\0');
		assert_int_equal(text[n], 'x');
		(void)duration_words(1234567890123456, text, n);
		assert_int_equal(text[n], 'x');
		(void)rtt_format_ms(1234567890123456, text, n);
		assert_int_equal(text[n], 'x');
		(void)ratio_format(123456, text, n);
		assert_int_equal(text[n], 'x');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_duration_reads_every_unit_and_fractions),
	    cmocka_unit_test(test_duration_refuses_all_else),
	    cmocka_unit_test(test_bytes_are_whole_numbers_with_a_unit),
	    cmocka_unit_test(test_ratio_is_a_percentage_of_at_most_four_decimals),
	    cmocka_unit_test(test_duration_text_is_exact_in_the_largest_unit_that_fits),
	    cmocka_unit_test(test_duration_text_is_read_again_as_the_same),
	    cmocka_unit_test(test_duration_words_show_two_units_or_a_tenth_of_a_second),
	    cmocka_unit_test(test_rtt_text_has_three_digits_that_mean_something),
	    cmocka_unit_test(test_duration_short_buffers_are_never_overrun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
