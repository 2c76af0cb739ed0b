/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Text comes from parsed JSON and is well-formed UTF-8; still each byte that is not is escaped.
 */
#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ctl/out.h"

#define WIDTH_WITHOUT_ANSWER 80 /* of a terminal that does not tell its size */
#define HEIGHT_WITHOUT_ANSWER 24
#define LOSS_MARK "\xc3\x97" /* the multiplication sign */

static int
from_environment(const char *name, int fallback)
{
	const char *s = getenv(name);
	long value = s != NULL ? strtol(s, NULL, 10) : 0;

	return value > 0 && value <= 10000 ? (int)value : fallback;
}

void
out_measure(struct out *out)
{
	struct winsize size;

	out->width = out->height = 0;
	if (!isatty(fileno(out->f)))
		return;
	if (ioctl(fileno(out->f), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		out->width = size.ws_col;
		out->height = size.ws_row;
	} else {
		out->width = from_environment("COLUMNS", WIDTH_WITHOUT_ANSWER);
		out->height = from_environment("LINES", HEIGHT_WITHOUT_ANSWER);
	}
}

void
out_init(struct out *out, FILE *f, bool no_colour)
{
	const char *term = getenv("TERM"), *never = getenv("NO_COLOR");

	*out = (struct out){.f = f};
	out_measure(out);
	out->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	out->terminal =
	    isatty(fileno(f)) && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
	out->colour = out->terminal && !no_colour && (never == NULL || *never == '\0');
}

/* Marks of direction and width, which rearrange or hide what stands around them. */
static bool
deceives(wchar_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x61c;
}

/* The character at s: its bytes, and its columns or -1 when it must be escaped. */
static size_t
character(const struct out *out, const char *s, int *ret_columns)
{
	mbstate_t state = {0};
	wchar_t c;
	size_t n;

	*ret_columns = -1;
	if ((unsigned char)*s < 0x80) {
		if (*s >= 0x20 && *s < 0x7f)
			*ret_columns = 1;
		return 1;
	}
	n = out->utf8 ? mbrtowc(&c, s, strlen(s), &state) : (size_t)-1;
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
		return 1;
	if (!deceives(c))
		*ret_columns = wcwidth(c);
	return n;
}

size_t
out_width(const struct out *out, const char *s)
{
	size_t width = 0;

	while (*s != '\0') {
		int columns;
		size_t n = character(out, s, &columns);

		width += columns < 0 ? 4 * n : (size_t)columns;
		s += n;
	}
	return width;
}

/* s up to width columns, without a mark of a cut. */
static void
print_columns(const struct out *out, enum style style, const char *s, size_t width)
{
	while (*s != '\0') {
		int columns;
		size_t n = character(out, s, &columns);
		size_t takes = columns < 0 ? 4 * n : (size_t)columns;
		bool loss = style == STYLE_STRIP && (strncmp(s, LOSS_MARK, 2) == 0 || *s == 'x');

		if (takes > width)
			return;
		width -= takes;
		if (loss && out->colour)
			(void)fputs(out_begin(out, STYLE_RED), out->f);
		for (size_t i = 0; i < n; i++) {
			if (columns < 0)
				(void)fprintf(out->f, "\\x%02x", (unsigned char)s[i]);
			else
				(void)fputc(s[i], out->f);
		}
		if (loss && out->colour)
			(void)fputs(out_begin(out, STYLE_STRIP), out->f);
		s += n;
	}
}

void
out_text_cut(const struct out *out, enum style style, const char *s, size_t width)
{
	bool cut = out_width(out, s) > width;

	(void)fputs(out_begin(out, style), out->f);
	if (cut && width > 0) {
		print_columns(out, style, s, width - 1);
		(void)fputs(out->utf8 ? "\xe2\x80\xa6" : "~", out->f); /* an ellipsis */
	} else if (!cut)
		print_columns(out, style, s, width);
	(void)fputs(out_end(out, style), out->f);
}

void
out_text(const struct out *out, enum style style, const char *s)
{
	out_text_cut(out, style, s, SIZE_MAX);
}

void
out_pad(const struct out *out, size_t columns)
{
	(void)fprintf(out->f, "%*s", (int)columns, "");
}

const char *
out_begin(const struct out *out, enum style style)
{
	static const char *const sequences[] = {
	    [STYLE_PLAIN] = "",
	    [STYLE_BOLD] = "\033[1m",
	    [STYLE_DIM] = "\033[2m",
	    [STYLE_RED] = "\033[1;31m",
	    [STYLE_YELLOW] = "\033[33m",
	    [STYLE_GREEN] = "\033[32m",
	    [STYLE_STRIP] = "\033[0;32m",
	};

	return out->colour ? sequences[style] : "";
}

const char *
out_end(const struct out *out, enum style style)
{
	return out->colour && style != STYLE_PLAIN ? "\033[0m" : "";
}

/* One line of a frame. Returns where the next one starts. */
static const char *
frame_line(const struct out *out, const char *s, const char *erase)
{
	int left = out->width;

	while (*s != '\0' && *s != '\n') {
		int columns;
		size_t n;

		if (*s == '\033') {
			n = strcspn(s, "m");
			n += s[n] == 'm';
			(void)fwrite(s, 1, n, out->f);
			s += n;
			continue;
		}
		n = character(out, s, &columns);
		if (columns > left) /* go on for the sequences that end a style */
			left = 0;
		else {
			(void)fwrite(s, 1, n, out->f);
			left -= columns;
		}
		s += n;
	}
	(void)fputs(erase, out->f);
	return *s == '\n' ? s + 1 : s;
}

int
out_frame(const struct out *out, const char *lines, int max_lines, const char *erase)
{
	int n = 0;

	while (*lines != '\0' && n < max_lines) {
		if (n > 0)
			(void)fputs("\r\n", out->f);
		lines = frame_line(out, lines, erase);
		n++;
	}
	return n;
}
