/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Reloads: what goes on goes on to the packet, what changed changes, and nothing else is said.
 */
#include "scenario.h"

TEST(test_sim_reload_keeps_counters_flights_and_state)
{
	struct sim_target t[3] = {scenario_target(1, S, 2 * S), scenario_target(2, S, 2 * S),
	    scenario_target(3, S, 2 * S)};
	struct sim *sim;
	struct report before, after;

	t[0].name = "a";
	t[1].name = "b";
	t[2].name = "c";
	sim = sim_new(9, t, 2);
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 1500 * MS;
	scenario_run(sim, 20 * S);
	before = scenario_report(sim, 1, MINUTE);
	assert_true(before.totals.in_flight > 0);
	sim_reload(sim, t + 1, 2);
	after = scenario_report(sim, 0, MINUTE);
	assert_string_equal(after.name, "b");
	assert_memory_equal(&before.totals, &after.totals, sizeof(after.totals));
	assert_memory_equal(&before.windows[0], &after.windows[0], sizeof(after.windows[0]));
	assert_int_equal(after.state, STATE_UP);
	assert_int_equal(after.since_wall_ns, before.since_wall_ns);
	scenario_run(sim, 20 * S);
	after = scenario_report(sim, 0, MINUTE);
	assert_int_equal(after.totals.lost + after.totals.unmeasured, 0);
	assert_in_range(after.totals.attempts, 39, 41);
	assert_int_equal(scenario_report(sim, 1, S).state, STATE_UP);
	assert_int_equal(sim_events(sim, EVENT_STATE, "b"), 1);
	scenario_end(sim);
}

TEST(test_sim_late_reply_after_a_reload_is_late)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig;
	size_t i;

	for (uint32_t size = 4; size <= 56; size += 52) {
		t.size_bytes = size;
		rig = rig_new(&t, 1);
		i = rig_next(rig);
		rig_run(rig, rig->tx_ns[i] + 3 * S);
		t.detail = t.detail == 64 ? 7 : 64;
		rig_reload(rig, &t, 1);
		rig_reply(rig, i, rig->tx_ns[i] + 3 * S);
		assert_int_equal(rig_totals(rig, 0).late, 1);
		rig_reply(rig, i, rig->tx_ns[i] + 3 * S);
		assert_int_equal(rig_totals(rig, 0).duplicates, 1);
		assert_true(
		    rig_record(rig, 0, (uint16_t)(rig->out[i].head[6] << 8 | rig->out[i].head[7]))
			.late);
		rig_end(rig);
	}
}

TEST(test_sim_probe_keeps_its_size_over_a_reload)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig;
	size_t i;

	for (int way = 0; way < 2; way++) {
		t.size_bytes = way ? 8 : 64;
		rig = rig_new(&t, 1);
		i = rig_next(rig);
		t.size_bytes = way ? 64 : 8;
		rig_reload(rig, &t, 1);
		rig_receive(rig, packet_error(&rig->out[i], 3, 1, 8), rig->now_ns + MS);
		assert_true(rig_report(rig, 0).last_error.present);
		rig_reply(rig, i, rig->tx_ns[i] + 500 * MS);
		assert_int_equal(rig_totals(rig, 0).answered, 1);
		rig_end(rig);
	}
}

TEST(test_sim_flights_that_find_no_place_are_unmeasured)
{
	struct sim_target t = scenario_target(1, 10 * MS, MINUTE);
	struct rig *rig;
	struct totals totals;
	char why[256];

	t.alarms = false;
	t.samples = 1;
	rig = rig_new(&t, 1);
	rig_run(rig, rig->now_ns + 30 * S);
	assert_int_equal(rig_totals(rig, 0).in_flight, 3000);
	t.interval_ns = 10 * S; /* whose table holds a thousand */
	t.timeout_ns = S;
	rig_reload(rig, &t, 1);
	totals = rig_totals(rig, 0);
	assert_true(totals.unmeasured > 0);
	assert_int_equal(totals.causes[LABEL_RESTART], totals.unmeasured);
	assert_int_equal(totals.sent, 3000);
	assert_true(monitor_check(rig->m, true, why, sizeof(why)));
	rig_end(rig);
}

