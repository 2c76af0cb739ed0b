/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements scenario.h.
 */
#include "scenario.h"

#define ALIGN 64
#define START_NS (1000 * NSEC_PER_SEC)
#define WALL_NS (NSEC_PER_SEC * INT64_C(1790000000))
#define SEND_NS 2000

struct addr
scenario_address(uint8_t last)
{
	return (struct addr){.family = 4, .bytes = {192, 0, 2, last}};
}

struct addr
scenario_address6(uint8_t last)
{
	return (struct addr){.family = 6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = last}};
}

struct sim_target
scenario_target(uint8_t last, nsec_t interval_ns, nsec_t timeout_ns)
{
	uint32_t three_minutes = (uint32_t)(3 * MINUTE / interval_ns) + 1;

	return (struct sim_target){
	    .address = scenario_address(last),
	    .interval_ns = interval_ns,
	    .timeout_ns = timeout_ns,
	    .size_bytes = 56,
	    .samples = three_minutes > 400 ? three_minutes : 400,
	    .detail = 64,
	    .alarms = interval_ns <= 12 * NSEC_PER_SEC, /* "over 1m" is five of them */
	};
}

void
scenario_run(struct sim *sim, nsec_t duration_ns)
{
	if (!sim_run(sim, duration_ns))
		fail_msg("%s", sim_why(sim));
}

struct report
scenario_report(struct sim *sim, uint32_t series, nsec_t window_ns)
{
	struct report r;

	assert_true(monitor_report(
	    sim_monitor(sim), sim_now(sim), series, &window_ns, 1, REPORT_BASIC, &r));
	return r;
}

void
scenario_end(struct sim *sim)
{
	if (!sim_settle_and_compare(sim))
		fail_msg("%s", sim_why(sim));
	sim_free(sim);
}

static void *
arena_new(const struct settings *settings)
{
	size_t bytes = (monitor_arena_bytes(settings) + ALIGN - 1) / ALIGN * ALIGN;
	void *arena = aligned_alloc(ALIGN, bytes);

	assert_non_null(arena);
	memset(arena, 0, bytes);
	return arena;
}

static void
tell_addresses(struct rig *rig, const struct sim_target targets[], uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (targets[i].address.family != 0)
			monitor_on_address(rig->m, rig->now_ns, i, &targets[i].address, 1, 0, NULL);
	}
}

struct rig *
rig_new_world(const struct sim_world *world)
{
	const struct monitor_identity identity = {
	    .key = {1, 2}, .id_first = SIM_ID_FIRST, .epoch = 0x123456, .seed = 3};
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->now_ns = START_NS;
	rig->settings = sim_settings(world);
	rig->arena = arena_new(rig->settings);
	rig->m = monitor_init(rig->arena, rig->settings, &identity, rig->now_ns, WALL_NS);
	tell_addresses(rig, world->targets, world->n);
	return rig;
}

struct rig *
rig_new(const struct sim_target targets[], uint32_t n)
{
	const struct sim_world world = {.targets = targets, .n = n};

	return rig_new_world(&world);
}

void
rig_free(struct rig *rig)
{
	free(rig->arena);
	free(rig->settings);
	free(rig);
}

void
rig_reload(struct rig *rig, const struct sim_target targets[], uint32_t n)
{
	const struct sim_world world = {.targets = targets, .n = n};
	struct settings *settings = sim_settings(&world);
	void *arena = arena_new(settings);

	rig->m = monitor_apply(arena, settings, rig->m, rig->now_ns);
	free(rig->arena);
	free(rig->settings);
	rig->arena = arena;
	rig->settings = settings;
	tell_addresses(rig, targets, n);
}

