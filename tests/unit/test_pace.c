/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Pacing: phases that spread, attempts that are skipped, wake-ups that are worth it.
 */
#include "unit.h"

#include "core/pace.h"

TEST(test_pace_phases_spread_over_the_interval)
{
	uint32_t slots[100] = {0};

	for (uint32_t i = 0; i < 1000; i++) {
		nsec_t phase = pace_phase_ns(i, NSEC_PER_SEC);

		assert_in_range(phase, 0, NSEC_PER_SEC - 1);
		slots[phase / (10 * NSEC_PER_MSEC)]++;
	}
	for (int s = 0; s < 100; s++)
		assert_in_range(
		    slots[s], 8, 12); /* ten each, give or take the golden ratio's two */
}

TEST(test_pace_missed_counts_only_what_is_later_than_an_interval)
{
	assert_int_equal(pace_missed(1000, 100, 900), 0);
	assert_int_equal(pace_missed(1000, 100, 1100), 0);
	assert_int_equal(pace_missed(1000, 100, 1101), 1);
	assert_int_equal(pace_missed(1000, 100, 1550), 5);
}

TEST(test_pace_slack_is_a_part_of_the_interval_with_a_ceiling)
{
	assert_int_equal(pace_slack_ns(10 * NSEC_PER_MSEC), NSEC_PER_MSEC / 2);
	assert_int_equal(pace_slack_ns(NSEC_PER_SEC), 50 * NSEC_PER_MSEC);
	assert_int_equal(pace_slack_ns(NSEC_PER_HOUR), 50 * NSEC_PER_MSEC);
}

TEST(test_pace_backlog_is_not_a_burst)
{
	struct pace pace = {.rate_per_s = 1000, .n_classes = 1};
	uint32_t sent = 0;

	pace_turn(&pace, 10 * NSEC_PER_SEC);
	for (int ms = 0; ms < 100; ms++) {
		pace_turn(&pace, 10 * NSEC_PER_SEC + ms * NSEC_PER_MSEC);
		for (; pace_may_send(&pace); sent++)
			pace_spend(&pace);
	}
	assert_in_range(sent, 300, 330); /* the bucket of 128, then twice the rate */
}

TEST(test_pace_wakes_for_a_batch_a_limit_or_the_receive_buffer)
{
	struct pace pace = {.rate_per_s = 1000, .n_classes = 1, .tokens = 100, .turn_ns = 0};

	assert_int_equal(pace_wake_ns(&pace, 30 * NSEC_PER_MSEC, 0), 30 * NSEC_PER_MSEC);
	assert_int_equal(pace_wake_ns(&pace, 90 * NSEC_PER_MSEC, 0), 64 * NSEC_PER_MSEC);
	pace.receive_capacity = 40;
	assert_int_equal(pace_wake_ns(&pace, 90 * NSEC_PER_MSEC, 0), 20 * NSEC_PER_MSEC);
	assert_int_equal(pace_wake_ns(&pace, 0, 0), PACE_TURN_MIN_NS);
	pace.tokens = 0;
	assert_int_equal(pace_wake_ns(&pace, 0, 0), 4 * NSEC_PER_MSEC);
}

TEST(test_pace_phase_lies_within_the_interval_at_its_edges)
{
	static const uint32_t edges[] = {0, 1, 2, 254, 255, 256, 65535, 65536, UINT32_MAX};

	for (size_t i = 0; i < COUNT(edges); i++) {
		assert_int_equal(pace_phase_ns(edges[i], 1), 0);
		assert_in_range(pace_phase_ns(edges[i], NSEC_PER_HOUR), 0, NSEC_PER_HOUR - 1);
	}
}

TEST(test_pace_missed_at_exact_multiples_leaves_the_newest_due)
{
	assert_int_equal(pace_missed(1000, 100, 1000), 0);
	assert_int_equal(pace_missed(1000, 100, 1199), 1);
	assert_int_equal(pace_missed(1000, 100, 1200), 2); /* the third is due now */
	assert_int_equal(
	    pace_missed(1000, 100, NSEC_NEVER - 1), (uint64_t)(NSEC_NEVER - 1001) / 100);
}