/* Windows are by time: what was measured at another interval stays where it was. */
TEST(test_sim_another_interval_keeps_the_newest_samples_in_their_place)
{
	static const nsec_t intervals[] = {S, 10 * S, 200 * MS, 3 * S, 500 * MS};
	struct sim_target t = scenario_target(1, 500 * MS, 400 * MS);
	struct sim *sim;

	t.samples = 1000;
	sim = sim_new(70, &t, 1);
	for (int k = 0; k < 5; k++) {
		struct report before, after;
		uint64_t newest;
		nsec_t start;

		scenario_run(sim, 60 * S);
		before = scenario_report(sim, 0, 2 * MINUTE);
		newest = scenario_report(sim, 0, 25 * S).windows[0].answered;
		start = sim_now(sim);
		t.interval_ns = intervals[k];
		sim_reload(sim, &t, 1);
		after = scenario_report(sim, 0, 2 * MINUTE);
		assert_int_equal(after.windows[0].answered, before.windows[0].answered);
		assert_int_equal(after.totals.answered, before.totals.answered);
		scenario_run(sim, 30 * S);
		/* all that came since, and nothing of what was before */
		after = scenario_report(sim, 0, sim_now(sim) - start);
		assert_in_range(after.windows[0].answered,
		    after.totals.answered - before.totals.answered - 1,
		    after.totals.answered - before.totals.answered);
		newest += after.totals.answered - before.totals.answered;
		after = scenario_report(sim, 0, sim_now(sim) - start + 25 * S);
		assert_in_range(after.windows[0].answered, newest - 1, newest + 1);
	}
	assert_int_equal(scenario_report(sim, 0, S).totals.unsent, 0);
	scenario_end(sim);
}

TEST(test_sim_alarms_go_on_over_a_reload)
{
	static const struct sim_alarm before[] = {
	    {"loss", "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED}};
	static const struct sim_alarm changed[] = {
	    {"loss", "loss > 20% over 1m", "loss < 10% over 1m", SETTINGS_STATE_DEGRADED}};
	static const struct sim_alarm other[] = {
	    {"slow", "p95 > 5s over 1m", "p95 < 1s over 1m", SETTINGS_STATE_DEGRADED}};
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim_world world = {.targets = &t, .n = 1, .alarms = before, .n_alarms = 1};
	struct sim *sim = sim_new_world(71, &world);

	scenario_run(sim, 70 * S);
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 10 * S);
	sim_set_silent(sim, 0, false);
	scenario_run(sim, 10 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DEGRADED);
	sim_reload_world(sim, &world); /* nothing changed */
	scenario_run(sim, 3 * S);
	assert_true(scenario_report(sim, 0, S).alarms[0].active);
	world.alarms = changed; /* the same alarm, other limits: it is for them to clear it */
	sim_reload_world(sim, &world);
	assert_true(scenario_report(sim, 0, S).alarms[0].active);
	assert_int_equal(sim_events(sim, EVENT_ALARM_CLEARED, NULL), 0);
	scenario_run(sim, 60 * S);
	assert_int_equal(sim_events(sim, EVENT_ALARM_CLEARED, "t0"), 1);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 30 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_DEGRADED);
	world.alarms = other; /* nobody is left to clear it */
	sim_reload_world(sim, &world);
	scenario_run(sim, S);
	assert_int_equal(sim_events(sim, EVENT_ALARM_CLEARED, "t0"), 2);
	assert_string_equal(sim_last_event(sim, EVENT_ALARM_CLEARED, "t0").reason,
	    "the alarm is no longer configured");
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UNKNOWN);
	scenario_end(sim);
}

