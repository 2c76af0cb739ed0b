/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Windows over the ring, edge by edge: no data, one and two samples, their borders, gaps, what the
 * ring no longer holds. test_window_random.c compares with a plain count.
 */
#include "unit.h"

#include "core/samples.h"

#define CELLS 32
#define S NSEC_PER_SEC
#define MS NSEC_PER_MSEC
#define T0 (1000 * S) /* when the first position is due */

/* One probe a second, timeout 2 s. */
struct fixture {
	uint32_t cells[CELLS], scratch[CELLS];
	struct sample_ring ring;
	struct sample_window w;
};

static struct fixture f;

static int
setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.ring = (struct sample_ring){.cells = f.cells,
	    .size = CELLS,
	    .head_due_ns = T0 - S,
	    .interval_ns = S,
	    .timeout_ns = 2 * S};
	return 0;
}

/* slots: the intervals that it takes. */
static void
append(enum sample_code code, uint32_t payload, nsec_t slots)
{
	sample_ring_append(&f.ring, sample_make(code, payload));
	f.ring.head_due_ns += slots * f.ring.interval_ns;
}

static void
answered(nsec_t rtt_ns)
{
	append(SAMPLE_ANSWERED, sample_float28(rtt_ns), 1);
}

static const struct sample_window *
between(nsec_t from_ns, nsec_t until_ns)
{
	memset(&f.w, 0xa5, sizeof(f.w));
	memset(f.scratch, 0xa5, sizeof(f.scratch));
	sample_window_between(&f.ring, from_ns, until_ns, T0, f.scratch, &f.w);
	assert_true(f.w.window_ns == until_ns - from_ns);
	assert_true(f.w.sent == f.w.answered + f.w.lost + f.w.unreachable + f.w.unmeasured);
	return &f.w;
}

TEST(test_window_without_data_has_no_figures)
{
	const struct sample_window *w = between(T0, T0 + 60 * S);

	assert_int_equal(w->sent + w->unsent + w->late + w->rtts + w->loss_run_max, 0);
	assert_int_equal(w->min_ns, -1);
	assert_int_equal(w->mean_ns, -1);
	assert_int_equal(w->p50_ns, -1);
	assert_int_equal(w->p99_ns, -1);
	assert_int_equal(w->max_ns, -1);
	assert_int_equal(w->stddev_ns, -1);
	assert_int_equal(w->jitter_ns, -1);
	assert_int_equal(sample_window_loss_ppm(w), -1);
	assert_true(w->complete);
}

TEST(test_window_of_one_answer_has_all_but_jitter)
{
	const struct sample_window *w;

	answered(10 * MS);
	w = between(T0 - S, T0 + S);
	assert_int_equal(w->answered, 1);
	assert_int_equal(w->rtts, 1);
	assert_int_equal(w->min_ns, 10 * MS);
	assert_int_equal(w->mean_ns, 10 * MS);
	assert_int_equal(w->p10_ns, 10 * MS);
	assert_int_equal(w->p50_ns, 10 * MS);
	assert_int_equal(w->p99_ns, 10 * MS);
	assert_int_equal(w->max_ns, 10 * MS);
	assert_int_equal(w->stddev_ns, 0);
	assert_int_equal(w->jitter_ns, -1);
	assert_int_equal(sample_window_loss_ppm(w), 0);
}

TEST(test_window_of_two_answers)
{
	const struct sample_window *w;

	answered(10 * MS);
	answered(30 * MS);
	w = between(T0 - S, T0 + 5 * S);
	assert_int_equal(w->mean_ns, 20 * MS);
	assert_int_equal(w->p50_ns, 10 * MS); /* nearest rank: the first of two */
	assert_int_equal(w->p90_ns, 30 * MS);
	assert_int_equal(w->stddev_ns, 10 * MS);
	assert_int_equal(w->jitter_ns, 20 * MS);
}

TEST(test_window_quantiles_are_nearest_rank)
{
	const struct sample_window *w;

	for (int i = 20; i > 0; i--)
		answered(i * MS);
	w = between(T0 - S, T0 + 60 * S);
	assert_int_equal(w->min_ns, 1 * MS);
	assert_int_equal(w->p10_ns, 2 * MS);
	assert_int_equal(w->p25_ns, 5 * MS);
	assert_int_equal(w->p50_ns, 10 * MS);
	assert_int_equal(w->p75_ns, 15 * MS);
	assert_int_equal(w->p90_ns, 18 * MS);
	assert_int_equal(w->p95_ns, 19 * MS);
	assert_int_equal(w->p99_ns, 20 * MS);
	assert_int_equal(w->max_ns, 20 * MS);
	assert_int_equal(w->jitter_ns, MS);
}

