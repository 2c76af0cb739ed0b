/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/config_lex.h. The tokens are those of libconfig 1.5 and a little less: no line
 * breaks in texts, no other escapes than it knows. @include is done here: relative to the file that
 * it stands in, of regular files, without loops.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/config_lex.h"

#define BLANKS " \t\r\f\n"
#define DIRECTIVE "@include"

static struct config_source *
top(struct config_lexer *l)
{
	return &l->stack[l->depth - 1];
}

/* The lines of the expanded text come from this source from now on. */
static void
map_lines(struct config_lexer *l)
{
	struct config_line *line = config_array_add(l->c, &l->c->lines, sizeof(*line));

	line->first = l->line;
	line->at = top(l)->at;
}

static void
push(struct config_lexer *l, uint16_t file, char *text, size_t len)
{
	l->stack[l->depth++] =
	    (struct config_source){.text = text, .len = len, .at = {.line = 1, .file = file}};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		config_error(l->c, top(l)->at, NULL,
		    "the file begins with a byte order mark: write it as UTF-8 without one");
		top(l)->next = 3;
	}
	map_lines(l);
}

void
config_lexer_init(struct config_lexer *l, struct config *c, uint16_t file, char *text, size_t len)
{
	memset(l, 0, sizeof(*l));
	l->c = c;
	l->line = 1;
	c->expanded.n = 0;
	c->lines.n = 0;
	push(l, file, text, len);
}

void
config_lexer_done(struct config_lexer *l)
{
	while (l->depth > 0)
		free(l->stack[--l->depth].text);
}

static void
fatal(struct config_lexer *l)
{
	l->fatal = true;
	l->c->torn = true;
}

static void
add(struct config_lexer *l, const char *text, size_t len)
{
	if (len > CONFIG_FILE_MAX_BYTES - l->c->expanded.n) {
		if (!l->fatal)
			config_error(l->c, top(l)->at, NULL,
			    "with all that it includes the file is larger than %d MiB: split it",
			    CONFIG_FILE_MAX_BYTES >> 20);
		fatal(l);
		return;
	}
	memcpy(config_array_extend(l->c, &l->c->expanded, (uint32_t)len, 1), text, len);
}

/* Leaves len bytes of the source; those of them that are kept go into the expanded text, and line
 * breaks always do. */
static void
leave(struct config_lexer *l, size_t len, bool keep)
{
	struct config_source *s = top(l);
	const char *from = s->text + s->next, *end = from + len;

	while (from < end) {
		const char *newline = memchr(from, '\n', (size_t)(end - from));
		const char *stop = newline == NULL ? end : newline;

		if (keep)
			add(l, from, (size_t)(stop - from));
		from = stop;
		if (newline != NULL) {
			add(l, "\n", 1);
			l->line++;
			s->at.line++;
			from++;
		}
	}
	s->next += len;
}

/* Ends the last source. False when it was the file itself. */
static bool
pop(struct config_lexer *l)
{
	if (l->depth == 1)
		return false;
	free(l->stack[--l->depth].text);
	add(l, "\n", 1);
	l->line++;
	map_lines(l);
	return true;
}

/* Only blanks stand before the next byte on its line. */
static bool
at_line_start(const struct config_source *s)
{
	size_t i = s->next;

	while (i > 0 && (s->text[i - 1] == ' ' || s->text[i - 1] == '\t'))
		i--;
	return i == 0 || s->text[i - 1] == '\n';
}

static bool
is_open(const struct config_lexer *l, uint16_t file)
{
	const struct config_file *f = config_file(l->c, file);

	for (uint32_t i = 0; i < l->depth; i++) {
		const struct config_file *open = config_file(l->c, l->stack[i].at.file);

		if (open->device == f->device && open->inode == f->inode)
			return true;
	}
	return false;
}

static void
include(struct config_lexer *l, const char *name)
{
	struct config *c = l->c;
	struct config_place at = top(l)->at;
	config_str path;
	uint16_t file;
	char *text;
	size_t len;

	if (l->depth > CONFIG_INCLUDE_DEPTH_MAX) {
		c->torn = true;
		config_error(c, at, NULL,
		    "@include %s: files include each other more than %d deep: have fewer levels",
		    config_quote(c, name), CONFIG_INCLUDE_DEPTH_MAX);
		return;
	}
	path = config_path_beside(c, at.file, name);
	if (!config_file_read(
		c, config_text(c, path), CONFIG_FILE_MAX_BYTES, at, &file, &text, &len))
		return;
	if (is_open(l, file)) {
		config_error(c, at, NULL,
		    "@include %s: the file would include itself: take this line out",
		    config_quote(c, name));
		c->torn = true;
		free(text);
		return;
	}
	push(l, file, text, len);
}