static void
send_due(struct rig *rig)
{
	struct probe_sent sent[PROBE_BATCH_MAX];
	size_t n;

	do {
		nsec_t early = rig->now_ns;

		assert_true(rig->n + PROBE_BATCH_MAX <= RIG_OUT_MAX);
		n = monitor_next_send(rig->m, rig->now_ns, rig->out + rig->n, PROBE_BATCH_MAX);
		for (size_t i = 0; i < n; i++) {
			rig->now_ns += SEND_NS;
			rig->tx_ns[rig->n + i] = rig->now_ns;
			sent[i] = (struct probe_sent){.number = rig->out[rig->n + i].number,
			    .tx_ns = rig->now_ns,
			    .tx_early_ns = early,
			    .error = -rig->refuse};
		}
		monitor_on_sent(rig->m, sent, n);
		rig->n += n;
	} while (n > 0);
}

void
rig_turn(struct rig *rig, nsec_t now_ns)
{
	char why[256];

	rig->now_ns = nsec_max(now_ns, rig->now_ns);
	monitor_advance(rig->m, rig->now_ns, rig->now_ns);
	send_due(rig);
	if (!rig->quiet && !monitor_check(rig->m, true, why, sizeof(why)))
		fail_msg("%s", why);
}

void
rig_run(struct rig *rig, nsec_t until_ns)
{
	while (monitor_next_wake_ns(rig->m) < until_ns)
		rig_turn(rig, monitor_next_wake_ns(rig->m));
	rig->now_ns = nsec_max(rig->now_ns, until_ns);
}

size_t
rig_next(struct rig *rig)
{
	size_t n = rig->n;

	while (rig->n == n)
		rig_turn(rig, monitor_next_wake_ns(rig->m));
	return rig->n - 1;
}

void
rig_receive(struct rig *rig, struct packet packet, nsec_t rx_ns)
{
	packet.meta.rx_ns = rx_ns;
	monitor_on_datagram(rig->m, &packet.meta, packet.bytes, packet.len);
}

void
rig_reply(struct rig *rig, size_t i, nsec_t rx_ns)
{
	rig_receive(rig, packet_reply(&rig->out[i]), rx_ns);
}

size_t
rig_answer_next(struct rig *rig, nsec_t rtt_ns)
{
	size_t first = rig->n, last = rig_next(rig);

	for (size_t i = first; i <= last; i++)
		rig_reply(rig, i, rig->tx_ns[i] + rtt_ns);
	return last;
}

struct report
rig_report(struct rig *rig, uint32_t series)
{
	struct report r;

	assert_true(monitor_report(rig->m, rig->now_ns, series, NULL, 0, REPORT_BASIC, &r));
	return r;
}

struct report_status
rig_status(struct rig *rig)
{
	struct report_status status;

	monitor_report_status(rig->m, rig->now_ns, &status);
	return status;
}

struct totals
rig_totals(struct rig *rig, uint32_t series)
{
	return rig_report(rig, series).totals;
}

void
rig_end(struct rig *rig)
{
	for (uint32_t s = 0; s < monitor_series_max(rig->m); s++)
		(void)monitor_pause(rig->m, rig->now_ns, s, 0, "end");
	rig_run(rig, rig->now_ns + 2 * MINUTE);
	for (uint32_t s = 0; s < monitor_series_max(rig->m); s++) {
		enum state state;

		if (monitor_series_state(rig->m, s, &state))
			assert_int_equal(rig_totals(rig, s).in_flight, 0);
	}
	rig_free(rig);
}

struct report_probe
rig_record(struct rig *rig, uint32_t series, uint16_t seq)
{
	struct report_probe probes[64];
	uint32_t n = monitor_report_probes(rig->m, rig->now_ns, series, 64, probes);

	while (n > 0 && probes[n - 1].seq != seq)
		n--;
	assert_true(n > 0);
	return probes[n - 1];
}

uint32_t
rig_events(struct rig *rig, enum event_kind kind, struct event *ret_last)
{
	const struct event_journal *journal = monitor_journal(rig->m);
	uint32_t n = 0;

	for (uint64_t id = event_journal_oldest(journal); id < journal->next_id; id++) {
		const struct event *event = event_journal_get(journal, id);

		if (event->kind != kind)
			continue;
		n++;
		if (ret_last != NULL)
			*ret_last = *event;
	}
	return n;
}
