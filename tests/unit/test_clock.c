/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The mapping of wall-clock stamps to monotonic time across steps and suspends, on made-up clocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shell/clock.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC
#define WALL (INT64_C(1800000000) * S) /* the wall clock when the monotonic one was 0 */

/* A clock fed once at 100 s, the wall clock WALL ahead, never suspended. */
static struct clock
started(void)
{
	struct clock c = {0};

	clock_feed(&c, 100 * S, WALL + 100 * S, 100 * S);
	return c;
}

static void
test_mapping_without_step_subtracts_the_offset(void **state)
{
	struct clock c = started();
	bool ambiguous = true;

	(void)state;
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 99 * S + 7, 98 * S, 100 * S, &ambiguous), 99 * S + 7);
	assert_false(ambiguous);
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 99 * S, INT64_MIN, NSEC_NEVER, NULL), 99 * S);
}

static void
test_mapping_outside_the_window_is_ambiguous(void **state)
{
	struct clock c = started();
	bool ambiguous = false;

	(void)state;
	/* a step that nobody has noticed yet: the stamp seems to come from the future */
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 103 * S, 98 * S, 100 * S, &ambiguous), 103 * S);
	assert_true(ambiguous);
	ambiguous = false;
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 97 * S, 98 * S, 100 * S, &ambiguous), 97 * S);
	assert_true(ambiguous);
}

static void
test_mapping_at_the_window_edge_tolerates_reading_error(void **state)
{
	struct clock c = started();
	bool ambiguous = true;

	(void)state;
	(void)clock_map_realtime(&c, WALL + 100 * S + 20000, 98 * S, 100 * S, &ambiguous);
	assert_false(ambiguous);
	(void)clock_map_realtime(&c, WALL + 100 * S + MS, 98 * S, 100 * S, &ambiguous);
	assert_true(ambiguous);
}

static void
test_step_forward_maps_both_sides_right(void **state)
{
	struct clock c = started();
	bool ambiguous = true;

	(void)state;
	clock_feed(&c, 100 * S + 10 * MS, WALL + 3600 * S + 100 * S + 10 * MS, 100 * S + 10 * MS);
	assert_int_equal(clock_step_ns(&c), 3600 * S);
	/* stamped before the step, read after it */
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 100 * S + 4 * MS, 99 * S, 101 * S, &ambiguous),
	    100 * S + 4 * MS);
	assert_false(ambiguous);
	/* stamped after it */
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 3600 * S + 100 * S + 9 * MS, 99 * S, 101 * S, &ambiguous),
	    100 * S + 9 * MS);
	assert_false(ambiguous);
}

static void
test_step_backward_maps_both_sides_right(void **state)
{
	struct clock c = started();
	bool ambiguous = true;

	(void)state;
	clock_feed(&c, 100 * S + 10 * MS, WALL - S + 100 * S + 10 * MS, 100 * S + 10 * MS);
	assert_int_equal(clock_step_ns(&c), -S);
	assert_int_equal(clock_map_realtime(&c, WALL + 100 * S + 4 * MS, 99 * S + 500 * MS,
			     100 * S + 20 * MS, &ambiguous),
	    100 * S + 4 * MS);
	assert_false(ambiguous);
	assert_int_equal(clock_map_realtime(&c, WALL - S + 100 * S + 15 * MS, 99 * S + 500 * MS,
			     100 * S + 20 * MS, &ambiguous),
	    100 * S + 15 * MS);
	assert_false(ambiguous);
}

static void
test_small_step_between_readings_is_ambiguous(void **state)
{
	struct clock c = started();
	bool ambiguous = false;

	(void)state;
	/* Turns a second apart and a step of 5 ms in between: a stamp of that second may be from
	 * either side. */
	clock_feed(&c, 101 * S, WALL + 101 * S + 5 * MS, 101 * S);
	(void)clock_map_realtime(&c, WALL + 100 * S + 500 * MS, 99 * S, 101 * S, &ambiguous);
	assert_true(ambiguous);
	/* Later than the notice, only the new offset can be meant. */
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 102 * S + 5 * MS, 99 * S, 103 * S, &ambiguous), 102 * S);
	assert_false(ambiguous);
	/* Sooner than the reading before, only the old one. */
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 99 * S + 500 * MS, 99 * S, 103 * S, &ambiguous),
	    99 * S + 500 * MS);
	assert_false(ambiguous);
}

