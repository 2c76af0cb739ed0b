/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Names and their addresses, sources, and series that come and go.
 */
#include "scenario.h"

static struct sim_target
named(bool all)
{
	struct sim_target t = scenario_target(1, S, 2 * S);

	t.name = "far";
	t.host = "name.example";
	memset(&t.address, 0, sizeof(t.address));
	t.addresses_all = all;
	return t;
}

static uint32_t
series(struct sim *sim, const char *name)
{
	uint32_t s = UINT32_MAX;

	return monitor_series_find(sim_monitor(sim), name, &s) ? s : UINT32_MAX;
}

TEST(test_sim_name_without_address_is_unknown_and_never_lost)
{
	struct sim_target t = named(false);
	struct addr a = scenario_address(1);
	struct sim *sim = sim_new(60, &t, 1);
	struct report r;

	scenario_run(sim, 5 * S); /* nobody has said anything yet */
	r = scenario_report(sim, 0, S);
	assert_int_equal(r.state, STATE_UNKNOWN);
	assert_int_equal(r.totals.attempts, 0);
	sim_resolve(sim, 0, NULL, 0, "no such name");
	scenario_run(sim, 20 * S);
	r = scenario_report(sim, 0, S);
	assert_int_equal(r.state, STATE_UNKNOWN);
	assert_non_null(strstr(r.reason, "no such name"));
	assert_true(r.totals.unsent > 15);
	assert_int_equal(r.totals.causes[LABEL_NAME], r.totals.unsent);
	assert_int_equal(r.totals.sent, 0);
	sim_resolve(sim, 0, NULL, 0, "no such name");
	assert_int_equal(sim_events(sim, EVENT_NAME_FAILED, NULL), 1);
	sim_resolve(sim, 0, &a, 1, NULL);
	scenario_run(sim, 3 * S);
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_int_equal(sim_events(sim, EVENT_ADDRESS, NULL), 0); /* the first is no change */
	scenario_end(sim);
}

TEST(test_sim_last_good_address_stays_when_the_name_fails)
{
	struct sim_target t = named(false);
	struct addr a = scenario_address(1);
	struct sim *sim = sim_new(61, &t, 1);

	sim_resolve(sim, 0, &a, 1, NULL);
	scenario_run(sim, 5 * S);
	for (int i = 0; i < 5; i++) {
		sim_resolve(sim, 0, NULL, 0, "no name server answers");
		scenario_run(sim, 20 * S);
	}
	assert_int_equal(scenario_report(sim, 0, S).state, STATE_UP);
	assert_int_equal(scenario_report(sim, 0, S).totals.unsent, 0);
	assert_int_equal(sim_events(sim, EVENT_NAME_FAILED, "far"), 1);
	sim_resolve(sim, 0, &a, 1, NULL);
	scenario_run(sim, S);
	assert_string_equal(
	    sim_last_event(sim, EVENT_ADDRESS, "far").reason, "the name has an address again");
	scenario_end(sim);
}

TEST(test_sim_address_stays_while_it_is_listed)
{
	struct sim_target t = named(false);
	struct addr a[3] = {scenario_address(1), scenario_address(2), scenario_address(3)};
	struct addr turned[3] = {scenario_address(3), scenario_address(2), scenario_address(1)};
	struct sim *sim = sim_new(62, &t, 1);

	sim_resolve(sim, 0, a, 3, NULL);
	sim_resolve(sim, 0, turned, 3, NULL);
	assert_int_equal(scenario_report(sim, 0, S).address.bytes[3], 1);
	sim_resolve(sim, 0, turned, 2, NULL);
	assert_int_equal(scenario_report(sim, 0, S).address.bytes[3], 3);
	scenario_run(sim, S);
	assert_string_equal(
	    sim_last_event(sim, EVENT_ADDRESS, "far").reason, "address is now 192.0.2.3");
	scenario_end(sim);
}

