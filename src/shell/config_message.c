/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Errors, warnings and notes about a configuration, in the words that the user sees: one line each,
 * "file:line: where: what is wrong, and what to write instead", in order of place, what came from
 * outside escaped and cut. The distance of names is that of Damerau and Levenshtein (optimal string
 * alignment). It refuses to know what makes a configuration wrong.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "shell/config_internal.h"

#define LINE_BYTES 2048
#define NEAR_MAX 64 /* longer names are near to nothing */

const char *
config_escape(struct config *c, const char *text)
{
	char *buf = c->quotes[c->quote_next++ % CONFIG_QUOTES];
	struct text t;

	text_init(&t, buf, CONFIG_QUOTE_BYTES);
	text_log_words(&t, text);
	if (t.overflow) { /* not in the middle of a character or an escape: those are short */
		text_rewind(&t, CONFIG_QUOTE_BYTES - 16);
		while (t.len > 0 && ((unsigned char)t.buf[t.len] & 0xc0) == 0x80)
			text_rewind(&t, t.len - 1);
		text_add(&t, "...");
	}
	return buf;
}

const char *
config_quote(struct config *c, const char *text)
{
	char *buf = c->quotes[c->quote_next++ % CONFIG_QUOTES];
	const char *plain = config_escape(c, text);

	(void)snprintf(buf, CONFIG_QUOTE_BYTES, "\"%.*s\"", CONFIG_QUOTE_BYTES - 3, plain);
	return buf;
}

const char *
config_place_text(struct config *c, struct config_place at)
{
	char *buf = c->quotes[c->quote_next++ % CONFIG_QUOTES];
	struct text t;

	if (at.file == CONFIG_DEFAULT_FILE)
		return "default";
	text_init(&t, buf, CONFIG_QUOTE_BYTES - 12);
	text_log_words(&t, config_text(c, config_file(c, at.file)->path));
	if (at.line > 0)
		(void)snprintf(buf + t.len, CONFIG_QUOTE_BYTES - t.len, ":%u", at.line);
	return buf;
}

static void
add_owner(struct config *c, struct text *t, const struct config_owner *owner)
{
	const char *name = owner->name == 0 ? NULL : config_quote(c, config_text(c, owner->name));

	switch (owner->level) {
	case CONFIG_LEVEL_FILE:
		return;
	case CONFIG_LEVEL_DEFAULTS:
		text_add(t, "defaults: ");
		return;
	case CONFIG_LEVEL_SECTION:
		text_printf(t, "%s: ", config_section_text(owner->section));
		return;
	case CONFIG_LEVEL_GROUP:
		text_add(t, "group");
		break;
	case CONFIG_LEVEL_TARGET:
		text_add(t, "target");
		break;
	case CONFIG_LEVEL_ALARM:
		text_add(t, "alarm");
		break;
	}
	if (name != NULL)
		text_printf(t, " %s", name);
	text_add(t, ": ");
}

__attribute__((format(printf, 5, 0))) static void
message(struct config *c, struct config_messages *m, struct config_place at,
    const struct config_owner *owner, const char *format, va_list args)
{
	char line[LINE_BYTES];
	struct config_message *kept;
	struct text t;
	int n;

	if (m->list.n == CONFIG_ERRORS_MAX) {
		m->more++;
		return;
	}
	text_init(&t, line, sizeof(line));
	if (at.file != CONFIG_DEFAULT_FILE)
		text_printf(&t, "%s: ", config_place_text(c, at));
	if (owner != NULL)
		add_owner(c, &t, owner);
	n = vsnprintf(line + t.len, sizeof(line) - t.len, format, args);
	if (n < 0)
		line[t.len] = '\0';
	kept = config_array_add(c, &m->list, sizeof(*kept));
	kept->at = at;
	kept->order = m->list.n;
	kept->text = config_realloc(c, NULL, strlen(line) + 1);
	memcpy(kept->text, line, strlen(line) + 1);
}

void
config_error(struct config *c, struct config_place at, const struct config_owner *owner,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(c, &c->errors, at, owner, format, args);
	va_end(args);
}

void
config_warn(struct config *c, struct config_place at, const struct config_owner *owner,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(c, &c->warnings, at, owner, format, args);
	va_end(args);
}

void
config_note(struct config *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(
	    c, &c->notes, (struct config_place){.file = CONFIG_DEFAULT_FILE}, NULL, format, args);
	va_end(args);
}

static int
by_place(const void *a, const void *b)
{
	const struct config_message *x = a, *y = b;

	if (x->at.file != y->at.file)
		return x->at.file < y->at.file ? -1 : 1;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void
config_messages_sort(struct config_messages *m)
{
	if (m->list.n > 0)
		qsort(m->list.items, m->list.n, sizeof(struct config_message), by_place);
}

char *
config_messages_join(struct config *c, struct config_messages *m, size_t *ret_bytes)
{
	const struct config_message *list = m->list.items;
	struct config_array joined = {0};
	char more[64];

	config_messages_sort(m);
	for (uint32_t i = 0; i < m->list.n; i++) {
		uint32_t len = (uint32_t)strlen(list[i].text);
		char *at = config_array_extend(c, &joined, len + 1, 1);

		memcpy(at, list[i].text, len);
		at[len] = '\n';
	}
	if (m->more > 0) {
		int len = snprintf(
		    more, sizeof(more), "and %u more error%s\n", m->more, m->more == 1 ? "" : "s");

		memcpy(config_array_extend(c, &joined, (uint32_t)len, 1), more, (size_t)len);
	}
	*ret_bytes = joined.n;
	*(char *)config_array_extend(c, &joined, 1, 1) = '\0';
	return joined.items;
}

void
config_messages_done(struct config_messages *m)
{
	for (uint32_t i = 0; i < m->list.n; i++)
		free(((struct config_message *)m->list.items)[i].text);
	config_array_done(&m->list);
}

/* The edits that turn a into b, where two neighbours may also change places; limit + 1 for more. */
static unsigned
distance(const char *a, const char *b, unsigned limit)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	unsigned rows[3][NEAR_MAX + 1];

	if (a_len > NEAR_MAX || b_len > NEAR_MAX || a_len > b_len + limit || b_len > a_len + limit)
		return limit + 1;
	for (size_t k = 0; k <= b_len; k++)
		rows[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= b_len; k++) {
			unsigned best = above[k - 1] + (a[i - 1] != b[k - 1]);

			best = above[k] + 1 < best ? above[k] + 1 : best;
			best = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    two[k - 2] + 1 < best)
				best = two[k - 2] + 1;
			row[k] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

void
config_near_try(const struct config *c, struct config_near *near, const char *candidate)
{
	size_t len = strlen(near->wanted);
	unsigned limit = len < 4 ? 1 : len < 8 ? 2 : 3;
	unsigned d;

	if (c->errors.list.n == CONFIG_ERRORS_MAX)
		return; /* nobody will read it, and a million times it takes long */
	d = distance(near->wanted, candidate, limit);
	if (d <= limit && (near->best == NULL || d < near->distance)) {
		near->best = candidate;
		near->distance = d;
	}
}

const char *
config_near_text(struct config *c, const struct config_near *near, const char *otherwise)
{
	struct text t;

	if (near->best == NULL)
		return otherwise;
	text_init(&t, c->quotes[c->quote_next++ % CONFIG_QUOTES], CONFIG_QUOTE_BYTES);
	text_printf(&t, ": did you mean \"%s\"?", near->best);
	return t.buf;
}
