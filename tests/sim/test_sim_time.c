/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Our own faults: packets dropped from our queue, sleep, clocks that are set, sending that was
 * interrupted. None of them is the network's.
 */
#include "scenario.h"

TEST(test_sim_queue_drops_are_unmeasured_not_lost)
{
	struct sim_target t[200];
	struct sim *sim;
	uint64_t unmeasured = 0;

	for (int i = 0; i < 200; i++)
		t[i] = scenario_target((uint8_t)i, S, 2 * S);
	sim = sim_new(8, t, 200);
	sim_faults(sim)->queue_packets = 50;
	scenario_run(sim, 5 * S);
	sim_stall_once(sim, 900 * MS);
	scenario_run(sim, 5 * S);
	for (uint32_t i = 0; i < 200; i++) {
		struct report r = scenario_report(sim, i, S);

		assert_int_equal(r.totals.lost, 0);
		assert_int_equal(r.totals.causes[LABEL_QUEUE], r.totals.unmeasured);
		unmeasured += r.totals.unmeasured;
	}
	assert_true(unmeasured > 0);
	assert_int_equal(sim_events(sim, EVENT_RX_DROPS, NULL), 1);
	scenario_end(sim);
}

TEST(test_sim_drops_concern_only_what_was_out_of_that_family)
{
	struct sim_target t[2] = {
	    scenario_target(1, 20 * S, 10 * S), scenario_target(2, 20 * S, 10 * S)};
	struct rig *rig;
	nsec_t first;

	t[1].address = scenario_address6(2);
	rig = rig_new(t, 2);
	first = rig->tx_ns[rig_next(rig)];
	(void)rig_next(rig);
	monitor_on_queue_drops(rig->m, 4, rig->now_ns, rig->now_ns + S, 1);
	monitor_on_queue_drops(rig->m, 6, first - 2 * S, first - S, 1); /* before it left */
	rig_run(rig, rig->now_ns + 11 * S);
	assert_int_equal(rig_totals(rig, 0).unmeasured, 1);
	assert_int_equal(rig_totals(rig, 1).unmeasured, 0);
	assert_int_equal(rig_totals(rig, 1).lost, 1);
	rig_run(rig, rig->now_ns + 20 * S); /* the next ones left after the drops */
	assert_int_equal(rig_totals(rig, 0).unmeasured, 1);
	assert_int_equal(rig_totals(rig, 0).lost, 1);
	rig_end(rig);
}

TEST(test_sim_answered_stays_answered_whatever_was_dropped)
{
	struct sim_target t = scenario_target(1, 10 * S, 2 * S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	rig_reply(rig, i, rig->tx_ns[i] + 5 * MS);
	monitor_on_queue_drops(rig->m, 4, rig->tx_ns[i], rig->tx_ns[i] + S, 1000);
	rig_run(rig, rig->now_ns + 3 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).unmeasured, 0);
	rig_end(rig);
}

/* Both queues overflow in every turn: the spans of each stay apart and whole. */
TEST(test_sim_long_overflow_of_both_families_blinds_no_more_than_it_lasts)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	nsec_t start = rig->now_ns, before, after;
	uint64_t lost;

	rig_run(rig, start + 5 * S); /* five are lost */
	lost = rig_totals(rig, 0).lost;
	before = rig->now_ns;
	for (nsec_t at = before; at < before + 2 * S; at += 10 * MS) {
		monitor_on_queue_drops(rig->m, 4, at, at + 10 * MS, 1);
		monitor_on_queue_drops(rig->m, 6, at, at + 10 * MS, 1);
		rig_turn(rig, at + 10 * MS);
	}
	after = rig->now_ns;
	rig_run(rig, after + 10 * S);
	assert_in_range(rig_totals(rig, 0).unmeasured, 2, 4);
	assert_in_range(rig_totals(rig, 0).lost, lost + 8, lost + 11);
	rig_end(rig);
}

TEST(test_sim_suspend_makes_no_loss_no_burst_and_no_wrong_rtt)
{
	struct sim_target t[50];
	struct sim *sim;
	struct event gap;

	for (int i = 0; i < 50; i++)
		t[i] = scenario_target((uint8_t)i, S, 2 * S);
	sim = sim_new(20, t, 50);
	sim_faults(sim)->delay_min_ns = 900 * MS;
	sim_faults(sim)->delay_max_ns = 1100 * MS;
	scenario_run(sim, 10 * S);
	sim_suspend_once(sim, 8 * NSEC_PER_HOUR);
	scenario_run(sim, 10 * S);
	for (uint32_t i = 0; i < 50; i++) {
		struct report r = scenario_report(sim, i, MINUTE);

		assert_int_equal(r.totals.lost + r.totals.unreachable, 0);
		assert_in_range(r.totals.unmeasured, 0, 2);
		assert_int_equal(r.totals.causes[LABEL_SUSPEND], r.totals.unmeasured);
		assert_in_range(r.totals.attempts, 19, 21);
		assert_true(r.windows[0].min_ns >= 900 * MS);
	}
	assert_int_equal(sim_events(sim, EVENT_INTERRUPTION, NULL), 1);
	gap = sim_last_event(sim, EVENT_INTERRUPTION, NULL);
	assert_string_equal(gap.reason, "the machine slept for 28800.0 s");
	scenario_end(sim);
}

TEST(test_sim_reply_over_a_sleep_answers_without_rtt)
{
	struct sim_target t = scenario_target(1, 20 * S, 10 * S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	monitor_on_gap(rig->m, rig->now_ns + S - NSEC_PER_HOUR, rig->now_ns + S, GAP_SUSPEND);
	rig_reply(rig, i, rig->now_ns + 2 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_status(rig).stamp_uncertain, 1);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, -1);
	rig_end(rig);
}

