/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The ledger: numbers, slots, FIFOs of timeouts.
 */
#include "unit.h"

#include "core/ledger.h"

#define FLIGHTS 1024u

static struct flight flights[FLIGHTS];
static struct ledger_class classes[2];
static struct ledger ledger;

static int
setup(void **state)
{
	(void)state;
	classes[0].timeout_ns = NSEC_PER_SEC;
	classes[1].timeout_ns = 10 * NSEC_PER_SEC;
	ledger_init(&ledger, flights, FLIGHTS, classes, 2, 0xabcdef);
	return 0;
}

static struct flight *
launch(uint16_t class, nsec_t tx_ns)
{
	struct flight *flight = ledger_draw(&ledger, flights);

	assert_non_null(flight);
	flight->timeout_class = class;
	ledger_launch(flights, classes, flight, tx_ns, tx_ns - 10);
	return flight;
}

TEST(test_ledger_number_finds_its_flight_and_no_other)
{
	struct flight *flight = launch(0, 5);
	uint64_t number = ledger_number(&ledger, flight);

	assert_ptr_equal(ledger_find(&ledger, flights, number), flight);
	assert_null(ledger_find(&ledger, flights, number + FLIGHTS));
	assert_null(ledger_find(&ledger, flights, number ^ UINT64_C(1) << LEDGER_COUNTER_BITS));
	assert_null(ledger_find(&ledger, flights, number + 1));
	assert_int_equal(flight->early_ns, 10);
}

TEST(test_ledger_expires_in_order_of_deadline_and_skips_the_decided)
{
	struct flight *a = launch(0, 100), *b = launch(0, 200), *c = launch(0, 300);

	b->state = FLIGHT_ANSWERED;
	assert_null(ledger_expire(flights, &classes[0], 100 + NSEC_PER_SEC - 1));
	assert_ptr_equal(ledger_expire(flights, &classes[0], 100 + NSEC_PER_SEC), a);
	a->state = FLIGHT_LOST;
	assert_int_equal(ledger_class_deadline(flights, &classes[0]), 200 + NSEC_PER_SEC);
	assert_null(ledger_expire(flights, &classes[0], 300 + NSEC_PER_SEC - 1));
	assert_false(b->linked);
	assert_ptr_equal(ledger_expire(flights, &classes[0], NSEC_NEVER - 1), c);
	assert_int_equal(ledger_class_deadline(flights, &classes[0]), NSEC_NEVER);
}

TEST(test_ledger_never_reuses_an_undecided_flight)
{
	struct flight *kept = launch(1, 1);
	uint64_t number = ledger_number(&ledger, kept);

	for (uint32_t i = 0; i < 3 * FLIGHTS; i++) {
		struct flight *flight = launch(0, 2 + i);

		assert_ptr_not_equal(flight, kept);
		flight->state = FLIGHT_LOST;
		assert_null(ledger_expire(flights, &classes[0], NSEC_NEVER - 1));
	}
	assert_ptr_equal(ledger_find(&ledger, flights, number), kept);
}

TEST(test_ledger_full_table_refuses_and_recovers)
{
	for (uint32_t i = 0; i < FLIGHTS; i++)
		(void)launch(0, i);
	assert_null(ledger_draw(&ledger, flights));
	for (struct flight *f; (f = ledger_expire(flights, &classes[0], NSEC_NEVER - 1)) != NULL;)
		f->state = FLIGHT_LOST;
	assert_non_null(ledger_draw(&ledger, flights));
}

TEST(test_ledger_size_holds_rate_times_timeout_twice)
{
	assert_int_equal(ledger_flights(0, NSEC_PER_SEC), LEDGER_FLIGHTS_MIN);
	assert_true(ledger_flights(1000, 2 * NSEC_PER_SEC) >= 62000);
	assert_int_equal(ledger_flights(100000, NSEC_PER_SEC), 262144);
	assert_true(ledger_flights(100000, 10 * NSEC_PER_SEC) >= 2000000);
}

TEST(test_ledger_drawn_numbers_are_known)
{
	uint64_t number = ledger_number(&ledger, launch(0, 1));

	assert_true(ledger_was_drawn(&ledger, number));
	assert_false(ledger_was_drawn(&ledger, number + 1));
	assert_false(ledger_was_drawn(&ledger, number ^ UINT64_C(1) << 63));
	assert_false(ledger_was_drawn(&ledger, number - 1)); /* 0 is never drawn at the start */
}

