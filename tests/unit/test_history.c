/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The classic histogram at its edges, and minute bins: what is there, what is not, what a window
 * over many of them says.
 */
#include <stdlib.h>

#include "unit.h"

#include "core/histogram.h"
#include "core/history.h"
#include "core/rng.h"

#define MS NSEC_PER_MSEC

TEST(test_histogram_value_on_an_edge_belongs_below_it)
{
	for (int k = HISTOGRAM_K_MIN; k <= HISTOGRAM_K_MAX; k++) {
		struct histogram_classic h = {0};
		/* 2^k s in ns, cut off: the edge lies at it or less than 1 ns above */
		nsec_t edge = k >= 0 ? NSEC_PER_SEC << k : NSEC_PER_SEC >> -k;

		histogram_classic_add(&h, edge);
		assert_int_equal(h.buckets[k - HISTOGRAM_K_MIN], 1);
		histogram_classic_add(&h, edge + 1);
		assert_int_equal(h.buckets[k - HISTOGRAM_K_MIN + 1], 1);
		assert_int_equal(h.count, 2);
		assert_int_equal(h.sum_ns, 2 * edge + 1);
	}
}

TEST(test_histogram_ends_take_all_else)
{
	struct histogram_classic h = {0};

	histogram_classic_add(&h, 0);
	histogram_classic_add(&h, 1);
	assert_int_equal(h.buckets[0], 2);
	histogram_classic_add(&h, 65 * NSEC_PER_SEC);
	histogram_classic_add(&h, NSEC_NEVER);
	assert_int_equal(h.buckets[HISTOGRAM_BUCKETS - 1], 2);
	assert_int_equal(h.count, 4);
	assert_true(h.sum_ns == NSEC_NEVER);
}

/* A minute with n RTTs, evenly from low to high. */
static struct sample_window
minute(uint32_t n, nsec_t low, nsec_t high)
{
	nsec_t step = high - low;

	return (struct sample_window){
	    .answered = n,
	    .rtts = n,
	    .min_ns = low,
	    .p10_ns = low + step / 10,
	    .p25_ns = low + step / 4,
	    .p50_ns = low + step / 2,
	    .p75_ns = low + step * 3 / 4,
	    .p90_ns = low + step * 9 / 10,
	    .p95_ns = low + step * 95 / 100,
	    .p99_ns = low + step * 99 / 100,
	    .max_ns = high,
	    .mean_ns = low + step / 2,
	};
}

static struct sample_window
silent_minute(uint32_t lost)
{
	return (struct sample_window){.lost = lost,
	    .loss_run_max = lost,
	    .loss_run_first = lost,
	    .loss_run_last = lost,
	    .stddev_ns = -1,
	    .jitter_ns = -1,
	    .min_ns = -1,
	    .p10_ns = -1,
	    .p25_ns = -1,
	    .p50_ns = -1,
	    .p75_ns = -1,
	    .p90_ns = -1,
	    .p95_ns = -1,
	    .p99_ns = -1,
	    .max_ns = -1,
	    .mean_ns = -1};
}

static void
assert_near(nsec_t ns, nsec_t expected, nsec_t error)
{
	if (llabs(ns - expected) > error)
		fail_msg("%lld is not %lld", (long long)ns, (long long)expected);
}

TEST(test_history_bin_is_found_by_its_minute_alone)
{
	struct history_bin bins[5] = {0};
	struct history_view view = {bins, 5};
	struct sample_window w = minute(60, MS, 2 * MS);

	assert_null(history_get(&view, 0));
	assert_null(history_get(&view, 1));
	history_add(&view, 7, &w);
	assert_non_null(history_get(&view, 7));
	assert_int_equal(history_get(&view, 7)->answered, 60);
	assert_null(history_get(&view, 2));
	assert_null(history_get(&view, 12));
	history_add(&view, 12, &w);
	assert_null(history_get(&view, 7));
	assert_non_null(history_get(&view, 12));
	history_add(&view, UINT32_MAX, &w);
	assert_non_null(history_get(&view, UINT32_MAX));
}

TEST(test_history_counts_saturate)
{
	struct history_bin bin = {0};
	struct history_view view = {&bin, 1};
	struct sample_window w = {.answered = 65535,
	    .lost = 65536,
	    .late = UINT64_MAX,
	    .unreachable = 65537,
	    .unmeasured = 1,
	    .unsent = UINT64_C(1) << 32,
	    .rtts = 70000,
	    .loss_run_max = UINT32_MAX};

	history_add(&view, 1, &w);
	assert_int_equal(bin.answered, 65535);
	assert_int_equal(bin.lost, 65535);
	assert_int_equal(bin.late, 65535);
	assert_int_equal(bin.unreachable, 65535);
	assert_int_equal(bin.unmeasured, 1);
	assert_int_equal(bin.unsent, 65535);
	assert_int_equal(bin.rtts, 65535);
	assert_int_equal(bin.loss_run, 65535);
}

