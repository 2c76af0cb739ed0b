/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * ICMP errors: they annotate, and only what they prove.
 */
#include "scenario.h"

#define UNREACHABLE 3
#define NET 0
#define HOST 1
#define PROHIBITED 13

static void
error(struct rig *rig, size_t i, uint8_t code, uint32_t quoted, uint8_t router, nsec_t rx_ns)
{
	struct packet p = packet_error(&rig->out[i], UNREACHABLE, code, quoted);

	p.meta.from = scenario_address(router);
	rig_receive(rig, p, rx_ns);
}

TEST(test_sim_error_annotates_and_a_reply_in_time_wins)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	error(rig, i, HOST, 64, 250, rig->tx_ns[i] + 5 * MS);
	assert_int_equal(rig_totals(rig, 0).in_flight, 1);
	rig_reply(rig, i, rig->tx_ns[i] + 15 * MS);
	rig_run(rig, rig->now_ns + 3 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).unreachable, 0);
	assert_true(rig_report(rig, 0).last_error.present);
	assert_int_equal(rig_report(rig, 0).last_cause.kind, CAUSE_NONE);
	rig_end(rig);
}

TEST(test_sim_unreachable_keeps_type_code_and_router)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);
	struct addr router = scenario_address(250);
	struct report r;

	error(rig, i, PROHIBITED, 8, 250, rig->tx_ns[i] + 5 * MS);
	rig_run(rig, rig->now_ns + 3 * S);
	r = rig_report(rig, 0);
	assert_int_equal(r.totals.unreachable, 1);
	assert_int_equal(r.totals.lost, 0);
	assert_int_equal(r.totals.causes[LABEL_PROHIBITED], 1);
	assert_int_equal(r.last_cause.kind, CAUSE_ICMP);
	assert_int_equal(r.last_cause.type, UNREACHABLE);
	assert_int_equal(r.last_cause.code, PROHIBITED);
	assert_true(addr_equal(&r.last_cause.from, &router));
	rig_end(rig);
}

/* An alarm says what routers said, and from where. */
TEST(test_sim_down_names_the_error_and_its_router)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	struct event down;

	for (int k = 0; k < 6; k++) { /* one is the test of the flow */
		size_t i = rig_next(rig);

		error(rig, i, PROHIBITED, 64, 250, rig->tx_ns[i] + 5 * MS);
	}
	rig_run(rig, rig->now_ns + 2 * S);
	assert_int_equal(rig_events(rig, EVENT_STATE, &down), 1);
	assert_int_equal(down.state, STATE_DOWN);
	assert_int_equal(down.cause.code, PROHIBITED);
	assert_int_equal(down.cause.from.bytes[3], 250);
	assert_non_null(strstr(down.reason,
	    "over 5 probes, communication administratively prohibited from 192.0.2.250"));
	rig_end(rig);
}

/* What was not sent speaks neither for nor against a loss: it does not take its cause away. */
TEST(test_sim_cause_of_a_loss_is_that_of_a_loss)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	struct event down;

	while (rig_events(rig, EVENT_STATE, &down) == 0) {
		size_t first = rig->n;

		(void)rig_next(rig);
		for (size_t i = first; i < rig->n; i++) /* tests of the flow too */
			error(rig, i, PROHIBITED, 64, 250, rig->tx_ns[i] + MS);
	}
	assert_int_equal(down.cause.kind, CAUSE_ICMP);
	assert_non_null(strstr(down.reason, "administratively prohibited from 192.0.2.250"));
	rig->refuse = 1; /* until nothing is out any longer */
	rig_run(rig, rig->now_ns + 3 * S);
	rig->refuse = 0;
	assert_int_equal(rig_report(rig, 0).last_cause.kind, CAUSE_SEND);
	assert_non_null(
	    strstr(rig_report(rig, 0).reason, "administratively prohibited from 192.0.2.250"));
	rig_end(rig);
}

/* Two probes are out, each has its own error: at the deadline of the first the last error is about
 * the second. */
