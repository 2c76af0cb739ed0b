/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * States and alarms: when they change, why they say so, and when they hold still.
 */
#include "scenario.h"

TEST(test_sim_down_and_up_again_with_reasons)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(5, &t, 1);
	struct report r;

	scenario_run(sim, 10 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_string_equal(scenario_report(sim, 0, S).reason, "");
	assert_string_equal(sim_last_event(sim, EVENT_STATE, "t0").reason, "it answers");
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 11 * S);
	r = scenario_report(sim, 0, S);
	assert_int_equal(r.state, STATE_DOWN);
	assert_string_equal(r.reason, "loss 100% over 5 probes");
	assert_string_equal(sim_last_event(sim, EVENT_STATE, "t0").alarm, "down");
	sim_set_silent(sim, 0, false);
	scenario_run(sim, 12 * S);
	assert_int_not_equal(scenario_report(sim, 0, S).state, STATE_DOWN);
	scenario_run(sim, 10 * MINUTE);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_int_equal(sim_last_event(sim, EVENT_STATE, "t0").prev, STATE_DEGRADED);
	assert_string_equal(
	    sim_last_event(sim, EVENT_STATE, "t0").reason, "loss 1.7% < 2% over 3m");
	scenario_end(sim);
}

TEST(test_sim_no_alarm_at_start)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(6, &t, 1);

	sim_set_silent(sim, 0, true);
	scenario_run(sim, 6 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UNKNOWN);
	assert_string_equal(scenario_report(sim, 0, S).reason, "no data yet");
	scenario_run(sim, 5 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DOWN);
	scenario_end(sim);
}

TEST(test_sim_dead_uplink_is_unknown_and_not_down)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(7, &t, 1);
	struct report r;

	scenario_run(sim, 10 * S);
	sim_faults(sim)->refused_ppm = 1000000;
	sim_faults(sim)->refused_error = 113;
	scenario_run(sim, 13 * S);
	r = scenario_report(sim, 0, S);
	assert_int_equal(r.state, STATE_UNKNOWN);
	assert_string_equal(r.reason, "no route to host for 12 s");
	assert_string_equal(
	    sim_last_event(sim, EVENT_STATE, "t0").reason, "no route to host for 10 s");
	assert_int_equal(r.totals.lost, 0);
	assert_int_equal(sim_events(sim, EVENT_SEND_FAILED, "t0"), 1); /* one line, not thirteen */
	scenario_run(sim, 3 * MINUTE);
	assert_string_equal(scenario_report(sim, 0, S).reason, "no route to host for 3m12s");
	sim_faults(sim)->refused_ppm = 0;
	scenario_run(sim, 6 * S); /* resumes by itself */
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_int_equal(sim_events(sim, EVENT_SEND_RESUMED, "t0"), 1);
	scenario_end(sim);
}

TEST(test_sim_a_few_refused_probes_change_nothing)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(40, &t, 1);

	scenario_run(sim, 10 * S);
	sim_faults(sim)->refused_ppm = 200000;
	scenario_run(sim, NSEC_PER_HOUR);
	assert_int_equal(sim_events(sim, EVENT_STATE, "t0"), 1);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	scenario_end(sim);
}

/* Refusals that come and go: more than half of the attempts tell nothing, though never all. */
TEST(test_sim_mostly_refused_is_unknown)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(41, &t, 1);
	int unknown = 0;

	scenario_run(sim, 10 * S);
	sim_faults(sim)->refused_ppm = 800000;
	scenario_run(sim, MINUTE);
	for (int i = 0; i < 100; i++) {
		scenario_run(sim, 3 * S);
		unknown += scenario_report(sim, 0, S).state == STATE_UNKNOWN;
	}
	assert_true(unknown > 90);
	scenario_end(sim);
}

TEST(test_sim_alarms_hold_still_while_we_cannot_measure)
{
	struct sim_target t[2] = {scenario_target(1, S, 500 * MS), scenario_target(2, S, 500 * MS)};
	struct sim *sim = sim_new(42, t, 2);

	sim_set_silent(sim, 0, true);
	scenario_run(sim, 70 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DOWN);
	assert_int_equal(scenario_report(sim, 1, S).state, STATE_UP);
	sim_faults(sim)->refused_ppm = 1000000;
	scenario_run(sim, 5 * MINUTE);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(scenario_report(sim, i, S).state, STATE_UNKNOWN);
	assert_true(scenario_report(sim, 0, S).alarms[0].active);
	assert_int_equal(sim_events(sim, EVENT_ALARM_CLEARED, NULL), 0);
	assert_int_equal(sim_events(sim, EVENT_ALARM_RAISED, "t1"), 0);
	sim_faults(sim)->refused_ppm = 0;
	scenario_run(sim, 10 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DOWN); /* it still is */
	assert_int_equal(scenario_report(sim, 1, S).state, STATE_UP);
	scenario_end(sim);
}