TEST(test_window_holds_what_was_decided_after_its_start_up_to_its_end)
{
	answered(500 * MS); /* decided at T0 + 0.5 s */
	append(SAMPLE_LOST, 0, 1); /* at T0 + 1 + 2 s */
	append(SAMPLE_UNSENT, 0, 1); /* at T0 + 2 s */
	assert_int_equal(between(T0, T0 + 500 * MS)->answered, 1);
	assert_int_equal(between(T0, T0 + 500 * MS - 1)->answered, 0);
	assert_int_equal(between(T0 + 500 * MS, T0 + 9 * S)->answered, 0);
	assert_int_equal(between(T0 + 500 * MS - 1, T0 + 9 * S)->answered, 1);
	assert_int_equal(between(T0 + 2 * S, T0 + 3 * S)->lost, 1);
	assert_int_equal(between(T0 + 2 * S, T0 + 3 * S - 1)->lost, 0);
	assert_int_equal(between(T0 + 3 * S, T0 + 9 * S)->lost, 0);
	assert_int_equal(between(T0 + 1 * S, T0 + 2 * S)->unsent, 1);
	assert_int_equal(between(T0 + 2 * S, T0 + 3 * S)->unsent, 0);
}

TEST(test_window_counts_every_outcome_and_nothing_in_flight)
{
	const struct sample_window *w;

	answered(MS);
	append(SAMPLE_ANSWERED_NO_RTT, 0, 1);
	append(SAMPLE_LOST, 0, 1);
	append(SAMPLE_LOST, sample_float28(3 * S), 1);
	append(SAMPLE_UNREACHABLE, 0, 1);
	append(SAMPLE_UNREACHABLE, sample_float28(4 * S), 1);
	append(SAMPLE_UNMEASURED, 0, 1);
	append(SAMPLE_UNSENT, 0, 1);
	append(SAMPLE_SKIPPED, 3, 3);
	append(SAMPLE_IDLE, 5, 5);
	append(SAMPLE_IN_FLIGHT, 0, 1);
	w = between(T0 - S, T0 + 60 * S);
	assert_int_equal(w->answered, 2);
	assert_int_equal(w->rtts, 1);
	assert_int_equal(w->lost, 2);
	assert_int_equal(w->unreachable, 2);
	assert_int_equal(w->late, 2);
	assert_int_equal(w->unmeasured, 1);
	assert_int_equal(w->unsent, 4);
	assert_int_equal(w->sent, 7);
	assert_int_equal(sample_window_loss_ppm(w), 666667); /* 4 of 6 */
	assert_int_equal(w->loss_run_max, 4);
}

/* RFC 3393 and 5481: undefined for a pair of which one has no delay. */
TEST(test_window_jitter_is_of_neighbours_only)
{
	answered(10 * MS);
	answered(14 * MS);
	append(SAMPLE_LOST, 0, 1);
	answered(50 * MS);
	append(SAMPLE_SKIPPED, 1, 1);
	answered(90 * MS);
	append(SAMPLE_ANSWERED_NO_RTT, 0, 1);
	answered(200 * MS);
	assert_int_equal(between(T0 - S, T0 + 60 * S)->jitter_ns, 4 * MS);
	answered(206 * MS);
	assert_int_equal(between(T0 - S, T0 + 60 * S)->jitter_ns, 5 * MS);
	/* the first answer lies before the window: its pair too */
	assert_int_equal(between(T0 + 10 * MS, T0 + 60 * S)->jitter_ns, 6 * MS);
}

TEST(test_window_longest_run_ends_at_an_answer_alone)
{
	append(SAMPLE_LOST, 0, 1);
	append(SAMPLE_UNREACHABLE, 0, 1);
	append(SAMPLE_UNMEASURED, 0, 1);
	append(SAMPLE_LOST, 0, 1);
	answered(MS);
	append(SAMPLE_LOST, 0, 1);
	append(SAMPLE_LOST, 0, 1);
	assert_int_equal(between(T0 - S, T0 + 60 * S)->loss_run_max, 3);
	assert_int_equal(between(T0 + 3 * S, T0 + 60 * S)->loss_run_max, 2);
}