/* Replies and errors without a number find their probe though its address was left. */
TEST(test_sim_probes_in_flight_keep_their_destination)
{
	struct addr other = scenario_address(9);

	for (uint32_t size = 0; size <= 56; size += 8) {
		struct sim_target t = scenario_target(1, 10 * S, 2 * S);
		struct rig *rig;
		size_t i;

		t.host = "name.example";
		t.size_bytes = size;
		rig = rig_new(&t, 1);
		i = rig_next(rig);
		monitor_on_address(rig->m, rig->now_ns, 0, &other, 1, 0, NULL);
		rig_receive(rig, packet_error(&rig->out[i], 3, 1, 8), rig->now_ns + MS);
		assert_true(rig_report(rig, 0).last_error.present);
		rig_reply(rig, i, rig->tx_ns[i] + 500 * MS);
		assert_int_equal(rig_totals(rig, 0).answered, 1);
		assert_int_equal(rig_totals(rig, 0).foreign, 0);
		i = rig_next(rig);
		assert_true(addr_equal(&rig->out[i].to, &other));
		rig_end(rig);
	}
}

/* Small probes that were refused in between must not hide those that are out. */
TEST(test_sim_refused_probes_hide_no_other)
{
	struct sim_target t[2] = {scenario_target(1, S, 10 * S), scenario_target(2, S, 10 * S)};
	struct rig *rig;
	size_t first;

	t[0].size_bytes = 4;
	rig = rig_new(t, 2);
	first = rig_next(rig);
	if (rig->out[first].target != 0)
		first = rig_next(rig);
	rig->refuse = 105;
	rig_run(rig, rig->now_ns + 4 * S);
	rig->refuse = 0;
	rig_run(rig, rig->now_ns + 3 * S);
	rig_reply(rig, first, rig->tx_ns[first] + 7 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_end(rig);
}

TEST(test_sim_every_address_gets_a_series)
{
	struct sim_target t = named(true);
	struct addr a[4] = {
	    scenario_address(1), scenario_address(2), scenario_address6(3), scenario_address(4)};
	struct sim *sim = sim_new(63, &t, 1);
	struct report_status status;

	assert_int_not_equal(series(sim, "far"), UINT32_MAX); /* stands in until there is one */
	sim_resolve(sim, 0, a, 3, NULL);
	assert_int_equal(series(sim, "far"), UINT32_MAX);
	assert_int_not_equal(series(sim, "far:2001:db8::3"), UINT32_MAX);
	scenario_run(sim, 10 * S);
	sim_resolve(sim, 0, a + 1, 3, NULL); /* one vanished, one is new */
	scenario_run(sim, 20 * S);
	monitor_report_status(sim_monitor(sim), sim_now(sim), &status);
	assert_int_equal(status.targets_total, 4);
	assert_int_equal(status.states[STATE_UNKNOWN], 1);
	assert_string_equal(scenario_report(sim, series(sim, "far:192.0.2.1"), S).reason,
	    "the name no longer has this address");
	assert_in_range(
	    scenario_report(sim, series(sim, "far:192.0.2.1"), S).totals.attempts, 9, 11);
	scenario_run(sim, 50 * MINUTE);
	sim_resolve(sim, 0, a, 4, NULL); /* it comes back, and goes on */
	scenario_run(sim, 10 * S);
	assert_in_range(
	    scenario_report(sim, series(sim, "far:192.0.2.1"), S).totals.attempts, 18, 22);
	assert_int_equal(scenario_report(sim, series(sim, "far:192.0.2.1"), S).state, STATE_UP);
	scenario_end(sim);
}

TEST(test_sim_vanished_series_is_gone_after_an_hour_and_its_sums_stay)
{
	struct sim_target t = named(true);
	struct addr a[2] = {scenario_address(1), scenario_address(2)};
	struct rig *rig = rig_new(&t, 1);
	struct report_status before, after;
	uint32_t s;
	char why[256];

	monitor_on_address(rig->m, rig->now_ns, 0, a, 2, 0, NULL);
	for (int k = 0; k < 10; k++)
		(void)rig_answer_next(rig, MS);
	monitor_on_address(rig->m, rig->now_ns, 0, a + 1, 1, 0, NULL);
	rig_run(rig, rig->now_ns + 59 * S);
	assert_true(monitor_series_find(rig->m, "far:192.0.2.1", &s));
	assert_int_equal(rig_totals(rig, s).answered, 5);
	monitor_report_status(rig->m, rig->now_ns, &before);
	rig->n = 0;
	for (int k = 0; k < 60; k++) {
		rig_run(rig, rig->now_ns + MINUTE);
		rig->n = 0;
	}
	assert_false(monitor_series_find(rig->m, "far:192.0.2.1", &s));
	assert_true(monitor_series_find(rig->m, "far:192.0.2.2", &s));
	monitor_report_status(rig->m, rig->now_ns, &after);
	assert_int_equal(after.targets_total, 1);
	assert_int_equal(after.probes.answered, before.probes.answered);
	/* when the last goes, the target stands alone again */
	monitor_on_address(rig->m, rig->now_ns, 0, a, 1, 0, NULL);
	monitor_on_address(rig->m, rig->now_ns, 0, a + 1, 1, 0, NULL);
	assert_true(monitor_series_find(rig->m, "far:192.0.2.1", &s));
	assert_int_equal(rig_totals(rig, s).attempts, 0); /* it begins anew */
	assert_true(monitor_check(rig->m, true, why, sizeof(why)));
	rig_end(rig);
}

TEST(test_sim_addresses_in_force_have_a_slot_before_those_that_vanished)
{
	struct sim_target t = named(true);
	struct addr a[SETTINGS_ADDRESSES_MAX];
	struct sim *sim = sim_new(64, &t, 1);
	struct report_status status;

	for (uint8_t round = 0; round < 6; round++) { /* a name that lists others each time */
		for (uint8_t i = 0; i < SETTINGS_ADDRESSES_MAX; i++)
			a[i] = scenario_address((uint8_t)(1 + round * 9 + i));
		sim_resolve(sim, 0, a, SETTINGS_ADDRESSES_MAX, NULL);
		scenario_run(sim, 5 * S);
		(void)monitor_pause(sim_monitor(sim), sim_now(sim), 0, 0, NULL);
		scenario_run(sim, 5 * S); /* nothing is in flight of those that vanish */
		(void)monitor_resume(sim_monitor(sim), sim_now(sim), 0);
	}
	sim_resolve(sim, 0, a, SETTINGS_ADDRESSES_MAX, NULL);
	scenario_run(sim, 5 * S);
	for (uint8_t i = 0; i < SETTINGS_ADDRESSES_MAX; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "far:192.0.2.%u", 1 + 5 * 9 + i);
		assert_int_not_equal(series(sim, name), UINT32_MAX);
	}
	monitor_report_status(sim_monitor(sim), sim_now(sim), &status);
	assert_int_equal(status.targets_total, SETTINGS_ADDRESSES_MAX);
	sim_free(sim);
}