TEST(test_sim_unreachable_names_the_router_of_this_probe_and_no_other)
{
	struct sim_target t = scenario_target(1, S, 3 * S);
	struct addr first = scenario_address(250);
	struct rig *rig;
	struct report_probe probes[4];
	struct report r;
	size_t i, k;

	for (uint32_t detail = 0; detail <= 64; detail += 64) {
		t.detail = detail;
		rig = rig_new(&t, 1);
		i = rig_next(rig);
		error(rig, i, HOST, 64, 250, rig->tx_ns[i] + 5 * MS);
		k = rig_next(rig);
		error(rig, k, NET, 64, 251, rig->tx_ns[k] + 5 * MS);
		rig_run(rig, rig->tx_ns[i] + 3 * S + 100 * MS);
		assert_int_equal(rig_totals(rig, 0).unreachable, 1);
		r = rig_report(rig, 0);
		assert_int_equal(r.last_cause.code, HOST);
		if (detail > 0) {
			assert_int_equal(
			    monitor_report_probes(rig->m, rig->now_ns, 0, 4, probes), 4);
			assert_true(addr_equal(&probes[0].cause.from, &first));
			assert_true(addr_equal(&r.last_cause.from, &first));
		} else /* not known any more, and so not said */
			assert_int_equal(r.last_cause.from.family, 0);
		rig_end(rig);
	}
}

TEST(test_sim_error_after_the_deadline_only_sets_the_last_error)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	error(rig, i, HOST, 64, 250, rig->tx_ns[i] + S + MS); /* read before it is judged */
	rig_run(rig, rig->now_ns + 3 * S);
	assert_int_equal(rig_totals(rig, 0).lost, 1);
	assert_int_equal(rig_totals(rig, 0).unreachable, 0);
	assert_int_equal(rig_report(rig, 0).last_error.cause.code, HOST);
	error(rig, i, NET, 64, 250, rig->tx_ns[i] + 4 * S);
	assert_int_equal(rig_report(rig, 0).last_error.cause.code, NET);
	assert_int_equal(rig_report(rig, 0).last_cause.kind, CAUSE_TIMEOUT);
	assert_int_equal(rig_totals(rig, 0).lost, 1);
	rig_end(rig);
}

/* An error must fit in all that it quotes. */
TEST(test_sim_error_that_does_not_fit_has_no_effect)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	for (int k = 0; k < 7; k++) {
		struct packet p = packet_error(&rig->out[i], UNREACHABLE, HOST, k < 5 ? 64 : 8);
		uint8_t *inner = packet_icmp(&p) + 8;

		switch (k) {
		case 0: /* from another host's packet */
			inner[15] ^= 1;
			break;
		case 1: /* to another destination */
			inner[19] ^= 1;
			break;
		case 2: /* sequence */
			inner[20 + 6] ^= 1;
			break;
		case 3: /* number */
			inner[20 + 8 + 7] ^= 1;
			break;
		case 4: /* tag */
			inner[20 + 8 + 15] ^= 1;
			break;
		case 5: /* checksum of the flow */
			inner[20 + 2] ^= 1;
			break;
		default: /* sequence */
			inner[20 + 6] ^= 1;
			break;
		}
		packet_seal(&p);
		rig_receive(rig, p, rig->tx_ns[i] + MS);
		assert_false(rig_report(rig, 0).last_error.present);
	}
	error(rig, i, HOST, 64, 250, rig->tx_ns[i] - S); /* before the probe left */
	assert_false(rig_report(rig, 0).last_error.present);
	rig_run(rig, rig->now_ns + 3 * S);
	assert_int_equal(rig_totals(rig, 0).lost, 1);
	/* those that went elsewhere are put down to nobody */
	assert_int_equal(rig_totals(rig, 0).foreign, 7);
	rig_end(rig);
}

TEST(test_sim_error_is_only_for_a_request)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);
	struct report_status status;

	for (int k = 0; k < 3; k++) {
		struct packet p = packet_error(&rig->out[i], UNREACHABLE, HOST, 64);
		uint8_t *inner = packet_icmp(&p) + 8;

		if (k == 0)
			inner[20] = 0; /* an echo reply */
		else if (k == 1)
			inner[9] = 17; /* UDP */
		else
			inner[20 + 4] ^= 0x11; /* somebody else's id */
		packet_seal(&p);
		rig_receive(rig, p, rig->tx_ns[i] + MS);
	}
	assert_false(rig_report(rig, 0).last_error.present);
	monitor_report_status(rig->m, rig->now_ns, &status);
	assert_int_equal(status.icmp_unmatched[ICMP_TYPE_UNREACHABLE], 3);
	rig_end(rig);
}