/* The answer comes before the loss that was sent before it is decided: the window starts between.
 */
TEST(test_window_run_ends_at_an_answer_before_the_window)
{
	append(SAMPLE_LOST, 0, 1); /* decided at T0 + 2 s */
	answered(MS); /* at T0 + 1.001 s */
	append(SAMPLE_LOST, 0, 1); /* at T0 + 4 s */
	assert_int_equal(between(T0 + 1500 * MS, T0 + 60 * S)->lost, 2);
	assert_int_equal(f.w.loss_run_max, 1);
}

TEST(test_window_takes_its_part_of_a_gap)
{
	answered(MS); /* due T0 */
	append(SAMPLE_SKIPPED, 10, 10); /* due T0 + 1 s .. T0 + 10 s */
	answered(MS);
	assert_int_equal(between(T0 - S, T0 + 60 * S)->unsent, 10);
	assert_int_equal(between(T0 + 1 * S - 1, T0 + 10 * S)->unsent, 10);
	assert_int_equal(between(T0 + 1 * S, T0 + 10 * S)->unsent, 9);
	assert_int_equal(between(T0 + 4 * S, T0 + 7 * S)->unsent, 3);
	assert_int_equal(between(T0 + 4 * S, T0 + 7 * S - 1)->unsent, 2);
	assert_int_equal(between(T0 + 10 * S, T0 + 60 * S)->unsent, 0);
	assert_int_equal(between(T0 - 9 * S, T0 + 1 * S - 1)->unsent, 0);
	assert_int_equal(between(T0 + 4 * S, T0 + 4 * S)->unsent, 0);
}

TEST(test_window_gap_moves_what_is_older)
{
	answered(MS); /* due T0 */
	append(SAMPLE_IDLE, 100, 100);
	answered(2 * MS); /* due T0 + 101 s */
	assert_int_equal(between(T0 - S, T0 + S)->rtts, 1);
	assert_int_equal(f.w.min_ns, MS);
	assert_int_equal(between(T0 + 60 * S, T0 + 200 * S)->min_ns, 2 * MS);
	assert_int_equal(f.w.rtts, 1);
}

TEST(test_window_change_of_the_interval_moves_what_is_older)
{
	answered(MS); /* due T0 */
	answered(2 * MS); /* T0 + 1 s */
	append(SAMPLE_INTERVAL, sample_float28(S), 0);
	f.ring.interval_ns = 10 * S;
	answered(3 * MS); /* T0 + 11 s */
	answered(4 * MS); /* T0 + 21 s */
	assert_int_equal(between(T0 + 500 * MS, T0 + 20 * S)->rtts, 2);
	assert_int_equal(f.w.min_ns, 2 * MS);
	assert_int_equal(f.w.max_ns, 3 * MS);
	assert_int_equal(between(T0 - S, T0 + 500 * MS)->rtts, 1);
}

/* Of 40 probes the ring holds the last 32: from the 9th on, due at T0 + 8 s. The 8th was decided by
 * T0 + 9 s at the latest. */
TEST(test_window_that_the_ring_does_not_hold_is_not_complete)
{
	for (int i = 0; i < 40; i++)
		answered(MS);
	assert_true(between(T0 + 9 * S, T0 + 40 * S)->complete);
	assert_true(f.w.covered_ns == 31 * S);
	assert_false(between(T0 + 9 * S - 1, T0 + 40 * S)->complete);
	assert_true(f.w.covered_ns == 31 * S);
	assert_false(between(T0 - 60 * S, T0 + 40 * S)->complete);
	assert_false(between(T0 - 60 * S, T0 + 5 * S)->complete);
	assert_int_equal(f.w.covered_ns, 0);
	assert_int_equal(f.w.answered, 0);
}

TEST(test_window_before_the_first_sample_is_complete_and_covers_the_life)
{
	answered(MS);
	answered(MS);
	assert_true(between(T0 - 60 * S, T0 + 2 * S)->complete);
	assert_true(f.w.covered_ns == 2 * S);
	assert_true(between(T0 - 60 * S, T0 - 30 * S)->complete);
	assert_int_equal(f.w.covered_ns, 0);
}

