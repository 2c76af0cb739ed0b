/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What is reported: windows exact within the ring, from the minutes beyond it, absent where neither
 * knows; the strip; the records of single probes.
 */
#include "scenario.h"

static struct sample_window
window(struct sim *sim, nsec_t window_ns)
{
	return scenario_report(sim, 0, window_ns).windows[0];
}

TEST(test_sim_window_beyond_the_ring_is_absent_without_minutes)
{
	struct sim_target t = scenario_target(1, S, S);
	struct sim *sim;

	t.alarms = false;
	t.samples = 120;
	sim = sim_new(80, &t, 1);
	scenario_run(sim, 60 * S);
	assert_true(window(sim, NSEC_PER_HOUR).complete); /* nothing was before */
	scenario_run(sim, 10 * MINUTE);
	assert_true(window(sim, MINUTE).complete);
	assert_int_equal(window(sim, MINUTE).answered, 60);
	assert_false(window(sim, NSEC_PER_HOUR).complete);
	scenario_end(sim);
}

TEST(test_sim_window_beyond_the_ring_comes_from_the_minutes)
{
	struct sim_target t = scenario_target(1, 100 * MS, S);
	struct sim *sim;
	struct report r;
	struct sample_window w;

	t.alarms = false;
	t.samples = 1; /* a minute is kept for the minutes' sake */
	t.history_minutes = 60;
	sim = sim_new(81, &t, 1);
	sim_faults(sim)->loss_ppm = 100000;
	sim_faults(sim)->stall_ppm = 3000;
	sim_faults(sim)->stall_max_ns = 5 * S;
	scenario_run(sim, 30 * MINUTE + 30 * S);
	r = scenario_report(sim, 0, NSEC_PER_HOUR);
	w = r.windows[0];
	assert_true(w.complete);
	/* every probe is in one minute: the one that it was decided in. Those of this turn count
	 * by when they were due. */
	assert_in_range(w.answered, r.totals.answered - 1, r.totals.answered);
	assert_in_range(w.lost, r.totals.lost - 1, r.totals.lost);
	assert_int_equal(w.unsent, r.totals.unsent);
	assert_in_range(w.p50_ns, 5 * MS, 20 * MS);
	scenario_run(sim, 45 * MINUTE);
	assert_true(window(sim, NSEC_PER_HOUR).complete);
	assert_false(window(sim, 70 * MINUTE).complete); /* more than is kept */
	sim_set_silent(sim, 0, true);
	scenario_run(sim, 20 * S);
	assert_true(window(sim, NSEC_PER_HOUR).lost > w.lost); /* this minute is in it */
	sim_free(sim);
}

TEST(test_sim_minutes_without_a_probe_are_no_gap)
{
	struct sim_target t = scenario_target(1, 20 * MINUTE, S);
	struct sim *sim;
	struct sample_window w;

	t.alarms = false;
	t.samples = 1;
	t.history_minutes = 24 * 60;
	sim = sim_new(82, &t, 1);
	scenario_run(sim, 20 * NSEC_PER_HOUR);
	w = window(sim, 19 * NSEC_PER_HOUR);
	assert_true(w.complete);
	assert_in_range(w.answered, 56, 58);
	scenario_end(sim);
}

TEST(test_sim_pause_is_neither_loss_nor_unsent_in_any_window)
{
	struct sim_target t = scenario_target(1, S, S);
	struct sim *sim;

	t.samples = 181;
	t.history_minutes = 60;
	sim = sim_new(83, &t, 1);
	scenario_run(sim, 5 * MINUTE);
	assert_int_equal(monitor_pause(sim_monitor(sim), sim_now(sim), 0, 0, NULL), 0);
	scenario_run(sim, 20 * MINUTE);
	assert_int_equal(window(sim, 10 * MINUTE).sent, 0);
	assert_int_equal(window(sim, 10 * MINUTE).unsent, 0);
	assert_true(window(sim, 10 * MINUTE).complete);
	assert_in_range(window(sim, 30 * MINUTE).answered, 298, 301);
	assert_int_equal(monitor_resume(sim_monitor(sim), sim_now(sim), 0), 0);
	scenario_run(sim, MINUTE);
	assert_in_range(window(sim, 2 * MINUTE).answered, 59, 61);
	scenario_end(sim);
}

TEST(test_sim_strip_takes_from_the_minutes_what_the_ring_lacks)
{
	struct sim_target t = scenario_target(1, S, S);
	struct sim *sim;
	struct report r;

	t.samples = 181;
	t.history_minutes = 60;
	sim = sim_new(84, &t, 1);
	scenario_run(sim, 20 * MINUTE);
	assert_true(monitor_report(sim_monitor(sim), sim_now(sim), 0, NULL, 0, REPORT_STRIP, &r));
	for (int i = 0; i < REPORT_COLUMNS; i++) {
		assert_in_range(r.strip[i].answered, 53, 60);
		assert_int_equal(r.strip[i].lost, 0);
		assert_in_range(r.strip[i].p50_ns, 5 * MS, 20 * MS);
	}
	scenario_end(sim);
}

