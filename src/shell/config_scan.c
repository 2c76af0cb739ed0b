/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The grammar of libconfig, checked before libconfig sees a text: it says "syntax error" to all,
 * wraps numbers, stops at the first fault, and takes quadratic time over names. Here each fault is
 * named, a setting with a fault of its own is taken out so that the rest is still read, and a
 * setting given twice shows both places. It refuses to know what settings there are.
 */
#include <string.h>
#include <strings.h>

#include "shell/config_scan.h"

/* libconfig compares each name with all of its group before it: 20,000 of them are 2.5 s. */
#define COMPARES_MAX UINT64_C(200000000)
#define VALUES_MAX 4000000 /* each takes libconfig some 150 bytes */
#define EXAMPLE_LIST "( { name = \"a\"; host = \"192.0.2.1\"; }, ... )"

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
check_name(struct config_scan *s, struct config_scan_item *item, uint32_t group, uint64_t members)
{
	struct config *c = s->l.c;
	const struct config_token *t = &item->name;
	const char *text = (const char *)c->expanded.items + t->start;
	uint32_t len = t->end - t->start, other;
	uint64_t key;

	if (t->kind == CONFIG_TOKEN_TEXT) {
		config_scan_complain(s, item->outer, t->at,
		    "%s: a name stands without quotation marks: write NAME = VALUE;",
		    config_scan_text(s, t));
		item->drop = true;
		return;
	}
	if (len > 0 && text[0] == '@') {
		config_scan_complain(
		    s, item->outer, t->at, "write @include \"FILE\" on a line of its own");
		item->drop = true;
		return;
	}
	if (!is_name(text, len)) {
		config_scan_complain(s, item->outer, t->at,
		    "%s: a name begins with a letter and holds letters, digits, - and _ here: "
		    "write "
		    "targets with other names as a list, " EXAMPLE_LIST ", or in a targets_file",
		    config_quote(c, config_scan_text(s, t)));
		item->drop = true;
		return;
	}
	key = (uint64_t)group << 32 | config_intern(c, text, len);
	other = config_map_get(&c->seen, key);
	if (other != SETTINGS_NONE) {
		config_scan_complain(s, item->outer, t->at,
		    "%s is here twice, first at %s: take one of them out",
		    config_quote(c, config_scan_text(s, t)),
		    config_place_text(
			c, ((const struct config_place *)c->name_places.items)[other]));
		item->drop = true;
		return;
	}
	config_map_put(c, &c->seen, key, c->name_places.n);
	*(struct config_place *)config_array_add(c, &c->name_places, sizeof(t->at)) = t->at;
	s->compares += members;
	if (s->compares > COMPARES_MAX)
		config_scan_broken(s, item->outer, t->at,
		    "too many names for libconfig to read in time: write targets as a "
		    "list, " EXAMPLE_LIST ", or in a targets_file");
}

/* NAME = VALUE and what ends it; the present token is the name. */
static void
parse_setting(
    struct config_scan *s, const struct config_scan_item *outer, uint32_t group, uint64_t members)
{
	struct config_scan_item item = {.outer = outer, .name = s->l.token, .drop = s->l.token.bad};
	bool nested = false;

	if (!item.drop)
		check_name(s, &item, group, members);
	config_lexer_next(&s->l, true);
	if (config_scan_at(s, CONFIG_TOKEN_EQUALS))
		config_lexer_next(&s->l, false);
	else {
		if (!s->l.fatal && !item.drop)
			config_scan_complain(s, outer, item.name.at,
			    "%s: = and a value must follow, not %s: write NAME = VALUE;",
			    config_scan_text(s, &item.name), config_scan_text(s, &s->l.token));
		item.drop = true;
	}
	if (!item.drop || s->l.token.at.line == item.name.at.line)
		nested = config_scan_value(s, &item, false) == CONFIG_KIND_NESTED;
	while (item.drop && config_scan_at(s, CONFIG_TOKEN_EQUALS)) { /* that was the next name */
		config_lexer_next(&s->l, false);
		nested |= config_scan_value(s, &item, false) == CONFIG_KIND_NESTED;
	}
	if (config_scan_at(s, CONFIG_TOKEN_SEMICOLON) || config_scan_at(s, CONFIG_TOKEN_COMMA))
		config_lexer_next(&s->l, true);
	if (item.drop) {
		s->l.c->dropped = true;
		s->l.c->torn |= nested;
		config_lexer_blank(&s->l, item.name.start, s->l.token.start);
	}
}

