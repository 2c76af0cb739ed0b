/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The engine's arena and its border; what it does over time is in tests/sim.
 */
#include "../sim/scenario.h"

#define CANARY_BYTES 4096
#define N 1000

static struct settings *
settings_of(const struct sim_target *like, uint32_t n)
{
	struct sim_target *targets = calloc(n, sizeof(*targets));
	const struct sim_world world = {.targets = targets, .n = n, .metrics_rtt = -1};
	struct settings *settings;

	assert_non_null(targets);
	for (uint32_t i = 0; i < n; i++) {
		targets[i] = *like;
		targets[i].address.bytes[1] = (uint8_t)(i >> 16);
		targets[i].address.bytes[2] = (uint8_t)(i >> 8);
		targets[i].address.bytes[3] = (uint8_t)i;
	}
	settings = sim_settings(&world);
	free(targets);
	return settings;
}

static const struct monitor_identity identity = {
    .key = {1, 2}, .id_first = SIM_ID_FIRST, .epoch = 5, .seed = 3};

/* Runs with an answer for every probe. */
static void
run(struct monitor *m, nsec_t *now_ns, nsec_t duration_ns)
{
	struct probe_out out[PROBE_BATCH_MAX];
	struct probe_sent sent[PROBE_BATCH_MAX];

	for (nsec_t end = *now_ns + duration_ns; *now_ns < end;) {
		size_t n;

		*now_ns = nsec_max(monitor_next_wake_ns(m), *now_ns);
		monitor_advance(m, *now_ns, *now_ns);
		while ((n = monitor_next_send(m, *now_ns, out, PROBE_BATCH_MAX)) > 0) {
			for (size_t i = 0; i < n; i++)
				sent[i] = (struct probe_sent){.number = out[i].number,
				    .tx_ns = *now_ns,
				    .tx_early_ns = *now_ns};
			monitor_on_sent(m, sent, n);
			for (size_t i = 0; i < n; i++) {
				struct packet p = packet_reply(&out[i]);

				p.meta.rx_ns = *now_ns + MS;
				monitor_on_datagram(m, &p.meta, p.bytes, p.len);
			}
		}
	}
}

TEST(test_monitor_arena_is_what_it_says)
{
	struct sim_target like = scenario_target(0, S, S);
	struct settings *settings;
	size_t bytes;
	uint8_t *arena;
	nsec_t now = 100 * S;
	struct monitor *m;

	like.history_minutes = 3;
	settings = settings_of(&like, N);
	bytes = monitor_arena_bytes(settings);
	arena = aligned_alloc(64, (bytes + CANARY_BYTES + 63) / 64 * 64);
	assert_non_null(arena);
	memset(arena, 0, bytes);
	memset(arena + bytes, 0xa5, CANARY_BYTES);
	m = monitor_init(arena, settings, &identity, now, now);
	assert_ptr_equal(m, arena);
	for (uint32_t i = 0; i < N; i++) {
		struct addr a = like.address;

		a.bytes[2] = (uint8_t)(i >> 8);
		a.bytes[3] = (uint8_t)i;
		monitor_on_address(m, now, i, &a, 1, 0, NULL);
	}
	run(m, &now, 10 * S);
	for (size_t i = 0; i < CANARY_BYTES; i++)
		assert_int_equal(arena[bytes + i], 0xa5);
	free(arena);
	free(settings);
}

/* While nothing odd happens, what is there for odd things is never written. */
TEST(test_monitor_touches_no_more_than_usual)
{
	struct sim_target like = scenario_target(0, S, S);
	struct settings *settings = settings_of(&like, N);
	size_t bytes = monitor_arena_bytes(settings), usual = monitor_usual_bytes(settings);
	uint8_t *arena = aligned_alloc(64, (bytes + 63) / 64 * 64);
	nsec_t now = 100 * S;
	struct monitor *m;
	struct report_status status;

	assert_non_null(arena);
	memset(arena, 0, bytes);
	m = monitor_init(arena, settings, &identity, now, now);
	for (uint32_t i = 0; i < N; i++) {
		struct addr a = like.address;

		a.bytes[2] = (uint8_t)(i >> 8);
		a.bytes[3] = (uint8_t)i;
		monitor_on_address(m, now, i, &a, 1, 0, NULL);
	}
	run(m, &now, 30 * S);
	monitor_report_status(m, now, &status);
	assert_in_range(status.probes.answered, 29 * N, 31 * N);
	assert_true(usual < bytes);
	for (size_t i = usual; i < bytes; i++)
		assert_int_equal(arena[i], 0);
	free(arena);
	free(settings);
}

