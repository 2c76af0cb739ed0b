/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The test for a stuck flow: a path that no longer passes one of our ids, though it would another.
 */
#include "scenario.h"

static uint64_t
extra(struct sim *sim, enum outcome outcome)
{
	struct report_status status;

	monitor_report_status(sim_monitor(sim), sim_now(sim), &status);
	return status.extra_by_kind[PROBE_FLOWTEST][outcome];
}

TEST(test_sim_stuck_flow_is_told_and_not_down)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(30, &t, 1);
	struct report r;

	scenario_run(sim, 10 * S);
	sim_set_stuck_id(sim, 0, SIM_ID_FIRST);
	scenario_run(sim, 20 * S);
	r = scenario_report(sim, 0, S);
	assert_int_not_equal(r.state, STATE_DOWN);
	assert_int_equal(sim_events(sim, EVENT_STUCK_FLOW, "t0"), 1);
	for (uint64_t id = 1; id <= r.last_event; id++) { /* neither then nor in between */
		const struct event *event =
		    event_journal_get(monitor_journal(sim_monitor(sim)), id);

		assert_string_not_equal(event->alarm, "down");
	}
	assert_non_null(strstr(sim_last_event(sim, EVENT_STUCK_FLOW, "t0").reason,
	    "probes with ICMP id 19008 had no answer, one with id 19024 had"));
	assert_int_equal(extra(sim, OUTCOME_ANSWERED), 1);
	assert_int_equal(r.totals.extra, 1);
	assert_true(r.totals.lost >= 3);
	assert_int_equal(r.last_outcome, OUTCOME_ANSWERED); /* it keeps the new id */
	scenario_run(sim, 10 * MINUTE);
	assert_int_equal(sim_events(sim, EVENT_STUCK_FLOW, NULL), 1);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	scenario_end(sim);
}

TEST(test_sim_flow_that_is_stuck_again_goes_back)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(31, &t, 1);

	sim_set_stuck_id(sim, 0, SIM_ID_FIRST);
	scenario_run(sim, 20 * S);
	sim_set_stuck_id(sim, 0, SIM_ID_FIRST + SETTINGS_FLOWS_MAX);
	scenario_run(sim, 20 * S);
	assert_int_equal(sim_events(sim, EVENT_STUCK_FLOW, "t0"), 2);
	assert_int_equal(scenario_report(sim, 0, S).last_outcome, OUTCOME_ANSWERED);
	scenario_end(sim);
}

TEST(test_sim_dead_target_is_down_at_most_a_timeout_later)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(32, &t, 1);
	struct event down;
	nsec_t silent;

	scenario_run(sim, 10 * S);
	silent = sim_now(sim);
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 120 * S);
	down = sim_last_event(sim, EVENT_STATE, "t0");
	assert_int_equal(down.state, STATE_DOWN);
	/* five are lost at most 5 intervals and a timeout on; the test left with the third */
	assert_in_range(down.at_ns - silent, 5 * S, 3 * S + 2 * S + 2 * S + 200 * MS);
	assert_int_equal(extra(sim, OUTCOME_LOST), 3); /* after 3, 20 and 100 */
	assert_int_equal(extra(sim, OUTCOME_ANSWERED), 0);
	assert_int_equal(sim_events(sim, EVENT_STUCK_FLOW, NULL), 0);
	assert_int_equal(scenario_report(sim, 0, S).totals.extra, 3);
	scenario_end(sim);
}

TEST(test_sim_down_waits_for_the_verdict)
{
	static const struct sim_alarm alarms[] = {{"down", "loss == 100% over 3 probes",
	    "loss < 50% over 5 probes", SETTINGS_STATE_DOWN}};
	struct sim_target t = scenario_target(1, S, 3 * S);
	const struct sim_world world = {.targets = &t, .n = 1, .alarms = alarms, .n_alarms = 1};
	struct rig *rig = rig_new_world(&world);
	nsec_t third;

	(void)rig_next(rig);
	(void)rig_next(rig);
	third = rig->tx_ns[rig_next(rig)] + 3 * S;
	rig_run(rig, third + 200 * MS); /* three are lost, the test is out */
	assert_int_equal(rig_totals(rig, 0).lost, 3);
	assert_int_equal(rig_report(rig, 0).state, STATE_UNKNOWN);
	rig_run(rig, third + 3 * S - 100 * MS);
	assert_int_equal(rig_report(rig, 0).state, STATE_UNKNOWN);
	rig_run(rig, third + 3 * S + 300 * MS);
	assert_int_equal(rig_report(rig, 0).state, STATE_DOWN);
	rig_end(rig);
}

/* The outage ends between the last regular probe and the test: both ids work. */
TEST(test_sim_target_that_came_back_is_not_called_stuck)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct rig *rig = rig_new(&t, 1);
	uint32_t tests = 0;

	while (tests == 0) {
		size_t i = rig_next(rig);

		if (rig->out[i].kind == PROBE_FLOWTEST) {
			rig_reply(rig, i, rig->now_ns + 5 * MS);
			tests++;
		}
	}
	for (int k = 0; k < 10; k++) {
		size_t i = rig_next(rig);

		assert_int_equal(rig->out[i].kind, PROBE_REGULAR);
		rig_reply(rig, i, rig->now_ns + 5 * MS);
	}
	assert_int_equal(rig_events(rig, EVENT_STUCK_FLOW, NULL), 0);
	assert_int_equal(rig->out[rig->n - 1].head[5], SIM_ID_FIRST & 0xff);
	assert_int_equal(rig_report(rig, 0).state, STATE_UP);
	rig_end(rig);
}

