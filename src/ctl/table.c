/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/table.h.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/memory.h"
#include "ctl/table.h"

#define GAP_WIDE 3
#define GAP_NARROW 2

void
table_init(struct table *t, const struct out *out, const struct table_column columns[], size_t n)
{
	assert(n > 0 && n <= TABLE_COLUMNS_MAX);
	*t = (struct table){.out = out, .columns = columns, .n_columns = n};
}

void
table_done(struct table *t)
{
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
		free(t->cells[i].text);
	free(t->cells);
	t->cells = NULL;
	t->n_rows = t->cap_rows = 0;
}

void
table_begin_row(struct table *t)
{
	if (t->n_rows == t->cap_rows) {
		t->cap_rows = t->cap_rows == 0 ? 16 : 2 * t->cap_rows;
		t->cells = memory_resize(t->cells, t->cap_rows * t->n_columns, sizeof(*t->cells));
	}
	memset(&t->cells[t->n_rows * t->n_columns], 0, t->n_columns * sizeof(*t->cells));
	t->n_rows++;
}

void
table_set(struct table *t, size_t column, enum style style, const char *text)
{
	struct table_cell *cell;

	assert(t->n_rows > 0 && column < t->n_columns);
	cell = &t->cells[(t->n_rows - 1) * t->n_columns + column];
	free(cell->text);
	*cell = (struct table_cell){.text = memory_copy(text), .style = style};
}

static size_t
total(const struct table_layout *layout, size_t n)
{
	size_t sum = 0, shown = 0;

	for (size_t c = 0; c < n; c++) {
		sum += layout->widths[c];
		shown += layout->widths[c] > 0;
	}
	return shown > 0 ? sum + (shown - 1) * layout->gap : 0;
}

/* The column that goes next, or n. */
static size_t
least_wanted(const struct table_column columns[], size_t n, const struct table_layout *layout)
{
	size_t least = n;

	for (size_t c = 0; c < n; c++) {
		if (layout->widths[c] == 0 || columns[c].rank == TABLE_ALWAYS)
			continue;
		if (least == n || columns[c].rank < columns[least].rank)
			least = c;
	}
	return least;
}

void
table_fit(const struct table_column columns[], size_t n, const size_t natural[], size_t width,
    struct table_layout *ret)
{
	size_t over, least;

	memset(ret, 0, sizeof(*ret));
	ret->gap = GAP_WIDE;
	memcpy(ret->widths, natural, n * sizeof(natural[0]));
	if (width == 0 || total(ret, n) <= width)
		return;
	ret->gap = GAP_NARROW;
	while (total(ret, n) > width && (least = least_wanted(columns, n, ret)) < n)
		ret->widths[least] = 0;
	over = total(ret, n) > width ? total(ret, n) - width : 0;
	if (over > 0 && ret->widths[0] > TABLE_FIRST_MIN)
		ret->widths[0] = ret->widths[0] > over + TABLE_FIRST_MIN ? ret->widths[0] - over
									 : TABLE_FIRST_MIN;
}

static void
print_cell(const struct table *t, const struct table_layout *layout, size_t c, enum style style,
    const char *text, bool last)
{
	size_t has = out_width(t->out, text), width = layout->widths[c];
	size_t missing = has < width ? width - has : 0;

	if (t->columns[c].right)
		out_pad(t->out, missing);
	if (*text != '\0')
		out_text_cut(t->out, style, text, width);
	if (!last)
		out_pad(t->out, layout->gap + (t->columns[c].right ? 0 : missing));
}

/* One line; without a row the titles. */
static void
print_line(const struct table *t, const struct table_layout *layout, const struct table_cell *row)
{
	size_t last = t->n_columns;

	while (last > 0 && layout->widths[last - 1] == 0)
		last--;
	for (size_t c = 0; c < last; c++) {
		const char *text = row == NULL		 ? t->columns[c].title
				   : row[c].text != NULL ? row[c].text
							 : "";

		if (layout->widths[c] > 0)
			print_cell(t, layout, c, row == NULL ? STYLE_BOLD : row[c].style, text,
			    c + 1 == last);
	}
	(void)fputc('\n', t->out->f);
}

void
table_print(const struct table *t)
{
	size_t natural[TABLE_COLUMNS_MAX] = {0};
	struct table_layout layout;

	for (size_t c = 0; c < t->n_columns; c++) {
		natural[c] = out_width(t->out, t->columns[c].title);
		for (size_t r = 0; r < t->n_rows; r++) {
			const char *text = t->cells[r * t->n_columns + c].text;
			size_t width = text != NULL ? out_width(t->out, text) : 0;

			if (width > natural[c])
				natural[c] = width;
		}
	}
	table_fit(t->columns, t->n_columns, natural, (size_t)t->out->width, &layout);
	print_line(t, &layout, NULL);
	for (size_t r = 0; r < t->n_rows; r++)
		print_line(t, &layout, &t->cells[r * t->n_columns]);
}
