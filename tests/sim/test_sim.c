/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Scenarios for the engine, each named for its promise. No real time passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC

static struct sim_target
target(uint8_t last, nsec_t interval_ns, nsec_t timeout_ns)
{
	struct sim_target t = {
	    .address = {.family = 4, .bytes = {192, 0, 2, last}},
	    .interval_ns = interval_ns,
	    .timeout_ns = timeout_ns,
	    .size_bytes = 56,
	    .samples = 400,
	    .detail = 64,
	    .alarms = true,
	};
	return t;
}

static void
run(struct sim *sim, nsec_t duration_ns)
{
	if (!sim_run(sim, duration_ns))
		fail_msg("%s", sim_why(sim));
}

static struct report
report(struct sim *sim, uint32_t i, nsec_t window_ns)
{
	struct report r;

	assert_true(
	    monitor_report(sim_monitor(sim), sim_now(sim), i, &window_ns, 1, REPORT_BASIC, &r));
	return r;
}

static void
test_sim_schedule_keeps_its_count_over_an_hour(void **state)
{
	struct sim_target t[3] = {
	    target(1, S, 2 * S), target(2, 100 * MS, S), target(3, 7 * S, 2 * S)};
	struct sim *sim = sim_new(1, t, 3);

	(void)state;
	run(sim, NSEC_PER_HOUR);
	assert_in_range(report(sim, 0, S).totals.attempts, 3599, 3601);
	assert_in_range(report(sim, 1, S).totals.attempts, 35999, 36001);
	assert_in_range(report(sim, 2, S).totals.attempts, 513, 515);
	assert_int_equal(report(sim, 0, S).totals.lost, 0);
	sim_free(sim);
}

static void
test_sim_nothing_in_flight_is_ever_lost(void **state)
{
	struct sim_target t = target(1, 100 * MS, 2 * S);
	struct sim *sim = sim_new(2, &t, 1);

	(void)state;
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns =
	    500 * MS; /* five intervals */
	for (int i = 0; i < 200; i++) {
		struct report r;

		run(sim, 37 * MS);
		r = report(sim, 0, 5 * S);
		assert_int_equal(r.totals.lost, 0);
		assert_int_equal(r.windows[0].lost, 0);
		assert_true(r.totals.in_flight <= 6);
	}
	assert_int_equal(report(sim, 0, S).state, STATE_UP);
	sim_free(sim);
}

static void
test_sim_stall_of_five_seconds_loses_nothing_and_bursts_nothing(void **state)
{
	struct sim_target t[100];
	struct sim *sim;
	uint64_t sent;

	(void)state;
	for (int i = 0; i < 100; i++)
		t[i] = target((uint8_t)i, S, 2 * S);
	sim = sim_new(3, t, 100);
	run(sim, 10 * S);
	sim_stall_once(sim, 5 * S);
	run(sim, 20 * S);
	for (uint32_t i = 0; i < 100; i++) {
		struct report r = report(sim, i, S);

		assert_int_equal(r.totals.lost + r.totals.unmeasured + r.totals.unreachable, 0);
		assert_in_range(r.totals.unsent, 3, 6); /* skipped, said so, and not made up for */
		assert_int_equal(r.totals.causes[CAUSE_SKIPPED], r.totals.unsent);
		sent = r.totals.sent;
		assert_in_range(sent, 24, 28);
	}
	sim_free(sim);
}

static void
test_sim_late_reply_is_counted_late_and_stays_lost(void **state)
{
	struct sim_target t = target(1, S, S);
	struct sim *sim = sim_new(4, &t, 1);
	struct report r;

	(void)state;
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 3500 * MS;
	run(sim, 30 * S);
	r = report(sim, 0, NSEC_PER_MIN);
	assert_int_equal(r.totals.answered, 0);
	assert_true(r.totals.lost >= 25);
	assert_in_range(r.totals.late, r.totals.lost - 4, r.totals.lost);
	assert_in_range(r.windows[0].late, r.totals.late, r.totals.late);
	sim_free(sim);
}

static void
test_sim_down_and_up_again_with_reasons(void **state)
{
	struct sim_target t = target(1, S, 2 * S);
	struct sim *sim = sim_new(5, &t, 1);
	struct report r;

	(void)state;
	run(sim, 10 * S);
	assert_int_equal(report(sim, 0, S).state, STATE_UP);
	sim_set_silent(sim, 0, true);
	run(sim, 10 * S);
	r = report(sim, 0, S);
	assert_int_equal(r.state, STATE_DOWN);
	assert_string_equal(r.reason, "loss 100% == 100% over 5 probes");
	sim_set_silent(sim, 0, false);
	run(sim, 12 * S);
	r = report(sim, 0, S);
	assert_int_not_equal(r.state, STATE_DOWN);
	run(sim, 10 * NSEC_PER_MIN);
	assert_int_equal(report(sim, 0, S).state, STATE_UP);
	sim_free(sim);
}