TEST(test_sim_one_of_several_flows_is_stuck_alone)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim;
	uint64_t lost;

	t.flows = 4;
	sim = sim_new(33, &t, 1);
	scenario_run(sim, 10 * S);
	sim_set_stuck_id(sim, 0, SIM_ID_FIRST + 2);
	scenario_run(sim, 30 * S);
	assert_int_equal(sim_events(sim, EVENT_STUCK_FLOW, "t0"), 1);
	lost = scenario_report(sim, 0, S).totals.lost;
	assert_in_range(lost, 3, 5);
	scenario_run(sim, 30 * S);
	assert_int_equal(scenario_report(sim, 0, S).totals.lost, lost);
	scenario_end(sim);
}

TEST(test_sim_extra_probes_enter_no_total_and_no_window)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct sim *sim = sim_new(34, &t, 1);
	struct report r;

	sim_set_silent(sim, 0, true);
	scenario_run(sim, 30 * S);
	r = scenario_report(sim, 0, MINUTE);
	assert_int_equal(r.totals.extra, 2);
	assert_in_range(r.totals.attempts, 29, 31);
	assert_in_range(r.windows[0].sent, 28, 30);
	assert_int_equal(r.windows[0].sent, r.windows[0].lost);
	scenario_end(sim);
}

TEST(test_sim_no_test_where_the_kernel_chooses_the_id)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);
	struct packet p = packet_reply(&rig->out[i]);

	p.meta.path = RX_DGRAM;
	memmove(p.bytes, packet_icmp(&p), p.len - 20);
	p.len -= 20;
	p.meta.full_bytes = p.len;
	p.meta.rx_ns = rig->now_ns + MS;
	monitor_on_datagram(rig->m, &p.meta, p.bytes, p.len);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_run(rig, rig->now_ns + 30 * S);
	assert_int_equal(rig_totals(rig, 0).extra, 0);
	assert_int_equal(rig_report(rig, 0).state, STATE_DOWN);
	rig_end(rig);
}

TEST(test_sim_refused_test_lets_down_go_on)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	struct report_status status;

	while (rig_totals(rig, 0).lost < 2)
		(void)rig_next(rig);
	rig_run(rig, rig->tx_ns[rig->n - 1] + 400 * MS);
	rig->refuse = 105;
	rig_run(rig, rig->tx_ns[rig->n - 1] + 700 * MS); /* the third is lost, its test refused */
	rig->refuse = 0;
	monitor_report_status(rig->m, rig->now_ns, &status);
	assert_int_equal(status.extra_by_kind[PROBE_FLOWTEST][OUTCOME_UNSENT], 1);
	rig_run(rig, rig->now_ns + 4 * S);
	assert_int_equal(rig_report(rig, 0).state, STATE_DOWN);
	rig_end(rig);
}

TEST(test_sim_test_and_kept_id_survive_a_reload)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = 0;

	while (rig->n == 0 || rig->out[rig->n - 1].kind != PROBE_FLOWTEST)
		i = rig_next(rig);
	rig_reload(rig, &t, 1);
	rig_reply(rig, i, rig->tx_ns[i] + MS);
	rig_run(rig, rig->tx_ns[i] + 2 * S + 200 * MS);
	assert_int_equal(rig_events(rig, EVENT_STUCK_FLOW, NULL), 1);
	rig_reload(rig, &t, 1);
	i = rig_next(rig);
	assert_int_equal(rig->out[i].head[5], (SIM_ID_FIRST & 0xff) + SETTINGS_FLOWS_MAX);
	rig_reply(rig, i, rig->now_ns + MS);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_end(rig);
}

TEST(test_sim_everything_down_at_once_is_tested_without_a_burst)
{
	struct sim_target t[200];
	struct sim *sim;
	struct report_status status;

	for (int i = 0; i < 200; i++)
		t[i] = scenario_target((uint8_t)i, S, 500 * MS);
	sim = sim_new(35, t, 200);
	scenario_run(sim, 5 * S);
	for (uint32_t i = 0; i < 200; i++)
		sim_set_silent(sim, i, true);
	scenario_run(sim, 10 * S);
	monitor_report_status(sim_monitor(sim), sim_now(sim), &status);
	assert_int_equal(status.extra_by_kind[PROBE_FLOWTEST][OUTCOME_LOST], 200);
	assert_int_equal(status.states[STATE_DOWN], 200);
	for (uint32_t i = 0; i < 200; i++)
		assert_in_range(scenario_report(sim, i, S).totals.attempts, 14, 16);
	scenario_end(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_stuck_flow_is_told_and_not_down),
	    cmocka_unit_test(test_sim_flow_that_is_stuck_again_goes_back),
	    cmocka_unit_test(test_sim_dead_target_is_down_at_most_a_timeout_later),
	    cmocka_unit_test(test_sim_down_waits_for_the_verdict),
	    cmocka_unit_test(test_sim_target_that_came_back_is_not_called_stuck),
	    cmocka_unit_test(test_sim_one_of_several_flows_is_stuck_alone),
	    cmocka_unit_test(test_sim_extra_probes_enter_no_total_and_no_window),
	    cmocka_unit_test(test_sim_no_test_where_the_kernel_chooses_the_id),
	    cmocka_unit_test(test_sim_refused_test_lets_down_go_on),
	    cmocka_unit_test(test_sim_test_and_kept_id_survive_a_reload),
	    cmocka_unit_test(test_sim_everything_down_at_once_is_tested_without_a_burst),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
