/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Attempts that the kernel has no room for: they wait, and are never a loss (catalogue S1, S6).
 */
#include "core/monitor_internal.h"
#include "scenario.h"

enum { TRY_AGAIN = 11, NO_BUFFER_SPACE = 105 };

/* How often the engine offers probes, while all of them are refused, until then. */
static unsigned
offers_refused(struct rig *rig, int error, nsec_t until_ns)
{
	struct probe_out out[PROBE_BATCH_MAX];
	struct probe_sent sent[PROBE_BATCH_MAX];
	unsigned offers = 0;
	char why[256];
	size_t n;

	while (monitor_next_wake_ns(rig->m) < until_ns) {
		rig->now_ns = nsec_max(monitor_next_wake_ns(rig->m), rig->now_ns);
		monitor_advance(rig->m, rig->now_ns, rig->now_ns);
		while ((n = monitor_next_send(rig->m, rig->now_ns, out, PROBE_BATCH_MAX)) > 0) {
			for (size_t i = 0; i < n; i++)
				sent[i] = (struct probe_sent){.number = out[i].number,
				    .tx_ns = rig->now_ns,
				    .tx_early_ns = rig->now_ns,
				    .error = -error};
			monitor_on_sent(rig->m, sent, n);
			offers += (unsigned)n;
		}
		if (!monitor_check(rig->m, true, why, sizeof(why)))
			fail_msg("%s", why);
	}
	rig->now_ns = nsec_max(rig->now_ns, until_ns);
	return offers;
}

TEST(test_sim_full_send_queue_is_waited_for)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	nsec_t due = monitor_next_wake_ns(rig->m);
	size_t i;

	assert_in_range(offers_refused(rig, TRY_AGAIN, due + 305 * MS), 20, 40);
	assert_int_equal(rig_totals(rig, 0).attempts, 0);
	i = rig_next(rig);
	assert_in_range(rig->tx_ns[i], due + 305 * MS, due + 330 * MS);
	rig_reply(rig, i, rig->tx_ns[i] + 7 * MS);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, 7 * MS);
	assert_int_equal(rig_events(rig, EVENT_SEND_FAILED, NULL), 0);
	i = rig_next(rig); /* the schedule goes on where it was */
	assert_in_range(rig->tx_ns[i], due + S - 50 * MS, due + S + 50 * MS);
	rig_reply(rig, i, rig->tx_ns[i] + MS);
	assert_int_equal(rig_totals(rig, 0).reordered, 0);
	assert_int_equal(rig_totals(rig, 0).unsent, 0);
	rig_end(rig);
}

TEST(test_sim_send_queue_that_stays_full_is_unsent_and_no_loss)
{
	struct sim_target t[3] = {scenario_target(1, S, S), scenario_target(2, 200 * MS, S),
	    scenario_target(3, 100 * S, S)};
	struct rig *rig;
	struct event event;
	struct totals totals;

	t[0].detail = t[1].detail = 8;
	rig = rig_new(t, 3);
	/* each offer is 10 ms after the last: no busy loop, and none sooner for more targets */
	assert_in_range(offers_refused(rig, TRY_AGAIN, rig->now_ns + 60 * S), 6000, 18000);
	totals = rig_totals(rig, 0);
	assert_in_range(totals.unsent, 59, 61);
	assert_int_equal(totals.causes[LABEL_NO_BUFFER], totals.unsent);
	assert_int_equal(totals.lost + totals.sent, 0);
	assert_in_range(rig_totals(rig, 1).unsent, 298, 301);
	assert_int_equal(rig_report(rig, 0).state, STATE_UNKNOWN);
	assert_non_null(strstr(rig_report(rig, 0).reason, "the send queue is full for "));
	assert_true(rig_events(rig, EVENT_SEND_FAILED, &event) <= 3); /* one line a target */
	rig_answer_next(rig, MS);
	rig_answer_next(rig, MS);
	assert_int_equal(rig_events(rig, EVENT_ALARM_RAISED, NULL), 0);
	rig_end(rig);
}

TEST(test_sim_full_device_queue_is_tried_once_more)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig;
	struct report_probe record;

	t.detail = 4;
	rig = rig_new(&t, 1);
	assert_int_equal(
	    offers_refused(rig, NO_BUFFER_SPACE, monitor_next_wake_ns(rig->m) + 500 * MS), 2);
	assert_int_equal(rig_totals(rig, 0).unsent, 1);
	assert_int_equal(rig_totals(rig, 0).causes[LABEL_NO_BUFFER], 1);
	assert_int_equal(monitor_report_probes(rig->m, rig->now_ns, 0, 1, &record), 1);
	assert_int_equal(record.outcome, OUTCOME_UNSENT);
	assert_int_equal(record.cause.error, NO_BUFFER_SPACE);
	rig_end(rig);
}

