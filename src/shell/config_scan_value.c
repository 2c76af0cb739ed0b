/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Words and lists of a configuration file. Implements a part of shell/config_scan.h.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shell/config_scan.h"

#define NUMBER_BYTES 64

/* What is wrong with a word that may not stand where it does. */
static void
word_error(
    struct config_scan *s, struct config_scan_item *item, enum config_kind kind, const char *shown)
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
	config_scan_complain(s, item->outer, s->l.token.at, "%s = %s: %s",
	    config_scan_text(s, &item->name), shown, what);
	item->drop = true;
}

enum config_kind
config_scan_word(struct config_scan *s, struct config_scan_item *item)
{
	const struct config_token *t = &s->l.token;
	const char *shown = config_scan_text(s, t);
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

bool
config_scan_enter(struct config_scan *s, const struct config_scan_item *item)
{
	if (++s->nesting <= CONFIG_NESTING_MAX)
		return true;
	config_scan_complain(s, item->outer, s->l.token.at,
	    "%s: groups and lists stand more than %d deep in each other: close some of them first",
	    config_scan_text(s, &item->name), CONFIG_NESTING_MAX);
	config_scan_fatal(s);
	return false;
}

/* Whether an element of [ ] may stand beside the first one. */
static void
check_element(struct config_scan *s, struct config_scan_item *item, enum config_kind kind,
    enum config_kind first)
{
	if (item->drop || s->l.fatal)
		return;
	if (kind == CONFIG_KIND_NESTED)
		config_scan_complain(s, item->outer, s->l.token.at,
		    "%s: [ ] holds no groups or lists: write ( ) around them",
		    config_scan_text(s, &item->name));
	else if (kind != first)
		config_scan_complain(s, item->outer, s->l.token.at,
		    "%s: all that stands in [ ] is of one kind: write ( ) for a mixture",
		    config_scan_text(s, &item->name));
	item->drop = kind == CONFIG_KIND_NESTED || kind != first;
}

/* What stands between elements: a comma, and something behind it. */
static void
parse_comma(struct config_scan *s, struct config_scan_item *item, enum config_token_kind close)
{
	struct config_token t = s->l.token;

	if (t.kind == CONFIG_TOKEN_COMMA) {
		config_lexer_next(&s->l, false);
		if (!config_scan_at(s, close))
			return;
		config_scan_complain(s, item->outer, t.at,
		    "%s: no comma may stand after the last element: take it out",
		    config_scan_text(s, &item->name));
		config_lexer_blank(&s->l, t.start, t.end);
	} else if (t.kind == CONFIG_TOKEN_WORD || t.kind == CONFIG_TOKEN_TEXT ||
		   t.kind == CONFIG_TOKEN_BRACE_OPEN || t.kind == CONFIG_TOKEN_PAREN_OPEN ||
		   t.kind == CONFIG_TOKEN_BRACKET_OPEN) {
		config_scan_complain(s, item->outer, t.at,
		    "%s: a comma is missing before %s: write one between elements",
		    config_scan_text(s, &item->name), config_scan_text(s, &t));
		item->drop = true;
	}
}

static bool
can_be_element(const struct config_scan *s)
{
	return !config_scan_at(s, CONFIG_TOKEN_END) && !config_scan_at(s, CONFIG_TOKEN_SEMICOLON) &&
	       !config_scan_at(s, CONFIG_TOKEN_EQUALS) &&
	       !config_scan_at(s, CONFIG_TOKEN_BRACE_CLOSE) &&
	       !config_scan_at(s, CONFIG_TOKEN_PAREN_CLOSE) &&
	       !config_scan_at(s, CONFIG_TOKEN_BRACKET_CLOSE);
}

/* ( ... ) or [ ... ]; the present token opens it. */
void
config_scan_list(struct config_scan *s, struct config_scan_item *item)
{
	bool array = config_scan_at(s, CONFIG_TOKEN_BRACKET_OPEN);
	enum config_token_kind close =
	    array ? CONFIG_TOKEN_BRACKET_CLOSE : CONFIG_TOKEN_PAREN_CLOSE;
	struct config_place open = s->l.token.at;
	enum config_kind first = CONFIG_KIND_NONE;

	if (!config_scan_enter(s, item))
		return;
	config_lexer_next(&s->l, false);
	while (!s->l.fatal && !config_scan_at(s, close)) {
		enum config_kind kind;

		if (!can_be_element(s)) {
			config_scan_broken(s, item->outer, open,
			    "the list that begins here is not closed: write %s before %s (line "
			    "%u)",
			    array ? "]" : ")", config_scan_text(s, &s->l.token),
			    s->l.token.at.line);
			return;
		}
		kind = config_scan_value(s, item, true);
		if (array)
			check_element(s, item, kind, first == CONFIG_KIND_NONE ? kind : first);
		first = kind;
		if (!s->l.fatal && !config_scan_at(s, close))
			parse_comma(s, item, close);
	}
	if (s->l.fatal)
		return;
	s->nesting--;
	config_lexer_next(&s->l, true);
}
