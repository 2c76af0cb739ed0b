/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What reaches the terminal: nothing that moves a cursor, nothing that deceives.
 */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>

#include "ctl/out.h"

static char *
text_of(const char *s, bool utf8, size_t width)
{
	struct out out = {.utf8 = utf8};
	static char buf[256];
	char *text = NULL;
	size_t bytes;

	out.f = open_memstream(&text, &bytes);
	assert_non_null(out.f);
	out_text_cut(&out, STYLE_RED, s, width);
	(void)fclose(out.f);
	assert_true(bytes < sizeof(buf));
	memcpy(buf, text, bytes + 1);
	free(text);
	return buf;
}

TEST(test_out_controls_are_escaped)
{
	assert_string_equal(
	    text_of("a\033[2Jb\r\n\tc\x7f", true, 99), "a\\x1b[2Jb\\x0d\\x0a\\x09c\\x7f");
	assert_string_equal(text_of("\xc2\x9b"
				    "31m",
				true, 99),
	    "\\xc2\\x9b31m"); /* C1 */
	assert_string_equal(text_of("a\xe2\x80\xae"
				    "b",
				true, 99),
	    "a\\xe2\\x80\\xae"
	    "b"); /* override */
	assert_string_equal(text_of("\xff", true, 99), "\\xff");
	assert_string_equal(text_of("50% | x", true, 99), "50% | x");
}

TEST(test_out_beyond_ascii_only_where_the_locale_can)
{
	assert_string_equal(text_of("M\xc3\xbcnchen", true, 99), "M\xc3\xbcnchen");
	assert_string_equal(text_of("M\xc3\xbcnchen", false, 99), "M\\xc3\\xbcnchen");
}

TEST(test_out_cuts_by_columns_and_marks_it)
{
	assert_string_equal(text_of("abcdef", true, 6), "abcdef");
	assert_string_equal(text_of("abcdef", true, 5), "abcd\xe2\x80\xa6");
	assert_string_equal(text_of("abcdef", false, 5), "abcd~");
	assert_string_equal(text_of("abcdef", true, 0), "");
	assert_string_equal(
	    text_of("\xe4\xb8\xad\xe6\x96\x87x", true, 4), "\xe4\xb8\xad\xe2\x80\xa6");
	assert_string_equal(text_of("ab\033x", false, 6), "ab~");
}

TEST(test_out_width_is_what_is_printed)
{
	const struct out out = {.utf8 = true};

	assert_int_equal(out_width(&out, "abc"), 3);
	assert_int_equal(out_width(&out, "\033"), 4);
	assert_int_equal(out_width(&out, "\xe4\xb8\xad"), 2);
	assert_int_equal(out_width(&out, "\xe2\x96\x81\xc3\x97"), 2);
}

TEST(test_out_frame_is_cut_to_the_terminal)
{
	struct out out = {.utf8 = true, .width = 4, .height = 3};
	char *text = NULL;
	size_t bytes;

	out.f = open_memstream(&text, &bytes);
	assert_non_null(out.f);
	assert_int_equal(out_frame(&out, "ab\n\033[1mcdefgh\033[0mi\n\n\nz\n", 3, "$"), 3);
	(void)fclose(out.f);
	assert_string_equal(text, "ab$\r\n\033[1mcdef\033[0m$\r\n$");
	free(text);
}

TEST(test_out_styles_only_with_colours)
{
	struct out out = {.colour = true};

	assert_string_equal(out_begin(&out, STYLE_RED), "\033[1;31m");
	assert_string_equal(out_end(&out, STYLE_RED), "\033[0m");
	assert_string_equal(out_end(&out, STYLE_PLAIN), "");
	out.colour = false;
	assert_string_equal(out_begin(&out, STYLE_RED), "");
	assert_string_equal(out_end(&out, STYLE_RED), "");
}

static int
use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_out_controls_are_escaped),
	    cmocka_unit_test(test_out_beyond_ascii_only_where_the_locale_can),
	    cmocka_unit_test(test_out_cuts_by_columns_and_marks_it),
	    cmocka_unit_test(test_out_width_is_what_is_printed),
	    cmocka_unit_test(test_out_frame_is_cut_to_the_terminal),
	    cmocka_unit_test(test_out_styles_only_with_colours),
	};

	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
