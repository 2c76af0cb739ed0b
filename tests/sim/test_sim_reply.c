/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Replies: which are believed, and what those count as that come twice, late, out of order,
 * damaged, or from someone else.
 */
#include "scenario.h"

TEST(test_sim_late_reply_is_counted_late_and_stays_lost)
{
	struct sim_target t = scenario_target(1, S, S);
	struct sim *sim = sim_new(4, &t, 1);
	struct report r;

	sim_faults(sim)->delay_min_ns = sim_faults(sim)->delay_max_ns = 3500 * MS;
	scenario_run(sim, 30 * S);
	r = scenario_report(sim, 0, MINUTE);
	assert_int_equal(r.totals.answered, 0);
	assert_true(r.totals.lost >= 25);
	assert_in_range(r.totals.late, r.totals.lost - 4, r.totals.lost);
	assert_int_equal(r.windows[0].late, r.totals.late);
	scenario_end(sim);
}

TEST(test_sim_reply_after_a_minute_is_stale)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	struct totals totals;
	size_t i = rig_next(rig), k = rig_next(rig);

	rig_run(rig, rig->tx_ns[i] + 61 * S + 500 * MS);
	rig_reply(rig, i, rig->tx_ns[i] + 61 * S + 400 * MS);
	rig_reply(rig, k, rig->tx_ns[k] + 60 * S + 400 * MS);
	totals = rig_totals(rig, 0);
	assert_int_equal(totals.stale, 1);
	assert_int_equal(totals.late, 1);
	assert_int_equal(totals.answered, 0);
	rig_end(rig);
}

TEST(test_sim_stale_is_never_more_than_what_was_lost)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	struct totals totals;
	size_t i = rig_next(rig);

	rig_reply(rig, i, rig->now_ns + MS);
	rig_next(rig); /* is lost, and may still come */
	rig_run(rig, rig->tx_ns[i] + 50 * S);
	(void)monitor_pause(rig->m, rig->now_ns, 0, 0, NULL);
	rig_run(rig, rig->tx_ns[i] + 62 * S);
	rig_reply(rig, i, rig->now_ns); /* another one to a probe that was answered, so long ago */
	totals = rig_totals(rig, 0);
	assert_in_range(totals.late + totals.stale, 0, totals.lost);
	for (size_t k = 1; k < rig->n; k++)
		rig_reply(rig, k, rig->now_ns);
	totals = rig_totals(rig, 0);
	assert_int_equal(totals.late + totals.stale, totals.lost);
	assert_int_equal(totals.duplicates, 1);
	rig_end(rig);
}

TEST(test_sim_second_late_reply_is_a_duplicate)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	rig_run(rig, rig->tx_ns[i] + 3 * S);
	rig_reply(rig, i, rig->tx_ns[i] + 2 * S);
	rig_reply(rig, i, rig->tx_ns[i] + 2 * S + MS);
	assert_int_equal(rig_totals(rig, 0).late, 1);
	assert_int_equal(rig_totals(rig, 0).duplicates, 1);
	assert_true(
	    rig_record(rig, 0, (uint16_t)(rig->out[i].head[6] << 8 | rig->out[i].head[7])).late);
	rig_end(rig);
}

/* Duplicates may overtake each other between the network card and us. */
TEST(test_sim_reply_in_time_counts_though_a_late_one_was_read_before)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	rig_reply(rig, i, rig->tx_ns[i] + S + MS);
	rig_reply(rig, i, rig->tx_ns[i] + S - MS);
	rig_run(rig, rig->now_ns + 5 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).lost, 0);
	assert_int_equal(rig_totals(rig, 0).late, 0);
	assert_int_equal(rig_totals(rig, 0).duplicates, 1);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, S - MS);
	rig_end(rig);
}

/* Two sockets are read one after the other: what the first says of time is not known of the second.
 */
TEST(test_sim_late_reply_of_one_family_ends_no_probe_of_the_other)
{
	struct sim_target t[2] = {
	    scenario_target(1, 20 * S, 10 * S), scenario_target(2, 20 * S, 10 * S)};
	struct rig *rig;
	size_t i, k;

	t[1].address = scenario_address6(2);
	rig = rig_new(t, 2);
	i = rig_next(rig);
	k = rig_next(rig);
	if (rig->out[i].to.family == 6) {
		size_t swap = i;

		i = k;
		k = swap;
	}
	rig_reply(rig, i, nsec_max(rig->tx_ns[i], rig->tx_ns[k]) + 12 * S); /* read first */
	rig_reply(rig, k, rig->tx_ns[k] + 10 * S);
	assert_int_equal(rig_totals(rig, rig->out[k].target).answered, 1);
	rig_end(rig);
}

