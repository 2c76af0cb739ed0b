/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the engine alone costs: every target is probed, a network in memory answers all but a few.
 * The time of the network and of the turns' bookkeeping is not counted. Usage:
 *
 *	bench_core [TARGETS [SECONDS [INTERVALS [ALARMS]]]]
 *
 * INTERVALS: how many different ones there are around one second. Measured on this machine, now;
 * compare only what was run side by side.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/monitor.h"

#include "../sim/sim.h"

#define ALIGN 64
#define START_NS (1000 * NSEC_PER_SEC)
#define RTT_NS (20 * NSEC_PER_MSEC)
#define SEND_NS 2000
#define LOST_EVERY 100 /* one in so many probes is not answered */
#define BATCH 64 /* packets built, then handed over in one go */
#define QUEUE (1u << 20)

struct flying {
	nsec_t rx_ns;
	struct probe_out out;
};

struct bench {
	struct monitor *m;
	struct settings *settings;
	void *arena;
	size_t arena_bytes;
	nsec_t now_ns;
	struct flying *queue; /* QUEUE, in the order of sending */
	uint64_t head, tail;
	uint64_t sent, received, turns;
	double clock_ns; /* one reading of the clock */
	double send_ns, receive_ns, advance_ns, wake_ns;
};

/* CPU time of this thread: what others do beside us is not ours. */
static double
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What two readings of the clock in a row are apart at least. */
static double
clock_cost_ns(void)
{
	double best = 1e9;

	for (int i = 0; i < 1000; i++) {
		double before = clock_ns(), cost = clock_ns() - before;

		best = cost < best ? cost : best;
	}
	return best;
}