/* A token that cannot begin a setting. */
static void
misplaced(struct config_scan *s, const struct config_scan_item *outer)
{
	struct config_token t = s->l.token;
	const char *shown = config_scan_text(s, &t);

	if (t.kind == CONFIG_TOKEN_SEMICOLON || t.kind == CONFIG_TOKEN_COMMA) {
		config_scan_complain(s, outer, t.at, "one %s too many: take it out", shown);
		config_lexer_blank(&s->l, t.start, t.end);
		config_lexer_next(&s->l, true);
	} else if (t.kind == CONFIG_TOKEN_BRACE_CLOSE || t.kind == CONFIG_TOKEN_PAREN_CLOSE ||
		   t.kind == CONFIG_TOKEN_BRACKET_CLOSE)
		config_scan_broken(s, outer, t.at, "%s closes nothing: take it out%s", shown,
		    outer != NULL ? ", or write } before it" : "");
	else
		config_scan_broken(
		    s, outer, t.at, "a name must stand before %s: write NAME = VALUE;", shown);
}

/* Settings up to the end of the text, or to the } of a setting's group that was opened at a place.
 */
static void
parse_settings(
    struct config_scan *s, const struct config_scan_item *outer, const struct config_place *open)
{
	uint32_t group = s->groups++;
	uint64_t members = 0;

	while (!s->l.fatal) {
		if (config_scan_at(s, CONFIG_TOKEN_WORD) || config_scan_at(s, CONFIG_TOKEN_TEXT))
			parse_setting(s, outer, group, members++);
		else if (config_scan_at(s, CONFIG_TOKEN_END) && open != NULL)
			config_scan_broken(s, outer, *open,
			    "the group that begins here is not closed: write } at its end");
		else if (config_scan_at(s, CONFIG_TOKEN_END) ||
			 (config_scan_at(s, CONFIG_TOKEN_BRACE_CLOSE) && open != NULL))
			return;
		else
			misplaced(s, outer);
	}
}

static void
parse_group(struct config_scan *s, const struct config_scan_item *item)
{
	struct config_place open = s->l.token.at;

	if (!config_scan_enter(s, item))
		return;
	config_lexer_next(&s->l, true);
	parse_settings(s, item, &open);
	if (s->l.fatal)
		return;
	s->nesting--;
	config_lexer_next(&s->l, true);
}

enum config_kind
config_scan_value(struct config_scan *s, struct config_scan_item *item, bool element)
{
	if (++s->values > VALUES_MAX)
		config_scan_broken(s, item->outer, s->l.token.at,
		    "%s: more than %d values in one file: write targets in a targets_file",
		    config_scan_text(s, &item->name), VALUES_MAX);
	if (s->l.fatal)
		return CONFIG_KIND_NONE;
	switch (s->l.token.kind) {
	case CONFIG_TOKEN_TEXT:
		do { /* libconfig joins texts; in a list that is a forgotten comma */
			item->drop |= s->l.token.bad;
			config_lexer_next(&s->l, true);
		} while (config_scan_at(s, CONFIG_TOKEN_TEXT) && !element && !item->drop);
		return CONFIG_KIND_TEXT;
	case CONFIG_TOKEN_WORD:
		return config_scan_word(s, item);
	case CONFIG_TOKEN_PAREN_OPEN:
	case CONFIG_TOKEN_BRACKET_OPEN:
		config_scan_list(s, item);
		return CONFIG_KIND_NESTED;
	case CONFIG_TOKEN_BRACE_OPEN:
		parse_group(s, item);
		return CONFIG_KIND_NESTED;
	default:
		break;
	}
	if (!item->drop)
		config_scan_complain(s, item->outer, item->name.at,
		    "%s has no value: write NAME = VALUE;",
		    config_quote(s->l.c, config_scan_text(s, &item->name)));
	item->drop = true;
	return CONFIG_KIND_OTHER;
}

bool
config_scan(struct config *c, uint16_t file, char *text, size_t len)
{
	struct config_scan s = {0};

	config_map_clear(&c->seen);
	c->name_places.n = 0;
	config_lexer_init(&s.l, c, file, text, len);
	config_lexer_next(&s.l, true);
	parse_settings(&s, NULL, NULL);
	config_lexer_done(&s.l);
	*(char *)config_array_extend(c, &c->expanded, 1, 1) = '\0';
	return !s.l.fatal;
}
