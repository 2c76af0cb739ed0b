/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The grammar of libconfig, checked before libconfig sees a text: it says "syntax error" to all,
 * wraps numbers, stops at the first fault, and takes quadratic time over names. Here each fault is
 * named, a setting with a fault of its own is taken out so that the rest is still read, and a
 * setting given twice shows both places. It refuses to know what settings there are.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "shell/config_lex.h"

/* libconfig compares each name with all of its group before it: 20,000 of them are 2.5 s. */
#define COMPARES_MAX UINT64_C(200000000)
#define NUMBER_BYTES 64
#define LINE_BYTES 1024
#define EXAMPLE_LIST "( { name = \"a\"; host = \"192.0.2.1\"; }, ... )"

struct scan {
	struct config_lexer l;
	uint32_t groups; /* numbered, so that names of each are apart */
	uint32_t nesting;
	uint64_t compares;
};

/* The setting that is being read. */
struct item {
	const struct item *outer; /* the one whose group it stands in; NULL: the top */
	struct config_token name;
	bool drop; /* it has a fault: libconfig shall not see it */
};

static enum config_kind parse_value(struct scan *s, struct item *item, bool element);

static void
fatal(struct scan *s)
{
	s->l.fatal = true;
	s->l.c->torn = true;
}

static const char *
token_text(struct scan *s, const struct config_token *t)
{
	char text[CONFIG_QUOTE_BYTES + 1];
	uint32_t len = t->end - t->start;

	if (t->kind == CONFIG_TOKEN_END)
		return "the end of the file";
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, (const char *)s->l.c->expanded.items + t->start, len);
	text[len] = '\0';
	return config_escape(s->l.c, text);
}

static bool
is_token(const struct scan *s, enum config_token_kind kind)
{
	return s->l.token.kind == kind;
}

/* "groups.wan.targets.a": the names of a setting and of those around it. */
static void
add_path(struct scan *s, struct text *t, const struct item *item)
{
	if (item->outer != NULL) {
		add_path(s, t, item->outer);
		text_add(t, ".");
	}
	text_add(t, token_text(s, &item->name));
}

/* An error about something in a setting's group, or at the top. */
__attribute__((format(printf, 4, 5))) static void
complain(struct scan *s, const struct item *outer, struct config_place at, const char *format, ...)
{
	char why[LINE_BYTES];
	struct text t;
	va_list args;
	size_t len;

	text_init(&t, why, sizeof(why) / 2);
	if (outer != NULL) {
		add_path(s, &t, outer);
		text_add(&t, ": ");
	}
	len = t.len;
	va_start(args, format);
	(void)vsnprintf(why + len, sizeof(why) - len, format, args);
	va_end(args);
	config_error(s->l.c, at, NULL, "%s", why);
}

/* A fault after which nothing can be told apart any more. A text that is not closed may have
 * swallowed what is missing here, and was reported. */
__attribute__((format(printf, 4, 5))) static void
structure_error(
    struct scan *s, const struct item *outer, struct config_place at, const char *format, ...)
{
	char why[LINE_BYTES / 2];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (!s->l.unclosed && !s->l.fatal)
		complain(s, outer, at, "%s", why);
	fatal(s);
}

/* ---- words ---- */

/* What is wrong with a word that may not stand where it does. */
static void
word_error(struct scan *s, struct item *item, enum config_kind kind, const char *shown)
{
	const char *what = "larger than any number here may be: write a smaller one";
	char quoted[CONFIG_QUOTE_BYTES + 128];

	if (kind == CONFIG_KIND_ZEROS)
		what = "a number begins with no 0: write it without";
	if (kind == CONFIG_KIND_OTHER) {
		bool yes = strcasecmp(shown, "yes") == 0 || strcasecmp(shown, "on") == 0;
		bool no = strcasecmp(shown, "no") == 0 || strcasecmp(shown, "off") == 0;

		(void)snprintf(quoted, sizeof(quoted),
		    "text stands in quotation marks: write \"%s\"%s", shown,
		    yes	 ? ", or true for a switch"
		    : no ? ", or false for a switch"
			 : "");
		what = quoted;
	}
	complain(
	    s, item->outer, s->l.token.at, "%s = %s: %s", token_text(s, &item->name), shown, what);
	item->drop = true;
}