TEST(test_sim_records_tell_every_probe)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig;
	struct report_probe probes[8];
	struct addr none = {0};
	size_t i;

	t.detail = 5;
	rig = rig_new(&t, 1);
	(void)rig_answer_next(rig, 7 * MS);
	(void)rig_next(rig); /* lost */
	rig_run(rig, rig->now_ns + 600 * MS);
	rig->refuse = 101;
	(void)rig_next(rig);
	rig->refuse = 0;
	i = rig_next(rig);
	rig_receive(rig, packet_error(&rig->out[i], 3, 1, 64), rig->tx_ns[i] + MS);
	rig_run(rig, rig->now_ns + 600 * MS);
	(void)rig_next(rig);
	assert_int_equal(monitor_report_probes(rig->m, rig->now_ns, 0, 8, probes), 5);
	assert_int_equal(probes[0].outcome, OUTCOME_ANSWERED);
	assert_int_equal(probes[0].rtt_ns, 7 * MS);
	assert_int_equal(probes[0].ttl, 60);
	assert_int_equal(probes[1].outcome, OUTCOME_LOST);
	assert_int_equal(probes[1].cause.kind, CAUSE_TIMEOUT);
	assert_int_equal(probes[2].outcome, OUTCOME_UNSENT);
	assert_int_equal(probes[2].cause.error, 101);
	assert_int_equal(probes[3].outcome, OUTCOME_UNREACHABLE);
	assert_false(addr_equal(&probes[3].cause.from, &none));
	assert_int_equal(probes[4].outcome, OUTCOME_IN_FLIGHT);
	assert_true(probes[1].sent_wall_ns - probes[0].sent_wall_ns > 900 * MS);
	(void)rig_answer_next(rig, 7 * MS); /* the first falls out */
	assert_int_equal(monitor_report_probes(rig->m, rig->now_ns, 0, 2, probes), 2);
	assert_int_equal(probes[1].outcome, OUTCOME_ANSWERED);
	rig_end(rig);
}

/* The largest ring of records has more slots than a flight can name. */
TEST(test_sim_records_of_a_very_large_ring_are_followed)
{
	struct sim_target t = scenario_target(1, 10 * MS, 100 * MS);
	struct rig *rig;
	struct report_probe probes[2];

	t.alarms = false;
	t.samples = 1;
	t.detail = 70000;
	rig = rig_new(&t, 1);
	for (uint32_t k = 0; k < 70001; k++) {
		rig->n = 0;
		(void)rig_answer_next(rig, MS);
		if (k < 65534 && k > 3)
			continue;
		assert_int_equal(
		    monitor_report_probes(rig->m, rig->now_ns, 0, 2, probes), k > 0 ? 2 : 1);
		assert_int_equal(probes[k > 0].outcome, OUTCOME_ANSWERED);
	}
	rig_end(rig);
}

TEST(test_sim_status_knows_rate_and_states)
{
	struct sim_target t[3] = {
	    scenario_target(1, S, S), scenario_target(2, 100 * MS, S), scenario_target(3, S, S)};
	struct sim *sim;
	struct report_status status;

	t[2].paused = true;
	sim = sim_new(85, t, 3);
	scenario_run(sim, 10 * S);
	monitor_report_status(sim_monitor(sim), sim_now(sim), &status);
	assert_in_range((int)(status.probes_per_s * 10 + 0.5), 110, 110);
	assert_int_equal(status.targets_total, 3);
	assert_int_equal(status.states[STATE_UP], 2);
	assert_int_equal(status.states[STATE_PAUSED], 1);
	assert_true(status.lag_count > 0 && status.lag_max_ns <= MS);
	sim_stall_once(sim, 3 * S);
	scenario_run(sim, 10 * S);
	monitor_report_status(sim_monitor(sim), sim_now(sim), &status);
	assert_in_range(status.lag_max_ns, 3 * S, 3 * S + MS);
	scenario_end(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_window_beyond_the_ring_is_absent_without_minutes),
	    cmocka_unit_test(test_sim_window_beyond_the_ring_comes_from_the_minutes),
	    cmocka_unit_test(test_sim_minutes_without_a_probe_are_no_gap),
	    cmocka_unit_test(test_sim_pause_is_neither_loss_nor_unsent_in_any_window),
	    cmocka_unit_test(test_sim_strip_takes_from_the_minutes_what_the_ring_lacks),
	    cmocka_unit_test(test_sim_records_tell_every_probe),
	    cmocka_unit_test(test_sim_records_of_a_very_large_ring_are_followed),
	    cmocka_unit_test(test_sim_status_knows_rate_and_states),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
