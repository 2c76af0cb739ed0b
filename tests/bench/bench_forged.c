/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Forged replies against the acceptance path: right source, id, sequence and number of a probe that
 * is out, every one with another tag. None may be accepted, and the true reply must be. Usage:
 *
 *	bench_forged [COUNT]
 *
 * Exit status 1 when one was accepted. The test tree runs a million of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/monitor.h"
#include "core/rng.h"

#include "../sim/sim.h"

#define ALIGN 64
#define START_NS (1000 * NSEC_PER_SEC)
#define COUNT_USUAL 1000000u
#define PER_PROBE 100000u /* forgeries while one probe is out */
#define PACKET_BYTES 84
#define TAG_AT (20 + 8 + 8)

static double
clock_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
seal(uint8_t bytes[static PACKET_BYTES])
{
	uint32_t sum = 0;

	bytes[22] = bytes[23] = 0;
	for (int i = 20; i < PACKET_BYTES; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	bytes[22] = (uint8_t)(~sum >> 8);
	bytes[23] = (uint8_t)~sum;
}

static void
reply_to(const struct probe_out *out, uint8_t bytes[static PACKET_BYTES])
{
	memset(bytes, 0, 20);
	bytes[0] = 0x45;
	bytes[3] = PACKET_BYTES;
	bytes[8] = 60;
	bytes[9] = 1;
	memcpy(bytes + 20, out->head, out->head_bytes);
	memcpy(bytes + 20 + out->head_bytes, probe_pattern() + out->head_bytes - 8,
	    64 - out->head_bytes);
	bytes[20] = 0;
	seal(bytes);
}

/* Free both, the engine first. */
static struct monitor *
engine(const struct addr *address, struct settings **ret_settings)
{
	const struct monitor_identity identity = {
	    .key = {1, 2}, .id_first = SIM_ID_FIRST, .epoch = 7, .seed = 9};
	const struct sim_target target = {.address = *address,
	    .interval_ns = NSEC_PER_SEC,
	    .timeout_ns = NSEC_PER_SEC,
	    .size_bytes = 56,
	    .samples = 300,
	    .alarms = true};
	const struct sim_world world = {.targets = &target, .n = 1, .metrics_rtt = -1};
	struct settings *settings = sim_settings(&world);
	size_t bytes = (monitor_arena_bytes(settings) + ALIGN - 1) / ALIGN * ALIGN;
	void *arena = aligned_alloc(ALIGN, bytes);
	struct monitor *m;

	if (arena == NULL)
		abort();
	memset(arena, 0, bytes);
	*ret_settings = settings;
	m = monitor_init(arena, settings, &identity, START_NS, START_NS);
	monitor_on_address(m, START_NS, 0, address, 1, 0, NULL);
	return m;
}

static uint64_t
answered(struct monitor *m, nsec_t now_ns)
{
	struct report report;

	if (!monitor_report(m, now_ns, 0, NULL, 0, REPORT_BASIC, &report))
		abort();
	if (report.totals.lost + report.totals.unmeasured + report.totals.corrupt > 0)
		abort();
	return report.totals.answered;
}

/* One probe, so many forgeries of its reply, then the true one. Returns the time of the
 * forgeries; *accepted counts what should not have been. */
static double
round_of(struct monitor *m, nsec_t *now_ns, struct rng *rng, uint64_t n, uint64_t *accepted)
{
	uint8_t bytes[PACKET_BYTES], forged[PACKET_BYTES];
	struct rx_meta meta = {.path = RX_RAW,
	    .kernel_stamp = true,
	    .full_bytes = PACKET_BYTES,
	    .hop_limit = 60,
	    .dscp = -1};
	struct probe_out out;
	struct probe_sent sent;
	uint64_t before;
	double start_ns, spent_ns;

	do {
		*now_ns = nsec_max(monitor_next_wake_ns(m), *now_ns);
		monitor_advance(m, *now_ns, *now_ns);
	} while (monitor_next_send(m, *now_ns, &out, 1) == 0);
	sent = (struct probe_sent){.number = out.number, .tx_ns = *now_ns, .tx_early_ns = *now_ns};
	monitor_on_sent(m, &sent, 1);
	reply_to(&out, bytes);
	memcpy(forged, bytes, sizeof(forged));
	meta.from = out.to;
	meta.rx_ns = *now_ns + NSEC_PER_MSEC;
	before = answered(m, *now_ns);
	start_ns = clock_ns();
	for (uint64_t i = 0; i < n; i++) {
		uint64_t tag = rng_next(rng);

		memcpy(forged + TAG_AT, &tag, sizeof(tag));
		if (memcmp(forged, bytes, sizeof(forged)) == 0)
			continue; /* the true one */
		seal(forged);
		monitor_on_datagram(m, &meta, forged, sizeof(forged));
	}
	spent_ns = clock_ns() - start_ns;
	*accepted += answered(m, *now_ns) - before;
	monitor_on_datagram(m, &meta, bytes, sizeof(bytes));
	if (answered(m, *now_ns) == before)
		abort(); /* the true one is refused */
	return spent_ns;
}

int
main(int argc, char **argv)
{
	const struct addr address = {.family = 4, .bytes = {192, 0, 2, 1}};
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : COUNT_USUAL, accepted = 0;
	struct settings *settings;
	struct monitor *m = engine(&address, &settings);
	nsec_t now_ns = START_NS;
	double spent_ns = 0;
	struct rng rng;

	rng_seed(&rng, 11);
	for (uint64_t done = 0; done < count; done += PER_PROBE)
		spent_ns += round_of(m, &now_ns, &rng,
		    count - done < PER_PROBE ? count - done : PER_PROBE, &accepted);
	printf("%llu forged replies, %llu accepted, %.0f ns each\n", (unsigned long long)count,
	    (unsigned long long)accepted, count > 0 ? spent_ns / (double)count : 0);
	free(m); /* it lies at the start of its arena */
	free(settings);
	return accepted > 0;
}
