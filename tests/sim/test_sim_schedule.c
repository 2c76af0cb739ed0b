/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * When probes leave: the absolute schedule, stalls, pauses.
 */
#include "scenario.h"

TEST(test_sim_schedule_keeps_its_count_over_an_hour)
{
	struct sim_target t[3] = {scenario_target(1, S, 2 * S), scenario_target(2, 100 * MS, S),
	    scenario_target(3, 7 * S, 2 * S)};
	struct sim *sim = sim_new(1, t, 3);

	scenario_run(sim, NSEC_PER_HOUR);
	assert_in_range(scenario_report(sim, 0, S).totals.attempts, 3599, 3601);
	assert_in_range(scenario_report(sim, 1, S).totals.attempts, 35999, 36001);
	assert_in_range(scenario_report(sim, 2, S).totals.attempts, 513, 515);
	assert_int_equal(scenario_report(sim, 0, S).totals.lost, 0);
	scenario_end(sim);
}

TEST(test_sim_schedule_keeps_1024_intervals)
{
	struct sim_target *t = calloc(1024, sizeof(*t));
	struct sim *sim;

	for (uint32_t i = 0; i < 1024; i++) {
		t[i] = scenario_target(1, S + i * MS, S);
		t[i].address.bytes[1] = (uint8_t)(i / 256);
		t[i].address.bytes[3] = (uint8_t)i;
		t[i].detail = 0;
	}
	sim = sim_new(2, t, 1024);
	scenario_run(sim, MINUTE);
	for (uint32_t i = 0; i < 1024; i++) {
		uint64_t due = (uint64_t)(MINUTE / t[i].interval_ns);

		assert_in_range(scenario_report(sim, i, S).totals.attempts, due, due + 1);
		assert_int_equal(scenario_report(sim, i, S).totals.unsent, 0);
	}
	scenario_end(sim);
	free(t);
}

TEST(test_sim_first_round_is_spread_over_the_interval)
{
	struct sim_target t[100];
	uint32_t slots[10] = {0};
	struct rig *rig;
	nsec_t start;

	for (uint32_t i = 0; i < 100; i++)
		t[i] = scenario_target((uint8_t)i, S, S);
	rig = rig_new(t, 100);
	start = rig->now_ns;
	rig_run(rig, start + S);
	for (size_t i = 0; i < rig->n; i++)
		slots[(rig->tx_ns[i] - start) / (100 * MS)]++;
	for (uint32_t i = 1; i < 10; i++)
		assert_in_range(slots[i], 5, 15); /* a batch may shift some by 50 ms */
	rig_end(rig);
}

TEST(test_sim_nothing_in_flight_is_ever_lost)
{
	struct sim_target t = scenario_target(1, 100 * MS, 2 * S);
	struct sim *sim = sim_new(2, &t, 1);

	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns =
	    500 * MS; /* five intervals */
	for (int i = 0; i < 200; i++) {
		struct report r;

		scenario_run(sim, 37 * MS);
		r = scenario_report(sim, 0, 5 * S);
		assert_int_equal(r.totals.lost, 0);
		assert_int_equal(r.windows[0].lost, 0);
		assert_true(r.totals.in_flight <= 6);
	}
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	scenario_end(sim);
}

TEST(test_sim_stall_of_five_seconds_loses_nothing_and_bursts_nothing)
{
	struct sim_target t[100];
	struct sim *sim;
	struct event event;
	uint64_t skipped = 0;

	for (int i = 0; i < 100; i++)
		t[i] = scenario_target((uint8_t)i, S, 2 * S);
	sim = sim_new(3, t, 100);
	scenario_run(sim, 10 * S);
	sim_stall_once(sim, 5 * S);
	scenario_run(sim, 20 * S);
	for (uint32_t i = 0; i < 100; i++) {
		struct report r = scenario_report(sim, i, 30 * S);

		assert_int_equal(r.totals.lost + r.totals.unmeasured + r.totals.unreachable, 0);
		assert_in_range(r.totals.unsent, 3, 6); /* skipped, said so, and not made up for */
		assert_int_equal(r.totals.causes[LABEL_SKIPPED], r.totals.unsent);
		assert_int_equal(r.windows[0].unsent, r.totals.unsent);
		assert_in_range(r.totals.sent, 24, 28);
		skipped += r.totals.unsent;
	}
	assert_int_equal(sim_events(sim, EVENT_OVERLOAD, NULL), 1); /* one gap, one event */
	event = sim_last_event(sim, EVENT_OVERLOAD, NULL);
	assert_int_equal(event.value, skipped);
	scenario_end(sim);
}

TEST(test_sim_backlog_leaves_no_faster_than_twice_the_rate)
{
	struct sim_target *t = calloc(1000, sizeof(*t));
	struct rig *rig;
	nsec_t start;
	size_t before;

	for (uint32_t i = 0; i < 1000; i++) {
		t[i] = scenario_target((uint8_t)i, S, S);
		t[i].address.bytes[2] = (uint8_t)(i >> 8);
		t[i].detail = 0;
	}
	rig = rig_new(t, 1000);
	rig->quiet = true;
	rig_run(rig, rig->now_ns + 2 * S);
	start = rig->now_ns + 900 * MS; /* not late by an interval: all 900 are still sent */
	before = rig->n;
	rig_turn(rig, start);
	assert_true(rig->n - before <= 128);
	while (rig->now_ns < start + S) {
		size_t n = rig->n;

		rig_turn(rig, monitor_next_wake_ns(rig->m));
		assert_true(rig->n - n <= 128);
		assert_true(rig->n - before <= 128 + (size_t)((rig->now_ns - start) / MS) * 2 + 64);
	}
	assert_in_range(rig->n - before, 1850, 1950);
	for (uint32_t s = 0; s < 1000; s++)
		assert_int_equal(rig_totals(rig, s).unsent, 0);
	rig_end(rig);
	free(t);
}

