/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Tables that fit: gaps, ranks, the first column, alignment.
 */
#include "unit.h"

#include <stdlib.h>

#include "ctl/table.h"

static const struct table_column columns[] = {
    {"TARGET", false, TABLE_ALWAYS},
    {"ADDRESS", false, 1},
    {"LOSS", true, TABLE_ALWAYS},
    {"MAX", true, 2},
};

static const size_t natural[] = {10, 15, 6, 8};

TEST(test_table_keeps_all_without_a_bound)
{
	struct table_layout l;

	table_fit(columns, 4, natural, 0, &l);
	assert_int_equal(l.gap, 3);
	assert_memory_equal(l.widths, natural, sizeof(natural));
}

TEST(test_table_shrinks_gaps_before_it_drops_columns)
{
	struct table_layout l;

	table_fit(columns, 4, natural, 48, &l); /* 39 and three gaps of 3 */
	assert_int_equal(l.gap, 3);
	assert_memory_equal(l.widths, natural, sizeof(natural));
	table_fit(columns, 4, natural, 47, &l);
	assert_int_equal(l.gap, 2);
	assert_memory_equal(l.widths, natural, sizeof(natural));
	table_fit(columns, 4, natural, 45, &l);
	assert_memory_equal(l.widths, natural, sizeof(natural));
}

TEST(test_table_drops_columns_by_rank)
{
	struct table_layout l;

	table_fit(columns, 4, natural, 44, &l);
	assert_int_equal(l.widths[1], 0);
	assert_int_equal(l.widths[3], 8);
	table_fit(columns, 4, natural, 27, &l);
	assert_int_equal(l.widths[1], 0);
	assert_int_equal(l.widths[3], 0);
	assert_int_equal(l.widths[0], 10);
	assert_int_equal(l.widths[2], 6);
}

TEST(test_table_cuts_the_first_column_last)
{
	struct table_layout l;

	table_fit(columns, 4, natural, 17, &l);
	assert_int_equal(l.widths[0], 9);
	table_fit(columns, 4, natural, 5, &l);
	assert_int_equal(l.widths[0], TABLE_FIRST_MIN);
	assert_int_equal(l.widths[2], 6);
}

static char *
printed(int width)
{
	struct out out = {.width = width};
	struct table t;
	char *text = NULL;
	size_t bytes;

	out.f = open_memstream(&text, &bytes);
	assert_non_null(out.f);
	table_init(&t, &out, columns, 4);
	table_begin_row(&t);
	table_set(&t, 0, STYLE_PLAIN, "nas");
	table_set(&t, 1, STYLE_PLAIN, "192.0.2.40");
	table_set(&t, 2, STYLE_PLAIN, "0.0 %");
	table_set(&t, 3, STYLE_PLAIN, "2.1 ms");
	table_begin_row(&t);
	table_set(&t, 0, STYLE_PLAIN, "a-long-name\033[2J");
	table_set(&t, 2, STYLE_PLAIN, "12.5 %");
	table_print(&t);
	table_done(&t);
	(void)fclose(out.f);
	return text;
}

TEST(test_table_aligns_titles_and_cells)
{
	char *text = printed(0);

	assert_string_equal(text, "TARGET               ADDRESS        LOSS      MAX\n"
				  "nas                  192.0.2.40    0.0 %   2.1 ms\n"
				  "a-long-name\\x1b[2J                12.5 %         \n");
	free(text);
}

TEST(test_table_marks_what_it_cuts)
{
	char *text = printed(20);

	assert_string_equal(text, "TARGET          LOSS\n"
				  "nas            0.0 %\n"
				  "a-long-name~  12.5 %\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table_keeps_all_without_a_bound),
	    cmocka_unit_test(test_table_shrinks_gaps_before_it_drops_columns),
	    cmocka_unit_test(test_table_drops_columns_by_rank),
	    cmocka_unit_test(test_table_cuts_the_first_column_last),
	    cmocka_unit_test(test_table_aligns_titles_and_cells),
	    cmocka_unit_test(test_table_marks_what_it_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
