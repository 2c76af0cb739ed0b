/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * SipHash-2-4 against the vectors of its authors, xoshiro256** and splitmix64 against theirs.
 */
#include "unit.h"

#include "core/rng.h"
#include "core/siphash.h"

/* Key bytes 00..0f. */
static const struct siphash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

/* Of the messages "", 00, 00 01, ..., 00..0f (vectors_sip64 of the reference code; the one of 15
 * bytes is worked out in appendix A of the paper). */
static const uint64_t vectors[] = {
    UINT64_C(0x726fdb47dd0e0e31),
    UINT64_C(0x74f839c593dc67fd),
    UINT64_C(0x0d6c8009d9a94f5a),
    UINT64_C(0x85676696d7fb7e2d),
    UINT64_C(0xcf2794e0277187b7),
    UINT64_C(0x18765564cd99a68d),
    UINT64_C(0xcbc9466e58fee3ce),
    UINT64_C(0xab0200f58b01d137),
    UINT64_C(0x93f5f5799a932462),
    UINT64_C(0x9e0082df0ba9e4b0),
    UINT64_C(0x7a5dbbc594ddb9f3),
    UINT64_C(0xf4b32f46226bada7),
    UINT64_C(0x751e8fbc860ee5fb),
    UINT64_C(0x14ea5627c0843d90),
    UINT64_C(0xf723ca908e7af2ee),
    UINT64_C(0xa129ca6149be45e5),
    UINT64_C(0x3f2acc7f57c29bdb),
};

TEST(test_siphash_gives_the_authors_vectors)
{
	uint8_t message[COUNT(vectors)];

	for (size_t n = 0; n < COUNT(vectors); n++) {
		message[n] = (uint8_t)n;
		assert_true(siphash24(&key, message, n) == vectors[n]);
	}
}

TEST(test_siphash_of_words_is_that_of_their_little_endian_bytes)
{
	static const uint64_t words[] = {
	    UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

	assert_true(siphash24_words(&key, words, 0) == vectors[0]);
	assert_true(siphash24_words(&key, words, 1) == vectors[8]);
	assert_true(siphash24_words(&key, words, 2) == vectors[16]);
}

TEST(test_siphash_depends_on_both_words_of_the_key)
{
	struct siphash_key a = key, b = key;

	a.k0 ^= 1;
	b.k1 ^= UINT64_C(1) << 63;
	assert_true(siphash24(&a, "x", 1) != siphash24(&key, "x", 1));
	assert_true(siphash24(&b, "x", 1) != siphash24(&key, "x", 1));
}

TEST(test_rng_gives_the_authors_sequence)
{
	static const uint64_t of_1234[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240),
	    UINT64_C(1216172134540287360), UINT64_C(607988272756665600)};
	struct rng rng = {.s = {1, 2, 3, 4}};

	for (size_t i = 0; i < COUNT(of_1234); i++)
		assert_true(rng_next(&rng) == of_1234[i]);
}

TEST(test_rng_seed_is_spread_by_splitmix64)
{
	static const uint64_t of_0[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4),
	    UINT64_C(0x06c45d188009454f), UINT64_C(0xf88bb8a8724c81ec)};
	struct rng rng;

	rng_seed(&rng, 0);
	assert_memory_equal(rng.s, of_0, sizeof(of_0));
	assert_true(rng_next(&rng) == UINT64_C(11091344671253066420));
}

TEST(test_rng_below_stays_below_and_reaches_all)
{
	static const uint64_t limits[] = {
	    1, 2, 3, 255, 256, (UINT64_C(1) << 63) + 1, UINT64_MAX}; /* the sixth rejects half */
	struct rng rng;
	uint32_t seen[6] = {0};

	rng_seed(&rng, 7);
	for (size_t i = 0; i < COUNT(limits); i++) {
		for (int n = 0; n < 1000; n++)
			assert_true(rng_below(&rng, limits[i]) < limits[i]);
	}
	for (int n = 0; n < 6000; n++)
		seen[rng_below(&rng, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 850, 1150); /* 1000, five standard deviations */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_siphash_gives_the_authors_vectors),
	    cmocka_unit_test(test_siphash_of_words_is_that_of_their_little_endian_bytes),
	    cmocka_unit_test(test_siphash_depends_on_both_words_of_the_key),
	    cmocka_unit_test(test_rng_gives_the_authors_sequence),
	    cmocka_unit_test(test_rng_seed_is_spread_by_splitmix64),
	    cmocka_unit_test(test_rng_below_stays_below_and_reaches_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
