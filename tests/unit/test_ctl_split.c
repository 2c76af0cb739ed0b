/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * JSON in pieces: objects found wherever the pieces are cut.
 */
#include "unit.h"

#include "ctl/split.h"

#define OBJECTS_MAX 16

struct found {
	char text[OBJECTS_MAX][256];
	size_t n, stop_after;
};

static bool
found_one(void *arg, const char *text, size_t bytes)
{
	struct found *f = arg;

	assert_true(f->n < OBJECTS_MAX && bytes < sizeof(f->text[0]));
	memcpy(f->text[f->n], text, bytes);
	f->text[f->n++][bytes] = '\0';
	return f->n != f->stop_after;
}

/* Feeds text in pieces of so many bytes. */
static bool
feed(struct split *s, const char *text, size_t piece)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at += piece) {
		if (!split_feed(s, text + at, len - at < piece ? len - at : piece))
			return false;
	}
	return true;
}

static const char targets[] =
    "{\"schema\":1,\"targets\":[\n{\"name\":\"a\",\"labels\":{\"x\":\"}]\"}},\n"
    "{\"name\":\"b\\\"{\\\\\",\"windows\":[{\"n\":1},{\"n\":2}]}]}\n";

TEST(test_split_finds_members_however_the_text_is_cut)
{
	for (size_t piece = 1; piece <= sizeof(targets); piece++) {
		struct found f = {0};
		struct split s;

		split_init(&s, SPLIT_MEMBERS, found_one, &f);
		assert_true(feed(&s, targets, piece));
		assert_true(split_complete(&s));
		assert_int_equal(f.n, 2);
		assert_string_equal(f.text[0], "{\"name\":\"a\",\"labels\":{\"x\":\"}]\"}}");
		assert_string_equal(
		    f.text[1], "{\"name\":\"b\\\"{\\\\\",\"windows\":[{\"n\":1},{\"n\":2}]}");
		split_done(&s);
	}
}

TEST(test_split_finds_lines_however_the_text_is_cut)
{
	static const char lines[] = "{\"id\":1,\"a\":[{}]}\n{\"id\":2}\n\n{}\n";

	for (size_t piece = 1; piece <= sizeof(lines); piece++) {
		struct found f = {0};
		struct split s;

		split_init(&s, SPLIT_LINES, found_one, &f);
		assert_true(feed(&s, lines, piece));
		assert_true(split_complete(&s));
		assert_int_equal(f.n, 3);
		assert_string_equal(f.text[0], "{\"id\":1,\"a\":[{}]}");
		assert_string_equal(f.text[1], "{\"id\":2}");
		assert_string_equal(f.text[2], "{}");
		split_done(&s);
	}
}

TEST(test_split_objects_that_are_not_in_an_array_are_no_members)
{
	struct found f = {0};
	struct split s;

	split_init(&s, SPLIT_MEMBERS, found_one, &f);
	assert_true(feed(&s, "{\"a\":{\"b\":{\"c\":1}},\"t\":[{}]}", 7));
	assert_int_equal(f.n, 1);
	assert_string_equal(f.text[0], "{}");
	split_done(&s);
}

TEST(test_split_text_without_its_end_is_not_complete)
{
	for (size_t len = 0; len < sizeof(targets) - 2; len++) {
		struct found f = {0};
		struct split s;

		split_init(&s, SPLIT_MEMBERS, found_one, &f);
		assert_true(split_feed(&s, targets, len));
		assert_false(split_complete(&s));
		split_done(&s);
	}
}

TEST(test_split_refuses_what_is_no_json)
{
	static const char *const wrong[] = {"<html>", "hello", "{}]", "{]", "{\"a\":[}", "]"};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct found f = {0};
		struct split s;

		split_init(&s, SPLIT_LINES, found_one, &f);
		assert_false(feed(&s, wrong[i], 3));
		split_done(&s);
	}
}

TEST(test_split_depth_and_length_are_bounded)
{
	char nested[SPLIT_DEPTH_MAX + 2], block[4096];
	struct found f = {0};
	struct split s;
	bool taken = true;
	size_t sum = 0;

	memset(nested, '[', sizeof(nested) - 1);
	nested[0] = '{';
	nested[sizeof(nested) - 1] = '\0';
	split_init(&s, SPLIT_LINES, found_one, &f);
	assert_false(feed(&s, nested, 100));
	split_done(&s);
	memset(block, 'a', sizeof(block));
	split_init(&s, SPLIT_LINES, found_one, &f);
	assert_true(feed(&s, "{\"a\":\"", 6));
	for (; taken && sum <= SPLIT_OBJECT_MAX_BYTES; sum += sizeof(block))
		taken = split_feed(&s, block, sizeof(block));
	assert_false(taken);
	split_done(&s);
}

TEST(test_split_stops_when_told_to)
{
	struct found f = {.stop_after = 1};
	struct split s;

	split_init(&s, SPLIT_LINES, found_one, &f);
	assert_false(feed(&s, "{}{}{}", 6));
	assert_int_equal(f.n, 1);
	split_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split_finds_members_however_the_text_is_cut),
	    cmocka_unit_test(test_split_finds_lines_however_the_text_is_cut),
	    cmocka_unit_test(test_split_objects_that_are_not_in_an_array_are_no_members),
	    cmocka_unit_test(test_split_text_without_its_end_is_not_complete),
	    cmocka_unit_test(test_split_refuses_what_is_no_json),
	    cmocka_unit_test(test_split_depth_and_length_are_bounded),
	    cmocka_unit_test(test_split_stops_when_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
