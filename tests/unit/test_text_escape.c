/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Hostile strings in every notation: quotes, newlines, control characters, broken UTF-8.
 */
#include <jansson.h>

#include "unit.h"

#include "core/rng.h"
#include "core/text.h"

typedef void writer(struct text *t, const char *s);

static const char *
written(writer *write, const char *s)
{
	static char buf[1024];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	write(&t, s);
	assert_false(t.overflow);
	assert_int_equal(strlen(buf), t.len);
	return buf;
}

TEST(test_text_json_string_escapes_what_json_and_html_need)
{
	static const char *const cases[][2] = {
	    {"", "\"\""},
	    {"plain | text/", "\"plain | text/\""},
	    {"\"\\", "\"\\\"\\\\\""},
	    {"a\nb\tc\rd", "\"a\\nb\\tc\\u000dd\""},
	    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
	    {"</script>", "\"\\u003c/script>\""},
	    {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
	    {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
	    {NULL, "null"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(written(text_json_string, cases[i][0]), cases[i][1]);
}

/* Markus Kuhn's classes: lone and surplus continuations, overlong forms, surrogates, beyond. */
TEST(test_text_bytes_that_are_not_utf8_are_replaced_one_by_one)
{
	static const struct {
		const char *s;
		int bad, good;
	} cases[] = {
	    {"\x80", 1, 0},
	    {"\xbf\xbf", 2, 0},
	    {"\xc3", 1, 0},
	    {"\xc3x", 1, 1},
	    {"\xe2\x82", 2, 0},
	    {"\xf0\x9f\x98", 3, 0},
	    {"\xc0\xaf", 2, 0},
	    {"\xc1\xbf", 2, 0},
	    {"\xe0\x80\xaf", 3, 0},
	    {"\xe0\x9f\xbf", 3, 0},
	    {"\xe0\xa0\x80", 0, 1},
	    {"\xf0\x80\x80\xaf", 4, 0},
	    {"\xf0\x8f\xbf\xbf", 4, 0},
	    {"\xf0\x90\x80\x80", 0, 1},
	    {"\xed\x9f\xbf", 0, 1},
	    {"\xed\xa0\x80", 3, 0},
	    {"\xed\xbf\xbf", 3, 0},
	    {"\xee\x80\x80", 0, 1},
	    {"\xf4\x8f\xbf\xbf", 0, 1},
	    {"\xf4\x90\x80\x80", 4, 0},
	    {"\xf5\x80\x80\x80", 4, 0},
	    {"\xfe\xff", 2, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *json = written(text_json_string, cases[i].s), *log;
		int bad = 0;

		for (const char *p = json; (p = strstr(p, "\\ufffd")) != NULL; p++)
			bad++;
		assert_int_equal(bad, cases[i].bad);
		for (bad = 0, log = written(text_log_words, cases[i].s);
		     (log = strstr(log, "\\x")) != NULL; log++)
			bad++;
		assert_int_equal(bad, cases[i].bad);
		for (bad = 0, log = written(text_label, cases[i].s);
		     (log = strstr(log, "\xef\xbf\xbd")) != NULL; log++)
			bad++;
		assert_int_equal(bad, cases[i].bad);
	}
}

/* jansson reads back what was written, for random bytes. */
TEST(test_text_json_string_is_read_back_by_another_library)
{
	struct rng rng;

	rng_seed(&rng, 8);
	for (int i = 0; i < 20000; i++) {
		char s[24] = "";
		size_t n = rng_below(&rng, sizeof(s));
		bool ascii = rng_below(&rng, 2) == 0;
		json_t *value;

		for (size_t k = 0; k < n; k++)
			s[k] = (char)(1 + rng_below(&rng, ascii ? 127 : 255));
		value = json_loads(written(text_json_string, s), JSON_DECODE_ANY, NULL);
		assert_non_null(value);
		if (ascii)
			assert_string_equal(json_string_value(value), s);
		json_decref(value);
	}
}

TEST(test_text_label_escapes_backslash_quote_and_newline)
{
	assert_string_equal(written(text_label, "a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
	assert_string_equal(written(text_label, "tab\tand \xc3\xbc"), "tab\tand \xc3\xbc");
	assert_string_equal(written(text_label, ""), "");
}

TEST(test_text_log_words_cannot_end_a_line_or_a_sentence)
{
	assert_string_equal(written(text_log_words, "plain words, \"quoted\" \\ = too"),
	    "plain words, \"quoted\" \\ = too");
	assert_string_equal(written(text_log_words, "a\n<0>forged | event=state"),
	    "a\\x0a<0>forged \\x7c event=state");
	assert_string_equal(written(text_log_words, "\x1b[2J\x7f\r"), "\\x1b[2J\\x7f\\x0d");
	assert_string_equal(written(text_log_words, "\xc2\x9b"
						    "2J\xc2\xa0"),
	    "\\xc2\\x9b2J\xc2\xa0");
	assert_string_equal(written(text_log_words, "\xc3\xbc"), "\xc3\xbc");
}

TEST(test_text_log_value_is_quoted_unless_plain)
{
	static const char *const cases[][2] = {
	    {"isp-gw", "isp-gw"},
	    {"fe80::1%3", "fe80::1%3"},
	    {"a.B_9:/@+,-", "a.B_9:/@+,-"},
	    {"", "\"\""},
	    {"two words", "\"two words\""},
	    {"a=b", "\"a=b\""},
	    {"say \"hi\"\\", "\"say \\x22hi\\x22\\x5c\""},
	    {"a\nb|c", "\"a\\x0ab\\x7cc\""},
	    {"\xc3\xbc", "\"\xc3\xbc\""},
	    {"\xff", "\"\\xff\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(written(text_log_value, cases[i][0]), cases[i][1]);
}

TEST(test_text_glob_matches_whole_strings)
{
	static const struct {
		const char *pattern, *s;
		bool matches;
	} cases[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"a", "", false},
	    {"*", "", true},
	    {"**", "", true},
	    {"?", "", false},
	    {"?", "a", true},
	    {"?", "ab", false},
	    {"a*", "a", true},
	    {"a*", "abc", true},
	    {"*c", "abc", true},
	    {"*c", "abcd", false},
	    {"a*c", "abcbc", true},
	    {"a*b*c", "aXbYbZc", true},
	    {"a*b*c", "aXcYbZ", false},
	    {"*a*a*a*", "aa", false},
	    {"*a*a*a*", "bababab", true},
	    {"isp-?w", "isp-gw", true},
	    {"a?*", "a", false},
	    {"a*?", "ab", true},
	    {"[a]", "a", false}, /* no classes */
	    {"[a]", "[a]", true},
	    {"\\*", "\\x", true}, /* no escapes */
	    {"A", "a", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (text_glob(cases[i].pattern, cases[i].s) != cases[i].matches)
			fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].s);
	}
}

/* Its definition, tried both ways at each star. */
static bool
plain_glob(const char *pattern, const char *s)
{
	if (*pattern == '*')
		return plain_glob(pattern + 1, s) || (*s != '\0' && plain_glob(pattern, s + 1));
	if (*pattern == '\0' || *s == '\0')
		return *pattern == *s;
	return (*pattern == '?' || *pattern == *s) && plain_glob(pattern + 1, s + 1);
}

TEST(test_text_glob_agrees_with_its_definition)
{
	struct rng rng;

	rng_seed(&rng, 10);
	for (int i = 0; i < 50000; i++) {
		char pattern[8] = "", s[10] = "";
		size_t n = rng_below(&rng, sizeof(pattern)), m = rng_below(&rng, sizeof(s));

		for (size_t k = 0; k < n; k++)
			pattern[k] = "ab*?*"[rng_below(&rng, 5)];
		for (size_t k = 0; k < m; k++)
			s[k] = "ab"[rng_below(&rng, 2)];
		if (text_glob(pattern, s) != plain_glob(pattern, s))
			fail_msg("\"%s\" and \"%s\"", pattern, s);
	}
}

/* The pattern that makes a backtracking matcher take for ever. */
TEST(test_text_glob_takes_at_most_length_times_length)
{
	char pattern[4096], s[4096];

	for (size_t i = 0; i < sizeof(pattern) - 2; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	strcpy(pattern + sizeof(pattern) - 2, "b");
	memset(s, 'a', sizeof(s) - 1);
	s[sizeof(s) - 1] = '\0';
	assert_false(text_glob(pattern, s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_json_string_escapes_what_json_and_html_need),
	    cmocka_unit_test(test_text_bytes_that_are_not_utf8_are_replaced_one_by_one),
	    cmocka_unit_test(test_text_json_string_is_read_back_by_another_library),
	    cmocka_unit_test(test_text_label_escapes_backslash_quote_and_newline),
	    cmocka_unit_test(test_text_log_words_cannot_end_a_line_or_a_sentence),
	    cmocka_unit_test(test_text_log_value_is_quoted_unless_plain),
	    cmocka_unit_test(test_text_glob_matches_whole_strings),
	    cmocka_unit_test(test_text_glob_agrees_with_its_definition),
	    cmocka_unit_test(test_text_glob_takes_at_most_length_times_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
