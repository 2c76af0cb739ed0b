/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A table that fits: columns as wide as what they hold; on a narrow terminal the gaps shrink first,
 * then columns go in the order of their rank, last the first column is cut. It refuses to know what
 * the cells mean.
 */
#ifndef ICMPMON_CTL_TABLE_H
#define ICMPMON_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/out.h"

#define TABLE_COLUMNS_MAX 12
#define TABLE_ALWAYS 255 /* rank of a column that never goes */
#define TABLE_FIRST_MIN 8 /* columns that are left of the first one */

struct table_column {
	const char *title;
	bool right; /* aligned; titles too */
	unsigned rank; /* the lowest goes first */
};

struct table_cell {
	char *text;
	enum style style;
};

struct table {
	const struct out *out;
	const struct table_column *columns;
	size_t n_columns, n_rows, cap_rows;
	struct table_cell *cells;
};

/* What is shown, and how wide. */
struct table_layout {
	size_t gap;
	size_t widths[TABLE_COLUMNS_MAX]; /* 0: not shown */
};

/* The columns must live as long. */
void table_init(
    struct table *t, const struct out *out, const struct table_column columns[], size_t n);
void table_done(struct table *t);

void table_begin_row(struct table *t);

/* A cell of the row begun last; the text is copied. */
void table_set(struct table *t, size_t column, enum style style, const char *text);

/* Fits columns of these natural widths into width columns; 0: no bound. */
void table_fit(const struct table_column columns[], size_t n, const size_t natural[], size_t width,
    struct table_layout *ret);

/* Titles and rows. */
void table_print(const struct table *t);

#endif