static void
test_sim_no_alarm_at_start(void **state)
{
	struct sim_target t = target(1, S, 2 * S);
	struct sim *sim = sim_new(6, &t, 1);

	(void)state;
	sim_set_silent(sim, 0, true);
	run(sim, 4 * S);
	assert_int_equal(report(sim, 0, S).state, STATE_UNKNOWN);
	run(sim, 6 * S);
	assert_int_equal(report(sim, 0, S).state, STATE_DOWN);
	sim_free(sim);
}

static void
test_sim_dead_uplink_is_unknown_and_not_down(void **state)
{
	struct sim_target t = target(1, S, 2 * S);
	struct sim *sim = sim_new(7, &t, 1);
	struct report r;

	(void)state;
	run(sim, 10 * S);
	sim_faults(sim)->refused_ppm = 1000000;
	run(sim, 15 * S);
	r = report(sim, 0, S);
	assert_int_equal(r.state, STATE_UNKNOWN);
	assert_non_null(
	    strstr(r.reason, "unreachable") != NULL ? r.reason : strstr(r.reason, "no route"));
	assert_int_equal(r.totals.lost, 0);
	sim_faults(sim)->refused_ppm = 0;
	run(sim, 5 * S);
	assert_int_equal(report(sim, 0, S).state, STATE_UP);
	sim_free(sim);
}

static void
test_sim_queue_drops_are_unmeasured_not_lost(void **state)
{
	struct sim_target t[200];
	struct sim *sim;
	uint64_t unmeasured = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		t[i] = target((uint8_t)i, S, 2 * S);
	sim = sim_new(8, t, 200);
	sim_faults(sim)->queue_packets = 50;
	run(sim, 5 * S);
	sim_stall_once(sim, 900 * MS);
	run(sim, 5 * S);
	for (uint32_t i = 0; i < 200; i++) {
		struct report r = report(sim, i, S);

		assert_int_equal(r.totals.lost, 0);
		unmeasured += r.totals.unmeasured;
	}
	(void)unmeasured;
	assert_true(sim_settle_and_compare(sim));
	sim_free(sim);
}

static void
test_sim_reload_keeps_counters_flights_and_state(void **state)
{
	struct sim_target t[3] = {target(1, S, 2 * S), target(2, S, 2 * S), target(3, S, 2 * S)};
	struct sim *sim;
	struct report before, after;

	(void)state;
	t[0].name = "a";
	t[1].name = "b";
	t[2].name = "c";
	sim = sim_new(9, t, 2);
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 1500 * MS;
	run(sim, 20 * S);
	before = report(sim, 1, NSEC_PER_MIN);
	assert_true(before.totals.in_flight > 0);
	sim_reload(sim, t + 1, 2);
	after = report(sim, 0, NSEC_PER_MIN);
	assert_string_equal(after.name, "b");
	assert_memory_equal(&before.totals, &after.totals, sizeof(after.totals));
	assert_int_equal(after.windows[0].answered, before.windows[0].answered);
	assert_int_equal(after.state, STATE_UP);
	run(sim, 20 * S);
	after = report(sim, 0, NSEC_PER_MIN);
	assert_int_equal(after.totals.lost + after.totals.unmeasured, 0);
	assert_int_equal(report(sim, 1, S).state, STATE_UP);
	sim_free(sim);
}

static void
test_sim_pause_makes_no_attempts_and_ends_by_itself(void **state)
{
	struct sim_target t = target(1, S, 2 * S);
	struct sim *sim = sim_new(10, &t, 1);
	uint64_t attempts;

	(void)state;
	run(sim, 10 * S);
	assert_int_equal(
	    monitor_pause(sim_monitor(sim), sim_now(sim), 0, 10 * S, "work on the line"), 0);
	attempts = report(sim, 0, S).totals.attempts;
	run(sim, 8 * S);
	assert_int_equal(report(sim, 0, S).totals.attempts, attempts);
	assert_int_equal(report(sim, 0, S).state, STATE_PAUSED);
	run(sim, 8 * S);
	assert_true(report(sim, 0, S).totals.attempts > attempts);
	assert_int_equal(report(sim, 0, S).state, STATE_UP);
	sim_free(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_schedule_keeps_its_count_over_an_hour),
	    cmocka_unit_test(test_sim_nothing_in_flight_is_ever_lost),
	    cmocka_unit_test(test_sim_stall_of_five_seconds_loses_nothing_and_bursts_nothing),
	    cmocka_unit_test(test_sim_late_reply_is_counted_late_and_stays_lost),
	    cmocka_unit_test(test_sim_down_and_up_again_with_reasons),
	    cmocka_unit_test(test_sim_no_alarm_at_start),
	    cmocka_unit_test(test_sim_dead_uplink_is_unknown_and_not_down),
	    cmocka_unit_test(test_sim_queue_drops_are_unmeasured_not_lost),
	    cmocka_unit_test(test_sim_reload_keeps_counters_flights_and_state),
	    cmocka_unit_test(test_sim_pause_makes_no_attempts_and_ends_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
