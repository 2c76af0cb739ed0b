/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The check that guards the simulation can fail: every sum, link and place that is wrong is seen.
 */
#include "../sim/scenario.h"
#include "core/monitor_internal.h"

static struct rig *rig;

/* Two targets of a group and one of none: some probes answered, some lost, one out. */
static int
setup(void **state)
{
	static const struct sim_group group = {.name = "g"};
	struct sim_target t[3] = {
	    scenario_target(1, S, S), scenario_target(2, S, S), scenario_target(3, S, S)};
	const struct sim_world world = {
	    .targets = t, .n = 3, .groups = &group, .n_groups = 1, .metrics_rtt = -1};

	(void)state;
	t[0].group = t[1].group = "g";
	rig = rig_new_world(&world);
	rig->quiet = true;
	for (int k = 0; k < 6; k++)
		(void)rig_answer_next(rig, MS);
	rig_run(rig, rig->now_ns + 5 * S / 2);
	(void)rig_next(rig);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rig_free(rig);
	return 0;
}

static bool
holds(void)
{
	char why[256] = "";
	bool good = monitor_check(rig->m, true, why, sizeof(why));

	assert_int_equal(good, why[0] == '\0');
	return good;
}

/* One change, and the check sees it; taken back, and all is well. */
#define SEEN(field, value)                                 \
	do {                                               \
		__typeof__(field) kept = (field);          \
		(field) = (__typeof__(field))(value);      \
		if (holds())                               \
			fail_msg("%s", "unseen: " #field); \
		(field) = kept;                            \
		assert_true(holds());                      \
	} while (0)

TEST(test_monitor_check_sees_sums_that_do_not_agree)
{
	struct monitor *m = rig->m;

	assert_true(holds());
	SEEN(M_WARM(m, 0)->attempts, M_WARM(m, 0)->attempts + 1);
	SEEN(M_WARM(m, 1)->answered, M_WARM(m, 1)->answered - 1);
	SEEN(M_HOT(m, 2)->in_flight, M_HOT(m, 2)->in_flight + 1);
	SEEN(monitor_rare(m, 0)->late, 100);
	SEEN(M_WARM(m, 0)->settled, M_HOT(m, 0)->head + 1);
	SEEN(m->sum.attempts, m->sum.attempts + 1);
	SEEN(m->sum.sent, m->sum.sent + 1);
	SEEN(m->sum.late, m->sum.lost + 1);
	SEEN(m->sum.causes[LABEL_TIMEOUT], m->sum.causes[LABEL_TIMEOUT] + 1);
	SEEN(m->sum.duplicates, m->sum.duplicates + 1);
	SEEN(M_GROUPS(m)[0].sum.answered, 0);
	SEEN(monitor_rare(m, 1)->causes[LABEL_TIMEOUT], 77);
}

TEST(test_monitor_check_sees_states_that_do_not_agree)
{
	struct monitor *m = rig->m;

	SEEN(m->n_used, 2);
	SEEN(m->states[STATE_UP], m->states[STATE_UP] + 1);
	SEEN(M_GROUPS(m)[0].state, STATE_PAUSED);
	SEEN(M_WARM(m, 0)->owner, 99);
	SEEN(M_WARM(m, 0)->owner, 1); /* which has another address */
	SEEN(M_HOT(m, 2)->flags, 0);
}

TEST(test_monitor_check_sees_links_that_lead_nowhere)
{
	struct monitor *m = rig->m;
	struct flight *flight = &M_FLIGHTS(m)[M_HOT(m, 0)->last_flight];
	struct sample_ring ring = monitor_ring(m, 0);
	uint64_t first;
	uint32_t sample;

	for (uint32_t s = 0; s < 3 && flight->state != FLIGHT_OUT; s++)
		flight = &M_FLIGHTS(m)[M_HOT(m, s)->last_flight];
	assert_int_equal(flight->state, FLIGHT_OUT);
	SEEN(flight->state, FLIGHT_SENDING);
	SEEN(flight->linked, 0);
	SEEN(flight->target, 99);
	SEEN(flight->target, (flight->target + 1) % 3);
	SEEN(M_TIMEOUTS(m)[flight->timeout_class].head, LEDGER_NONE);
	sample = sample_ring_get(&ring, 2);
	(void)sample_ring_set(&ring, 2, sample_make(SAMPLE_IN_FLIGHT, 0));
	assert_false(holds());
	(void)sample_ring_set(&ring, 2, sample);
	ring = monitor_ring(m, flight->target);
	first = M_WARM(m, flight->target)->settled; /* in flight */
	sample = sample_ring_get(&ring, first);
	(void)sample_ring_set(&ring, first, sample_make(SAMPLE_LOST, 0));
	assert_false(holds());
	(void)sample_ring_set(&ring, first, sample);
	assert_true(holds());
	(void)sample_ring_set(
	    &ring, first - 1, sample_make(SAMPLE_IN_FLIGHT, 0)); /* one more than are out */
	M_WARM(m, flight->target)->settled = first - 1;
	assert_false(holds());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_monitor_check_sees_sums_that_do_not_agree, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_monitor_check_sees_states_that_do_not_agree, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_monitor_check_sees_links_that_lead_nowhere, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
