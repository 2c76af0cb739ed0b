/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Values that are texts of a form: names, paths, conditions, quorums. Implements a part of
 * shell/config_internal.h.
 */
#include <stdlib.h>
#include <string.h>

#include "core/condition.h"
#include "shell/config_internal.h"

#define SENTENCE_BYTES 256
#define SOCKET_PATH_MAX 107 /* of sockaddr_un, NUL apart */
#define USER_GROUP_MAX 32

bool
config_parse_name(struct config *c, const struct config_item *item, int64_t *ret)
{
	const char *text = item->raw.text;

	if (config_is_text(item) &&
	    (settings_name_valid(text) || (*text == '\0' && item->key->initial != NULL))) {
		*ret = config_intern(c, text, strlen(text));
		return true;
	}
	config_item_error(c, item, CONFIG_NAME_RULE);
	return false;
}

bool
config_parse_path(struct config *c, const struct config_item *item, int64_t *ret)
{
	if (!config_is_text(item) || item->raw.text[0] != '/')
		config_item_error(c, item, "must be an absolute path: write \"/run/icmpmon/NAME\"");
	else if (strlen(item->raw.text) > SOCKET_PATH_MAX)
		config_item_error(c, item,
		    "longer than the path of a socket may be: write at most "
		    "%d bytes",
		    SOCKET_PATH_MAX);
	else {
		*ret = config_intern(c, item->raw.text, strlen(item->raw.text));
		return true;
	}
	return false;
}

bool
config_parse_user_group(struct config *c, const struct config_item *item, int64_t *ret)
{
	const char *text = item->raw.text;
	size_t len =
	    config_is_text(item)
		? strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
		: 0;

	if (!config_is_text(item) || text[len] != '\0' || len > USER_GROUP_MAX || *text == '-') {
		config_item_error(c, item, "is no name of a group: write one of group(5)");
		return false;
	}
	*ret = config_intern(c, text, len);
	return true;
}

bool
config_parse_condition(struct config *c, const struct config_item *item, int64_t *ret)
{
	struct condition condition;
	char why[SENTENCE_BYTES] = "a condition is a text: write \"loss > 5% over 1m\"";

	if (!config_is_text(item) ||
	    !condition_parse(item->raw.text, &condition, why, sizeof(why))) {
		config_item_error(c, item, "%s", config_escape(c, why));
		return false;
	}
	*ret = config_intern(c, item->raw.text, strlen(item->raw.text));
	return true;
}

/* A number of up to 7 digits, and what must follow it. */
static bool
take_number(const char **text, const char *follows, uint32_t *ret)
{
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len > 7 || strncmp(*text + len, follows, strlen(follows)) != 0)
		return false;
	*ret = (uint32_t)strtoul(*text, NULL, 10);
	*text += len + strlen(follows);
	return true;
}

bool
config_parse_quorum(struct config *c, const struct config_item *item, int64_t *ret)
{
	const char *text = item->raw.text;
	uint32_t need, of;

	if (config_is_text(item) && *text == '\0') {
		*ret = 0;
		return true;
	}
	if (!config_is_text(item) || !take_number(&text, " of ", &need) ||
	    !take_number(&text, "", &of) || *text != '\0') {
		config_item_error(c, item, "write \"N of M\", like \"2 of 3\"");
		return false;
	}
	if (need < 1 || need > of) {
		config_item_error(c, item,
		    "%u of %u is never or always so: write a number from 1 to %u before \"of\"",
		    need, of, of > 0 ? of : 1);
		return false;
	}
	*ret = config_list(need, of);
	return true;
}