TEST(test_sim_no_alarm_by_a_reload)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(72, &t, 1);

	scenario_run(sim, MINUTE);
	for (int k = 0; k < 20; k++) {
		t.interval_ns = k % 2 ? S : 300 * MS;
		t.timeout_ns = k % 3 ? 500 * MS : 5 * S;
		t.samples = k % 4 ? 700 : 900;
		sim_reload(sim, &t, 1);
		scenario_run(sim, 20 * S);
	}
	assert_int_equal(sim_events(sim, EVENT_STATE, NULL), 1);
	assert_int_equal(sim_events(sim, EVENT_ALARM_RAISED, NULL), 0);
	scenario_end(sim);
}

TEST(test_sim_pause_lasts_over_a_reload)
{
	struct sim_target t[2] = {scenario_target(1, S, 500 * MS), scenario_target(2, 50 * MS, S)};
	struct sim *sim = sim_new(73, t, 2);
	nsec_t start;

	scenario_run(sim, 10 * S);
	start = sim_now(sim);
	assert_int_equal(monitor_pause(sim_monitor(sim), start, 0, 20 * S, "work"), 0);
	while (sim_now(sim) < start + 18 * S) { /* more often than the housekeeping */
		scenario_run(sim, 1);
		sim_reload(sim, t, 2);
	}
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_PAUSED);
	assert_string_equal(scenario_report(sim, 0, S).reason, "paused: work");
	while (sim_now(sim) < start + 23 * S) {
		scenario_run(sim, 1);
		sim_reload(sim, t, 2);
	}
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	t[0].paused = true; /* the configuration pauses, and ends that */
	sim_reload(sim, t, 2);
	scenario_run(sim, 5 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_PAUSED);
	assert_string_equal(scenario_report(sim, 0, S).reason, "paused by the configuration");
	t[0].paused = false;
	sim_reload(sim, t, 2);
	scenario_run(sim, 3 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 0, 0, NULL), 0);
	sim_reload(sim, t, 2); /* of a pause by command the configuration knows nothing */
	scenario_run(sim, 3 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_PAUSED);
	scenario_end(sim);
}

static void
check_reload(struct sim *sim, uint32_t added, uint32_t removed, uint32_t changed)
{
	struct event event;

	scenario_run(sim, S);
	event = sim_last_event(sim, EVENT_RELOAD, NULL);
	assert_int_equal(event.added, added);
	assert_int_equal(event.removed, removed);
	assert_int_equal(event.changed, changed);
}

TEST(test_sim_reload_tells_what_changed)
{
	static const struct sim_group groups[] = {{"wan", 0}};
	struct sim_target t[3] = {
	    scenario_target(1, S, S), scenario_target(2, S, S), scenario_target(3, S, S)};
	struct sim_world world = {.targets = t, .n = 2, .groups = groups, .n_groups = 1};
	struct sim *sim;

	t[0].name = "a";
	t[1].name = "b";
	t[2].name = "c";
	sim = sim_new_world(74, &world);
	sim_reload_world(sim, &world);
	check_reload(sim, 0, 0, 0);
	world.n = 3;
	sim_reload_world(sim, &world);
	check_reload(sim, 1, 0, 0);
	t[0].group = "wan";
	t[1].depends = "a";
	t[2].allow_special = true;
	sim_reload_world(sim, &world);
	check_reload(sim, 0, 0, 3);
	t[2].address = scenario_address(9); /* the host: measured anew under the old name */
	sim_reload_world(sim, &world);
	check_reload(sim, 0, 0, 1);
	assert_in_range(scenario_report(sim, 2, S).totals.attempts, 1, 2);
	t[1].name = "d";
	sim_reload_world(sim, &world);
	check_reload(sim, 1, 1, 0);
	monitor_note_reload_failed(sim_monitor(sim), sim_now(sim), "x.conf:3: nonsense");
	scenario_run(sim, S);
	assert_int_equal(sim_last_event(sim, EVENT_RELOAD, NULL).ok, 0);
	scenario_end(sim);
}