TEST(test_sim_alarm_on_unsent_is_raised_by_what_was_not_sent)
{
	static const struct sim_alarm alarms[] = {
	    {"unsent", "unsent > 50% over 30s", "unsent < 20% over 30s", SETTINGS_STATE_DEGRADED}};
	struct sim_target t = scenario_target(1, S, S);
	const struct sim_world world = {.targets = &t, .n = 1, .alarms = alarms, .n_alarms = 1};
	struct sim *sim = sim_new_world(43, &world);

	scenario_run(sim, 40 * S);
	sim_faults(sim)->refused_ppm = 1000000;
	scenario_run(sim, 40 * S);
	assert_int_equal(sim_events(sim, EVENT_ALARM_RAISED, "t0"), 1);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UNKNOWN);
	scenario_end(sim);
}

TEST(test_sim_the_worst_alarm_speaks_whatever_another_does)
{
	static const struct sim_alarm alarms[] = {
	    {"loss", "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED},
	    {"slow", "p95 > 100ms over 10s", "p95 < 50ms over 10s", SETTINGS_STATE_DEGRADED},
	    {"down", "loss == 100% over 5 probes", "loss < 50% over 10 probes",
		SETTINGS_STATE_DOWN},
	};
	struct sim_target t = scenario_target(1, S, S);
	const struct sim_world world = {.targets = &t, .n = 1, .alarms = alarms, .n_alarms = 3};
	struct sim *sim = sim_new_world(44, &world);
	struct report r;

	scenario_run(sim, MINUTE);
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 200 * MS;
	scenario_run(sim, 20 * S);
	r = scenario_report(sim, 0, S);
	assert_string_equal(r.reason, "p95 200ms > 100ms over 10s");
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 20 * S);
	r = scenario_report(sim, 0, S);
	assert_true(r.alarms[0].active && r.alarms[1].active && r.alarms[2].active);
	assert_int_equal(r.state, STATE_DOWN);
	assert_string_equal(r.reason, "loss 100% over 5 probes");
	sim_set_silent(sim, 0, false);
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 20 * MS;
	scenario_run(sim, 30 * S); /* slow is cleared by now, loss is not */
	r = scenario_report(sim, 0, S);
	assert_true(r.alarms[0].active && !r.alarms[1].active && !r.alarms[2].active);
	assert_int_equal(r.state, STATE_DEGRADED);
	assert_non_null(strstr(r.reason, "> 5% over 1m"));
	assert_non_null(strstr(sim_last_event(sim, EVENT_STATE, "t0").reason, "> 5% over 1m"));
	scenario_end(sim);
}

TEST(test_sim_group_is_down_when_too_few_answer)
{
	static const struct sim_group groups[] = {{"wan", 2}};
	struct sim_target t[3];
	const struct sim_world world = {.targets = t, .n = 3, .groups = groups, .n_groups = 1};
	struct sim *sim;
	struct report_group g;

	for (int i = 0; i < 3; i++) {
		t[i] = scenario_target((uint8_t)(i + 1), S, 500 * MS);
		t[i].group = "wan";
	}
	sim = sim_new_world(45, &world);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.state, STATE_UNKNOWN);
	scenario_run(sim, 10 * S);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.state, STATE_UP);
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 10 * S);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.state, STATE_DEGRADED);
	sim_set_silent(sim, 1, true);
	scenario_run(sim, 10 * S);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.state, STATE_DOWN);
	assert_string_equal(
	    sim_last_event(sim, EVENT_GROUP_STATE, "wan").reason, "1 of 3 members answer, 2 must");
	/* a member that is paused is not known to be down */
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 1, 0, NULL), 0);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.state, STATE_UNKNOWN);
	for (uint32_t i = 0; i < 3; i++)
		(void)monitor_pause(sim_monitor(sim), sim_now(sim), i, 0, NULL);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.state, STATE_PAUSED);
	assert_int_equal(g.totals.attempts, scenario_report(sim, 0, S).totals.attempts +
						scenario_report(sim, 1, S).totals.attempts +
						scenario_report(sim, 2, S).totals.attempts);
	scenario_end(sim);
}

