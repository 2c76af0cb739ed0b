/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Where text for people goes, and what may be done there: width, colours, characters beyond ASCII.
 * What comes from the daemon is printed through out_text alone, which lets no control character
 * reach the terminal. It refuses to know what is printed.
 */
#ifndef ICMPMON_CTL_OUT_H
#define ICMPMON_CTL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_RED,
	STYLE_YELLOW,
	STYLE_GREEN,
	STYLE_STRIP, /* green blocks, red loss */
};

struct out {
	FILE *f;
	int width, height; /* of the terminal; 0: no bound */
	bool terminal; /* one that can do more than print lines */
	bool colour;
	bool utf8;
};

/* What f is, by the system and the environment (NO_COLOR, TERM). The locale is set already. */
void out_init(struct out *out, FILE *f, bool no_colour);

/* Measures the terminal again. */
void out_measure(struct out *out);

/* Columns that out_text takes for s. */
size_t out_width(const struct out *out, const char *s);

/* Prints s: controls, directional overrides and what the locale cannot show become \xNN. */
void out_text(const struct out *out, enum style style, const char *s);

/* The same in at most width columns; what is cut off is marked. */
void out_text_cut(const struct out *out, enum style style, const char *s, size_t width);

void out_pad(const struct out *out, size_t columns);

/* Escape sequences, or "" without colours. */
const char *out_begin(const struct out *out, enum style style);
const char *out_end(const struct out *out, enum style style);

/* Copies up to max_lines lines that hold no other escape sequences than those of out_begin, each
 * cut to the terminal's width and ended by erase (to the end of the line). Returns how many lines.
 */
int out_frame(const struct out *out, const char *lines, int max_lines, const char *erase);

#endif