static void
test_change_below_the_threshold_is_no_step(void **state)
{
	struct clock c = started();

	(void)state;
	clock_feed(&c, 101 * S, WALL + 101 * S + MS, 101 * S);
	assert_int_equal(clock_step_ns(&c), 0);
	assert_int_equal(clock_map_realtime(&c, WALL + 101 * S + MS, 0, 102 * S, NULL), 101 * S);
	clock_feed(&c, 102 * S, WALL + 102 * S + 2 * MS + 1, 102 * S);
	assert_int_equal(clock_step_ns(&c), MS + 1);
}

static void
test_step_is_told_once_and_summed(void **state)
{
	struct clock c = started();

	(void)state;
	clock_feed(&c, 101 * S, WALL + 106 * S, 101 * S);
	clock_feed(&c, 102 * S, WALL + 105 * S, 102 * S);
	assert_int_equal(clock_step_ns(&c), 3 * S);
	assert_int_equal(clock_step_ns(&c), 0);
}

static void
test_many_steps_keep_the_newest_offsets(void **state)
{
	struct clock c = started();
	bool ambiguous = true;

	(void)state;
	for (int i = 1; i <= 3 * CLOCK_ERAS; i++) {
		nsec_t mono_ns = (100 + i) * S;

		clock_feed(&c, mono_ns, WALL + mono_ns + i * 1000 * S, mono_ns);
	}
	assert_int_equal(c.n_eras, CLOCK_ERAS);
	/* after the last step but one, before the last: at 111.5 s */
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 111 * S + 500 * MS + 11000 * S, 0, 120 * S, &ambiguous),
	    111 * S + 500 * MS);
	assert_false(ambiguous);
}

static void
test_suspend_is_reported_and_is_no_step(void **state)
{
	struct clock c = started();
	bool ambiguous = true;

	(void)state;
	clock_feed(&c, 101 * S, WALL + 101 * S + 600 * S, 101 * S + 600 * S);
	assert_int_equal(clock_suspended_ns(&c), 600 * S);
	assert_int_equal(clock_suspended_ns(&c), 0);
	assert_int_equal(clock_step_ns(&c), 0);
	assert_int_equal(
	    clock_map_realtime(&c, WALL + 600 * S + 101 * S + MS, 99 * S, 102 * S, &ambiguous),
	    101 * S + MS);
	assert_false(ambiguous);
	clock_feed(&c, 102 * S, WALL + 102 * S + 600 * S, 102 * S + 600 * S);
	assert_int_equal(clock_suspended_ns(&c), 0);
}

static void
test_suspend_with_a_step_tells_both(void **state)
{
	struct clock c = started();

	(void)state;
	clock_feed(&c, 101 * S, WALL + 101 * S + 600 * S - 2 * S, 101 * S + 600 * S);
	assert_int_equal(clock_suspended_ns(&c), 600 * S);
	assert_int_equal(clock_step_ns(&c), -2 * S);
}

static void
test_real_clocks_agree_with_the_mapping(void **state)
{
	struct clock c;
	bool ambiguous = true;
	nsec_t before_ns;
	nsec_t wall_ns;
	nsec_t after_ns;
	nsec_t mapped_ns;

	(void)state;
	clock_init(&c);
	before_ns = clock_now_ns();
	wall_ns = clock_wall_ns();
	after_ns = clock_now_ns();
	clock_update(&c);
	mapped_ns = clock_map_realtime(&c, wall_ns, before_ns, after_ns, &ambiguous);
	assert_false(ambiguous);
	assert_true(mapped_ns >= before_ns - MS && mapped_ns <= after_ns + MS);
	assert_true(clock_boottime_ns() >= before_ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mapping_without_step_subtracts_the_offset),
	    cmocka_unit_test(test_mapping_outside_the_window_is_ambiguous),
	    cmocka_unit_test(test_mapping_at_the_window_edge_tolerates_reading_error),
	    cmocka_unit_test(test_step_forward_maps_both_sides_right),
	    cmocka_unit_test(test_step_backward_maps_both_sides_right),
	    cmocka_unit_test(test_small_step_between_readings_is_ambiguous),
	    cmocka_unit_test(test_change_below_the_threshold_is_no_step),
	    cmocka_unit_test(test_step_is_told_once_and_summed),
	    cmocka_unit_test(test_many_steps_keep_the_newest_offsets),
	    cmocka_unit_test(test_suspend_is_reported_and_is_no_step),
	    cmocka_unit_test(test_suspend_with_a_step_tells_both),
	    cmocka_unit_test(test_real_clocks_agree_with_the_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