TEST(test_sim_the_stamp_decides_and_not_the_reading)
{
	struct sim_target t = scenario_target(1, 20 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	/* the loop stood still for ten seconds: first all is read */
	rig_reply(rig, i, rig->tx_ns[i] + S);
	rig_turn(rig, rig->tx_ns[i] + 10 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, S);
	i = rig_next(rig);
	rig_reply(rig, i, rig->tx_ns[i] + S + 1);
	rig_turn(rig, rig->tx_ns[i] + 10 * S);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).late, 1);
	rig_end(rig);
}

TEST(test_sim_only_what_was_read_counts_as_read)
{
	struct sim_target t = scenario_target(1, 20 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	/* not all could be read, the last packet was stamped long before the deadline */
	monitor_advance(rig->m, rig->tx_ns[i] + 5 * S, rig->tx_ns[i] + 500 * MS);
	assert_int_equal(rig_totals(rig, 0).lost, 0);
	rig_reply(rig, i, rig->tx_ns[i] + 900 * MS);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_end(rig);
}

TEST(test_sim_reply_between_stamp_and_queue_is_not_lost)
{
	struct sim_target t = scenario_target(1, 20 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	rig_turn(rig, rig->tx_ns[i] + S + 9 * MS); /* the queues were seen empty */
	rig_reply(rig, i, rig->tx_ns[i] + S - 10000); /* and yet it was stamped before */
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_end(rig);
}

TEST(test_sim_a_thousand_duplicates_change_nothing)
{
	struct sim_target t = scenario_target(1, 10 * S, S);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	for (int k = 0; k < 1000; k++)
		rig_reply(rig, i, rig->tx_ns[i] + (k + 1) * MS);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).duplicates, 999);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, MS);
	rig_end(rig);
}

TEST(test_sim_reordered_counts_by_flow_and_over_the_wrap_of_sequences)
{
	struct sim_target t = scenario_target(1, 10 * MS, 2 * S);
	struct rig *rig;
	size_t before = 0;

	t.alarms = false;
	t.samples = 1;
	rig = rig_new(&t, 1);
	for (uint16_t seq = 1; seq != 3;) { /* to 65535 and two further */
		before = rig_next(rig);
		seq = (uint16_t)(rig->out[before].head[6] << 8 | rig->out[before].head[7]);
		if (seq < 65533 && seq > 3)
			rig_reply(rig, before, rig->now_ns + 1);
		if (rig->n > 1024 && seq < 65000 && seq > 3)
			rig->n = 0; /* the first of them are long done */
	}
	for (size_t i = before; i > before - 4; i--) /* newest first */
		rig_reply(rig, i, rig->now_ns + MS);
	assert_int_equal(rig_totals(rig, 0).reordered, 3);
	rig_end(rig);
}

/* A target that is probed a hundred times a second shares its address, and so the sequences, with
 * one that is probed every ten minutes: to that one each next sequence is 60,000 further on. */
TEST(test_sim_reordered_is_not_confused_by_who_shares_the_address)
{
	struct sim_target t[2] = {scenario_target(1, 600 * S, S), scenario_target(1, 10 * MS, S)};
	struct sim *sim;

	t[0].alarms = t[1].alarms = false;
	t[1].detail = 0;
	t[1].samples = 1;
	sim = sim_new(14, t, 2);
	scenario_run(sim, 35 * MINUTE);
	assert_in_range(scenario_report(sim, 0, S).totals.answered, 3, 4);
	assert_int_equal(scenario_report(sim, 0, S).totals.reordered, 0);
	scenario_end(sim);
}

TEST(test_sim_targets_with_one_address_share_its_sequences)
{
	struct sim_target t[3] = {scenario_target(1, S, 2 * S), scenario_target(1, S, 2 * S),
	    scenario_target(1, S, 2 * S)};
	struct rig *rig = rig_new(t, 3);
	bool seen[65536] = {false};

	rig_run(rig, rig->now_ns + 60 * S);
	for (size_t i = 0; i < rig->n; i++) {
		uint16_t seq = (uint16_t)(rig->out[i].head[6] << 8 | rig->out[i].head[7]);

		assert_false(seen[seq]);
		seen[seq] = true;
		rig_reply(rig, i, rig->tx_ns[i] + MS);
	}
	for (uint32_t s = 0; s < 3; s++)
		assert_int_equal(
		    rig_totals(rig, s).answered + rig_totals(rig, s).late, rig_totals(rig, s).sent);
	rig_end(rig);
}

