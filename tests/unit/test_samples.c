/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Samples: the 28-bit float at its edges, the ring around its wraps, the sort.
 */
#include <stdlib.h>

#include "unit.h"

#include "core/rng.h"
#include "core/samples.h"

#define LARGEST ((((INT64_C(1) << 24) - 1) << 30))

TEST(test_samples_float_is_exact_below_2_to_the_24th)
{
	static const nsec_t edges[] = {0, 1, 2, 255, 256, 65535, 65536, (1 << 23) - 1, 1 << 23,
	    (1 << 23) + 1, (1 << 24) - 1, 1 << 24};

	for (size_t i = 0; i < COUNT(edges); i++)
		assert_int_equal(sample_from_float28(sample_float28(edges[i])), edges[i]);
}

TEST(test_samples_float_is_right_to_2_to_the_minus_24th_at_every_size)
{
	struct rng rng;

	rng_seed(&rng, 11);
	for (int i = 0; i < 100000; i++) {
		nsec_t ns = (nsec_t)(rng_next(&rng) % (uint64_t)LARGEST) >> rng_below(&rng, 54);
		nsec_t back = sample_from_float28(sample_float28(ns));

		if (llabs(back - ns) > ns >> 24)
			fail_msg("%lld becomes %lld", (long long)ns, (long long)back);
		assert_true(sample_float28(ns) <= SAMPLE_COUNT_MAX);
		assert_int_equal(sample_float28(back), sample_float28(ns));
	}
}

/* Rounding up at a power of two carries into the exponent. */
TEST(test_samples_float_keeps_the_order_across_every_power_of_two)
{
	for (int k = 1; k < 54; k++) {
		nsec_t power = INT64_C(1) << k;

		assert_true(sample_float28(power - 1) <= sample_float28(power));
		assert_true(sample_float28(power) <= sample_float28(power + 1));
		assert_int_equal(sample_from_float28(sample_float28(power)), power);
		assert_true(llabs(sample_from_float28(sample_float28(power - 1)) - (power - 1)) <=
			    power >> 24);
	}
}

TEST(test_samples_float_saturates_at_both_ends)
{
	assert_int_equal(sample_float28(-1), 0);
	assert_int_equal(sample_float28(INT64_MIN), 0);
	assert_int_equal(sample_float28(LARGEST), SAMPLE_COUNT_MAX);
	assert_int_equal(sample_float28(LARGEST + 1), SAMPLE_COUNT_MAX);
	assert_int_equal(sample_float28(LARGEST - (1 << 30)), SAMPLE_COUNT_MAX - 1);
	assert_int_equal(sample_float28(NSEC_NEVER), SAMPLE_COUNT_MAX);
	assert_true(sample_from_float28(SAMPLE_COUNT_MAX) == LARGEST);
	assert_true(LARGEST > 200 * NSEC_PER_DAY);
}

TEST(test_samples_code_and_payload_stay_apart)
{
	uint32_t sample = sample_make(SAMPLE_INTERVAL, UINT32_MAX);

	assert_int_equal(sample_code(sample), SAMPLE_INTERVAL);
	assert_int_equal(sample_payload(sample), SAMPLE_COUNT_MAX);
	assert_int_equal(sample_code(sample_make(SAMPLE_LOST, 0)), SAMPLE_LOST);
	assert_int_equal(sample_code(0), SAMPLE_NONE);
}

TEST(test_samples_ring_holds_the_newest_and_no_other)
{
	uint32_t cells[3] = {0};
	struct sample_ring ring = {.cells = cells, .size = 3};

	assert_int_equal(sample_code(sample_ring_get(&ring, 0)), SAMPLE_NONE);
	assert_false(sample_ring_set(&ring, 0, sample_make(SAMPLE_LOST, 0)));
	for (uint32_t i = 0; i < 10; i++) {
		sample_ring_append(&ring, sample_make(SAMPLE_ANSWERED, i));
		for (uint32_t p = 0; p <= i + 1; p++) {
			bool held = p <= i && i - p < 3;
			uint32_t sample = sample_ring_get(&ring, p);

			assert_int_equal(sample_code(sample), held ? SAMPLE_ANSWERED : SAMPLE_NONE);
			assert_int_equal(sample_payload(sample), held ? p : 0);
			assert_int_equal(sample_ring_set(&ring, p, sample), held);
		}
	}
	assert_int_equal(sample_code(sample_ring_get(&ring, UINT64_MAX)), SAMPLE_NONE);
}

TEST(test_samples_ring_of_one_cell)
{
	uint32_t cell = 0;
	struct sample_ring ring = {.cells = &cell, .size = 1, .head = UINT32_MAX};

	sample_ring_append(&ring, sample_make(SAMPLE_LOST, 7));
	assert_int_equal(sample_payload(sample_ring_get(&ring, UINT32_MAX)), 7);
	assert_int_equal(sample_code(sample_ring_get(&ring, UINT32_MAX - 1)), SAMPLE_NONE);
	assert_true(ring.head == UINT64_C(1) << 32);
}

static int
ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

TEST(test_samples_sort_agrees_with_qsort_for_every_size_and_shape)
{
	uint32_t ours[300], theirs[300];
	struct rng rng;

	rng_seed(&rng, 5);
	for (uint32_t n = 0; n <= COUNT(ours); n++) {
		for (int shape = 0; shape < 5; shape++) {
			for (uint32_t i = 0; i < n; i++) {
				const uint32_t shapes[] = {(uint32_t)rng_next(&rng), i, n - i, 7,
				    (uint32_t)rng_below(&rng, 3)};

				ours[i] = theirs[i] = shapes[shape];
			}
			sample_sort(ours, n);
			qsort(theirs, n, sizeof(theirs[0]), ascending);
			if (n > 0)
				assert_memory_equal(ours, theirs, n * sizeof(ours[0]));
		}
	}
}

TEST(test_samples_float_sorts_as_it_reads)
{
	struct rng rng;

	rng_seed(&rng, 6);
	for (int i = 0; i < 20000; i++) {
		uint32_t a = (uint32_t)rng_below(&rng, SAMPLE_COUNT_MAX),
			 b = (uint32_t)rng_below(&rng, SAMPLE_COUNT_MAX);

		assert_int_equal(a < b, sample_from_float28(a) < sample_from_float28(b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples_float_is_exact_below_2_to_the_24th),
	    cmocka_unit_test(test_samples_float_is_right_to_2_to_the_minus_24th_at_every_size),
	    cmocka_unit_test(test_samples_float_keeps_the_order_across_every_power_of_two),
	    cmocka_unit_test(test_samples_float_saturates_at_both_ends),
	    cmocka_unit_test(test_samples_code_and_payload_stay_apart),
	    cmocka_unit_test(test_samples_ring_holds_the_newest_and_no_other),
	    cmocka_unit_test(test_samples_ring_of_one_cell),
	    cmocka_unit_test(test_samples_sort_agrees_with_qsort_for_every_size_and_shape),
	    cmocka_unit_test(test_samples_float_sorts_as_it_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