static uint16_t
sequence(const struct probe_out *out)
{
	return (uint16_t)(out->head[6] << 8 | out->head[7]);
}

/* The sequence of the newest probe to an address. */
static uint16_t
newest_to(const struct rig *rig, const struct addr *a)
{
	size_t i = rig->n;

	while (i > 0 && !addr_equal(&rig->out[i - 1].to, a))
		i--;
	assert_true(i > 0);
	return sequence(&rig->out[i - 1]);
}

TEST(test_sim_sequences_of_an_address_go_on_whoever_has_it)
{
	struct sim_target t[3] = {scenario_target(1, S, 5 * S), scenario_target(1, S, 5 * S),
	    scenario_target(2, S, 5 * S)};
	struct addr a = scenario_address(1), b = scenario_address(2);
	struct rig *rig;
	uint16_t seq;

	for (int i = 0; i < 3; i++)
		t[i].host = "name.example";
	rig = rig_new(t, 3);
	rig_run(rig, rig->now_ns + 5 * S);
	seq = newest_to(rig, &a);
	monitor_on_address(rig->m, rig->now_ns, 0, &b, 1, 0, NULL); /* who counted goes */
	while (rig->out[rig_next(rig)].target != 1)
		continue;
	assert_int_equal(newest_to(rig, &a), (uint16_t)(seq + 1));
	monitor_on_address(rig->m, rig->now_ns, 1, &b, 1, 0, NULL); /* nobody is left */
	seq = newest_to(rig, &a);
	monitor_on_address(rig->m, rig->now_ns, 2, &a, 1, 0, NULL); /* another one comes */
	while (rig->out[rig_next(rig)].target != 2)
		continue;
	assert_int_equal(newest_to(rig, &a), (uint16_t)(seq + 1));
	rig_reload(rig, t + 1, 1); /* all that is left is another target of that address */
	seq = newest_to(rig, &a);
	(void)rig_next(rig);
	assert_int_equal(newest_to(rig, &a), (uint16_t)(seq + 1));
	rig_end(rig);
}