TEST(test_history_window_without_bins_is_absent_and_not_zero)
{
	struct history_bin bins[60] = {0};
	struct history_view view = {bins, 60};
	struct sample_window w;

	history_window(&view, 100, 110, &w);
	assert_false(w.complete);
	assert_int_equal(w.covered_ns, 0);
	assert_true(w.window_ns == 10 * NSEC_PER_MIN);
	assert_int_equal(w.sent, 0);
	assert_int_equal(w.min_ns, -1);
	assert_int_equal(w.p50_ns, -1);
	assert_int_equal(w.max_ns, -1);
	assert_int_equal(w.mean_ns, -1);
	assert_int_equal(w.stddev_ns, -1);
	assert_int_equal(w.jitter_ns, -1);
	history_window(&view, 110, 100, &w);
	assert_int_equal(w.window_ns, 0);
	assert_int_equal(w.sent, 0);
}

TEST(test_history_window_longer_than_the_view_is_not_complete)
{
	struct history_bin bins[10] = {0};
	struct history_view view = {bins, 10};
	struct sample_window m = minute(60, MS, 2 * MS), w;

	for (uint32_t i = 1; i <= 30; i++)
		history_add(&view, i, &m);
	history_window(&view, 21, 31, &w);
	assert_true(w.complete);
	assert_int_equal(w.answered, 600);
	history_window(&view, 20, 31, &w);
	assert_false(w.complete);
	assert_true(w.window_ns == 11 * NSEC_PER_MIN);
	assert_true(w.covered_ns == 10 * NSEC_PER_MIN);
	assert_int_equal(w.answered, 600);
	history_window(&view, 0, 31, &w);
	assert_int_equal(w.answered, 600);
	history_window(&view, 0, 5, &w);
	assert_int_equal(w.answered, 0);
}

TEST(test_history_window_adds_counts_and_keeps_the_longest_run)
{
	struct history_bin bins[10] = {0};
	struct history_view view = {bins, 10};
	struct sample_window a = minute(59, MS, 2 * MS), b = silent_minute(60), w;

	a.lost = a.late = 1;
	a.unreachable = 2;
	a.unmeasured = 3;
	a.unsent = 4;
	a.loss_run_max = 3;
	history_add(&view, 5, &a);
	history_add(&view, 6, &b);
	history_add(&view, 8, &a);
	history_window(&view, 5, 9, &w);
	assert_false(w.complete); /* minute 7 is not there */
	assert_true(w.covered_ns == 3 * NSEC_PER_MIN);
	assert_int_equal(w.answered, 118);
	assert_int_equal(w.lost, 62);
	assert_int_equal(w.late, 2);
	assert_int_equal(w.unreachable, 4);
	assert_int_equal(w.unmeasured, 6);
	assert_int_equal(w.unsent, 8);
	assert_int_equal(w.sent, 118 + 62 + 4 + 6);
	assert_int_equal(w.rtts, 118);
	assert_int_equal(w.loss_run_max, 60);
	assert_near(w.min_ns, MS, 1);
	assert_near(w.max_ns, 2 * MS, 1);
}

/* What many bins say together is what one window over all of it would. */
TEST(test_history_window_has_deviation_jitter_and_runs_over_minutes)
{
	struct history_bin bins[10] = {0};
	struct history_view view = {bins, 10};
	struct sample_window a = minute(2, 10 * MS, 10 * MS), b = minute(6, 30 * MS, 30 * MS), w,
			     silent = silent_minute(60);

	a.stddev_ns = 4 * MS;
	a.jitter_ns = 6 * MS;
	a.jitter_pairs = 1;
	a.loss_run_max = a.loss_run_last = 7;
	b.stddev_ns = 0;
	b.jitter_ns = 2 * MS;
	b.jitter_pairs = 5;
	b.loss_run_first = b.loss_run_max = 3;
	history_add(&view, 5, &a);
	history_add(&view, 6, &silent);
	history_add(&view, 7, &b);
	history_window(&view, 5, 8, &w);
	/* 2 of 10 ms with a deviation of 4 ms and 6 of 30 ms: mean 25, variance 4 + 75 ms^2 */
	assert_near(w.mean_ns, 25 * MS, 10);
	assert_near(w.stddev_ns, 8888194, 100);
	assert_int_equal(w.jitter_pairs, 6);
	assert_near(w.jitter_ns, 16 * MS / 6, 10);
	assert_int_equal(w.loss_run_max, 70);
	history_window(&view, 7, 8, &w);
	assert_int_equal(w.loss_run_max, 3);
	memset(&bins[6], 0, sizeof(bins[6])); /* nobody knows how it went on there */
	history_window(&view, 5, 8, &w);
	assert_int_equal(w.loss_run_max, 7);
}

