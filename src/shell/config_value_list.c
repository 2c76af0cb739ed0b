/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Values that are lists: names of alarms, words of a program, labels. Implements a part of
 * shell/config_internal.h.
 */
#include <string.h>

#include "shell/config_internal.h"

#define ACTION_BYTES_MAX 16384 /* of the words of one action together */
#define LABEL_VALUE_MAX 256

void
config_split_words(struct config *c, struct config_item *item)
{
	const char *text = item->raw.text;

	item->raw.kind = CONFIG_RAW_WORDS;
	item->raw.first = c->words.n;
	item->raw.n = 0;
	while (*text != '\0' && item->raw.n < CONFIG_LIST_MAX) {
		size_t len = strcspn(text, ",");

		*(config_str *)config_array_add(c, &c->words, sizeof(config_str)) =
		    config_intern(c, text, len);
		item->raw.n++;
		text += len + (text[len] == ',');
	}
}

bool
config_parse_alarms(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	const struct config_raw *raw = &item->raw;

	if (raw->kind != CONFIG_RAW_WORDS) {
		config_item_error(
		    c, item, "must be a list of names of alarms: write [ \"down\", \"loss\" ]");
		return false;
	}
	if (raw->n > SETTINGS_TARGET_ALARMS_MAX) {
		config_item_error(
		    c, item, "too many alarms: write %d or fewer", SETTINGS_TARGET_ALARMS_MAX);
		return false;
	}
	for (uint32_t i = 0; i < raw->n; i++) {
		for (uint32_t k = 0; k < i; k++) {
			if (config_word(c, raw->first + i) != config_word(c, raw->first + k))
				continue;
			config_item_error(c, item, "%s stands twice in the list: write it once",
			    config_quote(c, config_text(c, config_word(c, raw->first + i))));
			return false;
		}
	}
	*ret_number = config_list(raw->first, raw->n);
	return true;
}

bool
config_parse_words(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	const struct config_raw *raw = &item->raw;
	size_t bytes = 0;

	if (raw->kind != CONFIG_RAW_WORDS) {
		config_item_error(c, item,
		    "no shell reads this: write the program and its arguments as a list, [ "
		    "\"/path/to/program\", \"argument\" ]");
		return false;
	}
	for (uint32_t i = 0; i < raw->n; i++)
		bytes += strlen(config_text(c, config_word(c, raw->first + i))) + 1;
	if (raw->n > SETTINGS_ACTION_WORDS_MAX || bytes > ACTION_BYTES_MAX)
		config_item_error(c, item, "too long: write at most %d words, %d bytes together",
		    SETTINGS_ACTION_WORDS_MAX, ACTION_BYTES_MAX);
	else if (raw->n > 0 && config_text(c, config_word(c, raw->first))[0] != '/')
		config_item_error(c, item,
		    "the program %s has no absolute path: write one, like \"/etc/icmpmon/notify\"",
		    config_quote(c, config_text(c, config_word(c, raw->first))));
	else {
		*ret_number = config_list(raw->first, raw->n);
		return true;
	}
	return false;
}

bool
config_label_add(struct config *c, const struct config_item *item, const char *key,
    const char *value, struct config_place at)
{
	struct config_label label = {.at = at};

	if (!settings_label_valid(key)) {
		config_error(c, at, item->owner,
		    "labels: %s: the name of a label has 1 to %d letters, digits and _, begins "
		    "with no digit, and not with __: write such a name",
		    config_quote(c, key), SETTINGS_NAME_MAX);
		return false;
	}
	if (value == NULL) {
		config_error(c, at, item->owner,
		    "labels: %s: a label is a text in quotation marks: write %s = \"VALUE\";", key,
		    key);
		return false;
	}
	if (strlen(value) > LABEL_VALUE_MAX || !config_text_plain(value)) {
		config_error(c, at, item->owner,
		    "labels: %s = %s: a label is UTF-8 text without control characters, of at most "
		    "%d bytes: write such a text",
		    key, config_quote(c, value), LABEL_VALUE_MAX);
		return false;
	}
	label.key = config_intern(c, key, strlen(key));
	label.value = config_intern(c, value, strlen(value));
	*(struct config_label *)config_array_add(c, &c->labels, sizeof(label)) = label;
	return true;
}

bool
config_parse_labels(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	if (item->raw.kind != CONFIG_RAW_LABELS) {
		config_item_error(
		    c, item, "must be a group of names and texts: write { site = \"fra1\"; }");
		return false;
	}
	if (item->raw.n > SETTINGS_LABELS_MAX) {
		config_item_error(
		    c, item, "too many labels: write %d or fewer", SETTINGS_LABELS_MAX);
		return false;
	}
	*ret_number = config_list(item->raw.first, item->raw.n);
	return true;
}