TEST(test_sim_sums_of_all_and_of_groups_hold_what_was_removed)
{
	static const struct sim_group groups[] = {{"red", 0}, {"blue", 0}};
	struct sim_target t[3] = {
	    scenario_target(1, S, S), scenario_target(2, S, S), scenario_target(3, S, S)};
	struct sim_world world = {.targets = t, .n = 3, .groups = groups, .n_groups = 2};
	struct sim *sim;
	struct report_status before, after;
	struct report_group red, blue;
	uint64_t moved;

	t[0].name = "a";
	t[1].name = "b";
	t[2].name = "c";
	t[0].group = t[1].group = "red";
	t[2].group = "blue";
	sim = sim_new_world(75, &world);
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 900 * MS;
	scenario_run(sim, 20 * S);
	monitor_report_status(sim_monitor(sim), sim_now(sim), &before);
	moved = scenario_report(sim, 1, S).totals.attempts;
	t[0] = t[1]; /* "a" goes, "b" moves to blue */
	t[0].group = "blue";
	t[1] = t[2];
	world.n = 2;
	sim_reload_world(sim, &world);
	monitor_report_status(sim_monitor(sim), sim_now(sim), &after);
	assert_int_equal(after.probes.attempts, before.probes.attempts);
	assert_int_equal(after.probes.answered, before.probes.answered);
	assert_in_range(after.probes.unmeasured, 0, 1); /* what "a" had in flight */
	assert_int_equal(after.probes.in_flight + after.probes.unmeasured, before.probes.in_flight);
	assert_true(monitor_report_group(sim_monitor(sim), 0, &red));
	assert_true(monitor_report_group(sim_monitor(sim), 1, &blue));
	assert_int_equal(red.members, 0);
	assert_int_equal(blue.members, 2);
	assert_int_equal(red.totals.attempts + blue.totals.attempts, before.probes.attempts);
	assert_true(blue.totals.attempts >= moved);
	assert_int_equal(blue.totals.attempts, scenario_report(sim, 0, S).totals.attempts +
						   scenario_report(sim, 1, S).totals.attempts);
	scenario_end(sim);
}

TEST(test_sim_many_reloads_do_not_drift)
{
	struct sim_target t[20];
	struct sim *sim;
	nsec_t start;
	uint64_t due;

	for (int i = 0; i < 20; i++)
		t[i] = scenario_target((uint8_t)i, S, 2 * S);
	sim = sim_new(76, t, 20);
	start = sim_now(sim);
	for (int k = 0; k < 400; k++) {
		scenario_run(sim, 150 * MS);
		sim_reload(sim, t, 20);
	}
	scenario_run(sim, NSEC_PER_MIN);
	due = (uint64_t)((sim_now(sim) - start) / S);
	for (uint32_t i = 0; i < 20; i++) {
		struct report r = scenario_report(sim, i, S);

		assert_in_range(r.totals.attempts, due - 1, due + 1);
		assert_int_equal(r.totals.lost + r.totals.unmeasured + r.totals.unsent, 0);
		assert_int_equal(r.state, STATE_UP);
	}
	scenario_end(sim);
}

/* The first by name is not the one that counted the sequences before. */
TEST(test_sim_sequences_go_on_over_a_reload)
{
	struct sim_target t[3] = {scenario_target(1, S, 5 * S), scenario_target(1, S, 5 * S),
	    scenario_target(1, S, 5 * S)};
	struct sim_target turned[3];
	struct rig *rig;
	uint16_t seq;
	size_t n;

	t[0].name = "a";
	t[1].name = "b";
	t[2].name = "c";
	rig = rig_new(t, 3);
	rig_run(rig, rig->now_ns + 5 * S);
	for (int k = 1; k < 10; k++) {
		seq = (uint16_t)(rig->out[rig->n - 1].head[6] << 8 | rig->out[rig->n - 1].head[7]);
		for (int i = 0; i < 3; i++)
			turned[i] = t[(i + k) % 3];
		rig_reload(rig, turned, 2);
		n = rig->n;
		(void)rig_next(rig);
		assert_int_equal(
		    rig->out[n].head[6] << 8 | rig->out[n].head[7], (uint16_t)(seq + 1));
	}
	rig_end(rig);
}