TEST(test_history_window_of_silent_minutes_has_counts_but_no_rtt)
{
	struct history_bin bins[4] = {0};
	struct history_view view = {bins, 4};
	struct sample_window m = silent_minute(60), w;

	history_add(&view, 1, &m);
	history_add(&view, 2, &m);
	history_window(&view, 1, 3, &w);
	assert_true(w.complete);
	assert_int_equal(w.lost, 120);
	assert_int_equal(w.min_ns, -1);
	assert_int_equal(w.p95_ns, -1);
	assert_int_equal(w.mean_ns, -1);
	assert_int_equal(sample_window_loss_ppm(&w), 1000000);
}

TEST(test_history_window_of_one_bin_gives_its_figures_back)
{
	struct history_bin bins[4] = {0};
	struct history_view view = {bins, 4};
	struct sample_window m = minute(100, 10 * MS, 110 * MS), w;

	history_add(&view, 1, &m);
	history_window(&view, 1, 2, &w);
	assert_near(w.min_ns, m.min_ns, 8);
	assert_near(w.p10_ns, m.p10_ns, 8);
	assert_near(w.p25_ns, m.p25_ns, 8);
	assert_near(w.p50_ns, m.p50_ns, 8);
	assert_near(w.p75_ns, m.p75_ns, 8);
	assert_near(w.p90_ns, m.p90_ns, 8);
	assert_near(w.p95_ns, m.p95_ns, 8);
	assert_near(w.p99_ns, m.p99_ns, 8);
	assert_near(w.max_ns, m.max_ns, 8);
	assert_near(w.mean_ns, m.mean_ns, 8);
}

TEST(test_history_window_of_one_rtt)
{
	struct history_bin bins[4] = {0};
	struct history_view view = {bins, 4};
	struct sample_window m = minute(1, 10 * MS, 10 * MS), w;

	history_add(&view, 1, &m);
	history_window(&view, 1, 2, &w);
	assert_int_equal(w.p10_ns, 10 * MS);
	assert_int_equal(w.p50_ns, 10 * MS);
	assert_int_equal(w.p99_ns, 10 * MS);
}

/* 60 fast minutes and 20 slow ones of equal weight: a quarter of all RTTs is slow. */
TEST(test_history_quantiles_weigh_each_minute_by_its_rtts)
{
	struct history_bin bins[100] = {0};
	struct history_view view = {bins, 100};
	struct sample_window fast = minute(60, 10 * MS, 20 * MS),
			     slow = minute(60, 100 * MS, 200 * MS), w;

	for (uint32_t i = 1; i <= 80; i++)
		history_add(&view, i, i <= 60 ? &fast : &slow);
	history_window(&view, 1, 81, &w);
	assert_near(w.p50_ns, 10 * MS + 10 * MS * 2 / 3, 10);
	assert_true(w.p75_ns <= 20 * MS + 10);
	assert_near(w.p90_ns, 160 * MS, 20); /* 15 of the 25 parts of the slow */
	assert_near(w.mean_ns, 48750000, 10);
	slow.answered = 60; /* but of only one the time is known */
	slow.rtts = 1;
	for (uint32_t i = 61; i <= 80; i++)
		history_add(&view, i, &slow);
	history_window(&view, 1, 81, &w);
	assert_true(w.p95_ns < 20 * MS + 10);
	assert_int_equal(w.rtts, 3620);
	assert_int_equal(w.answered, 4800);
}

/* The share of all RTTs of the bins at or below x, each bin's points joined by lines. */
static double
share_below(const struct sample_window bins[], uint32_t n, double x)
{
	static const double shares[] = {0, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1};
	double below = 0, all = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct sample_window *w = &bins[i];
		const nsec_t q[] = {w->min_ns, w->p10_ns, w->p25_ns, w->p50_ns, w->p75_ns,
		    w->p90_ns, w->p95_ns, w->p99_ns, w->max_ns};
		int k = 8;

		if (w->rtts == 0)
			continue;
		all += (double)w->rtts;
		if (x < (double)q[0])
			continue;
		while (k > 0 && x < (double)q[k])
			k--;
		below += (double)w->rtts *
			 (k == 8 ? 1
				 : shares[k] + (shares[k + 1] - shares[k]) * (x - (double)q[k]) /
						   (double)(q[k + 1] - q[k]));
	}
	return below / all;
}