/* At a reload the ring may grow: what lies before the samples that came along is not known. */
TEST(test_window_over_a_ring_that_has_grown_ends_where_its_samples_end)
{
	f.ring.head = 10;
	f.ring.head_due_ns = T0 + 9 * S;
	for (int i = 0; i < 5; i++)
		answered(MS);
	assert_true(between(T0 + 11 * S, T0 + 15 * S)->complete);
	assert_int_equal(f.w.answered, 4);
	assert_false(between(T0 + 10 * S, T0 + 15 * S)->complete);
	assert_int_equal(f.w.answered, 5);
	assert_true(f.w.covered_ns == 4 * S);
}

TEST(test_window_of_extreme_lengths)
{
	answered(MS);
	sample_window_compute(&f.ring, T0 + S, NSEC_NEVER, T0, f.scratch, &f.w);
	assert_int_equal(f.w.answered, 1);
	sample_window_compute(&f.ring, T0 + S, 0, T0, f.scratch, &f.w);
	assert_int_equal(f.w.answered, 0);
	assert_true(f.w.complete);
}

TEST(test_window_loss_ratio_is_rounded_to_the_nearest_millionth)
{
	struct sample_window w = {.answered = 2, .lost = 1};

	assert_int_equal(sample_window_loss_ppm(&w), 333333);
	w = (struct sample_window){.answered = 1, .lost = 1, .unreachable = 1};
	assert_int_equal(sample_window_loss_ppm(&w), 666667);
	w = (struct sample_window){.unmeasured = 5, .unsent = 5};
	assert_int_equal(sample_window_loss_ppm(&w), -1);
	w = (struct sample_window){.unreachable = 1};
	assert_int_equal(sample_window_loss_ppm(&w), 1000000);
}

TEST(test_window_columns_split_the_span)
{
	struct sample_column c[4];

	for (int i = 0; i < 8; i++)
		answered((i + 1) * MS); /* decided at T0 + i + .. */
	append(SAMPLE_LOST, 0, 1); /* due T0 + 8 s, decided at T0 + 10 s */
	append(SAMPLE_UNREACHABLE, 0, 1);
	sample_columns(&f.ring, T0 + 12 * S, 16 * S, f.scratch, 4, c);
	assert_int_equal(c[0].answered, 0); /* up to T0 */
	assert_int_equal(c[0].p50_ns, -1);
	assert_int_equal(c[1].answered, 4);
	assert_int_equal(c[1].p50_ns, 2 * MS);
	assert_int_equal(c[2].answered, 4);
	assert_int_equal(c[2].p50_ns, 6 * MS);
	assert_int_equal(c[2].lost, 0);
	assert_int_equal(c[3].answered, 0);
	assert_int_equal(c[3].lost, 2);
	assert_int_equal(c[3].p50_ns, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_window_without_data_has_no_figures, setup),
	    cmocka_unit_test_setup(test_window_of_one_answer_has_all_but_jitter, setup),
	    cmocka_unit_test_setup(test_window_of_two_answers, setup),
	    cmocka_unit_test_setup(test_window_quantiles_are_nearest_rank, setup),
	    cmocka_unit_test_setup(
		test_window_holds_what_was_decided_after_its_start_up_to_its_end, setup),
	    cmocka_unit_test_setup(test_window_counts_every_outcome_and_nothing_in_flight, setup),
	    cmocka_unit_test_setup(test_window_jitter_is_of_neighbours_only, setup),
	    cmocka_unit_test_setup(test_window_longest_run_ends_at_an_answer_alone, setup),
	    cmocka_unit_test_setup(test_window_run_ends_at_an_answer_before_the_window, setup),
	    cmocka_unit_test_setup(test_window_takes_its_part_of_a_gap, setup),
	    cmocka_unit_test_setup(test_window_gap_moves_what_is_older, setup),
	    cmocka_unit_test_setup(test_window_change_of_the_interval_moves_what_is_older, setup),
	    cmocka_unit_test_setup(test_window_that_the_ring_does_not_hold_is_not_complete, setup),
	    cmocka_unit_test_setup(
		test_window_before_the_first_sample_is_complete_and_covers_the_life, setup),
	    cmocka_unit_test_setup(
		test_window_over_a_ring_that_has_grown_ends_where_its_samples_end, setup),
	    cmocka_unit_test_setup(test_window_of_extreme_lengths, setup),
	    cmocka_unit_test_setup(
		test_window_loss_ratio_is_rounded_to_the_nearest_millionth, setup),
	    cmocka_unit_test_setup(test_window_columns_split_the_span, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