/* A line @include "FILE"; what follows on it is read after the file. */
static void
directive(struct config_lexer *l)
{
	struct config_source *s = top(l);
	const char *p = s->text + s->next + strlen(DIRECTIVE), *quote;
	char name[CONFIG_PATH_BYTES];
	size_t len;

	p += strspn(p, " \t");
	quote = *p == '"' ? p + 1 + strcspn(p + 1, "\"\\\n") : p;
	len = (size_t)(quote - p);
	if (*quote != '"' || quote == p || len - 1 >= sizeof(name) || len == 1) {
		config_error(l->c, s->at, NULL, "write @include \"FILE\" on a line of its own");
		l->c->torn = true;
		leave(l, strcspn(s->text + s->next, "\n"), false);
		return;
	}
	memcpy(name, p + 1, len - 1);
	name[len - 1] = '\0';
	leave(l, (size_t)(quote + 1 - (s->text + s->next)), false);
	include(l, name);
}

static void
block_comment(struct config_lexer *l)
{
	struct config_source *s = top(l);
	const char *start = s->text + s->next, *end = strstr(start + 2, "*/");

	if (end == NULL) {
		config_error(
		    l->c, s->at, NULL, "the comment that begins here is not closed: write */");
		fatal(l);
		leave(l, s->len - s->next, false);
		return;
	}
	leave(l, (size_t)(end + 2 - start), false);
}

/* Leaves all that is no token. False at the end of the last source. */
static bool
skip(struct config_lexer *l)
{
	while (!l->fatal) {
		const struct config_source *s = top(l);
		const char *p = s->text + s->next;

		if (s->next == s->len) {
			if (!pop(l))
				return false;
		} else if (strchr(BLANKS, *p) != NULL)
			leave(l, strspn(p, BLANKS), true);
		else if (p[0] == '#' || (p[0] == '/' && p[1] == '/'))
			leave(l, strcspn(p, "\n"), false);
		else if (p[0] == '/' && p[1] == '*')
			block_comment(l);
		else if (strncmp(p, DIRECTIVE, strlen(DIRECTIVE)) == 0 && at_line_start(s))
			directive(l);
		else
			return true;
	}
	return false;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes of the escape at p, or 0 when it is none. */
static size_t
escape_len(const char *p)
{
	if (p[1] != '\0' && strchr("nrtf\\\"", p[1]) != NULL)
		return 2;
	if (p[1] == 'x' && is_hex(p[2]) && is_hex(p[3]) && (p[2] != '0' || p[3] != '0'))
		return 4;
	return 0;
}

/* The length of the text that begins at p, its marks included. */
static size_t
text_len(struct config_lexer *l, const char *p)
{
	size_t i = 1;

	while (p[i] != '"') {
		if (p[i] == '\0' || p[i] == '\n') {
			config_error(l->c, top(l)->at, NULL,
			    "the text that begins here is not closed on its line: write \" at its "
			    "end");
			l->token.bad = l->unclosed = true;
			return 1 + strcspn(p + 1, ";}\n"); /* most likely it was to end there */
		}
		if (p[i] == '\\') {
			size_t len = escape_len(p + i);

			if (len == 0 && !l->token.bad) {
				config_error(l->c, top(l)->at, NULL,
				    "a \\ in a text begins \\\\, \\\", \\n, \\r, \\t, \\f or \\x "
				    "and "
				    "two hexadecimal digits (not 00): write \\\\ for the character "
				    "itself");
				l->token.bad = true;
			}
			i += len == 0 ? 1 : len;
		} else
			i++;
	}
	return i + 1;
}

static size_t
word_len(const char *p, bool name)
{
	size_t i = 0;

	for (; p[i] != '\0' && strchr(BLANKS ";,{}()[]\"=#", p[i]) == NULL; i++) {
		if ((name && p[i] == ':') || (p[i] == '/' && (p[i + 1] == '/' || p[i + 1] == '*')))
			break;
	}
	return i;
}

void
config_lexer_next(struct config_lexer *l, bool name)
{
	static const char marks[] = "=;,{}[]()";
	struct config_token *t = &l->token;
	bool there = skip(l);
	const char *p = top(l)->text + top(l)->next, *mark;
	size_t len = 1;

	t->kind = CONFIG_TOKEN_END;
	t->bad = false;
	t->at = top(l)->at;
	t->start = t->end = l->c->expanded.n;
	if (!there)
		return;
	mark = strchr(marks, *p);
	if (mark != NULL)
		t->kind = (enum config_token_kind)(CONFIG_TOKEN_EQUALS + (mark - marks));
	else if (name && *p == ':')
		t->kind = CONFIG_TOKEN_EQUALS;
	else if (*p == '"') {
		t->kind = CONFIG_TOKEN_TEXT;
		len = text_len(l, p);
	} else {
		t->kind = CONFIG_TOKEN_WORD;
		len = word_len(p, name);
	}
	leave(l, len, true);
	t->end = l->c->expanded.n;
}

void
config_lexer_blank(struct config_lexer *l, uint32_t start, uint32_t end)
{
	char *text = l->c->expanded.items;

	for (uint32_t i = start; i < end; i++) {
		if (text[i] != '\n')
			text[i] = ' ';
	}
}