static void
assert_quantile(const struct sample_window bins[], uint32_t n, nsec_t q, double share, nsec_t error)
{
	if (share_below(bins, n, (double)(q + error)) < share ||
	    (share_below(bins, n, (double)(q - error)) >= share && q - error > 0))
		fail_msg("%lld is not the quantile of %g", (long long)q, share);
}

/* Random bins, some silent, some missing, and random windows over them. */
TEST(test_history_quantiles_are_those_of_the_joined_bins)
{
	struct history_bin bins[50];
	struct history_view view = {bins, 50};
	struct rng rng;

	rng_seed(&rng, 9);
	for (int round = 0; round < 300; round++) {
		uint32_t from = 1 + (uint32_t)rng_below(&rng, 25), n = 0;
		uint32_t until = from + 1 + (uint32_t)rng_below(&rng, 50 - from);
		struct sample_window w, there[50];
		nsec_t min = NSEC_NEVER, max = -1, error = 130; /* floats of up to 2 s */

		memset(bins, 0, sizeof(bins));
		for (uint32_t i = 1; i <= 50; i++) {
			nsec_t low = (nsec_t)rng_below(&rng, (uint64_t)NSEC_PER_SEC);
			struct sample_window m = minute((uint32_t)rng_below(&rng, 100), low,
			    low + (nsec_t)rng_below(&rng, UINT64_C(1) << rng_below(&rng, 30)));

			if (m.answered == 0)
				m = silent_minute(3);
			if (rng_below(&rng, 4) == 0)
				continue;
			history_add(&view, i, &m);
			if (i < from || i >= until)
				continue;
			there[n++] = m;
			min = m.rtts > 0 ? nsec_min(min, m.min_ns) : min;
			max = nsec_max(max, m.max_ns);
		}
		history_window(&view, from, until, &w);
		assert_int_equal(w.complete, n == until - from);
		if (w.rtts == 0)
			continue;
		assert_near(w.min_ns, min, error);
		assert_near(w.max_ns, max, error);
		assert_quantile(there, n, w.p10_ns, 0.10, error);
		assert_quantile(there, n, w.p25_ns, 0.25, error);
		assert_quantile(there, n, w.p50_ns, 0.50, error);
		assert_quantile(there, n, w.p75_ns, 0.75, error);
		assert_quantile(there, n, w.p90_ns, 0.90, error);
		assert_quantile(there, n, w.p95_ns, 0.95, error);
		assert_quantile(there, n, w.p99_ns, 0.99, error);
		assert_true(w.min_ns <= w.p10_ns && w.p99_ns <= w.max_ns);
		assert_true(w.min_ns <= w.mean_ns && w.mean_ns <= w.max_ns);
	}
}

TEST(test_history_copy_keeps_the_newest_that_fit)
{
	struct history_bin from_bins[10] = {0}, small_bins[4] = {0}, large_bins[30] = {0};
	struct history_view from = {from_bins, 10}, small = {small_bins, 4},
			    large = {large_bins, 30};
	struct sample_window m = minute(1, MS, MS);

	for (uint32_t i = 20; i < 30; i++)
		history_add(&from, i, &m);
	history_copy(&small, &from);
	history_copy(&large, &from);
	for (uint32_t i = 20; i < 30; i++) {
		assert_int_equal(history_get(&small, i) != NULL, i >= 26);
		assert_non_null(history_get(&large, i));
	}
	assert_null(history_get(&large, 19));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_histogram_value_on_an_edge_belongs_below_it),
	    cmocka_unit_test(test_histogram_ends_take_all_else),
	    cmocka_unit_test(test_history_bin_is_found_by_its_minute_alone),
	    cmocka_unit_test(test_history_counts_saturate),
	    cmocka_unit_test(test_history_window_without_bins_is_absent_and_not_zero),
	    cmocka_unit_test(test_history_window_longer_than_the_view_is_not_complete),
	    cmocka_unit_test(test_history_window_adds_counts_and_keeps_the_longest_run),
	    cmocka_unit_test(test_history_window_has_deviation_jitter_and_runs_over_minutes),
	    cmocka_unit_test(test_history_window_of_silent_minutes_has_counts_but_no_rtt),
	    cmocka_unit_test(test_history_window_of_one_bin_gives_its_figures_back),
	    cmocka_unit_test(test_history_window_of_one_rtt),
	    cmocka_unit_test(test_history_quantiles_weigh_each_minute_by_its_rtts),
	    cmocka_unit_test(test_history_quantiles_are_those_of_the_joined_bins),
	    cmocka_unit_test(test_history_copy_keeps_the_newest_that_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
