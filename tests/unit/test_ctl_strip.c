/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The strip of the last minutes: the scale, loss, holes, ASCII.
 */
#include "unit.h"

#include "ctl/strip.h"

#define MS(ms)                                               \
	{                                                    \
		.answered = 10, .p50_ns = (nsec_t)((ms)*1e6) \
	}

static char text[STRIP_BYTES];

TEST(test_strip_a_steady_path_is_flat)
{
	const struct strip_column noise[] = {MS(0.02), MS(0.05), MS(0.03), MS(0.021)};
	const struct strip_column far[] = {MS(100), MS(101), MS(104), MS(102)};

	assert_string_equal(strip_draw(noise, COUNT(noise), false, text), "____");
	assert_string_equal(strip_draw(far, COUNT(far), false, text), "____");
}

TEST(test_strip_twice_the_least_is_the_top)
{
	const struct strip_column columns[] = {MS(10), MS(11.5), MS(15), MS(20)};

	assert_string_equal(strip_draw(columns, COUNT(columns), false, text), "_,=#");
}

TEST(test_strip_scales_down_to_the_greatest)
{
	const struct strip_column columns[] = {MS(10), MS(20), MS(45), MS(80)};

	assert_string_equal(strip_draw(columns, COUNT(columns), false, text), "_,=#");
}

TEST(test_strip_any_loss_is_a_cross_and_no_data_a_dot)
{
	const struct strip_column columns[] = {
	    {.p50_ns = -1},
	    MS(10),
	    {.answered = 99, .lost = 1, .p50_ns = 10000000},
	    {.lost = 100, .p50_ns = -1},
	};

	assert_string_equal(strip_draw(columns, COUNT(columns), false, text), "._xx");
	assert_string_equal(strip_draw(columns, COUNT(columns), true, text),
	    "\xc2\xb7\xe2\x96\x81\xc3\x97\xc3\x97");
}

TEST(test_strip_blocks_go_from_low_to_full)
{
	const struct strip_column columns[] = {
	    MS(1), MS(2), MS(3), MS(4), MS(5), MS(6), MS(7), MS(8)};

	assert_string_equal(strip_draw(columns, COUNT(columns), true, text), "▁▂▃▄▅▆▇█");
}

TEST(test_strip_without_any_rtt_does_not_divide)
{
	const struct strip_column columns[] = {{.p50_ns = -1}, {.p50_ns = -1}};
	const struct strip_column zero[] = {{.p50_ns = 0}};

	assert_string_equal(strip_draw(columns, COUNT(columns), false, text), "..");
	assert_string_equal(strip_draw(zero, 1, false, text), "_");
	assert_string_equal(strip_draw(columns, 0, false, text), "");
}

TEST(test_strip_more_columns_than_fit_are_cut_off)
{
	struct strip_column columns[STRIP_COLUMNS_MAX + 5] = {0};

	assert_int_equal(
	    strlen(strip_draw(columns, COUNT(columns), false, text)), STRIP_COLUMNS_MAX);
	assert_int_equal(
	    strlen(strip_draw(columns, COUNT(columns), true, text)), 3 * STRIP_COLUMNS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strip_a_steady_path_is_flat),
	    cmocka_unit_test(test_strip_twice_the_least_is_the_top),
	    cmocka_unit_test(test_strip_scales_down_to_the_greatest),
	    cmocka_unit_test(test_strip_any_loss_is_a_cross_and_no_data_a_dot),
	    cmocka_unit_test(test_strip_blocks_go_from_low_to_full),
	    cmocka_unit_test(test_strip_without_any_rtt_does_not_divide),
	    cmocka_unit_test(test_strip_more_columns_than_fit_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
