/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Pacing: phases that spread, attempts that are skipped, wake-ups that are worth it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pace.h"

static void
test_pace_phases_spread_over_the_interval(void **state)
{
	uint32_t slots[100] = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		nsec_t phase = pace_phase_ns(i, NSEC_PER_SEC);

		assert_in_range(phase, 0, NSEC_PER_SEC - 1);
		slots[phase / (10 * NSEC_PER_MSEC)]++;
	}
	for (int s = 0; s < 100; s++)
		assert_in_range(
		    slots[s], 8, 12); /* ten each, give or take the golden ratio's two */
}

static void
test_pace_missed_counts_only_what_is_later_than_an_interval(void **state)
{
	(void)state;
	assert_int_equal(pace_missed(1000, 100, 900), 0);
	assert_int_equal(pace_missed(1000, 100, 1100), 0);
	assert_int_equal(pace_missed(1000, 100, 1101), 1);
	assert_int_equal(pace_missed(1000, 100, 1550), 5);
}

static void
test_pace_slack_is_a_part_of_the_interval_with_a_ceiling(void **state)
{
	(void)state;
	assert_int_equal(pace_slack_ns(10 * NSEC_PER_MSEC), NSEC_PER_MSEC / 2);
	assert_int_equal(pace_slack_ns(NSEC_PER_SEC), 50 * NSEC_PER_MSEC);
	assert_int_equal(pace_slack_ns(NSEC_PER_HOUR), 50 * NSEC_PER_MSEC);
}

static void
test_pace_backlog_is_not_a_burst(void **state)
{
	struct pace pace = {.rate_per_s = 1000, .n_classes = 1};
	uint32_t sent = 0;

	(void)state;
	pace_turn(&pace, 10 * NSEC_PER_SEC);
	for (int ms = 0; ms < 100; ms++) {
		pace_turn(&pace, 10 * NSEC_PER_SEC + ms * NSEC_PER_MSEC);
		for (; pace_may_send(&pace); sent++)
			pace_spend(&pace);
	}
	assert_in_range(sent, 300, 330); /* the bucket of 128, then twice the rate */
}

static void
test_pace_wakes_for_a_batch_a_limit_or_the_receive_buffer(void **state)
{
	struct pace pace = {.rate_per_s = 1000, .n_classes = 1, .tokens = 100, .turn_ns = 0};

	(void)state;
	assert_int_equal(pace_wake_ns(&pace, 30 * NSEC_PER_MSEC, 0), 30 * NSEC_PER_MSEC);
	assert_int_equal(pace_wake_ns(&pace, 90 * NSEC_PER_MSEC, 0), 64 * NSEC_PER_MSEC);
	pace.receive_capacity = 40;
	assert_int_equal(pace_wake_ns(&pace, 90 * NSEC_PER_MSEC, 0), 20 * NSEC_PER_MSEC);
	assert_int_equal(pace_wake_ns(&pace, 0, 0), PACE_TURN_MIN_NS);
	pace.tokens = 0;
	assert_int_equal(pace_wake_ns(&pace, 0, 0), 4 * NSEC_PER_MSEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pace_phases_spread_over_the_interval),
	    cmocka_unit_test(test_pace_missed_counts_only_what_is_later_than_an_interval),
	    cmocka_unit_test(test_pace_slack_is_a_part_of_the_interval_with_a_ceiling),
	    cmocka_unit_test(test_pace_backlog_is_not_a_burst),
	    cmocka_unit_test(test_pace_wakes_for_a_batch_a_limit_or_the_receive_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