TEST(test_monitor_idle_target_takes_256_bytes_and_its_ring)
{
	struct sim_target like = scenario_target(0, NSEC_PER_HOUR, S);
	struct settings *few, *many;
	size_t each;

	like.detail = 0;
	like.samples = 64;
	like.alarms = false;
	few = settings_of(&like, 32768);
	many = settings_of(&like, 65536);
	each = (monitor_usual_bytes(many) - monitor_usual_bytes(few)) / 32768;
	print_message("%zu bytes a target with a ring of 64 samples\n", each);
	assert_in_range(each, 4 * 64, 256 + 4 * (64 + 20) + 16);
	free(few);
	free(many);
}

TEST(test_monitor_refuses_what_it_cannot_address)
{
	struct sim_target like = scenario_target(0, S, S);
	struct settings *settings;

	like.addresses_all = true;
	like.host = "name.example";
	like.history_minutes = SETTINGS_HISTORY_MAX_MINUTES;
	like.detail = SETTINGS_DETAIL_MAX;
	settings = settings_of(&like, 80);
	assert_true(monitor_arena_bytes(settings) > (size_t)50 << 30);
	free(settings);
	settings = settings_of(&like, 200);
	assert_int_equal(monitor_arena_bytes(settings), 0);
	assert_int_equal(monitor_usual_bytes(settings), 0);
	free(settings);
}

TEST(test_monitor_flights_follow_what_is_in_flight_and_not_the_longest_timeout)
{
	struct sim_target t[2] = {
	    scenario_target(1, 10 * MS, 100 * MS), scenario_target(2, S, MINUTE)};
	struct sim_world world = {.targets = t, .n = 2, .metrics_rtt = -1};
	struct settings *settings;
	size_t both;

	t[0].alarms = t[1].alarms = false;
	t[0].samples = t[1].samples = 1;
	t[0].detail = t[1].detail = 0;
	settings = sim_settings(&world);
	both = monitor_arena_bytes(settings);
	free(settings);
	t[1].timeout_ns = S;
	settings = sim_settings(&world);
	assert_in_range(both, monitor_arena_bytes(settings), 2 * monitor_arena_bytes(settings));
	free(settings);
}

TEST(test_monitor_without_targets_does_nothing_for_ever)
{
	struct sim_world world = {.targets = NULL, .n = 0};
	struct rig *rig = rig_new_world(&world);
	struct report_status status;
	uint32_t s;

	rig_run(rig, rig->now_ns + 10 * S);
	assert_int_equal(rig->n, 0);
	monitor_report_status(rig->m, rig->now_ns, &status);
	assert_int_equal(status.targets_total, 0);
	assert_false(monitor_series_find(rig->m, "anything", &s));
	rig_free(rig);
}

TEST(test_monitor_reader_that_fell_behind_goes_on_at_the_oldest)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	struct event event;
	uint64_t last = 0;

	for (int i = 0; i < EVENT_JOURNAL_MAX + 100; i++)
		monitor_note_reload_failed(rig->m, rig->now_ns, "no");
	while (monitor_next_event(rig->m, &event)) {
		assert_true(event.id == last + 1 || (last == 0 && event.id == 101));
		last = event.id;
	}
	assert_int_equal(last, EVENT_JOURNAL_MAX + 100);
	assert_false(monitor_next_event(rig->m, &event));
	rig_end(rig);
}