TEST(test_sim_ambiguous_stamp_answers_without_rtt)
{
	for (uint32_t size = 4; size <= 56; size += 52) {
		struct sim_target t = scenario_target(1, 2 * S, S);
		struct rig *rig;

		t.size_bytes = size;
		rig = rig_new(&t, 1);
		for (int k = 1; k <= 3; k++) {
			size_t i = rig_answer_next(rig, 7 * MS);
			struct packet p;

			i = rig_next(rig);
			p = packet_reply(&rig->out[i]);
			p.meta.ambiguous = true;
			rig_receive(rig, p, rig->tx_ns[i] + (k - 2) * NSEC_PER_HOUR);
			assert_int_equal(rig_totals(rig, 0).answered, 2 * k);
			assert_int_equal(rig_status(rig).stamp_uncertain, k);
			/* and not that of the one before */
			assert_int_equal(rig_report(rig, 0).last_rtt_ns, -1);
		}
		rig_end(rig);
	}
}

TEST(test_sim_clock_steps_change_no_rtt_and_no_schedule)
{
	struct sim_target t = scenario_target(1, S, 2 * S);
	struct sim *sim = sim_new(21, &t, 1);
	struct report r;

	sim_faults(sim)->step_ppm = 50000;
	scenario_run(sim, 10 * MINUTE);
	r = scenario_report(sim, 0, MINUTE);
	assert_true(sim_events(sim, EVENT_CLOCK_STEP, NULL) > 10);
	assert_in_range(r.totals.attempts, 599, 601);
	assert_int_equal(r.totals.lost, 0);
	assert_in_range(r.windows[0].max_ns, 5 * MS, 20 * MS);
	assert_int_equal(r.state, STATE_UP);
	scenario_end(sim);
}

/* SIGSTOP in the middle of a batch: nobody knows when each packet left. */
TEST(test_sim_interrupted_batch_loses_nothing_and_invents_no_rtt)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	struct probe_out out[4];
	nsec_t due = monitor_next_wake_ns(rig->m);

	for (int early = 0; early < 2; early++) { /* it left before, or after we were stopped */
		struct probe_sent sent;

		monitor_advance(rig->m, due, due);
		assert_int_equal(monitor_next_send(rig->m, due, out, 4), 1);
		sent = (struct probe_sent){
		    .number = out[0].number, .tx_ns = due + 6 * S, .tx_early_ns = due};
		monitor_on_sent(rig->m, &sent, 1);
		rig_receive(rig, packet_reply(&out[0]), due + (early ? MS : 6 * S + MS));
		rig->now_ns = due + 6 * S + 2 * MS;
		assert_int_equal(rig_totals(rig, 0).answered, early + 1);
		assert_int_equal(rig_status(rig).stamp_uncertain, early + 1);
		assert_int_equal(rig_report(rig, 0).last_rtt_ns, -1);
		due = nsec_max(monitor_next_wake_ns(rig->m), rig->now_ns);
	}
	rig_end(rig);
}

TEST(test_sim_kernel_send_stamp_makes_an_rtt_certain)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig;
	size_t i;

	t.kernel_stamps = true;
	rig = rig_new(&t, 1);
	i = rig_next(rig);
	assert_true(rig->out[i].want_tx_stamp);
	monitor_on_tx_stamp(rig->m, rig->out[i].number, rig->tx_ns[i] + 300000);
	rig_reply(rig, i, rig->tx_ns[i] + 400000);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, 100000);
	i = rig_next(rig);
	monitor_on_tx_stamp(rig->m, rig->out[i].number, rig->tx_ns[i] - S); /* nonsense */
	monitor_on_tx_stamp(rig->m, rig->out[i].number, rig->tx_ns[i] + 5 * S);
	monitor_on_tx_stamp(rig->m, rig->out[i].number + 99, rig->tx_ns[i] + 1);
	rig_reply(rig, i, rig->tx_ns[i] + 400000);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, 400000);
	rig_end(rig);
}

TEST(test_sim_a_century_wraps_nothing)
{
	struct sim_target t = scenario_target(1, NSEC_PER_HOUR, MINUTE);
	struct rig *rig;

	t.alarms = false;
	rig = rig_new(&t, 1);
	for (int year = 0; year < 100; year++) {
		size_t i;

		rig->n = 0;
		rig_turn(rig, rig->now_ns + 365 * NSEC_PER_DAY);
		i = rig_next(rig);
		rig_reply(rig, i, rig->tx_ns[i] + 3 * MS);
		assert_int_equal(rig_report(rig, 0).last_rtt_ns, 3 * MS);
	}
	assert_true(rig_totals(rig, 0).unsent > UINT64_C(8700) * 99);
	rig_end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_queue_drops_are_unmeasured_not_lost),
	    cmocka_unit_test(test_sim_drops_concern_only_what_was_out_of_that_family),
	    cmocka_unit_test(test_sim_answered_stays_answered_whatever_was_dropped),
	    cmocka_unit_test(test_sim_long_overflow_of_both_families_blinds_no_more_than_it_lasts),
	    cmocka_unit_test(test_sim_suspend_makes_no_loss_no_burst_and_no_wrong_rtt),
	    cmocka_unit_test(test_sim_reply_over_a_sleep_answers_without_rtt),
	    cmocka_unit_test(test_sim_ambiguous_stamp_answers_without_rtt),
	    cmocka_unit_test(test_sim_clock_steps_change_no_rtt_and_no_schedule),
	    cmocka_unit_test(test_sim_interrupted_batch_loses_nothing_and_invents_no_rtt),
	    cmocka_unit_test(test_sim_kernel_send_stamp_makes_an_rtt_certain),
	    cmocka_unit_test(test_sim_a_century_wraps_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