TEST(test_sim_no_sequence_is_used_twice_over_reloads)
{
	struct sim_target t[3] = {scenario_target(1, S, 5 * S), scenario_target(1, S, 5 * S),
	    scenario_target(1, S, 5 * S)};
	struct sim_target turned[3];
	struct sim *sim;

	t[0].name = "a";
	t[1].name = "b";
	t[2].name = "c";
	sim = sim_new(77, t, 3);
	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 4 * S;
	scenario_run(sim, 10 * S);
	for (int k = 0; k < 30; k++) {
		for (int i = 0; i < 3; i++)
			turned[i] = t[(i + k) % 3];
		sim_reload(sim, turned, k % 2 ? 3 : 2);
		scenario_run(sim, 900 * MS); /* the account knows of no sequence used twice */
	}
	scenario_end(sim);
}

/* So many probes leave that slots are used again while one without a number is still out. */
TEST(test_sim_old_probe_is_found_behind_those_decided_before_a_reload)
{
	struct sim_target *t = calloc(201, sizeof(*t));
	struct rig *rig;
	size_t old = SIZE_MAX;
	nsec_t tx_ns = 0, end;

	for (int i = 0; i < 201; i++) {
		t[i] = scenario_target((uint8_t)i, 10 * MS, 10 * MS);
		t[i].alarms = false;
		t[i].detail = 0;
		t[i].samples = 1;
	}
	t[200].size_bytes = 4;
	t[200].interval_ns = S;
	t[200].timeout_ns = 20 * S;
	rig = rig_new(t, 201);
	rig->quiet = true;
	while (old == SIZE_MAX) {
		size_t i;

		rig->n = 0;
		i = rig_next(rig);
		for (size_t k = 0; k <= i; k++)
			old = rig->out[k].target == 200 ? k : old;
	}
	rig->out[RIG_OUT_MAX - 1] = rig->out[old];
	tx_ns = rig->tx_ns[old];
	end = tx_ns + 19 * S;
	rig->n = 0;
	while (rig->now_ns < tx_ns + 1100 * MS) { /* the next one of it is answered */
		if (rig->n > RIG_OUT_MAX / 2)
			rig->n = 0;
		(void)rig_answer_next(rig, MS);
	}
	assert_int_equal(rig_totals(rig, 200).answered, 1);
	rig_reload(rig, t, 201);
	while (rig->now_ns < end) {
		if (rig->n > RIG_OUT_MAX / 2)
			rig->n = 0;
		(void)rig_next(rig);
	}
	rig_reply(rig, RIG_OUT_MAX - 1, end);
	assert_int_equal(rig_totals(rig, 200).answered, 2);
	rig_free(rig);
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_reload_keeps_counters_flights_and_state),
	    cmocka_unit_test(test_sim_late_reply_after_a_reload_is_late),
	    cmocka_unit_test(test_sim_probe_keeps_its_size_over_a_reload),
	    cmocka_unit_test(test_sim_flights_that_find_no_place_are_unmeasured),
	    cmocka_unit_test(test_sim_another_interval_keeps_the_newest_samples_in_their_place),
	    cmocka_unit_test(test_sim_alarms_go_on_over_a_reload),
	    cmocka_unit_test(test_sim_no_alarm_by_a_reload),
	    cmocka_unit_test(test_sim_pause_lasts_over_a_reload),
	    cmocka_unit_test(test_sim_reload_tells_what_changed),
	    cmocka_unit_test(test_sim_sums_of_all_and_of_groups_hold_what_was_removed),
	    cmocka_unit_test(test_sim_many_reloads_do_not_drift),
	    cmocka_unit_test(test_sim_sequences_go_on_over_a_reload),
	    cmocka_unit_test(test_sim_no_sequence_is_used_twice_over_reloads),
	    cmocka_unit_test(test_sim_old_probe_is_found_behind_those_decided_before_a_reload),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