TEST(test_sim_gap_is_one_addition_one_mark_and_one_record)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct rig *rig = rig_new(&t, 1);
	struct report_probe probes[8];
	struct report r;
	nsec_t window = 2 * MINUTE;
	uint32_t n;

	(void)rig_answer_next(rig, MS);
	rig_turn(rig, rig->tx_ns[0] + 60 * S + 500 * MS);
	assert_int_equal(rig->n, 2);
	assert_int_equal(rig_totals(rig, 0).attempts, 61);
	assert_int_equal(rig_totals(rig, 0).unsent, 59);
	n = monitor_report_probes(rig->m, rig->now_ns, 0, 8, probes);
	assert_int_equal(n, 3);
	assert_int_equal(probes[1].outcome, OUTCOME_UNSENT);
	assert_int_equal(probes[1].cause.kind, CAUSE_SKIPPED);
	assert_int_equal(probes[1].number, 0);
	assert_true(monitor_report(rig->m, rig->now_ns, 0, &window, 1, REPORT_BASIC, &r));
	assert_int_equal(r.windows[0].unsent, 59);
	rig_end(rig);
}

TEST(test_sim_pause_makes_no_attempts_and_ends_by_itself)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(10, &t, 1);
	uint64_t attempts;

	scenario_run(sim, 10 * S);
	assert_int_equal(
	    monitor_pause(sim_monitor(sim), sim_now(sim), 0, 10 * S, "work on the line"), 0);
	attempts = scenario_report(sim, 0, S).totals.attempts;
	scenario_run(sim, 8 * S);
	assert_int_equal(scenario_report(sim, 0, S).totals.attempts, attempts);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_PAUSED);
	assert_string_equal(scenario_report(sim, 0, S).reason, "paused: work on the line");
	scenario_run(sim, 8 * S);
	assert_true(scenario_report(sim, 0, S).totals.attempts > attempts);
	assert_int_equal(scenario_report(sim, 0, S).totals.unsent, 0);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	scenario_end(sim);
}

TEST(test_sim_what_is_in_flight_at_a_pause_is_still_decided)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(11, &t, 1);

	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 1500 * MS;
	scenario_run(sim, 10 * S);
	assert_true(scenario_report(sim, 0, S).totals.in_flight > 0);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 0, 0, NULL), 0);
	scenario_run(sim, 5 * S);
	assert_int_equal(scenario_report(sim, 0, S).totals.in_flight, 0);
	assert_int_equal(
	    scenario_report(sim, 0, S).totals.answered, scenario_report(sim, 0, S).totals.sent);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_PAUSED);
	scenario_end(sim);
}

TEST(test_sim_losses_before_a_pause_do_not_speak_after_it)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(12, &t, 1);

	scenario_run(sim, 10 * S);
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 4 * S);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 0, 5 * S, NULL), 0);
	scenario_run(sim, 9 * S); /* resumed, three more are lost */
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UNKNOWN);
	assert_string_equal(scenario_report(sim, 0, S).reason, "resumed, no data yet");
	scenario_run(sim, 4 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DOWN);
	scenario_end(sim);
}

TEST(test_sim_an_alarm_ends_with_a_pause_and_says_so)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(13, &t, 1);

	sim_set_silent(sim, 0, true);
	scenario_run(sim, 10 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DOWN);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 0, 0, "broken"), 0);
	scenario_run(sim, S);
	assert_int_equal(sim_events(sim, EVENT_ALARM_CLEARED, "t0"), 1);
	assert_string_equal(
	    sim_last_event(sim, EVENT_ALARM_CLEARED, "t0").reason, "paused: broken");
	assert_false(scenario_report(sim, 0, S).alarms[0].active);
	scenario_end(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_schedule_keeps_its_count_over_an_hour),
	    cmocka_unit_test(test_sim_schedule_keeps_1024_intervals),
	    cmocka_unit_test(test_sim_first_round_is_spread_over_the_interval),
	    cmocka_unit_test(test_sim_nothing_in_flight_is_ever_lost),
	    cmocka_unit_test(test_sim_stall_of_five_seconds_loses_nothing_and_bursts_nothing),
	    cmocka_unit_test(test_sim_backlog_leaves_no_faster_than_twice_the_rate),
	    cmocka_unit_test(test_sim_gap_is_one_addition_one_mark_and_one_record),
	    cmocka_unit_test(test_sim_pause_makes_no_attempts_and_ends_by_itself),
	    cmocka_unit_test(test_sim_what_is_in_flight_at_a_pause_is_still_decided),
	    cmocka_unit_test(test_sim_losses_before_a_pause_do_not_speak_after_it),
	    cmocka_unit_test(test_sim_an_alarm_ends_with_a_pause_and_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
