/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash that
 * nobody can forge without the key. It refuses to know where the key came from.
 */
#ifndef ICMPMON_CORE_SIPHASH_H
#define ICMPMON_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0, k1; /* the 16 key bytes read as two little-endian words */
};

uint64_t siphash24(const struct siphash_key *key, const void *data, size_t len);
/* The same over n words as if they stood in memory in little-endian order. */
uint64_t siphash24_words(const struct siphash_key *key, const uint64_t *words, size_t n_words);

#endif
