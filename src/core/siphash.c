/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/siphash.h.
 */
#include "core/siphash.h"

struct sip {
	uint64_t a, b, c, d;
};

static inline uint64_t
rotate_left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
sip_round(struct sip *v)
{
	v->a += v->b;
	v->b = rotate_left(v->b, 13) ^ v->a;
	v->a = rotate_left(v->a, 32);
	v->c += v->d;
	v->d = rotate_left(v->d, 16) ^ v->c;
	v->a += v->d;
	v->d = rotate_left(v->d, 21) ^ v->a;
	v->c += v->b;
	v->b = rotate_left(v->b, 17) ^ v->c;
	v->c = rotate_left(v->c, 32);
}

static inline struct sip
sip_start(const struct siphash_key *key)
{
	return (struct sip){
	    .a = key->k0 ^ UINT64_C(0x736f6d6570736575),
	    .b = key->k1 ^ UINT64_C(0x646f72616e646f6d),
	    .c = key->k0 ^ UINT64_C(0x6c7967656e657261),
	    .d = key->k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void
sip_word(struct sip *v, uint64_t word)
{
	v->d ^= word;
	sip_round(v);
	sip_round(v);
	v->a ^= word;
}

static inline uint64_t
sip_end(struct sip *v, uint64_t last)
{
	sip_word(v, last);
	v->c ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v->a ^ v->b ^ v->c ^ v->d;
}

uint64_t
siphash24(const struct siphash_key *key, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	struct sip v = sip_start(key);
	uint64_t last = (uint64_t)len << 56;
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word = 0;

		for (int k = 7; k >= 0; k--)
			word = word << 8 | bytes[i + (size_t)k];
		sip_word(&v, word);
	}
	for (size_t k = 0; i + k < len; k++)
		last |= (uint64_t)bytes[i + k] << (8 * k);
	return sip_end(&v, last);
}

uint64_t
siphash24_words(const struct siphash_key *key, const uint64_t *words, size_t n_words)
{
	struct sip v = sip_start(key);

	for (size_t i = 0; i < n_words; i++)
		sip_word(&v, words[i]);
	return sip_end(&v, (uint64_t)(n_words * 8) << 56);
}