static struct settings *
settings_of(uint32_t n, uint32_t intervals, bool alarms)
{
	struct sim_target *targets = calloc(n, sizeof(*targets));
	struct settings *settings;
	struct sim_world world = {.targets = targets, .n = n, .metrics_rtt = -1};

	assert(targets != NULL);
	for (uint32_t i = 0; i < n; i++)
		targets[i] = (struct sim_target){
		    .address = {.family = 4,
			.bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
		    .interval_ns = NSEC_PER_SEC + i % intervals * NSEC_PER_USEC,
		    .timeout_ns = NSEC_PER_SEC,
		    .size_bytes = 56,
		    .samples = alarms ? 300 : 64,
		    .alarms = alarms,
		};
	settings = sim_settings(&world);
	free(targets);
	return settings;
}

static void *
arena_new(const struct settings *settings, size_t *ret_bytes)
{
	size_t bytes = (monitor_arena_bytes(settings) + ALIGN - 1) / ALIGN * ALIGN;
	void *arena = aligned_alloc(ALIGN, bytes);

	assert(arena != NULL);
	memset(arena, 0, bytes);
	*ret_bytes = bytes;
	return arena;
}

static void
start(struct bench *b, uint32_t n)
{
	const struct monitor_identity identity = {
	    .key = {1, 2}, .id_first = SIM_ID_FIRST, .epoch = 7, .seed = 9};
	double before;

	b->arena = arena_new(b->settings, &b->arena_bytes);
	b->now_ns = START_NS;
	before = clock_ns();
	b->m = monitor_init(b->arena, b->settings, &identity, b->now_ns, b->now_ns);
	printf("init        %10.1f ms\n", (clock_ns() - before) / 1e6);
	before = clock_ns();
	for (uint32_t i = 0; i < n; i++) {
		struct addr a = {
		    .family = 4, .bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};

		monitor_on_address(b->m, b->now_ns, i, &a, 1, 0, NULL);
	}
	printf("addresses   %10.1f ms\n", (clock_ns() - before) / 1e6);
	printf("arena       %10.1f MB, %.1f MB of it while all goes well\n",
	    (double)b->arena_bytes / 1e6, (double)monitor_usual_bytes(b->settings) / 1e6);
}

static void
reply_bytes(const struct probe_out *out, uint8_t bytes[static 84])
{
	uint8_t *icmp = bytes + 20;
	uint32_t sum = 0;

	memset(bytes, 0, 20);
	bytes[0] = 0x45;
	bytes[8] = 60;
	bytes[9] = 1;
	memcpy(icmp, out->head, out->head_bytes);
	memcpy(icmp + out->head_bytes, probe_pattern() + out->head_bytes - 8, 64 - out->head_bytes);
	icmp[0] = icmp[2] = icmp[3] = 0;
	for (int i = 0; i < 64; i += 2)
		sum += (uint32_t)icmp[i] << 8 | icmp[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
}

static void
receive(struct bench *b)
{
	static uint8_t packets[BATCH][84];
	static struct rx_meta meta[BATCH];
	const uint8_t *bytes[BATCH];
	size_t len[BATCH];

	while (b->tail != b->head && b->queue[b->tail % QUEUE].rx_ns <= b->now_ns) {
		size_t n = 0;
		double before;

		for (; n < BATCH && b->tail != b->head; n++, b->tail++) {
			const struct flying *f = &b->queue[b->tail % QUEUE];

			if (f->rx_ns > b->now_ns)
				break;
			reply_bytes(&f->out, packets[n]);
			bytes[n] = packets[n];
			len[n] = sizeof(packets[n]);
			meta[n] = (struct rx_meta){.path = RX_RAW,
			    .from = f->out.to,
			    .rx_ns = f->rx_ns,
			    .kernel_stamp = true,
			    .full_bytes = 84,
			    .hop_limit = 60,
			    .dscp = -1};
		}
		before = clock_ns();
		monitor_prefetch(b->m, meta, bytes, len, n);
		for (size_t i = 0; i < n; i++)
			monitor_on_datagram(b->m, &meta[i], bytes[i], len[i]);
		b->receive_ns += clock_ns() - before - b->clock_ns;
		b->received += n;
	}
}

static void
take(struct bench *b, const struct probe_out out[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (++b->sent % LOST_EVERY == 0)
			continue;
		b->queue[b->head % QUEUE].rx_ns = b->now_ns + RTT_NS;
		b->queue[b->head++ % QUEUE].out = out[i];
		assert(b->head - b->tail < QUEUE);
	}
}

static void
send(struct bench *b)
{
	struct probe_out out[PROBE_BATCH_MAX];
	struct probe_sent sent[PROBE_BATCH_MAX];
	size_t n;

	do {
		double before = clock_ns();
		nsec_t early = b->now_ns;

		n = monitor_next_send(b->m, b->now_ns, out, PROBE_BATCH_MAX);
		b->send_ns += clock_ns() - before - b->clock_ns;
		for (size_t i = 0; i < n; i++) {
			b->now_ns += SEND_NS;
			sent[i] = (struct probe_sent){
			    .number = out[i].number, .tx_ns = b->now_ns, .tx_early_ns = early};
		}
		before = clock_ns();
		monitor_on_sent(b->m, sent, n);
		b->send_ns += clock_ns() - before - b->clock_ns;
		take(b, out, n);
	} while (n > 0);
}

static void
run(struct bench *b, nsec_t duration_ns)
{
	struct event event;

	for (nsec_t end = b->now_ns + duration_ns; b->now_ns < end; b->turns++) {
		double before = clock_ns();
		nsec_t wake = monitor_next_wake_ns(b->m);

		b->wake_ns += clock_ns() - before - b->clock_ns;
		b->now_ns = nsec_max(wake, b->now_ns);
		receive(b);
		before = clock_ns();
		monitor_advance(b->m, b->now_ns, b->now_ns);
		b->advance_ns += clock_ns() - before - b->clock_ns;
		send(b);
		while (monitor_next_event(b->m, &event))
			continue;
	}
}

static void
reload(struct bench *b, uint32_t n, uint32_t intervals, bool alarms)
{
	struct settings *settings = settings_of(n, intervals, alarms);
	size_t bytes;
	void *arena = arena_new(settings, &bytes);
	double before = clock_ns();

	b->m = monitor_apply(arena, settings, b->m, b->now_ns);
	printf("reload      %10.1f ms\n", (clock_ns() - before) / 1e6);
	free(b->arena);
	free(b->settings);
	b->arena = arena;
	b->settings = settings;
}

int
main(int argc, char *argv[])
{
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	uint32_t seconds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10;
	uint32_t intervals = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1;
	bool alarms = argc > 4 && strtoul(argv[4], NULL, 10) > 0;
	struct bench b = {.queue = malloc(QUEUE * sizeof(*b.queue)), .clock_ns = clock_cost_ns()};
	double probes, turns;

	if (n < 1 || n > SETTINGS_TARGETS_MAX || seconds < 1 || intervals < 1 ||
	    intervals > SETTINGS_INTERVALS_MAX || b.queue == NULL) {
		fprintf(stderr, "usage: bench_core [TARGETS [SECONDS [INTERVALS [ALARMS]]]]\n");
		return 2;
	}
	b.settings = settings_of(n, intervals, alarms);
	printf("%u targets, %u s, %u intervals, alarms %s\n", n, seconds, intervals,
	    alarms ? "on" : "off");
	start(&b, n);
	run(&b, 3 * NSEC_PER_SEC); /* memory is touched, caches are as they will be */
	b.sent = b.received = b.turns = 0;
	b.send_ns = b.receive_ns = b.advance_ns = b.wake_ns = 0;
	run(&b, seconds * NSEC_PER_SEC);
	probes = (double)b.sent;
	turns = (double)b.turns;
	printf("turns       %10.0f a second, %.1f probes each\n", turns / seconds, probes / turns);
	printf("send        %10.1f ns a probe\n", b.send_ns / probes);
	printf("receive     %10.1f ns a reply\n", b.receive_ns / (double)b.received);
	printf("deadlines   %10.1f ns a probe\n", b.advance_ns / probes);
	printf("next wake   %10.1f ns a turn\n", b.wake_ns / turns);
	printf("all         %10.1f ns a probe\n",
	    (b.send_ns + b.receive_ns + b.advance_ns + b.wake_ns) / probes);
	reload(&b, n, intervals, alarms);
	free(b.queue);
	free(b.arena);
	free(b.settings);
	return 0;
}
