/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Conditions over the ring, edge by edge. test_condition_random.c compares long random histories
 * with a plain recomputation.
 */
#include "unit.h"

#include "core/condition.h"
#include "core/samples.h"

#define CELLS 64
#define ANSWERED(ms) sample_make(SAMPLE_ANSWERED, sample_float28((ms)*NSEC_PER_MSEC))
#define LOST sample_make(SAMPLE_LOST, 0)
#define UNREACHABLE sample_make(SAMPLE_UNREACHABLE, 0)
#define UNSENT sample_make(SAMPLE_UNSENT, 0)
#define UNMEASURED sample_make(SAMPLE_UNMEASURED, 0)
#define SKIPPED(n) sample_make(SAMPLE_SKIPPED, (n))
#define IDLE(n) sample_make(SAMPLE_IDLE, (n))

/* One probe a second. */
struct fixture {
	uint32_t cells[CELLS], scratch[CELLS];
	struct sample_ring ring;
	struct condition condition;
	struct condition_state state;
};

static struct fixture f;

static void
start(const char *condition)
{
	char why[200];

	memset(&f, 0, sizeof(f));
	f.ring = (struct sample_ring){.cells = f.cells,
	    .size = CELLS,
	    .interval_ns = NSEC_PER_SEC,
	    .timeout_ns = 2 * NSEC_PER_SEC};
	if (!condition_parse(condition, &f.condition, why, sizeof(why)))
		fail_msg("%s", why);
	condition_state_clear(&f.state, 0);
}

/* Appends n of a sample, and judges after each. */
static enum condition_verdict
after(uint32_t n, uint32_t sample)
{
	enum condition_verdict verdict = CONDITION_UNFILLED;

	for (uint32_t i = 0; i < n; i++) {
		sample_ring_append(&f.ring, sample);
		verdict = condition_advance(
		    &f.condition, &f.state, &f.ring, f.ring.head - 1, f.ring.head);
	}
	return verdict;
}

static int64_t
value(void)
{
	return condition_value(&f.condition, &f.state, &f.ring, f.ring.head, f.scratch);
}

TEST(test_condition_total_loss_over_five_probes_needs_all_five)
{
	start("loss == 100% over 5 probes");
	assert_int_equal(after(4, LOST), CONDITION_UNFILLED);
	assert_int_equal(after(1, UNREACHABLE), CONDITION_TRUE);
	assert_int_equal(value(), 1000000);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
	assert_int_equal(value(), 800000);
	assert_int_equal(after(4, LOST), CONDITION_FALSE);
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
}

TEST(test_condition_probes_that_tell_nothing_are_not_among_the_five)
{
	start("loss == 100% over 5 probes");
	(void)after(1, ANSWERED(1));
	assert_int_equal(after(4, LOST), CONDITION_FALSE);
	assert_int_equal(after(1, UNSENT), CONDITION_FALSE);
	assert_int_equal(after(1, UNMEASURED), CONDITION_FALSE);
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
	assert_int_equal(after(3, UNSENT), CONDITION_TRUE); /* 5 of 10: not over half */
	assert_int_equal(after(1, UNSENT), CONDITION_HELD); /* 6 of 11 */
	assert_int_equal(after(4, LOST), CONDITION_TRUE);
}

TEST(test_condition_in_time_is_judged_once_its_span_is_filled)
{
	start("loss > 5% over 20s");
	assert_int_equal(after(19, LOST), CONDITION_UNFILLED);
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
	assert_int_equal(after(18, ANSWERED(1)), CONDITION_TRUE); /* 2 of 20 */
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE); /* 1 of 20: 5% is not above 5% */
	assert_int_equal(value(), 50000);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
	assert_int_equal(value(), 0);
}

TEST(test_condition_span_of_one_sample)
{
	start("p99 >= 10ms over 1 probe");
	assert_int_equal(after(1, ANSWERED(9)), CONDITION_FALSE);
	assert_int_equal(after(1, ANSWERED(10)), CONDITION_TRUE);
	assert_int_equal(value(), 10 * NSEC_PER_MSEC);
	assert_int_equal(after(1, LOST), CONDITION_FALSE); /* no RTT: nothing can be said */
	assert_int_equal(value(), -1);
}