TEST(test_sim_every_small_size_is_measured)
{
	struct sim_target t[40];
	struct sim *sim;

	for (uint32_t i = 0; i < 40; i++) {
		t[i] = scenario_target((uint8_t)i, S, 2 * S);
		t[i].size_bytes = i / 2;
		if (i % 2 == 1)
			t[i].address = scenario_address6((uint8_t)i);
	}
	sim = sim_new(15, t, 40);
	sim_faults(sim)->delay_max_ns = 3 * S;
	sim_faults(sim)->forged_ppm = sim_faults(sim)->corrupt_ppm = 100000;
	scenario_run(sim, MINUTE);
	for (uint32_t i = 0; i < 40; i++) {
		assert_true(scenario_report(sim, i, S).totals.answered > 20);
		assert_true(scenario_report(sim, i, S).totals.foreign > 0);
		assert_true(i < 2 || scenario_report(sim, i, S).totals.corrupt +
					     scenario_report(sim, i, S).totals.foreign >
					 0);
	}
	scenario_end(sim);
}

TEST(test_sim_corrupt_reply_answers_nothing_and_the_reason_says_how)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	struct report r;

	for (int k = 0; k < 8; k++) {
		size_t i = rig_next(rig);
		struct packet p = packet_reply(&rig->out[i]);

		p.len -= 4; /* the network cut it */
		p.meta.full_bytes = p.len;
		packet_seal(&p);
		rig_receive(rig, p, rig->now_ns + MS);
	}
	rig_run(rig, rig->now_ns + S / 2);
	r = rig_report(rig, 0);
	assert_int_equal(r.totals.answered, 0);
	assert_int_equal(r.totals.corrupt, 8);
	assert_int_equal(r.state, STATE_DOWN);
	assert_string_equal(r.reason, "loss 100% over 5 probes, 52 of 56 bytes came back");
	rig_end(rig);
}

TEST(test_sim_wrong_checksum_is_corrupt)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	struct packet p = packet_reply(&rig->out[rig_next(rig)]);

	packet_icmp(&p)[2] ^= 1;
	rig_receive(rig, p, rig->now_ns + MS);
	assert_int_equal(rig_totals(rig, 0).answered, 0);
	assert_int_equal(rig_totals(rig, 0).corrupt, 1);
	rig_end(rig);
}

TEST(test_sim_wrong_source_is_foreign_to_the_target_it_claims)
{
	struct sim_target t[2] = {scenario_target(1, S, 500 * MS), scenario_target(2, S, 500 * MS)};
	struct rig *rig = rig_new(t, 2);
	size_t i = rig_next(rig);
	struct packet p = packet_reply(&rig->out[i]);
	struct report_status status;

	p.meta.from = scenario_address(77); /* whom nobody probes */
	rig_receive(rig, p, rig->now_ns + MS);
	assert_int_equal(rig_totals(rig, rig->out[i].target).answered, 0);
	assert_int_equal(rig_totals(rig, rig->out[i].target).foreign, 1);
	monitor_report_status(rig->m, rig->now_ns, &status);
	assert_int_equal(status.foreign, 1);
	assert_int_equal(status.probes.foreign, 1);
	rig_end(rig);
}

TEST(test_sim_reply_stamped_before_its_probe_left_is_refused)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig = rig_new(&t, 1);
	size_t i = rig_next(rig);

	rig_reply(rig, i, rig->tx_ns[i] - 3000); /* the batch began 2000 ns before */
	assert_int_equal(rig_totals(rig, 0).answered, 0);
	assert_int_equal(rig_totals(rig, 0).foreign, 1);
	rig_reply(rig, i, rig->tx_ns[i] - 1000); /* inside the batch */
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_status(rig).stamp_clamped, 1);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, 1);
	rig_end(rig);
}

