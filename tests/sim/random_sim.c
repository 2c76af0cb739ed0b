/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Seeded random runs of the engine under faults, invariants checked after every step and the sums
 * compared with the network's own account at the end. Usage: random_sim FIRST_SEED COUNT MINUTES
 * TARGETS. A failing seed is printed; the same words run it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static struct sim_target
random_target(struct rng *rng, uint32_t i)
{
	static const nsec_t intervals[] = {
	    NSEC_PER_SEC, NSEC_PER_SEC, NSEC_PER_SEC, 500 * NSEC_PER_MSEC, 3 * NSEC_PER_SEC};
	static const nsec_t timeouts[] = {
	    2 * NSEC_PER_SEC, NSEC_PER_SEC, 300 * NSEC_PER_MSEC, 5 * NSEC_PER_SEC};
	struct sim_target t = {
	    .interval_ns = intervals[rng_below(rng, 5)],
	    .timeout_ns = timeouts[rng_below(rng, 4)],
	    .size_bytes = 18 + (uint32_t)rng_below(rng, 60),
	    .samples = 400,
	    .detail = rng_below(rng, 2) ? 32 : 0,
	    .flows = rng_below(rng, 4) == 0 ? 4 : 1,
	    .history_minutes = rng_below(rng, 2) ? 10 : 0,
	    .alarms = rng_below(rng, 2) != 0,
	};

	t.address.family = rng_below(rng, 3) == 0 ? 6 : 4;
	t.address.bytes[0] = t.address.family == 4 ? 10 : 0x20;
	t.address.bytes[2] = (uint8_t)(i / 100);
	t.address.bytes[t.address.family == 4 ? 1 : 15] =
	    (uint8_t)(i % 100); /* the last two bits are left to wrong sources */
	return t;
}

static void
random_faults(struct rng *rng, struct sim_faults *f)
{
	memset(f, 0, sizeof(*f));
	f->delay_min_ns = (nsec_t)rng_below(rng, 30 * NSEC_PER_MSEC);
	f->delay_max_ns =
	    f->delay_min_ns +
	    (nsec_t)rng_below(rng, rng_below(rng, 2) ? 3 * NSEC_PER_SEC : 50 * NSEC_PER_MSEC);
	f->loss_ppm = (uint32_t)rng_below(rng, 300000);
	f->duplicate_ppm = (uint32_t)rng_below(rng, 100000);
	f->corrupt_ppm = (uint32_t)rng_below(rng, 50000);
	f->wrong_source_ppm = (uint32_t)rng_below(rng, 20000);
	f->forged_ppm = (uint32_t)rng_below(rng, 50000);
	f->refused_ppm = (uint32_t)rng_below(rng, 20000);
	f->far_ppm = (uint32_t)rng_below(rng, 20000);
	f->far_max_ns = f->delay_max_ns + 20 * NSEC_PER_SEC;
	f->stall_ppm = (uint32_t)rng_below(rng, 2000);
	f->stall_max_ns = 6 * NSEC_PER_SEC;
	f->queue_packets = rng_below(rng, 4) == 0 ? 60 : 0;
}

static bool
one(uint64_t seed, uint32_t minutes, uint32_t n, uint64_t *ret_hash)
{
	struct rng rng;
	struct sim_target *targets = calloc(n, sizeof(*targets));
	struct sim *sim;
	bool ok = true;

	rng_seed(&rng, seed);
	for (uint32_t i = 0; i < n; i++)
		targets[i] = random_target(&rng, i);
	sim = sim_new(seed, targets, n);
	for (uint32_t minute = 0; minute < minutes && ok; minute++) {
		random_faults(&rng, sim_faults(sim));
		sim_set_silent(sim, (uint32_t)rng_below(&rng, n), rng_below(&rng, 2) != 0);
		if (rng_below(&rng, 4) == 0)
			sim_reload(sim, targets, n);
		ok = sim_run(sim, NSEC_PER_MIN);
	}
	ok = ok && sim_settle_and_compare(sim);
	if (!ok)
		printf("seed %llu: %s\n", (unsigned long long)seed, sim_why(sim));
	*ret_hash = sim_journal_hash(sim);
	sim_free(sim);
	free(targets);
	return ok;
}

int
main(int argc, char *argv[])
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 200;
	uint32_t minutes = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 10;
	uint32_t n = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 100;
	uint64_t failed = 0, hash = 0, again = 1;

	if (n < 1 || n > SIM_TARGETS_MAX || minutes < 1 || count < 1) {
		fprintf(stderr, "usage: random_sim FIRST_SEED COUNT MINUTES TARGETS (at most %d)\n",
		    SIM_TARGETS_MAX);
		return 2;
	}
	for (uint64_t seed = first; seed < first + count; seed++)
		failed += !one(seed, minutes, n, &hash);
	if (minutes <= 60 &&
	    (!one(first, minutes, n, &hash) || !one(first, minutes, n, &again) || hash != again)) {
		printf("seed %llu: two runs of one seed differ\n", (unsigned long long)first);
		failed++;
	}
	printf("%llu seeds of %u minutes and %u targets: %llu failed\n", (unsigned long long)count,
	    minutes, n, (unsigned long long)failed);
	return failed > 0;
}