TEST(test_condition_comparisons_at_the_value_itself)
{
	static const struct {
		const char *text;
		enum condition_verdict below, at, above;
	} cases[] = {
	    {"max > 10ms over 1 probe", CONDITION_FALSE, CONDITION_FALSE, CONDITION_TRUE},
	    {"max >= 10ms over 1 probe", CONDITION_FALSE, CONDITION_TRUE, CONDITION_TRUE},
	    {"max < 10ms over 1 probe", CONDITION_TRUE, CONDITION_FALSE, CONDITION_FALSE},
	    {"max <= 10ms over 1 probe", CONDITION_TRUE, CONDITION_TRUE, CONDITION_FALSE},
	    {"mean > 10ms over 1 probe", CONDITION_FALSE, CONDITION_FALSE, CONDITION_TRUE},
	    {"mean >= 10ms over 1 probe", CONDITION_FALSE, CONDITION_TRUE, CONDITION_TRUE},
	    {"mean < 10ms over 1 probe", CONDITION_TRUE, CONDITION_FALSE, CONDITION_FALSE},
	    {"mean <= 10ms over 1 probe", CONDITION_TRUE, CONDITION_TRUE, CONDITION_FALSE},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		start(cases[i].text);
		assert_int_equal(after(1, ANSWERED(9)), cases[i].below);
		assert_int_equal(after(1, ANSWERED(10)), cases[i].at);
		assert_int_equal(after(1, ANSWERED(11)), cases[i].above);
	}
}

/* Nearest rank: of 20 values the 95th percentile is the 19th, so two beyond are needed. */
TEST(test_condition_quantiles_are_nearest_rank)
{
	start("p95 > 100ms over 20 probes");
	assert_int_equal(after(19, ANSWERED(1)), CONDITION_UNFILLED);
	assert_int_equal(after(1, ANSWERED(200)), CONDITION_FALSE);
	assert_int_equal(value(), NSEC_PER_MSEC);
	assert_int_equal(after(1, ANSWERED(300)), CONDITION_TRUE);
	assert_int_equal(value(), 200 * NSEC_PER_MSEC);
	start("min > 100ms over 3 probes");
	assert_int_equal(after(3, ANSWERED(200)), CONDITION_TRUE);
	assert_int_equal(after(1, ANSWERED(100)), CONDITION_FALSE);
	assert_int_equal(value(), 100 * NSEC_PER_MSEC);
}

TEST(test_condition_answers_without_rtt_count_for_loss_only)
{
	start("loss < 50% over 2 probes");
	assert_int_equal(after(2, sample_make(SAMPLE_ANSWERED_NO_RTT, 0)), CONDITION_TRUE);
	start("p50 < 50ms over 2 probes");
	assert_int_equal(after(2, sample_make(SAMPLE_ANSWERED_NO_RTT, 0)), CONDITION_FALSE);
	assert_int_equal(value(), -1);
}

TEST(test_condition_holds_still_when_over_half_tells_nothing)
{
	start("loss > 5% over 10s");
	assert_int_equal(after(10, LOST), CONDITION_TRUE);
	assert_int_equal(after(5, UNMEASURED), CONDITION_TRUE);
	assert_int_equal(after(1, UNSENT), CONDITION_HELD);
	assert_int_equal(after(4, UNSENT), CONDITION_HELD);
	assert_int_equal(after(4, ANSWERED(1)), CONDITION_HELD);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
}

TEST(test_condition_on_what_is_not_measured_is_never_held)
{
	start("unsent > 50% over 10s");
	assert_int_equal(after(10, UNSENT), CONDITION_TRUE);
	assert_int_equal(value(), 1000000);
	start("unmeasured >= 100% over 10s");
	assert_int_equal(after(9, UNMEASURED), CONDITION_UNFILLED);
	assert_int_equal(after(1, UNMEASURED), CONDITION_TRUE);
}

TEST(test_condition_without_attempts_in_its_span_is_not_true)
{
	start("unsent <= 5% over 10s");
	assert_int_equal(after(10, ANSWERED(1)), CONDITION_TRUE);
	(void)after(1, IDLE(100));
	assert_int_equal(after(1, IDLE(100)), CONDITION_FALSE);
	assert_int_equal(value(), -1);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_TRUE);
}

/* A gap longer than the span once emptied it, and nothing was left to judge. */
TEST(test_condition_gap_longer_than_the_span_fills_it)
{
	start("loss > 5% over 10s");
	assert_int_equal(after(10, LOST), CONDITION_TRUE);
	assert_int_equal(after(1, SKIPPED(100)), CONDITION_HELD);
	assert_int_equal(after(4, ANSWERED(1)), CONDITION_HELD);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
	start("unsent > 50% over 10s");
	assert_int_equal(after(1, SKIPPED(100)), CONDITION_TRUE);
	assert_int_equal(value(), 1000000);
	assert_int_equal(after(4, ANSWERED(1)), CONDITION_TRUE);
	assert_int_equal(value(), 600000); /* part of the gap has left the span */
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
	assert_int_equal(after(5, ANSWERED(1)), CONDITION_FALSE);
	assert_int_equal(value(), 0);
}

