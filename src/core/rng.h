/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Seeded randomness: xoshiro256** (Blackman and Vigna, 2018), its state filled by splitmix64
 * (Steele, Lea and Flood, 2014). For schedules, first sequences and simulations, never for secrets.
 * It refuses to know where the seed came from.
 */
#ifndef ICMPMON_CORE_RNG_H
#define ICMPMON_CORE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* Uniform in [0, n); n of at least 1. */
uint64_t rng_below(struct rng *rng, uint64_t n);

#endif
