/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Seeded random runs of the engine under faults, invariants checked after every step and the
 * engine's word compared with the network's own account. Usage:
 *
 *	random_sim [FIRST_SEED [COUNT [MINUTES [TARGETS]]]]
 *
 * Without arguments it runs what make check asks for: 200 seeds of 10 minutes and 100 targets, and
 * one day. A failing seed is printed with the words that run it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC
#define CHANGES_PER_MINUTE 6
#define POOL 6 /* addresses that a name may have */
#define REPEATED_EVERY 25 /* seeds: one run again, for the same journal */

static struct addr
address_of(bool six, uint32_t target, uint32_t variant)
{
	struct addr a = {.family = six ? 6 : 4};

	a.bytes[0] = six ? 0x20 : 10;
	a.bytes[1] = (uint8_t)(target % 100); /* the top bit of byte 2 is left to wrong sources */
	a.bytes[2] = (uint8_t)(target / 100);
	a.bytes[six ? 15 : 3] = (uint8_t)(variant + 1);
	return a;
}

static bool
one_in(struct rng *rng, uint64_t n)
{
	return rng_below(rng, n) == 0;
}

/* What a reload may change and the series still goes on. */
static void
random_settings(struct rng *rng, struct sim_target *t)
{
	static const nsec_t intervals[] = {S, S, S, 500 * MS, 3 * S, 200 * MS, 7 * S};
	static const nsec_t timeouts[] = {2 * S, S, 300 * MS, 5 * S, 12 * S};
	static const uint32_t small[] = {0, 1, 7, 8, 9, 15, 16, 17, 18};

	t->interval_ns = intervals[rng_below(rng, 7)];
	t->timeout_ns = timeouts[rng_below(rng, 5)];
	t->size_bytes = one_in(rng, 4) ? small[rng_below(rng, 9)]
				       : 18 + (uint32_t)rng_below(rng, SIM_PAYLOAD_MAX - 18);
	t->samples = 905 + (uint32_t)rng_below(rng, 100); /* three minutes for the alarms */
	t->detail = one_in(rng, 2) ? 8 + (uint32_t)rng_below(rng, 60) : 0;
	t->flows = (uint8_t)(one_in(rng, 4) ? 1 + rng_below(rng, SETTINGS_FLOWS_MAX) : 1);
	t->history_minutes = one_in(rng, 2) ? 1 + (uint32_t)rng_below(rng, 20) : 0;
	t->alarms = !one_in(rng, 3);
	t->paused = one_in(rng, 20);
	t->group = one_in(rng, 3) ? NULL : one_in(rng, 2) ? "red" : "blue";
	t->kernel_stamps = one_in(rng, 5);
}

static struct sim_target
random_target(struct rng *rng, uint32_t i, const char *name)
{
	struct sim_target t = {0};
	bool six = one_in(rng, 3);

	t.name = name;
	t.address = address_of(six, i, 0);
	if (one_in(rng, 4)) { /* a name; some begin without an address */
		t.host = "name.example";
		t.addresses_all = one_in(rng, 4);
		if (one_in(rng, 3))
			t.address.family = 0;
	} else if (i > 0 && one_in(rng, 10))
		t.address = address_of(six, (uint32_t)rng_below(rng, i), 0); /* shared, perhaps */
	if (t.address.family == 0)
		memset(&t.address, 0, sizeof(t.address));
	random_settings(rng, &t);
	return t;
}