static enum config_kind
parse_word(struct scan *s, struct item *item)
{
	const struct config_token *t = &s->l.token;
	const char *shown = token_text(s, t);
	char word[NUMBER_BYTES];
	uint32_t len = t->end - t->start;
	enum config_kind kind = CONFIG_KIND_OTHER;

	if (len < sizeof(word)) {
		memcpy(word, (const char *)s->l.c->expanded.items + t->start, len);
		word[len] = '\0';
		kind = config_word_kind(word);
	}
	if (kind == CONFIG_KIND_OTHER || kind == CONFIG_KIND_HUGE || kind == CONFIG_KIND_ZEROS)
		word_error(s, item, kind, shown);
	else if (kind == CONFIG_KIND_LONG && word[len - 1] != 'L') /* libconfig would wrap it */
		*(char *)config_array_extend(s->l.c, &s->l.c->expanded, 1, 1) = 'L';
	config_lexer_next(&s->l, true);
	return kind;
}

/* ---- lists ---- */

static bool
enter(struct scan *s, const struct item *item)
{
	if (++s->nesting <= CONFIG_NESTING_MAX)
		return true;
	complain(s, item->outer, s->l.token.at,
	    "%s: groups and lists stand more than %d deep in each other: close some of them first",
	    token_text(s, &item->name), CONFIG_NESTING_MAX);
	fatal(s);
	return false;
}

/* Whether an element of [ ] may stand beside the first one. */
static void
check_element(struct scan *s, struct item *item, enum config_kind kind, enum config_kind first)
{
	if (item->drop || s->l.fatal)
		return;
	if (kind == CONFIG_KIND_NESTED)
		complain(s, item->outer, s->l.token.at,
		    "%s: [ ] holds no groups or lists: write ( ) around them",
		    token_text(s, &item->name));
	else if (kind != first)
		complain(s, item->outer, s->l.token.at,
		    "%s: all that stands in [ ] is of one kind: write ( ) for a mixture",
		    token_text(s, &item->name));
	item->drop = kind == CONFIG_KIND_NESTED || kind != first;
}

/* What stands between elements: a comma, and something behind it. */
static void
parse_comma(struct scan *s, struct item *item, enum config_token_kind close)
{
	struct config_token t = s->l.token;

	if (t.kind == CONFIG_TOKEN_COMMA) {
		config_lexer_next(&s->l, false);
		if (!is_token(s, close))
			return;
		complain(s, item->outer, t.at,
		    "%s: no comma may stand after the last element: take it out",
		    token_text(s, &item->name));
		config_lexer_blank(&s->l, t.start, t.end);
	} else if (t.kind == CONFIG_TOKEN_WORD || t.kind == CONFIG_TOKEN_TEXT ||
		   t.kind == CONFIG_TOKEN_BRACE_OPEN || t.kind == CONFIG_TOKEN_PAREN_OPEN ||
		   t.kind == CONFIG_TOKEN_BRACKET_OPEN) {
		complain(s, item->outer, t.at,
		    "%s: a comma is missing before %s: write one between elements",
		    token_text(s, &item->name), token_text(s, &t));
		item->drop = true;
	}
}

static bool
can_be_element(const struct scan *s)
{
	return !is_token(s, CONFIG_TOKEN_END) && !is_token(s, CONFIG_TOKEN_SEMICOLON) &&
	       !is_token(s, CONFIG_TOKEN_EQUALS) && !is_token(s, CONFIG_TOKEN_BRACE_CLOSE) &&
	       !is_token(s, CONFIG_TOKEN_PAREN_CLOSE) && !is_token(s, CONFIG_TOKEN_BRACKET_CLOSE);
}

/* ( ... ) or [ ... ]; the present token opens it. */
static void
parse_list(struct scan *s, struct item *item)
{
	bool array = is_token(s, CONFIG_TOKEN_BRACKET_OPEN);
	enum config_token_kind close =
	    array ? CONFIG_TOKEN_BRACKET_CLOSE : CONFIG_TOKEN_PAREN_CLOSE;
	struct config_place open = s->l.token.at;
	enum config_kind first = CONFIG_KIND_NONE;

	if (!enter(s, item))
		return;
	config_lexer_next(&s->l, false);
	while (!s->l.fatal && !is_token(s, close)) {
		enum config_kind kind;

		if (!can_be_element(s)) {
			structure_error(s, item->outer, open,
			    "the list that begins here is not closed: write %s before %s (line "
			    "%u)",
			    array ? "]" : ")", token_text(s, &s->l.token), s->l.token.at.line);
			return;
		}
		kind = parse_value(s, item, true);
		if (array)
			check_element(s, item, kind, first == CONFIG_KIND_NONE ? kind : first);
		first = kind;
		if (!s->l.fatal && !is_token(s, close))
			parse_comma(s, item, close);
	}
	if (s->l.fatal)
		return;
	s->nesting--;
	config_lexer_next(&s->l, true);
}