TEST(test_sim_redirect_and_source_quench_do_not_make_a_loss_unreachable)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);
	struct report_status status;

	rig_receive(rig, packet_error(&rig->out[i], 5, 1, 64), rig->tx_ns[i] + MS);
	assert_int_equal(rig_report(rig, 0).last_error.cause.type, 5);
	rig_receive(rig, packet_error(&rig->out[i], 4, 0, 64), rig->tx_ns[i] + MS);
	assert_int_equal(rig_report(rig, 0).last_error.cause.type, 4);
	for (uint8_t type = 4; type <= 5; type++) {
		struct packet p = packet_error(&rig->out[i], type, 0, 64);

		packet_icmp(&p)[8 + 20 + 4] ^= 0x11; /* somebody else's id */
		packet_seal(&p);
		rig_receive(rig, p, rig->tx_ns[i] + MS);
	}
	monitor_report_status(rig->m, rig->now_ns, &status);
	assert_int_equal(status.icmp_unmatched[ICMP_TYPE_REDIRECT], 1);
	assert_int_equal(status.icmp_unmatched[ICMP_TYPE_QUENCH], 1);
	rig_run(rig, rig->now_ns + 3 * S);
	assert_int_equal(rig_totals(rig, 0).unreachable, 0);
	assert_int_equal(rig_totals(rig, 0).causes[LABEL_TIMEOUT], 1);
	rig_end(rig);
}

TEST(test_sim_no_error_of_any_type_counts_as_a_reply)
{
	static const uint8_t types4[] = {3, 4, 5, 11, 12}, types6[] = {1, 2, 3, 4, 137};
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig;
	size_t i;

	for (int six = 0; six < 2; six++) {
		if (six)
			t.address = scenario_address6(1);
		rig = rig_new(&t, 1);
		i = rig_next(rig);
		for (int k = 0; k < 5; k++)
			rig_receive(rig,
			    packet_error(&rig->out[i], six ? types6[k] : types4[k], 0, 64),
			    rig->tx_ns[i] + MS);
		rig_run(rig, rig->now_ns + 3 * S);
		assert_int_equal(rig_totals(rig, 0).answered, 0);
		assert_int_equal(rig_totals(rig, 0).unreachable, 1);
		rig_end(rig);
	}
}

TEST(test_sim_error_of_a_datagram_socket_is_matched_by_its_number)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig;

	t.flows = 3;
	rig = rig_new(&t, 1);
	for (int k = 0; k < 3; k++) {
		size_t i = rig_next(rig);
		struct rx_meta meta = {.path = RX_ERROR_QUEUE,
		    .from = scenario_address(250),
		    .rx_ns = rig->now_ns + MS,
		    .hop_limit = -1};
		uint8_t request[64];

		memset(request, 0, sizeof(request));
		memcpy(request, rig->out[i].head, 26);
		request[4] = 0x77; /* the kernel's own id */
		monitor_on_error(rig->m, &meta, UNREACHABLE, HOST, &rig->out[i].to, request, 64);
		assert_int_equal(rig_report(rig, 0).last_error.cause.code, HOST);
		rig_run(rig, rig->tx_ns[i] + 600 * MS);
		assert_int_equal(rig_totals(rig, 0).unreachable, k + 1);
	}
	rig_end(rig);
}

TEST(test_sim_what_we_may_have_missed_is_unmeasured_in_spite_of_an_error)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	error(rig, i, HOST, 64, 250, rig->tx_ns[i] + MS);
	monitor_on_queue_drops(rig->m, 4, rig->tx_ns[i] + MS, rig->tx_ns[i] + 20 * MS, 3);
	rig_run(rig, rig->now_ns + 3 * S);
	assert_int_equal(rig_totals(rig, 0).unmeasured, 1);
	assert_int_equal(rig_totals(rig, 0).causes[LABEL_QUEUE], 1);
	rig_end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_error_annotates_and_a_reply_in_time_wins),
	    cmocka_unit_test(test_sim_unreachable_keeps_type_code_and_router),
	    cmocka_unit_test(test_sim_down_names_the_error_and_its_router),
	    cmocka_unit_test(test_sim_cause_of_a_loss_is_that_of_a_loss),
	    cmocka_unit_test(test_sim_unreachable_names_the_router_of_this_probe_and_no_other),
	    cmocka_unit_test(test_sim_error_after_the_deadline_only_sets_the_last_error),
	    cmocka_unit_test(test_sim_error_that_does_not_fit_has_no_effect),
	    cmocka_unit_test(test_sim_error_is_only_for_a_request),
	    cmocka_unit_test(test_sim_redirect_and_source_quench_do_not_make_a_loss_unreachable),
	    cmocka_unit_test(test_sim_no_error_of_any_type_counts_as_a_reply),
	    cmocka_unit_test(test_sim_error_of_a_datagram_socket_is_matched_by_its_number),
	    cmocka_unit_test(test_sim_what_we_may_have_missed_is_unmeasured_in_spite_of_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