static void
random_faults(struct rng *rng, struct sim_faults *f)
{
	memset(f, 0, sizeof(*f));
	f->delay_min_ns = (nsec_t)rng_below(rng, 30 * MS);
	f->delay_max_ns =
	    f->delay_min_ns + (nsec_t)rng_below(rng, one_in(rng, 2) ? 3 * S : 50 * MS);
	f->softirq_max_ns = (nsec_t)rng_below(rng, 9 * MS);
	f->loss_ppm = (uint32_t)rng_below(rng, one_in(rng, 3) ? 900000 : 50000);
	f->duplicate_ppm = (uint32_t)rng_below(rng, 100000);
	f->corrupt_ppm = (uint32_t)rng_below(rng, 50000);
	f->wrong_source_ppm = (uint32_t)rng_below(rng, 20000);
	f->forged_ppm = (uint32_t)rng_below(rng, 50000);
	f->unreachable_ppm = (uint32_t)rng_below(rng, 200000);
	f->forged_error_ppm = (uint32_t)rng_below(rng, 50000);
	f->harmless_error_ppm = (uint32_t)rng_below(rng, 10000);
	f->refused_ppm = (uint32_t)rng_below(rng, one_in(rng, 6) ? 1000001 : 20000);
	f->far_ppm = (uint32_t)rng_below(rng, 20000);
	f->far_max_ns = f->delay_max_ns + 100 * S;
	f->stall_ppm = (uint32_t)rng_below(rng, 2000);
	f->stall_max_ns = 6 * S;
	f->long_batch_ppm = (uint32_t)rng_below(rng, 1000);
	f->partial_ppm = one_in(rng, 3) ? (uint32_t)rng_below(rng, 100000) : 0;
	f->suspend_ppm = one_in(rng, 4) ? 300 : 0;
	f->suspend_max_ns = 20 * S;
	f->step_ppm = one_in(rng, 3) ? 500 : 0;
	f->queue_packets = one_in(rng, 4) ? 60 : 0;
}

struct run {
	struct rng rng;
	struct sim *sim;
	struct sim_target *targets;
	char (*names)[16];
	uint32_t n, serial;
};