TEST(test_sim_address_that_was_left_is_known_over_a_reload)
{
	struct sim_target t = scenario_target(1, 10 * S, 5 * S);
	struct addr other = scenario_address(9);
	struct rig *rig;
	size_t i;

	t.host = "name.example";
	t.size_bytes = 4;
	rig = rig_new(&t, 1);
	i = rig_next(rig);
	monitor_on_address(rig->m, rig->now_ns, 0, &other, 1, 0, NULL);
	t.address = other;
	rig_reload(rig, &t, 1);
	rig_reply(rig, i, rig->tx_ns[i] + 500 * MS);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_end(rig);
}

TEST(test_sim_first_sequence_of_a_new_series_is_drawn_anew)
{
	struct sim_target t[2] = {scenario_target(1, S, S), scenario_target(2, S, S)};
	struct rig *rig = rig_new(t, 2);
	uint16_t first, again;

	rig_run(rig, rig->now_ns + 2 * S);
	first = newest_to(rig, &t[1].address);
	for (int k = 0; k < 3; k++) {
		rig_reload(rig, t, 1);
		t[1].address = scenario_address((uint8_t)(10 + k));
		rig_reload(rig, t, 2);
		rig_run(rig, rig->now_ns + S);
		again = newest_to(rig, &t[1].address);
		assert_true((uint16_t)(again - first + 8) > 16);
		first = again;
	}
	rig_end(rig);
}

/* What comes for the probes of an address that lost its slot is none of the next one's. */
TEST(test_sim_slot_of_another_address_inherits_nothing)
{
	struct sim_target t = named(true);
	struct addr a[SETTINGS_ADDRESSES_MAX];
	struct rig *rig = rig_new(&t, 1);
	struct report_status status;
	size_t old;
	char why[256];

	for (uint8_t i = 0; i < SETTINGS_ADDRESSES_MAX; i++)
		a[i] = scenario_address((uint8_t)(1 + i));
	monitor_on_address(rig->m, rig->now_ns, 0, a, SETTINGS_ADDRESSES_MAX, 0, NULL);
	rig_run(rig, rig->now_ns + 2 * S);
	old = rig->n;
	for (uint8_t i = 0; i < SETTINGS_ADDRESSES_MAX; i++) {
		(void)monitor_pause(rig->m, rig->now_ns, i, 0, NULL);
		a[i] = scenario_address((uint8_t)(101 + i));
	}
	rig_run(rig, rig->now_ns + 5 * S); /* all are lost */
	monitor_on_address(rig->m, rig->now_ns, 0, a, SETTINGS_ADDRESSES_MAX, 0, NULL);
	for (size_t i = 0; i < old; i++)
		rig_reply(rig, i, rig->now_ns);
	assert_true(monitor_check(rig->m, true, why, sizeof(why)));
	for (uint32_t s = 0; s < SETTINGS_ADDRESSES_MAX; s++)
		assert_int_equal(rig_totals(rig, s).late + rig_totals(rig, s).attempts, 0);
	monitor_report_status(rig->m, rig->now_ns, &status);
	assert_int_equal(status.targets_total, SETTINGS_ADDRESSES_MAX);
	assert_int_equal(status.probes.sent, old);
	rig_end(rig);
}

