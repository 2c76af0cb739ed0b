/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Figures for people: digits, units, and no false claims.
 */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "ctl/human.h"

#define MS NSEC_PER_MSEC

static char buf[HUMAN_BYTES];

TEST(test_human_rtt_has_as_many_digits_as_mean_something)
{
	assert_string_equal(human_rtt(-1, buf), "-");
	assert_string_equal(human_rtt(0, buf), "0 ms");
	assert_string_equal(human_rtt(1, buf), "<0.001 ms");
	assert_string_equal(human_rtt(42000, buf), "0.042 ms");
	assert_string_equal(human_rtt(99499, buf), "0.099 ms");
	assert_string_equal(human_rtt(99500, buf), "0.10 ms");
	assert_string_equal(human_rtt(210000, buf), "0.21 ms");
	assert_string_equal(human_rtt(994999, buf), "0.99 ms");
	assert_string_equal(human_rtt(995000, buf), "1.0 ms");
	assert_string_equal(human_rtt(2 * MS + 100000, buf), "2.1 ms");
	assert_string_equal(human_rtt(11812345, buf), "11.8 ms");
	assert_string_equal(human_rtt(99 * MS + 949999, buf), "99.9 ms");
	assert_string_equal(human_rtt(99 * MS + 950000, buf), "100 ms");
	assert_string_equal(human_rtt(310 * MS + 400000, buf), "310 ms");
	assert_string_equal(human_rtt(999 * MS + 500000, buf), "1.0 s");
	assert_string_equal(human_rtt(1200 * MS, buf), "1.2 s");
	assert_string_equal(human_rtt(60000 * MS, buf), "60.0 s");
	assert_string_equal(human_rtt(600000 * MS, buf), "600 s");
}

TEST(test_human_percent_never_hides_a_loss)
{
	assert_string_equal(human_percent(-1, buf), "-");
	assert_string_equal(human_percent(0, buf), "0.0 %");
	assert_string_equal(human_percent(1, buf), "<0.1 %");
	assert_string_equal(human_percent(125000, buf), "12.5 %");
	assert_string_equal(human_percent(999999, buf), ">99.9 %");
	assert_string_equal(human_percent(1000000, buf), "100 %");
}

TEST(test_human_loss_is_none_or_all_only_when_it_is)
{
	assert_int_equal(human_loss_ppm(0, 0), -1);
	assert_int_equal(human_loss_ppm(10, 0), 0);
	assert_int_equal(human_loss_ppm(0, 10), 1000000);
	assert_int_equal(human_loss_ppm(525, 75), 125000);
	assert_int_equal(human_loss_ppm(INT64_C(100000000000), 1), 1);
	assert_int_equal(human_loss_ppm(1, INT64_C(100000000000)), 999999);
	assert_int_equal(human_loss_ppm(-1, 1), -1);
}

TEST(test_human_counts_have_groups_of_three)
{
	assert_string_equal(human_count(0, buf), "0");
	assert_string_equal(human_count(999, buf), "999");
	assert_string_equal(human_count(1000, buf), "1,000");
	assert_string_equal(human_count(172600, buf), "172,600");
	assert_string_equal(human_count(INT64_MAX, buf), "9,223,372,036,854,775,807");
	assert_string_equal(human_count(-5, buf), "0");
}

TEST(test_human_rates_have_a_decimal_only_when_it_counts)
{
	assert_string_equal(human_rate(5, buf), "5");
	assert_string_equal(human_rate(0.5, buf), "0.5");
	assert_string_equal(human_rate(1201.25, buf), "1,201.3");
	assert_string_equal(human_rate(0.01, buf), "<0.1");
	assert_string_equal(human_rate(0, buf), "0");
}

TEST(test_human_ages_have_two_units)
{
	assert_string_equal(human_age(192 * NSEC_PER_SEC + 900 * MS, buf), "3m12s");
	assert_string_equal(human_age(2 * NSEC_PER_DAY + NSEC_PER_HOUR, buf), "2d1h");
	assert_string_equal(human_age(12 * NSEC_PER_DAY + 4 * NSEC_PER_HOUR, buf), "12d4h");
	assert_string_equal(human_age(900 * MS, buf), "0s");
	assert_string_equal(human_age(-NSEC_PER_HOUR, buf), "0s");
}

TEST(test_human_times_have_a_date_when_it_is_not_today)
{
	nsec_t at = INT64_C(1795430467) * NSEC_PER_SEC + 120 * MS; /* 2026-11-23T10:41:07.120Z */

	assert_string_equal(human_when(at, at + NSEC_PER_HOUR, buf), "10:41:07");
	assert_string_equal(human_when(at, at + NSEC_PER_DAY - 1, buf), "10:41:07");
	assert_string_equal(human_when(at, at + NSEC_PER_DAY, buf), "2026-11-23 10:41");
	assert_string_equal(human_when(at, at - 2 * NSEC_PER_HOUR, buf), "2026-11-23 10:41");
	assert_string_equal(human_date(at, buf), "2026-11-23 10:41:07");
	assert_string_equal(human_clock_ms(at, buf), "10:41:07.120");
}

static int
use_utc(void **state)
{
	(void)state;
	if (setenv("TZ", "UTC0", 1) != 0)
		return -1;
	tzset();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_human_rtt_has_as_many_digits_as_mean_something),
	    cmocka_unit_test(test_human_percent_never_hides_a_loss),
	    cmocka_unit_test(test_human_loss_is_none_or_all_only_when_it_is),
	    cmocka_unit_test(test_human_counts_have_groups_of_three),
	    cmocka_unit_test(test_human_rates_have_a_decimal_only_when_it_counts),
	    cmocka_unit_test(test_human_ages_have_two_units),
	    cmocka_unit_test(test_human_times_have_a_date_when_it_is_not_today),
	};

	return cmocka_run_group_tests(tests, use_utc, NULL);
}