static void
reload(struct run *run)
{
	static const struct sim_group groups[] = {{"red", 3}, {"blue", 0}};
	static const struct sim_alarm alarms[][3] = {
	    {{"down", "loss == 100% over 5 probes", "loss < 50% over 10 probes",
		 SETTINGS_STATE_DOWN},
		{"loss", "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED},
		{"slow", "p95 > 1s over 2m", "p95 < 500ms over 2m", SETTINGS_STATE_DEGRADED}},
	    {{"down", "loss == 100% over 5 probes", "loss < 50% over 10 probes",
		 SETTINGS_STATE_DOWN},
		{"loss", "loss > 20% over 2m", "loss < 10% over 2m", SETTINGS_STATE_DEGRADED},
		{"unsent", "unsent > 60% over 1m", "unsent < 20% over 1m",
		    SETTINGS_STATE_DEGRADED}},
	};
	const struct sim_world world = {.targets = run->targets,
	    .n = run->n,
	    .alarms = alarms[rng_below(&run->rng, 2)],
	    .n_alarms = 2 + (uint32_t)rng_below(&run->rng, 2),
	    .groups = groups,
	    .n_groups = 2,
	    .metrics_rtt = one_in(&run->rng, 2) ? -1 : 1};

	if (run->sim == NULL)
		run->sim = sim_new_world(run->serial, &world);
	else
		sim_reload_world(run->sim, &world);
}

/* Some targets change, some are replaced; more often than not nothing does. */
static void
change_settings(struct run *run)
{
	for (uint32_t i = 0; i < run->n; i++) {
		if (one_in(&run->rng, 10))
			random_settings(&run->rng, &run->targets[i]);
		if (one_in(&run->rng, 40))
			run->targets[i] = random_target(&run->rng, i, run->names[i]);
		if (one_in(&run->rng, 60))
			(void)snprintf(run->names[i], sizeof(run->names[i]), "m%u", ++run->serial);
	}
	if (one_in(&run->rng, 4)) { /* another order */
		uint32_t a = (uint32_t)rng_below(&run->rng, run->n),
			 b = (uint32_t)rng_below(&run->rng, run->n);
		struct sim_target swap = run->targets[a];
		char name[16];

		memcpy(name, run->names[a], sizeof(name));
		memcpy(run->names[a], run->names[b], sizeof(name));
		memcpy(run->names[b], name, sizeof(name));
		run->targets[a] = run->targets[b];
		run->targets[b] = swap;
		run->targets[a].name = run->names[a];
		run->targets[b].name = run->names[b];
	}
}

static void
resolve(struct run *run, uint32_t i)
{
	struct addr addresses[POOL];
	bool six = one_in(&run->rng, 2);
	size_t n = 0;

	if (run->targets[i].host == NULL)
		return;
	for (uint32_t v = 0; v < POOL; v++) {
		if (one_in(&run->rng, 2))
			addresses[n++] = address_of(six, i, v);
	}
	if (one_in(&run->rng, 4))
		n = 0;
	sim_resolve(run->sim, i, addresses, n, n == 0 ? "no such name" : NULL);
}

static void
change_something(struct run *run)
{
	struct monitor *m = sim_monitor(run->sim);
	uint32_t i = (uint32_t)rng_below(&run->rng, run->n);
	uint32_t s = (uint32_t)rng_below(&run->rng, monitor_series_max(m));
	nsec_t now = sim_now(run->sim);

	switch (rng_below(&run->rng, 9)) {
	case 0:
		change_settings(run);
		reload(run);
		break;
	case 1:
		reload(run); /* of what is in force, or only with other alarms */
		break;
	case 2:
		(void)monitor_pause(m, now, s,
		    one_in(&run->rng, 3) ? 0 : (nsec_t)rng_below(&run->rng, 90 * S), "random");
		break;
	case 3:
		(void)monitor_resume(m, now, s);
		break;
	case 4:
		for (uint32_t k = 0; k < 10; k++) /* a partition */
			sim_set_silent(run->sim, (i + k) % run->n, true);
		break;
	case 5:
		for (uint32_t k = 0; k < run->n; k++)
			sim_set_silent(run->sim, k, false);
		break;
	case 6:
		sim_set_stuck_id(run->sim, i, SIM_ID_FIRST);
		break;
	default:
		resolve(run, i);
		break;
	}
}

static bool
one(uint64_t seed, uint32_t minutes, uint32_t n, uint64_t *ret_hash)
{
	struct run run = {.n = n, .serial = (uint32_t)seed};
	bool ok = true;

	rng_seed(&run.rng, seed);
	run.targets = calloc(n, sizeof(*run.targets));
	run.names = calloc(n, sizeof(*run.names));
	for (uint32_t i = 0; i < n; i++) {
		(void)snprintf(run.names[i], sizeof(run.names[i]), "n%u", i);
		run.targets[i] = random_target(&run.rng, i, run.names[i]);
	}
	reload(&run);
	for (uint32_t step = 0; step < minutes * CHANGES_PER_MINUTE && ok; step++) {
		if (step % CHANGES_PER_MINUTE == 0)
			random_faults(&run.rng, sim_faults(run.sim));
		if (one_in(&run.rng, 2))
			change_something(&run);
		ok = sim_run(run.sim, NSEC_PER_MIN / CHANGES_PER_MINUTE);
	}
	ok = ok && sim_settle_and_compare(run.sim);
	if (!ok)
		printf("seed %llu: %s\n\tagain: random_sim %llu 1 %u %u\n",
		    (unsigned long long)seed, sim_why(run.sim), (unsigned long long)seed, minutes,
		    n);
	*ret_hash = sim_journal_hash(run.sim);
	sim_free(run.sim);
	free(run.targets);
	free(run.names);
	return ok;
}

static uint64_t
many(uint64_t first, uint64_t count, uint32_t minutes, uint32_t n)
{
	uint64_t failed = 0, hash = 0, again = 0;

	for (uint64_t seed = first; seed < first + count; seed++) {
		bool ok = one(seed, minutes, n, &hash);

		failed += !ok;
		if (!ok || minutes > 60 || (seed - first) % REPEATED_EVERY != 0)
			continue;
		if (!one(seed, minutes, n, &again) || hash != again) {
			printf(
			    "seed %llu: two runs of one seed differ\n", (unsigned long long)seed);
			failed++;
		}
	}
	printf("%llu seeds of %u minutes and %u targets: %llu failed\n", (unsigned long long)count,
	    minutes, n, (unsigned long long)failed);
	return failed;
}

int
main(int argc, char *argv[])
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	const char *fewer =
	    getenv("ICMPMON_SIM_SEEDS"); /* where the same code was checked already */
	uint64_t count = argc > 2	 ? strtoull(argv[2], NULL, 10)
			 : fewer != NULL ? strtoull(fewer, NULL, 10)
					 : 200;
	uint32_t minutes = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 10;
	uint32_t n = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 100;
	uint64_t failed;

	if (n < 1 || n > SIM_TARGETS_MAX / 16 || minutes < 1 || count < 1) {
		fprintf(stderr, "usage: random_sim [FIRST_SEED [COUNT [MINUTES [TARGETS]]]]\n");
		return 2;
	}
	failed = many(first, count, minutes, n);
	if (argc == 1 && fewer == NULL)
		failed += many(1000, 1, 24 * 60, 20);
	return failed > 0;
}