/* ---- settings ---- */

static bool
is_name(const char *text, uint32_t len)
{
	if (len == 0 || !((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z')))
		return false;
	for (uint32_t i = 1; i < len; i++) {
		if (!((text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= 'a' && text[i] <= 'z') ||
			(text[i] >= '0' && text[i] <= '9') || text[i] == '-' || text[i] == '_'))
			return false;
	}
	return !(len == 4 && strncasecmp(text, "true", 4) == 0) &&
	       !(len == 5 && strncasecmp(text, "false", 5) == 0);
}

/* The name is one, and is new in its group; members: how many it has so far. */
static void
check_name(struct scan *s, struct item *item, uint32_t group, uint64_t members)
{
	struct config *c = s->l.c;
	const struct config_token *t = &item->name;
	const char *text = (const char *)c->expanded.items + t->start;
	uint32_t len = t->end - t->start, other;
	uint64_t key;

	if (t->kind == CONFIG_TOKEN_TEXT) {
		complain(s, item->outer, t->at,
		    "%s: a name stands without quotation marks: write NAME = VALUE;",
		    token_text(s, t));
		item->drop = true;
		return;
	}
	if (len > 0 && text[0] == '@') {
		complain(s, item->outer, t->at, "write @include \"FILE\" on a line of its own");
		item->drop = true;
		return;
	}
	if (!is_name(text, len)) {
		complain(s, item->outer, t->at,
		    "%s: a name begins with a letter and holds letters, digits, - and _ here: "
		    "write "
		    "targets with other names as a list, " EXAMPLE_LIST ", or in a targets_file",
		    config_quote(c, token_text(s, t)));
		item->drop = true;
		return;
	}
	key = (uint64_t)group << 32 | config_intern(c, text, len);
	other = config_map_get(&c->seen, key);
	if (other != SETTINGS_NONE) {
		complain(s, item->outer, t->at,
		    "%s is here twice, first at %s: take one of them out",
		    config_quote(c, token_text(s, t)),
		    config_place_text(
			c, ((const struct config_place *)c->name_places.items)[other]));
		item->drop = true;
		return;
	}
	config_map_put(c, &c->seen, key, c->name_places.n);
	*(struct config_place *)config_array_add(c, &c->name_places, sizeof(t->at)) = t->at;
	s->compares += members;
	if (s->compares > COMPARES_MAX)
		structure_error(s, item->outer, t->at,
		    "too many names for libconfig to read in time: write targets as a "
		    "list, " EXAMPLE_LIST ", or in a targets_file");
}

/* NAME = VALUE and what ends it; the present token is the name. */
static void
parse_setting(struct scan *s, const struct item *outer, uint32_t group, uint64_t members)
{
	struct item item = {.outer = outer, .name = s->l.token, .drop = s->l.token.bad};
	bool nested = false;

	if (!item.drop)
		check_name(s, &item, group, members);
	config_lexer_next(&s->l, true);
	if (is_token(s, CONFIG_TOKEN_EQUALS))
		config_lexer_next(&s->l, false);
	else {
		if (!s->l.fatal && !item.drop)
			complain(s, outer, item.name.at,
			    "%s: = and a value must follow, not %s: write NAME = VALUE;",
			    token_text(s, &item.name), token_text(s, &s->l.token));
		item.drop = true;
	}
	if (!item.drop || s->l.token.at.line == item.name.at.line)
		nested = parse_value(s, &item, false) == CONFIG_KIND_NESTED;
	while (item.drop && is_token(s, CONFIG_TOKEN_EQUALS)) { /* that was the next name */
		config_lexer_next(&s->l, false);
		nested |= parse_value(s, &item, false) == CONFIG_KIND_NESTED;
	}
	if (is_token(s, CONFIG_TOKEN_SEMICOLON) || is_token(s, CONFIG_TOKEN_COMMA))
		config_lexer_next(&s->l, true);
	if (item.drop) {
		s->l.c->dropped = true;
		s->l.c->torn |= nested;
		config_lexer_blank(&s->l, item.name.start, s->l.token.start);
	}
}

/* A token that cannot begin a setting. */
static void
misplaced(struct scan *s, const struct item *outer)
{
	struct config_token t = s->l.token;
	const char *shown = token_text(s, &t);

	if (t.kind == CONFIG_TOKEN_SEMICOLON || t.kind == CONFIG_TOKEN_COMMA) {
		complain(s, outer, t.at, "one %s too many: take it out", shown);
		config_lexer_blank(&s->l, t.start, t.end);
		config_lexer_next(&s->l, true);
	} else if (t.kind == CONFIG_TOKEN_BRACE_CLOSE || t.kind == CONFIG_TOKEN_PAREN_CLOSE ||
		   t.kind == CONFIG_TOKEN_BRACKET_CLOSE)
		structure_error(s, outer, t.at, "%s closes nothing: take it out%s", shown,
		    outer != NULL ? ", or write } before it" : "");
	else
		structure_error(
		    s, outer, t.at, "a name must stand before %s: write NAME = VALUE;", shown);
}

/* Settings up to the end of the text, or to the } of a setting's group that was opened at a place.
 */
static void
parse_settings(struct scan *s, const struct item *outer, const struct config_place *open)
{
	uint32_t group = s->groups++;
	uint64_t members = 0;

	while (!s->l.fatal) {
		if (is_token(s, CONFIG_TOKEN_WORD) || is_token(s, CONFIG_TOKEN_TEXT))
			parse_setting(s, outer, group, members++);
		else if (is_token(s, CONFIG_TOKEN_END) && open != NULL)
			structure_error(s, outer, *open,
			    "the group that begins here is not closed: write } at its end");
		else if (is_token(s, CONFIG_TOKEN_END) ||
			 (is_token(s, CONFIG_TOKEN_BRACE_CLOSE) && open != NULL))
			return;
		else
			misplaced(s, outer);
	}
}

static void
parse_group(struct scan *s, const struct item *item)
{
	struct config_place open = s->l.token.at;

	if (!enter(s, item))
		return;
	config_lexer_next(&s->l, true);
	parse_settings(s, item, &open);
	if (s->l.fatal)
		return;
	s->nesting--;
	config_lexer_next(&s->l, true);
}

static enum config_kind
parse_value(struct scan *s, struct item *item, bool element)
{
	if (s->l.fatal)
		return CONFIG_KIND_NONE;
	switch (s->l.token.kind) {
	case CONFIG_TOKEN_TEXT:
		do { /* libconfig joins texts; in a list that is a forgotten comma */
			item->drop |= s->l.token.bad;
			config_lexer_next(&s->l, true);
		} while (is_token(s, CONFIG_TOKEN_TEXT) && !element && !item->drop);
		return CONFIG_KIND_TEXT;
	case CONFIG_TOKEN_WORD:
		return parse_word(s, item);
	case CONFIG_TOKEN_PAREN_OPEN:
	case CONFIG_TOKEN_BRACKET_OPEN:
		parse_list(s, item);
		return CONFIG_KIND_NESTED;
	case CONFIG_TOKEN_BRACE_OPEN:
		parse_group(s, item);
		return CONFIG_KIND_NESTED;
	default:
		break;
	}
	if (!item->drop)
		complain(s, item->outer, item->name.at, "%s has no value: write NAME = VALUE;",
		    config_quote(s->l.c, token_text(s, &item->name)));
	item->drop = true;
	return CONFIG_KIND_OTHER;
}

bool
config_scan(struct config *c, uint16_t file, char *text, size_t len)
{
	struct scan s = {0};

	config_map_clear(&c->seen);
	c->name_places.n = 0;
	config_lexer_init(&s.l, c, file, text, len);
	config_lexer_next(&s.l, true);
	parse_settings(&s, NULL, NULL);
	config_lexer_done(&s.l);
	*(char *)config_array_extend(c, &c->expanded, 1, 1) = '\0';
	return !s.l.fatal;
}