TEST(test_sim_group_counts_a_target_of_many_addresses_once)
{
	static const struct sim_group groups[] = {{"wan", 1}};
	const struct addr addresses[3] = {
	    scenario_address(11), scenario_address(12), scenario_address(13)};
	struct sim_target t[2] = {scenario_target(1, S, 500 * MS), scenario_target(2, S, 500 * MS)};
	const struct sim_world world = {.targets = t, .n = 2, .groups = groups, .n_groups = 1};
	struct sim *sim;
	struct report_group g;

	t[0].group = t[1].group = "wan";
	t[0].addresses_all = true;
	t[0].host = "name.example";
	t[0].address.family = 0;
	memset(&t[0].address, 0, sizeof(t[0].address));
	sim = sim_new_world(46, &world);
	sim_resolve(sim, 0, addresses, 3, NULL);
	scenario_run(sim, 10 * S);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.members, 2);
	assert_int_equal(g.states[STATE_UP], 2);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 1, 0, NULL), 0);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &g));
	assert_int_equal(g.states[STATE_UP], 2); /* the others of it answer */
	scenario_end(sim);
}

TEST(test_sim_what_is_behind_a_dead_parent_is_suppressed)
{
	struct sim_target t[3] = {scenario_target(1, S, 500 * MS), scenario_target(2, S, 500 * MS),
	    scenario_target(3, S, 500 * MS)};
	struct sim *sim;

	t[0].name = "gateway";
	t[1].name = "switch";
	t[2].name = "host";
	t[1].depends = "gateway";
	t[2].depends = "switch";
	sim = sim_new(47, t, 3);
	scenario_run(sim, 10 * S);
	assert_null(scenario_report(sim, 2, S).suppressed_by);
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 10 * S);
	assert_string_equal(scenario_report(sim, 1, S).suppressed_by, "gateway");
	assert_string_equal(scenario_report(sim, 2, S).suppressed_by, "gateway");
	assert_null(scenario_report(sim, 0, S).suppressed_by);
	sim_set_silent(sim, 2, true);
	scenario_run(sim, 10 * S);
	assert_true(sim_last_event(sim, EVENT_STATE, "host").suppressed);
	assert_int_equal(scenario_report(sim, 2, S).state, STATE_DOWN);
	scenario_end(sim);
}

TEST(test_sim_resumed_is_unknown_until_the_first_answer)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(48, &t, 1);

	scenario_run(sim, 10 * S);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 0, 0, NULL), 0);
	scenario_run(sim, 10 * S);
	assert_int_equal(monitor_resume(sim_monitor(sim), sim_now(sim), 0), 0);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UNKNOWN);
	scenario_run(sim, 2 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 7, 0, NULL), -2);
	assert_int_equal(monitor_resume(sim_monitor(sim), sim_now(sim), 7), -2);
	scenario_end(sim);
}

TEST(test_sim_message_too_long_tells_the_mtu)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(49, &t, 1);

	sim_faults(sim)->refused_ppm = 1000000;
	sim_faults(sim)->refused_error = 90;
	scenario_run(sim, 3 * S);
	assert_string_equal(sim_last_event(sim, EVENT_SEND_FAILED, "t0").reason,
	    "message too long: 56 bytes of payload do not fit the MTU of 1400");
	sim_faults(sim)->refused_error = 101; /* another fault is another line */
	scenario_run(sim, 3 * S);
	assert_int_equal(sim_events(sim, EVENT_SEND_FAILED, "t0"), 2);
	scenario_end(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_down_and_up_again_with_reasons),
	    cmocka_unit_test(test_sim_no_alarm_at_start),
	    cmocka_unit_test(test_sim_dead_uplink_is_unknown_and_not_down),
	    cmocka_unit_test(test_sim_a_few_refused_probes_change_nothing),
	    cmocka_unit_test(test_sim_mostly_refused_is_unknown),
	    cmocka_unit_test(test_sim_alarms_hold_still_while_we_cannot_measure),
	    cmocka_unit_test(test_sim_alarm_on_unsent_is_raised_by_what_was_not_sent),
	    cmocka_unit_test(test_sim_the_worst_alarm_speaks_whatever_another_does),
	    cmocka_unit_test(test_sim_group_is_down_when_too_few_answer),
	    cmocka_unit_test(test_sim_group_counts_a_target_of_many_addresses_once),
	    cmocka_unit_test(test_sim_what_is_behind_a_dead_parent_is_suppressed),
	    cmocka_unit_test(test_sim_resumed_is_unknown_until_the_first_answer),
	    cmocka_unit_test(test_sim_message_too_long_tells_the_mtu),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