TEST(test_monitor_finds_series_by_names_with_colons)
{
	struct sim_target t[3] = {
	    scenario_target(1, S, S), scenario_target(2, S, S), scenario_target(3, S, S)};
	struct addr a[2] = {scenario_address6(1), scenario_address(9)};
	struct rig *rig;
	uint32_t s;

	t[0].name = "a";
	t[1].name = "a:b";
	t[2].name = "a:b:c";
	t[1].addresses_all = true;
	t[1].host = "name.example";
	memset(&t[1].address, 0, sizeof(t[1].address));
	rig = rig_new(t, 3);
	assert_true(monitor_series_find(rig->m, "a", &s) && s == 0);
	assert_true(monitor_series_find(rig->m, "a:b", &s) && s == 1);
	monitor_on_address(rig->m, rig->now_ns, 1, a, 2, 0, NULL);
	assert_false(monitor_series_find(rig->m, "a:b", &s));
	assert_true(monitor_series_find(rig->m, "a:b:2001:db8::1", &s) && s == 1);
	assert_true(monitor_series_find(rig->m, "a:b:192.0.2.9", &s) && s == 2);
	assert_true(monitor_series_find(rig->m, "a:b:c", &s));
	assert_string_equal(
	    settings_text(rig->settings, monitor_series_target(rig->m, s)->name), "a:b:c");
	assert_false(monitor_series_find(rig->m, "", &s));
	assert_false(monitor_series_find(rig->m, "a:", &s));
	assert_false(monitor_series_find(rig->m, "a:b:192.0.2.10", &s));
	rig_end(rig);
}

TEST(test_monitor_takes_any_call_for_what_does_not_exist)
{
	struct sim_target t = scenario_target(1, S, S);
	struct rig *rig = rig_new(&t, 1);
	struct addr a = scenario_address(1);
	const struct probe_sent sent = {.number = 12345};
	struct rx_meta meta = {.path = RX_RAW, .from = a, .rx_ns = rig->now_ns};
	struct report r;
	struct report_group g;
	struct report_probe probe;
	enum state now;

	monitor_on_address(rig->m, rig->now_ns, 1, &a, 1, 0, NULL);
	monitor_on_address(rig->m, rig->now_ns, UINT32_MAX, &a, 1, 0, NULL);
	monitor_on_source(rig->m, 1, 3, false);
	monitor_on_sent(rig->m, &sent, 1);
	monitor_on_tx_stamp(rig->m, 12345, rig->now_ns);
	monitor_on_queue_drops(rig->m, 4, rig->now_ns, rig->now_ns, 0);
	monitor_on_datagram(rig->m, &meta, (const uint8_t *)"", 0);
	monitor_on_error(rig->m, &meta, 3, 1, &a, (const uint8_t *)"", 0);
	monitor_advance(rig->m, rig->now_ns - S, rig->now_ns - 2 * S); /* time does not go back */
	assert_false(monitor_report(rig->m, rig->now_ns, 1, NULL, 0, REPORT_BASIC, &r));
	assert_true(monitor_report_group(rig->m, 0, &g)); /* the targets of no group */
	assert_string_equal(g.name, "");
	assert_int_equal(g.members, 1);
	assert_false(monitor_report_group(rig->m, 1, &g));
	assert_false(monitor_series_state(rig->m, 1, &now));
	assert_int_equal(monitor_report_probes(rig->m, rig->now_ns, 1, 1, &probe), 0);
	rig_end(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_monitor_arena_is_what_it_says),
	    cmocka_unit_test(test_monitor_touches_no_more_than_usual),
	    cmocka_unit_test(test_monitor_idle_target_takes_256_bytes_and_its_ring),
	    cmocka_unit_test(test_monitor_refuses_what_it_cannot_address),
	    cmocka_unit_test(
		test_monitor_flights_follow_what_is_in_flight_and_not_the_longest_timeout),
	    cmocka_unit_test(test_monitor_without_targets_does_nothing_for_ever),
	    cmocka_unit_test(test_monitor_reader_that_fell_behind_goes_on_at_the_oldest),
	    cmocka_unit_test(test_monitor_finds_series_by_names_with_colons),
	    cmocka_unit_test(test_monitor_takes_any_call_for_what_does_not_exist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