/* It was refused once; the second try goes: one probe, one record, its own sequence. */
TEST(test_sim_second_try_is_the_same_attempt)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig;
	struct report_probe records[4];
	nsec_t due;
	size_t i;

	t.detail = 4;
	rig = rig_new(&t, 1);
	due = monitor_next_wake_ns(rig->m);
	assert_int_equal(offers_refused(rig, NO_BUFFER_SPACE, due + MS), 1);
	i = rig_next(rig);
	assert_in_range(rig->tx_ns[i], due + 9 * MS, due + 15 * MS);
	rig_reply(rig, i, rig->tx_ns[i] + MS);
	assert_int_equal(monitor_report_probes(rig->m, rig->now_ns, 0, 4, records), 1);
	assert_int_equal(records[0].outcome, OUTCOME_ANSWERED);
	assert_int_equal(records[0].rtt_ns, MS);
	assert_int_equal(rig_totals(rig, 0).attempts, 1);
	rig_end(rig);
}

TEST(test_sim_waiting_attempt_ends_with_a_pause_and_survives_a_reload)
{
	struct sim_target t[2] = {scenario_target(1, S, S), scenario_target(2, S, S)};
	struct rig *rig;

	t[0].detail = t[1].detail = 4;
	rig = rig_new(t, 2);
	assert_in_range(offers_refused(rig, TRY_AGAIN, rig->now_ns + S + 200 * MS), 2, 250);
	assert_int_equal(monitor_pause(rig->m, rig->now_ns, 0, 0, "work"), 0);
	t[1].detail = 8;
	rig_reload(rig, t, 2);
	rig_answer_next(rig, MS);
	assert_int_equal(rig_totals(rig, 1).answered, 1);
	assert_int_equal(rig_totals(rig, 0).sent, 0);
	rig_end(rig);
}

/* Ten targets whose first tries are refused one after the other: each has its second. */
TEST(test_sim_fresh_refusals_do_not_starve_those_that_wait)
{
	struct sim_target t[10];
	struct rig *rig;
	uint64_t unsent = 0;
	unsigned offers;

	for (uint8_t i = 0; i < 10; i++)
		t[i] = scenario_target((uint8_t)(i + 1), i == 0 ? 10 * MS : 50 * MS, S);
	rig = rig_new(t, 10);
	offers = offers_refused(rig, NO_BUFFER_SPACE, rig->now_ns + 10 * S);
	for (uint32_t i = 0; i < 10; i++)
		unsent += rig_totals(rig, i).causes[LABEL_NO_BUFFER];
	assert_in_range(unsent, 2750, 2850);
	assert_in_range(offers, unsent * 18 / 10, unsent * 2 + 20);
	rig_end(rig);
}

/* One that was given up on stands before another in the queue: that one keeps its time. */
TEST(test_sim_pause_of_one_that_waits_ends_no_other)
{
	struct sim_target t[2] = {scenario_target(1, 100 * MS, S), scenario_target(2, 100 * S, S)};
	struct rig *rig = rig_new(t, 2);
	uint64_t unsent;
	nsec_t until;

	/* until both are refused: the second is due somewhere in its long interval */
	while (
	    rig_totals(rig, 0).unsent < 2000 && !(rig->m->wait_head == 0 && rig->m->wait_tail == 1))
		(void)offers_refused(rig, TRY_AGAIN, rig->now_ns + MS);
	assert_int_equal(rig->m->wait_tail, 1);
	until = rig->now_ns + 150 * MS;
	assert_int_equal(monitor_pause(rig->m, rig->now_ns, 0, 0, "work"), 0);
	unsent = rig_totals(rig, 0).unsent;
	rig->now_ns = until; /* the next turn is a late one */
	monitor_advance(rig->m, until, until);
	assert_int_equal(rig_totals(rig, 1).attempts, 0);
	assert_int_equal(rig_totals(rig, 0).unsent, unsent);
	(void)rig_answer_next(rig, MS);
	assert_int_equal(rig_totals(rig, 1).answered, 1);
	rig_end(rig);
}

/* Its attempt is counted, though nobody waits for it any longer. */
TEST(test_sim_waiting_attempt_of_a_removed_target_is_unsent)
{
	struct sim_target t[2] = {scenario_target(1, S, S), scenario_target(2, S, S)};
	struct report_status before, after;
	struct rig *rig = rig_new(t, 2);

	while (!(M_HOT(rig->m, 1)->flags & SERIES_WAITING))
		(void)offers_refused(rig, TRY_AGAIN, rig->now_ns + 10 * MS);
	before = rig_status(rig);
	rig_reload(rig, t, 1);
	after = rig_status(rig);
	assert_int_equal(after.probes.attempts, before.probes.attempts + 1);
	assert_int_equal(
	    after.probes.causes[LABEL_NO_BUFFER], before.probes.causes[LABEL_NO_BUFFER] + 1);
	rig_end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_full_send_queue_is_waited_for),
	    cmocka_unit_test(test_sim_send_queue_that_stays_full_is_unsent_and_no_loss),
	    cmocka_unit_test(test_sim_full_device_queue_is_tried_once_more),
	    cmocka_unit_test(test_sim_second_try_is_the_same_attempt),
	    cmocka_unit_test(test_sim_waiting_attempt_ends_with_a_pause_and_survives_a_reload),
	    cmocka_unit_test(test_sim_fresh_refusals_do_not_starve_those_that_wait),
	    cmocka_unit_test(test_sim_pause_of_one_that_waits_ends_no_other),
	    cmocka_unit_test(test_sim_waiting_attempt_of_a_removed_target_is_unsent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