TEST(test_ledger_size_has_a_floor_and_a_ceiling)
{
	assert_int_equal(ledger_flights(0, 0), LEDGER_FLIGHTS_MIN);
	assert_int_equal(ledger_flights(1e9, 60 * NSEC_PER_SEC), LEDGER_FLIGHTS_MAX);
}

TEST(test_ledger_flight_given_out_is_not_given_again)
{
	struct flight *first = ledger_draw(&ledger, flights);

	for (uint32_t i = 0; i < 2 * FLIGHTS; i++) {
		struct flight *flight = ledger_draw(&ledger, flights);

		assert_ptr_not_equal(flight, first);
		flight->state = FLIGHT_FREE; /* refused by the kernel */
	}
}

TEST(test_ledger_counter_wraps_at_40_bits)
{
	struct flight *last, *next;

	ledger.counter = (UINT64_C(1) << LEDGER_COUNTER_BITS) - 1;
	last = launch(0, 1);
	next = launch(0, 2);
	assert_true(ledger_number(&ledger, last) == UINT64_C(0xabcdefffffffffff));
	assert_true(ledger_number(&ledger, next) == UINT64_C(0xabcdef0000000000));
	assert_ptr_equal(ledger_find(&ledger, flights, UINT64_C(0xabcdefffffffffff)), last);
	assert_ptr_equal(ledger_find(&ledger, flights, UINT64_C(0xabcdef0000000000)), next);
}

TEST(test_ledger_epoch_is_24_bits)
{
	ledger_init(&ledger, flights, FLIGHTS, classes, 2, UINT32_MAX);
	assert_true(ledger_number(&ledger, launch(0, 1)) == UINT64_C(0xffffff0000000001));
}

TEST(test_ledger_start_of_the_batch_is_kept_as_a_bounded_difference)
{
	struct flight *a = ledger_draw(&ledger, flights), *b = ledger_draw(&ledger, flights);

	ledger_launch(flights, classes, a, 1000, 2000); /* stamps out of order */
	assert_int_equal(a->early_ns, 0);
	ledger_launch(flights, classes, b, 60 * NSEC_PER_SEC, 0);
	assert_int_equal(b->early_ns, UINT32_MAX);
}

TEST(test_ledger_timeouts_have_a_fifo_each)
{
	struct flight *slow = launch(1, 100), *quick = launch(0, 200);

	assert_int_equal(ledger_class_deadline(flights, &classes[0]), 200 + NSEC_PER_SEC);
	assert_int_equal(ledger_class_deadline(flights, &classes[1]), 100 + 10 * NSEC_PER_SEC);
	assert_ptr_equal(ledger_expire(flights, &classes[0], 9 * NSEC_PER_SEC), quick);
	assert_null(ledger_expire(flights, &classes[0], 9 * NSEC_PER_SEC));
	assert_null(ledger_expire(flights, &classes[1], 9 * NSEC_PER_SEC));
	assert_ptr_equal(ledger_expire(flights, &classes[1], 11 * NSEC_PER_SEC), slow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_ledger_number_finds_its_flight_and_no_other, setup),
	    cmocka_unit_test_setup(
		test_ledger_expires_in_order_of_deadline_and_skips_the_decided, setup),
	    cmocka_unit_test_setup(test_ledger_never_reuses_an_undecided_flight, setup),
	    cmocka_unit_test_setup(test_ledger_full_table_refuses_and_recovers, setup),
	    cmocka_unit_test_setup(test_ledger_size_holds_rate_times_timeout_twice, setup),
	    cmocka_unit_test_setup(test_ledger_drawn_numbers_are_known, setup),
	    cmocka_unit_test_setup(test_ledger_size_has_a_floor_and_a_ceiling, setup),
	    cmocka_unit_test_setup(test_ledger_flight_given_out_is_not_given_again, setup),
	    cmocka_unit_test_setup(test_ledger_counter_wraps_at_40_bits, setup),
	    cmocka_unit_test_setup(test_ledger_epoch_is_24_bits, setup),
	    cmocka_unit_test_setup(
		test_ledger_start_of_the_batch_is_kept_as_a_bounded_difference, setup),
	    cmocka_unit_test_setup(test_ledger_timeouts_have_a_fifo_each, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
