/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Values and settings as libconfig reads them, each with its place. Implements a part of
 * shell/config_print.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "shell/config_print.h"

#define PIECE_BYTES 1024

void
config_put(struct config *c, const char *text)
{
	size_t len = strlen(text);

	memcpy(config_array_extend(c, &c->print, (uint32_t)len, 1), text, len);
}

void
config_putf(struct config *c, const char *format, ...)
{
	char piece[PIECE_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	config_put(c, piece);
}

/* As libconfig reads it. */
void
config_put_quoted(struct config *c, const char *text)
{
	const char *plain;

	config_put(c, "\"");
	for (; *text != '\0'; text++) {
		for (plain = text;
		     (unsigned char)*text >= 0x20 && *text != '"' && *text != '\\' && *text != 0x7f;
		     text++)
			;
		memcpy(config_array_extend(c, &c->print, (uint32_t)(text - plain), 1), plain,
		    (size_t)(text - plain));
		if (*text == '\0')
			break;
		if (*text == '"' || *text == '\\')
			config_putf(c, "\\%c", *text);
		else
			config_putf(c, "\\x%02x", (unsigned)(unsigned char)*text);
	}
	config_put(c, "\"");
}

static void
put_words(struct config *c, const struct config_value *v)
{
	config_put(c, "[ ");
	for (uint32_t i = 0; i < config_list_n(v); i++) {
		config_put(c, i == 0 ? "" : ", ");
		config_put_quoted(c, config_text(c, config_word(c, config_list_first(v) + i)));
	}
	config_put(c, config_list_n(v) == 0 ? "]" : " ]");
}

static void
put_choice(struct config *c, const struct config_value *v)
{
	const char *word = config_key(v->key)->words;

	for (int64_t i = 0; i < v->number; i++)
		word = strchr(word, '|') + 1;
	config_putf(c, "\"%.*s\"", (int)strcspn(word, "|"), word);
}

static void
put_value(struct config *c, const struct config_value *v)
{
	char text[CONFIG_FORMATTED_BYTES];

	switch (config_key(v->key)->type) {
	case CONFIG_INTEGER:
	case CONFIG_PAYLOAD:
	case CONFIG_DSCP:
		config_putf(c, "%lld%s", (long long)v->number, v->number > INT32_MAX ? "L" : "");
		break;
	case CONFIG_BYTES:
		config_putf(c, "\"%s\"", config_bytes_format(v->number, text));
		break;
	case CONFIG_DURATION:
		config_putf(c, "\"%s\"", duration_format(v->number, text, sizeof(text)));
		break;
	case CONFIG_SWITCH:
		config_put(c, v->number != 0 ? "true" : "false");
		break;
	case CONFIG_CHOICE:
		put_choice(c, v);
		break;
	case CONFIG_QUORUM:
		if (v->number == 0)
			config_put(c, "\"\"");
		else
			config_putf(c, "\"%u of %u\"", config_list_first(v), config_list_n(v));
		break;
	case CONFIG_ALARMS:
	case CONFIG_WORDS:
		put_words(c, v);
		break;
	default:
		config_put_quoted(c, config_text(c, (config_str)v->number));
	}
}

/* "prefix name = value; # place" */
void
config_put_setting(struct config *c, const char *prefix, const struct config_value *v)
{
	config_put(c, prefix);
	config_put(c, config_key(v->key)->name);
	config_put(c, " = ");
	put_value(c, v);
	config_put(c, "; # ");
	config_put(c, config_place_text(c, v->at));
	config_put(c, "\n");
}

void
config_put_labels(
    struct config *c, const char *prefix, const struct config_label *const labels[], uint32_t n)
{
	config_putf(c, "%slabels = {\n", prefix);
	for (uint32_t i = 0; i < n; i++) {
		config_putf(c, "%s\t%s = ", prefix, config_text(c, labels[i]->key));
		config_put_quoted(c, config_text(c, labels[i]->value));
		config_putf(c, "; # %s\n", config_place_text(c, labels[i]->at));
	}
	config_putf(c, "%s};\n", prefix);
}
