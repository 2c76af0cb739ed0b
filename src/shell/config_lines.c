/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Targets files: one target a line, "HOST [NAME] [key=value ...] [labels.x=y]", # comments. Made
 * for a hundred thousand lines and more: no copy of a line, no allocation of its own. It refuses to
 * know what values mean.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/config_internal.h"

#define LINE_MAX_BYTES 4096
#define LABELS_PREFIX "labels."

struct line {
	struct config *c;
	struct config_owner owner;
	struct config_value values[CONFIG_KEY_COUNT];
	uint32_t keys[CONFIG_KEY_COUNT]; /* of the values given */
	uint32_t n;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the next word off a line, its quotation marks too. NULL: none is left; *ret_value is what
 * stands behind its first '=', or NULL. */
static char *
next_word(struct line *line, char **text, char **ret_value)
{
	char *from = *text, *to, *word;
	bool quoted = false;

	while (is_blank(*from))
		from++;
	word = to = from;
	*ret_value = NULL;
	if (*from == '\0' || *from == '#')
		return NULL;
	for (; *from != '\0' && (quoted || !is_blank(*from)); from++) {
		if (*from == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		if (*from == '=' && *ret_value == NULL) {
			*to++ = '\0';
			*ret_value = to;
		} else
			*to++ = *from;
	}
	*text = *from == '\0' ? from : from + 1;
	*to = '\0';
	if (quoted)
		config_error(line->c, line->owner.at, &line->owner,
		    "a quotation mark is not closed: write \" at the end of the text");
	return word;
}

static void
put(struct line *line, int key, struct config_item *item)
{
	int64_t number;

	if (line->values[key].given != CONFIG_ABSENT) {
		config_error(line->c, line->owner.at, &line->owner,
		    "%s is here twice: write it once", item->key->name);
		return;
	}
	line->keys[line->n++] = (uint32_t)key;
	line->values[key].given = CONFIG_FAULTY;
	if (config_value_parse(line->c, item, &number))
		line->values[key] = (struct config_value){.key = (uint8_t)key,
		    .given = CONFIG_GIVEN,
		    .at = line->owner.at,
		    .number = number};
}

static void
put_text(struct line *line, int key, const char *text)
{
	struct config_item item = {.owner = &line->owner,
	    .at = line->owner.at,
	    .key = config_key((unsigned)key),
	    .raw = {.kind = CONFIG_RAW_BARE, .text = text}};

	put(line, key, &item);
}

/* "labels.x=y": one more of the line's labels, which lie behind each other. */
static void
put_label(struct line *line, const char *name, const char *value)
{
	struct config_value *labels = &line->values[CONFIG_KEY_LABELS_OF_TARGET];
	struct config_item item = {.owner = &line->owner,
	    .at = line->owner.at,
	    .key = config_key(CONFIG_KEY_LABELS_OF_TARGET),
	    .raw = {.kind = CONFIG_RAW_LABELS, .first = line->c->labels.n, .n = 1}};

	if (!config_label_add(line->c, &item, name, value, line->owner.at))
		return;
	if (labels->given == CONFIG_FAULTY)
		return;
	if (labels->given == CONFIG_ABSENT) {
		put(line, CONFIG_KEY_LABELS_OF_TARGET, &item);
		return;
	}
	for (uint32_t i = 0; i < config_list_n(labels); i++) {
		if (strcmp(config_text(
			       line->c, config_label(line->c, config_list_first(labels) + i)->key),
			name) != 0)
			continue;
		config_error(line->c, line->owner.at, &line->owner,
		    "labels.%s is here twice: write it once", name);
	}
	item.raw.first = config_list_first(labels);
	item.raw.n = config_list_n(labels) + 1;
	if (!config_value_parse(line->c, &item, &labels->number))
		labels->given = CONFIG_FAULTY;
}

static void
read_setting(struct line *line, const char *key, const char *value)
{
	int index;

	if (value == NULL) {
		config_error(line->c, line->owner.at, &line->owner,
		    "%s is no setting: write HOST [NAME] [key=value ...] [labels.x=y]",
		    config_quote(line->c, key));
		return;
	}
	if (strncmp(key, LABELS_PREFIX, strlen(LABELS_PREFIX)) == 0) {
		put_label(line, key + strlen(LABELS_PREFIX), value);
		return;
	}
	index = config_key_here(line->c, &line->owner, line->owner.at, key);
	if (index == CONFIG_KEY_LABELS_OF_TARGET)
		config_error(line->c, line->owner.at, &line->owner,
		    "a label is written labels.NAME=TEXT: write each of them so");
	else if (index >= 0)
		put_text(line, index, value);
}

static void
read_line(struct line *line, char *text, uint32_t group)
{
	char *value, *word = next_word(line, &text, &value);
	const char *name;

	if (word == NULL)
		return;
	if (value != NULL) {
		config_error(line->c, line->owner.at, NULL,
		    "%s=...: the host stands first: write HOST [NAME] [key=value ...]",
		    config_escape(line->c, word));
		line->c->torn = true;
		return;
	}
	name = word;
	put_text(line, CONFIG_KEY_HOST_OF_TARGET, word);
	word = next_word(line, &text, &value);
	if (word != NULL && value == NULL) {
		name = word;
		word = next_word(line, &text, &value);
	}
	line->owner.name = config_intern(line->c, name, strlen(name));
	/* so that name=... is refused: it has its place */
	line->values[CONFIG_KEY_NAME_OF_TARGET].given = CONFIG_GIVEN;
	for (; word != NULL; word = next_word(line, &text, &value))
		read_setting(line, word, value);
	config_target_take(line->c, &line->owner, line->values, group);
	line->values[CONFIG_KEY_NAME_OF_TARGET].given = CONFIG_ABSENT;
	for (uint32_t i = 0; i < line->n; i++)
		line->values[line->keys[i]].given = CONFIG_ABSENT;
}

void
config_lines_read(struct config *c, const char *path, struct config_place asked, uint32_t group)
{
	struct line line = {.c = c};
	char *text, *next;
	uint16_t file;
	size_t len;

	if (!config_file_read(c, path, CONFIG_TARGETS_FILE_MAX_BYTES, asked, &file, &text, &len))
		return;
	next = text;
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		next += 3; /* a byte order mark means nothing here */
	for (uint32_t n = 1; next < text + len && !c->full; n++) {
		char *at = next, *newline = memchr(next, '\n', (size_t)(text + len - next));

		next = newline == NULL ? text + len : newline + 1;
		if (newline != NULL)
			*newline = '\0';
		line.owner = (struct config_owner){.level = CONFIG_LEVEL_TARGET,
		    .section = CONFIG_TARGET,
		    .at = {.line = n, .file = file}};
		line.n = 0;
		if (next - at > LINE_MAX_BYTES + 1) {
			config_error(c, line.owner.at, NULL,
			    "a line of more than %d bytes: write a shorter one", LINE_MAX_BYTES);
			c->torn = true;
			continue;
		}
		read_line(&line, at, group);
	}
	free(text);
}