TEST(test_sim_replay_after_65536_probes_is_no_answer)
{
	struct sim_target t = scenario_target(1, 10 * MS, 100 * MS);
	struct rig *rig;
	struct packet old;
	uint16_t seq;
	struct totals before, after;

	t.alarms = false;
	t.samples = 1;
	rig = rig_new(&t, 1);
	old = packet_reply(&rig->out[rig_next(rig)]);
	seq = (uint16_t)(rig->out[0].head[6] << 8 | rig->out[0].head[7]);
	rig_receive(rig, old, rig->now_ns + MS);
	for (uint32_t k = 0; k < 65536; k++) {
		if (rig->n > 1024)
			rig->n = 0;
		rig_next(rig);
	}
	assert_int_equal(rig->out[rig->n - 1].head[6] << 8 | rig->out[rig->n - 1].head[7], seq);
	before = rig_totals(rig, 0);
	rig_receive(rig, old, rig->now_ns + MS);
	after = rig_totals(rig, 0);
	assert_int_equal(after.answered, before.answered);
	assert_int_equal(after.in_flight, before.in_flight);
	rig_end(rig);
}

/* Without a tag only id and sequence speak: guesses must not hide the true reply, nor make us say
 * that we could not measure. */
TEST(test_sim_guessed_replies_to_small_probes_change_nothing)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig;
	struct packet p;
	size_t i = 0;

	t.size_bytes = 4;
	rig = rig_new(&t, 1);
	for (int k = 0; k < 100; k++)
		i = rig_answer_next(rig, MS);
	i = rig_next(rig);
	p = packet_reply(&rig->out[i]);
	packet_icmp(&p)[6] ^= 0x40;
	packet_seal(&p);
	for (int k = 0; k < 4000; k++)
		rig_receive(rig, p, rig->tx_ns[i] + MS);
	rig_reply(rig, i, rig->tx_ns[i] + 2 * MS);
	assert_int_equal(rig_totals(rig, 0).answered, 101);
	assert_int_equal(rig_totals(rig, 0).foreign, 4000);
	rig_run(rig, rig->now_ns + 5 * S);
	assert_int_equal(rig_totals(rig, 0).unmeasured, 0);
	rig_end(rig);
}

TEST(test_sim_broadcast_is_answered_by_many)
{
	struct sim_target t = scenario_target(255, S, 500 * MS);
	const struct addr eighth = scenario_address(8);
	struct rig *rig;
	size_t i;

	t.allow_special = true;
	rig = rig_new(&t, 1);
	i = rig_next(rig);
	assert_true(rig->out[i].broadcast);
	for (uint8_t host = 1; host <= 50; host++) {
		struct packet p = packet_reply(&rig->out[i]);

		p.meta.from = scenario_address(host);
		rig_receive(rig, p, rig->tx_ns[i] + host * MS);
	}
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).foreign, 0);
	assert_int_equal(rig_totals(rig, 0).duplicates, 0);
	assert_int_equal(rig_report(rig, 0).last_rtt_ns, MS);
	assert_int_equal(rig_report(rig, 0).responders->n, 50);
	assert_true(addr_equal(&rig_report(rig, 0).responders->list[7].address, &eighth));
	for (int again = 0; again < 3; again++) { /* one says it again */
		struct packet p = packet_reply(&rig->out[i]);

		p.meta.from = scenario_address(8);
		rig_receive(rig, p, rig->tx_ns[i] + 60 * MS);
	}
	assert_int_equal(rig_totals(rig, 0).duplicates, 3);
	assert_int_equal(rig_report(rig, 0).responders->list[7].replies, 1);
	assert_int_equal(rig_report(rig, 0).responders->list[7].last_rtt_ns, 8 * MS);
	rig_reload(rig, &t, 1);
	assert_int_equal(rig_report(rig, 0).responders->n, 50);
	(void)rig_next(rig); /* nobody answers this one */
	rig_run(rig, rig->now_ns + 600 * MS);
	assert_int_equal(rig_totals(rig, 0).lost, 1);
	rig_end(rig);
}

/* More answer than are remembered: those longest silent make way, and are counted. */
TEST(test_sim_broadcast_remembers_the_last_who_answered)
{
	struct sim_target t = scenario_target(255, S, 500 * MS);
	struct rig *rig;
	size_t i;

	t.allow_special = true;
	rig = rig_new(&t, 1);
	i = rig_next(rig);
	for (uint8_t host = 1; host <= 100; host++) {
		struct packet p = packet_reply(&rig->out[i]);

		p.meta.from = scenario_address(host);
		rig_receive(rig, p, rig->tx_ns[i] + host * MS);
	}
	assert_int_equal(rig_report(rig, 0).responders->n, RESPONDERS_MAX);
	assert_int_equal(rig_report(rig, 0).responders->displaced, 100 - RESPONDERS_MAX);
	assert_int_equal(rig_report(rig, 0).responders->list[0].address.bytes[3], 65);
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	rig_end(rig);
}

