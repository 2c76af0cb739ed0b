/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements json_text.h.
 */
#include "json_text.h"

#include "unit.h"

char json_buf[8192];
static struct text text;

struct text *
empty(void)
{
	text_init(&text, json_buf, sizeof(json_buf));
	return &text;
}

json_t *
parsed(void)
{
	json_error_t error;
	json_t *root = json_loads(json_buf, JSON_REJECT_DUPLICATES, &error);

	if (root == NULL)
		fail_msg("%s at %d: %s", error.text, error.position, json_buf);
	return root;
}
