/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What is said about faults of grammar. Implements a part of shell/config_scan.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "shell/config_scan.h"

#define LINE_BYTES 1024

void
config_scan_fatal(struct config_scan *s)
{
	s->l.fatal = true;
	s->l.c->torn = true;
}

const char *
config_scan_text(struct config_scan *s, const struct config_token *t)
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

bool
config_scan_at(const struct config_scan *s, enum config_token_kind kind)
{
	return s->l.token.kind == kind;
}

/* "groups.wan.targets.a": the names of a setting and of those around it. */
static void
add_path(struct config_scan *s, struct text *t, const struct config_scan_item *item)
{
	if (item->outer != NULL) {
		add_path(s, t, item->outer);
		text_add(t, ".");
	}
	text_add(t, config_scan_text(s, &item->name));
}

/* An error about something in a setting's group, or at the top. */
void
config_scan_complain(struct config_scan *s, const struct config_scan_item *outer,
    struct config_place at, const char *format, ...)
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
void
config_scan_broken(struct config_scan *s, const struct config_scan_item *outer,
    struct config_place at, const char *format, ...)
{
	char why[LINE_BYTES / 2];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (!s->l.unclosed && !s->l.fatal)
		config_scan_complain(s, outer, at, "%s", why);
	config_scan_fatal(s);
}
