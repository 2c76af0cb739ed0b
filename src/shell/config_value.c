/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One setting's value: from what was written to a number, a duration, a text, within the bounds of
 * the table, or a sentence that says what to write. It refuses to know where values come from and
 * what they are for. Addresses and hosts are in config_value_net.c, lists in config_value_list.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "core/text.h"
#include "shell/config_lex.h"

#define SENTENCE_BYTES 512

static const char *
raw_text(struct config *c, const struct config_raw *raw)
{
	char number[CONFIG_FORMATTED_BYTES];

	switch (raw->kind) {
	case CONFIG_RAW_TEXT:
		return config_quote(c, raw->text);
	case CONFIG_RAW_BARE:
		return config_escape(c, raw->text);
	case CONFIG_RAW_INTEGER:
		(void)snprintf(number, sizeof(number), "%lld", (long long)raw->number);
		return config_escape(c, number);
	case CONFIG_RAW_FLOAT:
		(void)snprintf(number, sizeof(number), "%g", raw->real);
		return config_escape(c, number);
	case CONFIG_RAW_SWITCH:
		return raw->number != 0 ? "true" : "false";
	case CONFIG_RAW_WORDS:
	case CONFIG_RAW_LIST:
		return "[ ... ]";
	default:
		return "{ ... }";
	}
}

void
config_item_error(struct config *c, const struct config_item *item, const char *format, ...)
{
	char why[SENTENCE_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	config_error(
	    c, item->at, item->owner, "%s = %s: %s", item->key->name, raw_text(c, &item->raw), why);
}

const char *
config_written(struct config *c, const struct config_item *item, const char *text)
{
	return item->raw.kind == CONFIG_RAW_BARE ? config_escape(c, text) : config_quote(c, text);
}

bool
config_is_text(const struct config_item *item)
{
	return item->raw.kind == CONFIG_RAW_TEXT || item->raw.kind == CONFIG_RAW_BARE;
}

char *
config_bytes_format(int64_t bytes, char text[static CONFIG_FORMATTED_BYTES])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	int unit = 0;

	for (; unit < 3 && bytes > 0 && bytes % 1024 == 0; unit++)
		bytes /= 1024;
	(void)snprintf(text, CONFIG_FORMATTED_BYTES, "%lld%s", (long long)bytes, units[unit]);
	return text;
}

/* A bound as one would write it. */
static const char *
bound_text(struct config *c, const struct config_item *item, int64_t bound)
{
	char text[CONFIG_FORMATTED_BYTES];

	if (item->key->type == CONFIG_DURATION)
		return config_written(c, item, duration_format(bound, text, sizeof(text)));
	if (item->key->type == CONFIG_BYTES)
		return config_written(c, item, config_bytes_format(bound, text));
	(void)snprintf(text, sizeof(text), "%lld", (long long)bound);
	return config_escape(c, text);
}

static bool
check_bounds(struct config *c, const struct config_item *item, int64_t value)
{
	const struct config_key *key = item->key;

	if ((value >= key->min && value <= key->max) || (value == 0 && key->zero))
		return true;
	if (key->min == key->max)
		config_item_error(c, item, "this icmpmond knows %s alone: write %s",
		    bound_text(c, item, key->min), bound_text(c, item, key->min));
	else if (value > key->max)
		config_item_error(
		    c, item, "too much: write %s or less", bound_text(c, item, key->max));
	else
		config_item_error(c, item, "too little: write %s or more%s",
		    bound_text(c, item, key->min), key->zero ? ", or 0" : "");
	return false;
}

static bool
parse_integer(struct config *c, const struct config_item *item, int64_t *ret)
{
	if (item->raw.kind == CONFIG_RAW_TEXT &&
	    config_word_kind(item->raw.text) == CONFIG_KIND_INTEGER)
		config_item_error(c, item, "a number stands without quotation marks: write %s",
		    config_escape(c, item->raw.text));
	else if (item->raw.kind != CONFIG_RAW_INTEGER)
		config_item_error(c, item, "must be a whole number: write %s to %s",
		    bound_text(c, item, item->key->min), bound_text(c, item, item->key->max));
	else if (check_bounds(c, item, item->raw.number)) {
		*ret = item->raw.number;
		return true;
	}
	return false;
}

/* A number that lacks its unit, or another thing than a text. */
static void
unit_error(struct config *c, const struct config_item *item, const char *what,
    const char *const units[], const char *example)
{
	const struct config_raw *raw = &item->raw;
	char number[CONFIG_FORMATTED_BYTES], first[CONFIG_FORMATTED_BYTES + 8],
	    second[CONFIG_FORMATTED_BYTES + 8];
	enum config_kind kind =
	    config_is_text(item) ? config_word_kind(raw->text) : CONFIG_KIND_OTHER;

	if (raw->kind == CONFIG_RAW_INTEGER)
		(void)snprintf(number, sizeof(number), "%lld", (long long)raw->number);
	else if (raw->kind == CONFIG_RAW_FLOAT)
		(void)snprintf(number, sizeof(number), "%g", raw->real);
	else if (kind == CONFIG_KIND_INTEGER || kind == CONFIG_KIND_FLOAT)
		(void)snprintf(number, sizeof(number), "%.20s", raw->text);
	else {
		config_item_error(c, item, "is no %s: write a number and a unit, like %s", what,
		    config_written(c, item, example));
		return;
	}
	(void)snprintf(first, sizeof(first), "%s%s", number, units[0]);
	(void)snprintf(second, sizeof(second), "%s%s", number, units[1]);
	config_item_error(c, item, "a %s needs a unit: write %s or %s", what,
	    config_written(c, item, first), config_written(c, item, second));
}