TEST(test_condition_idle_time_is_time_but_no_attempt)
{
	start("loss >= 50% over 10s");
	assert_int_equal(after(10, LOST), CONDITION_TRUE);
	assert_int_equal(after(1, IDLE(5)), CONDITION_TRUE); /* it may not have ended yet */
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_TRUE); /* 4 of 5 */
	assert_int_equal(value(), 800000);
	assert_int_equal(after(2, ANSWERED(1)), CONDITION_FALSE); /* 2 of 5 */
	assert_int_equal(value(), 400000);
	assert_int_equal(after(1, IDLE(1000)), CONDITION_FALSE);
	assert_int_equal(after(4, LOST), CONDITION_HELD); /* 6 of 10 idle */
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
	assert_int_equal(value(), 1000000);
}

TEST(test_condition_idle_time_that_grows_in_place_counts_whole)
{
	start("loss >= 50% over 10s");
	(void)after(10, LOST);
	(void)after(1, IDLE(1));
	assert_true(sample_ring_set(&f.ring, f.ring.head - 1, IDLE(8)));
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_HELD);
	assert_int_equal(f.state.idle, 8);
	assert_int_equal(after(9, ANSWERED(1)), CONDITION_FALSE);
	assert_int_equal(f.state.idle, 0);
	assert_int_equal(f.state.answered, 10);
}

TEST(test_condition_idle_time_does_not_age_a_span_of_probes)
{
	start("loss == 100% over 5 probes");
	(void)after(3, LOST);
	(void)after(1, IDLE(100000));
	assert_int_equal(after(2, LOST), CONDITION_TRUE);
}

TEST(test_condition_starts_anew_at_a_change_of_the_interval)
{
	start("loss > 5% over 10s");
	assert_int_equal(after(10, LOST), CONDITION_TRUE);
	assert_int_equal(after(1, sample_make(SAMPLE_INTERVAL, sample_float28(NSEC_PER_SEC))),
	    CONDITION_UNFILLED);
	assert_int_equal(after(9, ANSWERED(1)), CONDITION_UNFILLED);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
}

TEST(test_condition_late_replies_count_when_they_come_and_leave_with_their_probe)
{
	start("late > 10% over 5 probes");
	(void)after(1, sample_make(SAMPLE_LOST, sample_float28(3 * NSEC_PER_SEC)));
	assert_int_equal(f.state.late, 1);
	(void)after(3, LOST);
	assert_int_equal(after(1, UNREACHABLE), CONDITION_TRUE);
	assert_true(sample_ring_set(
	    &f.ring, 4, sample_make(SAMPLE_UNREACHABLE, sample_float28(3 * NSEC_PER_SEC))));
	condition_on_late(&f.condition, &f.state, &f.ring, 4);
	assert_int_equal(value(), 400000);
	condition_on_late(&f.condition, &f.state, &f.ring, 5); /* not counted yet */
	assert_int_equal(value(), 400000);
	assert_int_equal(after(5, ANSWERED(1)), CONDITION_FALSE);
	assert_int_equal(f.state.late, 0);
	condition_on_late(&f.condition, &f.state, &f.ring, 4); /* has left the span */
	assert_int_equal(value(), 0);
}

/* RFC 3393 and 5481: undefined for a pair of which one has no delay. */
TEST(test_condition_jitter_is_of_neighbours_only)
{
	start("jitter > 5ms over 6s");
	(void)after(1, ANSWERED(10));
	(void)after(1, ANSWERED(14));
	(void)after(1, LOST);
	(void)after(1, ANSWERED(50));
	(void)after(1, SKIPPED(1));
	assert_int_equal(after(1, ANSWERED(90)), CONDITION_FALSE);
	assert_int_equal(value(), 4 * NSEC_PER_MSEC);
	assert_int_equal(after(1, ANSWERED(80)), CONDITION_TRUE); /* the first pair has left */
	assert_int_equal(value(), 10 * NSEC_PER_MSEC);
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
	assert_int_equal(after(5, LOST), CONDITION_FALSE);
	assert_int_equal(value(), -1);
}

TEST(test_condition_starts_anew_when_the_ring_ran_over_it)
{
	start("loss > 5% over 10s");
	assert_int_equal(after(10, LOST), CONDITION_TRUE);
	for (int i = 0; i < CELLS + 10; i++)
		sample_ring_append(&f.ring, ANSWERED(1));
	assert_int_equal(
	    condition_advance(&f.condition, &f.state, &f.ring, f.ring.head - 5, f.ring.head),
	    CONDITION_UNFILLED);
	assert_int_equal(f.state.answered, 5);
	assert_int_equal(after(5, ANSWERED(1)), CONDITION_FALSE);
}