/* 128 up to 100,000 a second, then two milliseconds of the rate: bursts overflow responders. */
TEST(test_pace_turn_is_bounded)
{
	static const double rates[] = {1, 1000, 64000, 100000, 1000000};
	static const uint32_t limits[] = {128, 128, 128, 200, 2000};

	for (size_t i = 0; i < COUNT(rates); i++) {
		struct pace pace = {.rate_per_s = rates[i]};
		uint32_t sent = 0;

		pace_turn(&pace, NSEC_PER_HOUR);
		for (; pace_may_send(&pace); sent++)
			pace_spend(&pace);
		assert_int_equal(sent, limits[i]);
	}
}

/* Tokens may be plenty: the turn ends all the same. */
TEST(test_pace_turn_ends_with_tokens_left)
{
	struct pace pace = {.rate_per_s = 1000, .tokens = 1000};
	uint32_t sent = 0;

	for (; pace_may_send(&pace); sent++)
		pace_spend(&pace);
	assert_int_equal(sent, PACE_TURN_SENDS);
	assert_true(pace.tokens > 1);
}

TEST(test_pace_small_sets_catch_up_at_200_a_second)
{
	struct pace pace = {.rate_per_s = 1, .n_classes = 3};

	pace_turn(&pace, 0);
	assert_false(pace_may_send(&pace));
	pace_turn(&pace, 5 * NSEC_PER_MSEC);
	assert_true(pace_may_send(&pace));
	pace_spend(&pace);
	assert_false(pace_may_send(&pace));
	pace_turn(&pace, 0); /* time that runs backwards takes nothing away */
	assert_true(pace.tokens >= 0);
}

TEST(test_pace_turns_begin_with_another_class_each)
{
	struct pace pace = {.n_classes = 3};

	for (uint32_t turn = 1; turn < 10; turn++) {
		pace_turn(&pace, turn);
		assert_int_equal(pace.class_next, turn % 3);
	}
}

TEST(test_pace_wakes_at_the_limit_when_nothing_is_due)
{
	struct pace pace = {.rate_per_s = 1000, .turn_ns = NSEC_PER_SEC};

	assert_true(pace_wake_ns(&pace, NSEC_NEVER, NSEC_NEVER) == NSEC_NEVER);
	assert_true(pace_wake_ns(&pace, 5 * NSEC_PER_SEC, NSEC_NEVER) == 5 * NSEC_PER_SEC);
	pace.rate_per_s = 0;
	assert_true(pace_wake_ns(&pace, 5 * NSEC_PER_SEC, NSEC_PER_SEC) == 5 * NSEC_PER_SEC);
	/* without tokens: 8 of them, at 200 a second, are worth a turn */
	assert_true(pace_wake_ns(&pace, NSEC_PER_SEC, NSEC_PER_SEC) == 1040 * NSEC_PER_MSEC);
	assert_true(pace_wake_ns(&pace, NSEC_PER_SEC, NSEC_PER_SEC + 1) ==
		    NSEC_PER_SEC + PACE_TURN_MIN_NS); /* no backlog */
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
	    cmocka_unit_test(test_pace_phase_lies_within_the_interval_at_its_edges),
	    cmocka_unit_test(test_pace_missed_at_exact_multiples_leaves_the_newest_due),
	    cmocka_unit_test(test_pace_turn_is_bounded),
	    cmocka_unit_test(test_pace_turn_ends_with_tokens_left),
	    cmocka_unit_test(test_pace_small_sets_catch_up_at_200_a_second),
	    cmocka_unit_test(test_pace_turns_begin_with_another_class_each),
	    cmocka_unit_test(test_pace_wakes_at_the_limit_when_nothing_is_due),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