/* The kernel puts its own id into what a datagram socket sends, the same for all flows. */
TEST(test_sim_flows_are_told_apart_on_a_datagram_socket)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig;

	t.flows = 4;
	rig = rig_new(&t, 1);
	for (int k = 0; k < 8; k++) {
		size_t i = rig_next(rig);
		struct packet p = packet_reply(&rig->out[i]);

		packet_icmp(&p)[4] = 0x77;
		p.meta.path = RX_DGRAM;
		memmove(p.bytes, packet_icmp(&p), p.len - 20);
		p.len -= 20;
		p.meta.full_bytes = p.len;
		p.meta.rx_ns = rig->now_ns + MS;
		monitor_on_datagram(rig->m, &p.meta, p.bytes, p.len);
	}
	assert_int_equal(rig_totals(rig, 0).answered, 8);
	rig_end(rig);
}

TEST(test_sim_reply_longer_than_our_buffer_is_judged_by_what_we_have)
{
	struct sim_target t = scenario_target(1, S, 500 * MS);
	struct rig *rig;
	struct packet p;

	t.size_bytes = 96;
	rig = rig_new(&t, 1);
	for (int k = 0; k < 3; k++) {
		p = packet_reply(&rig->out[rig_next(rig)]);
		p.len = 100;
		p.meta.truncated = true;
		p.meta.full_bytes += k == 1; /* one byte more than was sent */
		p.bytes[90] ^= k == 2;
		rig_receive(rig, p, rig->now_ns + MS);
	}
	assert_int_equal(rig_totals(rig, 0).answered, 1);
	assert_int_equal(rig_totals(rig, 0).corrupt, 2);
	rig_end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sim_late_reply_is_counted_late_and_stays_lost),
	    cmocka_unit_test(test_sim_reply_after_a_minute_is_stale),
	    cmocka_unit_test(test_sim_stale_is_never_more_than_what_was_lost),
	    cmocka_unit_test(test_sim_second_late_reply_is_a_duplicate),
	    cmocka_unit_test(test_sim_reply_in_time_counts_though_a_late_one_was_read_before),
	    cmocka_unit_test(test_sim_late_reply_of_one_family_ends_no_probe_of_the_other),
	    cmocka_unit_test(test_sim_the_stamp_decides_and_not_the_reading),
	    cmocka_unit_test(test_sim_only_what_was_read_counts_as_read),
	    cmocka_unit_test(test_sim_reply_between_stamp_and_queue_is_not_lost),
	    cmocka_unit_test(test_sim_a_thousand_duplicates_change_nothing),
	    cmocka_unit_test(test_sim_reordered_counts_by_flow_and_over_the_wrap_of_sequences),
	    cmocka_unit_test(test_sim_reordered_is_not_confused_by_who_shares_the_address),
	    cmocka_unit_test(test_sim_targets_with_one_address_share_its_sequences),
	    cmocka_unit_test(test_sim_every_small_size_is_measured),
	    cmocka_unit_test(test_sim_corrupt_reply_answers_nothing_and_the_reason_says_how),
	    cmocka_unit_test(test_sim_wrong_checksum_is_corrupt),
	    cmocka_unit_test(test_sim_wrong_source_is_foreign_to_the_target_it_claims),
	    cmocka_unit_test(test_sim_reply_stamped_before_its_probe_left_is_refused),
	    cmocka_unit_test(test_sim_replay_after_65536_probes_is_no_answer),
	    cmocka_unit_test(test_sim_guessed_replies_to_small_probes_change_nothing),
	    cmocka_unit_test(test_sim_broadcast_is_answered_by_many),
	    cmocka_unit_test(test_sim_broadcast_remembers_the_last_who_answered),
	    cmocka_unit_test(test_sim_flows_are_told_apart_on_a_datagram_socket),
	    cmocka_unit_test(test_sim_reply_longer_than_our_buffer_is_judged_by_what_we_have),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