TEST(test_condition_does_not_count_twice_what_it_has_counted)
{
	start("loss > 5% over 10s");
	(void)after(4, LOST);
	assert_int_equal(
	    condition_advance(&f.condition, &f.state, &f.ring, 0, 4), CONDITION_UNFILLED);
	assert_int_equal(f.state.lost, 4);
}

/* With more gaps than the ring has cells to spare, the span is what the ring holds. */
TEST(test_condition_over_probes_is_judged_although_the_ring_is_full_of_gaps)
{
	start("loss > 50% over 55 probes");
	for (int i = 0; i < 200; i++) {
		(void)after(1, UNSENT);
		(void)after(3, LOST);
	}
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
	assert_true(f.state.lost > 40 && f.state.lost < 55);
	assert_int_equal(after(40, UNSENT), CONDITION_HELD);
}

/* Time goes on in the ring before the condition is advanced: what it counted is overwritten. */
TEST(test_condition_value_of_what_the_ring_no_longer_holds_is_absent)
{
	start("p95 > 1ms over 5 probes");
	(void)after(5, ANSWERED(2));
	assert_int_equal(value(), 2 * NSEC_PER_MSEC);
	for (int i = 0; i < CELLS; i++)
		sample_ring_append(&f.ring, LOST);
	assert_int_equal(value(), -1);
}

TEST(test_condition_over_probes_in_a_ring_smaller_than_what_may_fly)
{
	start("loss > 50% over 5 probes");
	f.ring.size = 3;
	assert_int_equal(after(1, LOST), CONDITION_TRUE); /* all that it can look at */
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
	start("loss > 50% over 5 probes");
	f.ring.size = 4;
	assert_int_equal(after(1, LOST), CONDITION_TRUE);
	assert_int_equal(after(1, ANSWERED(1)), CONDITION_FALSE);
}

TEST(test_condition_idle_time_alone_fills_nothing)
{
	start("loss > 5% over 10s");
	assert_int_equal(after(1, IDLE(100)), CONDITION_UNFILLED);
	assert_int_equal(after(1, IDLE(100)), CONDITION_UNFILLED);
	assert_int_equal(after(5, LOST), CONDITION_UNFILLED);
	assert_int_equal(after(5, LOST), CONDITION_TRUE);
}

TEST(test_condition_positions_beyond_32_bits)
{
	start("loss == 100% over 5 probes");
	f.ring.head = UINT64_C(0xffffffff) - 2;
	condition_state_clear(&f.state, f.ring.head);
	assert_int_equal(after(5, LOST), CONDITION_TRUE);
	assert_int_equal(after(5, ANSWERED(1)), CONDITION_FALSE);
	assert_true(f.state.head == UINT64_C(0x100000007));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_condition_total_loss_over_five_probes_needs_all_five),
	    cmocka_unit_test(test_condition_probes_that_tell_nothing_are_not_among_the_five),
	    cmocka_unit_test(test_condition_in_time_is_judged_once_its_span_is_filled),
	    cmocka_unit_test(test_condition_span_of_one_sample),
	    cmocka_unit_test(test_condition_comparisons_at_the_value_itself),
	    cmocka_unit_test(test_condition_quantiles_are_nearest_rank),
	    cmocka_unit_test(test_condition_answers_without_rtt_count_for_loss_only),
	    cmocka_unit_test(test_condition_holds_still_when_over_half_tells_nothing),
	    cmocka_unit_test(test_condition_on_what_is_not_measured_is_never_held),
	    cmocka_unit_test(test_condition_without_attempts_in_its_span_is_not_true),
	    cmocka_unit_test(test_condition_gap_longer_than_the_span_fills_it),
	    cmocka_unit_test(test_condition_idle_time_is_time_but_no_attempt),
	    cmocka_unit_test(test_condition_idle_time_that_grows_in_place_counts_whole),
	    cmocka_unit_test(test_condition_idle_time_does_not_age_a_span_of_probes),
	    cmocka_unit_test(test_condition_starts_anew_at_a_change_of_the_interval),
	    cmocka_unit_test(
		test_condition_late_replies_count_when_they_come_and_leave_with_their_probe),
	    cmocka_unit_test(test_condition_jitter_is_of_neighbours_only),
	    cmocka_unit_test(test_condition_starts_anew_when_the_ring_ran_over_it),
	    cmocka_unit_test(test_condition_does_not_count_twice_what_it_has_counted),
	    cmocka_unit_test(
		test_condition_over_probes_is_judged_although_the_ring_is_full_of_gaps),
	    cmocka_unit_test(test_condition_value_of_what_the_ring_no_longer_holds_is_absent),
	    cmocka_unit_test(test_condition_over_probes_in_a_ring_smaller_than_what_may_fly),
	    cmocka_unit_test(test_condition_idle_time_alone_fills_nothing),
	    cmocka_unit_test(test_condition_positions_beyond_32_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