static bool
parse_duration(struct config *c, const struct config_item *item, int64_t *ret)
{
	static const char *const units[] = {"ms", "s"};
	nsec_t ns;

	if (!config_is_text(item) || !duration_parse(item->raw.text, &ns)) {
		unit_error(c, item, "duration", units, "500ms");
		return false;
	}
	if (!check_bounds(c, item, ns))
		return false;
	*ret = ns;
	return true;
}

static bool
parse_bytes(struct config *c, const struct config_item *item, int64_t *ret)
{
	static const char *const units[] = {"KiB", "MiB"};
	uint64_t bytes;

	if (!config_is_text(item) || !bytes_parse(item->raw.text, &bytes)) {
		unit_error(c, item, "size", units, "16MiB");
		return false;
	}
	if (!check_bounds(c, item, (int64_t)bytes))
		return false;
	*ret = (int64_t)bytes;
	return true;
}

static bool
parse_payload(struct config *c, const struct config_item *item, int64_t *ret)
{
	uint64_t bytes;

	if (!config_is_text(item) || !bytes_parse(item->raw.text, &bytes))
		return parse_integer(c, item, ret);
	if (!check_bounds(c, item, (int64_t)bytes))
		return false;
	*ret = (int64_t)bytes;
	return true;
}

static bool
parse_switch(struct config *c, const struct config_item *item, int64_t *ret)
{
	if (item->raw.kind != CONFIG_RAW_SWITCH) {
		config_item_error(c, item, "write true or false, without quotation marks");
		return false;
	}
	*ret = item->raw.number;
	return true;
}

static bool
parse_choice(struct config *c, const struct config_item *item, int64_t *ret)
{
	const char *words = item->key->words;
	char all[SENTENCE_BYTES / 2], word[CONFIG_FORMATTED_BYTES];
	struct text t;
	size_t len;

	text_init(&t, all, sizeof(all));
	for (int64_t i = 0; *words != '\0'; i++, words += len + (words[len] == '|')) {
		len = strcspn(words, "|");
		(void)snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (config_is_text(item) && strcmp(word, item->raw.text) == 0) {
			*ret = i;
			return true;
		}
		if (i > 0)
			text_add(&t, words[len] == '\0' ? " or " : ", ");
		text_add(&t, config_written(c, item, word));
	}
	config_item_error(c, item, "unknown word: write %s", all);
	return false;
}

/* A word of a targets file becomes what the setting wants, where it can. */
static void
take_kind(struct config *c, struct config_item *item)
{
	const char *text = item->raw.text;
	enum config_kind kind;

	switch (item->key->type) {
	case CONFIG_INTEGER:
	case CONFIG_PAYLOAD:
	case CONFIG_DSCP:
		kind = config_word_kind(text);
		if (kind != CONFIG_KIND_INTEGER && kind != CONFIG_KIND_LONG)
			return;
		item->raw.kind = CONFIG_RAW_INTEGER;
		item->raw.number = strtoll(text, NULL, 0);
		return;
	case CONFIG_SWITCH:
		if (config_word_kind(text) != CONFIG_KIND_SWITCH)
			return;
		item->raw.kind = CONFIG_RAW_SWITCH;
		item->raw.number = text[0] == 't' || text[0] == 'T';
		return;
	case CONFIG_ALARMS:
		config_split_words(c, item);
		return;
	default:
		return;
	}
}

bool
config_value_parse(struct config *c, struct config_item *item, int64_t *ret_number)
{
	static bool (*const parsers[CONFIG_TYPE_COUNT])(
	    struct config *, const struct config_item *, int64_t *) = {
	    [CONFIG_INTEGER] = parse_integer,
	    [CONFIG_BYTES] = parse_bytes,
	    [CONFIG_PAYLOAD] = parse_payload,
	    [CONFIG_DURATION] = parse_duration,
	    [CONFIG_SWITCH] = parse_switch,
	    [CONFIG_CHOICE] = parse_choice,
	    [CONFIG_DSCP] = config_parse_dscp,
	    [CONFIG_NAME] = config_parse_name,
	    [CONFIG_HOST] = config_parse_host,
	    [CONFIG_SOURCE] = config_parse_source,
	    [CONFIG_PATH] = config_parse_path,
	    [CONFIG_ENDPOINT] = config_parse_endpoint,
	    [CONFIG_USER_GROUP] = config_parse_user_group,
	    [CONFIG_CONDITION] = config_parse_condition,
	    [CONFIG_QUORUM] = config_parse_quorum,
	    [CONFIG_ALARMS] = config_parse_alarms,
	    [CONFIG_WORDS] = config_parse_words,
	    [CONFIG_LABELS] = config_parse_labels,
	};

	if (item->raw.kind == CONFIG_RAW_BARE)
		take_kind(c, item);
	return parsers[item->key->type](c, item, ret_number);
}