TEST(test_sim_nothing_leaves_by_another_than_the_configured_source)
{
	struct sim_target t[2] = {scenario_target(1, S, S), scenario_target(2, S, S)};
	struct rig *rig;

	t[0].source = "eth1";
	t[1].source_addr = scenario_address6(9);
	rig = rig_new(t, 2);
	rig_run(rig, rig->now_ns + 5 * S); /* nobody has told yet which interface that is */
	assert_int_equal(rig->n, 0);
	assert_int_equal(rig_totals(rig, 0).causes[LABEL_LINK_DOWN], 5);
	assert_int_equal(rig_report(rig, 0).last_cause.error, 19); /* no such device */
	assert_int_equal(rig_report(rig, 1).last_cause.error, 99); /* another family */
	monitor_on_source(rig->m, 0, 4, false);
	assert_int_equal(rig->out[rig_next(rig)].ifindex, 4);
	monitor_on_source(rig->m, 0, 0, true); /* it went away */
	rig->n = 0;
	rig_run(rig, rig->now_ns + 5 * S);
	assert_int_equal(rig->n, 0);
	assert_int_equal(rig_events(rig, EVENT_SEND_FAILED, NULL), 3);
	assert_int_equal(rig_events(rig, EVENT_SEND_RESUMED, NULL), 1);
	rig_end(rig);
}

/* The table of addresses is rebuilt when it is full of what was left: owners stay owners. */
TEST(test_sim_many_address_changes_keep_table_and_sequences)
{
	struct sim_target t[4];
	struct rig *rig;
	struct rng rng;
	char why[256];

	for (int i = 0; i < 4; i++) {
		t[i] = scenario_target((uint8_t)(i + 1), S, S);
		t[i].host = "name.example";
	}
	rig = rig_new(t, 4);
	rng_seed(&rng, 65);
	for (int k = 0; k < 2000; k++) {
		/* often shared, and from time to time one that was never there */
		struct addr a = scenario_address((uint8_t)(1 + rng_below(&rng, k % 4 ? 3 : 250)));

		monitor_on_address(
		    rig->m, rig->now_ns, (uint32_t)rng_below(&rng, 4), &a, 1, 0, NULL);
		assert_true(monitor_check(rig->m, true, why, sizeof(why)));
		if (k % 10 == 0) {
			rig->n = 0;
			(void)rig_answer_next(rig, MS);
		}
	}
	for (uint32_t s = 0; s < 4; s++)
		assert_int_equal(rig_totals(rig, s).foreign + rig_totals(rig, s).stale, 0);
	rig_end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_name_without_address_is_unknown_and_never_lost),
	    cmocka_unit_test(test_sim_last_good_address_stays_when_the_name_fails),
	    cmocka_unit_test(test_sim_address_stays_while_it_is_listed),
	    cmocka_unit_test(test_sim_probes_in_flight_keep_their_destination),
	    cmocka_unit_test(test_sim_refused_probes_hide_no_other),
	    cmocka_unit_test(test_sim_every_address_gets_a_series),
	    cmocka_unit_test(test_sim_vanished_series_is_gone_after_an_hour_and_its_sums_stay),
	    cmocka_unit_test(test_sim_addresses_in_force_have_a_slot_before_those_that_vanished),
	    cmocka_unit_test(test_sim_sequences_of_an_address_go_on_whoever_has_it),
	    cmocka_unit_test(test_sim_address_that_was_left_is_known_over_a_reload),
	    cmocka_unit_test(test_sim_first_sequence_of_a_new_series_is_drawn_anew),
	    cmocka_unit_test(test_sim_slot_of_another_address_inherits_nothing),
	    cmocka_unit_test(test_sim_nothing_leaves_by_another_than_the_configured_source),
	    cmocka_unit_test(test_sim_many_address_changes_keep_table_and_sequences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
