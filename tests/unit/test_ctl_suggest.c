/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Did you mean: what is near, what is not, in which order.
 */
#include "unit.h"

#include "ctl/suggest.h"

static const char *
nearest_of(const char *word, const char *const candidates[], size_t n)
{
	static char words[SUGGEST_NEAREST_MAX * SUGGEST_WORD_MAX];
	struct suggest s;

	suggest_init(&s, word);
	for (size_t i = 0; i < n; i++)
		suggest_offer(&s, candidates[i]);
	return suggest_words(&s, words, sizeof(words));
}

#define NEAREST(word, ...)                                   \
	nearest_of(word, (const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

TEST(test_suggest_one_slip_is_near)
{
	assert_string_equal(NEAREST("evnts", "events", "status"), "events");
	assert_string_equal(NEAREST("evnets", "events", "status"), "events");
	assert_string_equal(NEAREST("SHOW", "show"), "show");
	assert_string_equal(NEAREST("shew", "show"), "show");
	assert_string_equal(NEAREST("sho", "show"), "show");
}

TEST(test_suggest_exchanged_neighbours_cost_one)
{
	assert_string_equal(NEAREST("nsa", "nas"), "nas");
	assert_string_equal(NEAREST("silt", "x"), "");
}

TEST(test_suggest_what_has_nothing_in_common_is_not_near)
{
	assert_string_equal(NEAREST("frobnicate", "status", "list", "show"), "");
	assert_string_equal(NEAREST("x", "a", "b"), "");
	assert_string_equal(NEAREST("", "a", ""), "");
}

TEST(test_suggest_a_beginning_is_near)
{
	assert_string_equal(NEAREST("isp", "nas", "isp-gw-frankfurt"), "isp-gw-frankfurt");
	assert_string_equal(NEAREST("i", "isp-gw"), "");
}

TEST(test_suggest_three_at_most_the_nearest_first)
{
	assert_string_equal(NEAREST("host", "hast", "host1", "hosts"), "hast, host1 or hosts");
	assert_string_equal(
	    NEAREST("target-aa", "target-bb", "target-ab", "target-ac", "target-ad"),
	    "target-ab, target-ac or target-ad");
	assert_string_equal(NEAREST("nas1", "nas2", "nas3"), "nas2 or nas3");
}

TEST(test_suggest_long_words_are_never_near)
{
	char word[SUGGEST_WORD_MAX + 2], longest[SUGGEST_WORD_MAX];

	memset(word, 'a', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(NEAREST(word, word), "");
	assert_string_equal(NEAREST(longest, word), "");
	assert_string_equal(NEAREST(longest, longest), longest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_suggest_one_slip_is_near),
	    cmocka_unit_test(test_suggest_exchanged_neighbours_cost_one),
	    cmocka_unit_test(test_suggest_what_has_nothing_in_common_is_not_near),
	    cmocka_unit_test(test_suggest_a_beginning_is_near),
	    cmocka_unit_test(test_suggest_three_at_most_the_nearest_first),
	    cmocka_unit_test(test_suggest_long_words_are_never_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
